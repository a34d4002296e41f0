/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.c - the engine as a whole: birth, clock, end, and who gets which
 * answer. See engine.h for the folder's picture.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- look-ups ------------------------------------------------------------------- */

struct tunnel *engine_tunnel(const struct engine *e, uint16_t id)
{
	struct idmap_node *n = idmap_get(&e->tunnels, id);

	return n ? container_of(n, struct tunnel, node) : NULL;
}

struct tunnel *engine_tunnel_by_handle(const struct engine *e, struct handle h)
{
	struct tunnel *t = engine_tunnel(e, h.tunnel_id);

	return t && t->serial == h.serial ? t : NULL;
}

struct session *engine_session(const struct engine *e, uint16_t tunnel_id, uint16_t session_id)
{
	struct tunnel *t = engine_tunnel(e, tunnel_id);
	struct idmap_node *n = t ? idmap_get(&t->sessions, session_id) : NULL;

	return n ? container_of(n, struct session, node) : NULL;
}

struct session *engine_session_by_handle(const struct engine *e, struct handle h)
{
	struct session *s = engine_session(e, h.tunnel_id, h.session_id);

	return s && s->serial == h.serial ? s : NULL;
}

uint16_t tunnel_by_name(const struct engine *e, const char *name)
{
	struct keymap_node *n = keymap_get(&e->tunnel_names, name, strlen(name));

	return n ? container_of(n, struct tunnel, by_name)->node.id : 0;
}

bool session_by_name(const struct engine *e, uint16_t tunnel_id, const char *name,
		     struct handle *handle)
{
	struct keymap_node *n = keymap_get(&e->session_names, name, strlen(name));
	struct session *s = n ? container_of(n, struct session, by_name) : NULL;

	if (!s || (tunnel_id && s->tunnel->node.id != tunnel_id))
		return false;
	*handle = session_handle(s);
	return true;
}

/* --- calls into the engine ---------------------------------------------------------- */

void engine_enter(struct engine *e)
{
	e->depth++;
}

/* What ended is freed here, when nothing above holds a pointer to it. */
static void reap(struct engine *e)
{
	while (!list_empty(&e->ended_sessions) || !list_empty(&e->ended_tunnels)) {
		if (!list_empty(&e->ended_sessions))
			session_free(container_of(e->ended_sessions.next, struct session, ended));
		else
			tunnel_free(container_of(e->ended_tunnels.next, struct tunnel, ended));
	}
}

void engine_leave(struct engine *e)
{
	if (e->depth == 1)
		reap(e);
	e->depth--;
}

int engine_pick_id(struct engine *e, struct idmap *map, struct idmap_node *node, uint16_t wanted)
{
	int err = -EEXIST;
	uint16_t id;

	if (wanted)
		return idmap_add(map, node, wanted);
	for (int tries = 0; tries < 4096 && err == -EEXIST; tries++) {
		e->host.random(e->host.ctx, &id, sizeof(id));
		if (id != 0)
			err = idmap_add(map, node, id);
	}
	return err;
}

bool engine_may_tell(struct engine *e, bool ours, struct log_limit *limit, const char *what)
{
	return ours || log_limit_ok(&e->host.log, limit, e->timers.now_ms, what);
}

void engine_emit(struct engine *e, enum engine_event_kind kind, const struct tunnel *t,
		 const struct session *s, const char *why)
{
	struct engine_event ev = {
		.kind = kind,
		.handle = s ? session_handle(s) : tunnel_handle(t),
		.tunnel_name = t->conf.tunnel_name,
		.session_name = s ? s->conf.session_name : NULL,
		.why = why,
		.ppp = s ? s->ppp : NULL,
		.prefix = session_prefix(s),
	};

	if (e->host.event)
		e->host.event(e->host.ctx, &ev);
}

void engine_check_drained(struct engine *e)
{
	struct engine_event ev = { .kind = ENGINE_DRAINED, .why = "" };

	if (!e->started || e->stopping || !e->system.drain_tunnels || e->tunnel_count)
		return;
	log_info(&e->host.log, "drained: no tunnel is left");
	if (e->host.event)
		e->host.event(e->host.ctx, &ev);
}

void engine_captured(struct engine *e, uint16_t tunnel_id, bool sent, const struct endpoint *local,
		     const struct endpoint *peer, const void *datagram, size_t len)
{
	struct engine_capture c = { tunnel_id, sent, local, peer, datagram, len };

	if (e->host.capture)
		e->host.capture(e->host.ctx, &c);
}

void engine_limit(struct engine *e, const struct tunnel *t, const struct session *s,
		  const char *fmt, ...)
{
	struct engine_event ev = { .kind = ENGINE_LIMIT };
	char why[160];
	va_list ap;

	e->stats.limits++;
	if (!e->host.event ||
	    !log_limit_ok(&e->host.log, &e->limit_limit, e->timers.now_ms, "limits that were met"))
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	ev.why = why;
	if (t) {
		ev.handle = s ? session_handle(s) : tunnel_handle(t);
		ev.tunnel_name = t->conf.tunnel_name;
	}
	ev.session_name = s ? s->conf.session_name : NULL;
	e->host.event(e->host.ctx, &ev);
}

