/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt/feed.h"

#include <stdlib.h>
#include <string.h>

static const struct param key_rows[] = {
	{ .name = "since",
	  FIELD(feed_keys, since),
	  .help = "Only what came after the one of that number" },
};

const struct param_table feed_params = PARAM_TABLE(key_rows, feed_keys);

struct feed {
	const struct param_table *rows;
	uint32_t capacity, count;
	uint32_t text_bytes; /* for each record; 0: its texts are its own */
	uint64_t last;	     /* number of the newest */
	char *record;	     /* the structs, by number modulo capacity */
	char *text;
	struct list waiting; /* struct mgmt_call */
};

struct feed *feed_new(const struct param_table *rows, uint32_t capacity, uint32_t text_bytes)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	*f = (struct feed){ .rows = rows, .capacity = capacity, .text_bytes = text_bytes };
	list_init(&f->waiting);
	f->record = calloc(capacity, rows->size);
	f->text = text_bytes ? calloc(capacity, text_bytes) : NULL;
	if (f->record && (f->text || !text_bytes))
		return f;
	feed_free(f);
	return NULL;
}

static char *place_of(const struct feed *f, uint64_t number)
{
	return f->record + number % f->capacity * f->rows->size;
}

static void record_clear(const struct feed *f, char *record)
{
	if (!f->text_bytes)
		param_free(f->rows, record);
	else
		memset(record, 0, f->rows->size);
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	while (!list_empty(&f->waiting))
		mgmt_complete(container_of(f->waiting.next, struct mgmt_call, waiting), 0);
	for (uint32_t i = 0; f->record && i < f->capacity; i++)
		record_clear(f, f->record + i * f->rows->size);
	free(f->record);
	free(f->text);
	free(f);
}

bool feed_has_readers(const struct feed *f)
{
	return !list_empty(&f->waiting);
}

uint64_t feed_last(const struct feed *f)
{
	return f->last;
}

/* The texts one after the other, in the record's own room. */
static void copy_texts(const struct feed *f, uint64_t number, const void *from, char *to)
{
	char *at = f->text + number % f->capacity * f->text_bytes, *end = at + f->text_bytes;

	for (unsigned row = 0; row < f->rows->count; row++) {
		const struct param *p = &f->rows->row[row];
		const char *text = p->store == STORE_STR
					   ? *(char *const *)((const char *)from + p->offset)
					   : NULL;

		size_t len;

		if (!text || end - at < 2)
			continue;
		*(char **)(to + p->offset) = at;
		len = strnlen(text, (size_t)(end - at) - 1);
		memcpy(at, text, len);
		at[len] = '\0';
		at += len + 1;
	}
}

static void copy_record(const struct feed *f, uint64_t number, const void *from, char *to)
{
	record_clear(f, to);
	for (unsigned row = 0; row < f->rows->count; row++)
		if (!f->text_bytes || f->rows->row[row].store != STORE_STR)
			(void)param_copy(f->rows, row, to, from); /* a text may be lost, not more */
	if (f->text_bytes)
		copy_texts(f, number, from, to);
	((struct feed_record *)to)->number = number;
}

/* Appends a record; @missed have gone before the reader came to it. */
static void reply_with(struct mgmt_call *c, const struct feed *f, uint64_t number, uint64_t missed)
{
	struct feed_record *r = (struct feed_record *)place_of(f, number);

	r->missed = missed;
	reply_record(&c->reply);
	for (unsigned row = 0; row < f->rows->count; row++) {
		struct value v;

		if (param_value(f->rows, row, r, &v) < 0)
			c->reply.failed = true;
		else if (v.kind == VALUE_NONE && c->brief)
			continue;
		else
			reply_field(&c->reply, f->rows->row[row].name, f->rows->row[row].unit, v);
	}
}

/* How many of the records after @since have left the ring. */
static uint64_t missed_after(const struct feed *f, uint64_t since)
{
	uint64_t oldest = f->last - f->count + 1;

	return since + 1 < oldest ? oldest - since - 1 : 0;
}

/* Fills the reply; where to go on. */
static uint64_t fill(struct feed *f, struct mgmt_call *c, uint64_t since)
{
	uint64_t missed = missed_after(f, since), at = since + missed + 1;

	for (; at <= f->last && c->reply.count < c->page; at++) {
		if (!call_wants(c, place_of(f, at)))
			continue;
		reply_with(c, f, at, missed);
		missed = 0;
	}
	return at - 1;
}

int feed_read(struct feed *f, struct mgmt_call *c, uint64_t since, bool wait)
{
	uint64_t next = since > f->last ? f->last : since;

	c->reply.list = true;
	c->brief = wait;
	next = fill(f, c, next);
	if (!wait) {
		c->reply.cursor = next < f->last ? next : 0;
		return 0;
	}
	if (c->reply.count)
		return 0;
	c->since = next;
	list_add_tail(&f->waiting, &c->waiting);
	return 1;
}

void feed_put(struct feed *f, const void *record)
{
	struct list *at, *tmp;
	f->last++;
	copy_record(f, f->last, record, place_of(f, f->last));
	if (f->count < f->capacity)
		f->count++;
	list_for_each_safe (at, tmp, &f->waiting) {
		struct mgmt_call *c = container_of(at, struct mgmt_call, waiting);

		c->since = fill(f, c, c->since);
		if (c->reply.count)
			mgmt_complete(c, 0);
	}
}
