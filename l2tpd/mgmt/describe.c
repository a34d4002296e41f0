/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * describe.c - the object "describe": what l2tpcli knows of objects, verbs and
 * parameters it asks here, and it is read from the tables that do the work.
 *
 * A record for each verb (no parameter), and for each word that the verb takes.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <stdlib.h>
#include <string.h>

static void head(struct reply *r, const struct mgmt_object *o, const struct mgmt_verb *v)
{
	reply_record(r);
	reply_text(r, "object", o->name);
	reply_text(r, "object_help", o->help);
	reply_text(r, "verb", v->name);
	reply_text(r, "verb_help", v->help);
}

static void values_of(struct reply *r, const struct param *p)
{
	struct text values = TEXT_INIT;

	for (const struct param_word *w = p->words; w && w->name; w++)
		if (!w->alias)
			text_addf(&values, "%s%s", values.len ? "," : "", w->name);
	if (!p->words && p->store == STORE_BOOL)
		text_add(&values, "yes,no");
	reply_text(r, "values", values.len ? text_str(&values) : NULL);
	text_free(&values);
}

/* What holds where nobody says anything; ids of 0, names and actions are nothing. */
static void default_of(struct reply *r, const struct param_table *t, unsigned row)
{
	const struct param *p = &t->row[row];
	void *conf = calloc(1, t->size);
	struct text text = TEXT_INIT;

	if (conf && !(p->flags & (PARAM_ACTION | PARAM_OBJECT | PARAM_KEY)) &&
	    param_resolve(t, conf, NULL, 0, NULL) == 0) {
		param_text(t, row, conf, &text);
		reply_text(r, "default", text.len ? text_str(&text) : NULL);
	}
	text_free(&text);
	if (conf)
		param_free(t, conf);
	free(conf);
}

/* Which parameters name what exists: the list that has the names, and the column they stand in. */
static const struct {
	const char *parameter, *list, *column;
} references[] = {
	{ "tunnel_id", "tunnel list names", "tunnel_id" },
	{ "tunnel_name", "tunnel list names", "tunnel_name" },
	{ "session_id", "session list names", "session_id" },
	{ "session_name", "session list names", "session_name" },
	{ "peer_profile_name", "peer profile list", "profile_name" },
	{ "tunnel_profile_name", "tunnel profile list", "profile_name" },
	{ "session_profile_name", "session profile list", "profile_name" },
	{ "ppp_profile_name", "ppp profile list", "profile_name" },
	{ "user_name", "user list", "user" },
	{ "pool_name", "pool list", "pool_name" },
	{ "ip_pool_name", "pool list", "pool_name" },
};

/* A profile_name is one of the object's own kind, or of the kind that the object uses. */
static void refer_to_profile(struct reply *r, const struct mgmt_object *o)
{
	struct text list = TEXT_INIT;

	text_addf(&list, "%s%s list", o->name, o->profile ? "" : " profile");
	reply_text(r, "list", text_str(&list));
	reply_text(r, "column", "profile_name");
	text_free(&list);
}

static void refer(struct reply *r, const struct mgmt_object *o, const struct mgmt_verb *v,
		  const char *name, bool key)
{
	bool creates = strcmp(v->name, "create") == 0;

	/* what is created has no name that exists; but a session is created in a tunnel */
	if (creates && key &&
	    !(strcmp(o->name, "session") == 0 && strncmp(name, "tunnel_", 7) == 0))
		return;
	if (strcmp(name, "profile_name") == 0)
		refer_to_profile(r, o);
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		if (strcmp(references[i].parameter, name) != 0)
			continue;
		reply_text(r, "list", references[i].list);
		reply_text(r, "column", references[i].column);
	}
}

static void parameter(struct reply *r, const struct mgmt_object *o, const struct mgmt_verb *v,
		      unsigned row)
{
	const struct param *p = &o->params->row[row];
	bool value = verb_takes_row(o, v, row);
	struct text domain = TEXT_INIT;

	if (!verb_knows_row(o, v, row) || (p->flags & PARAM_BIT))
		return;
	head(r, o, v);
	reply_text(r, "parameter", p->name);
	reply_bool(r, "value", value && !(p->flags & PARAM_ACTION));
	reply_bool(r, "key", object_is_key(o, row));
	reply_bool(r, "secret", p->flags & PARAM_SECRET);
	reply_text(r, "help", p->help);
	param_domain(p, &domain);
	reply_text(r, "takes", text_str(&domain));
	text_free(&domain);
	values_of(r, p);
	default_of(r, o->params, row);
	refer(r, o, v, p->name, object_is_key(o, row));
}

/* What a list can be filtered by, beside its keys. */
static void filters(struct reply *r, const struct mgmt_object *o, const struct mgmt_verb *v)
{
	const struct param_table *t = verb_filters(o, v);

	for (unsigned row = 0; t && row < t->count; row++) {
		const struct param *p = &t->row[row];
		int same = o->params ? param_find(o->params, p->name) : -1;

		if ((same >= 0 && verb_knows_row(o, v, (unsigned)same)) || (p->flags & PARAM_BIT) ||
		    (o->profile && (p->flags & PARAM_OBJECT)))
			continue;
		head(r, o, v);
		reply_text(r, "parameter", p->name);
		reply_bool(r, "value", true);
		reply_bool(r, "filter", true);
		reply_text(r, "help", p->help);
		reply_text(r, "takes", "a value, * and ? standing for any characters");
		values_of(r, p);
		refer(r, o, v, p->name, false);
	}
}

static void verb(struct reply *r, const struct mgmt_object *o, const struct mgmt_verb *v)
{
	head(r, o, v);
	for (unsigned row = 0; o->params && row < o->params->count; row++)
		parameter(r, o, v, row);
	for (const struct param_word *w = v->options; w && w->name; w++) {
		head(r, o, v);
		reply_text(r, "parameter", w->name);
		reply_bool(r, "value", false);
	}
	filters(r, o, v);
}

/* The cursor numbers the verbs of all objects; a page holds whole verbs. */
static int list(struct mgmt_call *c)
{
	uint64_t number = 0;

	for (const struct mgmt_object *o = mgmt_objects; o->name; o++) {
		for (const struct mgmt_verb *v = o->verbs; v->name; v++, number++) {
			if (number < c->cursor || strcmp(o->name, "describe") == 0 ||
			    (v->flags & VERB_HIDDEN))
				continue;
			if (c->reply.count >= c->page) {
				c->reply.cursor = number;
				return 0;
			}
			verb(&c->reply, o, v);
		}
	}
	return 0;
}

const struct mgmt_verb describe_verbs[] = {
	{ .name = "list", .help = "List all there is", .flags = VERB_READS, .run = list },
	{ .name = NULL },
};
