/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "l2tpd/wire/hide.h"
#include "l2tpd/wire/msg.h"
#include "l2tpd/wire/result.h"

static const uint8_t blob[32] = "0123456789abcdef0123456789abcde";

/* A value of the row's kind whose every byte matters. */
static union avp_value sample(const struct avp_row *row)
{
	union avp_value v = { 0 };

	switch (row->kind) {
	case AVP_KIND_NONE:
	case AVP_KIND_EMPTY:
		break;
	case AVP_KIND_U16:
		v.u16 = 0x0102;
		break;
	case AVP_KIND_U32:
		v.u32 = 0x01020304;
		break;
	case AVP_KIND_U64:
		v.u64 = 0x0102030405060708;
		break;
	case AVP_KIND_BYTES:
		v.bytes = (struct bytes){ blob, row->max < sizeof(blob) ? row->max : sizeof(blob) };
		break;
	case AVP_KIND_RESULT:
		v.result = (struct avp_result){ 2, 6, true, { blob, 5 } };
		break;
	case AVP_KIND_CAUSE:
		v.cause = (struct avp_cause){ 16, 0x45, { blob, 7 } };
		break;
	case AVP_KIND_ERRORS:
		v.errors = (struct avp_errors){ 1, 2, 3, 4, 5, 0xffffffff };
		break;
	case AVP_KIND_ACCM:
		v.accm = (struct avp_accm){ 0xa0000000, 0x0000000a };
		break;
	case AVP_KIND_PPP_CAUSE:
		v.ppp_cause = (struct avp_ppp_cause){ 16, 0xc223, 1, { blob, 9 } };
		break;
	case AVP_KIND_SPEEDS:
		v.speeds = (struct avp_speeds){ 7, 1000000, 128000 };
		break;
	}
	return v;
}

static void assert_same_bytes(struct bytes a, struct bytes b)
{
	assert_int_equal(a.len, b.len);
	if (a.len)
		assert_memory_equal(a.p, b.p, a.len);
}

static void assert_same(enum avp_kind kind, const union avp_value *a, const union avp_value *b)
{
	switch (kind) {
	case AVP_KIND_NONE:
	case AVP_KIND_EMPTY:
		break;
	case AVP_KIND_U16:
		assert_int_equal(a->u16, b->u16);
		break;
	case AVP_KIND_U32:
		assert_int_equal(a->u32, b->u32);
		break;
	case AVP_KIND_U64:
		assert_true(a->u64 == b->u64);
		break;
	case AVP_KIND_BYTES:
		assert_same_bytes(a->bytes, b->bytes);
		break;
	case AVP_KIND_RESULT:
		assert_int_equal(a->result.result, b->result.result);
		assert_int_equal(a->result.error, b->result.error);
		assert_same_bytes(a->result.message, b->result.message);
		break;
	case AVP_KIND_CAUSE:
		assert_int_equal(a->cause.cause, b->cause.cause);
		assert_int_equal(a->cause.msg, b->cause.msg);
		assert_same_bytes(a->cause.advisory, b->cause.advisory);
		break;
	case AVP_KIND_ERRORS:
		assert_memory_equal(&a->errors, &b->errors, sizeof(a->errors));
		break;
	case AVP_KIND_ACCM:
		assert_memory_equal(&a->accm, &b->accm, sizeof(a->accm));
		break;
	case AVP_KIND_PPP_CAUSE:
		assert_int_equal(a->ppp_cause.code, b->ppp_cause.code);
		assert_int_equal(a->ppp_cause.protocol, b->ppp_cause.protocol);
		assert_int_equal(a->ppp_cause.direction, b->ppp_cause.direction);
		assert_same_bytes(a->ppp_cause.message, b->ppp_cause.message);
		break;
	case AVP_KIND_SPEEDS:
		assert_int_equal(a->speeds.session_id, b->speeds.session_id);
		assert_int_equal(a->speeds.tx, b->speeds.tx);
		assert_int_equal(a->speeds.rx, b->speeds.rx);
		break;
	}
}

