/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reload.c - what runs becomes what a file says.
 *
 * The file is carried out in an engine of its own that never starts, a shadow, so that
 * every mistake is found before anything changes. Then the two are compared
 * (compare.c), and what differs becomes a plan: the commands that an administrator would
 * have typed. What is the same in both is in no command, and nothing happens to it.
 *
 * A tunnel that must be made anew under its old id waits until the old one is gone:
 * the rest of the plan stays in struct mgmt, and mgmt_settle() goes on with it.
 */
#include "l2tpd/mgmt/feed.h"
#include "l2tpd/mgmt/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- plans -------------------------------------------------------------------------------- */

void draft_begin(struct draft *d, const char *object, const char *verb)
{
	struct text command = TEXT_INIT;

	*d = (struct draft){ .line = TEXT_INIT };
	text_addf(&command, "%s %s", object, verb);
	d->w = writer_begin(&d->line, text_str(&command));
	d->w.one_line = true;
	text_free(&command);
}

void draft_end(struct draft *d, struct plan *p, struct list *to, struct handle needs)
{
	struct step *s = d->line.failed ? NULL : malloc(sizeof(*s) + d->line.len + 1);

	if (s) {
		s->id = needs;
		memcpy(s->line, text_str(&d->line), d->line.len + 1);
		list_add_tail(to, &s->link);
	} else {
		p->failed = true;
	}
	if (d->line.s)
		explicit_bzero(d->line.s, d->line.cap); /* a secret may be in it */
	text_free(&d->line);
}

static void step_free(struct step *s)
{
	list_del(&s->link);
	explicit_bzero(s->line, strlen(s->line));
	free(s);
}

static void plan_free(struct plan *p)
{
	struct list *all[] = { &p->first, &p->creates, &p->last };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		while (!list_empty(all[i]))
			step_free(container_of(all[i]->next, struct step, link));
	free(p);
}

static struct plan *plan_new(const struct engine *now, const struct engine *then,
			     struct text *notes)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->now = now;
	p->then = then;
	p->notes = notes;
	list_init(&p->first);
	list_init(&p->creates);
	list_init(&p->last);
	plan_compare(p);
	if (!p->failed)
		return p;
	plan_free(p);
	return NULL;
}

/* --- what people see of it ------------------------------------------------------------------ */

static bool is_secret(const char *name, size_t len)
{
	const struct param_table *tables[] = { &tunnel_params, &session_params };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (unsigned row = 0; row < tables[i]->count; row++)
			if ((tables[i]->row[row].flags & PARAM_SECRET) &&
			    strncmp(tables[i]->row[row].name, name, len) == 0 &&
			    tables[i]->row[row].name[len] == '\0')
				return true;
	return false;
}

/* The line's words, secrets hidden; an unreadable line (there is none) is hidden whole. */
static void show_line(const char *line, struct text *out)
{
	struct lang_reader r;
	struct words words;
	unsigned at;

	lang_reader_init(&r, line, strlen(line));
	if (lang_next(&r, &words, &at, NULL) != 1)
		return;
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.word[i], *eq = strchr(word, '=');
		char *quoted = eq ? lang_quote(eq + 1) : NULL;

		text_add(out, i ? " " : "");
		if (eq && is_secret(word, (size_t)(eq - word)))
			text_addf(out, "%.*s=(hidden)", (int)(eq - word), word);
		else if (eq && lang_needs_quotes(eq + 1))
			text_addf(out, "%.*s=%s", (int)(eq - word), word, quoted ? quoted : "");
		else
			text_add(out, word);
		free(quoted);
	}
	text_add(out, "\n");
	words_free(&words);
}

static void show_steps(const struct list *steps, struct text *out)
{
	struct list *at;

	list_for_each (at, steps)
		show_line(container_of(at, struct step, link)->line, out);
}

/* --- carrying it out -------------------------------------------------------------------------- */

struct outcome {
	bool refused;
	char *why;
};

static void ran(void *arg, struct reply *reply)
{
	struct outcome *o = arg;

	o->refused = reply->refused;
	o->why = reply->message ? strdup(reply->message) : NULL;
}

