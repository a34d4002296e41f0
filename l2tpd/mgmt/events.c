/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events.c - the object "event": what happened to tunnels, sessions and links, and
 * whom a limit kept from something.
 */
#include "l2tpd/mgmt/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS_KEPT = 2048, EVENT_TEXT_BYTES = 320 };

struct event {
	struct feed_record head;
	uint64_t time_s; /* UTC */
	uint8_t kind;
	uint16_t tunnel_id, session_id;
	char *tunnel_name, *session_name;
	char *peer, *interface;
	struct addr local, remote;
	char *user, *prefix, *why;
};

static const struct param_word kinds[] = {
	{ "tunnel-up", ENGINE_TUNNEL_UP, false },
	{ "tunnel-down", ENGINE_TUNNEL_DOWN, false },
	{ "tunnel-failed", ENGINE_TUNNEL_FAILED, false },
	{ "session-up", ENGINE_SESSION_UP, false },
	{ "session-down", ENGINE_SESSION_DOWN, false },
	{ "session-failed", ENGINE_SESSION_FAILED, false },
	{ "ppp-up", ENGINE_PPP_UP, false },
	{ "ppp-down", ENGINE_PPP_DOWN, false },
	{ "drained", ENGINE_DRAINED, false },
	{ "limit", ENGINE_LIMIT, false },
	{ NULL, 0, false },
};

/* clang-format off */
static const struct param rows[] = {
	{ .name = "number", FIELD(event, head.number), .help = "Its number, from 1 on" },
	{ .name = "missed", FIELD(event, head.missed), .flags = PARAM_NO_ZERO, .help = "Events before it that were lost to you" },
	{ .name = "time", FIELD(event, time_s), .flags = PARAM_TIME, .help = "When it happened" },
	{ .name = "event", FIELD(event, kind), .words = kinds, .help = "What happened" },
	{ .name = "tunnel_id", FIELD(event, tunnel_id), .flags = PARAM_NO_ZERO, .help = "Our tunnel id" },
	{ .name = "session_id", FIELD(event, session_id), .flags = PARAM_NO_ZERO, .help = "Our session id; 0: it is about a tunnel" },
	{ .name = "tunnel_name", FIELD(event, tunnel_name), .help = "Administrative name of the tunnel" },
	{ .name = "session_name", FIELD(event, session_name), .help = "Administrative name of the session" },
	{ .name = "peer", FIELD(event, peer), .help = "The peer's address and port" },
	{ .name = "interface", FIELD(event, interface), .help = "PPP interface" },
	{ .name = "local_address", FIELD(event, local), .help = "Our address on the link" },
	{ .name = "peer_address", FIELD(event, remote), .help = "The peer's address on the link" },
	{ .name = "user", FIELD(event, user), .help = "User that the peer authenticated as" },
	{ .name = "ipv6_prefix", FIELD(event, prefix), .help = "IPv6 prefix that is routed to the peer" },
	{ .name = "why", FIELD(event, why), .help = "Why it ended, or which limit it was" },
};
/* clang-format on */

static const struct param_table event_rows = PARAM_TABLE(rows, event);

static char *filled(const char *s)
{
	return (char *)(uintptr_t)(s && *s ? s : NULL);
}

/* Texts stay whose they are. */
static void describe(const struct engine *e, const struct engine_event *from, struct event *ev,
		     struct tunnel_info *info, char prefix[NETWORK_TEXT])
{
	*ev = (struct event){ .kind = (uint8_t)from->kind,
			      .tunnel_id = from->handle.tunnel_id,
			      .session_id = from->handle.session_id,
			      .tunnel_name = filled(from->tunnel_name),
			      .session_name = filled(from->session_name),
			      .why = filled(from->why) };
	if (from->handle.tunnel_id && tunnel_get_info(e, from->handle.tunnel_id, info) == 0)
		ev->peer = filled(info->peer_text);
	if (!from->ppp)
		return;
	ev->interface = filled(from->ppp->interface);
	ev->local = from->ppp->local;
	ev->remote = from->ppp->remote;
	ev->user = filled(from->ppp->user);
	if (from->prefix.addr.family)
		ev->prefix = filled(network_text(&from->prefix, prefix));
}

/* Made when it is needed first; NULL without memory. */
static struct feed *feed_of(struct mgmt *m)
{
	if (!m->events)
		m->events = feed_new(&event_rows, EVENTS_KEPT, EVENT_TEXT_BYTES);
	return m->events;
}

void mgmt_event(struct mgmt *m, const struct engine_event *from)
{
	struct tunnel_info info;
	struct event ev;
	char prefix[NETWORK_TEXT];

	if (!feed_of(m))
		return;
	describe(m->engine, from, &ev, &info, prefix);
	ev.time_s = mgmt_since(m, true, 0);
	feed_put(m->events, &ev);
}

void event_environment(const struct engine *e, const struct engine_event *event,
		       void (*put)(void *arg, const char *name, const char *value), void *arg)
{
	static const char *const names[] = { "EVENT",	    "TUNNEL_ID",     "SESSION_ID",
					     "TUNNEL_NAME", "SESSION_NAME",  "PEER",
					     "INTERFACE",   "LOCAL_ADDRESS", "PEER_ADDRESS",
					     "USER",	    "IPV6_PREFIX",   "WHY" };
	unsigned first = (unsigned)param_find(&event_rows, "event");
	struct tunnel_info info;
	struct event ev;
	char prefix[NETWORK_TEXT];

	describe(e, event, &ev, &info, prefix);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct text value = TEXT_INIT;

		param_text(&event_rows, first + i, &ev, &value);
		if (value.len && !value.failed)
			put(arg, names[i], text_str(&value));
		text_free(&value);
	}
}

/* --- verbs ---------------------------------------------------------------------------- */

static int read_events(struct mgmt_call *c, bool wait)
{
	const struct feed_keys *keys = c->conf;
	struct feed *events = feed_of(c->m);
	uint64_t since = keys->since;

	if (!events)
		return -ENOMEM;
	if (wait && !param_is_set(keys, 0))
		since = feed_last(events); /* from now on */
	return feed_read(events, c, c->cursor ? c->cursor : since, wait);
}

static int list(struct mgmt_call *c)
{
	return read_events(c, false);
}

static int watch(struct mgmt_call *c)
{
	return read_events(c, true);
}

const struct mgmt_verb event_verbs[] = {
	{ .name = "list",
	  .help = "List the last events",
	  .takes = TAKES_KEYS,
	  .flags = VERB_READS,
	  .filters = &event_rows,
	  .run = list },
	{ .name = "watch",
	  .help = "Wait for the next events, and show them",
	  .takes = TAKES_KEYS,
	  .flags = VERB_READS | VERB_PROMPT,
	  .filters = &event_rows,
	  .run = watch },
	{ .name = NULL },
};
