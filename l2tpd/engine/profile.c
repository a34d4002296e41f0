/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile.c - what has a name and settings and no life of its own: the four kinds of
 * profiles, and address pools. Kept by name, shown in the order of their creation. The
 * profile called "default" of each kind always exists.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct profile {
	struct keymap_node by_name;
	struct idmap_node by_number;
	char *name;
	void *conf;
	struct pool *pool; /* of a pool */
};

static const struct {
	const struct param_table *params;
	const char *name, *key;
	const char *named_by[3]; /* rows of other kinds that name one of these */
} kinds[PROFILE_KINDS] = {
	[PROFILE_PEER] = { &peer_params, "peer profile", "profile_name", { "peer_profile_name" } },
	[PROFILE_TUNNEL] = { &tunnel_params,
			     "tunnel profile",
			     "profile_name",
			     { "tunnel_profile_name" } },
	[PROFILE_SESSION] = { &session_params,
			      "session profile",
			      "profile_name",
			      { "session_profile_name" } },
	[PROFILE_PPP] = { &ppp_params, "ppp profile", "profile_name", { "ppp_profile_name" } },
	[PROFILE_POOL] = { &pool_params,
			   "pool",
			   "pool_name",
			   { "ip_pool_name", "ipv6_pool_name" } },
};

const struct param_table *profile_params(enum profile_kind kind)
{
	return kinds[kind].params;
}

const char *profile_kind_name(enum profile_kind kind)
{
	return kinds[kind].name;
}

const char *profile_key(enum profile_kind kind)
{
	return kinds[kind].key;
}

bool profile_is_default(enum profile_kind kind, const char *name)
{
	return kind != PROFILE_POOL && strcmp(name, "default") == 0;
}

const char *profile_name(enum profile_kind kind, const void *conf)
{
	const struct param_table *t = kinds[kind].params;

	return *(char *const *)((const char *)conf + t->row[param_find(t, kinds[kind].key)].offset);
}

static struct profile *find(const struct engine *e, enum profile_kind kind, const char *name)
{
	struct keymap_node *n = keymap_get(&e->profiles[kind].by_name, name, strlen(name));

	return n ? container_of(n, struct profile, by_name) : NULL;
}

static void destroy(enum profile_kind kind, struct profile *p)
{
	pool_free(p->pool);
	if (p->conf)
		param_free(kinds[kind].params, p->conf);
	free(p->conf);
	free(p->name);
	free(p);
}

/* A number that no other profile has; ascending until 65535 were made. */
static int number_it(struct profiles *all, struct profile *p)
{
	for (uint32_t tries = 0; tries <= UINT16_MAX; tries++) {
		int err = idmap_add(&all->by_number, &p->by_number, all->next_number++);

		if (err != -EEXIST)
			return err;
	}
	return -ENOSPC;
}

static int conf_check(enum profile_kind kind, const void *conf, char **why)
{
	switch (kind) {
	case PROFILE_PEER:
		return peer_conf_check(conf, why);
	case PROFILE_POOL:
		return pool_conf_check(conf, why);
	case PROFILE_PPP:
		return ppp_conf_check(conf, why);
	case PROFILE_TUNNEL:
	case PROFILE_SESSION:
	case PROFILE_KINDS:
		break;
	}
	return 0;
}

static int has_pool(struct engine *e, enum profile_kind kind, struct profile *p, const void *conf,
		    char **why)
{
	uint64_t seed;

	if (kind != PROFILE_POOL)
		return 0;
	if (!p->pool) {
		e->host.random(e->host.ctx, &seed, sizeof(seed));
		p->pool = pool_new(seed);
	}
	return p->pool ? pool_resize(p->pool, conf, why) : -ENOMEM;
}

