/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h - replies as people and as scripts read them.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/client.h"
#include "lib/text.h"

enum output_mode { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_QUIET };

/* Appends one page. Lists are tables (text) or one array over all pages (JSON). */
void output_page(enum output_mode mode, const struct page *page, struct text *out);

#endif
