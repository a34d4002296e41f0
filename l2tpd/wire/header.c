/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/header.h"

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
