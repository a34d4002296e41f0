/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.c - how sessions come into being and go: made here by the
 * administrator, made by a peer's ICRQ; and which of them a message is for.
 * What a session does in between is call.c's table.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- birth and death -------------------------------------------------------------------------- */

static struct session *session_new(struct tunnel *t)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->tunnel = t;
	s->serial = ++t->e->next_serial;
	s->channel = -1;
	s->wants_open = true;
	list_init(&s->ended);
	timer_init(&s->timer, call_timer_expired);
	return s;
}

static void session_discard(struct session *s)
{
	param_free(&session_params, &s->conf);
	free(s);
}

static int check_limits(const struct tunnel *t, char **why)
{
	const struct system_conf *sys = &t->e->system;

	if (t->conf.max_sessions && t->sessions.count >= t->conf.max_sessions)
		return why_set(why, ENOSPC,
			       "tunnel %u has as many sessions as its max_sessions allows",
			       t->node.id);
	if (sys->max_sessions && t->e->session_count >= sys->max_sessions)
		return why_set(why, ENOSPC,
			       "there are as many sessions as system max_sessions allows");
	if (t->e->stopping || sys->drain_tunnels)
		return why_set(why, EPERM,
			       "new sessions are refused (system drain_tunnels, or shutting down)");
	return 0;
}

static int session_register(struct session *s, char **why)
{
	struct tunnel *t = s->tunnel;
	const char *name = s->conf.session_name;
	int err = engine_pick_id(t->e, &t->sessions, &s->node, s->conf.session_id);

	if (err)
		return why_set(why, -err,
			       err == -EEXIST ? "session id %u is in use in the tunnel"
					      : "no session id is free",
			       s->conf.session_id);
	s->conf.session_id = s->node.id;
	err = name ? keymap_add(&t->e->session_names, &s->by_name, name, strlen(name)) : 0;
	if (err) {
		idmap_del(&t->sessions, &s->node);
		return why_set(why, -err, "session_name=%s: a session of that name exists already",
			       name);
	}
	t->e->session_count++;
	tunnel_session_added(t);
	return 0;
}

static struct tunnel *tunnel_of_conf(struct engine *e, const struct session_conf *conf, char **why)
{
	uint16_t id = conf->tunnel_id	  ? conf->tunnel_id
		      : conf->tunnel_name ? tunnel_by_name(e, conf->tunnel_name)
					  : 0;
	struct tunnel *t = id ? engine_tunnel(e, id) : NULL;

	if (t && !t->lingering && t->fsm.state != TUNNEL_ST_CLOSING)
		return t;
	if (conf->tunnel_id)
		why_set(why, ENOENT, "tunnel_id=%u: there is no such tunnel", conf->tunnel_id);
	else if (conf->tunnel_name)
		why_set(why, ENOENT, "tunnel_name=%s: there is no such tunnel", conf->tunnel_name);
	else
		why_set(why, EINVAL, "tunnel_id or tunnel_name is missing: which tunnel?");
	return NULL;
}

int session_create(struct engine *e, const struct session_conf *conf, struct handle *handle,
		   char **why)
{
	struct tunnel *t = tunnel_of_conf(e, conf, why);
	struct session *s;
	int err;

	if (!t)
		return -ENOENT;
	err = check_limits(t, why);
	if (err)
		return err;
	s = session_new(t);
	if (!s)
		return why_set(why, ENOMEM, "out of memory");
	s->local_origin = true;
	err = peer_session_conf(t, conf, &s->conf, why);
	if (!err)
		err = session_conf_check(&s->conf, why);
	if (!err && !peer_allows(t, LAC_LNS_LAC))
		err = why_set(why, EPERM, "peer profile %s does not let us be a LAC (lac_lns)",
			      t->conf.peer_profile_name);
	if (!err)
		err = session_register(s, why);
	if (err) {
		session_discard(s);
		return err;
	}
	*handle = session_handle(s);
	engine_enter(e);
	session_post(s, SESSION_EV_OPEN, NULL);
	engine_leave(e);
	return 0;
}

void session_free(struct session *s)
{
	struct tunnel *t = s->tunnel;
	struct engine *e = t->e;

	call_counters_arrived(s, NULL);
	timer_stop(&e->timers, &s->timer);
	call_drop_channel(s);
	call_forget_peer(s);
	idmap_del(&t->sessions, &s->node);
	keymap_del(&e->session_names, &s->by_name);
	list_del(&s->ended);
	e->session_count--;
	free(s->closing);
	free(s->ppp);
	session_discard(s);
	tunnel_session_ended(t);
}

