/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/grammar.h"

#include "lib/lang.h"
#include "lib/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One record of the description: a verb (no parameter), or a word that it takes. */
struct entry {
	char *object, *object_help, *verb, *verb_help, *parameter, *help, *takes, *values;
	char *list, *column; /* where the names of what exists are listed */
	bool value, secret, filter;
};

struct grammar {
	struct client *client;
	struct entry *entry;
	size_t count;
	bool failed;
};

/* --- loading ---------------------------------------------------------------------- */

static char *text_of(const struct record *rec, const char *name)
{
	const struct value *v = record_value(rec, name);

	return v && v->kind == VALUE_TEXT ? strdup(v->text) : NULL;
}

static bool truth_of(const struct record *rec, const char *name)
{
	const struct value *v = record_value(rec, name);

	return v && v->number != 0;
}

static struct entry *new_entry(struct grammar *g)
{
	struct entry *grown = realloc(g->entry, (g->count + 1) * sizeof(*grown));

	if (!grown) {
		g->failed = true;
		return NULL;
	}
	g->entry = grown;
	return &g->entry[g->count++];
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* The verb of an object that has none. */
static const char no_verb[] = " ";

void grammar_add(struct grammar *g, const char *object, const char *verb, const char *parameter,
		 const char *help)
{
	struct entry *e = new_entry(g);

	if (e)
		*e = (struct entry){ .object = copy(object),
				     .object_help = copy(help),
				     .verb = copy(verb ? verb : no_verb),
				     .verb_help = copy(help),
				     .parameter = copy(parameter),
				     .help = copy(help),
				     .value = true };
}

void grammar_like(struct grammar *g, const char *object, const char *like, const char *verb)
{
	for (size_t i = 0, count = g->count; i < count; i++) {
		const struct entry *from = &g->entry[i];
		struct entry *e;

		if (!from->parameter || strcmp(from->object, like) != 0 ||
		    strcmp(from->verb, verb) != 0 || strcmp(from->parameter, "since") == 0)
			continue;
		e = new_entry(g); /* which may move @from */
		if (!e)
			return;
		from = &g->entry[i];
		*e = (struct entry){ .object = copy(object),
				     .verb = copy(no_verb),
				     .parameter = copy(from->parameter),
				     .help = copy(from->help),
				     .takes = copy(from->takes),
				     .values = copy(from->values),
				     .value = true };
	}
}

static void add_entry(struct grammar *g, const struct record *rec)
{
	struct entry *e = new_entry(g);

	if (!e)
		return;
	*e = (struct entry){
		.object = text_of(rec, "object"),
		.object_help = text_of(rec, "object_help"),
		.verb = text_of(rec, "verb"),
		.verb_help = text_of(rec, "verb_help"),
		.parameter = text_of(rec, "parameter"),
		.help = text_of(rec, "help"),
		.takes = text_of(rec, "takes"),
		.values = text_of(rec, "values"),
		.list = text_of(rec, "list"),
		.column = text_of(rec, "column"),
		.value = truth_of(rec, "value"),
		.secret = truth_of(rec, "secret"),
		.filter = truth_of(rec, "filter"),
	};
	if (!e->object || !e->verb)
		g->failed = true;
}

static bool take_page(void *arg, const struct page *page)
{
	struct grammar *g = arg;

	for (size_t i = 0; i < page->count; i++)
		add_entry(g, &page->record[i]);
	return !page->refused;
}

struct grammar *grammar_load(struct client *c, char **why)
{
	struct grammar *g = calloc(1, sizeof(*g));
	struct words words = { 0 };
	int err = g ? 0 : -ENOMEM;

	if (!err)
		err = words_add(&words, "describe", 8) | words_add(&words, "list", 4);
	if (!err)
		err = client_run(c, &words, false, false, take_page, g, why);
	words_free(&words);
	if (!err && !g->failed) {
		g->client = c;
		return g;
	}
	grammar_free(g);
	return NULL;
}

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->count; i++) {
		struct entry *e = &g->entry[i];

		free(e->object);
		free(e->object_help);
		free(e->verb);
		free(e->verb_help);
		free(e->parameter);
		free(e->help);
		free(e->takes);
		free(e->values);
		free(e->list);
		free(e->column);
	}
	free(g->entry);
	free(g);
}

/* --- secrets ------------------------------------------------------------------------ */

/* Whether a secret parameter may be meant by @name, which may be abbreviated. */
static bool may_be_secret(const struct grammar *g, const char *name, size_t len)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->entry[i].secret && len && strncasecmp(g->entry[i].parameter, name, len) == 0)
			return true;
	return false;
}

