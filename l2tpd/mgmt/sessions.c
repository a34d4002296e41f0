/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sessions.c - the object "session".
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

enum { LIST_LOCAL = 1, LIST_REMOTE = 2, LIST_NAMES = 4 };
enum { SHOW_ORIGIN = 1 };

int session_meant(const struct engine *e, const struct session_conf *keys, struct handle *h,
		  char **why)
{
	uint16_t tunnel = keys->tunnel_id;

	if (!tunnel && keys->tunnel_name)
		tunnel = tunnel_meant(e, 0, keys->tunnel_name, why);
	if (keys->tunnel_name && !tunnel)
		return -ENOENT;
	if (keys->session_name)
		return session_by_name(e, tunnel, keys->session_name, h)
			       ? 0
			       : why_set(why, ENOENT, "session_name=%s: there is no such session",
					 keys->session_name);
	if (!keys->session_id)
		return why_set(why, EINVAL,
			       "session_id or session_name is missing: which session?");
	if (!tunnel)
		return why_set(why, EINVAL,
			       "tunnel_id or tunnel_name is missing: in which tunnel?");
	*h = (struct handle){ .tunnel_id = tunnel, .session_id = keys->session_id };
	return session_get_conf(e, h->tunnel_id, h->session_id)
		       ? 0
		       : why_set(why, ENOENT, "tunnel %u has no session with id %u", tunnel,
				 keys->session_id);
}

int session_facts(const struct mgmt *m, struct handle h, struct session_info *info)
{
	int err = session_get_info(m->engine, h.tunnel_id, h.session_id, info);

	info->up_since_s = mgmt_since(m, info->up, info->uptime_s);
	info->ppp_since_s = mgmt_since(m, info->ppp_up, info->ppp_uptime_s);
	return err;
}

static int which(struct mgmt_call *c, struct handle *h)
{
	return session_meant(c->m->engine, c->conf, h, &c->why);
}

static int create(struct mgmt_call *c)
{
	struct handle h = { 0 };
	int err = session_create(c->m->engine, c->conf, &h, &c->why);

	if (err)
		return err;
	reply_record(&c->reply);
	reply_number(&c->reply, "tunnel_id", h.tunnel_id);
	reply_number(&c->reply, "session_id", h.session_id);
	reply_message(&c->reply, "Created session %u/%u", h.tunnel_id, h.session_id);
	return 0;
}

static int delete (struct mgmt_call *c)
{
	struct handle h;
	int err = which(c, &h);

	return err ? err : session_delete(c->m->engine, h.tunnel_id, h.session_id, &c->why);
}

static int modify(struct mgmt_call *c)
{
	struct handle h;
	int err = which(c, &h);

	if (err)
		return err;
	object_forget_keys(c->object, c->conf);
	return session_modify(c->m->engine, h.tunnel_id, h.session_id, c->conf, c->unset, &c->why);
}

/* What the peer told of the call. */
static void reply_told(struct mgmt_call *c, const struct handle *h)
{
	const char *name, *unit;
	struct value v;

	for (unsigned i = 0;
	     session_told(c->m->engine, h->tunnel_id, h->session_id, i, &name, &unit, &v); i++)
		if (v.kind != VALUE_NONE)
			reply_field(&c->reply, name, unit, v);
}

/* The kernel has answered; the session may have gone meanwhile. */
static void show_with(void *arg, const struct dp_counters *counters)
{
	struct mgmt_call *c = arg;
	struct session_info info;
	struct handle h;
	int err = which(c, &h);

	if (!err)
		err = session_facts(c->m, h, &info);
	if (!err) {
		reply_record(&c->reply);
		reply_rows(&c->reply, &session_info_params, &info);
		if (counters) {
			session_info_counters(&info, counters);
			reply_rows(&c->reply, &session_counter_params, &info);
		}
		reply_told(c, &h);
		reply_rows(&c->reply, &session_params,
			   session_get_conf(c->m->engine, h.tunnel_id, h.session_id));
	}
	mgmt_complete(c, err);
}

