/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/msg.h"

#include "l2tpd/wire/hide.h"
#include "l2tpd/wire/result.h"

#include <stdio.h>

/* clang-format off */
#define REQ(a) { AVP_##a, MSG_REQUIRED }
#define EXP(a) { AVP_##a, MSG_EXPECTED }
#define OPT(a) { AVP_##a, MSG_OPTIONAL }

/* RFC 2661 sections 6.1 to 6.14, and what RFCs 3145, 3308, 3437 and 5515 add to them. */
const struct msg_row msg_rows[MSG_COUNT] = {
	[MSG_SCCRQ] = { "SCCRQ", false, false,
			{ REQ(PROTOCOL_VERSION), REQ(HOST_NAME), EXP(FRAMING_CAPABILITIES),
			  REQ(ASSIGNED_TUNNEL_ID), OPT(BEARER_CAPABILITIES),
			  OPT(RECEIVE_WINDOW_SIZE), OPT(CHALLENGE), OPT(TIE_BREAKER),
			  OPT(FIRMWARE_REVISION), OPT(VENDOR_NAME),
			  OPT(CONTROL_CONNECTION_DS) } },
	[MSG_SCCRP] = { "SCCRP", false, false,
			{ REQ(PROTOCOL_VERSION), EXP(FRAMING_CAPABILITIES), REQ(HOST_NAME),
			  REQ(ASSIGNED_TUNNEL_ID), OPT(BEARER_CAPABILITIES), OPT(FIRMWARE_REVISION),
			  OPT(VENDOR_NAME), OPT(RECEIVE_WINDOW_SIZE), OPT(CHALLENGE),
			  OPT(CHALLENGE_RESPONSE), OPT(CONTROL_CONNECTION_DS) } },
	[MSG_SCCCN] = { "SCCCN", false, false, { OPT(CHALLENGE_RESPONSE) } },
	[MSG_STOPCCN] = { "StopCCN", false, false, { EXP(ASSIGNED_TUNNEL_ID), EXP(RESULT_CODE) } },
	[MSG_HELLO] = { "HELLO", false, false, { { 0, 0 } } },
	[MSG_OCRQ] = { "OCRQ", true, false,
		       { REQ(ASSIGNED_SESSION_ID), REQ(CALL_SERIAL_NUMBER), REQ(MINIMUM_BPS),
			 REQ(MAXIMUM_BPS), REQ(BEARER_TYPE), REQ(FRAMING_TYPE), REQ(CALLED_NUMBER),
			 OPT(SUB_ADDRESS), OPT(SESSION_DS) } },
	[MSG_OCRP] = { "OCRP", true, false,
		       { REQ(ASSIGNED_SESSION_ID), OPT(PHYSICAL_CHANNEL_ID), OPT(SESSION_DS) } },
	[MSG_OCCN] = { "OCCN", true, false,
		       { EXP(TX_CONNECT_SPEED), EXP(FRAMING_TYPE), OPT(RX_CONNECT_SPEED),
			 OPT(SEQUENCING_REQUIRED), OPT(LCP_WANT_OPTIONS), OPT(LCP_ALLOW_OPTIONS) } },
	[MSG_ICRQ] = { "ICRQ", true, false,
		       { REQ(ASSIGNED_SESSION_ID), EXP(CALL_SERIAL_NUMBER), OPT(BEARER_TYPE),
			 OPT(PHYSICAL_CHANNEL_ID), OPT(CALLING_NUMBER), OPT(CALLED_NUMBER),
			 OPT(SUB_ADDRESS), OPT(SESSION_DS), OPT(CONNECT_SPEED_UPDATE_ENABLE),
			 OPT(AGENT_CIRCUIT_ID), OPT(AGENT_REMOTE_ID), OPT(ACTUAL_RATE_UP),
			 OPT(ACTUAL_RATE_DOWN), OPT(MINIMUM_RATE_UP), OPT(MINIMUM_RATE_DOWN),
			 OPT(ATTAINABLE_RATE_UP), OPT(ATTAINABLE_RATE_DOWN), OPT(MAXIMUM_RATE_UP),
			 OPT(MAXIMUM_RATE_DOWN), OPT(MINIMUM_LOW_POWER_RATE_UP),
			 OPT(MINIMUM_LOW_POWER_RATE_DOWN), OPT(MAXIMUM_DELAY_UP),
			 OPT(ACTUAL_DELAY_UP), OPT(MAXIMUM_DELAY_DOWN), OPT(ACTUAL_DELAY_DOWN),
			 OPT(ACCESS_LOOP_ENCAPSULATION), OPT(ACCESS_LINE_TYPE), OPT(IWF_SESSION) } },
	[MSG_ICRP] = { "ICRP", true, false, { REQ(ASSIGNED_SESSION_ID), OPT(SESSION_DS) } },
	[MSG_ICCN] = { "ICCN", true, false,
		       { EXP(TX_CONNECT_SPEED), EXP(FRAMING_TYPE),
			 OPT(INITIAL_RECEIVED_LCP_CONFREQ), OPT(LAST_SENT_LCP_CONFREQ),
			 OPT(LAST_RECEIVED_LCP_CONFREQ), OPT(PROXY_AUTHEN_TYPE),
			 OPT(PROXY_AUTHEN_NAME), OPT(PROXY_AUTHEN_CHALLENGE), OPT(PROXY_AUTHEN_ID),
			 OPT(PROXY_AUTHEN_RESPONSE), OPT(PRIVATE_GROUP_ID), OPT(RX_CONNECT_SPEED),
			 OPT(SEQUENCING_REQUIRED), OPT(LCP_WANT_OPTIONS), OPT(LCP_ALLOW_OPTIONS) } },
	[MSG_CDN] = { "CDN", true, false,
		      { EXP(RESULT_CODE), EXP(ASSIGNED_SESSION_ID), OPT(Q931_CAUSE_CODE),
			OPT(PPP_DISCONNECT_CAUSE) } },
	[MSG_WEN] = { "WEN", true, false, { REQ(CALL_ERRORS) } },
	[MSG_SLI] = { "SLI", true, false,
		      { REQ(ACCM), OPT(LNS_LAST_SENT_LCP_CONFREQ),
			OPT(LNS_LAST_RECEIVED_LCP_CONFREQ) } },
	[MSG_CSUN] = { "CSUN", false, true, { OPT(CONNECT_SPEED_UPDATE) } },
	[MSG_CSURQ] = { "CSURQ", false, true, { OPT(CONNECT_SPEED_UPDATE) } },
};
/* clang-format on */

