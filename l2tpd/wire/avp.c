/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/avp.h"

#include "l2tpd/wire/hide.h"

enum {
	FLAG_MANDATORY = 0x8000,
	FLAG_HIDDEN = 0x4000,
	FLAGS_RESERVED = 0x3c00,
	LENGTH_MASK = 0x03ff
};

enum { M = AVP_M, H = AVP_HIDABLE, T = AVP_TEXT, SECRET = AVP_SECRET };

enum { MAX_VALUE = AVP_MAX_BYTES - AVP_HEADER_BYTES };

/* Their number is their place in the table. */
#define IETF(name_, kind_, min_, max_, flags_)                                                     \
	{                                                                                          \
		name_, AVP_KIND_##kind_, min_, max_, flags_, VENDOR_IETF, 0                        \
	}

/* RFC 5515 section 5: what an access node tells of a subscriber's line. */
#define LINE(name_, kind_, min_, max_, number_)                                                    \
	{                                                                                          \
		name_, LINE_KIND_##kind_, min_, max_, H | LINE_FLAG_##kind_, VENDOR_DSL_FORUM,     \
			number_                                                                    \
	}
#define LINE_KIND_BYTES	 AVP_KIND_BYTES
#define LINE_KIND_OCTETS AVP_KIND_BYTES
#define LINE_KIND_U32	 AVP_KIND_U32
#define LINE_KIND_U64	 AVP_KIND_U64
#define LINE_FLAG_BYTES	 T
#define LINE_FLAG_OCTETS 0
#define LINE_FLAG_U32	 0
#define LINE_FLAG_U64	 0

