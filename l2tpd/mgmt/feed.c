/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt/feed.h"

#include <stdlib.h>

static const struct param key_rows[] = {
	{ .name = "since",
	  FIELD(feed_keys, since),
	  .help = "Only what came after the one of that number" },
};

const struct param_table feed_params = PARAM_TABLE(key_rows, feed_keys);

struct feed {
	const struct param_table *rows;
	uint32_t capacity, count;
	uint64_t last;	     /* number of the newest */
	char **record;	     /* by number modulo capacity */
	struct list waiting; /* struct mgmt_call */
};

struct feed *feed_new(const struct param_table *rows, uint32_t capacity)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	*f = (struct feed){ .rows = rows, .capacity = capacity };
	list_init(&f->waiting);
	f->record = calloc(capacity, sizeof(*f->record));
	if (f->record)
		return f;
	free(f);
	return NULL;
}

static void record_free(const struct feed *f, char *record)
{
	if (record)
		param_free(f->rows, record);
	free(record);
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	while (!list_empty(&f->waiting))
		mgmt_complete(container_of(f->waiting.next, struct mgmt_call, waiting), 0);
	for (uint32_t i = 0; i < f->capacity; i++)
		record_free(f, f->record[i]);
	free(f->record);
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

static char *copy_of(const struct feed *f, const void *record)
{
	char *copy = calloc(1, f->rows->size);
	int err = copy ? 0 : -1;

	for (unsigned row = 0; !err && row < f->rows->count; row++)
		err = param_copy(f->rows, row, copy, record);
	if (!err)
		return copy;
	record_free(f, copy);
	return NULL;
}

static char **place_of(const struct feed *f, uint64_t number)
{
	return &f->record[number % f->capacity];
}

/* Appends a record; @missed have gone before the reader came to it. */
static void reply_with(struct mgmt_call *c, const struct feed *f, uint64_t number, uint64_t missed)
{
	struct feed_record *r = (struct feed_record *)*place_of(f, number);

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
		if (!*place_of(f, at) || !call_wants(c, *place_of(f, at)))
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
	char **place = place_of(f, ++f->last);

	record_free(f, *place);
	*place = copy_of(f, record);
	if (*place)
		((struct feed_record *)*place)->number = f->last;
	if (f->count < f->capacity)
		f->count++;
	list_for_each_safe (at, tmp, &f->waiting) {
		struct mgmt_call *c = container_of(at, struct mgmt_call, waiting);

		c->since = fill(f, c, c->since);
		if (c->reply.count)
			mgmt_complete(c, 0);
	}
}