static void run_step(struct mgmt *m, const struct step *s, struct text *report)
{
	struct outcome o = { 0 };
	struct lang_reader r;
	struct words words;
	unsigned at;

	lang_reader_init(&r, s->line, strlen(s->line));
	if (lang_next(&r, &words, &at, NULL) != 1)
		return;
	(void)mgmt_run(m, &(struct mgmt_ask){ .words = &words }, ran, &o);
	words_free(&words);
	if (o.refused)
		text_addf(report, "# refused, %s: ", o.why ? o.why : "out of memory");
	show_line(s->line, report);
	free(o.why);
}

/* Whether the id that a step needs is still held by what ends. */
static bool must_wait(const struct engine *e, struct handle id)
{
	struct tunnel_info info;

	if (!id.tunnel_id)
		return false;
	if (id.session_id && session_get_conf(e, id.tunnel_id, id.session_id))
		return session_is_ending(e, id);
	return tunnel_get_info(e, id.tunnel_id, &info) == 0 &&
	       (info.lingering || tunnel_is_ending(e, id.tunnel_id));
}

/* False: the first of the rest must wait. */
static bool run_steps(struct mgmt *m, struct list *steps, struct text *report)
{
	while (!list_empty(steps)) {
		struct step *s = container_of(steps->next, struct step, link);

		if (must_wait(m->engine, s->id))
			return false;
		run_step(m, s, report);
		step_free(s);
	}
	return true;
}

/* True when all is done. What is deleted last may be in use by what ends: that waits, too. */
static bool carry_out(struct mgmt *m, struct plan *p, struct text *report)
{
	bool done;

	p->running = true;
	engine_configuring(m->engine, true);
	done = run_steps(m, &p->first, report) && run_steps(m, &p->creates, report) &&
	       run_steps(m, &p->last, report);
	engine_configuring(m->engine, false);
	p->running = false;
	return done;
}

void mgmt_settle(struct mgmt *m)
{
	struct text report = TEXT_INIT;
	bool done;

	if (!m->plan || m->plan->running)
		return;
	done = carry_out(m, m->plan, &report);
	log_lines(&m->log, LOG_LEVEL_INFO, "reload: ", text_str(&report));
	text_free(&report);
	if (!done)
		return;
	plan_free(m->plan);
	m->plan = NULL;
}

static void forget_plan(struct mgmt *m)
{
	if (m->plan)
		plan_free(m->plan);
	m->plan = NULL;
}

/* --- the file ---------------------------------------------------------------------------- */

/* The engine that the file asks for; NULL with its errors in @report. */
static struct engine *read_file(struct mgmt *m, const char *path, struct text *report)
{
	struct engine *shadow = engine_shadow(m->engine);
	struct mgmt reader = {
		.engine = shadow, .version = m->version, .uptime_s = m->uptime_s, .ctx = m->ctx
	};
	unsigned bad;

	if (!shadow) {
		text_add(report, "out of memory\n");
		return NULL;
	}
	if (m->options)
		m->options(m->ctx, shadow);
	bad = conffile_load(&reader, path, report);
	if (m->options)
		m->options(m->ctx, shadow);
	mgmt_close(&reader);
	if (!bad)
		return shadow;
	engine_free(shadow);
	return NULL;
}

int mgmt_reload(struct mgmt *m, const char *path, bool check, struct text *report)
{
	struct engine *shadow = read_file(m, path, report);
	struct plan *p;

	if (!shadow)
		return -EINVAL;
	if (!check)
		forget_plan(m); /* of an earlier reload: this one knows better */
	p = plan_new(m->engine, shadow, report);
	engine_free(shadow);
	if (!p) {
		text_add(report, "out of memory\n");
		return -ENOMEM;
	}
	if (check) {
		show_steps(&p->first, report);
		show_steps(&p->creates, report);
		show_steps(&p->last, report);
		plan_free(p);
	} else if (carry_out(m, p, report)) {
		plan_free(p);
	} else {
		text_add(report, "# as soon as what ends is gone:\n");
		show_steps(&p->creates, report);
		show_steps(&p->last, report);
		m->plan = p;
	}
	return 0;
}

void mgmt_close(struct mgmt *m)
{
	forget_plan(m);
	feed_free(m->events);
	feed_free(m->captures);
	m->events = m->captures = NULL;
}
