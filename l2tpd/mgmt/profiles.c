/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profiles.c - the four kinds of profiles as objects.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

static const char *name_of(const struct mgmt_call *c)
{
	const struct param_table *t = c->object->params;

	return *(char **)((char *)c->conf + t->row[param_find(t, "profile_name")].offset);
}

static int need_name(struct mgmt_call *c)
{
	return name_of(c) ? 0
			  : why_set(&c->why, EINVAL, "profile_name is missing: which %s?",
				    c->object->name);
}

static int create(struct mgmt_call *c)
{
	int err = need_name(c);

	return err ? err : profile_create(c->m->engine, c->object->kind, c->conf, &c->why);
}

static int modify(struct mgmt_call *c)
{
	int err = need_name(c);

	return err ? err
		   : profile_modify(c->m->engine, c->object->kind, name_of(c), c->conf, c->unset,
				    &c->why);
}

static int delete (struct mgmt_call *c)
{
	int err = need_name(c);

	return err ? err : profile_delete(c->m->engine, c->object->kind, name_of(c), &c->why);
}

/* What is set here; the rest is inherited. */
static void show_set(struct mgmt_call *c, const void *conf)
{
	reply_record(&c->reply);
	for (unsigned row = 0; row < c->object->params->count; row++)
		if (param_is_set(conf, row))
			reply_row(&c->reply, c->object->params, row, conf);
}

static int show(struct mgmt_call *c)
{
	const void *conf;
	int err = need_name(c);

	if (err)
		return err;
	conf = profile_get(c->m->engine, c->object->kind, name_of(c));
	if (!conf)
		return why_set(&c->why, ENOENT, "no %s is called %s", c->object->name, name_of(c));
	show_set(c, conf);
	return 0;
}

static int list(struct mgmt_call *c)
{
	uint32_t number = (uint32_t)c->cursor;
	const void *conf;

	while ((conf = profile_from(c->m->engine, c->object->kind, &number))) {
		if (c->reply.count == REPLY_PAGE) {
			c->reply.cursor = number;
			break;
		}
		reply_record(&c->reply);
		reply_row(&c->reply, c->object->params,
			  (unsigned)param_find(c->object->params, "profile_name"), conf);
		number++;
	}
	return 0;
}

const struct mgmt_verb profile_verbs[] = {
	{ "create", "Make a profile", TAKES_ALL, NULL, create },
	{ "modify", "Change what the profile sets", TAKES_LIVE, NULL, modify },
	{ "unset", "Let values be inherited again", TAKES_NAMES, NULL, modify },
	{ "delete", "Delete a profile", TAKES_KEYS, NULL, delete },
	{ "show", "Show what the profile sets", TAKES_KEYS, NULL, show },
	{ "list", "List the profiles", TAKES_NOTHING, NULL, list },
	{ .name = NULL },
};