static const struct msg_row *msg_row(uint16_t type)
{
	return type < MSG_COUNT && msg_rows[type].name ? &msg_rows[type] : NULL;
}

const char *msg_name(uint16_t type, char buf[16])
{
	const struct msg_row *row = msg_row(type);

	if (row)
		return row->name;
	snprintf(buf, 16, "message %u", type);
	return buf;
}

static bool row_takes(const struct msg_row *row, uint16_t type)
{
	for (const struct msg_avp *a = row->avp; a->type; a++)
		if (a->type == type)
			return true;
	return false;
}

/* Result code 2, "general error", means the same in CDN and in StopCCN (4.4.2). */
#define VERDICT(session, code, ...)                                                                \
	({                                                                                         \
		struct verdict v_ = { (session) ? VERDICT_CDN : VERDICT_STOPCCN, RESULT_GENERAL,   \
				      (code), "" };                                                \
		snprintf(v_.why, sizeof(v_.why), __VA_ARGS__);                                     \
		v_;                                                                                \
	})

static const struct verdict accept = { .kind = VERDICT_ACCEPT };

/* The Message Type AVP, which must come first (4.4.1). */
static struct verdict read_type(struct msg *m, struct rbuf *r)
{
	struct avp_raw raw;
	union avp_value v;

	if (!avp_next(r, &raw))
		return VERDICT(false, ERROR_LENGTH, "the first AVP's length is wrong");
	if (raw.vendor != 0 || raw.type != AVP_MESSAGE_TYPE || raw.hidden ||
	    !avp_read(&avp_rows[AVP_MESSAGE_TYPE], raw.value, &v))
		return VERDICT(false, ERROR_VALUE, "the first AVP is no Message Type");
	m->type = v.u16;
	if (msg_row(v.u16))
		return accept;
	if (!raw.mandatory)
		return (struct verdict){ .kind = VERDICT_IGNORE };
	return VERDICT(false, ERROR_VALUE, "unknown mandatory message type %u", v.u16);
}

