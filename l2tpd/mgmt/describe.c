/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * describe.c - the object "describe": what l2tpcli knows of objects, verbs and
 * parameters it asks here, and it is read from the tables that do the work.
 *
 * A record for each verb (no parameter), and for each word that the verb takes.
 */
#include "l2tpd/mgmt/mgmt.h"

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

static void parameter(struct reply *r, const struct mgmt_object *o, const struct mgmt_verb *v,
		      unsigned row)
{
	const struct param *p = &o->params->row[row];
	bool value = verb_takes_row(o, v, row);
	struct text domain = TEXT_INIT;

	if (!value && (v->takes != TAKES_NAMES || (o->profile && (p->flags & PARAM_OBJECT))))
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
}

/* The cursor numbers the verbs of all objects; a page holds whole verbs. */
static int list(struct mgmt_call *c)
{
	uint64_t number = 0;

	for (const struct mgmt_object *o = mgmt_objects; o->name; o++) {
		for (const struct mgmt_verb *v = o->verbs; v->name; v++, number++) {
			if (number < c->cursor || strcmp(o->name, "describe") == 0)
				continue;
			if (c->reply.count >= REPLY_PAGE) {
				c->reply.cursor = number;
				return 0;
			}
			verb(&c->reply, o, v);
		}
	}
	return 0;
}

const struct mgmt_verb describe_verbs[] = {
	{ "list", "List all there is", TAKES_NOTHING, NULL, list },
	{ .name = NULL },
};
