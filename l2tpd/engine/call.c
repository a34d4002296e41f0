/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call.c - sessions: RFC 2661 sections 7.4.1 (LAC) and 7.4.2 (LNS) as tables.
 *
 * The RFC's states are joined by OPENING, in which the kernel's session is made:
 * as LNS before ICRP goes out, as LAC before ICCN does, so that the peer's first
 * PPP frame finds it. PPP starts when the call is connected. CLOSING waits until
 * PPP has ended and the kernel's session is gone; RETRY_WAIT belongs to sessions
 * of persistent tunnels.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- small things ----------------------------------------------------------- */

struct handle session_handle(const struct session *s)
{
	return (struct handle){ s->tunnel->node.id, s->node.id, s->serial };
}

const char *session_label(const struct session *s, char buf[96])
{
	if (s->conf.session_name)
		snprintf(buf, 96, "session %u/%u (%s)", s->tunnel->node.id, s->node.id,
			 s->conf.session_name);
	else
		snprintf(buf, 96, "session %u/%u", s->tunnel->node.id, s->node.id);
	return buf;
}

/* The first reason stands. Without memory for it the peer hears of "no resources". */
static void note(struct session *s, uint16_t result, uint16_t error, const char *fmt, va_list ap)
{
	if (s->closing)
		return;
	s->closing = calloc(1, sizeof(*s->closing));
	if (!s->closing)
		return;
	s->closing->result = result;
	s->closing->error = error;
	vsnprintf(s->closing->why, sizeof(s->closing->why), fmt, ap);
}

static void __attribute__((format(printf, 4, 5)))
because(struct session *s, uint16_t result, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(s, result, error, fmt, ap);
	va_end(ap);
}

void session_close(struct session *s, uint16_t result, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(s, result, error, fmt, ap);
	va_end(ap);
	session_post(s, SESSION_EV_CLOSE, NULL);
}

static const char *why_text(const struct session *s)
{
	return s->closing ? s->closing->why : "out of memory";
}

/* --- messages ------------------------------------------------------------------ */

static void send_icrq(struct session *s)
{
	const struct session_conf *c = &s->conf;
	struct msg m;

	msg_start(&m, MSG_ICRQ);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, s->node.id);
	msg_put_u32(&m, AVP_CALL_SERIAL_NUMBER, s->serial_number);
	if (c->bearer_type)
		msg_put_u32(&m, AVP_BEARER_TYPE, c->bearer_type);
	msg_put_text(&m, AVP_CALLED_NUMBER, c->called_number);
	msg_put_text(&m, AVP_CALLING_NUMBER, c->calling_number);
	msg_put_text(&m, AVP_SUB_ADDRESS, c->sub_address);
	tunnel_send(s->tunnel, 0, &m);
}

static void send_icrp(struct session *s)
{
	struct msg m;

	msg_start(&m, MSG_ICRP);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, s->node.id);
	tunnel_send(s->tunnel, s->peer_session_id, &m);
}

/* One framing only: the peer's, where it can do but one (4.4.4). */
static uint32_t framing(const struct session *s)
{
	uint32_t can = s->conf.framing_type ? s->conf.framing_type : s->tunnel->conf.framing_caps;

	if (can & s->tunnel->peer_framing)
		can &= s->tunnel->peer_framing;
	return can & FRAMING_SYNC ? FRAMING_SYNC : FRAMING_ASYNC;
}

static void send_iccn(struct session *s)
{
	const struct session_conf *c = &s->conf;
	struct msg m;

	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, c->connect_speed);
	msg_put_u32(&m, AVP_FRAMING_TYPE, framing(s));
	msg_put_text(&m, AVP_PRIVATE_GROUP_ID, c->priv_group_id);
	if (c->sequencing_required)
		msg_put(&m, AVP_SEQUENCING_REQUIRED);
	tunnel_send(s->tunnel, s->peer_session_id, &m);
}

/* @session_id 0 and a peer that knows us by no id yet: it finds the call by Assigned Session ID. */
void call_send_cdn(struct tunnel *t, uint16_t ours, uint16_t theirs, const struct closing *why)
{
	static const struct closing no_memory = { RESULT_GENERAL, ERROR_RESOURCES, "" };
	struct avp_result *r;
	struct msg m;

	if (!why)
		why = &no_memory;
	msg_start(&m, MSG_CDN);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, ours);
	r = &msg_put(&m, AVP_RESULT_CODE)->result;
	r->result = why->result;
	r->error = why->error;
	r->has_error = why->result == RESULT_GENERAL;
	if (r->has_error)
		r->message = (struct bytes){ (const uint8_t *)why->why, strlen(why->why) };
	tunnel_send(t, theirs, &m);
}

