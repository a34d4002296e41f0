/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug.c - the object "debug": single trace flags, on or off, of whatever is named;
 * of the whole if nothing is. What it does could be said with trace_flags=+fsm,-avp,
 * too; this is OpenL2TP's way to say it.
 */
#include "l2tpd/mgmt/mgmt.h"

#include <errno.h>
#include <stdlib.h>

struct debug_conf {
	uint64_t set;
	bool app;
	uint16_t tunnel_id, session_id;
	char *tunnel_name, *session_name;
	char *tunnel_profile_name, *session_profile_name, *ppp_profile_name, *pool_name;
	bool protocol, fsm, api, transport, data, ppp, avp_info, avp_data, avp_hide, func, system,
		all;
};

/* clang-format off */
#define FLAG(member, bits, text)                                                                   \
	{ .name = #member, FIELD(debug_conf, member), .max = (bits), .help = text }

static const struct param debug_rows[] = {
	{ .name = "app", FIELD(debug_conf, app), .help = "The daemon as a whole" },
	{ .name = "tunnel_id", FIELD(debug_conf, tunnel_id), .min = 1, .max = 65535, .help = "A tunnel, by its id" },
	{ .name = "tunnel_name", FIELD(debug_conf, tunnel_name), .max = 63, .help = "A tunnel, by its name" },
	{ .name = "session_id", FIELD(debug_conf, session_id), .min = 1, .max = 65535,
	  .help = "A session of that tunnel, by its id" },
	{ .name = "session_name", FIELD(debug_conf, session_name), .max = 63, .help = "A session, by its name" },
	{ .name = "tunnel_profile_name", FIELD(debug_conf, tunnel_profile_name), .max = 63,
	  .help = "A tunnel profile, and the tunnels that have their flags from it" },
	{ .name = "session_profile_name", FIELD(debug_conf, session_profile_name), .max = 63,
	  .help = "A session profile, and the sessions that have their flags from it" },
	{ .name = "ppp_profile_name", FIELD(debug_conf, ppp_profile_name), .max = 63,
	  .help = "A ppp profile, for links that come up later" },
	{ .name = "pool_name", FIELD(debug_conf, pool_name), .max = 63, .help = "A pool" },
	FLAG(protocol, TRACE_PROTOCOL, "Messages"),
	FLAG(fsm, TRACE_FSM, "States and what moves them"),
	FLAG(api, TRACE_API, "What administrators ask for"),
	FLAG(transport, TRACE_TRANSPORT, "Sequence numbers, windows, acknowledgements"),
	FLAG(data, TRACE_DATA, "What is asked of the kernel"),
	{ .name = "ppp_control", .alias = { "ppp" }, FIELD(debug_conf, ppp), .max = TRACE_PPP,
	  .help = "What the PPP program says" },
	{ .name = "avp_info", .alias = { "avp" }, FIELD(debug_conf, avp_info), .max = TRACE_AVP,
	  .help = "Which AVPs a message has" },
	FLAG(avp_data, TRACE_AVP_DATA, "AVPs with their values"),
	FLAG(avp_hide, TRACE_AVP_HIDE, "How many AVPs were hidden"),
	FLAG(func, TRACE_FUNC, "Kept for the sake of OpenL2TP's scripts"),
	FLAG(system, TRACE_SYSTEM, "Kept for the sake of OpenL2TP's scripts"),
	FLAG(all, TRACE_ALL, "All of them"),
};
/* clang-format on */

const struct param_table debug_params = PARAM_TABLE(debug_rows, debug_conf);

/* The flags that @conf turns on (or off); `max` of a flag's row holds its bits. */
static uint32_t flags_turned(const struct debug_conf *conf, bool on)
{
	uint32_t bits = 0;

	for (unsigned row = (unsigned)param_find(&debug_params, "protocol");
	     row < debug_params.count; row++) {
		bool value = *(const bool *)((const char *)conf + debug_rows[row].offset);

		if (param_is_set(conf, row) && value == on)
			bits |= (uint32_t)debug_rows[row].max;
	}
	return bits;
}

/* --- what is meant ----------------------------------------------------------------------- */

enum target_kind { TARGET_APP, TARGET_PROFILE, TARGET_TUNNEL, TARGET_SESSION };

struct target {
	enum target_kind kind;
	enum profile_kind profile;
	const char *name; /* of a profile */
	struct handle handle;
	uint32_t flags; /* now */
};

static int find_profile(struct mgmt_call *c, struct target *t)
{
	const struct debug_conf *conf = c->conf;
	const char *names[PROFILE_KINDS] = { [PROFILE_TUNNEL] = conf->tunnel_profile_name,
					     [PROFILE_SESSION] = conf->session_profile_name,
					     [PROFILE_PPP] = conf->ppp_profile_name,
					     [PROFILE_POOL] = conf->pool_name };

	for (enum profile_kind kind = 0; kind < PROFILE_KINDS; kind++) {
		const struct param_table *rows = profile_params(kind);
		const void *found;

		if (!names[kind])
			continue;
		found = profile_get(c->m->engine, kind, names[kind]);
		if (!found)
			return why_set(&c->why, ENOENT, "no %s is called %s",
				       profile_kind_name(kind), names[kind]);
		*t = (struct target){ .kind = TARGET_PROFILE,
				      .profile = kind,
				      .name = names[kind] };
		t->flags = *(const uint32_t *)((const char *)found +
					       rows->row[param_find(rows, "trace_flags")].offset);
		return 1;
	}
	return 0;
}

/* -ENOENT, -EINVAL with the call's why. */
static int find_target(struct mgmt_call *c, struct target *t)
{
	const struct debug_conf *conf = c->conf;
	const struct engine *e = c->m->engine;
	struct session_conf keys = { .tunnel_id = conf->tunnel_id,
				     .tunnel_name = conf->tunnel_name,
				     .session_id = conf->session_id,
				     .session_name = conf->session_name };
	int found = find_profile(c, t);

	if (found)
		return found < 0 ? found : 0;
	if (conf->session_id || conf->session_name) {
		t->kind = TARGET_SESSION;
		found = session_meant(e, &keys, &t->handle, &c->why);
		t->flags = session_traces(e, t->handle.tunnel_id, t->handle.session_id);
	} else if (conf->tunnel_id || conf->tunnel_name) {
		t->kind = TARGET_TUNNEL;
		t->handle.tunnel_id = tunnel_meant(e, conf->tunnel_id, conf->tunnel_name, &c->why);
		found = t->handle.tunnel_id ? 0 : -ENOENT;
		t->flags = tunnel_traces(e, t->handle.tunnel_id);
	} else {
		t->kind = TARGET_APP;
		t->flags = system_conf(e)->trace_flags;
	}
	return found;
}

/* --- verbs --------------------------------------------------------------------------------- */

/* Room for the trace_flags row of any kind, set to @flags. */
static void *conf_with(const struct param_table *rows, uint32_t flags)
{
	char *conf = calloc(1, rows->size);
	unsigned row = (unsigned)param_find(rows, "trace_flags");

	if (conf) {
		*(uint32_t *)(conf + rows->row[row].offset) = flags;
		*(uint64_t *)conf = UINT64_C(1) << row;
	}
	return conf;
}

static int set_flags(struct mgmt_call *c, const struct target *t, uint32_t flags)
{
	struct engine *e = c->m->engine;
	const struct param_table *rows = t->kind == TARGET_APP	     ? &system_params
					 : t->kind == TARGET_TUNNEL  ? &tunnel_params
					 : t->kind == TARGET_SESSION ? &session_params
								     : profile_params(t->profile);
	void *conf = conf_with(rows, flags);
	int err = conf ? 0 : -ENOMEM;

	switch (t->kind) {
	case TARGET_APP:
		err = err ? err : system_modify(e, conf, &c->why);
		break;
	case TARGET_PROFILE:
		err = err ? err : profile_modify(e, t->profile, t->name, conf, 0, &c->why);
		break;
	case TARGET_TUNNEL:
		err = err ? err : tunnel_modify(e, t->handle.tunnel_id, conf, 0, &c->why);
		break;
	case TARGET_SESSION:
		err = err ? err
			  : session_modify(e, t->handle.tunnel_id, t->handle.session_id, conf, 0,
					   &c->why);
		break;
	}
	free(conf);
	return err;
}

static int modify(struct mgmt_call *c)
{
	struct target t = { 0 };
	uint32_t on = flags_turned(c->conf, true), off = flags_turned(c->conf, false);
	int err = find_target(c, &t);

	return err ? err : set_flags(c, &t, (t.flags & ~off) | on);
}

static int show(struct mgmt_call *c)
{
	struct target t = { 0 };
	int err = find_target(c, &t);

	if (err)
		return err;
	reply_record(&c->reply);
	for (unsigned row = (unsigned)param_find(&debug_params, "protocol");
	     row + 1 < debug_params.count; row++)
		reply_bool(&c->reply, debug_rows[row].name, t.flags & debug_rows[row].max);
	return 0;
}

const struct mgmt_verb debug_verbs[] = {
	{ .name = "modify",
	  .help = "Turn trace flags on and off, at once",
	  .takes = TAKES_ALL,
	  .run = modify },
	{ .name = "show",
	  .help = "Show which trace flags are on",
	  .takes = TAKES_KEYS,
	  .flags = VERB_READS,
	  .run = show },
	{ .name = NULL },
};
