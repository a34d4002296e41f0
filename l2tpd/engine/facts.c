/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/engine/facts.h"

#include "l2tpd/wire/words.h"

#include <stdlib.h>

/* Of a call's messages, what is not about the call but about the messages themselves. */
static bool worth_keeping(enum avp a)
{
	return a != AVP_ASSIGNED_SESSION_ID && a != AVP_RESULT_CODE && a != AVP_Q931_CAUSE_CODE &&
	       a != AVP_PPP_DISCONNECT_CAUSE;
}

/* Where @a stands: from *at, *len bytes; false if nowhere. */
static bool find(const struct facts *f, enum avp a, size_t *at, size_t *len, struct avp_raw *raw)
{
	struct rbuf r = rbuf_of(f->bytes, f->len);

	while (rbuf_left(&r) > 0) {
		*at = (size_t)(r.at - f->bytes);
		if (!avp_next(&r, raw))
			return false;
		*len = (size_t)(r.at - f->bytes) - *at;
		if (avp_find(raw->vendor, raw->type) == a)
			return true;
	}
	return false;
}

bool facts_put(struct facts *f, enum avp a, const union avp_value *v)
{
	uint8_t buf[AVP_MAX_BYTES + 1], *bytes;
	struct wbuf w = wbuf_of(buf, sizeof(buf));
	size_t at = f->len, old = 0;
	struct avp_raw raw;

	avp_write(&w, a, v, NULL);
	if (!find(f, a, &at, &old, &raw)) {
		at = f->len;
		old = 0;
	}
	if (w.failed || f->len - old + w.len > FACTS_MAX_BYTES)
		return false;
	bytes = malloc(f->len - old + w.len);
	if (!bytes)
		return false;
	if (at)
		memcpy(bytes, f->bytes, at);
	memcpy(bytes + at, w.p, w.len);
	if (f->len > at + old)
		memcpy(bytes + at + w.len, f->bytes + at + old, f->len - at - old);
	free(f->bytes);
	f->bytes = bytes;
	f->len = (uint16_t)(f->len - old + w.len);
	return true;
}

static bool is_proxy(enum avp a)
{
	return a >= AVP_INITIAL_RECEIVED_LCP_CONFREQ && a <= AVP_PROXY_AUTHEN_RESPONSE;
}

unsigned facts_take(struct facts *f, const struct msg *m, bool proxy)
{
	unsigned lost = 0;

	for (const struct msg_avp *a = msg_rows[m->type].avp; a->type; a++)
		if (msg_has(m, a->type) && worth_keeping(a->type) && (proxy || !is_proxy(a->type)))
			lost += !facts_put(f, a->type, &m->value[a->type]);
	return lost;
}

bool facts_get(const struct facts *f, enum avp a, union avp_value *v)
{
	struct avp_raw raw;
	size_t at, len;

	return find(f, a, &at, &len, &raw) && avp_read(&avp_rows[a], raw.value, v);
}

static struct value text_value(struct text *t)
{
	char *s = text_take(t);

	return (struct value){ .kind = s ? VALUE_TEXT : VALUE_NONE, .text = s };
}

static struct value number_value(uint64_t n)
{
	return (struct value){ .kind = VALUE_UNSIGNED, .number = n };
}

struct value facts_value(const struct facts *f, enum avp a)
{
	struct text t = TEXT_INIT;
	union avp_value v;

	if (!facts_get(f, a, &v))
		return (struct value){ 0 };
	switch (avp_rows[a].kind) {
	case AVP_KIND_EMPTY:
		return (struct value){ .kind = VALUE_BOOL, .number = 1 };
	case AVP_KIND_U16:
		return number_value(v.u16);
	case AVP_KIND_U32:
		return number_value(v.u32);
	case AVP_KIND_U64:
		return number_value(v.u64);
	case AVP_KIND_BYTES:
	case AVP_KIND_ERRORS:
	case AVP_KIND_ACCM:
		avp_words(a, &v, &t);
		return text_value(&t);
	case AVP_KIND_NONE:
	case AVP_KIND_RESULT:
	case AVP_KIND_CAUSE:
	case AVP_KIND_PPP_CAUSE:
	case AVP_KIND_SPEEDS:
		break; /* not kept */
	}
	return (struct value){ 0 };
}

void facts_free(struct facts *f)
{
	free(f->bytes);
	*f = (struct facts){ 0 };
}
