/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnels.c - the object "tunnel".
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

enum { LIST_LOCAL = 1, LIST_REMOTE = 2, LIST_NAMES = 4 };
enum { SHOW_CONFIG = 1, SHOW_TRANSPORT = 2 };

/* The tunnel that tunnel_id or tunnel_name names; -EINVAL, -ENOENT. */
static int which(struct mgmt_call *c, uint16_t *id)
{
	const struct tunnel_conf *conf = c->conf;
	struct tunnel_info info;

	if (!conf->tunnel_id && !conf->tunnel_name)
		return why_set(&c->why, EINVAL,
			       "tunnel_id or tunnel_name is missing: which tunnel?");
	*id = conf->tunnel_id ? conf->tunnel_id : tunnel_by_name(c->m->engine, conf->tunnel_name);
	if (!*id || tunnel_get_info(c->m->engine, *id, &info) < 0 || info.lingering)
		return conf->tunnel_id
			       ? why_set(&c->why, ENOENT, "tunnel_id=%u: there is no such tunnel",
					 conf->tunnel_id)
			       : why_set(&c->why, ENOENT, "tunnel_name=%s: there is no such tunnel",
					 conf->tunnel_name);
	return 0;
}

static int create(struct mgmt_call *c)
{
	uint16_t id = 0;
	int err = tunnel_create(c->m->engine, c->conf, &id, &c->why);

	if (err)
		return err;
	reply_record(&c->reply);
	reply_number(&c->reply, "tunnel_id", id);
	reply_message(&c->reply, "Created tunnel %u", id);
	return 0;
}

static int modify(struct mgmt_call *c)
{
	uint16_t id;
	int err = which(c, &id);

	if (err)
		return err;
	object_forget_keys(c->object, c->conf);
	return tunnel_modify(c->m->engine, id, c->conf, 0, &c->why);
}

static int delete (struct mgmt_call *c)
{
	uint16_t id;
	int err = which(c, &id);

	return err ? err : tunnel_delete(c->m->engine, id, &c->why);
}

static int show(struct mgmt_call *c)
{
	struct tunnel_info info;
	uint16_t id;
	int err = which(c, &id);

	if (err)
		return err;
	tunnel_get_info(c->m->engine, id, &info);
	reply_record(&c->reply);
	reply_rows(&c->reply, &tunnel_info_params, &info);
	if (c->options & SHOW_TRANSPORT)
		reply_rows(&c->reply, &transport_info_params, &info);
	if ((c->options & SHOW_CONFIG) || !c->options)
		reply_rows(&c->reply, &tunnel_params, tunnel_get_conf(c->m->engine, id));
	return 0;
}

static bool wanted(uint32_t options, bool local)
{
	uint32_t sides = options & (LIST_LOCAL | LIST_REMOTE);

	return !sides || (sides & (local ? LIST_LOCAL : LIST_REMOTE));
}

static int list(struct mgmt_call *c)
{
	static const char *const columns[] = { "tunnel_id",	 "tunnel_name", "state",  "peer",
					       "peer_host_name", "sessions",	"uptime", NULL };
	static const char *const names[] = { "tunnel_id", "tunnel_name", NULL };
	uint32_t from = (uint32_t)c->cursor;
	struct tunnel_info info;
	uint16_t id;

	for (; (id = tunnel_from(c->m->engine, from)); from = id + 1u) {
		if (!wanted(c->options, tunnel_is_local(c->m->engine, id)))
			continue;
		if (c->reply.count == REPLY_PAGE) {
			c->reply.cursor = id;
			break;
		}
		tunnel_get_info(c->m->engine, id, &info);
		reply_record(&c->reply);
		reply_only(&c->reply, &tunnel_info_params, &info,
			   c->options & LIST_NAMES ? names : columns);
	}
	return 0;
}

static const struct param_word show_options[] = {
	{ "config", SHOW_CONFIG, false },
	{ "transport", SHOW_TRANSPORT, false },
	{ NULL, 0, false },
};

static const struct param_word list_options[] = {
	{ "local_only", LIST_LOCAL, false },
	{ "remote_only", LIST_REMOTE, false },
	{ "names", LIST_NAMES, false },
	{ NULL, 0, false },
};

const struct mgmt_verb tunnel_verbs[] = {
	{ "create", "Open a tunnel to a peer", TAKES_ALL, NULL, create },
	{ "modify", "Change a tunnel that is there", TAKES_LIVE, NULL, modify },
	{ "delete", "Close a tunnel and its sessions", TAKES_KEYS, NULL, delete },
	{ "show", "Show a tunnel", TAKES_KEYS, show_options, show },
	{ "list", "List tunnels", TAKES_NOTHING, list_options, list },
	{ .name = NULL },
};
