/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lang.h - the words of the command language.
 *
 * Shared by the configuration file and by l2tpcli, typed or piped: one command
 * a line, `\` continues a line, `#` begins a comment, `;` ends a command,
 * "quotes" with \" and \\ inside. What the words mean is the daemon's business
 * (l2tpd/mgmt/command.c); here they are only told apart.
 */
#ifndef LIB_LANG_H
#define LIB_LANG_H

#include <stdbool.h>
#include <stddef.h>

enum { LANG_MAX_WORDS = 256 };

/* One command's words. Zeroed is empty. */
struct words {
	char **word;
	size_t count;
};

/* Reads commands one after another from a text. */
struct lang_reader {
	const char *at, *end;
	unsigned line; /* of the next character, from 1 */
};

void lang_reader_init(struct lang_reader *r, const char *text, size_t len);

/*
 * The next command that has words. @line is where it begins.
 * 1 with @words set (words_free() them), 0 at the end, -EINVAL with *why and
 * @line set after a bad command (which is skipped: reading may go on), -ENOMEM.
 */
int lang_next(struct lang_reader *r, struct words *words, unsigned *line, char **why);

void words_free(struct words *w);

/* Appends a copy of @len bytes at @word. -ENOMEM, -E2BIG. */
int words_add(struct words *w, const char *word, size_t len);

/* Whether @text must be quoted to be read back as one word; and the quoted form (free() it). */
bool lang_needs_quotes(const char *text);
char *lang_quote(const char *text);

#endif
