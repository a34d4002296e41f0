/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * captures.c - the object "message": control messages as they come and go, for who
 * watches. Nothing is kept while nobody does.
 */
#include "l2tpd/mgmt/feed.h"

#include <errno.h>
#include <stdlib.h>

/* A reader that has not come back after so long is gone. */
enum { CAPTURES_KEPT = 2048, CAPTURES_PAGE = 64, READER_GONE_S = 10, MESSAGE_MAX = 16384 };

struct capture {
	struct feed_record head;
	uint64_t time_us; /* since 1970 */
	bool sent;
	uint16_t tunnel_id;
	char *tunnel_name;
	struct addr local, peer;
	uint16_t local_port, peer_port;
	char *data; /* hexadecimal digits */
};

/* clang-format off */
static const struct param rows[] = {
	{ .name = "number", FIELD(capture, head.number), .help = "Its number, from 1 on" },
	{ .name = "missed", FIELD(capture, head.missed), .flags = PARAM_NO_ZERO, .help = "Messages before it that were lost to you" },
	{ .name = "time_us", FIELD(capture, time_us), .flags = PARAM_NO_ZERO, .unit = "us", .help = "When it was seen, since 1970" },
	{ .name = "sent", FIELD(capture, sent), .help = "Whether we sent it" },
	{ .name = "tunnel_id", FIELD(capture, tunnel_id), .flags = PARAM_NO_ZERO, .help = "Our tunnel id; 0: of no tunnel as yet" },
	{ .name = "tunnel_name", FIELD(capture, tunnel_name), .help = "Administrative name of the tunnel" },
	{ .name = "local_address", FIELD(capture, local), .help = "Our address" },
	{ .name = "local_port", FIELD(capture, local_port), .help = "Our port" },
	{ .name = "peer_address", FIELD(capture, peer), .help = "The peer's address" },
	{ .name = "peer_port", FIELD(capture, peer_port), .help = "The peer's port" },
	{ .name = "data", FIELD(capture, data), .help = "The message, in hexadecimal digits" },
};
/* clang-format on */

static const struct param_table capture_rows = PARAM_TABLE(rows, capture);

static char *hex_of(const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *out = malloc(2 * len + 1);

	for (size_t i = 0; out && i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	if (out)
		out[2 * len] = '\0';
	return out;
}

void mgmt_capture(struct mgmt *m, const struct engine_capture *from)
{
	const struct tunnel_conf *conf;
	struct capture c = { .sent = from->sent,
			     .tunnel_id = from->tunnel_id,
			     .local = from->local->addr,
			     .local_port = from->local->port,
			     .peer = from->peer->addr,
			     .peer_port = from->peer->port };

	if (!m->captures)
		return;
	if (feed_has_readers(m->captures)) {
		m->captured_s = m->uptime_s(m->ctx);
	} else if (m->uptime_s(m->ctx) > m->captured_s + READER_GONE_S) {
		feed_free(m->captures);
		m->captures = NULL;
		return;
	}
	conf = tunnel_get_conf(m->engine, from->tunnel_id);
	c.tunnel_name = conf ? conf->tunnel_name : NULL;
	c.time_us = m->utc_us ? m->utc_us(m->ctx) : 0;
	c.data = hex_of(from->datagram, from->len < MESSAGE_MAX ? from->len : MESSAGE_MAX);
	if (c.data)
		feed_put(m->captures, &c);
	free(c.data);
}

static int watch(struct mgmt_call *c)
{
	const struct feed_keys *keys = c->conf;
	struct mgmt *m = c->m;

	if (!m->captures)
		m->captures = feed_new(&capture_rows, CAPTURES_KEPT, 0);
	if (!m->captures)
		return -ENOMEM;
	m->captured_s = m->uptime_s(m->ctx);
	if (c->page > CAPTURES_PAGE)
		c->page = CAPTURES_PAGE;
	return feed_read(m->captures, c,
			 param_is_set(keys, 0) ? keys->since : feed_last(m->captures), true);
}

const struct mgmt_verb capture_verbs[] = {
	{ .name = "watch",
	  .help = "Wait for the next messages, and show them",
	  .takes = TAKES_KEYS,
	  .flags = VERB_PROMPT,
	  .filters = &capture_rows,
	  .run = watch },
	{ .name = NULL },
};
