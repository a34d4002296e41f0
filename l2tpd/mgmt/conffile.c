/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conffile.c - a configuration file is commands, one after another, by whole
 * names. It is read to its end whatever is wrong with it, so that every bad
 * line is told at once.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 64 << 20 };

struct outcome {
	const char *name;
	unsigned line, errors;
	struct text *text;
};

static void tell(struct outcome *o, const char *why)
{
	o->errors++;
	text_addf(o->text, "%s:%u: %s\n", o->name, o->line, why);
}

static void ran(void *arg, struct reply *reply)
{
	if (reply->refused)
		tell(arg, reply->message ? reply->message : "out of memory");
}

unsigned conffile_run(struct mgmt *m, const char *name, const char *text, size_t len,
		      struct text *errors)
{
	struct outcome o = { .name = name, .text = errors };
	struct lang_reader reader;
	struct words words;
	char *why = NULL;
	int got;

	lang_reader_init(&reader, text, len);
	while ((got = lang_next(&reader, &words, &o.line, &why)) != 0) {
		if (got == 1)
			(void)mgmt_run(m, &(struct mgmt_ask){ .words = &words, .from_file = true },
				       ran, &o);
		else
			tell(&o, why ? why : strerror(-got));
		words_free(&words);
		free(why);
		why = NULL;
		if (got == -ENOMEM)
			break;
	}
	return o.errors;
}

static int read_all(FILE *f, struct text *out)
{
	char chunk[65536];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		text_add_n(out, chunk, n);
		if (out->len > FILE_BYTES_MAX)
			return -EFBIG;
	}
	return ferror(f) ? -errno : out->failed ? -ENOMEM : 0;
}

unsigned conffile_load(struct mgmt *m, const char *path, struct text *errors)
{
	FILE *f = fopen(path, "re");
	struct text text = TEXT_INIT;
	unsigned bad = 0;
	int err = f ? read_all(f, &text) : -errno;

	if (f)
		fclose(f);
	if (err) {
		text_addf(errors, "%s: %s\n", path, strerror(-err));
		bad = 1;
	} else {
		bad = conffile_run(m, path, text_str(&text), text.len, errors);
	}
	text_free(&text);
	return bad;
}