int session_delete(struct engine *e, uint16_t tunnel_id, uint16_t session_id, char **why)
{
	struct session *s = engine_session(e, tunnel_id, session_id);

	if (!s)
		return why_set(why, ENOENT, "tunnel %u has no session with id %u", tunnel_id,
			       session_id);
	engine_enter(e);
	s->wants_open = false;
	session_close(s, CDN_ADMIN, 0, "deleted by the administrator");
	engine_leave(e);
	return 0;
}

/* --- what the peer says
 * --------------------------------------------------------------------------- */

/* The call cannot be taken; nothing of it is kept. */
static void refuse_call(struct tunnel *t, const struct msg *icrq, uint16_t result, uint16_t error,
			const char *why)
{
	struct closing closing = { .result = result, .error = error };
	char label[96];

	snprintf(closing.why, sizeof(closing.why), "%s", why);
	t->e->stats.rx_refused++;
	if (log_limit_ok(&t->e->host.log, &t->e->peer_limit, t->e->timers.now_ms, "refused calls"))
		log_info(&t->e->host.log, "%s: call refused: %s", tunnel_label(t, label), why);
	call_send_cdn(t, 0, icrq->value[AVP_ASSIGNED_SESSION_ID].u16, &closing);
}

void session_icrq(struct tunnel *t, const struct msg *icrq)
{
	uint16_t id = icrq->value[AVP_ASSIGNED_SESSION_ID].u16;
	struct session *s;
	char *why = NULL;
	int err;

	if (!peer_allows(t, LAC_LNS_LNS)) {
		refuse_call(t, icrq, CDN_PERMANENT, 0, "this peer may not call us (lac_lns)");
		return;
	}
	if (id == 0 || idmap_get(&t->peer_sessions, id)) {
		refuse_call(t, icrq, RESULT_GENERAL, ERROR_SESSION_ID,
			    "Assigned Session ID is 0 or in use");
		return;
	}
	err = check_limits(t, &why);
	s = err ? NULL : session_new(t);
	if (s) {
		s->lns = true;
		err = peer_session_conf(t, NULL, &s->conf, &why);
		s->conf.session_type = SESSION_LNIC;
		if (!err)
			err = session_register(s, &why);
		if (err)
			session_discard(s);
	}
	if (err || !s) {
		refuse_call(t, icrq, CDN_TEMPORARY, 0, why ? why : "out of memory");
		free(why);
		return;
	}
	if (msg_has(icrq, AVP_CALL_SERIAL_NUMBER))
		s->serial_number = icrq->value[AVP_CALL_SERIAL_NUMBER].u32;
	if (call_take_peer_id(s, icrq))
		session_post(s, SESSION_EV_ICRQ, icrq);
	else
		session_post(s, SESSION_EV_CLOSE, NULL);
}

/* 7.4: a CDN or an error for a call that is not there needs no answer, but an ICRP does. */
static void no_session(struct tunnel *t, const struct msg *msg)
{
	static const struct closing unknown = { RESULT_GENERAL, ERROR_SESSION_ID,
						"no such session" };

	t->e->stats.rx_unexpected++;
	if (msg->type == MSG_ICRP || msg->type == MSG_OCRP)
		call_send_cdn(t, 0, msg->value[AVP_ASSIGNED_SESSION_ID].u16, &unknown);
}

void session_message(struct tunnel *t, uint16_t session_id, const struct msg *msg)
{
	struct idmap_node *n = session_id ? idmap_get(&t->sessions, session_id) : NULL;
	struct session *s = n ? container_of(n, struct session, node) : NULL;

	/* A LAC that hangs up before our ICRP reached it knows the call by its own id alone. */
	if (!s && session_id == 0 && msg->type == MSG_CDN &&
	    msg_has(msg, AVP_ASSIGNED_SESSION_ID)) {
		n = idmap_get(&t->peer_sessions, msg->value[AVP_ASSIGNED_SESSION_ID].u16);
		s = n ? container_of(n, struct session, by_peer_id) : NULL;
	}
	if (!s) {
		no_session(t, msg);
		return;
	}
	switch (msg->type) {
	case MSG_ICRQ:
		session_post(s, SESSION_EV_ICRQ, msg);
		break;
	case MSG_ICRP:
		session_post(s, SESSION_EV_ICRP, msg);
		break;
	case MSG_ICCN:
		session_post(s, SESSION_EV_ICCN, msg);
		break;
	case MSG_CDN:
		session_post(s, SESSION_EV_CDN, msg);
		break;
	default: /* WEN and SLI are for whoever runs the line */
		break;
	}
}
