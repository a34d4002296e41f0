/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.c - the object "config": what was configured, written down as the commands
 * that would configure it, and read again.
 *
 * Only what was set is written, grouped, so that the file says what somebody
 * wanted and nothing else; what it says is what `l2tpd -c` reads. It holds
 * secrets: its owner alone may read it. It takes the place of an old one whole or
 * not at all.
 */
#include "l2tpd/mgmt/write.h"

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

/* --- what there is ------------------------------------------------------------------------ */

static void write_system(const struct engine *e, uint64_t rows, const char *about, struct text *out)
{
	const struct system_conf *conf = system_conf(e);
	struct writer w;

	if (!(conf->set & rows))
		return;
	text_addf(out, "\n# %s\n", about);
	w = writer_begin(out, "system modify");
	writer_rows(&w, &system_params, conf, conf->set & rows);
	writer_end(&w);
}

/* Its name is set, and then something else; what always exists is modified. */
static void write_profile(enum profile_kind kind, const void *conf, struct text *out)
{
	const struct param_table *t = profile_params(kind);
	const char *key = profile_key(kind), *name = profile_name(kind, conf);
	bool standard = profile_is_default(kind, name);
	uint64_t rest = *(const uint64_t *)conf & ~row_bit(t, key);
	char command[64];
	struct writer w;

	if (standard && !rest)
		return;
	snprintf(command, sizeof(command), "%s %s", profile_kind_name(kind),
		 standard ? "modify" : "create");
	w = writer_begin(out, command);
	writer_word(&w, key, name);
	writer_rows(&w, t, conf, rest);
	writer_end(&w);
}

