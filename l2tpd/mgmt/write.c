/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 96 };

struct writer writer_begin(struct text *out, const char *command)
{
	struct writer w = { .out = out, .begins = out->len };

	text_add(out, command);
	return w;
}

static void before_word(struct writer *w, size_t len)
{
	if (!w->one_line && w->out->len - w->begins + len + 1 > LINE_BYTES) {
		text_add(w->out, " \\\n\t");
		w->begins = w->out->len;
	} else {
		text_add(w->out, " ");
	}
}

void writer_word(struct writer *w, const char *name, const char *value)
{
	char *quoted = lang_needs_quotes(value) ? lang_quote(value) : strdup(value);

	if (!quoted) {
		w->out->failed = true;
		return;
	}
	before_word(w, strlen(name) + strlen(quoted) + 1);
	text_addf(w->out, "%s=%s", name, quoted);
	free(quoted);
}

void writer_name(struct writer *w, const char *name)
{
	before_word(w, strlen(name));
	text_add(w->out, name);
}

void writer_row(struct writer *w, const struct param_table *t, unsigned row, const void *conf)
{
	struct text value = TEXT_INIT;

	if (t->row[row].flags & (PARAM_ACTION | PARAM_BIT))
		return;
	param_text(t, row, conf, &value);
	writer_word(w, t->row[row].name, text_str(&value));
	text_free(&value);
}

void writer_rows(struct writer *w, const struct param_table *t, const void *conf, uint64_t rows)
{
	for (unsigned row = 0; row < t->count; row++)
		if (rows >> row & 1)
			writer_row(w, t, row, conf);
}

void writer_end(struct writer *w)
{
	text_add(w->out, "\n");
}

uint64_t row_bit(const struct param_table *t, const char *name)
{
	return UINT64_C(1) << param_find(t, name);
}

uint64_t system_limits(void)
{
	return row_bit(&system_params, "deny_local_tunnel_creates") |
	       row_bit(&system_params, "drain_tunnels") | row_bit(&system_params, "max_tunnels") |
	       row_bit(&system_params, "max_sessions");
}

void write_tunnel(const struct engine *e, uint16_t id, bool with_id, struct writer *w)
{
	const struct tunnel_conf *t = tunnel_get_conf(e, id);
	uint64_t key = row_bit(&tunnel_params, "tunnel_id");

	if (with_id)
		writer_rows(w, &tunnel_params, t, key);
	writer_rows(w, &tunnel_params, t, t->set & ~key);
}

void write_session(const struct engine *e, struct handle h, struct writer *w)
{
	const struct session_conf *s = session_get_conf(e, h.tunnel_id, h.session_id);

	writer_rows(w, &session_params, s,
		    s->set & ~row_bit(&session_params, "tunnel_id") &
			    ~row_bit(&session_params, "tunnel_name"));
}