bool grammar_has_secret(const struct grammar *g, const char *line)
{
	for (const char *at = strchr(line, '='); at; at = strchr(at + 1, '=')) {
		const char *begin = at;

		while (begin > line && !strchr(" \t;", begin[-1]))
			begin--;
		if (may_be_secret(g, begin, (size_t)(at - begin)))
			return true;
	}
	return false;
}

/* --- what may come next --------------------------------------------------------------- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void offer(struct candidates *out, const char *text, size_t len, const char *suffix,
		  const char *help)
{
	struct candidate *grown;
	struct text t = TEXT_INIT;

	text_add_n(&t, text, len);
	text_add(&t, suffix);
	for (size_t i = 0; i < out->count; i++) {
		if (strcmp(out->at[i].text, text_str(&t)) == 0) {
			text_free(&t);
			return;
		}
	}
	grown = realloc(out->at, (out->count + 1) * sizeof(*grown));
	if (!grown) {
		text_free(&t);
		return;
	}
	out->at = grown;
	grown[out->count].text = text_take(&t);
	grown[out->count].help = strdup(help ? help : "");
	if (grown[out->count].text && grown[out->count].help) {
		out->count++;
	} else {
		free(grown[out->count].text);
		free(grown[out->count].help);
	}
}

void candidates_free(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->at[i].text);
		free(c->at[i].help);
	}
	free(c->at);
	*c = (struct candidates){ 0 };
}

/* How many of the first words make up the object's name: 0 none, else 1 or 2. */
static size_t object_words(const char *object, const struct words *w)
{
	const char *blank = strchr(object, ' ');
	size_t head = blank ? (size_t)(blank - object) : strlen(object);

	if (w->count < 1 || strncmp(w->word[0], object, strlen(w->word[0])) != 0 ||
	    strlen(w->word[0]) > head)
		return 0;
	if (!blank)
		return 1;
	return w->count >= 2 && begins(blank + 1, w->word[1]) ? 2 : 0;
}

/* The entry whose object the line names: the longest name that fits, whole words before beginnings.
 */
static const struct entry *object_of(const struct grammar *g, const struct words *w)
{
	const struct entry *best = NULL;
	size_t best_words = 0;

	for (size_t i = 0; i < g->count; i++) {
		const struct entry *e = &g->entry[i];
		size_t n = object_words(e->object, w);

		if (n > best_words ||
		    (n && n == best_words && strcmp(best->object, w->word[0]) != 0 &&
		     strcmp(e->object, w->word[0]) == 0)) {
			best = e;
			best_words = n;
		}
	}
	return best;
}

static void next_of_object(const struct grammar *g, const struct words *before, const char *word,
			   struct candidates *out)
{
	/* one word first: "tunnel" is helped as itself, not as "tunnel profile" */
	for (size_t i = 0; before->count == 0 && i < g->count; i++)
		if (!strchr(g->entry[i].object, ' ') && begins(g->entry[i].object, word))
			offer(out, g->entry[i].object, strlen(g->entry[i].object), "",
			      g->entry[i].object_help);
	for (size_t i = 0; i < g->count; i++) {
		const struct entry *e = &g->entry[i];
		const char *blank = strchr(e->object, ' ');

		if (before->count == 0 && blank && begins(e->object, word))
			offer(out, e->object, (size_t)(blank - e->object), "", e->object_help);
		if (before->count == 1 && blank && begins(e->object, before->word[0]) &&
		    strlen(before->word[0]) <= (size_t)(blank - e->object) &&
		    begins(blank + 1, word))
			offer(out, blank + 1, strlen(blank + 1), "", e->object_help);
	}
}

static bool given(const struct words *before, const char *parameter)
{
	size_t len = strlen(parameter);

	for (size_t i = 0; i < before->count; i++)
		if (strncmp(before->word[i], parameter, len) == 0 &&
		    (before->word[i][len] == '=' || before->word[i][len] == '\0'))
			return true;
	return false;
}

/* --- names of what exists ----------------------------------------------------------------- */

enum { NAMES_MAX = 200 };

struct names {
	const struct entry *entry;
	const char *typed;
	struct candidates *out;
	size_t count;
};

/* Those that would need quotes are left to who can type them. */
static bool take_names(void *arg, const struct page *page)
{
	struct names *n = arg;

	for (size_t i = 0; i < page->count && n->count < NAMES_MAX; i++) {
		for (size_t k = 0; k < page->record[i].count; k++) {
			const struct field *f = &page->record[i].field[k];
			struct text full = TEXT_INIT, value = TEXT_INIT;

			if (strcmp(f->name, n->entry->column) != 0)
				continue;
			value_text(&f->value, &value);
			text_addf(&full, "%s=%s", n->entry->parameter, text_str(&value));
			if (value.len && begins(text_str(&value), n->typed) &&
			    !lang_needs_quotes(text_str(&value))) {
				offer(n->out, text_str(&full), full.len, "", n->entry->help);
				n->count++;
			}
			text_free(&full);
			text_free(&value);
		}
	}
	return !page->refused && n->count < NAMES_MAX;
}

