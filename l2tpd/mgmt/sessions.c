/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sessions.c - the object "session".
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

enum { LIST_LOCAL = 1, LIST_REMOTE = 2, LIST_NAMES = 4 };

/* The session that the keys name; -EINVAL, -ENOENT. */
static int which(struct mgmt_call *c, struct handle *h)
{
	const struct session_conf *conf = c->conf;
	const struct engine *e = c->m->engine;
	uint16_t tunnel = conf->tunnel_id;

	if (!tunnel && conf->tunnel_name)
		tunnel = tunnel_by_name(e, conf->tunnel_name);
	if (conf->tunnel_name && !tunnel)
		return why_set(&c->why, ENOENT, "tunnel_name=%s: there is no such tunnel",
			       conf->tunnel_name);
	if (conf->session_name)
		return session_by_name(e, tunnel, conf->session_name, h)
			       ? 0
			       : why_set(&c->why, ENOENT,
					 "session_name=%s: there is no such session",
					 conf->session_name);
	if (!conf->session_id)
		return why_set(&c->why, EINVAL,
			       "session_id or session_name is missing: which session?");
	if (!tunnel)
		return why_set(&c->why, EINVAL,
			       "tunnel_id or tunnel_name is missing: in which tunnel?");
	*h = (struct handle){ .tunnel_id = tunnel, .session_id = conf->session_id };
	return session_get_conf(e, h->tunnel_id, h->session_id)
		       ? 0
		       : why_set(&c->why, ENOENT, "tunnel %u has no session with id %u", tunnel,
				 conf->session_id);
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
	return session_modify(c->m->engine, h.tunnel_id, h.session_id, c->conf, 0, &c->why);
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
		err = session_get_info(c->m->engine, h.tunnel_id, h.session_id, &info);
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

static int show(struct mgmt_call *c)
{
	struct handle h;
	int err = which(c, &h);

	if (err)
		return err;
	session_counters(c->m->engine, h.tunnel_id, h.session_id, show_with, c);
	return 1;
}

static bool wanted(const struct mgmt_call *c, const struct handle *h)
{
	uint32_t sides = c->options & (LIST_LOCAL | LIST_REMOTE);
	bool local = session_is_local(c->m->engine, h->tunnel_id, h->session_id);

	return !sides || (sides & (local ? LIST_LOCAL : LIST_REMOTE));
}

/* The cursor is the ids of the next session: tunnel in the high half, session in the low. */
static int list_from(struct mgmt_call *c, uint16_t only_tunnel)
{
	static const char *const columns[] = { "tunnel_id", "session_id", "session_name", "state",
					       "ppp",	    "interface",  "peer_address", "user",
					       "uptime",    NULL };
	static const char *const names[] = { "tunnel_id", "session_id", "session_name", NULL };
	uint32_t tunnel = (uint32_t)(c->cursor >> 16), session = c->cursor & 0xffff;
	struct session_info info;
	struct handle h;

	if (only_tunnel && !c->cursor)
		tunnel = only_tunnel;
	for (; session_from(c->m->engine, tunnel, session, &h);
	     tunnel = h.tunnel_id, session = h.session_id + 1u) {
		if (only_tunnel && h.tunnel_id != only_tunnel)
			break;
		if (!wanted(c, &h))
			continue;
		if (c->reply.count == REPLY_PAGE) {
			c->reply.cursor = (uint64_t)h.tunnel_id << 16 | h.session_id;
			break;
		}
		session_get_info(c->m->engine, h.tunnel_id, h.session_id, &info);
		reply_record(&c->reply);
		reply_only(&c->reply, &session_info_params, &info,
			   c->options & LIST_NAMES ? names : columns);
	}
	return 0;
}

static int list(struct mgmt_call *c)
{
	const struct session_conf *conf = c->conf;
	uint16_t tunnel = conf->tunnel_id;

	if (!tunnel && conf->tunnel_name) {
		tunnel = tunnel_by_name(c->m->engine, conf->tunnel_name);
		if (!tunnel)
			return why_set(&c->why, ENOENT, "tunnel_name=%s: there is no such tunnel",
				       conf->tunnel_name);
	}
	return list_from(c, tunnel);
}

static const struct param_word list_options[] = {
	{ "local_only", LIST_LOCAL, false },
	{ "remote_only", LIST_REMOTE, false },
	{ "names", LIST_NAMES, false },
	{ NULL, 0, false },
};

const struct mgmt_verb session_verbs[] = {
	{ "create", "Make a call in a tunnel", TAKES_ALL, NULL, create },
	{ "modify", "Change a session that is up", TAKES_LIVE, NULL, modify },
	{ "delete", "Hang up", TAKES_KEYS, NULL, delete },
	{ "show", "Show a session", TAKES_KEYS, NULL, show },
	{ "list", "List sessions, of all tunnels or of one", TAKES_KEYS, list_options, list },
	{ .name = NULL },
};
