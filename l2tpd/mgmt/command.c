/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command.c - from words to a call of a verb of an object, and back with the
 * reply. The only place that parses.
 */
#include "l2tpd/mgmt/mgmt.h"

#include "lib/near.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* How a word fits a name: not, as an unambiguous beginning, wholly. */
enum fit { FIT_NOT, FIT_PREFIX, FIT_WHOLE };

static enum fit fits(const char *word, size_t len, const char *name, bool abbreviated)
{
	if (strlen(name) == len && memcmp(name, word, len) == 0)
		return FIT_WHOLE;
	return abbreviated && len > 0 && strncmp(name, word, len) == 0 ? FIT_PREFIX : FIT_NOT;
}

/* Collects the candidates for one word: a whole fit wins, else the only prefix. */
struct choice {
	int whole, prefix;
	unsigned prefixes;
};

static const struct choice no_choice = { -1, -1, 0 };

static void consider(struct choice *c, enum fit fit, int candidate)
{
	if (fit == FIT_WHOLE && c->whole < 0)
		c->whole = candidate;
	if (fit == FIT_PREFIX) {
		c->prefix = candidate;
		c->prefixes++;
	}
}

static int chosen(const struct choice *c)
{
	return c->whole >= 0 ? c->whole : c->prefixes == 1 ? c->prefix : -1;
}

/* --- objects and verbs ------------------------------------------------------------------ */

/* "peer profile" takes two words; a prefix of each will do for people. */
static enum fit object_fits(const char *name, const struct words *w, bool abbreviated)
{
	const char *blank = strchr(name, ' ');
	enum fit first, second;
	char head[32];

	if (!blank)
		return fits(w->word[0], strlen(w->word[0]), name, abbreviated);
	memcpy(head, name, (size_t)(blank - name));
	head[blank - name] = '\0';
	if (w->count < 2)
		return FIT_NOT;
	first = fits(w->word[0], strlen(w->word[0]), head, abbreviated);
	second = fits(w->word[1], strlen(w->word[1]), blank + 1, abbreviated);
	return first < second ? first : second;
}

static unsigned word_count(const char *name)
{
	return strchr(name, ' ') ? 2 : 1;
}

static void list_objects(struct text *out)
{
	for (const struct mgmt_object *o = mgmt_objects; o->name; o++)
		text_addf(out, "%s%s", o == mgmt_objects ? "" : ", ", o->name);
}

static const char *object_meant(const char *word)
{
	struct near n = near_to(word, strlen(word));

	for (const struct mgmt_object *o = mgmt_objects; o->name; o++)
		if (!strchr(o->name, ' '))
			near_offer(&n, o->name);
	return near_best(&n);
}

static int find_object(struct mgmt_call *c, const struct words *w, bool abbreviated, unsigned *used)
{
	struct text all = TEXT_INIT;
	const char *meant;
	int whole = -1, prefix = -1;
	unsigned prefixes = 0;

	for (int i = 0; mgmt_objects[i].name; i++) {
		enum fit fit = object_fits(mgmt_objects[i].name, w, abbreviated);
		unsigned n = word_count(mgmt_objects[i].name);

		/* "tunnel profile" is longer than "tunnel": what takes more words wins */
		if (fit == FIT_WHOLE && (whole < 0 || n > word_count(mgmt_objects[whole].name)))
			whole = i;
		if (fit == FIT_PREFIX &&
		    (prefix < 0 || n > word_count(mgmt_objects[prefix].name))) {
			prefix = i;
			prefixes = 1;
		} else if (fit == FIT_PREFIX && n == word_count(mgmt_objects[prefix].name)) {
			prefixes++;
		}
	}
	if (prefixes == 1 && (whole < 0 || word_count(mgmt_objects[prefix].name) >
						   word_count(mgmt_objects[whole].name)))
		whole = prefix;
	if (whole < 0) {
		meant = object_meant(w->word[0]);
		list_objects(&all);
		if (meant && prefixes <= 1)
			why_set(&c->why, EINVAL, "unknown object \"%s\": did you mean %s?",
				w->word[0], meant);
		else
			why_set(&c->why, EINVAL, "%s \"%s\": the objects are %s",
				prefixes > 1 ? "ambiguous object" : "unknown object", w->word[0],
				text_str(&all));
		text_free(&all);
		return -EINVAL;
	}
	c->object = &mgmt_objects[whole];
	*used = word_count(c->object->name);
	return 0;
}

