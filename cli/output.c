/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

/* --- colours ----------------------------------------------------------------------------- */

static const char bold[] = "\033[1m", plain[] = "\033[0m";

/* States that are as they should be, that are not, and all others. */
static const char *colour_of(const char *name, const char *value)
{
	static const char *const good[] = { "established", "up",     "tunnel-up",
					    "session-up",  "ppp-up", NULL };
	static const char *const bad[] = { "retry-wait",    "closing",	    "tunnel-down",
					   "tunnel-failed", "session-down", "session-failed",
					   "ppp-down",	    "limit",	    NULL };

	if (strcmp(name, "state") != 0 && strcmp(name, "ppp") != 0 && strcmp(name, "event") != 0)
		return NULL;
	for (unsigned i = 0; good[i]; i++)
		if (strcmp(good[i], value) == 0)
			return "\033[32m";
	for (unsigned i = 0; bad[i]; i++)
		if (strcmp(bad[i], value) == 0)
			return "\033[31m";
	return "\033[33m";
}

static void coloured(const struct output *o, const char *name, const char *value, struct text *out)
{
	const char *colour = o->colour ? colour_of(name, value) : NULL;

	text_addf(out, "%s%s%s", colour ? colour : "", value, colour ? plain : "");
}

/* --- tables ---------------------------------------------------------------------------------- */

static size_t width_of(const struct value *v, struct text *scratch)
{
	scratch->len = 0;
	value_text(v, scratch);
	return v->kind == VALUE_NONE ? 1 : scratch->len;
}

static void pad(struct text *out, size_t len, size_t width, bool last)
{
	for (size_t n = len; !last && n < width + 2; n++)
		text_add(out, " ");
}

static void row(const struct output *o, const struct record *rec, struct text *out)
{
	struct text cell = TEXT_INIT;

	for (size_t i = 0; i < rec->count && i < OUTPUT_COLUMNS; i++) {
		cell.len = 0;
		value_text(&rec->field[i].value, &cell);
		if (!cell.len)
			text_add(&cell, "-");
		coloured(o, rec->field[i].name, text_str(&cell), out);
		pad(out, cell.len, o->width[i], i + 1 == rec->count);
	}
	text_add(out, "\n");
	text_free(&cell);
}

static void heading(const struct output *o, const struct record *rec, struct text *out)
{
	text_add(out, o->colour ? bold : "");
	for (size_t i = 0; i < rec->count && i < OUTPUT_COLUMNS; i++) {
		text_add(out, rec->field[i].name);
		pad(out, strlen(rec->field[i].name), o->width[i], i + 1 == rec->count);
	}
	text_addf(out, "%s\n", o->colour ? plain : "");
}

/* Columns are as wide as what was written so far needs; the heading stands above the first. */
static void table(struct output *o, const struct page *page, struct text *out)
{
	const struct record *first = &page->record[0];
	struct text scratch = TEXT_INIT;

	if (page->first)
		memset(o->width, 0, sizeof(o->width));
	for (size_t i = 0; i < first->count && i < OUTPUT_COLUMNS; i++)
		if (strlen(first->field[i].name) > o->width[i])
			o->width[i] = strlen(first->field[i].name);
	for (size_t r = 0; r < page->count; r++) {
		for (size_t i = 0; i < page->record[r].count && i < OUTPUT_COLUMNS; i++) {
			size_t w = width_of(&page->record[r].field[i].value, &scratch);

			if (w > o->width[i])
				o->width[i] = w;
		}
	}
	if (!o->headed)
		heading(o, first, out);
	o->headed = true;
	for (size_t r = 0; r < page->count; r++)
		row(o, &page->record[r], out);
	text_free(&scratch);
}

/* --- one thing --------------------------------------------------------------------------- */

static void fields(const struct output *o, const struct record *rec, struct text *out)
{
	size_t widest = 0;

	for (size_t i = 0; i < rec->count; i++)
		if (strlen(rec->field[i].name) > widest)
			widest = strlen(rec->field[i].name);
	for (size_t i = 0; i < rec->count; i++) {
		const struct field *f = &rec->field[i];
		struct text value = TEXT_INIT;

		text_add(out, f->name);
		pad(out, strlen(f->name), widest, false);
		value_text(&f->value, &value);
		coloured(o, f->name, f->value.kind == VALUE_NONE ? "-" : text_str(&value), out);
		if (*f->unit && f->value.kind != VALUE_NONE)
			text_addf(out, " %s", f->unit);
		text_add(out, "\n");
		text_free(&value);
	}
}

/* --- JSON -------------------------------------------------------------------------------- */

static void json_record(const struct record *rec, struct text *out)
{
	text_add(out, "{");
	for (size_t i = 0; i < rec->count; i++) {
		text_add(out, i ? ", " : "");
		json_string(rec->field[i].name, out);
		text_add(out, ": ");
		value_json(&rec->field[i].value, out);
	}
	text_add(out, "}");
}

static void json(struct output *o, const struct page *page, struct text *out)
{
	if (!page->list) {
		if (page->count)
			json_record(&page->record[0], out);
		else
			text_add(out, "{}");
		text_add(out, "\n");
		return;
	}
	text_add(out, page->first ? "[" : "");
	for (size_t r = 0; r < page->count; r++) {
		text_add(out, o->headed ? ",\n" : "\n");
		json_record(&page->record[r], out);
		o->headed = true;
	}
	text_add(out, page->last ? "\n]\n" : "");
}

void output_page(struct output *o, const struct page *page, struct text *out)
{
	if (page->first)
		o->headed = false;
	if (o->mode == OUTPUT_QUIET)
		return;
	if (o->mode == OUTPUT_JSON) {
		json(o, page, out);
	} else if (page->list && page->count) {
		table(o, page, out);
	} else if (*page->message) {
		text_addf(out, "%s\n", page->message);
	} else if (page->count) {
		fields(o, &page->record[0], out);
	}
}

/* --- what happens
 * ----------------------------------------------------------------------------------- */

/* "2026-11-21T14:38:28Z ppp-up user=fred ...": the moment, what it was, and the rest by name. */
static void event_text(const struct output *o, const struct record *rec, struct text *out)
{
	const char *blank = "";

	for (size_t i = 0; i < rec->count; i++) {
		const struct field *f = &rec->field[i];
		bool named = strcmp(f->name, "time") != 0 && strcmp(f->name, "event") != 0;
		struct text value = TEXT_INIT;
		char *quoted;

		if (strcmp(f->name, "number") == 0)
			continue;
		value_text(&f->value, &value);
		quoted = lang_needs_quotes(text_str(&value)) ? lang_quote(text_str(&value)) : NULL;
		text_addf(out, "%s%s%s", blank, named ? f->name : "", named ? "=" : "");
		coloured(o, f->name, quoted ? quoted : text_str(&value), out);
		blank = " ";
		free(quoted);
		text_free(&value);
	}
	text_add(out, "\n");
}

void output_event(struct output *o, const struct record *rec, struct text *out)
{
	if (o->mode == OUTPUT_JSON) {
		json_record(rec, out);
		text_add(out, "\n");
	} else if (o->mode == OUTPUT_TEXT) {
		event_text(o, rec, out);
	}
}