void engine_advance(struct engine *e, uint64_t now_ms)
{
	engine_enter(e);
	timers_advance(&e->timers, now_ms);
	engine_leave(e);
}

uint64_t engine_next_ms(const struct engine *e)
{
	return timers_next(&e->timers);
}

void engine_datapath_result(struct engine *e, const struct dp_result *r)
{
	struct tunnel *t;
	struct session *s;

	engine_enter(e);
	if (r->handle.session_id == 0) {
		t = engine_tunnel_by_handle(e, r->handle);
		if (t)
			tunnel_datapath_result(t, r);
	} else {
		s = engine_session_by_handle(e, r->handle);
		if (s)
			session_datapath_result(s, r);
		else if (r->request == DP_SESSION_CREATE && r->err == 0 && r->channel >= 0)
			e->host.datapath->channel_close(e->host.datapath, r->channel);
	}
	engine_leave(e);
}

void engine_ppp_event(struct engine *e, const struct ppp_event *event)
{
	struct session *s = engine_session_by_handle(e, event->handle);

	engine_enter(e);
	if (s)
		session_ppp_event(s, event);
	engine_leave(e);
}

void engine_resolved(struct engine *e, struct handle handle, const struct addr *addr,
		     const char *why)
{
	struct tunnel *t = engine_tunnel_by_handle(e, handle);

	engine_enter(e);
	if (t)
		tunnel_resolved(t, addr, why);
	engine_leave(e);
}

/* --- vendors' AVPs ------------------------------------------------------------------------- */

/* Somebody understands an AVP of a vendor's. */
struct vendor_avp {
	struct keymap_node node;
	struct list link; /* all of them, for the end */
	uint16_t key[2];  /* vendor, type */
	engine_avp_seen seen;
	void *ctx;
};

static struct vendor_avp *vendor_avp(const struct engine *e, uint16_t vendor, uint16_t type)
{
	uint16_t key[2] = { vendor, type };
	struct keymap_node *n = keymap_get(&e->vendor_avps, key, sizeof(key));

	return n ? container_of(n, struct vendor_avp, node) : NULL;
}

int engine_register_avp(struct engine *e, uint16_t vendor, uint16_t type, engine_avp_seen seen,
			void *ctx)
{
	struct vendor_avp *v;
	int err;

	if (vendor == VENDOR_IETF || avp_find(vendor, type) != AVP_COUNT)
		return -EINVAL;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = (struct vendor_avp){ .key = { vendor, type }, .seen = seen, .ctx = ctx };
	err = keymap_add(&e->vendor_avps, &v->node, v->key, sizeof(v->key));
	if (err)
		free(v);
	else
		list_add_tail(&e->vendor_list, &v->link);
	return err;
}

static void vendor_avp_free(struct engine *e, struct vendor_avp *v)
{
	keymap_del(&e->vendor_avps, &v->node);
	list_del(&v->link);
	free(v);
}

bool engine_unregister_avp(struct engine *e, uint16_t vendor, uint16_t type)
{
	struct vendor_avp *v = vendor_avp(e, vendor, type);

	if (v)
		vendor_avp_free(e, v);
	return v != NULL;
}

bool engine_knows_avp(const void *engine, uint16_t vendor, uint16_t type)
{
	return vendor_avp(engine, vendor, type) != NULL;
}

void engine_tell_avps(struct engine *e, struct handle h, const struct msg *m)
{
	for (unsigned i = 0; i < m->vendors; i++) {
		const struct avp_raw *raw = &m->vendor[i];
		const struct vendor_avp *v = vendor_avp(e, raw->vendor, raw->type);

		if (v)
			v->seen(v->ctx, h, (uint16_t)m->type, raw->value.p, raw->value.len);
	}
}

/* --- life -------------------------------------------------------------------------------- */

/* All that is found by a key. */
enum { ENGINE_MAPS = 9 };

static struct keymap *engine_map(struct engine *e, int i)
{
	struct keymap *maps[ENGINE_MAPS] = { &e->tunnel_names, &e->session_names, &e->peers,
					     &e->flows,	       &e->zero_ids,	  &e->sources,
					     &e->dials,	       &e->vendor_avps,	  &e->users };

	return maps[i];
}

struct engine *engine_new(const struct engine_host *host, uint64_t now_ms)
{
	struct engine *e = calloc(1, sizeof(*e));
	uint64_t seed[ENGINE_MAPS];

