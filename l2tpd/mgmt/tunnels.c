/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnels.c - the object "tunnel".
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

enum { LIST_LOCAL = 1, LIST_REMOTE = 2, LIST_NAMES = 4 };
enum { SHOW_CONFIG = 1, SHOW_TRANSPORT = 2, SHOW_ORIGIN = 4 };

uint16_t tunnel_meant(const struct engine *e, uint16_t id, const char *name, char **why)
{
	uint16_t found = id ? id : name ? tunnel_by_name(e, name) : 0;
	struct tunnel_info info;

	if (found && tunnel_get_info(e, found, &info) == 0 && !info.lingering)
		return found;
	if (id)
		why_set(why, ENOENT, "tunnel_id=%u: there is no such tunnel", id);
	else if (name)
		why_set(why, ENOENT, "tunnel_name=%s: there is no such tunnel", name);
	else
		why_set(why, EINVAL, "tunnel_id or tunnel_name is missing: which tunnel?");
	return 0;
}

int tunnel_facts(const struct mgmt *m, uint16_t id, struct tunnel_info *info)
{
	int err = tunnel_get_info(m->engine, id, info);

	info->up_since_s = mgmt_since(m, info->up, info->uptime_s);
	return err;
}

/* -ENOENT if the keys mean none. */
static int which(struct mgmt_call *c, uint16_t *id)
{
	const struct tunnel_conf *conf = c->conf;

	*id = tunnel_meant(c->m->engine, conf->tunnel_id, conf->tunnel_name, &c->why);
	return *id ? 0 : -ENOENT;
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
	return tunnel_modify(c->m->engine, id, c->conf, c->unset, &c->why);
}

static int delete (struct mgmt_call *c)
{
	uint16_t id;
	int err = which(c, &id);

	return err ? err : tunnel_delete(c->m->engine, id, &c->why);
}

static void show_origins(struct mgmt_call *c, uint16_t id)
{
	c->reply.list = true;
	for (unsigned row = 0; row < tunnel_params.count; row++) {
		struct text origin = TEXT_INIT;

		tunnel_origin(c->m->engine, id, row, &origin);
		reply_origin(&c->reply, &tunnel_params, row, tunnel_get_conf(c->m->engine, id),
			     text_str(&origin));
		text_free(&origin);
	}
}

static int show(struct mgmt_call *c)
{
	struct tunnel_info info;
	uint16_t id;
	int err = which(c, &id);

	if (err)
		return err;
	if (c->options & SHOW_ORIGIN) {
		show_origins(c, id);
		return 0;
	}
	tunnel_facts(c->m, id, &info);
	reply_record(&c->reply);
	reply_rows(&c->reply, &tunnel_info_params, &info);
	if (c->options & SHOW_TRANSPORT)
		reply_rows(&c->reply, &transport_info_params, &info);
	if ((c->options & SHOW_CONFIG) || !c->options)
		reply_rows(&c->reply, &tunnel_params, tunnel_get_conf(c->m->engine, id));
	return 0;
}

static bool wanted(const struct mgmt_call *c, uint16_t id, struct tunnel_info *info)
{
	uint32_t sides = c->options & (LIST_LOCAL | LIST_REMOTE);
	bool local = tunnel_is_local(c->m->engine, id);

	if (sides && !(sides & (local ? LIST_LOCAL : LIST_REMOTE)))
		return false;
	tunnel_facts(c->m, id, info);
	return call_wants(c, info);
}

static int list(struct mgmt_call *c)
{
	static const char *const columns[] = { "tunnel_id",	 "tunnel_name", "state",  "peer",
					       "peer_host_name", "sessions",	"uptime", NULL };
	static const char *const names[] = { "tunnel_id", "tunnel_name", NULL };
	uint32_t from = (uint32_t)c->cursor, seen = 0;
	struct tunnel_info info;
	uint16_t id;

	for (; (id = tunnel_from(c->m->engine, from)); from = id + 1u) {
		if (c->reply.count == c->page || seen++ == LIST_SCAN) {
			c->reply.cursor = id;
			break;
		}
		if (!wanted(c, id, &info))
			continue;
		reply_record(&c->reply);
		reply_only(&c->reply, &tunnel_info_params, &info,
			   c->options & LIST_NAMES ? names : columns);
	}
	return 0;
}

/* clang-format off */
static const struct param_word show_options[] = {
	{ "config", SHOW_CONFIG, false },
	{ "transport", SHOW_TRANSPORT, false },
	{ "origin", SHOW_ORIGIN, false },
	{ NULL, 0, false },
};

static const struct param_word list_options[] = {
	{ "local_only", LIST_LOCAL, false },
	{ "remote_only", LIST_REMOTE, false },
	{ "names", LIST_NAMES, false },
	{ NULL, 0, false },
};

const struct mgmt_verb tunnel_verbs[] = {
	{ .name = "create", .help = "Open a tunnel to a peer", .takes = TAKES_ALL, .run = create },
	{ .name = "modify", .help = "Change a tunnel that is there", .takes = TAKES_LIVE, .run = modify },
	{ .name = "unset", .help = "Let values be inherited again (not in OpenL2TP)", .takes = TAKES_NAMES,
	  .run = modify },
	{ .name = "delete", .help = "Close a tunnel and its sessions", .takes = TAKES_KEYS, .run = delete },
	{ .name = "show", .help = "Show a tunnel", .takes = TAKES_KEYS, .options = show_options,
	  .flags = VERB_READS, .run = show },
	{ .name = "list", .help = "List tunnels", .options = list_options, .flags = VERB_READS,
	  .filters = &tunnel_info_params, .run = list },
	{ .name = NULL },
};
/* clang-format on */