static int find_verb(struct mgmt_call *c, const char *word, bool abbreviated)
{
	struct choice choice = no_choice;
	struct text all = TEXT_INIT;
	int i;

	for (i = 0; c->object->verbs[i].name; i++) {
		text_addf(&all, "%s%s", i ? ", " : "", c->object->verbs[i].name);
		if (word)
			consider(&choice,
				 fits(word, strlen(word), c->object->verbs[i].name, abbreviated),
				 i);
	}
	i = chosen(&choice);
	if (i < 0)
		why_set(&c->why, EINVAL, "%s%s%s%s: the operations on %s are %s",
			!word		      ? "operation missing"
			: choice.prefixes > 1 ? "ambiguous operation"
					      : "unknown operation",
			word ? " \"" : "", word ? word : "", word ? "\"" : "", c->object->name,
			text_str(&all));
	else
		c->verb = &c->object->verbs[i];
	text_free(&all);
	return i < 0 ? -EINVAL : 0;
}

/* --- parameters ------------------------------------------------------------------------------ */

static struct choice find_row(const struct mgmt_call *c, const char *name, size_t len,
			      bool abbreviated)
{
	const struct param_table *t = c->object->params;
	struct choice choice = no_choice;

	for (unsigned row = 0; t && row < t->count; row++) {
		const struct param *p = &t->row[row];

		if (fits(name, len, p->name, false) == FIT_WHOLE)
			consider(&choice, FIT_WHOLE, (int)row);
		for (int a = 0; a < PARAM_ALIASES; a++)
			if (p->alias[a] && fits(name, len, p->alias[a], false) == FIT_WHOLE)
				consider(&choice, FIT_WHOLE, (int)row);
		if (verb_knows_row(c->object, c->verb, row))
			consider(&choice, fits(name, len, p->name, abbreviated), (int)row);
	}
	return choice;
}

/* Bytes of names that a person still wants to read. */
enum { MANY_NAMES = 160 };

static int unknown_word(struct mgmt_call *c, const char *word, size_t len,
			const struct choice *choice)
{
	const struct param_table *t = c->object->params;
	const struct param_table *filters = verb_filters(c->object, c->verb);
	struct near meant = near_to(word, len);
	struct text all = TEXT_INIT;
	const char *comma = "";

	for (unsigned row = 0; t && row < t->count; row++) {
		if (!verb_knows_row(c->object, c->verb, row))
			continue;
		near_offer(&meant, t->row[row].name);
		text_addf(&all, "%s%s", comma, t->row[row].name);
		comma = ", ";
	}
	for (const struct param_word *o = c->verb->options; o && o->name; o++) {
		near_offer(&meant, o->name);
		text_addf(&all, "%s%s", comma, o->name);
		comma = ", ";
	}
	for (unsigned row = 0; filters && row < filters->count; row++)
		near_offer(&meant, filters->row[row].name);
	if (near_best(&meant) && choice->prefixes <= 1)
		why_set(&c->why, EINVAL, "unknown parameter \"%.*s\": did you mean %s?", (int)len,
			word, near_best(&meant));
	else if (all.len > MANY_NAMES && choice->prefixes <= 1)
		why_set(&c->why, EINVAL,
			"unknown parameter \"%.*s\": l2tpd.conf(5), or ? at l2tpcli's prompt, tell "
			"what %s %s takes",
			(int)len, word, c->object->name, c->verb->name);
	else
		why_set(&c->why, EINVAL, "%s \"%.*s\": %s %s takes %s",
			choice->prefixes > 1 ? "ambiguous parameter" : "unknown parameter",
			(int)len, word, c->object->name, c->verb->name,
			all.len ? text_str(&all) : "nothing");
	text_free(&all);
	return -EINVAL;
}