/* --- datapath and PPP ------------------------------------------------------------- */

static struct dp_session datapath_session(const struct session *s)
{
	const struct datapath *dp = s->tunnel->e->host.datapath;

	return (struct dp_session){
		.handle = session_handle(s),
		.peer_tunnel_id = s->tunnel->peer_tunnel_id,
		.peer_session_id = s->peer_session_id,
		.lns = s->lns,
		.send_seq = s->conf.use_sequence_numbers || s->peer_wants_seq,
		.recv_seq = s->conf.sequencing_required,
		.reorder_ms = s->conf.reorder_ms,
		.channel = dp->has_channels && !s->conf.no_ppp,
	};
}

static void datapath_create(struct session *s)
{
	struct datapath *dp = s->tunnel->e->host.datapath;
	struct dp_session request = datapath_session(s);

	s->datapath_busy = true;
	dp->session_create(dp, &request);
}

void call_drop_channel(struct session *s)
{
	struct datapath *dp = s->tunnel->e->host.datapath;

	if (s->channel >= 0)
		dp->channel_close(dp, s->channel);
	s->channel = -1;
}

void call_counters_arrived(struct session *s, const struct dp_counters *counters)
{
	void (*done)(void *, const struct dp_counters *) = s->counters_done;

	s->counters_done = NULL;
	if (done)
		done(s->counters_arg, counters);
}

void session_datapath_result(struct session *s, const struct dp_result *r)
{
	char label[96];

	if (r->request == DP_SESSION_COUNTERS) {
		call_counters_arrived(s, r->err ? NULL : &r->counters);
		return;
	}
	if (r->request == DP_SESSION_MODIFY)
		return;
	s->datapath_busy = false;
	if (r->request == DP_SESSION_CREATE && r->err == 0) {
		s->datapath_up = true;
		s->channel = r->channel;
	} else if (r->request == DP_SESSION_DELETE) {
		s->datapath_up = false;
	}
	if (s->fsm.state == SESSION_ST_CLOSING) {
		session_post(s, SESSION_EV_CLEANED, NULL);
	} else if (r->err) {
		log_error(&s->tunnel->e->host.log, "%s: %s", session_label(s, label),
			  r->why ? r->why : strerror(-r->err));
		session_close(s, RESULT_GENERAL, ERROR_RESOURCES, "no resources for the data path");
	} else {
		session_post(s, SESSION_EV_DATAPATH_UP, NULL);
	}
}

static void start_ppp(struct session *s)
{
	struct engine *e = s->tunnel->e;
	struct ppp_conf conf = { 0 };
	struct ppp_start start = {
		.handle = session_handle(s),
		.lns = s->lns,
		.channel = s->channel,
		.mtu_limit = (uint16_t)(s->tunnel->conf.mtu < UINT16_MAX ? s->tunnel->conf.mtu
									 : UINT16_MAX),
		.user_name = s->conf.user_name,
		.user_password = s->conf.user_password,
		.interface_name = s->conf.interface_name,
		.peer_tunnel_id = s->tunnel->peer_tunnel_id,
		.peer_session_id = s->peer_session_id,
		.calling_number = s->conf.calling_number,
		.called_number = s->conf.called_number,
		.conf = &conf,
	};
	char *why = NULL;

	if (s->channel < 0)
		return; /* no_ppp, or a datapath that carries no PPP */
	if (!e->ppp) {
		session_close(s, CDN_PERMANENT, 0, "no PPP provider is loaded (l2tpd -p pppd.so)");
		return;
	}
	s->channel = -1; /* the provider's, whatever it says */
	if (peer_ppp_conf(s, &conf) < 0 || e->ppp->start(e->ppp->ctx, &start, &why) < 0)
		session_close(s, CDN_TEMPORARY, 0, "PPP did not start: %s",
			      why ? why : "out of memory");
	else
		s->ppp_running = true;
	free(why);
	param_free(&ppp_params, &conf);
}