int profile_create(struct engine *e, enum profile_kind kind, const void *conf, char **why)
{
	struct profiles *all = &e->profiles[kind];
	const char *name = profile_name(kind, conf);
	struct profile *p;
	int err;

	if (find(e, kind, name))
		return why_set(why, EEXIST, "%s %s exists already", kinds[kind].name, name);
	err = conf_check(kind, conf, why);
	if (err)
		return err;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->name = strdup(name);
	p->conf = calloc(1, kinds[kind].params->size);
	if (!p->name || !p->conf || param_merge(kinds[kind].params, p->conf, conf) < 0 ||
	    has_pool(e, kind, p, conf, NULL) < 0 || number_it(all, p) < 0) {
		destroy(kind, p);
		return why_set(why, ENOMEM, "out of memory");
	}
	if (keymap_add(&all->by_name, &p->by_name, p->name, strlen(p->name)) < 0) {
		idmap_del(&all->by_number, &p->by_number);
		destroy(kind, p);
		return why_set(why, ENOMEM, "out of memory");
	}
	return 0;
}

/* Whether a change is about what tunnels or sessions trace. */
static bool says_what_to_trace(enum profile_kind kind, const void *conf, uint64_t unset)
{
	int row = param_find(kinds[kind].params, "trace_flags");

	return (kind == PROFILE_TUNNEL || kind == PROFILE_SESSION) &&
	       (param_is_set(conf, (unsigned)row) || unset >> row & 1);
}

/* Applied to a copy first, so that an error changes nothing. */
int profile_modify(struct engine *e, enum profile_kind kind, const char *name, const void *conf,
		   uint64_t unset, char **why)
{
	const struct param_table *params = kinds[kind].params;
	struct profile *p = find(e, kind, name);
	void *copy;
	int err;

	if (!p)
		return why_set(why, ENOENT, "no %s is called %s", kinds[kind].name, name);
	copy = calloc(1, params->size);
	if (!copy)
		return why_set(why, ENOMEM, "out of memory");
	err = param_merge(params, copy, p->conf);
	if (!err)
		err = param_merge(params, copy, conf);
	for (unsigned row = 0; row < params->count && !err; row++)
		if (unset >> row & 1)
			param_unset(params, row, copy);
	if (!err)
		err = conf_check(kind, copy, why);
	if (!err)
		err = has_pool(e, kind, p, copy, why);
	if (!err) {
		void *old = p->conf;

		p->conf = copy;
		copy = old;
		if (says_what_to_trace(kind, conf, unset))
			trace_follow(e, kind, name);
	}
	param_free(params, copy);
	free(copy);
	return err == -ENOMEM ? why_set(why, ENOMEM, "out of memory") : err;
}

static void remove_profile(struct engine *e, enum profile_kind kind, struct profile *p)
{
	keymap_del(&e->profiles[kind].by_name, &p->by_name);
	idmap_del(&e->profiles[kind].by_number, &p->by_number);
	destroy(kind, p);
}

/* Whether @conf, in its @row, names @name; not if it only inherited it. */
static bool names(const struct param_table *t, const char *row, const void *conf, const char *name)
{
	int at = row ? param_find(t, row) : -1;
	const char *used;

	if (at < 0 || !param_is_set(conf, (unsigned)at))
		return false;
	used = *(char *const *)((const char *)conf + t->row[at].offset);
	return used && strcmp(used, name) == 0;
}

/* Which profile names @name in its @row, or NULL. */
static const char *user_of(const struct engine *e, enum profile_kind kind, const char *row,
			   const char *name)
{
	struct idmap_node *n;

	idmap_for_each (n, &e->profiles[kind].by_number) {
		const struct profile *p = container_of(n, struct profile, by_number);

		if (names(kinds[kind].params, row, p->conf, name))
			return p->name;
	}
	return NULL;
}