static int take_value(struct mgmt_call *c, unsigned row, const char *value)
{
	const struct param *p = &c->object->params->row[row];

	if (c->verb->takes == TAKES_NAMES && !object_is_key(c->object, row)) {
		if (value)
			return why_set(&c->why, EINVAL, "%s: unset takes names without values",
				       p->name);
		c->unset |= UINT64_C(1) << param_holder(c->object->params, row);
		return 0;
	}
	if (!verb_takes_row(c->object, c->verb, row)) {
		if (c->object->profile && (p->flags & PARAM_OBJECT))
			return why_set(&c->why, EINVAL, "%s belongs to one %s, not to a profile",
				       p->name,
				       c->object->kind == PROFILE_TUNNEL ? "tunnel" : "session");
		if (c->verb->takes == TAKES_LIVE)
			return why_set(&c->why, EINVAL, "%s can only be set when the %s is created",
				       p->name, c->object->name);
		return why_set(&c->why, EINVAL, "%s %s does not take %s", c->object->name,
			       c->verb->name, p->name);
	}
	if (param_is_set(c->conf, row) && !(p->flags & PARAM_FLAGS))
		return why_set(&c->why, EINVAL, "%s is given twice", p->name);
	return param_set(c->object->params, row, c->conf, value, &c->why);
}

/* An option stands without a value. */
static bool take_option(struct mgmt_call *c, const char *word, bool abbreviated)
{
	struct choice choice = no_choice;
	int i = 0;

	for (const struct param_word *o = c->verb->options; o && o->name; o++, i++)
		consider(&choice, fits(word, strlen(word), o->name, abbreviated), i);
	i = chosen(&choice);
	if (i >= 0)
		c->options |= c->verb->options[i].value;
	return i >= 0;
}

/* What a list is to be filtered by. 1 taken, 0 nothing that it can be filtered by. */
static int take_filter(struct mgmt_call *c, const char *word, size_t len, const char *pattern,
		       bool abbreviated)
{
	const struct param_table *t = verb_filters(c->object, c->verb);
	struct choice choice = no_choice;
	char *copy;
	int row;

	for (unsigned i = 0; t && i < t->count; i++)
		consider(&choice, fits(word, len, t->row[i].name, abbreviated), (int)i);
	row = chosen(&choice);
	if (row < 0)
		return 0;
	if (c->filters == FILTERS_MAX)
		return why_set(&c->why, E2BIG, "more than %d conditions", FILTERS_MAX);
	copy = strdup(pattern);
	if (!copy)
		return -ENOMEM;
	c->filter[c->filters++] = (struct mgmt_filter){ (unsigned)row, copy };
	return 1;
}

bool call_wants(const struct mgmt_call *c, const void *info)
{
	const struct param_table *t = verb_filters(c->object, c->verb);
	bool wanted = true;

	for (unsigned i = 0; i < c->filters && wanted; i++) {
		struct text text = TEXT_INIT;

		param_text(t, c->filter[i].row, info, &text);
		wanted = fnmatch(c->filter[i].pattern, text_str(&text), FNM_CASEFOLD) == 0;
		text_free(&text);
	}
	return wanted;
}

static int take_word(struct mgmt_call *c, const char *word, bool abbreviated)
{
	const char *eq = strchr(word, '=');
	size_t len = eq ? (size_t)(eq - word) : strlen(word);
	struct choice choice;
	int row, filtered = 0;

	if (!eq && take_option(c, word, abbreviated))
		return 0;
	choice = find_row(c, word, len, abbreviated);
	row = chosen(&choice);
	if (eq && (row < 0 || !verb_knows_row(c->object, c->verb, (unsigned)row)))
		filtered = take_filter(c, word, len, eq + 1, abbreviated);
	if (filtered)
		return filtered < 0 ? filtered : 0;
	if (row < 0)
		return unknown_word(c, word, len, &choice);
	return take_value(c, (unsigned)row, eq ? eq + 1 : NULL);
}