/* clang-format off */
const struct avp_row avp_rows[AVP_COUNT] = {
	[AVP_MESSAGE_TYPE] = IETF("Message Type", U16, 2, 2, M),
	[AVP_RESULT_CODE] = IETF("Result Code", RESULT, 2, MAX_VALUE, M),
	[AVP_PROTOCOL_VERSION] = IETF("Protocol Version", U16, 2, 2, M),
	[AVP_FRAMING_CAPABILITIES] = IETF("Framing Capabilities", U32, 4, 4, M | H),
	[AVP_BEARER_CAPABILITIES] = IETF("Bearer Capabilities", U32, 4, 4, M | H),
	[AVP_TIE_BREAKER] = IETF("Tie Breaker", U64, 8, 8, 0),
	[AVP_FIRMWARE_REVISION] = IETF("Firmware Revision", U16, 2, 2, H),
	[AVP_HOST_NAME] = IETF("Host Name", BYTES, 1, MAX_VALUE, M | T),
	[AVP_VENDOR_NAME] = IETF("Vendor Name", BYTES, 0, MAX_VALUE, H | T),
	[AVP_ASSIGNED_TUNNEL_ID] = IETF("Assigned Tunnel ID", U16, 2, 2, M | H),
	[AVP_RECEIVE_WINDOW_SIZE] = IETF("Receive Window Size", U16, 2, 2, M),
	[AVP_CHALLENGE] = IETF("Challenge", BYTES, 1, MAX_VALUE, M | H),
	[AVP_Q931_CAUSE_CODE] = IETF("Q.931 Cause Code", CAUSE, 3, MAX_VALUE, M),
	[AVP_CHALLENGE_RESPONSE] = IETF("Challenge Response", BYTES, 16, 16, M | H | AVP_LONGER),
	[AVP_ASSIGNED_SESSION_ID] = IETF("Assigned Session ID", U16, 2, 2, M | H),
	[AVP_CALL_SERIAL_NUMBER] = IETF("Call Serial Number", U32, 4, 4, M | H),
	[AVP_MINIMUM_BPS] = IETF("Minimum BPS", U32, 4, 4, M | H),
	[AVP_MAXIMUM_BPS] = IETF("Maximum BPS", U32, 4, 4, M | H),
	[AVP_BEARER_TYPE] = IETF("Bearer Type", U32, 4, 4, M | H),
	[AVP_FRAMING_TYPE] = IETF("Framing Type", U32, 4, 4, M | H),
	[AVP_CALLED_NUMBER] = IETF("Called Number", BYTES, 0, MAX_VALUE, M | H | T),
	[AVP_CALLING_NUMBER] = IETF("Calling Number", BYTES, 0, MAX_VALUE, M | H | T),
	[AVP_SUB_ADDRESS] = IETF("Sub-Address", BYTES, 0, MAX_VALUE, M | H | T),
	[AVP_TX_CONNECT_SPEED] = IETF("Tx Connect Speed", U32, 4, 4, M | H),
	[AVP_PHYSICAL_CHANNEL_ID] = IETF("Physical Channel ID", U32, 4, 4, H),
	[AVP_INITIAL_RECEIVED_LCP_CONFREQ] = IETF("Initial Received LCP CONFREQ", BYTES, 0, MAX_VALUE, H),
	[AVP_LAST_SENT_LCP_CONFREQ] = IETF("Last Sent LCP CONFREQ", BYTES, 0, MAX_VALUE, H),
	[AVP_LAST_RECEIVED_LCP_CONFREQ] = IETF("Last Received LCP CONFREQ", BYTES, 0, MAX_VALUE, H),
	[AVP_PROXY_AUTHEN_TYPE] = IETF("Proxy Authen Type", U16, 2, 2, H),
	[AVP_PROXY_AUTHEN_NAME] = IETF("Proxy Authen Name", BYTES, 0, MAX_VALUE, H | T),
	[AVP_PROXY_AUTHEN_CHALLENGE] = IETF("Proxy Authen Challenge", BYTES, 0, MAX_VALUE, H),
	[AVP_PROXY_AUTHEN_ID] = IETF("Proxy Authen ID", U16, 2, 2, H),
	[AVP_PROXY_AUTHEN_RESPONSE] = IETF("Proxy Authen Response", BYTES, 0, MAX_VALUE, H | SECRET),
	[AVP_CALL_ERRORS] = IETF("Call Errors", ERRORS, 26, 26, M | H),
	[AVP_ACCM] = IETF("ACCM", ACCM, 10, 10, M | H),
	[AVP_RANDOM_VECTOR] = IETF("Random Vector", BYTES, 0, MAX_VALUE, M),
	[AVP_PRIVATE_GROUP_ID] = IETF("Private Group ID", BYTES, 0, MAX_VALUE, H | T),
	[AVP_RX_CONNECT_SPEED] = IETF("Rx Connect Speed", U32, 4, 4, H),
	[AVP_SEQUENCING_REQUIRED] = IETF("Sequencing Required", EMPTY, 0, 0, M),
	[AVP_PPP_DISCONNECT_CAUSE] = IETF("PPP Disconnect Cause Code", PPP_CAUSE, 5, MAX_VALUE, H),
	[AVP_CONTROL_CONNECTION_DS] = IETF("Control Connection DS", U16, 2, 2, H),
	[AVP_SESSION_DS] = IETF("Session DS", U16, 2, 2, H),
	[AVP_LCP_WANT_OPTIONS] = IETF("LCP Want Options", BYTES, 0, MAX_VALUE, H),
	[AVP_LCP_ALLOW_OPTIONS] = IETF("LCP Allow Options", BYTES, 0, MAX_VALUE, H),
	[AVP_LNS_LAST_SENT_LCP_CONFREQ] = IETF("LNS Last Sent LCP Confreq", BYTES, 0, MAX_VALUE, H),
	[AVP_LNS_LAST_RECEIVED_LCP_CONFREQ] = IETF("LNS Last Received LCP Confreq", BYTES, 0, MAX_VALUE, H),
	[AVP_CONNECT_SPEED_UPDATE] = { "Connect Speed Update", AVP_KIND_SPEEDS, 12, 12, H, VENDOR_IETF, 97 },
	[AVP_CONNECT_SPEED_UPDATE_ENABLE] = { "Connect Speed Update Enable", AVP_KIND_EMPTY, 0, 0, H,
					      VENDOR_IETF, 98 },
	[AVP_AGENT_CIRCUIT_ID] = LINE("Agent-Circuit-Id", BYTES, 1, 63, 1),
	[AVP_AGENT_REMOTE_ID] = LINE("Agent-Remote-Id", BYTES, 1, 63, 2),
	[AVP_ACTUAL_RATE_UP] = LINE("Actual-Data-Rate-Upstream", U64, 8, 8, 129),
	[AVP_ACTUAL_RATE_DOWN] = LINE("Actual-Data-Rate-Downstream", U64, 8, 8, 130),
	[AVP_MINIMUM_RATE_UP] = LINE("Minimum-Data-Rate-Upstream", U64, 8, 8, 131),
	[AVP_MINIMUM_RATE_DOWN] = LINE("Minimum-Data-Rate-Downstream", U64, 8, 8, 132),
	[AVP_ATTAINABLE_RATE_UP] = LINE("Attainable-Data-Rate-Upstream", U64, 8, 8, 133),
	[AVP_ATTAINABLE_RATE_DOWN] = LINE("Attainable-Data-Rate-Downstream", U64, 8, 8, 134),
	[AVP_MAXIMUM_RATE_UP] = LINE("Maximum-Data-Rate-Upstream", U64, 8, 8, 135),
	[AVP_MAXIMUM_RATE_DOWN] = LINE("Maximum-Data-Rate-Downstream", U64, 8, 8, 136),
	[AVP_MINIMUM_LOW_POWER_RATE_UP] = LINE("Minimum-Data-Rate-Upstream-Low-Power", U64, 8, 8, 137),
	[AVP_MINIMUM_LOW_POWER_RATE_DOWN] = LINE("Minimum-Data-Rate-Downstream-Low-Power", U64, 8, 8, 138),
	[AVP_MAXIMUM_DELAY_UP] = LINE("Maximum-Interleaving-Delay-Upstream", U32, 4, 4, 139),
	[AVP_ACTUAL_DELAY_UP] = LINE("Actual-Interleaving-Delay-Upstream", U32, 4, 4, 140),
	[AVP_MAXIMUM_DELAY_DOWN] = LINE("Maximum-Interleaving-Delay-Downstream", U32, 4, 4, 141),
	[AVP_ACTUAL_DELAY_DOWN] = LINE("Actual-Interleaving-Delay-Downstream", U32, 4, 4, 142),
	[AVP_ACCESS_LOOP_ENCAPSULATION] = LINE("Access-Loop-Encapsulation", OCTETS, 3, 3, 144),
	[AVP_ACCESS_LINE_TYPE] = LINE("ANCP-Access-Line-Type", OCTETS, 4, 4, 145),
	[AVP_IWF_SESSION] = LINE("IWF-Session", U32, 4, 4, 254),
};
/* clang-format on */

