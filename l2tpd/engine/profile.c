/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile.c - the four kinds of profiles: kept by name, shown in the order of
 * their creation. The one called "default" of each kind always exists.
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
};

static const struct {
	const struct param_table *params;
	const char *name;
} kinds[PROFILE_KINDS] = {
	[PROFILE_PEER] = { &peer_params, "peer profile" },
	[PROFILE_TUNNEL] = { &tunnel_params, "tunnel profile" },
	[PROFILE_SESSION] = { &session_params, "session profile" },
	[PROFILE_PPP] = { &ppp_params, "ppp profile" },
};

const struct param_table *profile_params(enum profile_kind kind)
{
	return kinds[kind].params;
}

const char *profile_kind_name(enum profile_kind kind)
{
	return kinds[kind].name;
}

static const char *conf_name(enum profile_kind kind, const void *conf)
{
	const struct param_table *t = kinds[kind].params;

	return *(char *const *)((const char *)conf + t->row[param_find(t, "profile_name")].offset);
}

static struct profile *find(const struct engine *e, enum profile_kind kind, const char *name)
{
	struct keymap_node *n = keymap_get(&e->profiles[kind].by_name, name, strlen(name));

	return n ? container_of(n, struct profile, by_name) : NULL;
}

static void destroy(enum profile_kind kind, struct profile *p)
{
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
	return kind == PROFILE_PEER ? peer_conf_check(conf, why) : 0;
}

int profile_create(struct engine *e, enum profile_kind kind, const void *conf, char **why)
{
	struct profiles *all = &e->profiles[kind];
	const char *name = conf_name(kind, conf);
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
	    number_it(all, p) < 0) {
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
	if (!err) {
		void *old = p->conf;

		p->conf = copy;
		copy = old;
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

/* Which profile names @name in its @row, or NULL. */
static const char *user_of(const struct engine *e, enum profile_kind kind, const char *row,
			   const char *name)
{
	const struct param_table *t = kinds[kind].params;
	int at = param_find(t, row);
	struct idmap_node *n;

	if (at < 0)
		return NULL;
	idmap_for_each (n, &e->profiles[kind].by_number) {
		const struct profile *p = container_of(n, struct profile, by_number);
		const char *used = *(char *const *)((const char *)p->conf + t->row[at].offset);

		if (param_is_set(p->conf, (unsigned)at) && used && strcmp(used, name) == 0)
			return p->name;
	}
	return NULL;
}

static int check_unused(const struct engine *e, enum profile_kind kind, const char *name,
			char **why)
{
	static const char *const rows[PROFILE_KINDS] = {
		[PROFILE_PEER] = "peer_profile_name",
		[PROFILE_TUNNEL] = "tunnel_profile_name",
		[PROFILE_SESSION] = "session_profile_name",
		[PROFILE_PPP] = "ppp_profile_name",
	};

	for (enum profile_kind k = 0; k < PROFILE_KINDS; k++) {
		const char *user = k == kind ? NULL : user_of(e, k, rows[kind], name);

		if (user)
			return why_set(why, EBUSY, "%s %s is used by %s %s", kinds[kind].name, name,
				       kinds[k].name, user);
	}
	return 0;
}

int profile_delete(struct engine *e, enum profile_kind kind, const char *name, char **why)
{
	struct profile *p = find(e, kind, name);
	int err;

	if (!p)
		return why_set(why, ENOENT, "no %s is called %s", kinds[kind].name, name);
	if (strcmp(name, "default") == 0)
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

/* "default" of each kind, with nothing set but its name. */
int profiles_init(struct engine *e)
{
	for (enum profile_kind kind = 0; kind < PROFILE_KINDS; kind++) {
		const struct param_table *t = kinds[kind].params;
		void *conf = calloc(1, t->size);
		uint64_t seed;
		int err;

		if (!conf)
			return -ENOMEM;
		e->host.random(e->host.ctx, &seed, sizeof(seed));
		keymap_init(&e->profiles[kind].by_name, seed);
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