/* Whether the list that has the names can be told which of them are wanted. */
static bool can_filter(const struct grammar *g, const struct entry *e)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct entry *f = &g->entry[i];

		if (f->filter && strcmp(f->verb, "list") == 0 && begins(e->list, f->object) &&
		    begins(e->list + strlen(f->object), " list") &&
		    strcmp(f->parameter, e->column) == 0)
			return true;
	}
	return false;
}

/* Asks the daemon for names that begin with what was typed; of the tunnel, if one was given. */
static void existing(const struct grammar *g, const struct entry *e, const struct words *before,
		     const char *typed, struct candidates *out)
{
	struct names n = { e, typed, out, 0 };
	struct words command = { 0 };
	struct text filter = TEXT_INIT;
	char *why = NULL;

	for (const char *at = e->list; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		words_add(&command, at, len);
		at += len;
	}
	text_addf(&filter, "%s=%s*", e->column, typed);
	if (*typed && can_filter(g, e))
		words_add(&command, text_str(&filter), filter.len);
	for (size_t i = 0; begins(e->list, "session ") && i < before->count; i++)
		if (begins(before->word[i], "tunnel_") && strchr(before->word[i], '='))
			words_add(&command, before->word[i], strlen(before->word[i]));
	(void)client_run(g->client, &command, false, false, take_names, &n, &why);
	words_free(&command);
	text_free(&filter);
	free(why);
}

/* The values after "name=", where they can be listed. */
static void values(const struct grammar *g, const struct entry *e, const struct words *before,
		   const char *word, struct candidates *out)
{
	const char *typed = strchr(word, '=') + 1;
	struct text full = TEXT_INIT;

	for (const char *at = e->values; at && *at;) {
		size_t len = strcspn(at, ",");

		if (strncmp(at, typed, strlen(typed)) == 0 && strlen(typed) <= len) {
			full.len = 0;
			text_addf(&full, "%s=", e->parameter);
			text_add_n(&full, at, len);
			offer(out, text_str(&full), full.len, "", e->help);
		}
		at += len + (at[len] == ',');
	}
	if (e->list && e->column)
		existing(g, e, before, typed, out);
	/* nothing to choose from: at least say what is wanted */
	if (!out->count && !e->values && !*typed) {
		full.len = 0;
		text_addf(&full, "%s%s%s", e->help ? e->help : "", e->takes ? ": " : "",
			  e->takes ? e->takes : "");
		offer(out, word, strlen(word), "", text_str(&full));
	}
	text_free(&full);
}

/* --- words ------------------------------------------------------------------------------------ */

static void parameters(const struct grammar *g, const char *object, const char *verb,
		       const struct words *before, const char *word, struct candidates *out)
{
	const char *eq = strchr(word, '=');

	for (size_t i = 0; i < g->count; i++) {
		const struct entry *e = &g->entry[i];

		if (!e->parameter || strcmp(e->object, object) != 0 || !begins(e->verb, verb))
			continue;
		if (eq) {
			if (strlen(e->parameter) == (size_t)(eq - word) &&
			    begins(word, e->parameter))
				values(g, e, before, word, out);
		} else if (begins(e->parameter, word) && !given(before, e->parameter)) {
			offer(out, e->parameter, strlen(e->parameter), e->value ? "=" : "",
			      e->help);
		}
	}
}

void grammar_next(const struct grammar *g, const struct words *before, const char *word,
		  struct candidates *out)
{
	const struct entry *object = object_of(g, before);
	size_t n = object ? object_words(object->object, before) : 0;

	*out = (struct candidates){ 0 };
	if (before->count < 2)
		next_of_object(g, before, word, out);
	if (!object)
		return;
	if (strcmp(object->verb, no_verb) == 0 && before->count >= n) {
		parameters(g, object->object, object->verb, before, word, out);
	} else if (before->count == n) {
		for (size_t i = 0; i < g->count; i++)
			if (strcmp(g->entry[i].object, object->object) == 0 &&
			    begins(g->entry[i].verb, word))
				offer(out, g->entry[i].verb, strlen(g->entry[i].verb), "",
				      g->entry[i].verb_help);
	} else if (before->count > n) {
		parameters(g, object->object, before->word[n], before, word, out);
	}
}
