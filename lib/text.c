/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool room(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 64;
	char *grown;

	if (t->failed)
		return false;
	while (cap - t->len <= n)
		cap *= 2;
	if (cap == t->cap)
		return true;
	grown = realloc(t->s, cap);
	if (!grown) {
		t->failed = true;
		return false;
	}
	t->s = grown;
	t->cap = cap;
	return true;
}

void text_add_n(struct text *t, const char *s, size_t n)
{
	if (!room(t, n))
		return;
	if (n)
		memcpy(t->s + t->len, s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

static void add_v(struct text *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !room(t, (size_t)n))
		return;
	vsnprintf(t->s + t->len, (size_t)n + 1, fmt, ap);
	t->len += (size_t)n;
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_v(t, fmt, ap);
	va_end(ap);
}

void text_add_safe(struct text *t, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		if (p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\')
			text_add_n(t, (const char *)&p[i], 1);
		else
			text_addf(t, "\\x%02x", p[i]);
	}
}

const char *text_str(const struct text *t)
{
	return t->s && t->len ? t->s : "";
}

char *text_take(struct text *t)
{
	char *s = t->failed ? NULL : t->s ? t->s : strdup("");

	if (t->failed)
		free(t->s);
	*t = (struct text)TEXT_INIT;
	return s;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text)TEXT_INIT;
}

int why_set(char **why, int err, const char *fmt, ...)
{
	struct text t = TEXT_INIT;
	va_list ap;

	if (why) {
		va_start(ap, fmt);
		add_v(&t, fmt, ap);
		va_end(ap);
		free(*why);
		*why = text_take(&t);
	}
	return -err;
}
