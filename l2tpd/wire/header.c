/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/header.h"

#include "l2tpd/wire/avp.h"

enum {
	FLAG_T = 0x8000, /* control */
	FLAG_L = 0x4000, /* Length present */
	FLAG_S = 0x0800, /* Ns and Nr present */
	VERSION_MASK = 0x000f,
	CONTROL_FLAGS = FLAG_T | FLAG_L | FLAG_S,
	OFFSET_LENGTH = 2,
	OFFSET_TUNNEL_ID = 4,
	OFFSET_NS = 8,
	OFFSET_NR = 10,
};

enum header_verdict header_read(struct header *h, const void *datagram, size_t len)
{
	struct rbuf r = rbuf_of(datagram, len);
	uint16_t flags = rbuf_u16(&r);
	uint16_t length;

	*h = (struct header){ .version = flags & VERSION_MASK };
	if (r.failed)
		return HEADER_MALFORMED;
	if (h->version != 2)
		return HEADER_VERSION;
	if (!(flags & FLAG_T))
		return HEADER_DATA;
	if ((flags & CONTROL_FLAGS) != CONTROL_FLAGS)
		return HEADER_MALFORMED;
	length = rbuf_u16(&r);
	h->tunnel_id = rbuf_u16(&r);
	h->session_id = rbuf_u16(&r);
	h->ns = rbuf_u16(&r);
	h->nr = rbuf_u16(&r);
	if (length < HEADER_CONTROL_BYTES)
		return HEADER_MALFORMED;
	h->body = rbuf_bytes(&r, length - (size_t)HEADER_CONTROL_BYTES);
	return r.failed ? HEADER_MALFORMED : HEADER_CONTROL;
}

/* Version 3 has one id of 32 bits in the place of two, and AVPs in the format of version 2. */
bool header_read_v3(struct header *h, const void *datagram, size_t len)
{
	enum { SCCRQ = 1, ASSIGNED_CONTROL_CONNECTION_ID = 61 };
	struct rbuf r = rbuf_of(datagram, len), body;
	uint16_t flags = rbuf_u16(&r), length = rbuf_u16(&r);
	struct avp_raw raw;

	*h = (struct header){ .version = 3 };
	if ((flags & (CONTROL_FLAGS | VERSION_MASK)) != (CONTROL_FLAGS | 3) ||
	    length < HEADER_CONTROL_BYTES || rbuf_u32(&r) != 0)
		return false;
	h->ns = rbuf_u16(&r);
	h->nr = rbuf_u16(&r);
	h->body = rbuf_bytes(&r, length - (size_t)HEADER_CONTROL_BYTES);
	body = rbuf_of(h->body.p, h->body.len);
	if (r.failed || !avp_next(&body, &raw) || raw.type != 0 || raw.vendor || raw.hidden ||
	    raw.value.len != 2 || raw.value.p[0] || raw.value.p[1] != SCCRQ)
		return false;
	while (rbuf_left(&body) > 0 && avp_next(&body, &raw)) {
		if (raw.vendor || raw.hidden || raw.type != ASSIGNED_CONTROL_CONNECTION_ID ||
		    raw.value.len != 4)
			continue;
		h->tunnel_id = (uint16_t)(raw.value.p[0] << 8 | raw.value.p[1]);
		h->session_id = (uint16_t)(raw.value.p[2] << 8 | raw.value.p[3]);
		return true;
	}
	return false;
}

void header_write(struct wbuf *w, uint16_t tunnel_id, uint16_t session_id, uint16_t ns, uint16_t nr)
{
	wbuf_u16(w, CONTROL_FLAGS | 2);
	wbuf_u16(w, 0);
	wbuf_u16(w, tunnel_id);
	wbuf_u16(w, session_id);
	wbuf_u16(w, ns);
	wbuf_u16(w, nr);
}

void header_finish(struct wbuf *w)
{
	wbuf_patch_u16(w, OFFSET_LENGTH, (uint16_t)w->len);
}

void header_patch_send(void *datagram, size_t len, uint16_t tunnel_id, uint16_t ns)
{
	struct wbuf w = { .p = datagram, .len = len, .cap = len };

	wbuf_patch_u16(&w, OFFSET_TUNNEL_ID, tunnel_id);
	wbuf_patch_u16(&w, OFFSET_NS, ns);
}

void header_patch_nr(void *datagram, size_t len, uint16_t nr)
{
	struct wbuf w = { .p = datagram, .len = len, .cap = len };

	wbuf_patch_u16(&w, OFFSET_NR, nr);
}

const char *header_verdict_text(enum header_verdict v)
{
	switch (v) {
	case HEADER_CONTROL:
		return "";
	case HEADER_DATA:
		return "user data for no session that the kernel knows";
	case HEADER_VERSION:
		return "not L2TP version 2";
	case HEADER_MALFORMED:
		return "a malformed header";
	case HEADER_VERDICTS:
		break;
	}
	return "";
}