/* Which tunnel, or tunnel of a session, names the profile itself; NULL if none does. */
static const struct tunnel *live_user(const struct engine *e, enum profile_kind kind,
				      const char *name)
{
	static const char *const of_tunnel[] = { "peer_profile_name", "profile_name",
						 "session_profile_name", "ppp_profile_name", NULL };
	static const char *const of_session[] = { NULL, NULL, "profile_name", "ppp_profile_name",
						  NULL };
	struct idmap_node *tn, *sn;

	idmap_for_each (tn, &e->tunnels) {
		const struct tunnel *t = container_of(tn, struct tunnel, node);

		if (t->fsm.state == TUNNEL_ST_CLOSING)
			continue;
		if (names(&tunnel_params, of_tunnel[kind], &t->conf, name))
			return t;
		if (!of_session[kind])
			continue;
		idmap_for_each (sn, &t->sessions) {
			const struct session *s = container_of(sn, struct session, node);

			if (s->fsm.state != SESSION_ST_CLOSING &&
			    names(&session_params, of_session[kind], &s->conf, name))
				return t;
		}
	}
	return NULL;
}

static int check_unused(const struct engine *e, enum profile_kind kind, const char *name,
			char **why)
{
	const struct profile *p = find(e, kind, name);
	const struct tunnel *t;
	char label[96];

	if (p->pool && pool_used(p->pool))
		return why_set(why, EBUSY, "pool %s: %u of its addresses are in use", name,
			       pool_used(p->pool));
	for (enum profile_kind k = 0; k < PROFILE_KINDS; k++) {
		const char *const *row = kinds[kind].named_by;

		for (; k != kind && *row; row++) {
			const char *user = user_of(e, k, *row, name);

			if (user)
				return why_set(why, EBUSY, "%s %s is used by %s %s",
					       kinds[kind].name, name, kinds[k].name, user);
		}
	}
	t = live_user(e, kind, name);
	return t ? why_set(why, EBUSY, "%s %s is used by %s or a session of it", kinds[kind].name,
			   name, tunnel_label(t, label))
		 : 0;
}

int profile_delete(struct engine *e, enum profile_kind kind, const char *name, char **why)
{
	struct profile *p = find(e, kind, name);
	int err;

	if (!p)
		return why_set(why, ENOENT, "no %s is called %s", kinds[kind].name, name);
	if (profile_is_default(kind, name))
		return why_set(why, EBUSY, "the default %s cannot be deleted", kinds[kind].name);
	err = check_unused(e, kind, name, why);
	if (!err)
		remove_profile(e, kind, p);
	return err;
}

const void *profile_get(const struct engine *e, enum profile_kind kind, const char *name)
{
	const struct profile *p = find(e, kind, name);

	return p ? p->conf : NULL;
}

const void *profile_from(const struct engine *e, enum profile_kind kind, uint32_t *number)
{
	struct idmap_node *n = idmap_from(&e->profiles[kind].by_number, *number);

	if (!n)
		return NULL;
	*number = n->id;
	return container_of(n, struct profile, by_number)->conf;
}

struct pool *profile_pool(const struct engine *e, const char *name)
{
	const struct profile *p = find(e, PROFILE_POOL, name);

	return p ? p->pool : NULL;
}

/* "default" of each kind, with nothing set but its name. */
int profiles_init(struct engine *e)
{
	for (enum profile_kind kind = 0; kind < PROFILE_KINDS; kind++) {
		uint64_t seed;

		e->host.random(e->host.ctx, &seed, sizeof(seed));
		keymap_init(&e->profiles[kind].by_name, seed);
	}
	for (enum profile_kind kind = 0; kind < PROFILE_POOL; kind++) {
		const struct param_table *t = kinds[kind].params;
		void *conf = calloc(1, t->size);
		int err;

		if (!conf)
			return -ENOMEM;
		err = param_set(t, (unsigned)param_find(t, "profile_name"), conf, "default", NULL);
		if (!err)
			err = profile_create(e, kind, conf, NULL);
		param_free(t, conf);
		free(conf);
		if (err)
			return err;
	}
	return 0;
}

void profiles_free(struct engine *e)
{
	for (enum profile_kind kind = 0; kind < PROFILE_KINDS; kind++) {
		struct idmap_node *n;

		idmap_for_each (n, &e->profiles[kind].by_number)
			remove_profile(e, kind, container_of(n, struct profile, by_number));
		keymap_free(&e->profiles[kind].by_name);
	}
}