/* Who names others comes after them. */
static void write_profiles(const struct engine *e, struct text *out)
{
	static const enum profile_kind order[] = { PROFILE_POOL, PROFILE_PPP, PROFILE_SESSION,
						   PROFILE_TUNNEL, PROFILE_PEER };

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

/* A tunnel without a name keeps its id, so that its calls find it. */
static void write_calls(const struct engine *e, uint16_t id, struct text *out)
{
	const struct tunnel_conf *t = tunnel_get_conf(e, id);
	bool by_id = !t->tunnel_name || (t->set & row_bit(&tunnel_params, "tunnel_id"));
	struct writer w = writer_begin(out, "tunnel create");
	struct handle h;
	char number[8];

	write_tunnel(e, id, by_id, &w);
	writer_end(&w);
	snprintf(number, sizeof(number), "%u", id);
	for (uint32_t s = 0; session_from(e, id, s, &h) && h.tunnel_id == id;
	     s = h.session_id + 1u) {
		if (!session_is_local(e, id, h.session_id) || session_is_ending(e, h))
			continue;
		w = writer_begin(out, "session create");
		writer_word(&w, t->tunnel_name ? "tunnel_name" : "tunnel_id",
			    t->tunnel_name ? t->tunnel_name : number);
		write_session(e, h, &w);
		writer_end(&w);
	}
}

static void write_tunnels(const struct engine *e, struct text *out)
{
	bool first = true;
	uint16_t id;

	for (uint32_t from = 0; (id = tunnel_from(e, from)); from = id + 1u) {
		if (!tunnel_is_local(e, id) || tunnel_is_ending(e, id))
			continue;
		text_add(out, first ? "\n# Tunnels made here, and their sessions\n" : "");
		first = false;
		write_calls(e, id, out);
	}
}

void config_write(const struct mgmt *m, struct text *out)
{
	text_addf(out, "# l2tpd %s: what was configured, as commands. See l2tpd.conf(5).\n",
		  m->version);
	write_system(m->engine, ~system_limits(), "The daemon as a whole", out);
	write_profiles(m->engine, out);
	write_tunnels(m->engine, out);
	write_system(m->engine, system_limits(), "Limits, which are not for what stands above",
		     out);
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

static int need_file(struct mgmt_call *c, const char *who)
{
	const struct config_conf *conf = c->conf;

	return conf->file && conf->file[0] == '/'
		       ? 0
		       : why_set(&c->why, EINVAL,
				 "file=%s: the daemon %s it, and needs a path from the root",
				 conf->file ? conf->file : "", who);
}

static int save(struct mgmt_call *c)
{
	const struct config_conf *conf = c->conf;
	struct text text = TEXT_INIT;
	int err = need_file(c, "writes");

	if (err)
		return err;
	if (c->m->sealed)
		return why_set(&c->why, EPERM, "files are not written here");
	config_write(c->m, &text);
	err = text.failed ? -ENOMEM : replace_file(conf->file, &text);
	text_free(&text);
	if (err)
		return why_set(&c->why, -err, "file=%s: %s", conf->file, strerror(-err));
	reply_message(&c->reply, "Saved to %s, for its owner alone to read", conf->file);
	return 0;
}

/* --- read again ---------------------------------------------------------------------------- */

enum { CHECK_ONLY = 1 };

static const struct param_word read_options[] = { { "check", CHECK_ONLY, false },
						  { NULL, 0, false } };

/* A record for each command; a long list is cut. */
static void reply_report(struct mgmt_call *c, const char *report)
{
	unsigned left_out = 0;

	c->reply.list = true;
	for (const char *end; *report; report = end + 1) {
		char *line;

		end = strchr(report, '\n');
		if (c->reply.count + 1 >= c->page) {
			left_out++;
			continue;
		}
		line = strndup(report, (size_t)(end - report));
		reply_record(&c->reply);
		reply_text(&c->reply, "command", line ? line : "");
		free(line);
	}
	if (left_out) {
		struct text more = TEXT_INIT;

		text_addf(&more, "# and %u more", left_out);
		reply_record(&c->reply);
		reply_text(&c->reply, "command", text_str(&more));
		text_free(&more);
	}
}

static void reply_nothing(struct mgmt_call *c)
{
	c->reply.list = true;
	reply_message(&c->reply, "What runs is what the file says: nothing to do");
}

/* As many whole lines of it as fit into a reply. */
enum { ERRORS_BYTES = 32768 };

static int errors_shown(const struct text *report)
{
	size_t len = report->len < ERRORS_BYTES ? report->len : ERRORS_BYTES;

	while (len && text_str(report)[len - 1] != '\n')
		len--;
	return len ? (int)len - 1 : 0;
}

static int read_again(struct mgmt_call *c, const char *path)
{
	struct text report = TEXT_INIT;
	int err = mgmt_reload(c->m, path, c->options & CHECK_ONLY, &report);

	if (err)
		why_set(&c->why, -err, "%s: nothing was changed\n%.*s%s", path,
			errors_shown(&report), text_str(&report),
			report.len > ERRORS_BYTES ? "\nand more: l2tpd -t shows all" : "");
	else if (report.len)
		reply_report(c, text_str(&report));
	else
		reply_nothing(c);
	text_free(&report);
	return err;
}

static int restore(struct mgmt_call *c)
{
	int err = need_file(c, "reads");

	return err ? err : read_again(c, ((const struct config_conf *)c->conf)->file);
}

static int reload(struct mgmt_call *c)
{
	if (!c->m->conf_file)
		return why_set(&c->why, ENOENT,
			       "l2tpd was started without a configuration file: say config restore "
			       "file=...");
	return read_again(c, c->m->conf_file);
}

/* clang-format off */
const struct mgmt_verb config_verbs[] = {
	{ .name = "save", .help = "Write down what was configured", .takes = TAKES_KEYS, .flags = VERB_PROMPT,
	  .run = save },
	{ .name = "restore", .help = "Make what runs be what a file says; check: only say what would be done",
	  .takes = TAKES_KEYS, .options = read_options, .flags = VERB_PROMPT, .run = restore },
	{ .name = "reload", .help = "The same with the configuration file of the start (as SIGHUP does)",
	  .takes = TAKES_NOTHING, .options = read_options, .flags = VERB_PROMPT, .run = reload },
	{ .name = NULL },
};
/* clang-format on */
