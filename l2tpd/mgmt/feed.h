/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * feed.h - the last of what happened, numbered, and whoever waits for more.
 *
 * A feed is a ring of records, described by rows like everything else. Who reads it
 * says what it saw last; a reader that is too slow finds the beginning gone, and is
 * told how much it missed. Nobody who reads makes anybody wait.
 */
#ifndef L2TPD_MGMT_FEED_H
#define L2TPD_MGMT_FEED_H

#include "l2tpd/mgmt/mgmt.h"

/* Every record begins so. */
struct feed_record {
	uint64_t set;	 /* for param.h */
	uint64_t number; /* 1, 2, 3, ... */
	uint64_t missed; /* records before this one that the reader comes too late for */
};

/* What a command about a feed takes. */
struct feed_keys {
	uint64_t set;
	uint64_t since;
};

/*
 * @capacity records described by @rows, of which it keeps copies. @text_bytes: room for a
 * record's texts, beyond which they are cut; all records then lie in one piece, so that
 * those that stay for long do not keep the memory around them from being given back. 0: texts
 * are of any length. NULL out of memory.
 */
struct feed *feed_new(const struct param_table *rows, uint32_t capacity, uint32_t text_bytes);

/* NULL is no error; those who wait are completed. */
void feed_free(struct feed *f);

/* Keeps a copy of @record, but for its number, and hands it to those who wait. */
void feed_put(struct feed *f, const void *record);

bool feed_has_readers(const struct feed *f);
uint64_t feed_last(const struct feed *f);

/*
 * Answers @c with the records after number @since that it wants, at most a page of
 * them, without what they do not say. 0, or 1 if there is none as yet: the call waits.
 * With @wait false it is always 0, the records are rows of one table, and the
 * reply's cursor says where to go on.
 */
int feed_read(struct feed *f, struct mgmt_call *c, uint64_t since, bool wait);

#endif