/* Reveals a hidden AVP into @m, so that @raw reads like any other; why not, or NULL. */
static const char *reveal(struct msg *m, struct avp_raw *raw, const struct msg_reader *reader)
{
	uint8_t *out = m->clear + m->clear_len;

	if (reader->secret.len == 0)
		return "hidden, and no secret is configured";
	if (m->random_vector.len == 0)
		return "hidden without a Random Vector";
	if (raw->value.len > sizeof(m->clear) - m->clear_len)
		return "too much is hidden";
	if (!hide_reveal(reader->secret, raw->type, m->random_vector, raw->value, out, &raw->value))
		return "it cannot be revealed: both sides need the same secret";
	m->clear_len += (size_t)(raw->value.p - out) + raw->value.len;
	return NULL;
}

/* 4.1, 4.2: what we cannot use matters only if it is mandatory. */
static struct verdict skip(struct msg *m, const struct msg_row *row, const struct avp_raw *raw,
			   uint16_t error, const char *why)
{
	enum avp a = avp_find(raw->vendor, raw->type);
	char name[48];

	m->ignored++;
	if (!raw->mandatory)
		return accept;
	if (a < AVP_COUNT)
		snprintf(name, sizeof(name), "%s AVP", avp_rows[a].name);
	else
		snprintf(name, sizeof(name), "AVP %u of vendor %u", raw->type, raw->vendor);
	return VERDICT(row->session, error, "mandatory %s in %s: %s", name, row->name, why);
}

/* Of an AVP that may stand more than once all are kept, in m->speed. */
static void keep_value(struct msg *m, enum avp a, const union avp_value *v)
{
	if (a == AVP_CONNECT_SPEED_UPDATE && m->speeds < MSG_MAX_SPEEDS)
		m->speed[m->speeds++] = v->speeds;
	else if (a == AVP_CONNECT_SPEED_UPDATE)
		m->ignored++;
	avp_add(&m->present, a);
	m->value[a] = *v;
}

static struct verdict read_known(struct msg *m, const struct msg_row *row, enum avp a,
				 const struct avp_raw *raw)
{
	union avp_value v;
	char why[48];

	if (!row_takes(row, a)) {
		m->ignored++;
		return accept;
	}
	if (avp_read(&avp_rows[a], raw->value, &v)) {
		keep_value(m, a, &v);
		return accept;
	}
	snprintf(why, sizeof(why), "a value of %zu bytes", raw->value.len);
	return skip(m, row, raw, ERROR_LENGTH, why);
}

/* One AVP after the first. 4.1: malformed or unknown, it matters only if mandatory. */
static struct verdict read_avp(struct msg *m, const struct msg_row *row, struct avp_raw *raw,
			       const struct msg_reader *reader)
{
	enum avp a = raw->reserved ? AVP_COUNT : avp_find(raw->vendor, raw->type);
	bool registered = a == AVP_COUNT && !raw->reserved && reader->knows &&
			  reader->knows(reader->ctx, raw->vendor, raw->type);
	const char *why;

	m->hidden += raw->hidden;
	if (a == AVP_COUNT && !registered)
		return skip(m, row, raw, ERROR_UNKNOWN_AVP, "unknown");
	if (raw->hidden && reader->first_glance)
		return accept;
	if (raw->hidden && a < AVP_COUNT && !(avp_rows[a].flags & AVP_HIDABLE))
		return skip(m, row, raw, ERROR_VALUE, "it must not be hidden");
	why = raw->hidden ? reveal(m, raw, reader) : NULL;
	if (why)
		return skip(m, row, raw, ERROR_UNKNOWN_AVP, why);
	if (a == AVP_RANDOM_VECTOR) {
		m->random_vector = raw->value;
		return accept;
	}
	if (a < AVP_COUNT)
		return read_known(m, row, a, raw);
	if (m->vendors < MSG_MAX_VENDOR)
		m->vendor[m->vendors++] = *raw;
	else
		m->ignored++;
	return accept;
}

