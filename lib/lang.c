/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/lang.h"

#include "lib/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void lang_reader_init(struct lang_reader *r, const char *text, size_t len)
{
	*r = (struct lang_reader){ .at = text, .end = text + len, .line = 1 };
}

void words_free(struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct words){ 0 };
}

int words_add(struct words *w, const char *word, size_t len)
{
	char **grown;
	char *copy;

	if (w->count >= LANG_MAX_WORDS)
		return -E2BIG;
	grown = realloc(w->word, (w->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->word = grown;
	copy = strndup(word, len);
	if (!copy)
		return -ENOMEM;
	w->word[w->count++] = copy;
	return 0;
}

static int peek(const struct lang_reader *r)
{
	return r->at < r->end ? (unsigned char)*r->at : -1;
}

static int take(struct lang_reader *r)
{
	int c = peek(r);

	if (c < 0)
		return c;
	r->at++;
	if (c == '\n')
		r->line++;
	return c;
}

/* Whether a backslash here ends the line (a carriage return may stand between), and past it if so.
 */
static bool continues(struct lang_reader *r)
{
	const char *p = r->at + 1;

	if (peek(r) != '\\')
		return false;
	if (p < r->end && *p == '\r')
		p++;
	if (p < r->end && *p != '\n')
		return false;
	while (r->at < r->end && r->at <= p)
		take(r);
	return true;
}

static void skip_line(struct lang_reader *r)
{
	while (peek(r) >= 0 && peek(r) != '\n')
		take(r);
}

/* Past blanks, comments and continued line ends; what follows is a word or the command's end. */
static void skip_blanks(struct lang_reader *r)
{
	for (;;) {
		int c = peek(r);

		if (c == '#')
			skip_line(r);
		else if (c == ' ' || c == '\t' || c == '\r')
			take(r);
		else if (!continues(r))
			return;
	}
}

static int quoted(struct lang_reader *r, struct text *word, char **why)
{
	take(r);
	for (;;) {
		int c = peek(r);

		if (c < 0 || c == '\n')
			return why_set(why, EINVAL,
				       "a quoted value is not closed with \" on its line");
		if (c == '\0')
			return why_set(why, EINVAL, "a NUL byte stands in a quoted value");
		take(r);
		if (c == '"')
			return 0;
		if (c == '\\' && (peek(r) == '"' || peek(r) == '\\'))
			c = take(r);
		text_add_n(word, &(char){ (char)c }, 1);
	}
}

static bool ends_word(int c)
{
	return c < 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

static int read_word(struct lang_reader *r, struct words *words, char **why)
{
	struct text word = TEXT_INIT;
	int err = 0;

	while (!err && !ends_word(peek(r)) && !continues(r)) {
		int c = peek(r);

		if (c == '"')
			err = quoted(r, &word, why);
		else if (c < 0x20 || c == 0x7f)
			err = why_set(why, EINVAL,
				      "a control character (0x%02x) stands in the text", c);
		else
			text_add_n(&word, &(char){ (char)take(r) }, 1);
	}
	if (!err && word.failed)
		err = -ENOMEM;
	if (!err)
		err = words_add(words, text_str(&word), word.len);
	if (err == -E2BIG)
		err = why_set(why, EINVAL, "a command has more than %d words", LANG_MAX_WORDS);
	text_free(&word);
	return err;
}

int lang_next(struct lang_reader *r, struct words *words, unsigned *line, char **why)
{
	*words = (struct words){ 0 };
	for (;;) {
		int c, err;

		skip_blanks(r);
		c = peek(r);
		if (c < 0 || c == '\n' || c == ';') {
			take(r);
			if (words->count > 0)
				return 1;
			if (c < 0)
				return 0;
			continue;
		}
		if (words->count == 0)
			*line = r->line;
		err = read_word(r, words, why);
		if (err) {
			skip_line(r);
			words_free(words);
			return err;
		}
	}
}

bool lang_needs_quotes(const char *text)
{
	return text[0] == '\0' || strpbrk(text, " \t\r\n;#\"\\") != NULL;
}

char *lang_quote(const char *text)
{
	struct text t = TEXT_INIT;

	text_add(&t, "\"");
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			text_add(&t, "\\");
		text_add_n(&t, p, 1);
	}
	text_add(&t, "\"");
	return text_take(&t);
}
