/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hidden.c - a message's body whose hidden AVPs were made with the wrong secret,
 * the right one, or none, read with and without a secret. The first byte chooses
 * which; what is read must be within what was given, and what can be read and
 * written again must say the same.
 */
#include "tests/fuzz/harness.h"
#include "tests/fuzz/mutate.h"

#include "l2tpd/wire/msg.h"

#include <stdlib.h>

const bool mutate_prefix = true;
const size_t mutate_head = 0;

static const struct bytes secret = { (const uint8_t *)"sesame", 6 };

/* Every byte of every value is read: a sanitizer sees those that are not ours. */
static unsigned touch(const struct msg *m)
{
	unsigned sum = 0;

	for (enum avp a = 0; a < AVP_COUNT; a++) {
		const union avp_value *v = &m->value[a];
		struct bytes b = { NULL, 0 };

		if (!msg_has(m, a))
			continue;
		if (avp_rows[a].kind == AVP_KIND_BYTES)
			b = v->bytes;
		else if (avp_rows[a].kind == AVP_KIND_RESULT)
			b = v->result.message;
		else if (avp_rows[a].kind == AVP_KIND_CAUSE)
			b = v->cause.advisory;
		else if (avp_rows[a].kind == AVP_KIND_PPP_CAUSE)
			b = v->ppp_cause.message;
		for (size_t i = 0; i < b.len; i++)
			sum += b.p[i];
	}
	return sum;
}

/* There and back, hidden and in clear. */
static void write_again(const struct msg *m)
{
	struct avp_hide hide = { .secret = secret, .vector = "chance" };
	struct msg_reader reader = { .secret = secret };
	static uint8_t room[1 << 16];
	static struct msg back;

	for (int hidden = 0; hidden < 2; hidden++) {
		struct wbuf w = wbuf_of(room, sizeof(room));

		msg_write(&w, m, hidden ? &hide : NULL);
		if (w.failed)
			continue; /* a value of the greatest length does not fit when hidden */
		if (msg_read(&back, (struct bytes){ w.p, w.len }, &reader).kind != VERDICT_ACCEPT)
			abort();
		if (back.ignored == 0 && memcmp(&back.present, &m->present, sizeof(m->present)))
			abort();
	}
}

static void one(const uint8_t *body, size_t len, uint8_t how)
{
	struct msg_reader reader = { .first_glance = how & 2 };
	static struct msg m;

	if (how & 1)
		reader.secret = secret;
	if (msg_read(&m, (struct bytes){ body, len }, &reader).kind == VERDICT_ACCEPT &&
	    touch(&m) != 1 && !reader.first_glance)
		write_again(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how;

	if (size < 3)
		return 0;
	how = data[0];
	data += 3; /* and the length of the one piece that it is to mutate.c */
	size -= 3;
	if (how & 4) {
		uint8_t *body = malloc(size ? size : 1);

		if (!body)
			return 0;
		memcpy(body, data, size);
		harness_hide(secret, body, size);
		one(body, size, how);
		free(body);
	} else {
		one(data, size, how);
	}
	return 0;
}
