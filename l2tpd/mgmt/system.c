/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * system.c - the object "system".
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>

enum {
	SHOW_CONFIGURATION = 1,
	SHOW_VERSION = 2,
	SHOW_STATISTICS = 4,
	SHOW_STATUS = 8,
	SHOW_ORIGIN = 16,
};

uint64_t mgmt_since(const struct mgmt *m, bool up, uint64_t uptime_s)
{
	return up && m->utc_us ? m->utc_us(m->ctx) / 1000000 - uptime_s : 0;
}

static int modify(struct mgmt_call *c)
{
	const struct system_conf *conf = c->conf;

	if (conf->reset_statistics)
		c->m->slowest_us = 0;
	return system_modify(c->m->engine, c->conf, &c->why);
}

static int unset(struct mgmt_call *c)
{
	for (unsigned row = 0; row < system_params.count; row++)
		if (c->unset >> row & 1)
			system_unset(c->m->engine, row);
	return 0;
}

static void show_version(struct mgmt_call *c)
{
	reply_text(&c->reply, "version", c->m->version);
	reply_text(&c->reply, "datapath", engine_datapath(c->m->engine)->name);
}

static void show_status(struct mgmt_call *c, const struct engine_stats *stats)
{
	static const char *const status[] = { "tunnels", "tunnels_up", "sessions", "sessions_up",
					      NULL };
	uint64_t uptime = c->m->uptime_s(c->m->ctx);

	show_version(c);
	reply_text(&c->reply, "configuration_file", c->m->conf_file);
	reply_field(&c->reply, "uptime", "s",
		    (struct value){ .kind = VALUE_UNSIGNED, .number = uptime });
	reply_time(&c->reply, "up_since", mgmt_since(c->m, true, uptime));
	reply_only(&c->reply, &engine_stats_params, stats, status);
	reply_field(&c->reply, "slowest_command", "us",
		    (struct value){ .kind = VALUE_UNSIGNED, .number = c->m->slowest_us });
}

static void show_origins(struct mgmt_call *c)
{
	const struct system_conf *conf = system_conf(c->m->engine);

	c->reply.list = true;
	for (unsigned row = 0; row < system_params.count; row++)
		reply_origin(&c->reply, &system_params, row, conf,
			     param_is_set(conf, row) ? "system" : "built-in default");
}

static int show(struct mgmt_call *c)
{
	unsigned what = c->options ? c->options : SHOW_CONFIGURATION;
	struct engine_stats stats;

	if (what & SHOW_ORIGIN) {
		show_origins(c);
		return 0;
	}
	engine_get_stats(c->m->engine, &stats);
	reply_record(&c->reply);
	if (what & SHOW_VERSION)
		show_version(c);
	if (what & SHOW_STATUS)
		show_status(c, &stats);
	if (what & SHOW_STATISTICS) {
		reply_rows(&c->reply, &engine_stats_params, &stats);
		reply_rows(&c->reply, &message_stats_params, engine_message_stats(c->m->engine));
	}
	if (what & SHOW_CONFIGURATION)
		reply_rows(&c->reply, &system_params, system_conf(c->m->engine));
	return 0;
}

static const struct param_word show_options[] = {
	{ "configuration", SHOW_CONFIGURATION, false },
	{ "version", SHOW_VERSION, false },
	{ "statistics", SHOW_STATISTICS, false },
	{ "status", SHOW_STATUS, false },
	{ "origin", SHOW_ORIGIN, false },
	{ NULL, 0, false },
};

const struct mgmt_verb system_verbs[] = {
	{ .name = "modify", .help = "Change settings", .takes = TAKES_ALL, .run = modify },
	{ .name = "unset",
	  .help = "Back to the built-in default (not in OpenL2TP)",
	  .takes = TAKES_NAMES,
	  .run = unset },
	{ .name = "show",
	  .help = "Show settings, version, counters or state",
	  .options = show_options,
	  .flags = VERB_READS,
	  .run = show },
	{ .name = NULL },
};
