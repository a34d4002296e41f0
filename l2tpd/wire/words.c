/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/words.h"

#include <inttypes.h>

static void bytes_words(const struct avp_row *row, struct bytes b, struct text *out)
{
	if (row->flags & AVP_SECRET)
		text_add(out, "(hidden)");
	else if (row->flags & AVP_TEXT)
		text_add_safe(out, b.p, b.len);
	else
		for (size_t i = 0; i < b.len; i++)
			text_addf(out, "%02x", b.p[i]);
}

static void result_words(const struct avp_result *r, struct text *out)
{
	text_addf(out, "result %u", r->result);
	if (r->has_error)
		text_addf(out, ", error %u", r->error);
	if (r->message.len)
		text_add(out, ", ");
	text_add_safe(out, r->message.p, r->message.len);
}

static void cause_words(uint16_t code, const char *second, uint16_t value, struct bytes message,
			struct text *out)
{
	text_addf(out, "code %u, %s %u", code, second, value);
	if (message.len)
		text_add(out, ", ");
	text_add_safe(out, message.p, message.len);
}

void avp_words(enum avp a, const union avp_value *v, struct text *out)
{
	const struct avp_row *row = &avp_rows[a];

	switch (row->kind) {
	case AVP_KIND_EMPTY:
		text_add(out, "yes");
		break;
	case AVP_KIND_U16:
		text_addf(out, "%u", v->u16);
		break;
	case AVP_KIND_U32:
		text_addf(out, "%" PRIu32, v->u32);
		break;
	case AVP_KIND_U64:
		text_addf(out, "%" PRIu64, v->u64);
		break;
	case AVP_KIND_BYTES:
		bytes_words(row, v->bytes, out);
		break;
	case AVP_KIND_RESULT:
		result_words(&v->result, out);
		break;
	case AVP_KIND_CAUSE:
		cause_words(v->cause.cause, "message", v->cause.msg, v->cause.advisory, out);
		break;
	case AVP_KIND_PPP_CAUSE:
		cause_words(v->ppp_cause.code, "protocol", v->ppp_cause.protocol,
			    v->ppp_cause.message, out);
		break;
	case AVP_KIND_ERRORS:
		text_addf(out,
			  "crc %u, framing %u, hardware overruns %u, buffer overruns %u, timeouts "
			  "%u, alignment %u",
			  v->errors.crc, v->errors.framing, v->errors.hardware_overruns,
			  v->errors.buffer_overruns, v->errors.timeouts, v->errors.alignment);
		break;
	case AVP_KIND_ACCM:
		text_addf(out, "send 0x%08x, receive 0x%08x", v->accm.send, v->accm.receive);
		break;
	case AVP_KIND_SPEEDS:
		text_addf(out, "session %u: tx %u, rx %u bit/s", v->speeds.session_id, v->speeds.tx,
			  v->speeds.rx);
		break;
	case AVP_KIND_NONE:
		break;
	}
}