static void ppp_went_up(struct session *s, const struct ppp_event *ev)
{
	struct engine *e = s->tunnel->e;
	char label[96], local[ADDR_TEXT], remote[ADDR_TEXT];
	bool addresses = ev->local.family != AF_UNSPEC;

	if (!s->ppp)
		s->ppp = calloc(1, sizeof(*s->ppp));
	if (s->ppp)
		*s->ppp = *ev;
	log_info(&e->host.log, "%s: PPP up on %s%s%s%s%s%s%s", session_label(s, label),
		 ev->interface, addresses ? ", " : "", addr_text(&ev->local, local),
		 addresses ? " to " : "", addr_text(&ev->remote, remote),
		 *ev->user ? ", user " : "", ev->user);
	engine_emit(e, ENGINE_PPP_UP, s->tunnel, s, "");
}

/* What the peer is told when PPP ended by itself (4.4.2). */
static void close_after_ppp(struct session *s, const struct ppp_event *ev)
{
	switch (ev->reason) {
	case PPP_REASON_STOPPED:
	case PPP_REASON_IDLE:
		session_close(s, CDN_ADMIN, 0, "PPP ended: %s", ev->why);
		break;
	case PPP_REASON_PEER:
		session_close(s, CDN_CARRIER_LOST, 0, "PPP ended: %s", ev->why);
		break;
	case PPP_REASON_AUTH:
	case PPP_REASON_AUTH_US:
		session_close(s, CDN_ADMIN, 0, "PPP authentication failed: %s", ev->why);
		break;
	case PPP_REASON_NEGOTIATE:
		session_close(s, RESULT_GENERAL, ERROR_VENDOR, "PPP could not be negotiated");
		break;
	case PPP_REASON_LOCAL:
		session_close(s, CDN_TEMPORARY, 0, "PPP failed here: %s", ev->why);
		break;
	}
}

void session_ppp_event(struct session *s, const struct ppp_event *ev)
{
	if (ev->kind == PPP_UP) {
		if (s->fsm.state == SESSION_ST_ESTABLISHED)
			ppp_went_up(s, ev);
		return;
	}
	s->ppp_running = false;
	if (s->ppp)
		engine_emit(s->tunnel->e, ENGINE_PPP_DOWN, s->tunnel, s, ev->why);
	free(s->ppp);
	s->ppp = NULL;
	if (s->fsm.state == SESSION_ST_CLOSING)
		session_post(s, SESSION_EV_CLEANED, NULL);
	else
		close_after_ppp(s, ev);
}

/* --- actions: opening --------------------------------------------------------------- */

static bool tunnel_is_up(const struct tunnel *t)
{
	return t->fsm.state == TUNNEL_ST_ESTABLISHED;
}

static void act_open(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	free(s->closing);
	s->closing = NULL;
	if (tunnel_is_up(s->tunnel))
		session_post(s, SESSION_EV_TUNNEL_UP, NULL);
}

static void act_send_icrq(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	s->serial_number = ++s->tunnel->e->call_serial;
	send_icrq(s);
}

/* Whether the peer's id for the call is one we can use; notes why not. */
bool call_take_peer_id(struct session *s, const struct msg *msg)
{
	uint16_t id = msg->value[AVP_ASSIGNED_SESSION_ID].u16;

	if (id == 0)
		because(s, RESULT_GENERAL, ERROR_VALUE, "Assigned Session ID is 0");
	else if (idmap_add(&s->tunnel->peer_sessions, &s->by_peer_id, id) < 0)
		because(s, RESULT_GENERAL, ERROR_SESSION_ID, "Assigned Session ID %u is in use",
			id);
	else
		s->peer_session_id = id;
	return s->peer_session_id != 0;
}

static void act_icrp(void *object, const struct msg *msg)
{
	struct session *s = object;

	if (call_take_peer_id(s, msg))
		datapath_create(s);
	else
		session_post(s, SESSION_EV_CLOSE, NULL);
}

static void go_up(struct session *s)
{
	struct engine *e = s->tunnel->e;
	char label[96];

	s->was_up = true;
	s->up_ms = e->timers.now_ms;
	e->stats.sessions_up++;
	e->stats.sessions_made++;
	if (engine_may_tell(e, s->local_origin, &e->peer_limit, "calls that peers made"))
		log_info(&e->host.log, "%s: up", session_label(s, label));
	engine_emit(e, ENGINE_SESSION_UP, s->tunnel, s, "");
	start_ppp(s);
}

static void act_send_iccn(void *object, const struct msg *msg)
{
	(void)msg;
	send_iccn(object);
	go_up(object);
}

static void act_answer(void *object, const struct msg *msg)
{
	(void)msg;
	datapath_create(object);
}