static void every_avp_there_and_back(void **state)
{
	(void)state;
	for (int a = 0; a < AVP_COUNT; a++) {
		const struct avp_row *row = &avp_rows[a];
		uint8_t buf[128];
		struct wbuf w = wbuf_of(buf, sizeof(buf));
		union avp_value v, back = { 0 };
		struct avp_raw raw;
		struct rbuf r;

		if (row->kind == AVP_KIND_NONE)
			continue;
		v = sample(row);
		avp_write(&w, (enum avp)a, &v, NULL);
		assert_false(w.failed);
		r = rbuf_of(buf, w.len);
		assert_true(avp_next(&r, &raw));
		assert_int_equal(raw.type, avp_number((enum avp)a));
		assert_int_equal(raw.vendor, row->vendor);
		assert_int_equal(avp_find(raw.vendor, raw.type), a);
		assert_false(raw.hidden || raw.reserved);
		assert_int_equal(raw.mandatory, (row->flags & AVP_M) != 0);
		assert_int_equal(rbuf_left(&r), 0);
		assert_true(avp_read(row, raw.value, &back));
		assert_same(row->kind, &v, &back);
		/* a byte less than the least is refused, a byte more than the most unless tolerated
		 */
		if (row->min > 0)
			assert_false(avp_read(row, (struct bytes){ blob, row->min - 1u }, &back));
		if (row->max < sizeof(blob))
			assert_int_equal(
				avp_read(row, (struct bytes){ blob, row->max + 1u }, &back),
				(row->flags & AVP_LONGER) != 0);
	}
	assert_int_equal(avp_find(VENDOR_IETF, 20), AVP_COUNT);
	assert_int_equal(avp_find(VENDOR_IETF, AVP_CONNECT_SPEED_UPDATE), AVP_COUNT);
	assert_int_equal(avp_find(9, 1), AVP_COUNT);
}

/* Numbers and names as RFC 2661 section 4.4 has them: the M column and lengths, written down anew
 * here. */
