/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel_life.c - how tunnels come into being and go: made here by the
 * administrator, made by a stranger's SCCRQ. What a tunnel does in between is
 * tunnel.c's table.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- birth and death ---------------------------------------------------------------- */

static struct tunnel *tunnel_new(struct engine *e)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->e = e;
	t->serial = ++e->next_serial;
	t->socket = -1;
	t->wants_open = true;
	list_init(&t->ended);
	list_init(&t->half_open);
	list_init(&t->dialing);
	timer_init(&t->timer, tunnel_timer_expired);
	timer_init(&t->idle_timer, tunnel_idle_expired);
	return t;
}

static void tunnel_discard(struct tunnel *t)
{
	param_free(&tunnel_params, &t->conf);
	origins_free(&t->origins);
	free(t->last_failure);
	free(t);
}

/* Registers a tunnel whose conf is resolved under its id and name. */
static int tunnel_register(struct tunnel *t, char **why)
{
	struct engine *e = t->e;
	const char *name = t->conf.tunnel_name;
	int err = engine_pick_id(e, &e->tunnels, &t->node, t->conf.tunnel_id);

	if (err)
		return why_set(why, -err,
			       err == -EEXIST ? "tunnel id %u is in use" : "no tunnel id is free",
			       t->conf.tunnel_id);
	t->conf.tunnel_id = t->node.id;
	t->traces_system = traces_nothing_own(&tunnel_params, &t->conf, &t->origins);
	err = name ? keymap_add(&e->tunnel_names, &t->by_name, name, strlen(name)) : 0;
	if (err) {
		idmap_del(&e->tunnels, &t->node);
		memset(&t->by_name, 0, sizeof(t->by_name));
		return why_set(why, -err, "tunnel_name=%s: a tunnel of that name exists already",
			       name);
	}
	tunnel_channel_init(t);
	e->tunnel_count++;
	return 0;
}

static int may_create(struct engine *e, char **why)
{
	if (e->configuring && !e->stopping)
		return 0; /* the configuration is checked as a whole */
	if (e->system.deny_local_tunnels)
		return why_set(why, EPERM,
			       "tunnels made here are refused (system deny_local_tunnel_creates)");
	if (e->stopping || e->system.drain_tunnels)
		return why_set(why, EPERM,
			       "new tunnels are refused (system drain_tunnels, or shutting down)");
	if (e->system.max_tunnels && e->tunnel_count >= e->system.max_tunnels) {
		engine_limit(e, NULL, NULL, "system max_tunnels");
		return why_set(why, ENOSPC,
			       "there are as many tunnels as system max_tunnels allows");
	}
	return 0;
}

int tunnel_create(struct engine *e, const struct tunnel_conf *conf, uint16_t *id, char **why)
{
	char peer[CONF_PEER_MAX];
	struct addr dest = { 0 };
	struct tunnel *t;
	int err = may_create(e, why);

	if (err)
		return err;
	t = tunnel_new(e);
	if (!t)
		return why_set(why, ENOMEM, "out of memory");
	t->local_origin = true;
	conf_peer(conf->dest_ipaddr, 0, peer);
	addr_parse(&dest, peer);
	t->patient = !e->started || e->configuring;
	err = peer_tunnel_conf(e, conf, &dest, NULL, &t->conf, &t->origins, why);
	if (!err)
		err = tunnel_conf_check(&t->conf, why);
	if (!err)
		err = tunnel_register(t, why);
	if (err) {
		tunnel_discard(t);
		return err;
	}
	*id = t->node.id;
	tunnel_trace(t, TRACE_API, "made by the administrator");
	engine_enter(e);
	if (e->started)
		tunnel_post(t, TUNNEL_EV_OPEN, NULL);
	engine_leave(e);
	return 0;
}

/* Whether what the SCCRQ says is acceptable (7.2.1); t->closing says why not. */
static int take_sccrq(struct tunnel *t, const struct msg *sccrq)
{
	int err, answer = tunnel_socket_answer(t);
	char *why = NULL;

	err = control_take_peer(t, sccrq);
	if (!err)
		err = auth_take_peer(t, sccrq);
	if (!err && tunnel_secret_check(&t->conf, &why) < 0) {
		tunnel_because(t, STOPCCN_NOT_AUTHORIZED, 0, "%s", why ? why : "out of memory");
		err = -EACCES;
	}
	free(why);
	if (!err && answer)
		tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES, "cannot open a socket: %s",
			       strerror(-answer));
	return err ? err : answer;
}

