/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/msg.h"

#include "l2tpd/wire/result.h"

#include <stdio.h>

/* clang-format off */
#define REQ(a) { AVP_##a, MSG_REQUIRED }
#define EXP(a) { AVP_##a, MSG_EXPECTED }
#define OPT(a) { AVP_##a, MSG_OPTIONAL }

/* RFC 2661 sections 6.1 to 6.14. */
const struct msg_row msg_rows[MSG_COUNT] = {
	[MSG_SCCRQ] = { "SCCRQ", false,
			{ REQ(PROTOCOL_VERSION), REQ(HOST_NAME), EXP(FRAMING_CAPABILITIES),
			  REQ(ASSIGNED_TUNNEL_ID), OPT(BEARER_CAPABILITIES),
			  OPT(RECEIVE_WINDOW_SIZE), OPT(CHALLENGE), OPT(TIE_BREAKER),
			  OPT(FIRMWARE_REVISION), OPT(VENDOR_NAME) } },
	[MSG_SCCRP] = { "SCCRP", false,
			{ REQ(PROTOCOL_VERSION), EXP(FRAMING_CAPABILITIES), REQ(HOST_NAME),
			  REQ(ASSIGNED_TUNNEL_ID), OPT(BEARER_CAPABILITIES), OPT(FIRMWARE_REVISION),
			  OPT(VENDOR_NAME), OPT(RECEIVE_WINDOW_SIZE), OPT(CHALLENGE),
			  OPT(CHALLENGE_RESPONSE) } },
	[MSG_SCCCN] = { "SCCCN", false, { OPT(CHALLENGE_RESPONSE) } },
	[MSG_STOPCCN] = { "StopCCN", false, { EXP(ASSIGNED_TUNNEL_ID), EXP(RESULT_CODE) } },
	[MSG_HELLO] = { "HELLO", false, { { 0, 0 } } },
	[MSG_OCRQ] = { "OCRQ", true,
		       { REQ(ASSIGNED_SESSION_ID), REQ(CALL_SERIAL_NUMBER), REQ(MINIMUM_BPS),
			 REQ(MAXIMUM_BPS), REQ(BEARER_TYPE), REQ(FRAMING_TYPE), REQ(CALLED_NUMBER),
			 OPT(SUB_ADDRESS) } },
	[MSG_OCRP] = { "OCRP", true, { REQ(ASSIGNED_SESSION_ID), OPT(PHYSICAL_CHANNEL_ID) } },
	[MSG_OCCN] = { "OCCN", true,
		       { EXP(TX_CONNECT_SPEED), EXP(FRAMING_TYPE), OPT(RX_CONNECT_SPEED),
			 OPT(SEQUENCING_REQUIRED) } },
	[MSG_ICRQ] = { "ICRQ", true,
		       { REQ(ASSIGNED_SESSION_ID), EXP(CALL_SERIAL_NUMBER), OPT(BEARER_TYPE),
			 OPT(PHYSICAL_CHANNEL_ID), OPT(CALLING_NUMBER), OPT(CALLED_NUMBER),
			 OPT(SUB_ADDRESS) } },
	[MSG_ICRP] = { "ICRP", true, { REQ(ASSIGNED_SESSION_ID) } },
	[MSG_ICCN] = { "ICCN", true,
		       { EXP(TX_CONNECT_SPEED), EXP(FRAMING_TYPE),
			 OPT(INITIAL_RECEIVED_LCP_CONFREQ), OPT(LAST_SENT_LCP_CONFREQ),
			 OPT(LAST_RECEIVED_LCP_CONFREQ), OPT(PROXY_AUTHEN_TYPE),
			 OPT(PROXY_AUTHEN_NAME), OPT(PROXY_AUTHEN_CHALLENGE), OPT(PROXY_AUTHEN_ID),
			 OPT(PROXY_AUTHEN_RESPONSE), OPT(PRIVATE_GROUP_ID), OPT(RX_CONNECT_SPEED),
			 OPT(SEQUENCING_REQUIRED) } },
	[MSG_CDN] = { "CDN", true,
		      { EXP(RESULT_CODE), EXP(ASSIGNED_SESSION_ID), OPT(Q931_CAUSE_CODE) } },
	[MSG_WEN] = { "WEN", true, { REQ(CALL_ERRORS) } },
	[MSG_SLI] = { "SLI", true, { REQ(ACCM) } },
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

/* One AVP after the first. 4.1: malformed or unknown, it matters only if mandatory. */
static struct verdict read_avp(struct msg *m, const struct msg_row *row, const struct avp_raw *raw)
{
	const struct avp_row *avp = raw->vendor == 0 && !raw->reserved ? avp_row(raw->type) : NULL;
	union avp_value *value;

	if (!avp || raw->hidden) {
		m->ignored++;
		if (!raw->mandatory)
			return accept;
		return VERDICT(row->session, ERROR_UNKNOWN_AVP,
			       "unknown mandatory AVP %u of vendor %u%s", raw->type, raw->vendor,
			       raw->hidden ? " (hidden)" : "");
	}
	if (raw->type == AVP_RANDOM_VECTOR)
		return accept;
	if (!row_takes(row, raw->type)) {
		m->ignored++;
		return accept;
	}
	value = &m->value[raw->type];
	if (avp_read(avp, raw->value, value)) {
		m->present |= UINT64_C(1) << raw->type;
		return accept;
	}
	m->ignored++;
	if (!raw->mandatory)
		return accept;
	return VERDICT(row->session, ERROR_LENGTH, "%s AVP with a value of %zu bytes in %s",
		       avp->name, raw->value.len, row->name);
}

static struct verdict check_needs(struct msg *m, const struct msg_row *row)
{
	for (const struct msg_avp *a = row->avp; a->type; a++) {
		if (a->need == MSG_OPTIONAL || msg_has(m, a->type))
			continue;
		if (a->need == MSG_REQUIRED)
			return VERDICT(row->session, ERROR_VENDOR, "%s without %s AVP", row->name,
				       avp_rows[a->type].name);
		m->expected |= UINT64_C(1) << a->type;
	}
	return accept;
}

/* A teardown is obeyed whatever else is wrong with it: refusing it would only leave a corpse. */
static bool must_obey(enum msg_type type)
{
	return type == MSG_STOPCCN || type == MSG_CDN;
}

struct verdict msg_read(struct msg *m, struct bytes body)
{
	struct rbuf r = rbuf_of(body.p, body.len);
	const struct msg_row *row;
	struct verdict v;

	msg_start(m, 0);
	v = read_type(m, &r);
	if (v.kind != VERDICT_ACCEPT)
		return v;
	row = &msg_rows[m->type];
	while (v.kind == VERDICT_ACCEPT && rbuf_left(&r) > 0) {
		struct avp_raw raw;

		if (avp_next(&r, &raw))
			v = read_avp(m, row, &raw);
		else
			v = VERDICT(row->session, ERROR_LENGTH, "an AVP's length is wrong in %s",
				    row->name);
		if (must_obey(m->type) && v.kind != VERDICT_ACCEPT) {
			m->ignored++;
			v = accept;
			if (r.failed)
				break;
		}
	}
	return v.kind == VERDICT_ACCEPT ? check_needs(m, row) : v;
}

void msg_write(struct wbuf *w, const struct msg *m)
{
	union avp_value type = { .u16 = (uint16_t)m->type };

	avp_write(w, AVP_MESSAGE_TYPE, &type);
	for (const struct msg_avp *a = msg_rows[m->type].avp; a->type; a++)
		if (msg_has(m, a->type))
			avp_write(w, a->type, &m->value[a->type]);
}
