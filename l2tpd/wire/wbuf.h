/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wbuf.h - a write cursor over a caller's buffer, with room checks.
 *
 * What does not fit is not written and sets `failed`, which sticks. Numbers are
 * written in network order.
 */
#ifndef L2TPD_WIRE_WBUF_H
#define L2TPD_WIRE_WBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wbuf {
	uint8_t *p;
	size_t len, cap;
	bool failed;
};

static inline struct wbuf wbuf_of(void *p, size_t cap)
{
	return (struct wbuf){ .p = p, .cap = cap };
}

static inline void wbuf_bytes(struct wbuf *w, const void *p, size_t n)
{
	if (w->failed || w->cap - w->len < n) {
		w->failed = true;
		return;
	}
	if (n)
		memcpy(w->p + w->len, p, n);
	w->len += n;
}

/* @v as a big-endian number of @n bytes, at most 8. */
static inline void wbuf_number(struct wbuf *w, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	wbuf_bytes(w, b, n);
}

static inline void wbuf_u16(struct wbuf *w, uint16_t v)
{
	wbuf_number(w, v, 2);
}

static inline void wbuf_u32(struct wbuf *w, uint32_t v)
{
	wbuf_number(w, v, 4);
}

/* Writes over two bytes that were written before, at @at. */
static inline void wbuf_patch_u16(struct wbuf *w, size_t at, uint16_t v)
{
	if (at + 2 > w->len) {
		w->failed = true;
		return;
	}
	w->p[at] = (uint8_t)(v >> 8);
	w->p[at + 1] = (uint8_t)v;
}

#endif
