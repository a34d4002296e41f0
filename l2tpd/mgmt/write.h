/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write.h - settings as the commands that would make them.
 */
#ifndef L2TPD_MGMT_WRITE_H
#define L2TPD_MGMT_WRITE_H

#include "l2tpd/mgmt/mgmt.h"

/* A command in the making; a word that would make its line too long begins another. */
struct writer {
	struct text *out;
	size_t begins; /* where the current line does */
	bool one_line;
};

struct writer writer_begin(struct text *out, const char *command);
void writer_word(struct writer *w, const char *name, const char *value);
void writer_name(struct writer *w, const char *name);
/* The row's value in @conf; or all rows in @rows that hold one. Secrets in clear. */
void writer_row(struct writer *w, const struct param_table *t, unsigned row, const void *conf);
void writer_rows(struct writer *w, const struct param_table *t, const void *conf, uint64_t rows);
void writer_end(struct writer *w);

/* The bit of the row called @name. */
uint64_t row_bit(const struct param_table *t, const char *name);

/* Which rows of a system's settings keep others from being made: to be said last. */
uint64_t system_limits(void);

/* What made a tunnel, and a session of it, whose tunnel is called by @tunnel ("tunnel_id=5"). */
void write_tunnel(const struct engine *e, uint16_t id, bool with_id, struct writer *w);
void write_session(const struct engine *e, struct handle h, struct writer *w);

#endif
