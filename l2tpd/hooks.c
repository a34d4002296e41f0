/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/hooks.h"

#include "l2tpd/mgmt/mgmt.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENV_MAX = 24 };

/* An event that waits for its scripts. */
struct hook {
	struct list link;
	unsigned count;
	char *env[ENV_MAX];
};

/* A script that runs. */
struct run {
	struct list link;
	struct hooks *hooks;
	char *path;
};

struct hooks {
	char *folder;
	struct launcher *launcher;
	const struct log *log;
	struct list waiting;
	unsigned waiting_count, running;
	struct list runs;
	uint64_t missed;
	struct log_limit limit, full;
	/* the event whose scripts are being started, and those still to be */
	struct hook *now;
	struct dirent **scripts;
	int script, scripts_count;
};

struct hooks *hooks_new(const char *folder, struct launcher *l, const struct log *log)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->folder = strdup(folder);
	h->launcher = l;
	h->log = log;
	list_init(&h->waiting);
	list_init(&h->runs);
	if (h->folder)
		return h;
	free(h);
	return NULL;
}

/* --- what happened ---------------------------------------------------------------------- */

static void hook_free(struct hook *k)
{
	if (!k)
		return;
	for (unsigned i = 0; i < k->count; i++)
		free(k->env[i]);
	list_del(&k->link);
	free(k);
}

static void put(void *arg, const char *name, const char *value)
{
	struct hook *k = arg;

	if (k->count + 1 < ENV_MAX && asprintf(&k->env[k->count], "L2TP_%s=%s", name, value) >= 0)
		k->count++;
}

static struct hook *hook_new(struct hooks *h, const struct engine *e,
			     const struct engine_event *event)
{
	struct hook *k = calloc(1, sizeof(*k));
	char missed[24];

	if (!k)
		return NULL;
	list_init(&k->link);
	k->env[k->count++] =
		strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	event_environment(e, event, put, k);
	if (h->missed) {
		snprintf(missed, sizeof(missed), "%llu", (unsigned long long)h->missed);
		put(k, "EVENTS_MISSED", missed);
		h->missed = 0;
	}
	return k;
}

/* --- running ------------------------------------------------------------------------------- */

static void go_on(struct hooks *h);

static void run_free(struct run *r)
{
	list_del(&r->link);
	free(r->path);
	free(r);
}

static void on_exited(void *arg, int status, int error)
{
	struct run *r = arg;
	struct hooks *h = r->hooks;

	if ((error || !WIFEXITED(status) || WEXITSTATUS(status)) &&
	    log_limit_ok(h->log, &h->limit, loop_now_ms(), "scripts that failed"))
		log_warning(h->log, "%s: %s %d", r->path,
			    error		? "could not be started, error"
			    : WIFEXITED(status) ? "ended with status"
						: "was killed by signal",
			    error		? error
			    : WIFEXITED(status) ? WEXITSTATUS(status)
						: WTERMSIG(status));
	run_free(r);
	h->running--;
	go_on(h);
}

static void start(struct hooks *h, const char *name)
{
	struct run *r = calloc(1, sizeof(*r));
	const char *argv[2] = { NULL, NULL };
	struct host_spawn spawn = { .argv = argv, .env = (const char *const *)h->now->env };

	if (!r || asprintf(&r->path, "%s/%s", h->folder, name) < 0) {
		free(r);
		return;
	}
	list_init(&r->link);
	r->hooks = h;
	argv[0] = r->path;
	if (access(r->path, X_OK) < 0 || launcher_spawn(h->launcher, &spawn, on_exited, r) < 0) {
		run_free(r);
		return;
	}
	list_add_tail(&h->runs, &r->link);
	h->running++;
}

static int is_script(const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_type != DT_DIR;
}

static void done_with_event(struct hooks *h)
{
	for (int i = 0; i < h->scripts_count; i++)
		free(h->scripts[i]);
	free(h->scripts);
	hook_free(h->now);
	h->scripts = NULL;
	h->scripts_count = h->script = 0;
	h->now = NULL;
}

static bool next_event(struct hooks *h)
{
	if (list_empty(&h->waiting))
		return false;
	h->now = container_of(h->waiting.next, struct hook, link);
	list_del(&h->now->link);
	h->waiting_count--;
	h->scripts_count = scandir(h->folder, &h->scripts, is_script, alphasort);
	if (h->scripts_count < 0) {
		if (log_limit_ok(h->log, &h->limit, loop_now_ms(), "scripts that failed"))
			log_warning(h->log, "event_scripts=%s: %s", h->folder, strerror(errno));
		h->scripts_count = 0;
	}
	return true;
}

/* One event after the other; each one's scripts as there is room. */
static void go_on(struct hooks *h)
{
	while (h->running < HOOKS_RUNNING && (h->now || next_event(h))) {
		if (h->script < h->scripts_count)
			start(h, h->scripts[h->script++]->d_name);
		else
			done_with_event(h);
	}
}

void hooks_event(struct hooks *h, const struct engine *e, const struct engine_event *event)
{
	struct hook *k;

	if (h->waiting_count == HOOKS_WAITING) {
		if (h->missed++ == 0 &&
		    log_limit_ok(h->log, &h->full, loop_now_ms(), "scripts that come too late"))
			log_warning(h->log,
				    "event_scripts: %d events wait for their scripts: more are "
				    "left out",
				    HOOKS_WAITING);
		return;
	}
	k = hook_new(h, e, event);
	if (!k)
		return;
	list_add_tail(&h->waiting, &k->link);
	h->waiting_count++;
	go_on(h);
}

void hooks_free(struct hooks *h)
{
	if (!h)
		return;
	while (!list_empty(&h->waiting))
		hook_free(container_of(h->waiting.next, struct hook, link));
	done_with_event(h);
	while (!list_empty(&h->runs))
		run_free(container_of(h->runs.next, struct run, link));
	free(h->folder);
	free(h);
}
