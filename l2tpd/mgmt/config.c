/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.c - the object "config": what was configured, written down as the commands
 * that would configure it.
 *
 * Only what was set is written, grouped, so that the file says what somebody
 * wanted and nothing else; what it says is what `l2tpd -c` reads. It holds
 * secrets: its owner alone may read it. It takes the place of an old one whole or
 * not at all.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct config_conf {
	uint64_t set;
	char *file;
};

static const struct param config_rows[] = {
	{ .name = "file",
	  FIELD(config_conf, file),
	  .flags = PARAM_KEY,
	  .min = 1,
	  .max = 1024,
	  .help = "A file on the daemon's machine, from the root" },
};

const struct param_table config_params = PARAM_TABLE(config_rows, config_conf);

/* --- commands ------------------------------------------------------------------------- */

enum { LINE_BYTES = 96 };

/* A command in the making; a word that would make its line too long begins another. */
struct line {
	struct text *out;
	size_t begins; /* where the current line does */
};

static void add_word(struct line *l, const char *name, const char *value)
{
	char *quoted = lang_needs_quotes(value) ? lang_quote(value) : strdup(value);

	if (!quoted) {
		l->out->failed = true;
		return;
	}
	if (l->out->len - l->begins + strlen(name) + strlen(quoted) + 2 > LINE_BYTES) {
		text_add(l->out, " \\\n\t");
		l->begins = l->out->len;
	} else {
		text_add(l->out, " ");
	}
	text_addf(l->out, "%s=%s", name, quoted);
	free(quoted);
}

static void add_row(struct line *l, const struct param_table *t, unsigned row, const void *conf)
{
	struct text value = TEXT_INIT;

	if (t->row[row].flags & PARAM_ACTION)
		return;
	param_text(t, row, conf, &value);
	add_word(l, t->row[row].name, text_str(&value));
	text_free(&value);
}

static struct line begin(struct text *out, const char *command)
{
	struct line l = { .out = out, .begins = out->len };

	text_add(out, command);
	return l;
}

/* All rows that are set in @conf, but those of a name in @except. */
static void add_set(struct line *l, const struct param_table *t, const void *conf,
		    const char *const except[])
{
	for (unsigned row = 0; row < t->count; row++) {
		bool skip = !param_is_set(conf, row);

		for (unsigned i = 0; except && except[i]; i++)
			skip = skip || strcmp(t->row[row].name, except[i]) == 0;
		if (!skip)
			add_row(l, t, row, conf);
	}
}

/* --- what there is ------------------------------------------------------------------------ */

static void write_system(const struct engine *e, struct text *out)
{
	const struct system_conf *conf = system_conf(e);
	struct line l;

	if (!conf->set)
		return;
	text_add(out, "\n# The daemon as a whole\n");
	l = begin(out, "system modify");
	add_set(&l, &system_params, conf, NULL);
	text_add(out, "\n");
}

/* Its name is set, and then something else; "default" is always there. */
static void write_profile(enum profile_kind kind, const void *conf, struct text *out)
{
	static const char *const name[] = { "profile_name", NULL };
	const struct param_table *t = profile_params(kind);
	unsigned row = (unsigned)param_find(t, name[0]);
	char *const *called = (char *const *)((const char *)conf + t->row[row].offset);
	bool standard = strcmp(*called, "default") == 0;
	char command[64];
	struct line l;

	if (standard && *(const uint64_t *)conf == UINT64_C(1) << row)
		return;
	snprintf(command, sizeof(command), "%s %s", profile_kind_name(kind),
		 standard ? "modify" : "create");
	l = begin(out, command);
	add_word(&l, name[0], *called);
	add_set(&l, t, conf, name);
	text_add(out, "\n");
}

