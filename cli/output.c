/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <string.h>

enum { COLUMNS_MAX = 32 };

static size_t width_of(const struct value *v, struct text *scratch)
{
	scratch->len = 0;
	value_text(v, scratch);
	return v->kind == VALUE_NONE ? 1 : scratch->len;
}

static void pad(struct text *out, const char *s, size_t width, bool last)
{
	text_add(out, s);
	for (size_t n = strlen(s); !last && n < width + 2; n++)
		text_add(out, " ");
}

static void row(const struct record *rec, const size_t *width, struct text *out)
{
	struct text cell = TEXT_INIT;

	for (size_t i = 0; i < rec->count && i < COLUMNS_MAX; i++) {
		cell.len = 0;
		value_text(&rec->field[i].value, &cell);
		pad(out, cell.len ? text_str(&cell) : "-", width[i], i + 1 == rec->count);
	}
	text_add(out, "\n");
	text_free(&cell);
}

/* Columns are as wide as this page needs; the heading stands above the first. */
static void table(const struct page *page, struct text *out)
{
	size_t width[COLUMNS_MAX] = { 0 };
	const struct record *first = page->count ? &page->record[0] : NULL;
	struct text scratch = TEXT_INIT;

	for (size_t i = 0; first && i < first->count && i < COLUMNS_MAX; i++)
		width[i] = strlen(first->field[i].name);
	for (size_t r = 0; r < page->count; r++) {
		for (size_t i = 0; i < page->record[r].count && i < COLUMNS_MAX; i++) {
			size_t w = width_of(&page->record[r].field[i].value, &scratch);

			if (w > width[i])
				width[i] = w;
		}
	}
	for (size_t i = 0; page->first && first && i < first->count; i++)
		pad(out, first->field[i].name, width[i], i + 1 == first->count);
	if (page->first && first)
		text_add(out, "\n");
	for (size_t r = 0; r < page->count; r++)
		row(&page->record[r], width, out);
	text_free(&scratch);
}

static void fields(const struct record *rec, struct text *out)
{
	size_t widest = 0;

	for (size_t i = 0; i < rec->count; i++)
		if (strlen(rec->field[i].name) > widest)
			widest = strlen(rec->field[i].name);
	for (size_t i = 0; i < rec->count; i++) {
		const struct field *f = &rec->field[i];

		pad(out, f->name, widest, false);
		if (f->value.kind == VALUE_NONE)
			text_add(out, "-");
		else
			value_text(&f->value, out);
		if (*f->unit && f->value.kind != VALUE_NONE)
			text_addf(out, " %s", f->unit);
		text_add(out, "\n");
	}
}

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

static void json(const struct page *page, struct text *out)
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
		text_add(out, page->first && r == 0 ? "\n" : ",\n");
		json_record(&page->record[r], out);
	}
	text_add(out, page->last ? "\n]\n" : "");
}

void output_page(enum output_mode mode, const struct page *page, struct text *out)
{
	if (mode == OUTPUT_QUIET)
		return;
	if (mode == OUTPUT_JSON) {
		json(page, out);
	} else if (page->list) {
		table(page, out);
	} else if (*page->message) {
		text_addf(out, "%s\n", page->message);
	} else if (page->count) {
		fields(&page->record[0], out);
	}
}