static void avps_as_the_rfc_says(void **state)
{
	static const struct {
		uint16_t type;
		const char *name;
		bool m, h;
	} rfc[] = {
		{ 0, "Message Type", true, false },
		{ 1, "Result Code", true, false },
		{ 2, "Protocol Version", true, false },
		{ 3, "Framing Capabilities", true, true },
		{ 4, "Bearer Capabilities", true, true },
		{ 5, "Tie Breaker", false, false },
		{ 6, "Firmware Revision", false, true },
		{ 7, "Host Name", true, false },
		{ 8, "Vendor Name", false, true },
		{ 9, "Assigned Tunnel ID", true, true },
		{ 10, "Receive Window Size", true, false },
		{ 11, "Challenge", true, true },
		{ 12, "Q.931 Cause Code", true, false },
		{ 13, "Challenge Response", true, true },
		{ 14, "Assigned Session ID", true, true },
		{ 15, "Call Serial Number", true, true },
		{ 16, "Minimum BPS", true, true },
		{ 17, "Maximum BPS", true, true },
		{ 18, "Bearer Type", true, true },
		{ 19, "Framing Type", true, true },
		{ 21, "Called Number", true, true },
		{ 22, "Calling Number", true, true },
		{ 23, "Sub-Address", true, true },
		{ 24, "Tx Connect Speed", true, true },
		{ 25, "Physical Channel ID", false, true },
		{ 26, "Initial Received LCP CONFREQ", false, true },
		{ 27, "Last Sent LCP CONFREQ", false, true },
		{ 28, "Last Received LCP CONFREQ", false, true },
		{ 29, "Proxy Authen Type", false, true },
		{ 30, "Proxy Authen Name", false, true },
		{ 31, "Proxy Authen Challenge", false, true },
		{ 32, "Proxy Authen ID", false, true },
		{ 33, "Proxy Authen Response", false, true },
		{ 34, "Call Errors", true, true },
		{ 35, "ACCM", true, true },
		{ 36, "Random Vector", true, false },
		{ 37, "Private Group ID", false, true },
		{ 38, "Rx Connect Speed", false, true },
		{ 39, "Sequencing Required", true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++) {
		const struct avp_row *row = &avp_rows[rfc[i].type];

		assert_int_equal(avp_find(VENDOR_IETF, rfc[i].type), rfc[i].type);
		assert_string_equal(row->name, rfc[i].name);
		assert_int_equal((row->flags & AVP_M) != 0, rfc[i].m);
		assert_int_equal((row->flags & AVP_HIDABLE) != 0, rfc[i].h);
	}
}

static void fill(struct msg *m, int type)
{
	msg_start(m, (enum msg_type)type);
	for (const struct msg_avp *a = msg_rows[type].avp; a->type; a++) {
		*msg_put(m, a->type) = sample(&avp_rows[a->type]);
		if (a->type == AVP_CONNECT_SPEED_UPDATE)
			m->speed[m->speeds++] = m->value[a->type].speeds;
	}
}

static void every_message_there_and_back(void **state)
{
	(void)state;
	for (int type = 0; type < MSG_COUNT; type++) {
		static struct msg m, back;
		uint8_t buf[1500];
		struct wbuf w = wbuf_of(buf, sizeof(buf));
		struct verdict v;

		if (!msg_rows[type].name)
			continue;
		fill(&m, type);
		msg_write(&w, &m, NULL);
		assert_false(w.failed);
		v = msg_read(&back, (struct bytes){ buf, w.len }, NULL);
		assert_int_equal(v.kind, VERDICT_ACCEPT);
		assert_int_equal(back.type, type);
		assert_memory_equal(&back.present, &m.present, sizeof(m.present));
		assert_int_equal(back.ignored, 0);
		for (int a = 0; a < AVP_COUNT; a++)
			if (msg_has(&m, (enum avp)a))
				assert_same(avp_rows[a].kind, &m.value[a], &back.value[a]);
	}
}

/* Each required AVP left out fells the call or the tunnel; each expected one is forgiven. */
static void every_need_is_felt(void **state)
{
	(void)state;
	for (int type = 0; type < MSG_COUNT; type++) {
		for (const struct msg_avp *a = msg_rows[type].avp; msg_rows[type].name && a->type;
		     a++) {
			static struct msg m, back;
			uint8_t buf[1500];
			struct wbuf w = wbuf_of(buf, sizeof(buf));
			struct verdict v;

			fill(&m, type);
			avp_remove(&m.present, a->type);
			m.speeds = 0;
			msg_write(&w, &m, NULL);
			v = msg_read(&back, (struct bytes){ buf, w.len }, NULL);
			if (a->need == MSG_REQUIRED) {
				assert_int_equal(v.kind, msg_rows[type].session ? VERDICT_CDN
										: VERDICT_STOPCCN);
				assert_non_null(strstr(v.why, avp_rows[a->type].name));
			} else {
				assert_int_equal(v.kind, VERDICT_ACCEPT);
				assert_int_equal(avp_in(&back.expected, a->type),
						 a->need == MSG_EXPECTED);
			}
		}
	}
}

static struct verdict read_bytes(struct msg *m, const void *p, size_t len)
{
	return msg_read(m, (struct bytes){ p, len }, NULL);
}

#define READ(m, ...)                                                                               \
	({                                                                                         \
		static const uint8_t bytes_[] = { __VA_ARGS__ };                                   \
		read_bytes(m, bytes_, sizeof(bytes_));                                             \
	})

#define TYPE(n) 0x80, 8, 0, 0, 0, 0, 0, n

static void bad_avps_are_judged(void **state)
{
	static struct msg m;
	struct verdict v;

	(void)state;
	/* no Message Type first, cut off, too short a length, hidden */
	assert_int_equal(READ(&m, 0x80, 8, 0, 0, 0, 7, 'h', 'o').kind, VERDICT_STOPCCN);
	assert_int_equal(READ(&m, 0x80, 8, 0, 0, 0, 0, 0).kind, VERDICT_STOPCCN);
	assert_int_equal(READ(&m, 0x80, 5, 0, 0, 0, 0, 0, 6).kind, VERDICT_STOPCCN);
	assert_int_equal(READ(&m, 0xc0, 8, 0, 0, 0, 0, 0, 6).kind, VERDICT_STOPCCN);
	/* an unknown message: mandatory, and not */
	v = READ(&m, TYPE(99));
	assert_int_equal(v.kind, VERDICT_STOPCCN);
	assert_int_equal(READ(&m, 0, 8, 0, 0, 0, 0, 0, 99).kind, VERDICT_IGNORE);
	/* an unknown AVP: not mandatory, mandatory in a tunnel's message, mandatory in a call's */
	v = READ(&m, TYPE(6), 0, 6, 1, 55, 0, 1);
	assert_int_equal(v.kind, VERDICT_ACCEPT);
	assert_int_equal(m.ignored, 1);
	v = READ(&m, TYPE(6), 0x80, 6, 0, 9, 0, 1);
	assert_int_equal(v.kind, VERDICT_STOPCCN);
	assert_int_equal(v.result, RESULT_GENERAL);
	assert_int_equal(v.error, ERROR_UNKNOWN_AVP);
	v = READ(&m, TYPE(11), 0x80, 6, 0, 9, 0, 1);
	assert_int_equal(v.kind, VERDICT_CDN);
	assert_int_equal(v.error, ERROR_UNKNOWN_AVP);
	/* a reserved bit makes an AVP unknown (4.1) */
	assert_int_equal(READ(&m, TYPE(6), 0x84, 8, 0, 0, 0, 10, 0, 4).kind, VERDICT_STOPCCN);
	assert_int_equal(READ(&m, TYPE(6), 0x04, 8, 0, 0, 0, 10, 0, 4).kind, VERDICT_ACCEPT);
	/* hidden and unreadable */
	assert_int_equal(READ(&m, TYPE(11), 0xc0, 8, 0, 0, 0, 14, 1, 2).kind, VERDICT_CDN);
	assert_int_equal(READ(&m, TYPE(6), 0x40, 8, 0, 0, 0, 8, 1, 2).kind, VERDICT_ACCEPT);
	/* known, but of a wrong length: mandatory, and not (Rx Connect Speed, as 7.0 has it) */
	assert_int_equal(READ(&m, TYPE(11), 0x80, 7, 0, 0, 0, 14, 1).kind, VERDICT_CDN);
	assert_int_equal(READ(&m, TYPE(12), 0, 8, 0, 0, 0, 38, 1, 2).kind, VERDICT_ACCEPT);
	/* an AVP that reaches beyond the message */
	assert_int_equal(READ(&m, TYPE(6), 0x80, 200, 0, 0, 0, 7, 'x').kind, VERDICT_STOPCCN);
	/* known but out of place */
	assert_int_equal(READ(&m, TYPE(6), 0x80, 8, 0, 0, 0, 14, 0, 1).kind, VERDICT_ACCEPT);
	assert_false(msg_has(&m, AVP_ASSIGNED_SESSION_ID));
	assert_int_equal(READ(&m).kind, VERDICT_STOPCCN);
}

/* Whatever else is wrong with it, a teardown is a teardown. */
static void teardowns_are_obeyed(void **state)
{
	static struct msg m;

	(void)state;
	assert_int_equal(READ(&m, TYPE(4), 0x80, 6, 0, 9, 0, 1).kind, VERDICT_ACCEPT);
	assert_int_equal(READ(&m, TYPE(14), 0x80, 200, 0, 0, 0, 1, 0).kind, VERDICT_ACCEPT);
	assert_int_equal(m.type, MSG_CDN);
	/* 8 bytes of Result Code: no error code (seen from real peers) */
	assert_int_equal(READ(&m, TYPE(14), 0x80, 8, 0, 0, 0, 1, 0, 3).kind, VERDICT_ACCEPT);
	assert_int_equal(m.value[AVP_RESULT_CODE].result.result, 3);
	assert_false(m.value[AVP_RESULT_CODE].result.has_error);
}

static enum header_verdict head(struct header *h, const uint8_t *p, size_t len)
{
	return header_read(h, p, len);
}

#define HEAD(h, ...)                                                                               \
	({                                                                                         \
		static const uint8_t bytes_[] = { __VA_ARGS__ };                                   \
		head(h, bytes_, sizeof(bytes_));                                                   \
	})

static void headers_are_judged(void **state)
{
	struct header h;

	(void)state;
	assert_int_equal(HEAD(&h, 0xc8, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0, 2), HEADER_CONTROL);
	assert_int_equal(h.tunnel_id, 7);
	assert_int_equal(h.session_id, 9);
	assert_int_equal(h.ns, 1);
	assert_int_equal(h.nr, 2);
	assert_int_equal(h.body.len, 0);
	/* the S, O and P bits that real peers set beyond need; bytes beyond the length */
	assert_int_equal(HEAD(&h, 0xc9, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0, 2, 0xff), HEADER_CONTROL);
	assert_int_equal(h.body.len, 0);
	/* L or S missing, too short, length too small, length beyond the datagram */
	assert_int_equal(HEAD(&h, 0x88, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0, 2), HEADER_MALFORMED);
	assert_int_equal(HEAD(&h, 0xc0, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0, 2), HEADER_MALFORMED);
	assert_int_equal(HEAD(&h, 0xc8, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0), HEADER_MALFORMED);
	assert_int_equal(HEAD(&h, 0xc8, 2, 0, 11, 0, 7, 0, 9, 0, 1, 0, 2), HEADER_MALFORMED);
	assert_int_equal(HEAD(&h, 0xc8, 2, 0, 13, 0, 7, 0, 9, 0, 1, 0, 2), HEADER_MALFORMED);
	assert_int_equal(HEAD(&h, 0xc8), HEADER_MALFORMED);
	assert_int_equal(HEAD(&h), HEADER_MALFORMED);
	/* version 3, data */
	assert_int_equal(HEAD(&h, 0xc8, 3, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0), HEADER_VERSION);
	assert_int_equal(HEAD(&h, 0x00, 2, 0, 7, 0, 9, 0xff, 3), HEADER_DATA);
}

static void headers_there_and_back(void **state)
{
	uint8_t buf[64];
	struct wbuf w = wbuf_of(buf, sizeof(buf));
	struct header h;

	(void)state;
	header_write(&w, 1, 2, 3, 4);
	wbuf_bytes(&w, "body", 4);
	header_finish(&w);
	header_patch_send(buf, w.len, 0x1111, 0x3333);
	header_patch_nr(buf, w.len, 0x4444);
	assert_int_equal(header_read(&h, buf, w.len), HEADER_CONTROL);
	assert_int_equal(h.tunnel_id, 0x1111);
	assert_int_equal(h.session_id, 2);
	assert_int_equal(h.ns, 0x3333);
	assert_int_equal(h.nr, 0x4444);
	assert_int_equal(h.body.len, 4);
}

static void cursors_do_not_overrun(void **state)
{
	uint8_t buf[4] = { 1, 2, 3, 4 };
	struct rbuf r = rbuf_of(buf, 3);
	struct wbuf w = wbuf_of(buf, 3);

	(void)state;
	assert_int_equal(rbuf_u16(&r), 0x0102);
	assert_int_equal(rbuf_u16(&r), 0);
	assert_true(r.failed);
	assert_int_equal(rbuf_number(&r, 1), 0); /* failure sticks */
	wbuf_u16(&w, 0xaaaa);
	wbuf_u16(&w, 0xbbbb);
	assert_true(w.failed);
	wbuf_bytes(&w, "x", 1);
	assert_int_equal(w.len, 2);
	assert_int_equal(buf[3], 4);
}

static void long_values_do_not_fit(void **state)
{
	static uint8_t big[2000], out[3000];
	struct wbuf w = wbuf_of(out, sizeof(out));
	union avp_value v = { .bytes = { big, 1018 } };

	(void)state;
	avp_write(&w, AVP_HOST_NAME, &v, NULL);
	assert_true(w.failed);
}

static void codes_have_words(void **state)
{
	char buf[128];

	(void)state;
	assert_string_equal(result_text(false, 6, 0, buf, sizeof(buf)),
			    "requester is being shut down (result 6)");
	assert_string_equal(result_text(true, 3, 0, buf, sizeof(buf)),
			    "disconnected for administrative reasons (result 3)");
	assert_string_equal(result_text(true, 2, 4, buf, sizeof(buf)),
			    "insufficient resources (result 2, error 4)");
	assert_string_equal(result_text(true, 999, 0, buf, sizeof(buf)), "unknown (result 999)");
	for (int i = 1; i <= 11; i++)
		assert_null(strstr(result_text(true, (uint16_t)i, 0, buf, sizeof(buf)), "unknown"));
	for (int i = 1; i <= 7; i++)
		assert_null(
			strstr(result_text(false, (uint16_t)i, 0, buf, sizeof(buf)), "unknown"));
	for (int i = 0; i <= 7; i++)
		assert_null(
			strstr(result_text(false, 2, (uint16_t)i, buf, sizeof(buf)), "unknown"));
	assert_string_equal(msg_name(12, buf), "ICCN");
	assert_string_equal(msg_name(99, buf), "message 99");
}

/* --- the shared secret ---------------------------------------------------------------- */

static const struct bytes secret = { (const uint8_t *)"top secret", 10 };
static const struct bytes other_secret = { (const uint8_t *)"Top secret", 10 };

/* Computed by hand from 4.3 with another MD5 (Python's): Calling Number, vector 00 01 .. 0f. */
static void hiding_is_as_the_rfc_says(void **state)
{
	static const char number[] = "0123456789 a number of more than one block";
	static const uint8_t hidden[] = {
		0xc6, 0x60, 0x72, 0xbf, 0x51, 0x17, 0x38, 0xb9, 0x21, 0xf7, 0x3e,
		0xe6, 0xbb, 0xa3, 0x56, 0x12, 0xcc, 0x2d, 0x69, 0x59, 0xaa, 0xdb,
		0x1e, 0x1e, 0x46, 0x93, 0xa1, 0xb0, 0x94, 0x44, 0x54, 0xe6, 0x2b,
		0x31, 0x5f, 0x56, 0x6d, 0x86, 0xb3, 0x9a, 0x9a, 0xc8, 0x74, 0x8f,
	};
	uint8_t vector[16], buf[64] = { 0, sizeof(number) - 1 }, out[64];
	struct bytes rv = { vector, 16 }, value;

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		vector[i] = i;
	memcpy(buf + 2, number, sizeof(number) - 1);
	hide_value(secret, AVP_CALLING_NUMBER, rv, buf, sizeof(hidden));
	assert_memory_equal(buf, hidden, sizeof(hidden));
	assert_true(hide_reveal(secret, AVP_CALLING_NUMBER, rv,
				(struct bytes){ hidden, sizeof(hidden) }, out, &value));
	assert_int_equal(value.len, sizeof(number) - 1);
	assert_memory_equal(value.p, number, value.len);
	/* not long enough to hold a length, or a length that is not there */
	assert_false(hide_reveal(secret, 22, rv, (struct bytes){ hidden, 1 }, out, &value));
	assert_false(hide_reveal(secret, 22, rv, (struct bytes){ hidden, 16 }, out, &value));
}

static void response_is_as_the_rfc_says(void **state)
{
	static const uint8_t right[16] = {
		0x05, 0xd7, 0xc4, 0x90, 0xf9, 0xac, 0xc4, 0xc1,
		0x11, 0x3e, 0x6f, 0xe9, 0x07, 0xed, 0x4c, 0x6e,
	};
	struct bytes challenge = { (const uint8_t *)"challenge", 9 };
	uint8_t out[24] = { 0 };

	(void)state;
	hide_response(MSG_SCCCN, secret, challenge, out);
	assert_memory_equal(out, right, 16);
	assert_true(hide_response_ok(MSG_SCCCN, secret, challenge, (struct bytes){ out, 16 }));
	/* what Cisco appends does not matter */
	assert_true(hide_response_ok(MSG_SCCCN, secret, challenge, (struct bytes){ out, 22 }));
	assert_false(hide_response_ok(MSG_SCCCN, secret, challenge, (struct bytes){ out, 15 }));
	assert_false(hide_response_ok(MSG_SCCRP, secret, challenge, (struct bytes){ out, 16 }));
	assert_false(
		hide_response_ok(MSG_SCCCN, other_secret, challenge, (struct bytes){ out, 16 }));
	out[15] ^= 1;
	assert_false(hide_response_ok(MSG_SCCCN, secret, challenge, (struct bytes){ out, 16 }));
}

static struct verdict read_with(struct msg *m, const struct wbuf *w, struct bytes with)
{
	struct msg_reader reader = { .secret = with };

	return msg_read(m, (struct bytes){ w->p, w->len }, &reader);
}

/* Every message with all that may be hidden hidden; and read with the wrong secret, or none. */
static void every_message_hidden_and_back(void **state)
{
	struct avp_hide hide = { .secret = secret, .vector = "vectorvectorvec" };

	(void)state;
	for (int type = 0; type < MSG_COUNT; type++) {
		static struct msg m, back;
		uint8_t buf[2048];
		struct wbuf w = wbuf_of(buf, sizeof(buf));
		struct verdict v;
		bool mandatory = false;

		if (!msg_rows[type].name)
			continue;
		fill(&m, type);
		msg_write(&w, &m, &hide);
		assert_false(w.failed);
		assert_int_equal(read_with(&back, &w, secret).kind, VERDICT_ACCEPT);
		assert_memory_equal(&back.present, &m.present, sizeof(m.present));
		assert_int_equal(back.ignored, 0);
		for (enum avp a = 0; a < AVP_COUNT; a++) {
			if (!msg_has(&m, a))
				continue;
			assert_same(avp_rows[a].kind, &m.value[a], &back.value[a]);
			mandatory |=
				(avp_rows[a].flags & AVP_M) && (avp_rows[a].flags & AVP_HIDABLE);
		}
		/* what is known of the sender comes from what is not hidden */
		v = msg_read(&back, (struct bytes){ buf, w.len },
			     &(struct msg_reader){ .first_glance = true });
		assert_int_equal(v.kind, VERDICT_ACCEPT);
		if (!mandatory || type == MSG_STOPCCN || type == MSG_CDN)
			continue;
		v = read_with(&back, &w, (struct bytes){ 0 });
		assert_int_equal(v.kind, msg_rows[type].session ? VERDICT_CDN : VERDICT_STOPCCN);
		assert_non_null(strstr(v.why, "no secret is configured"));
		assert_int_not_equal(read_with(&back, &w, other_secret).kind, VERDICT_ACCEPT);
	}
}

static void hidden_avps_are_judged(void **state)
{
	struct avp_hide hide = { .secret = secret, .vector = "vectorvectorvec" };
	union avp_value big = { .bytes = { NULL, 0 } };
	static uint8_t room[8192], filler[1000];
	static struct msg m;
	struct wbuf w;
	struct verdict v;

	(void)state;
	/* no Random Vector before it */
	w = wbuf_of(room, sizeof(room));
	avp_write(&w, AVP_MESSAGE_TYPE, &(union avp_value){ .u16 = MSG_ICRP }, NULL);
	avp_write(&w, AVP_ASSIGNED_SESSION_ID, &(union avp_value){ .u16 = 1 }, &hide);
	v = read_with(&m, &w, secret);
	assert_int_equal(v.kind, VERDICT_CDN);
	assert_non_null(strstr(v.why, "without a Random Vector"));
	/* one that must not be: Sequencing Required (its row says so) */
	w = wbuf_of(room, sizeof(room));
	avp_write(&w, AVP_MESSAGE_TYPE, &(union avp_value){ .u16 = MSG_ICCN }, NULL);
	avp_write(&w, AVP_SEQUENCING_REQUIRED, &big, NULL);
	room[8] |= 0x40;
	v = read_with(&m, &w, secret);
	assert_int_equal(v.kind, VERDICT_CDN);
	assert_non_null(strstr(v.why, "must not be hidden"));
	/* more of it than we are willing to reveal: not mandatory, so only counted */
	w = wbuf_of(room, sizeof(room));
	avp_write(&w, AVP_MESSAGE_TYPE, &(union avp_value){ .u16 = MSG_ICCN }, NULL);
	avp_write(&w, AVP_RANDOM_VECTOR, &(union avp_value){ .bytes = { hide.vector, 16 } }, NULL);
	big.bytes = (struct bytes){ filler, sizeof(filler) };
	for (int i = 0; i < 5; i++)
		avp_write(&w, AVP_PRIVATE_GROUP_ID, &big, &hide);
	assert_false(w.failed);
	v = read_with(&m, &w, secret);
	assert_int_equal(v.kind, VERDICT_ACCEPT);
	assert_int_equal(m.ignored, 1);
	assert_int_equal(m.value[AVP_PRIVATE_GROUP_ID].bytes.len, sizeof(filler));
}

static bool knows_microsoft(const void *ctx, uint16_t vendor, uint16_t type)
{
	return ctx && vendor == 311 && type == 1;
}

static void vendors_avps_are_known_or_not(void **state)
{
	static const uint8_t icrq[] = { TYPE(10), 0x80, 8, 0,  0, 0, 14,   0,
					9, /* Assigned Session ID */
					0x80,	  8,	1, 55, 0, 1, 0xab, 0xcd };
	struct msg_reader reader = { .knows = knows_microsoft, .ctx = "" };
	static struct msg m;
	struct verdict v = msg_read(&m, (struct bytes){ icrq, sizeof(icrq) }, NULL);

	(void)state;
	assert_int_equal(v.kind, VERDICT_CDN);
	assert_int_equal(v.error, ERROR_UNKNOWN_AVP);
	assert_non_null(strstr(v.why, "AVP 1 of vendor 311")); /* 4.4.2: SHOULD name it */
	v = msg_read(&m, (struct bytes){ icrq, sizeof(icrq) }, &reader);
	assert_int_equal(v.kind, VERDICT_ACCEPT);
	assert_int_equal(m.vendors, 1);
	assert_int_equal(m.vendor[0].value.len, 2);
	assert_int_equal(m.vendor[0].value.p[1], 0xcd);
}

/* RFC 3145, 3308, 3437, 5515: the numbers as those RFCs give them, written down anew. */
static void extensions_have_their_numbers(void **state)
{
	static const struct {
		uint16_t vendor, type;
		const char *name;
	} rfc[] = {
		{ 0, 46, "PPP Disconnect Cause Code" },
		{ 0, 47, "Control Connection DS" },
		{ 0, 48, "Session DS" },
		{ 0, 49, "LCP Want Options" },
		{ 0, 50, "LCP Allow Options" },
		{ 0, 51, "LNS Last Sent LCP Confreq" },
		{ 0, 52, "LNS Last Received LCP Confreq" },
		{ 0, 97, "Connect Speed Update" },
		{ 0, 98, "Connect Speed Update Enable" },
		{ 3561, 1, "Agent-Circuit-Id" },
		{ 3561, 2, "Agent-Remote-Id" },
		{ 3561, 129, "Actual-Data-Rate-Upstream" },
		{ 3561, 136, "Maximum-Data-Rate-Downstream" },
		{ 3561, 139, "Maximum-Interleaving-Delay-Upstream" },
		{ 3561, 142, "Actual-Interleaving-Delay-Downstream" },
		{ 3561, 144, "Access-Loop-Encapsulation" },
		{ 3561, 145, "ANCP-Access-Line-Type" },
		{ 3561, 254, "IWF-Session" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rfc) / sizeof(rfc[0]); i++) {
		enum avp a = avp_find(rfc[i].vendor, rfc[i].type);

		assert_int_not_equal(a, AVP_COUNT);
		assert_string_equal(avp_rows[a].name, rfc[i].name);
		assert_int_equal(avp_rows[a].flags & AVP_M, 0); /* a peer may not know it */
	}
	assert_string_equal(msg_rows[28].name, "CSUN");
	assert_string_equal(msg_rows[29].name, "CSURQ");
}

static void more_codes_have_words(void **state)
{
	char buf[160];
	uint16_t result = 0x0100, error = 0x0600;

	(void)state;
	assert_string_equal(q931_text(17, buf, sizeof(buf)), "user busy (Q.931 cause 17)");
	assert_string_equal(q931_text(5000, buf, sizeof(buf)), "unknown (Q.931 cause 5000)");
	assert_string_equal(ppp_cause_text(16, 1, buf, sizeof(buf)),
			    "authentication failed, at the peer (code 16)");
	assert_string_equal(ppp_cause_text(99, 0, buf, sizeof(buf)), "unknown (code 99)");
	assert_true(result_unswap(false, &result, &error));
	assert_int_equal(result, 1);
	assert_int_equal(error, 6);
	assert_false(result_unswap(true, &result, &error));
	result = 0x7777;
	assert_false(result_unswap(true, &result, &error));
	assert_non_null(
		strstr(result_text(false, STOPCCN_DS, 0, buf, sizeof(buf)), "differentiated"));
	assert_non_null(strstr(result_text(true, CDN_DS, 0, buf, sizeof(buf)), "differentiated"));
}

static void version_3_is_recognized(void **state)
{
	static const uint8_t sccrq[] = { 0xc8,	  3,	0,  30, 0, 0, 0,  0, 0, 0, 0, 0,
					 TYPE(1), 0x80, 10, 0,	0, 0, 61, 1, 2, 3, 4 };
	uint8_t copy[sizeof(sccrq)];
	struct header h;

	(void)state;
	assert_true(header_read_v3(&h, sccrq, sizeof(sccrq)));
	assert_int_equal(h.tunnel_id, 0x0102);
	assert_int_equal(h.session_id, 0x0304);
	for (size_t cut = 0; cut < sizeof(sccrq); cut++)
		assert_false(header_read_v3(&h, sccrq, cut));
	memcpy(copy, sccrq, sizeof(copy));
	copy[19] = 2; /* another message */
	assert_false(header_read_v3(&h, copy, sizeof(copy)));
	copy[19] = 1;
	copy[1] = 2; /* another version */
	assert_false(header_read_v3(&h, copy, sizeof(copy)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_avp_there_and_back),
		cmocka_unit_test(avps_as_the_rfc_says),
		cmocka_unit_test(every_message_there_and_back),
		cmocka_unit_test(every_need_is_felt),
		cmocka_unit_test(bad_avps_are_judged),
		cmocka_unit_test(teardowns_are_obeyed),
		cmocka_unit_test(headers_are_judged),
		cmocka_unit_test(headers_there_and_back),
		cmocka_unit_test(cursors_do_not_overrun),
		cmocka_unit_test(long_values_do_not_fit),
		cmocka_unit_test(codes_have_words),
		cmocka_unit_test(hiding_is_as_the_rfc_says),
		cmocka_unit_test(response_is_as_the_rfc_says),
		cmocka_unit_test(every_message_hidden_and_back),
		cmocka_unit_test(hidden_avps_are_judged),
		cmocka_unit_test(vendors_avps_are_known_or_not),
		cmocka_unit_test(extensions_have_their_numbers),
		cmocka_unit_test(more_codes_have_words),
		cmocka_unit_test(version_3_is_recognized),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