int tunnel_from_sccrq(struct engine *e, const struct endpoint *local, const struct endpoint *peer,
		      const struct msg *sccrq)
{
	struct tunnel *t = tunnel_new(e);
	int err;

	if (!t)
		return -ENOMEM;
	t->local = *local;
	t->peer = *peer;
	if (peer_tunnel_conf(e, NULL, &peer->addr, sccrq, &t->conf, &t->origins, NULL) < 0 ||
	    tunnel_register(t, NULL) < 0) {
		tunnel_discard(t);
		return -ENOMEM;
	}
	t->channel_used = true;
	t->xport.nr = 1; /* their SCCRQ was number 0 */
	t->has_tie_breaker = msg_has(sccrq, AVP_TIE_BREAKER);
	if (t->has_tie_breaker)
		t->tie_breaker = sccrq->value[AVP_TIE_BREAKER].u64;
	err = half_open_begin(t);
	if (err) {
		tunnel_free(t);
		return err;
	}
	t->peer_key = tunnel_peer_key(peer, sccrq->value[AVP_ASSIGNED_TUNNEL_ID].u16);
	keymap_add(&e->peers, &t->by_peer, &t->peer_key, sizeof(t->peer_key));
	if (t->conf.accept_zero_tunnel_id) {
		t->zero_key = tunnel_peer_key(peer, 0);
		keymap_add(&e->zero_ids, &t->by_zero_id, &t->zero_key, sizeof(t->zero_key));
	}
	err = take_sccrq(t, sccrq);
	tunnel_post(t, err ? TUNNEL_EV_FAILED : TUNNEL_EV_SCCRQ, NULL);
	return 0;
}

void tunnel_free(struct tunnel *t)
{
	struct engine *e = t->e;

	half_open_end(t);
	dial_leave(t);
	timer_stop(&e->timers, &t->timer);
	timer_stop(&e->timers, &t->idle_timer);
	xport_free(&t->xport);
	tunnel_channel_count(&t->xport, &e->stats);
	tunnel_socket_close(t);
	idmap_del(&e->tunnels, &t->node);
	keymap_del(&e->tunnel_names, &t->by_name);
	keymap_del(&e->peers, &t->by_peer);
	keymap_del(&e->zero_ids, &t->by_zero_id);
	list_del(&t->ended);
	idmap_free(&t->sessions);
	idmap_free(&t->peer_sessions);
	free(t->peer_host_name);
	free(t->peer_vendor_name);
	e->tunnel_count--;
	tunnel_discard(t);
	engine_check_drained(e);
}

int tunnel_delete(struct engine *e, uint16_t id, char **why)
{
	struct tunnel *t = engine_tunnel(e, id);

	if (!t || t->lingering)
		return why_set(why, ENOENT, "no tunnel has id %u", id);
	engine_enter(e);
	t->wants_open = false;
	tunnel_close(t, STOPCCN_CLEAR, 0, "deleted by the administrator");
	engine_leave(e);
	return 0;
}

/* What is named must be there. */
static int check_names(const struct engine *e, const struct tunnel_conf *conf, char **why)
{
	static const struct {
		const char *row;
		enum profile_kind kind;
	} named[] = { { "peer_profile_name", PROFILE_PEER },
		      { "session_profile_name", PROFILE_SESSION },
		      { "ppp_profile_name", PROFILE_PPP } };
	const char *names[] = { conf->peer_profile_name, conf->session_profile_name,
				conf->ppp_profile_name };

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (param_is_set(conf, (unsigned)param_find(&tunnel_params, named[i].row)) &&
		    names[i] && !profile_get(e, named[i].kind, names[i]))
			return why_set(why, ENOENT, "no %s is called %s",
				       profile_kind_name(named[i].kind), names[i]);
	return 0;
}

/* As if the tunnel were made now, with these settings of its own. */
static int resolve_anew(void *tunnel, const void *own, void *fresh, struct origins *origins,
			char **why)
{
	struct tunnel *t = tunnel;

	return peer_tunnel_conf(t->e, own, &t->peer.addr, NULL, fresh, origins, why);
}

/* What a change means to a tunnel that is up. */
static void feel_change(struct tunnel *t)
{
	t->traces_system = traces_nothing_own(&tunnel_params, &t->conf, &t->origins);
	t->xport.max_retries = (uint16_t)t->conf.max_retries;
	t->xport.retry_ms = t->conf.retry_s * 1000;
	tunnel_trace(t, TRACE_API, "modified by the administrator");
	if (t->fsm.state != TUNNEL_ST_ESTABLISHED)
		return;
	xport_set_hello(&t->xport, t->conf.hello_s * 1000);
	timer_stop(&t->e->timers, &t->idle_timer);
	tunnel_session_ended(t);
	tunnel_datapath_modify(t);
	call_bound_mtus(t);
}

int tunnel_modify(struct engine *e, uint16_t id, const struct tunnel_conf *conf, uint64_t unset,
		  char **why)
{
	struct tunnel *t = engine_tunnel(e, id);
	int err;

	if (!t || t->lingering)
		return why_set(why, ENOENT, "no tunnel has id %u", id);
	err = check_names(e, conf, why);
	if (!err)
		err = peer_inherit(&tunnel_params, &t->conf, &t->origins, unset, resolve_anew, t,
				   why);
	if (!err)
		err = param_merge(&tunnel_params, &t->conf, conf);
	if (err)
		return err == -ENOMEM ? why_set(why, ENOMEM, "out of memory") : err;
	engine_enter(e);
	feel_change(t);
	engine_leave(e);
	return 0;
}