static void act_send_icrp(void *object, const struct msg *msg)
{
	(void)msg;
	send_icrp(object);
}

/* 4.4.4: the LAC may demand sequence numbers only now, after the datapath was made. */
static void act_connected(void *object, const struct msg *msg)
{
	struct session *s = object;
	struct datapath *dp = s->tunnel->e->host.datapath;

	xport_ack_now(&s->tunnel->xport);
	if (msg_has(msg, AVP_SEQUENCING_REQUIRED) && !s->conf.use_sequence_numbers) {
		struct dp_session request;

		s->peer_wants_seq = true;
		request = datapath_session(s);
		dp->session_modify(dp, &request);
	}
	go_up(s);
}

/* --- actions: closing ---------------------------------------------------------------- */

static void tell_end(struct session *s)
{
	struct engine *e = s->tunnel->e;
	bool up = s->was_up;
	char label[96];

	if (up)
		e->stats.sessions_up--;
	else
		e->stats.sessions_failed++;
	s->was_up = false;
	if (engine_may_tell(e, s->local_origin, &e->peer_limit, "calls that peers made"))
		log_info(&e->host.log, "%s: %s: %s", session_label(s, label),
			 up ? "down" : "failed", why_text(s));
	engine_emit(e, up ? ENGINE_SESSION_DOWN : ENGINE_SESSION_FAILED, s->tunnel, s, why_text(s));
}

/* Whether it is to be made again, by itself. */
static bool may_persist(const struct session *s)
{
	const struct tunnel *t = s->tunnel;

	return s->wants_open && s->local_origin && t->conf.persist && t->wants_open &&
	       !t->e->stopping;
}

/* Waits for nothing in line: PPP, the kernel, each answers when it can. */
static void clean(struct session *s)
{
	struct engine *e = s->tunnel->e;
	struct datapath *dp = e->host.datapath;

	call_drop_channel(s);
	/* PPP first: while the kernel's session stands, both ends can say goodbye */
	if (s->ppp_running || s->datapath_busy)
		return;
	if (s->datapath_up) {
		s->datapath_busy = true;
		dp->session_delete(dp, session_handle(s));
		return;
	}
	session_post(s, may_persist(s) ? SESSION_EV_AGAIN : SESSION_EV_ENDED, NULL);
}

static void act_clean(void *object, const struct msg *msg)
{
	(void)msg;
	clean(object);
}

static void begin_end(struct session *s)
{
	struct engine *e = s->tunnel->e;

	tell_end(s);
	if (s->ppp_running)
		e->ppp->stop(e->ppp->ctx, session_handle(s));
	clean(s);
}

static void act_hang_up(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	call_send_cdn(s->tunnel, s->node.id, s->peer_session_id, s->closing);
	begin_end(s);
}

static void act_drop(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	because(s, CDN_CARRIER_LOST, 0, "the tunnel closed: %s", s->tunnel->closing.why);
	begin_end(s);
}

static void act_unexpected(void *object, const struct msg *msg)
{
	struct session *s = object;
	char name[16];

	because(s, RESULT_GENERAL, ERROR_VENDOR, "unexpected %s", msg_name(msg->type, name));
	act_hang_up(object, msg);
}

static void act_cdn(void *object, const struct msg *msg)
{
	struct session *s = object;
	const struct avp_result *r = &msg->value[AVP_RESULT_CODE].result;
	struct text words = TEXT_INIT;

	if (msg_has(msg, AVP_RESULT_CODE)) {
		control_result_words(true, r, &words);
		because(s, r->result, r->error, "the peer hung up: %s", text_str(&words));
	} else {
		because(s, CDN_CARRIER_LOST, 0, "the peer hung up without a result code");
	}
	text_free(&words);
	begin_end(s);
}

static void act_gone(void *object, const struct msg *msg)
{
	struct session *s = object;
	struct engine *e = s->tunnel->e;

	(void)msg;
	timer_stop(&e->timers, &s->timer);
	list_add_tail(&e->ended_sessions, &s->ended);
}

void call_forget_peer(struct session *s)
{
	if (s->peer_session_id)
		idmap_del(&s->tunnel->peer_sessions, &s->by_peer_id);
	s->peer_session_id = 0;
	s->peer_wants_seq = false;
}

static void act_wait(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	call_forget_peer(s);
	free(s->closing);
	s->closing = NULL;
	tunnel_session_ended(s->tunnel);
}

