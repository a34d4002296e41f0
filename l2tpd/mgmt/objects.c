/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objects.c - all objects of the command language, a row each.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <string.h>

/* clang-format off */
#define PROFILE(text, which, table, about)                                                         \
	{ .name = text, .help = about, .params = &table, .keys = { "profile_name" },               \
	  .profile = true, .kind = which, .verbs = profile_verbs }

const struct mgmt_object mgmt_objects[] = {
	{ .name = "system", .help = "The daemon as a whole", .params = &system_params, .verbs = system_verbs },
	PROFILE("peer profile", PROFILE_PEER, peer_params, "Which profiles apply to which peers"),
	PROFILE("tunnel profile", PROFILE_TUNNEL, tunnel_params, "Settings that tunnels inherit"),
	PROFILE("session profile", PROFILE_SESSION, session_params, "Settings that sessions inherit"),
	PROFILE("ppp profile", PROFILE_PPP, ppp_params, "Settings of PPP links"),
	{ .name = "tunnel", .help = "Tunnels: control connections to a peer", .params = &tunnel_params,
	  .keys = { "tunnel_id", "tunnel_name" }, .verbs = tunnel_verbs },
	{ .name = "session", .help = "Sessions: calls in a tunnel", .params = &session_params,
	  .keys = { "tunnel_id", "tunnel_name", "session_id", "session_name" }, .scope = 2,
	  .verbs = session_verbs },
	{ .name = "user", .help = "Who is connected", .params = &user_params, .keys = { "user_name" },
	  .verbs = user_verbs },
	{ .name = "pool", .help = "Addresses that peers get", .params = &pool_params, .keys = { "pool_name" },
	  .profile = true, .kind = PROFILE_POOL, .verbs = pool_verbs },
	{ .name = "debug", .help = "What is traced: of the whole, of a profile, a tunnel or a session",
	  .params = &debug_params,
	  .keys = { "app", "tunnel_id", "tunnel_name", "session_id", "session_name", "tunnel_profile_name",
		    "session_profile_name", "ppp_profile_name", "pool_name" }, .verbs = debug_verbs },
	{ .name = "event", .help = "What happened: tunnels, sessions, links, limits", .params = &feed_params,
	  .keys = { "since" }, .verbs = event_verbs },
	{ .name = "message", .help = "Control messages as they come and go", .params = &feed_params,
	  .keys = { "since" }, .verbs = capture_verbs },
	{ .name = "config", .help = "The configuration as a whole", .params = &config_params,
	  .keys = { "file" }, .verbs = config_verbs },
	{ .name = "describe", .help = "What objects, verbs and parameters there are", .verbs = describe_verbs },
	{ .name = NULL },
};
/* clang-format on */

bool object_is_key(const struct mgmt_object *o, unsigned row)
{
	for (unsigned i = 0; o->keys[i]; i++)
		if (strcmp(o->keys[i], o->params->row[row].name) == 0)
			return true;
	return false;
}

static bool is_scope(const struct mgmt_object *o, unsigned row)
{
	for (unsigned i = 0; i < o->scope; i++)
		if (strcmp(o->keys[i], o->params->row[row].name) == 0)
			return true;
	return false;
}

void object_forget_keys(const struct mgmt_object *o, void *conf)
{
	for (unsigned row = 0; row < o->params->count; row++)
		if (object_is_key(o, row))
			param_unset(o->params, row, conf);
}

bool verb_takes_row(const struct mgmt_object *o, const struct mgmt_verb *verb, unsigned row)
{
	unsigned flags = o->params->row[row].flags;
	bool key = object_is_key(o, row);

	if (o->profile && (flags & PARAM_OBJECT))
		return false;
	switch (verb->takes) {
	case TAKES_NOTHING:
		return false;
	case TAKES_ALL:
		return true;
	case TAKES_LIVE: /* a profile serves what comes later: all of it may change */
		return key || o->profile || !(flags & PARAM_CREATE);
	case TAKES_SCOPE:
		return is_scope(o, row);
	case TAKES_KEYS:
	case TAKES_NAMES:
		return key;
	}
	return false;
}

bool verb_knows_row(const struct mgmt_object *o, const struct mgmt_verb *verb, unsigned row)
{
	unsigned flags = o->params->row[row].flags;

	if (verb_takes_row(o, verb, row))
		return true;
	if (verb->takes != TAKES_NAMES || (o->profile && (flags & PARAM_OBJECT)))
		return false;
	return o->profile || !(flags & PARAM_CREATE);
}

const struct param_table *verb_filters(const struct mgmt_object *o, const struct mgmt_verb *verb)
{
	return verb->flags & VERB_FILTERS ? o->params : verb->filters;
}
