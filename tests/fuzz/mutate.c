/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mutate.c - mutations that know what a message looks like: messages come, go and
 * change places; AVPs that a message takes are put in, others too; their bits,
 * numbers, lengths and values change, and the lengths still add up. Every other
 * time libFuzzer's own mutations of plain bytes have their turn, so that what does
 * not add up is tried as well.
 */
#include "tests/fuzz/mutate.h"

#include "l2tpd/wire/msg.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { MAX_PIECES = 24, MAX_BODY = 1400 };

struct piece {
	uint8_t bytes[MAX_BODY];
	size_t len;
};

struct input {
	uint8_t first; /* byte, if the target has one in front of all pieces */
	struct piece piece[MAX_PIECES];
	unsigned count;
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static unsigned below(uint32_t *seed, unsigned n)
{
	return n ? next(seed) % n : 0;
}

static void read_input(struct input *in, const uint8_t *data, size_t size)
{
	in->count = 0;
	in->first = mutate_prefix && size ? data[0] : 0;
	if (mutate_prefix && size) {
		data++;
		size--;
	}
	while (size >= 2 && in->count < MAX_PIECES) {
		struct piece *p = &in->piece[in->count++];
		size_t len = (size_t)data[0] << 8 | data[1];

		len = len > size - 2 ? size - 2 : len;
		p->len = len < MAX_BODY ? len : MAX_BODY;
		memcpy(p->bytes, data + 2, p->len);
		data += 2 + len;
		size -= 2 + len;
	}
}

static size_t write_input(const struct input *in, uint8_t *data, size_t max)
{
	struct wbuf w = wbuf_of(data, max);

	if (mutate_prefix)
		wbuf_number(&w, in->first, 1);
	for (unsigned i = 0; i < in->count; i++) {
		if (w.cap - w.len < in->piece[i].len + 2)
			break;
		wbuf_u16(&w, (uint16_t)in->piece[i].len);
		wbuf_bytes(&w, in->piece[i].bytes, in->piece[i].len);
	}
	return w.len;
}

/* A value of the row's length, or one byte off, of random bytes or small numbers. */
static void put_avp(struct wbuf *w, enum avp a, uint32_t *seed)
{
	const struct avp_row *row = &avp_rows[a];
	size_t span = row->max - row->min > 40 ? 40 : (size_t)(row->max - row->min);
	size_t len = row->min + below(seed, (unsigned)span + 1);
	uint8_t value[256];
	uint16_t bits = row->flags & AVP_M ? 0x8000 : 0;

	if (below(seed, 16) == 0)
		len += len && below(seed, 2) ? (size_t)-1 : 1;
	if (below(seed, 16) == 0)
		bits ^= 0x8000;
	len = len < sizeof(value) ? len : sizeof(value);
	memset(value, 0, sizeof(value));
	for (size_t i = 0; i < len; i++)
		if (i + 2 >= len || below(seed, 3) == 0)
			value[i] = (uint8_t)(below(seed, 4) ? below(seed, 5) : next(seed));
	wbuf_u16(w, (uint16_t)(bits | (6 + len)));
	wbuf_u16(w, row->vendor);
	wbuf_u16(w, avp_number(a));
	wbuf_bytes(w, value, len);
}

static enum msg_type some_type(uint32_t *seed)
{
	enum msg_type type;