/* The first attribute whose number is not its place in the table. */
#define FIRST_ELSEWHERE AVP_CONNECT_SPEED_UPDATE

enum avp avp_find(uint16_t vendor, uint16_t type)
{
	if (vendor == VENDOR_IETF && type < FIRST_ELSEWHERE)
		return avp_rows[type].kind != AVP_KIND_NONE ? (enum avp)type : AVP_COUNT;
	for (enum avp a = FIRST_ELSEWHERE; a < AVP_COUNT; a++)
		if (avp_rows[a].vendor == vendor && avp_rows[a].number == type)
			return a;
	return AVP_COUNT;
}

uint16_t avp_number(enum avp a)
{
	return a < FIRST_ELSEWHERE ? (uint16_t)a : avp_rows[a].number;
}

bool avp_next(struct rbuf *r, struct avp_raw *raw)
{
	uint16_t flags = rbuf_u16(r);
	size_t length = flags & LENGTH_MASK;

	raw->mandatory = flags & FLAG_MANDATORY;
	raw->hidden = flags & FLAG_HIDDEN;
	raw->reserved = flags & FLAGS_RESERVED;
	raw->vendor = rbuf_u16(r);
	raw->type = rbuf_u16(r);
	if (length < AVP_HEADER_BYTES)
		r->failed = true;
	raw->value = r->failed ? (struct bytes){ 0 } : rbuf_bytes(r, length - AVP_HEADER_BYTES);
	return !r->failed;
}

static void read_result(struct rbuf *r, struct avp_result *v)
{
	v->result = rbuf_u16(r);
	v->has_error = rbuf_left(r) >= 2;
	v->error = v->has_error ? rbuf_u16(r) : 0;
	v->message = rbuf_rest(r);
}

static void read_errors(struct rbuf *r, struct avp_errors *v)
{
	rbuf_u16(r); /* reserved */
	v->crc = rbuf_u32(r);
	v->framing = rbuf_u32(r);
	v->hardware_overruns = rbuf_u32(r);
	v->buffer_overruns = rbuf_u32(r);
	v->timeouts = rbuf_u32(r);
	v->alignment = rbuf_u32(r);
}

bool avp_read(const struct avp_row *row, struct bytes value, union avp_value *out)
{
	struct rbuf r = rbuf_of(value.p, value.len);

	if (value.len < row->min || (value.len > row->max && !(row->flags & AVP_LONGER)))
		return false;
	switch (row->kind) {
	case AVP_KIND_NONE:
		return false;
	case AVP_KIND_EMPTY:
		break;
	case AVP_KIND_U16:
		out->u16 = rbuf_u16(&r);
		break;
	case AVP_KIND_U32:
		out->u32 = rbuf_u32(&r);
		break;
	case AVP_KIND_U64:
		out->u64 = rbuf_number(&r, 8);
		break;
	case AVP_KIND_BYTES:
		out->bytes = rbuf_bytes(&r, value.len < row->max ? value.len : row->max);
		break;
	case AVP_KIND_RESULT:
		read_result(&r, &out->result);
		break;
	case AVP_KIND_CAUSE:
		out->cause.cause = rbuf_u16(&r);
		out->cause.msg = (uint8_t)rbuf_number(&r, 1);
		out->cause.advisory = rbuf_rest(&r);
		break;
	case AVP_KIND_ERRORS:
		read_errors(&r, &out->errors);
		break;
	case AVP_KIND_ACCM:
		rbuf_u16(&r); /* reserved */
		out->accm.send = rbuf_u32(&r);
		out->accm.receive = rbuf_u32(&r);
		break;
	case AVP_KIND_PPP_CAUSE:
		out->ppp_cause.code = rbuf_u16(&r);
		out->ppp_cause.protocol = rbuf_u16(&r);
		out->ppp_cause.direction = (uint8_t)rbuf_number(&r, 1);
		out->ppp_cause.message = rbuf_rest(&r);
		break;
	case AVP_KIND_SPEEDS:
		rbuf_u16(&r); /* reserved */
		out->speeds.session_id = rbuf_u16(&r);
		out->speeds.tx = rbuf_u32(&r);
		out->speeds.rx = rbuf_u32(&r);
		break;
	}
	return !r.failed;
}

