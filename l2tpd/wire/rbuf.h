/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rbuf.h - a read cursor that cannot overrun.
 *
 * Reading beyond the end yields zeros and sets `failed`, which sticks: a caller
 * reads all it expects and asks once. Bytes are read in network order and never
 * changed in place.
 */
#ifndef L2TPD_WIRE_RBUF_H
#define L2TPD_WIRE_RBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that belong to somebody else, usually a datagram. */
struct bytes {
	const uint8_t *p;
	size_t len;
};

struct rbuf {
	const uint8_t *at, *end;
	bool failed;
};

static inline struct rbuf rbuf_of(const void *p, size_t len)
{
	const uint8_t *at = p;

	return (struct rbuf){ .at = at, .end = at ? at + len : at };
}

static inline size_t rbuf_left(const struct rbuf *r)
{
	return (size_t)(r->end - r->at);
}

/* The next @n bytes; none at all if fewer are left. */
static inline struct bytes rbuf_bytes(struct rbuf *r, size_t n)
{
	struct bytes b = { r->at, n };

	if (r->failed || rbuf_left(r) < n) {
		r->failed = true;
		return (struct bytes){ 0 };
	}
	r->at = n ? r->at + n : r->at;
	return b;
}

/* Everything that is left. */
static inline struct bytes rbuf_rest(struct rbuf *r)
{
	return rbuf_bytes(r, rbuf_left(r));
}

/* A big-endian number of @n bytes, at most 8. */
static inline uint64_t rbuf_number(struct rbuf *r, size_t n)
{
	struct bytes b = rbuf_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.p[i];
	return v;
}

static inline uint16_t rbuf_u16(struct rbuf *r)
{
	return (uint16_t)rbuf_number(r, 2);
}

static inline uint32_t rbuf_u32(struct rbuf *r)
{
	return (uint32_t)rbuf_number(r, 4);
}

#endif