static void show_origins(struct mgmt_call *c, const struct handle *h)
{
	const struct engine *e = c->m->engine;

	c->reply.list = true;
	for (unsigned row = 0; row < session_params.count; row++) {
		struct text origin = TEXT_INIT;

		session_origin(e, h->tunnel_id, h->session_id, row, &origin);
		reply_origin(&c->reply, &session_params, row,
			     session_get_conf(e, h->tunnel_id, h->session_id), text_str(&origin));
		text_free(&origin);
	}
}

static int show(struct mgmt_call *c)
{
	struct handle h;
	int err = which(c, &h);

	if (err)
		return err;
	if (c->options & SHOW_ORIGIN) {
		show_origins(c, &h);
		return 0;
	}
	session_counters(c->m->engine, h.tunnel_id, h.session_id, show_with, c);
	return 1;
}

static bool wanted(const struct mgmt_call *c, struct handle h, struct session_info *info)
{
	uint32_t sides = c->options & (LIST_LOCAL | LIST_REMOTE);
	bool local = session_is_local(c->m->engine, h.tunnel_id, h.session_id);

	if (sides && !(sides & (local ? LIST_LOCAL : LIST_REMOTE)))
		return false;
	session_facts(c->m, h, info);
	return call_wants(c, info);
}

/* The cursor is the ids of the next session: tunnel in the high half, session in the low. */
int list_sessions(struct mgmt_call *c, uint16_t only_tunnel, const char *const *columns,
		  session_filter *wants)
{
	uint32_t tunnel = (uint32_t)(c->cursor >> 16), session = c->cursor & 0xffff, seen = 0;
	struct session_info info;
	struct handle h;

	if (only_tunnel && !c->cursor)
		tunnel = only_tunnel;
	for (; session_from(c->m->engine, tunnel, session, &h);
	     tunnel = h.tunnel_id, session = h.session_id + 1u) {
		if (only_tunnel && h.tunnel_id != only_tunnel)
			break;
		if (c->reply.count == c->page || seen++ == LIST_SCAN) {
			c->reply.cursor = (uint64_t)h.tunnel_id << 16 | h.session_id;
			break;
		}
		if (!wants(c, h, &info))
			continue;
		reply_record(&c->reply);
		reply_only(&c->reply, &session_info_params, &info, columns);
	}
	return 0;
}

static int list(struct mgmt_call *c)
{
	static const char *const columns[] = { "tunnel_id", "session_id", "session_name", "state",
					       "ppp",	    "interface",  "peer_address", "user",
					       "uptime",    NULL };
	static const char *const names[] = { "tunnel_id", "session_id", "session_name", NULL };
	const struct session_conf *conf = c->conf;
	uint16_t tunnel = conf->tunnel_id;

	if (!tunnel && conf->tunnel_name) {
		tunnel = tunnel_meant(c->m->engine, 0, conf->tunnel_name, &c->why);
		if (!tunnel)
			return -ENOENT;
	}
	return list_sessions(c, tunnel, c->options & LIST_NAMES ? names : columns, wanted);
}

/* clang-format off */
static const struct param_word show_options[] = {
	{ "origin", SHOW_ORIGIN, false },
	{ NULL, 0, false },
};

static const struct param_word list_options[] = {
	{ "local_only", LIST_LOCAL, false },
	{ "remote_only", LIST_REMOTE, false },
	{ "names", LIST_NAMES, false },
	{ NULL, 0, false },
};

const struct mgmt_verb session_verbs[] = {
	{ .name = "create", .help = "Make a call in a tunnel", .takes = TAKES_ALL, .run = create },
	{ .name = "modify", .help = "Change a session that is there", .takes = TAKES_LIVE, .run = modify },
	{ .name = "unset", .help = "Let values be inherited again (not in OpenL2TP)", .takes = TAKES_NAMES,
	  .run = modify },
	{ .name = "delete", .help = "Hang up", .takes = TAKES_KEYS, .run = delete },
	{ .name = "show", .help = "Show a session", .takes = TAKES_KEYS, .options = show_options,
	  .flags = VERB_READS, .run = show },
	{ .name = "list", .help = "List sessions, of all tunnels or of one", .takes = TAKES_SCOPE,
	  .options = list_options, .flags = VERB_READS, .filters = &session_info_params, .run = list },
	{ .name = NULL },
};
/* clang-format on */
