/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h - replies as people and as scripts read them.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/client.h"
#include "lib/text.h"

enum output_mode { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_QUIET };

enum { OUTPUT_COLUMNS = 32 };

struct output {
	enum output_mode mode;
	bool colour;
	size_t width[OUTPUT_COLUMNS]; /* of the table that is being written */
	bool headed;		      /* it has its heading; JSON: its first record */
};

/* Appends one page. Lists are tables (text) or one array over all pages (JSON). */
void output_page(struct output *o, const struct page *page, struct text *out);

/* Appends one record of what happens, on a line of its own. */
void output_event(struct output *o, const struct record *rec, struct text *out);

#endif