static void write_value(struct wbuf *w, enum avp_kind kind, const union avp_value *v)
{
	switch (kind) {
	case AVP_KIND_NONE:
	case AVP_KIND_EMPTY:
		break;
	case AVP_KIND_U16:
		wbuf_u16(w, v->u16);
		break;
	case AVP_KIND_U32:
		wbuf_u32(w, v->u32);
		break;
	case AVP_KIND_U64:
		wbuf_number(w, v->u64, 8);
		break;
	case AVP_KIND_BYTES:
		wbuf_bytes(w, v->bytes.p, v->bytes.len);
		break;
	case AVP_KIND_RESULT:
		wbuf_u16(w, v->result.result);
		if (v->result.has_error || v->result.message.len)
			wbuf_u16(w, v->result.error);
		wbuf_bytes(w, v->result.message.p, v->result.message.len);
		break;
	case AVP_KIND_CAUSE:
		wbuf_u16(w, v->cause.cause);
		wbuf_number(w, v->cause.msg, 1);
		wbuf_bytes(w, v->cause.advisory.p, v->cause.advisory.len);
		break;
	case AVP_KIND_ERRORS:
		wbuf_u16(w, 0);
		wbuf_u32(w, v->errors.crc);
		wbuf_u32(w, v->errors.framing);
		wbuf_u32(w, v->errors.hardware_overruns);
		wbuf_u32(w, v->errors.buffer_overruns);
		wbuf_u32(w, v->errors.timeouts);
		wbuf_u32(w, v->errors.alignment);
		break;
	case AVP_KIND_ACCM:
		wbuf_u16(w, 0);
		wbuf_u32(w, v->accm.send);
		wbuf_u32(w, v->accm.receive);
		break;
	case AVP_KIND_PPP_CAUSE:
		wbuf_u16(w, v->ppp_cause.code);
		wbuf_u16(w, v->ppp_cause.protocol);
		wbuf_number(w, v->ppp_cause.direction, 1);
		wbuf_bytes(w, v->ppp_cause.message.p, v->ppp_cause.message.len);
		break;
	case AVP_KIND_SPEEDS:
		wbuf_u16(w, 0);
		wbuf_u16(w, v->speeds.session_id);
		wbuf_u32(w, v->speeds.tx);
		wbuf_u32(w, v->speeds.rx);
		break;
	}
}

/* The Hidden AVP Subformat (4.3): length, value, padding; then all of it is made unreadable. */
static void write_hidden(struct wbuf *w, uint16_t type, const struct avp_row *row,
			 const union avp_value *v, const struct avp_hide *hide)
{
	size_t at = w->len, len;

	wbuf_u16(w, 0);
	write_value(w, row->kind, v);
	len = w->len - at - 2;
	wbuf_patch_u16(w, at, (uint16_t)len);
	wbuf_bytes(w, hide->padding, (sizeof(hide->padding) - (len + 2) % 16) % 16);
	if (!w->failed)
		hide_value(hide->secret, type, (struct bytes){ hide->vector, sizeof(hide->vector) },
			   w->p + at, w->len - at);
}

void avp_write(struct wbuf *w, enum avp a, const union avp_value *v, const struct avp_hide *hide)
{
	const struct avp_row *row = &avp_rows[a];
	bool hidden = hide && (row->flags & AVP_HIDABLE);
	size_t at = w->len;

	wbuf_u16(w, 0);
	wbuf_u16(w, row->vendor);
	wbuf_u16(w, avp_number(a));
	if (hidden)
		write_hidden(w, avp_number(a), row, v, hide);
	else
		write_value(w, row->kind, v);
	if (w->failed || w->len - at > AVP_MAX_BYTES) {
		w->failed = true;
		return;
	}
	wbuf_patch_u16(w, at,
		       (uint16_t)((row->flags & AVP_M ? FLAG_MANDATORY : 0) |
				  (hidden ? FLAG_HIDDEN : 0) | (w->len - at)));
}
