/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt/mgmt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_free(struct reply *r)
{
	for (size_t i = 0; i < r->count; i++) {
		for (size_t k = 0; k < r->record[i].count; k++)
			value_free(&r->record[i].field[k].value);
		free(r->record[i].field);
	}
	free(r->record);
	free(r->message);
	*r = (struct reply){ 0 };
}

void reply_record(struct reply *r)
{
	struct reply_record *grown = realloc(r->record, (r->count + 1) * sizeof(*grown));

	if (!grown) {
		r->failed = true;
		return;
	}
	r->record = grown;
	r->record[r->count++] = (struct reply_record){ 0 };
}

static bool has_field(const struct reply_record *rec, const char *name)
{
	for (size_t i = 0; i < rec->count; i++)
		if (strcmp(rec->field[i].name, name) == 0)
			return true;
	return false;
}

void reply_field(struct reply *r, const char *name, const char *unit, struct value value)
{
	struct reply_record *rec = r->failed || r->count == 0 ? NULL : &r->record[r->count - 1];
	struct reply_field *grown;

	if (!rec || has_field(rec, name)) {
		value_free(&value);
		return;
	}
	grown = realloc(rec->field, (rec->count + 1) * sizeof(*grown));
	if (!grown) {
		value_free(&value);
		r->failed = true;
		return;
	}
	rec->field = grown;
	rec->field[rec->count++] = (struct reply_field){ name, unit, value };
}

void reply_text(struct reply *r, const char *name, const char *text)
{
	struct value v = { .kind = text ? VALUE_TEXT : VALUE_NONE,
			   .text = text ? strdup(text) : NULL };

	if (text && !v.text)
		r->failed = true;
	reply_field(r, name, NULL, v);
}

void reply_number(struct reply *r, const char *name, uint64_t number)
{
	reply_field(r, name, NULL, (struct value){ .kind = VALUE_UNSIGNED, .number = number });
}

void reply_bool(struct reply *r, const char *name, bool truth)
{
	reply_field(r, name, NULL, (struct value){ .kind = VALUE_BOOL, .number = truth });
}

void reply_time(struct reply *r, const char *name, uint64_t utc_s)
{
	static const struct param row = { .flags = PARAM_TIME, .store = STORE_U64, .offset = 8 };
	static const struct param_table one = { &row, 1, 16 };
	const uint64_t conf[2] = { 0, utc_s };
	struct value v;

	if (param_value(&one, 0, conf, &v) < 0)
		r->failed = true;
	else
		reply_field(r, name, NULL, v);
}

void reply_origin(struct reply *r, const struct param_table *t, unsigned row, const void *conf,
		  const char *origin)
{
	struct value v;

	if (t->row[row].flags & (PARAM_ACTION | PARAM_BIT))
		return;
	reply_record(r);
	reply_text(r, "parameter", t->row[row].name);
	if (param_value(t, row, conf, &v) < 0)
		r->failed = true;
	else
		reply_field(r, "value", NULL, v);
	reply_text(r, "unit", t->row[row].unit);
	reply_text(r, "origin", origin);
}

void reply_row(struct reply *r, const struct param_table *t, unsigned row, const void *conf)
{
	struct value v;

	if (t->row[row].flags & (PARAM_ACTION | PARAM_BIT))
		return;
	if (param_value(t, row, conf, &v) < 0)
		r->failed = true;
	else
		reply_field(r, t->row[row].name, t->row[row].unit, v);
}

void reply_rows(struct reply *r, const struct param_table *t, const void *conf)
{
	for (unsigned row = 0; row < t->count; row++)
		reply_row(r, t, row, conf);
}

void reply_only(struct reply *r, const struct param_table *t, const void *conf,
		const char *const only[])
{
	for (; *only; only++)
		reply_row(r, t, (unsigned)param_find(t, *only), conf);
}

void reply_message(struct reply *r, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	free(r->message);
	r->message = text;
}
