/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - text that grows as it is written.
 *
 * Out of memory is sticky: what was written until then stays, `failed` is set,
 * later additions do nothing. text_str() is never NULL.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *s;
	size_t len, cap;
	bool failed;
};

#define TEXT_INIT                                                                                  \
	{                                                                                          \
		0                                                                                  \
	}

void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t n);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that came from outside: what does not print is written as \xNN. */
void text_add_safe(struct text *t, const void *bytes, size_t n);

/* What was written, ended by a NUL; the text's own until it is changed or freed. */
const char *text_str(const struct text *t);

/* The same, given to the caller (free() it); the text is empty afterwards. NULL out of memory. */
char *text_take(struct text *t);

void text_free(struct text *t);

/* A formatted reason in a new string for a `char **why`; -@err, for `return`. */
int why_set(char **why, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