/* Peer profiles name the others, which therefore come first. */
static void write_profiles(const struct engine *e, struct text *out)
{
	static const enum profile_kind order[] = { PROFILE_PPP, PROFILE_SESSION, PROFILE_TUNNEL,
						   PROFILE_PEER };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct text some = TEXT_INIT;
		const void *conf;

		for (uint32_t n = 0; (conf = profile_from(e, order[i], &n)); n++)
			write_profile(order[i], conf, &some);
		if (some.len)
			text_addf(out, "\n# %ss\n%s", profile_kind_name(order[i]), text_str(&some));
		text_free(&some);
	}
}

/* A call names its tunnel as the tunnel itself was written: by its name, else by its id. */
static void write_session(const struct engine *e, struct handle h, struct text *out)
{
	static const char *const keys[] = { "tunnel_id", "tunnel_name", NULL };
	const struct tunnel_conf *t = tunnel_get_conf(e, h.tunnel_id);
	struct line l = begin(out, "session create");
	char id[8];

	snprintf(id, sizeof(id), "%u", h.tunnel_id);
	add_word(&l, t->tunnel_name ? "tunnel_name" : "tunnel_id",
		 t->tunnel_name ? t->tunnel_name : id);
	add_set(&l, &session_params, session_get_conf(e, h.tunnel_id, h.session_id), keys);
	text_add(out, "\n");
}

/* A tunnel without a name keeps its id, so that its calls find it. */
static void write_tunnel(const struct engine *e, uint16_t id, struct text *out)
{
	static const char *const keys[] = { "tunnel_id", NULL };
	const struct tunnel_conf *t = tunnel_get_conf(e, id);
	bool by_id =
		!t->tunnel_name || param_is_set(t, (unsigned)param_find(&tunnel_params, keys[0]));
	struct line l = begin(out, "tunnel create");
	struct handle h;

	if (by_id)
		add_row(&l, &tunnel_params, (unsigned)param_find(&tunnel_params, keys[0]), t);
	add_set(&l, &tunnel_params, t, keys);
	text_add(out, "\n");
	for (uint32_t s = 0; session_from(e, id, s, &h) && h.tunnel_id == id; s = h.session_id + 1u)
		if (session_is_local(e, id, h.session_id))
			write_session(e, h, out);
}

static void write_tunnels(const struct engine *e, struct text *out)
{
	bool first = true;
	uint16_t id;

	for (uint32_t from = 0; (id = tunnel_from(e, from)); from = id + 1u) {
		if (!tunnel_is_local(e, id))
			continue;
		text_add(out, first ? "\n# Tunnels made here, and their sessions\n" : "");
		first = false;
		write_tunnel(e, id, out);
	}
}

void config_write(const struct mgmt *m, struct text *out)
{
	text_addf(out, "# l2tpd %s: what was configured, as commands. See l2tpd.conf(5).\n",
		  m->version);
	write_system(m->engine, out);
	write_profiles(m->engine, out);
	write_tunnels(m->engine, out);
}

/* --- the file --------------------------------------------------------------------------- */

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Written beside it under another name first. */
static int replace_file(const char *path, const struct text *text)
{
	char draft[1100];
	int fd, err;

	snprintf(draft, sizeof(draft), "%s.new", path);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = fchmod(fd, 0600) < 0 ? -errno : write_all(fd, text_str(text), text->len);
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(draft, path) < 0)
		err = -errno;
	if (err)
		unlink(draft);
	return err;
}

static int save(struct mgmt_call *c)
{
	const struct config_conf *conf = c->conf;
	struct text text = TEXT_INIT;
	int err;

	if (!conf->file || conf->file[0] != '/')
		return why_set(&c->why, EINVAL,
			       "file=%s: the daemon writes it, and needs a path from the root",
			       conf->file ? conf->file : "");
	config_write(c->m, &text);
	err = text.failed ? -ENOMEM : replace_file(conf->file, &text);
	text_free(&text);
	if (err)
		return why_set(&c->why, -err, "file=%s: %s", conf->file, strerror(-err));
	reply_message(&c->reply, "Saved to %s, for its owner alone to read", conf->file);
	return 0;
}

const struct mgmt_verb config_verbs[] = {
	{ "save", "Write down what was configured", TAKES_KEYS, NULL, save },
	{ .name = NULL },
};
