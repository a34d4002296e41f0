/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * users.c - the object "user": whoever has a PPP link with us that is up.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

/* The cursor is the ids of the next session: tunnel in the high half, session in the low. */
static int list(struct mgmt_call *c)
{
	static const char *const columns[] = { "user",	       "peer_address",
					       "interface",    "tunnel_id",
					       "session_id",   "ppp_uptime",
					       "ppp_up_since", NULL };
	uint32_t tunnel = (uint32_t)(c->cursor >> 16), session = c->cursor & 0xffff, seen = 0;
	struct session_info info;
	struct handle h;

	for (; session_from(c->m->engine, tunnel, session, &h);
	     tunnel = h.tunnel_id, session = h.session_id + 1u) {
		if (c->reply.count == c->page || seen++ == LIST_SCAN) {
			c->reply.cursor = (uint64_t)h.tunnel_id << 16 | h.session_id;
			break;
		}
		session_facts(c->m, h, &info);
		if (!info.ppp_up || !call_wants(c, &info))
			continue;
		reply_record(&c->reply);
		reply_only(&c->reply, &session_info_params, &info, columns);
	}
	return 0;
}

struct user_conf {
	uint64_t set;
	char *user_name;
};

static const struct param user_rows[] = {
	{ .name = "user_name",
	  FIELD(user_conf, user_name),
	  .flags = PARAM_KEY,
	  .min = 1,
	  .max = 255,
	  .help = "Name with which the user authenticated itself" },
};

const struct param_table user_params = PARAM_TABLE(user_rows, user_conf);

static int disconnect(struct mgmt_call *c)
{
	const struct user_conf *conf = c->conf;
	unsigned count;

	if (!conf->user_name)
		return why_set(&c->why, EINVAL, "user_name is missing: which user?");
	count = user_disconnect(c->m->engine, conf->user_name);
	if (!count)
		return why_set(&c->why, ENOENT, "user_name=%s: no such user is connected",
			       conf->user_name);
	reply_record(&c->reply);
	reply_number(&c->reply, "disconnected", count);
	reply_message(&c->reply, "Disconnected %u link%s", count, count == 1 ? "" : "s");
	return 0;
}

const struct mgmt_verb user_verbs[] = {
	{ .name = "list",
	  .help = "List who is connected, with address, interface and uptime",
	  .flags = VERB_READS,
	  .filters = &session_info_params,
	  .run = list },
	{ .name = "disconnect",
	  .help = "End all links of a user (not in OpenL2TP)",
	  .takes = TAKES_KEYS,
	  .run = disconnect },
	{ .name = NULL },
};
