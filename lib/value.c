/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void value_text(const struct value *v, struct text *out)
{
	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_BOOL:
		text_add(out, v->number ? "yes" : "no");
		break;
	case VALUE_UNSIGNED:
		text_addf(out, "%" PRIu64, v->number);
		break;
	case VALUE_SIGNED:
		text_addf(out, "%" PRId64, (int64_t)v->number);
		break;
	case VALUE_TEXT:
		text_add(out, v->text ? v->text : "");
		break;
	}
}

void value_json(const struct value *v, struct text *out)
{
	if (v->kind == VALUE_NONE)
		text_add(out, "null");
	else if (v->kind == VALUE_BOOL)
		text_add(out, v->number ? "true" : "false");
	else if (v->kind == VALUE_TEXT)
		json_string(v->text ? v->text : "", out);
	else
		value_text(v, out);
}

/* The length of the well-formed UTF-8 sequence at @p (RFC 3629), 0 if there is none. */
static size_t utf8_length(const unsigned char *p)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;
	unsigned char low = 0x80, high = 0xbf;

	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < len; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

void json_string(const char *s, struct text *out)
{
	const unsigned char *p = (const unsigned char *)s;

	text_add(out, "\"");
	while (*p) {
		size_t len = utf8_length(p);

		if (*p == '"' || *p == '\\')
			text_addf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			text_addf(out, "\\u%04x", *p);
		else if (len == 0)
			text_add(out, "\\ufffd");
		else
			text_add_n(out, (const char *)p, len);
		p += len ? len : 1;
	}
	text_add(out, "\"");
}

void value_free(struct value *v)
{
	free(v->text);
	*v = (struct value){ 0 };
}
