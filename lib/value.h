/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * value.h - one typed value, as management shows it.
 *
 * Values keep their type all the way to the person or the script, so that JSON
 * is exact and text is formatted in one place.
 */
#ifndef LIB_VALUE_H
#define LIB_VALUE_H

#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

enum value_kind { VALUE_NONE, VALUE_BOOL, VALUE_UNSIGNED, VALUE_SIGNED, VALUE_TEXT };

struct value {
	enum value_kind kind;
	uint64_t number; /* bool and numbers; VALUE_SIGNED: two's complement */
	char *text;	 /* VALUE_TEXT: owned */
};

/* As a person reads it. VALUE_NONE is empty. */
void value_text(const struct value *v, struct text *out);

/* As JSON. */
void value_json(const struct value *v, struct text *out);

/* A JSON string with all that needs it escaped; bytes that are not UTF-8 become U+FFFD. */
void json_string(const char *s, struct text *out);

void value_free(struct value *v);

#endif
