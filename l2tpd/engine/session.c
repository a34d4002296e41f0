/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.c - how sessions come into being and go: made here by the
 * administrator, made by a peer's ICRQ or OCRQ; and which of them a message is for.
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
	list_init(&s->by_user);
	list_init(&s->by_start);
	timer_init(&s->timer, call_timer_expired);
	return s;
}

static void session_discard(struct session *s)
{
	param_free(&session_params, &s->conf);
	origins_free(&s->origins);
	free(s);
}

static int check_limits(const struct tunnel *t, char **why)
{
	const struct system_conf *sys = &t->e->system;

	if (t->e->configuring && !t->e->stopping)
		return 0;
	if (t->conf.max_sessions && t->sessions.count >= t->conf.max_sessions) {
		engine_limit(t->e, t, NULL, "max_sessions of the tunnel");
		return why_set(why, ENOSPC,
			       "tunnel %u has as many sessions as its max_sessions allows",
			       t->node.id);
	}
	if (sys->max_sessions && t->e->session_count >= sys->max_sessions) {
		engine_limit(t->e, t, NULL, "system max_sessions");
		return why_set(why, ENOSPC,
			       "there are as many sessions as system max_sessions allows");
	}
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

static int resolve(struct session *s, const struct session_conf *own, char **why)
{
	int err = peer_session_conf(s->tunnel, own, &s->conf, &s->origins, why);

	s->traces_tunnel = !err && traces_nothing_own(&session_params, &s->conf, &s->origins);
	return err;
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
	err = resolve(s, conf, why);
	if (!err)
		err = session_conf_check(&s->conf, why);
	s->lns = s->outgoing = s->conf.session_type == SESSION_LNOC;
	if (!err && !peer_allows(t, s->lns ? LAC_LNS_LNS : LAC_LNS_LAC))
		err = why_set(why, EPERM, "peer profile %s does not let us be %s (lac_lns)",
			      t->conf.peer_profile_name, s->lns ? "an LNS" : "a LAC");
	if (!err)
		err = session_register(s, why);
	if (err) {
		session_discard(s);
		return err;
	}
	*handle = session_handle(s);
	session_trace(s, TRACE_API, "made by the administrator");
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
	start_forget(s);
	user_leave(s);
	pool_return(&s->address);
	pool_return(&s->prefix);
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
	if (s->ppp_running)
		s->ppp_cause.code = 1; /* RFC 3145: administrative disconnect */
	session_close(s, CDN_ADMIN, 0, "deleted by the administrator");
	engine_leave(e);
	return 0;
}

/* What of @conf may change while the call is up, changes; the rest is refused. */
static int modify_check(const struct session *s, const struct session_conf *conf, char **why)
{
	for (unsigned row = 0; row < session_params.count; row++)
		if (param_is_set(conf, row) && (session_params.row[row].flags & PARAM_CREATE))
			return why_set(why, EINVAL, "%s can only be given when a session is made",
				       session_params.row[row].name);
	if (param_is_set(conf, (unsigned)param_find(&session_params, "use_sequence_numbers"))) {
		if (!s->lns)
			return why_set(
				why, EPERM,
				"use_sequence_numbers: the LNS decides, and a LAC follows it "
				"(RFC 2661 section 5.4)");
		if (!conf->use_sequence_numbers && call_numbers_always(s))
			return why_set(why, EPERM,
				       "use_sequence_numbers: the LAC demanded sequence numbers "
				       "when the call was set up");
	}
	if (param_is_set(conf, (unsigned)param_find(&session_params, "sequencing_required")) &&
	    s->fsm.state == SESSION_ST_ESTABLISHED)
		return why_set(why, EPERM,
			       "sequencing_required can only be told while a call is set up");
	if (param_is_set(conf, (unsigned)param_find(&session_params, "connect_speed")))
		return conf_speeds_check(conf->connect_speed, why);
	return 0;
}

/* Whether a change is about what the link has around it. */
static bool changes_link(const struct session_conf *conf, uint64_t unset)
{
	int routes = param_find(&session_params, "routes"),
	    masquerade = param_find(&session_params, "masquerade");

	return ((conf->set | unset) >> routes & 1) || ((conf->set | unset) >> masquerade & 1);
}

/* As if the session were made now, with these settings of its own. */
static int resolve_anew(void *session, const void *own, void *fresh, struct origins *origins,
			char **why)
{
	return peer_session_conf(((struct session *)session)->tunnel, own, fresh, origins, why);
}

int session_modify(struct engine *e, uint16_t tunnel_id, uint16_t session_id,
		   const struct session_conf *conf, uint64_t unset, char **why)
{
	struct session *s = engine_session(e, tunnel_id, session_id);
	int err;

	if (!s)
		return why_set(why, ENOENT, "tunnel %u has no session with id %u", tunnel_id,
			       session_id);
	err = modify_check(s, conf, why);
	if (err)
		return err;
	if (peer_inherit(&session_params, &s->conf, &s->origins, unset, resolve_anew, s, why) < 0 ||
	    param_merge(&session_params, &s->conf, conf) < 0)
		return why_set(why, ENOMEM, "out of memory");
	s->traces_tunnel = traces_nothing_own(&session_params, &s->conf, &s->origins);
	session_trace(s, TRACE_API, "modified by the administrator");
	engine_enter(e);
	call_datapath_modify(s);
	if (param_is_set(conf, (unsigned)param_find(&session_params, "connect_speed")))
		call_send_speeds(s);
	if (s->ppp && e->host.link_changed && changes_link(conf, unset))
		e->host.link_changed(e->host.ctx, session_handle(s));
	engine_leave(e);
	return 0;
}

/* --- what the peer says --------------------------------------------------------------- */

/* The call cannot be taken; nothing of it is kept. */
static void refuse_call(struct tunnel *t, const struct msg *request, struct closing *closing)
{
	char label[96];

	t->e->stats.rx_refused++;
	if (log_limit_ok(&t->e->host.log, &t->e->peer_limit, t->e->timers.now_ms, "refused calls"))
		log_info(&t->e->host.log, "%s: call refused: %s", tunnel_label(t, label),
			 closing->why);
	call_send_cdn(t, 0, request->value[AVP_ASSIGNED_SESSION_ID].u16, closing);
}

static int refusal(struct closing *c, uint16_t result, uint16_t error, const char *why)
{
	c->result = result;
	c->error = error;
	snprintf(c->why, sizeof(c->why), "%s", why);
	return -EPERM;
}

void session_refuse(struct tunnel *t, const struct msg *request, const struct verdict *v)
{
	struct closing closing = { 0 };

	if (!msg_has(request, AVP_ASSIGNED_SESSION_ID))
		return;
	refusal(&closing, v->result, v->error, v->why);
	refuse_call(t, request, &closing);
}

/* 4.4.4: what an OCRQ asks of the line that the call is to go over. */
static int check_outgoing(const struct session *s, const struct msg *ocrq, struct closing *c)
{
	const struct tunnel_conf *tc = &s->tunnel->conf;
	uint32_t rx, tx;

	if (!tc->bearer_caps)
		return refusal(c, CDN_PERMANENT, 0,
			       "no outgoing calls are placed here (bearer_caps)");
	if (!(ocrq->value[AVP_BEARER_TYPE].u32 & tc->bearer_caps))
		return refusal(c, CDN_PERMANENT, 0, "no bearer of the type asked for");
	if (!(ocrq->value[AVP_FRAMING_TYPE].u32 & tc->framing_caps))
		return refusal(c, CDN_NO_FRAMING, 0, "no framing of the type asked for");
	if (conf_speeds(s->conf.connect_speed, &rx, &tx) == 0 &&
	    tx < ocrq->value[AVP_MINIMUM_BPS].u32)
		return refusal(c, CDN_TEMPORARY, 0,
			       "the line is slower than the Minimum BPS asked for");
	return 0;
}

/* Whether the peer may have this call at all. */
static int may_call(struct tunnel *t, const struct msg *request, struct closing *c)
{
	bool outgoing = request->type == MSG_OCRQ;
	uint16_t id = request->value[AVP_ASSIGNED_SESSION_ID].u16;
	char *why = NULL;
	int err;

	if (!peer_allows(t, outgoing ? LAC_LNS_LAC : LAC_LNS_LNS))
		return refusal(c, CDN_PERMANENT, 0,
			       outgoing ? "this peer may not have us call (lac_lns)"
					: "this peer may not call us (lac_lns)");
	if (id == 0 || idmap_get(&t->peer_sessions, id))
		return refusal(c, RESULT_GENERAL, ERROR_SESSION_ID,
			       "Assigned Session ID is 0 or in use");
	if (t->e->stopping || t->e->system.drain_tunnels)
		return refusal(c, RESULT_GENERAL, ERROR_TRY_ANOTHER,
			       "no new calls here (draining): try another");
	err = check_limits(t, &why);
	if (err)
		err = refusal(c, CDN_TEMPORARY, 0, why ? why : "out of memory");
	free(why);
	return err;
}

/* The session that a request asks for, registered; NULL with the reason in @c. */
static struct session *session_for(struct tunnel *t, const struct msg *request, struct closing *c)
{
	struct session *s = session_new(t);
	char *why = NULL;
	int err;

	if (!s) {
		refusal(c, RESULT_GENERAL, ERROR_RESOURCES, "out of memory");
		return NULL;
	}
	s->outgoing = request->type == MSG_OCRQ;
	s->lns = !s->outgoing;
	s->known = true;
	err = resolve(s, NULL, &why);
	s->conf.session_type = s->lns ? SESSION_LNIC : SESSION_LAOC;
	if (!err && s->outgoing)
		err = check_outgoing(s, request, c);
	else if (err)
		refusal(c, RESULT_GENERAL, ERROR_RESOURCES, why ? why : "out of memory");
	if (!err) {
		err = session_register(s, &why);
		if (err)
			refusal(c, CDN_TEMPORARY, 0, why ? why : "out of memory");
	}
	free(why);
	if (err) {
		session_discard(s);
		return NULL;
	}
	return s;
}

/* ICRQ, OCRQ */
void session_request(struct tunnel *t, const struct msg *request)
{
	struct closing closing = { 0 };
	struct session *s;

	s = may_call(t, request, &closing) < 0 ? NULL : session_for(t, request, &closing);
	if (!s) {
		refuse_call(t, request, &closing);
		return;
	}
	if (msg_has(request, AVP_CALL_SERIAL_NUMBER))
		s->serial_number = request->value[AVP_CALL_SERIAL_NUMBER].u32;
	if (call_take_peer_id(s, request))
		session_post(s, s->outgoing ? SESSION_EV_OCRQ : SESSION_EV_ICRQ, request);
	else
		session_post(s, SESSION_EV_CLOSE, NULL);
}

/* 7.4: a CDN or an error for a call that is not there needs no answer, but an ICRP does. */
static void no_session(struct tunnel *t, const struct msg *msg)
{
	static const struct closing unknown = { .result = RESULT_GENERAL,
						.error = ERROR_SESSION_ID,
						.why = "no such session" };

	t->e->stats.rx_unexpected++;
	if (msg->type == MSG_ICRP || msg->type == MSG_OCRP)
		call_send_cdn(t, 0, msg->value[AVP_ASSIGNED_SESSION_ID].u16, &unknown);
}

/* Only messages about calls come here. */
static enum session_event message_event(enum msg_type type)
{
	static const uint8_t events[MSG_COUNT] = {
		[MSG_ICRQ] = SESSION_EV_ICRQ, [MSG_ICRP] = SESSION_EV_ICRP,
		[MSG_ICCN] = SESSION_EV_ICCN, [MSG_OCRQ] = SESSION_EV_OCRQ,
		[MSG_OCRP] = SESSION_EV_OCRP, [MSG_OCCN] = SESSION_EV_OCCN,
		[MSG_CDN] = SESSION_EV_CDN,   [MSG_WEN] = SESSION_EV_WEN,
		[MSG_SLI] = SESSION_EV_SLI,
	};

	return (enum session_event)events[type];
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
	session_post(s, message_event(msg->type), msg);
}
