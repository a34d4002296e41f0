/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profiles.c - the four kinds of profiles as objects, and address pools, which are kept
 * like them.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>
#include <stdlib.h>

enum { SHOW_ORIGIN = 1 };

static int need_name(struct mgmt_call *c, const char **name)
{
	*name = profile_name(c->object->kind, c->conf);
	return *name ? 0
		     : why_set(&c->why, EINVAL, "%s is missing: which %s?",
			       profile_key(c->object->kind), c->object->name);
}

static int create(struct mgmt_call *c)
{
	const char *name;
	int err = need_name(c, &name);

	return err ? err : profile_create(c->m->engine, c->object->kind, c->conf, &c->why);
}

static int modify(struct mgmt_call *c)
{
	const char *name;
	int err = need_name(c, &name);

	return err ? err
		   : profile_modify(c->m->engine, c->object->kind, name, c->conf, c->unset,
				    &c->why);
}

static int delete (struct mgmt_call *c)
{
	const char *name;
	int err = need_name(c, &name);

	return err ? err : profile_delete(c->m->engine, c->object->kind, name, &c->why);
}

/* What is set here; the rest is inherited. */
static void show_set(struct mgmt_call *c, const void *conf)
{
	reply_record(&c->reply);
	for (unsigned row = 0; row < c->object->params->count; row++)
		if (param_is_set(conf, row))
			reply_row(&c->reply, c->object->params, row, conf);
}

/* All that who uses the profile gets, and whether it is the profile that says so. */
static int show_origins(struct mgmt_call *c, const char *name, const void *conf)
{
	const struct param_table *t = c->object->params;
	const void *layer[] = { conf, profile_get(c->m->engine, c->object->kind, "default") };
	void *all = calloc(1, t->size);
	uint8_t origin[64];
	struct text itself = TEXT_INIT;
	int err = all ? param_resolve(t, all, layer, 2, origin) : -ENOMEM;

	c->reply.list = true;
	text_addf(&itself, "%s %s", c->object->name, name);
	for (unsigned row = 0; !err && row < t->count; row++) {
		struct text words = TEXT_INIT;

		text_addf(&words, "%s default", c->object->name);
		reply_origin(&c->reply, t, row, all,
			     origin[row] == 0	? text_str(&itself)
			     : origin[row] == 1 ? text_str(&words)
						: "built-in default");
		text_free(&words);
	}
	text_free(&itself);
	if (all)
		param_free(t, all);
	free(all);
	return err;
}

static int show(struct mgmt_call *c)
{
	const char *name;
	const void *conf;
	struct pool_info info;
	int err = need_name(c, &name);

	if (err)
		return err;
	conf = profile_get(c->m->engine, c->object->kind, name);
	if (!conf)
		return why_set(&c->why, ENOENT, "no %s is called %s", c->object->name, name);
	if (c->options & SHOW_ORIGIN)
		return show_origins(c, name, conf);
	show_set(c, conf);
	if (c->object->kind == PROFILE_POOL && pool_get_info(c->m->engine, name, &info) == 0)
		reply_rows(&c->reply, &pool_info_params, &info);
	return 0;
}

static void list_one(struct mgmt_call *c, const void *conf)
{
	const struct param_table *t = c->object->params;
	const char *name = profile_name(c->object->kind, conf);
	static const char *const of_pool[] = { "first_addr", "num_addrs", NULL };
	struct pool_info info;

	reply_record(&c->reply);
	reply_row(&c->reply, t, (unsigned)param_find(t, profile_key(c->object->kind)), conf);
	if (c->object->kind != PROFILE_POOL)
		return;
	reply_only(&c->reply, t, conf, of_pool);
	if (pool_get_info(c->m->engine, name, &info) == 0)
		reply_rows(&c->reply, &pool_info_params, &info);
}

static int list(struct mgmt_call *c)
{
	uint32_t number = (uint32_t)c->cursor;
	const void *conf;

	while ((conf = profile_from(c->m->engine, c->object->kind, &number))) {
		if (c->reply.count == c->page) {
			c->reply.cursor = number;
			break;
		}
		if (call_wants(c, conf))
			list_one(c, conf);
		number++;
	}
	return 0;
}

/* Who holds which address of one pool. */
static int list_holders(struct mgmt_call *c, const char *name)
{
	uint32_t place = (uint32_t)c->cursor;
	struct network what;
	struct handle h;
	char buf[NETWORK_TEXT];

	if (!profile_get(c->m->engine, PROFILE_POOL, name))
		return why_set(&c->why, ENOENT, "no pool is called %s", name);
	for (; pool_holder_from(c->m->engine, name, &place, &what, &h); place++) {
		struct session_info info;

		if (c->reply.count == c->page) {
			c->reply.cursor = place;
			break;
		}
		session_facts(c->m, h, &info);
		reply_record(&c->reply);
		reply_text(&c->reply, "address",
			   what.addr.family == AF_INET6 ? network_text(&what, buf)
							: addr_text(&what.addr, buf));
		reply_number(&c->reply, "tunnel_id", h.tunnel_id);
		reply_number(&c->reply, "session_id", h.session_id);
		reply_text(&c->reply, "session_name", info.session_name);
		reply_text(&c->reply, "user", info.user);
	}
	return 0;
}

static int list_pools(struct mgmt_call *c)
{
	const char *name = profile_name(PROFILE_POOL, c->conf);

	return name ? list_holders(c, name) : list(c);
}

static const struct param_word show_options[] = { { "origin", SHOW_ORIGIN, false },
						  { NULL, 0, false } };

/* clang-format off */
const struct mgmt_verb profile_verbs[] = {
	{ .name = "create", .help = "Make a profile", .takes = TAKES_ALL, .run = create },
	{ .name = "modify", .help = "Change what the profile sets", .takes = TAKES_LIVE, .run = modify },
	{ .name = "unset", .help = "Let values be inherited again", .takes = TAKES_NAMES, .run = modify },
	{ .name = "delete", .help = "Delete a profile", .takes = TAKES_KEYS, .run = delete },
	{ .name = "show", .help = "Show what the profile sets", .takes = TAKES_KEYS, .options = show_options,
	  .flags = VERB_READS, .run = show },
	{ .name = "list", .help = "List the profiles", .flags = VERB_READS | VERB_FILTERS, .run = list },
	{ .name = NULL },
};

const struct mgmt_verb pool_verbs[] = {
	{ .name = "create", .help = "Make a pool", .takes = TAKES_ALL, .run = create },
	{ .name = "modify", .help = "Change a pool", .takes = TAKES_LIVE, .run = modify },
	{ .name = "unset", .help = "Back to the built-in default (not in OpenL2TP)", .takes = TAKES_NAMES, .run = modify },
	{ .name = "delete", .help = "Delete a pool that nobody has an address of", .takes = TAKES_KEYS, .run = delete },
	{ .name = "show", .help = "Show a pool, and how much of it is in use", .takes = TAKES_KEYS,
	  .flags = VERB_READS, .run = show },
	{ .name = "list", .help = "List the pools, or who holds the addresses of one", .takes = TAKES_KEYS,
	  .flags = VERB_READS, .run = list_pools },
	{ .name = NULL },
};
/* clang-format on */