	do
		type = (enum msg_type)below(seed, MSG_COUNT);
	while (!msg_rows[type].name);
	return type;
}

/* A whole message: all that it needs, and some of what it may have. */
static void new_message(struct input *in, uint32_t *seed)
{
	enum msg_type type = some_type(seed);
	unsigned at = below(seed, in->count + 1);
	struct piece *p;
	struct wbuf w;

	if (in->count == MAX_PIECES)
		return;
	memmove(&in->piece[at + 1], &in->piece[at], (in->count - at) * sizeof(in->piece[0]));
	in->count++;
	p = &in->piece[at];
	w = wbuf_of(p->bytes, sizeof(p->bytes));
	for (size_t i = 0; i < mutate_head; i++)
		wbuf_number(&w, next(seed), 1);
	avp_write(&w, AVP_MESSAGE_TYPE, &(union avp_value){ .u16 = (uint16_t)type }, NULL);
	for (const struct msg_avp *a = msg_rows[type].avp; a->type; a++)
		if (a->need != MSG_OPTIONAL || below(seed, 3) == 0)
			put_avp(&w, a->type, seed);
	p->len = w.len;
}

static void drop_piece(struct input *in, uint32_t *seed)
{
	unsigned at = below(seed, in->count);

	if (!in->count)
		return;
	in->count--;
	memmove(&in->piece[at], &in->piece[at + 1], (in->count - at) * sizeof(in->piece[0]));
}

static void repeat_piece(struct input *in, uint32_t *seed)
{
	if (in->count && in->count < MAX_PIECES) {
		in->piece[in->count] = in->piece[below(seed, in->count)];
		in->count++;
	}
}

static void swap_pieces(struct input *in, uint32_t *seed)
{
	static struct piece kept;
	unsigned a = below(seed, in->count), b = below(seed, in->count);

	if (!in->count)
		return;
	kept = in->piece[a];
	in->piece[a] = in->piece[b];
	in->piece[b] = kept;
}

/* Where the AVP numbered @nth of @p begins and how long it is; false if there is none. */
static bool avp_at(const struct piece *p, unsigned nth, size_t *at, size_t *len)
{
	struct rbuf r;
	struct avp_raw raw;

	if (p->len < mutate_head)
		return false;
	r = rbuf_of(p->bytes + mutate_head, p->len - mutate_head);
	for (unsigned i = 0; rbuf_left(&r); i++) {
		*at = (size_t)(r.at - p->bytes);
		if (!avp_next(&r, &raw))
			return false;
		*len = (size_t)(r.at - p->bytes) - *at;
		if (i == nth)
			return true;
	}
	return false;
}

static void insert_avp(struct piece *p, uint32_t *seed)
{
	uint8_t room[512];
	struct wbuf w = wbuf_of(room, sizeof(room));
	size_t at, len;
	enum avp a;

	do
		a = (enum avp)below(seed, AVP_COUNT);
	while (avp_rows[a].kind == AVP_KIND_NONE);
	put_avp(&w, a, seed);
	if (!avp_at(p, below(seed, 8), &at, &len))
		at = p->len;
	if (p->len + w.len > MAX_BODY)
		return;
	memmove(p->bytes + at + w.len, p->bytes + at, p->len - at);
	memcpy(p->bytes + at, room, w.len);
	p->len += w.len;
}

static void change_avp(struct piece *p, uint32_t *seed)
{
	size_t at, len;

	if (!avp_at(p, below(seed, 8), &at, &len))
		return;
	switch (below(seed, 5)) {
	case 0: /* its bits */
		p->bytes[at] ^= (uint8_t)(0x80 >> below(seed, 6));
		break;
	case 1: /* its number */
		p->bytes[at + 5] = (uint8_t)below(seed, 110);
		break;
	case 2: /* its vendor */
		p->bytes[at + 2 + below(seed, 2)] ^= (uint8_t)next(seed);
		break;
	case 3: /* a byte of its value */
		if (len > 6)
			p->bytes[at + 6 + below(seed, (unsigned)len - 6)] = (uint8_t)next(seed);
		break;
	case 4: /* it goes */
		memmove(p->bytes + at, p->bytes + at + len, p->len - at - len);
		p->len -= len;
		break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed_)
{
	static struct input in;
	uint32_t seed = seed_;

	if (below(&seed, 2))
		return LLVMFuzzerMutate(data, size, max_size);
	read_input(&in, data, size);
	for (unsigned n = 1 + below(&seed, 3); n; n--) {
		struct piece *p = in.count ? &in.piece[below(&seed, in.count)] : NULL;
		unsigned what = p ? below(&seed, 9) : 0;

		if (what <= 1)
			new_message(&in, &seed);
		else if (what == 2)
			drop_piece(&in, &seed);
		else if (what == 3)
			repeat_piece(&in, &seed);
		else if (what == 4)
			swap_pieces(&in, &seed);
		else if (what == 5)
			insert_avp(p, &seed);
		else if (what == 6 && p->len)
			p->bytes[below(&seed, mutate_head ? (unsigned)mutate_head : 1) % p->len] =
				(uint8_t)next(&seed);
		else
			change_avp(p, &seed);
		if (below(&seed, 8) == 0)
			in.first = (uint8_t)next(&seed);
	}
	return write_input(&in, data, max_size);
}
