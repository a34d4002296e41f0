/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * system.c - the object "system".
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

enum { SHOW_CONFIGURATION = 1, SHOW_VERSION = 2, SHOW_STATISTICS = 4, SHOW_STATUS = 8 };

static int modify(struct mgmt_call *c)
{
	return system_modify(c->m->engine, c->conf, &c->why);
}

static void show_version(struct mgmt_call *c)
{
	reply_text(&c->reply, "version", c->m->version);
	reply_text(&c->reply, "datapath", engine_datapath(c->m->engine)->name);
}

static int show(struct mgmt_call *c)
{
	static const char *const status[] = { "tunnels", "tunnels_up", "sessions", "sessions_up",
					      NULL };
	unsigned what = c->options ? c->options : SHOW_CONFIGURATION;
	struct engine_stats stats;

	engine_get_stats(c->m->engine, &stats);
	reply_record(&c->reply);
	if (what & (SHOW_VERSION | SHOW_STATUS))
		show_version(c);
	if (what & SHOW_STATUS) {
		reply_field(&c->reply, "uptime", "s",
			    (struct value){ .kind = VALUE_UNSIGNED,
					    .number = c->m->uptime_s(c->m->ctx) });
		reply_only(&c->reply, &engine_stats_params, &stats, status);
	}
	if (what & SHOW_STATISTICS)
		reply_rows(&c->reply, &engine_stats_params, &stats);
	if (what & SHOW_CONFIGURATION)
		reply_rows(&c->reply, &system_params, system_conf(c->m->engine));
	return 0;
}

static const struct param_word show_options[] = {
	{ "configuration", SHOW_CONFIGURATION, false },
	{ "version", SHOW_VERSION, false },
	{ "statistics", SHOW_STATISTICS, false },
	{ "status", SHOW_STATUS, false },
	{ NULL, 0, false },
};

const struct mgmt_verb system_verbs[] = {
	{ "modify", "Change settings", TAKES_ALL, NULL, modify },
	{ "show", "Show settings, version, counters or state", TAKES_NOTHING, show_options, show },
	{ .name = NULL },
};
