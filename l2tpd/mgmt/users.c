/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * users.c - the object "user": whoever has a PPP link with us that is up.
 */
#include "l2tpd/mgmt/mgmt.h"

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

const struct mgmt_verb user_verbs[] = {
	{ .name = "list",
	  .help = "List who is connected, with address, interface and uptime",
	  .flags = VERB_READS,
	  .filters = &session_info_params,
	  .run = list },
	{ .name = NULL },
};
