/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/hide.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
#include <string.h>

enum { BLOCK = MD5_DIGEST_SIZE };

static void md5(struct bytes a, struct bytes b, struct bytes c, uint8_t out[BLOCK])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	md5_update(&ctx, a.len, a.p);
	md5_update(&ctx, b.len, b.p);
	md5_update(&ctx, c.len, c.p);
	md5_digest(&ctx, BLOCK, out);
}

/* b1 = MD5(AV + S + RV): what the first 16 bytes are mixed with. */
static void first_pad(struct bytes secret, uint16_t type, struct bytes vector, uint8_t pad[BLOCK])
{
	uint8_t number[2] = { (uint8_t)(type >> 8), (uint8_t)type };

	md5((struct bytes){ number, sizeof(number) }, secret, vector, pad);
}

/* bi = MD5(S + c(i-1)), where c is what stands in the message. */
static void next_pad(struct bytes secret, const uint8_t *cipher, uint8_t pad[BLOCK])
{
	md5(secret, (struct bytes){ cipher, BLOCK }, (struct bytes){ 0 }, pad);
}

static void mix(uint8_t *out, const uint8_t *in, const uint8_t *pad, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = in[i] ^ pad[i];
}

static size_t block(size_t left)
{
	return left < BLOCK ? left : BLOCK;
}

void hide_value(struct bytes secret, uint16_t type, struct bytes vector, uint8_t *p, size_t len)
{
	uint8_t pad[BLOCK];

	first_pad(secret, type, vector, pad);
	for (size_t at = 0; at < len; at += BLOCK) {
		if (at)
			next_pad(secret, p + at - BLOCK, pad);
		mix(p + at, p + at, pad, block(len - at));
	}
}

bool hide_reveal(struct bytes secret, uint16_t type, struct bytes vector, struct bytes hidden,
		 uint8_t *out, struct bytes *value)
{
	uint8_t pad[BLOCK];
	struct rbuf r;

	first_pad(secret, type, vector, pad);
	for (size_t at = 0; at < hidden.len; at += BLOCK) {
		if (at)
			next_pad(secret, hidden.p + at - BLOCK, pad);
		mix(out + at, hidden.p + at, pad, block(hidden.len - at));
	}
	r = rbuf_of(out, hidden.len);
	*value = rbuf_bytes(&r, rbuf_u16(&r));
	return !r.failed;
}

void hide_response(uint8_t type, struct bytes secret, struct bytes challenge,
		   uint8_t out[HIDE_RESPONSE_BYTES])
{
	md5((struct bytes){ &type, 1 }, secret, challenge, out);
}

bool hide_response_ok(uint8_t type, struct bytes secret, struct bytes challenge,
		      struct bytes response)
{
	uint8_t right[HIDE_RESPONSE_BYTES];

	hide_response(type, secret, challenge, right);
	return response.len >= sizeof(right) && memeql_sec(right, response.p, sizeof(right));
}
