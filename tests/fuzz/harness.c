/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/harness.h"

#include "l2tpd/wire/avp.h"
#include "l2tpd/wire/hide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void fake_random(void *ctx, void *buf, size_t len)
{
	struct harness *h = ctx;
	uint8_t *p = buf;

	while (len--) {
		h->random = h->random * 6364136223846793005u + 1442695040888963407u;
		*p++ = (uint8_t)(h->random >> 56);
	}
}

static void fake_resolve(void *ctx, struct handle handle, const char *name, int family)
{
	struct harness *h = ctx;

	(void)name;
	(void)family;
	engine_resolved(h->engine, handle, NULL, "nobody knows");
}

static int fake_open(void *ctx, int family, struct endpoint *local)
{
	(void)ctx;
	(void)family;
	(void)local;
	return 1;
}

static int fake_connect(void *ctx, int socket, const struct endpoint *peer)
{
	(void)ctx;
	(void)socket;
	(void)peer;
	return 0;
}

static int fake_listener(void *ctx, int family)
{
	(void)ctx;
	(void)family;
	return 0;
}

static int fake_mark(void *ctx, int socket, unsigned dscp)
{
	(void)ctx;
	(void)socket;
	return dscp < 64 ? 0 : -EINVAL;
}

static int fake_discover_pmtu(void *ctx, int socket)
{
	(void)ctx;
	(void)socket;
	return 0;
}

static void fake_close(void *ctx, int socket)
{
	(void)ctx;
	(void)socket;
}

static void fake_send(void *ctx, int socket, const struct endpoint *local,
		      const struct endpoint *peer, const void *p, size_t len)
{
	struct harness *h = ctx;

	(void)socket;
	(void)local;
	(void)peer;
	if (len > sizeof(h->sent))
		abort();
	memcpy(h->sent, p, len);
	h->sent_len = len;
}

static void no_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)strlen(line);
}

void harness_open(struct harness *h)
{
	struct engine_host host = { .ctx = h,
				    .random = fake_random,
				    .resolve = fake_resolve,
				    .log = { no_log, h, LOG_LEVEL_DEBUG },
				    .transport = { h, fake_listener, fake_open, fake_connect,
						   fake_mark, fake_discover_pmtu, fake_close,
						   fake_send },
				    .datapath = &h->none.dp,
				    .host_name = "fuzz" };

	memset(h, 0, sizeof(*h));
	h->now_ms = 1000;
	h->random = 1;
	addr_parse(&h->us.addr, "192.0.2.1");
	addr_parse(&h->peer.addr, "192.0.2.2");
	h->us.port = h->peer.port = 1701;
	datapath_none_init(&h->none);
	h->engine = engine_new(&host, h->now_ms);
	if (!h->engine)
		abort();
	h->none.engine = h->engine;
}

void harness_pass_ms(struct harness *h, uint64_t ms)
{
	h->now_ms += ms;
	engine_advance(h->engine, h->now_ms);
}

void harness_close(struct harness *h)
{
	engine_stop(h->engine);
	harness_pass_ms(h, 3600 * 1000);
	if (!engine_is_empty(h->engine) || engine_next_ms(h->engine) != UINT64_MAX)
		abort(); /* something stays for ever */
	engine_free(h->engine);
}

void harness_datagram(struct harness *h, const void *p, size_t len)
{
	engine_input(h->engine, 0, &h->us, &h->peer, p, len);
}

void harness_hide(struct bytes secret, uint8_t *body, size_t len)
{
	struct rbuf r = rbuf_of(body, len);
	struct bytes vector = { NULL, 0 };
	struct avp_raw raw;

	while (rbuf_left(&r) && avp_next(&r, &raw)) {
		if (raw.vendor == 0 && raw.type == AVP_RANDOM_VECTOR)
			vector = raw.value;
		else if (raw.hidden && vector.len)
			hide_value(secret, raw.type, vector, body + (raw.value.p - body),
				   raw.value.len);
	}
}

const uint8_t *harness_piece(const uint8_t **data, size_t *size, size_t *len)
{
	const uint8_t *p = *data + 2;

	if (*size < 2)
		return NULL;
	*len = (size_t)(*data)[0] << 8 | (*data)[1];
	if (*len > *size - 2)
		*len = *size - 2;
	*data += 2 + *len;
	*size -= 2 + *len;
	return p;
}
