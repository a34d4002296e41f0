/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace.c - what is traced, and messages in words.
 *
 * Flags are looked at when something happens, so that a change of the system's, of a
 * profile's or of an object's own is felt at once.
 */
#include "l2tpd/engine/internal.h"

#include "l2tpd/wire/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 800 };

static uint32_t flags_of_tunnel(const struct tunnel *t)
{
	return t->traces_system ? t->e->system.trace_flags : t->conf.trace_flags;
}

static uint32_t flags_of_session(const struct session *s)
{
	return s->traces_tunnel ? flags_of_tunnel(s->tunnel) : s->conf.trace_flags;
}

uint32_t tunnel_traces(const struct engine *e, uint16_t id)
{
	const struct tunnel *t = engine_tunnel(e, id);

	return t ? flags_of_tunnel(t) : 0;
}

uint32_t session_traces(const struct engine *e, uint16_t tunnel_id, uint16_t session_id)
{
	const struct session *s = engine_session(e, tunnel_id, session_id);

	return s ? flags_of_session(s) : 0;
}

bool tunnel_traced(const struct tunnel *t, uint32_t flags)
{
	return flags_of_tunnel(t) & flags;
}

void tunnel_trace(const struct tunnel *t, uint32_t flags, const char *fmt, ...)
{
	char line[LINE_BYTES], label[96];
	va_list ap;

	if (!tunnel_traced(t, flags))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_debug(&t->e->host.log, "%s: %s", tunnel_label(t, label), line);
}

void session_trace(const struct session *s, uint32_t flags, const char *fmt, ...)
{
	char line[LINE_BYTES], label[96];
	va_list ap;

	if (!(flags_of_session(s) & flags))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_debug(&s->tunnel->e->host.log, "%s: %s", session_label(s, label), line);
}

/* --- messages ----------------------------------------------------------------------- */

/* A line for each AVP, with its value. */
static void trace_values(const struct tunnel *t, const struct msg *m, uint32_t flags)
{
	struct text line = TEXT_INIT;

	for (int a = 0; a < AVP_COUNT; a++) {
		if (!msg_has(m, a))
			continue;
		line.len = 0;
		avp_words(a, &m->value[a], &line);
		tunnel_trace(t, flags, "  %s: %.600s", avp_rows[a].name, text_str(&line));
	}
	text_free(&line);
}

static void names_of(const struct msg *m, struct text *out)
{
	for (int a = 0; a < AVP_COUNT; a++)
		if (msg_has(m, a))
			text_addf(out, "%s%s", out->len ? ", " : " with ", avp_rows[a].name);
}

/* Who traces AVPs, or a session, wants to know which message they are about. */
void trace_message(const struct tunnel *t, const char *what, uint16_t session_id,
		   const struct msg *m)
{
	const struct session *s = session_id ? engine_session(t->e, t->node.id, session_id) : NULL;
	uint32_t flags = flags_of_tunnel(t) | (s ? flags_of_session(s) : 0);
	struct text avps = TEXT_INIT;
	char name[16], label[96];

	if (!(flags & (TRACE_PROTOCOL | TRACE_AVP | TRACE_AVP_DATA | TRACE_AVP_HIDE)))
		return;
	if ((flags & TRACE_AVP) && !(flags & TRACE_AVP_DATA))
		names_of(m, &avps);
	if ((flags & TRACE_AVP_HIDE) && m->hidden)
		text_addf(&avps, " (%u of the AVPs were hidden)", m->hidden);
	log_debug(&t->e->host.log, "%s: %s %s for session %u%.600s", tunnel_label(t, label), what,
		  msg_name(m->type, name), session_id, text_str(&avps));
	if (flags & TRACE_AVP_DATA)
		trace_values(t, m, TRACE_AVP_DATA);
	text_free(&avps);
}

/* --- changes of profiles ---------------------------------------------------------------- */

/* Whether an object takes what the profile called @name now says: nobody before it in line does. */
static bool takes(struct origins *o, uint64_t bit, const char *named, const char *name)
{
	uint64_t *layer[] = { &o->named, &o->peers, &o->standard };
	int now = 0, mine = 0;

	while (now < 3 && !(*layer[now] & bit))
		now++;
	if (!named || strcmp(named, name) != 0)
		mine = o->peers_name && strcmp(o->peers_name, name) == 0 ? 1
		       : strcmp(name, "default") == 0			 ? 2
									 : 4;
	if (mine > now)
		return false;
	for (int i = 0; i < 3; i++)
		*layer[i] &= ~bit;
	*layer[mine] |= bit;
	return true;
}

static void follow_sessions(struct tunnel *t, const char *name, uint32_t flags)
{
	unsigned row = (unsigned)param_find(&session_params, "trace_flags");
	struct idmap_node *n;

	idmap_for_each (n, &t->sessions) {
		struct session *s = container_of(n, struct session, node);

		if (param_is_set(&s->conf, row) ||
		    !takes(&s->origins, UINT64_C(1) << row, s->conf.profile_name, name))
			continue;
		s->conf.trace_flags = flags;
		s->traces_tunnel = false;
	}
}

static void follow_tunnel(struct tunnel *t, const char *name, uint32_t flags)
{
	unsigned row = (unsigned)param_find(&tunnel_params, "trace_flags");

	if (param_is_set(&t->conf, row) ||
	    !takes(&t->origins, UINT64_C(1) << row, t->conf.profile_name, name))
		return;
	t->conf.trace_flags = flags;
	t->traces_system = false;
}

void trace_follow(struct engine *e, enum profile_kind kind, const char *name)
{
	const void *conf = profile_get(e, kind, name);
	struct idmap_node *n;

	idmap_for_each (n, &e->tunnels) {
		struct tunnel *t = container_of(n, struct tunnel, node);

		if (kind == PROFILE_SESSION)
			follow_sessions(t, name, ((const struct session_conf *)conf)->trace_flags);
		else
			follow_tunnel(t, name, ((const struct tunnel_conf *)conf)->trace_flags);
	}
}

/* At the beginning: nobody in line says what to trace. */
bool traces_nothing_own(const struct param_table *t, const void *conf, const struct origins *o)
{
	unsigned row = (unsigned)param_find(t, "trace_flags");
	uint64_t bit = UINT64_C(1) << row;

	return !param_is_set(conf, row) && !((o->named | o->peers | o->standard) & bit);
}
