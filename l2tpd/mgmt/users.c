/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * users.c - the object "user": whoever has a PPP link with us that is up.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

static bool is_connected(const struct mgmt_call *c, struct handle h, struct session_info *info)
{
	session_facts(c->m, h, info);
	return info->ppp_up && call_wants(c, info);
}

static int list(struct mgmt_call *c)
{
	static const char *const columns[] = { "user",	       "peer_address",
					       "interface",    "tunnel_id",
					       "session_id",   "ppp_uptime",
					       "ppp_up_since", NULL };

	return list_sessions(c, 0, columns, is_connected);
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