/* The tunnel failed again, or is gone for good. */
static void act_still_wait(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	if (!may_persist(s))
		session_post(s, SESSION_EV_ENDED, NULL);
}

/* --- hooks: the states' timers --------------------------------------------------------- */

/* Waiting for a tunnel is the tunnel's business; the call's time begins when it is made. */
static void enter_setup(void *object)
{
	struct session *s = object;

	if (!timer_running(&s->timer))
		timer_start(&s->tunnel->e->timers, &s->timer,
			    s->tunnel->e->system.session_establish_s * UINT64_C(1000));
}

static void stop_timer(void *object)
{
	struct session *s = object;

	timer_stop(&s->tunnel->e->timers, &s->timer);
}

static void enter_retry_wait(void *object)
{
	struct session *s = object;

	timer_start(&s->tunnel->e->timers, &s->timer,
		    s->tunnel->e->system.session_persist_pend_s * UINT64_C(1000));
}

void call_timer_expired(struct timer *timer)
{
	struct session *s = container_of(timer, struct session, timer);

	if (s->fsm.state == SESSION_ST_RETRY_WAIT)
		session_post(s, SESSION_EV_OPEN, NULL);
	else
		session_close(s, CDN_TIMEOUT, 0, "not established within %u s",
			      s->tunnel->e->system.session_establish_s);
}

/* --- the tables ---------------------------------------------------------------------------- */

/* clang-format off */
#define ST(s) SESSION_ST_##s
#define EV(e) SESSION_EV_##e

#define LIVE(s)                                                                                    \
	{ ST(s), EV(CDN), act_cdn, ST(CLOSING) },                                                  \
	{ ST(s), EV(CLOSE), act_hang_up, ST(CLOSING) },                                            \
	{ ST(s), EV(TUNNEL_DOWN), act_drop, ST(CLOSING) }

#define UNEXPECTED(s, e) { ST(s), EV(e), act_unexpected, ST(CLOSING) }

#define CLEANING_UP                                                                                \
	{ ST(CLOSING), EV(CLEANED), act_clean, ST(CLOSING) },                                      \
	{ ST(CLOSING), EV(ENDED), act_gone, ST(GONE) }

/* 7.4.1 */
static const struct fsm_row laic_rows[] = {
	{ ST(IDLE), EV(OPEN), act_open, ST(WAIT_TUNNEL) },
	{ ST(WAIT_TUNNEL), EV(CLOSE), act_drop, ST(CLOSING) },
	{ ST(WAIT_TUNNEL), EV(TUNNEL_DOWN), act_drop, ST(CLOSING) },
	{ ST(WAIT_TUNNEL), EV(TUNNEL_UP), act_send_icrq, ST(WAIT_REPLY) },
	{ ST(WAIT_REPLY), EV(ICRP), act_icrp, ST(OPENING) },
	UNEXPECTED(WAIT_REPLY, ICRQ),
	UNEXPECTED(WAIT_REPLY, ICCN),
	LIVE(WAIT_REPLY),
	{ ST(OPENING), EV(DATAPATH_UP), act_send_iccn, ST(ESTABLISHED) },
	UNEXPECTED(OPENING, ICRQ),
	UNEXPECTED(OPENING, ICRP),
	UNEXPECTED(OPENING, ICCN),
	LIVE(OPENING),
	UNEXPECTED(ESTABLISHED, ICRQ),
	UNEXPECTED(ESTABLISHED, ICRP),
	UNEXPECTED(ESTABLISHED, ICCN),
	LIVE(ESTABLISHED),
	CLEANING_UP,
	{ ST(CLOSING), EV(AGAIN), act_wait, ST(RETRY_WAIT) },
	{ ST(RETRY_WAIT), EV(OPEN), act_open, ST(WAIT_TUNNEL) },
	{ ST(RETRY_WAIT), EV(TUNNEL_UP), act_send_icrq, ST(WAIT_REPLY) },
	{ ST(RETRY_WAIT), EV(TUNNEL_DOWN), act_still_wait, ST(RETRY_WAIT) },
	{ ST(RETRY_WAIT), EV(ENDED), act_gone, ST(GONE) },
	{ ST(RETRY_WAIT), EV(CLOSE), act_gone, ST(GONE) },
};