static struct verdict check_needs(struct msg *m, const struct msg_row *row)
{
	for (const struct msg_avp *a = row->avp; a->type; a++) {
		if (a->need == MSG_OPTIONAL || msg_has(m, a->type))
			continue;
		if (a->need == MSG_REQUIRED)
			return VERDICT(row->session, ERROR_VENDOR, "%s without %s AVP", row->name,
				       avp_rows[a->type].name);
		avp_add(&m->expected, a->type);
	}
	return accept;
}

/* A teardown is obeyed whatever else is wrong with it: refusing it would only leave a corpse. */
static bool must_obey(enum msg_type type)
{
	return type == MSG_STOPCCN || type == MSG_CDN;
}

static struct verdict read_next(struct msg *m, const struct msg_row *row, struct rbuf *r,
				const struct msg_reader *reader)
{
	struct avp_raw raw;

	if (avp_next(r, &raw))
		return read_avp(m, row, &raw, reader);
	return VERDICT(row->session, ERROR_LENGTH, "an AVP's length is wrong in %s", row->name);
}

struct verdict msg_read(struct msg *m, struct bytes body, const struct msg_reader *reader)
{
	static const struct msg_reader plain;
	struct rbuf r = rbuf_of(body.p, body.len);
	const struct msg_row *row;
	struct verdict v;

	reader = reader ? reader : &plain;
	msg_start(m, 0);
	v = read_type(m, &r);
	if (v.kind != VERDICT_ACCEPT)
		return v;
	row = &msg_rows[m->type];
	/* What is wrong first decides; the rest is read all the same: a call that is refused is
	 * known by its id, wherever that stands. */
	while (rbuf_left(&r) > 0 && !r.failed) {
		struct verdict one = read_next(m, row, &r, reader);

		if (one.kind != VERDICT_ACCEPT && must_obey(m->type))
			m->ignored++;
		else if (v.kind == VERDICT_ACCEPT)
			v = one;
	}
	if (v.kind != VERDICT_ACCEPT || (reader->first_glance && m->hidden))
		return v;
	return check_needs(m, row);
}

/* Message Type: mandatory but in extensions, which the peer may not know (4.4.1). */
static void write_type(struct wbuf *w, const struct msg *m)
{
	union avp_value type = { .u16 = (uint16_t)m->type };
	size_t at = w->len;

	avp_write(w, AVP_MESSAGE_TYPE, &type, NULL);
	if (msg_rows[m->type].extension)
		wbuf_patch_u16(w, at, (uint16_t)(w->len - at));
}

/* Whether there is anything to hide. */
static bool hides(const struct msg *m)
{
	for (const struct msg_avp *a = msg_rows[m->type].avp; a->type; a++)
		if (msg_has(m, a->type) && (avp_rows[a->type].flags & AVP_HIDABLE))
			return true;
	return false;
}

void msg_write(struct wbuf *w, const struct msg *m, const struct avp_hide *hide)
{
	hide = hide && hides(m) ? hide : NULL;
	write_type(w, m);
	if (hide) {
		union avp_value vector = { .bytes = { hide->vector, sizeof(hide->vector) } };

		avp_write(w, AVP_RANDOM_VECTOR, &vector, NULL);
	}
	for (const struct msg_avp *a = msg_rows[m->type].avp; a->type; a++) {
		if (a->type == AVP_CONNECT_SPEED_UPDATE)
			for (unsigned i = 0; i < m->speeds; i++)
				avp_write(w, a->type, &(union avp_value){ .speeds = m->speed[i] },
					  hide);
		else if (msg_has(m, a->type))
			avp_write(w, a->type, &m->value[a->type], hide);
	}
}