/* Whether such a command may come from there at all. */
static int check_source(struct mgmt_call *c, const struct mgmt_ask *ask)
{
	if (ask->reader && !(c->verb->flags & VERB_READS))
		return why_set(&c->why, EPERM, "%s %s: you may look, but not change anything",
			       c->object->name, c->verb->name);
	if (ask->from_file && (c->verb->flags & VERB_PROMPT))
		return why_set(&c->why, EPERM, "%s %s cannot stand in a configuration file",
			       c->object->name, c->verb->name);
	return 0;
}

static int parse(struct mgmt_call *c, const struct mgmt_ask *ask)
{
	const struct words *w = ask->words;
	bool abbreviated = ask->abbreviated;
	unsigned used = 0;
	int err;

	if (w->count == 0)
		return why_set(&c->why, EINVAL, "an empty command");
	err = find_object(c, w, abbreviated, &used);
	if (!err)
		err = find_verb(c, used < w->count ? w->word[used] : NULL, abbreviated);
	if (!err)
		err = check_source(c, ask);
	if (!err && c->object->params) {
		c->conf = calloc(1, c->object->params->size);
		err = c->conf ? 0 : -ENOMEM;
	}
	for (size_t i = used + 1; !err && i < w->count; i++)
		err = take_word(c, w->word[i], abbreviated);
	return err;
}

/* --- running --------------------------------------------------------------------------------- */

void mgmt_complete(struct mgmt_call *c, int err)
{
	if (!err && c->reply.failed)
		err = -ENOMEM;
	if (err) {
		reply_free(&c->reply);
		c->reply.refused = true;
		reply_message(&c->reply, "%s", c->why ? c->why : strerror(-err));
	}
	if (c->gone)
		*c->gone = true;
	list_del(&c->waiting);
	c->done(c->arg, &c->reply);
	reply_free(&c->reply);
	if (c->conf)
		param_free(c->object->params, c->conf);
	for (unsigned i = 0; i < c->filters; i++)
		free(c->filter[i].pattern);
	free(c->conf);
	free(c->why);
	free(c);
}

static void nobody(void *arg, struct reply *reply)
{
	(void)arg;
	(void)reply;
}

void mgmt_cancel(struct mgmt_call *c)
{
	bool feeding = !list_empty(&c->waiting);

	c->done = nobody;
	if (feeding) /* it waits for a feed; others are completed by whom they wait for */
		mgmt_complete(c, 0);
}

/* The verb's turn. False: the call is over, one way or the other. */
static bool carry_out(struct mgmt_call *c, const struct mgmt_ask *ask)
{
	bool gone = false;
	int err = parse(c, ask);

	if (!err) {
		c->gone = &gone;
		c->reply.list = strcmp(c->verb->name, "list") == 0;
		err = c->verb->run(c);
		if (!gone)
			c->gone = NULL;
	}
	if (err <= 0)
		mgmt_complete(c, err);
	return err > 0 && !gone;
}

struct mgmt_call *mgmt_run(struct mgmt *m, const struct mgmt_ask *ask,
			   void (*done)(void *arg, struct reply *reply), void *arg)
{
	struct reply no_memory = { .refused = true };
	struct mgmt_call *c = calloc(1, sizeof(*c));
	bool waits;

	if (!c) {
		done(arg, &no_memory);
		return NULL;
	}
	c->m = m;
	c->cursor = ask->cursor;
	c->page = ask->page ? ask->page : REPLY_PAGE;
	c->done = done;
	c->arg = arg;
	list_init(&c->waiting);
	if (m->before)
		m->before(m->ctx);
	waits = carry_out(c, ask);
	if (m->after)
		m->after(m->ctx);
	return waits ? c : NULL;
}