/* 7.4.2 */
static const struct fsm_row lnic_rows[] = {
	{ ST(IDLE), EV(ICRQ), act_answer, ST(OPENING) },
	{ ST(IDLE), EV(CLOSE), act_hang_up, ST(CLOSING) },
	{ ST(OPENING), EV(DATAPATH_UP), act_send_icrp, ST(WAIT_CONNECT) },
	UNEXPECTED(OPENING, ICRQ),
	UNEXPECTED(OPENING, ICRP),
	UNEXPECTED(OPENING, ICCN),
	LIVE(OPENING),
	{ ST(WAIT_CONNECT), EV(ICCN), act_connected, ST(ESTABLISHED) },
	UNEXPECTED(WAIT_CONNECT, ICRQ),
	UNEXPECTED(WAIT_CONNECT, ICRP),
	LIVE(WAIT_CONNECT),
	UNEXPECTED(ESTABLISHED, ICRQ),
	UNEXPECTED(ESTABLISHED, ICRP),
	UNEXPECTED(ESTABLISHED, ICCN),
	LIVE(ESTABLISHED),
	CLEANING_UP,
};

static const struct fsm_hooks hooks[SESSION_STATES] = {
	[SESSION_ST_WAIT_REPLY] = { enter_setup, NULL },
	[SESSION_ST_OPENING] = { enter_setup, NULL },
	[SESSION_ST_ESTABLISHED] = { stop_timer, NULL },
	[SESSION_ST_CLOSING] = { stop_timer, NULL },
	[SESSION_ST_RETRY_WAIT] = { enter_retry_wait, stop_timer },
};

static const char *const state_names[SESSION_STATES] = {
	[SESSION_ST_IDLE] = "idle",
	[SESSION_ST_WAIT_TUNNEL] = "wait-tunnel",
	[SESSION_ST_WAIT_REPLY] = "wait-reply",
	[SESSION_ST_OPENING] = "opening",
	[SESSION_ST_WAIT_CONNECT] = "wait-connect",
	[SESSION_ST_ESTABLISHED] = "established",
	[SESSION_ST_CLOSING] = "closing",
	[SESSION_ST_RETRY_WAIT] = "retry-wait",
	[SESSION_ST_GONE] = "gone",
};

static const char *const event_names[SESSION_EVENTS] = {
	[SESSION_EV_OPEN] = "open",	   [SESSION_EV_TUNNEL_UP] = "tunnel-up",
	[SESSION_EV_ICRQ] = "ICRQ",	   [SESSION_EV_ICRP] = "ICRP",
	[SESSION_EV_ICCN] = "ICCN",	   [SESSION_EV_CDN] = "CDN",
	[SESSION_EV_DATAPATH_UP] = "datapath-up", [SESSION_EV_CLOSE] = "close",
	[SESSION_EV_TUNNEL_DOWN] = "tunnel-down", [SESSION_EV_CLEANED] = "cleaned",
	[SESSION_EV_ENDED] = "ended",	   [SESSION_EV_AGAIN] = "again",
};
/* clang-format on */

static void trace(const struct session *s, uint8_t from, uint8_t event, const char *to)
{
	char label[96];

	if (s->conf.trace_flags & TRACE_FSM)
		log_debug(&s->tunnel->e->host.log, "%s: %s, %s -> %s", session_label(s, label),
			  state_names[from], event_names[event], to);
}

static void moved(void *object, uint8_t from, uint8_t event)
{
	const struct session *s = object;

	trace(s, from, event, state_names[s->fsm.state]);
}

static void unlisted(void *object, uint8_t event)
{
	struct session *s = object;

	if (event >= SESSION_EV_ICRQ && event <= SESSION_EV_CDN)
		s->tunnel->e->stats.rx_unexpected++;
	trace(s, s->fsm.state, event, "nothing to do");
}

/* clang-format off */
#define CALL_CLASS(table)                                                                          \
	{                                                                                          \
		.name = "session", .state_names = state_names, .event_names = event_names,         \
		.states = SESSION_STATES, .events = SESSION_EVENTS, .rows = (table),               \
		.row_count = sizeof(table) / sizeof((table)[0]), .hooks = hooks, .moved = moved,   \
		.unlisted = unlisted,                                                              \
	}
/* clang-format on */

const struct fsm_class laic_fsm = CALL_CLASS(laic_rows);
const struct fsm_class lnic_fsm = CALL_CLASS(lnic_rows);

void session_post(struct session *s, enum session_event ev, const struct msg *msg)
{
	fsm_post(s->lns ? &lnic_fsm : &laic_fsm, &s->fsm, s, (uint8_t)ev, msg);
}

const char *session_state_text(const struct session *s)
{
	return state_names[s->fsm.state];
}