	if (!e)
		return NULL;
	e->host = *host;
	timers_init(&e->timers, now_ms);
	list_init(&e->ended_tunnels);
	list_init(&e->ended_sessions);
	list_init(&e->half_open);
	start_init(e);
	retry_init(e);
	list_init(&e->vendor_list);
	host->random(host->ctx, seed, sizeof(seed));
	for (int i = 0; i < ENGINE_MAPS; i++)
		keymap_init(engine_map(e, i), seed[i]);
	if (param_resolve(&system_params, &e->system, NULL, 0, NULL) < 0 || profiles_init(e) < 0) {
		engine_free(e);
		return NULL;
	}
	return e;
}

struct engine *engine_shadow(const struct engine *e)
{
	struct engine_host host = { .ctx = e->host.ctx,
				    .random = e->host.random,
				    .datapath = e->host.datapath,
				    .host_name = e->host.host_name };

	return engine_new(&host, e->timers.now_ms);
}

void engine_free(struct engine *e)
{
	struct idmap_node *tn, *sn;

	if (!e)
		return;
	e->stopping = true;
	idmap_for_each (tn, &e->tunnels) /* nothing moves them any more */
		fsm_force(&container_of(tn, struct tunnel, node)->fsm, TUNNEL_ST_GONE);
	idmap_for_each (tn, &e->tunnels) {
		struct tunnel *t = container_of(tn, struct tunnel, node);

		idmap_for_each (sn, &t->sessions)
			session_free(container_of(sn, struct session, node));
		tunnel_free(t);
	}
	idmap_free(&e->tunnels);
	while (!list_empty(&e->vendor_list))
		vendor_avp_free(e, container_of(e->vendor_list.next, struct vendor_avp, link));
	for (int i = 0; i < ENGINE_MAPS; i++)
		keymap_free(engine_map(e, i));
	profiles_free(e);
	param_free(&system_params, &e->system);
	free(e);
}

void engine_set_ppp(struct engine *e, const struct ppp_provider *ppp)
{
	e->ppp = ppp;
}

void engine_set_transport(struct engine *e, struct transport transport)
{
	e->host.transport = transport;
}

void engine_set_datapath(struct engine *e, struct datapath *dp)
{
	e->host.datapath = dp;
}

const struct datapath *engine_datapath(const struct engine *e)
{
	return e->host.datapath;
}

void engine_start(struct engine *e)
{
	struct idmap_node *n;

	engine_enter(e);
	e->started = true;
	idmap_for_each (n, &e->tunnels)
		tunnel_post(container_of(n, struct tunnel, node), TUNNEL_EV_OPEN, NULL);
	engine_leave(e);
}

void engine_configuring(struct engine *e, bool configuring)
{
	e->configuring = configuring;
}

void engine_stop(struct engine *e)
{
	struct idmap_node *n;

	engine_enter(e);
	e->stopping = true;
	idmap_for_each (n, &e->tunnels)
		tunnel_close(container_of(n, struct tunnel, node), STOPCCN_SHUTDOWN, 0,
			     "shutting down");
	engine_leave(e);
}

bool engine_is_empty(const struct engine *e)
{
	return e->tunnel_count == 0;
}

/* --- system ---------------------------------------------------------------------------------- */

const struct system_conf *system_conf(const struct engine *e)
{
	return &e->system;
}

static void reset_statistics(struct engine *e)
{
	struct engine_stats now = { .tunnels_up = e->stats.tunnels_up,
				    .sessions_up = e->stats.sessions_up,
				    .ppp_up = e->stats.ppp_up,
				    .ppp_starting = e->stats.ppp_starting,
				    .ppp_waiting = e->stats.ppp_waiting };
	struct idmap_node *n;

	e->stats = now;
	e->messages = (struct message_stats){ 0 };
	idmap_for_each (n, &e->tunnels)
		container_of(n, struct tunnel, node)->xport.stats = (struct xport_stats){ 0 };
}

void system_unset(struct engine *e, unsigned row)
{
	struct system_conf fresh = { 0 };

	if (param_resolve(&system_params, &fresh, NULL, 0, NULL) == 0)
		(void)param_copy(&system_params, row, &e->system, &fresh);
	e->system.set &= ~(UINT64_C(1) << row);
	param_free(&system_params, &fresh);
}

int system_modify(struct engine *e, const struct system_conf *conf, char **why)
{
	for (unsigned row = 0; e->started && row < system_params.count; row++)
		if (param_is_set(conf, row) && (system_params.row[row].flags & PARAM_CREATE))
			return why_set(
				why, EBUSY,
				"%s can only be set in the configuration file, for the next start",
				system_params.row[row].name);
	if (param_merge(&system_params, &e->system, conf) < 0)
		return why_set(why, ENOMEM, "out of memory");
	if (e->system.reset_statistics)
		reset_statistics(e);
	e->system.reset_statistics = false;
	if (param_is_set(conf, (unsigned)param_find(&system_params, "drain_tunnels")))
		engine_check_drained(e);
	return 0;
}
