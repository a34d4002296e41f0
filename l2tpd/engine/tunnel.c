/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel.c - control connections: RFC 2661 section 7.2.1 as a table.
 *
 * The RFC's four states are joined by ours: before SCCRQ the peer's name is
 * looked up; before SCCRQ and SCCRP the kernel is asked whether our id is free;
 * the kernel's tunnel is made before SCCCN goes out, or when it has come, since
 * until then the peer may be nobody (halfopen.c); and "idle" after an end is three
 * states: cleaning up, waiting to try again, and gone.
 *
 * Closing has one way: tunnel_close() notes why and posts an event; the state
 * CLOSING waits until the peer has heard it, the sessions have ended, the
 * datapath let go, and (if the peer said StopCCN) its retransmissions can no
 * longer come.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- small things ----------------------------------------------------------- */

struct handle tunnel_handle(const struct tunnel *t)
{
	return (struct handle){ .tunnel_id = t->node.id, .serial = t->serial };
}

const char *tunnel_label(const struct tunnel *t, char buf[96])
{
	char peer[ENDPOINT_TEXT];

	if (t->conf.tunnel_name)
		snprintf(buf, 96, "tunnel %u (%s)", t->node.id, t->conf.tunnel_name);
	else if (t->peer.addr.family)
		snprintf(buf, 96, "tunnel %u (%s)", t->node.id, endpoint_text(&t->peer, peer));
	else
		snprintf(buf, 96, "tunnel %u", t->node.id);
	return buf;
}

static void note(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, va_list ap)
{
	t->closing.result = result;
	t->closing.error = error;
	vsnprintf(t->closing.why, sizeof(t->closing.why), fmt, ap);
}

void tunnel_because(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(t, result, error, fmt, ap);
	va_end(ap);
}

/* Once closing, the first reason stands. */
static void end(struct tunnel *t, enum tunnel_event ev, uint16_t result, uint16_t error,
		const char *fmt, va_list ap)
{
	if (t->fsm.state != TUNNEL_ST_CLOSING && t->fsm.state != TUNNEL_ST_GONE)
		note(t, result, error, fmt, ap);
	tunnel_post(t, ev, NULL);
}

void tunnel_close(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(t, TUNNEL_EV_CLOSE, result, error, fmt, ap);
	va_end(ap);
}

void tunnel_fail(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(t, TUNNEL_EV_FAILED, result, error, fmt, ap);
	va_end(ap);
}

/* --- actions: opening --------------------------------------------------------- */

static void act_resolve(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	char peer[CONF_PEER_MAX];
	struct addr addr;

	(void)msg;
	retry_peer(t, peer);
	t->closing = (struct closing){ 0 };
	t->linger_over = t->stop_received = t->lingering = false;
	t->challenged = t->authenticated = t->asked = t->mark = false;
	tunnel_channel_init(t);
	if (addr_parse(&addr, peer) == 0)
		tunnel_resolved(t, &addr, NULL);
	else
		t->e->host.resolve(t->e->host.ctx, tunnel_handle(t), peer,
				   t->conf.src_ipaddr.family);
}

void tunnel_resolved(struct tunnel *t, const struct addr *addr, const char *why)
{
	char peer[CONF_PEER_MAX];

	if (t->fsm.state != TUNNEL_ST_RESOLVING)
		return;
	if (!addr) {
		retry_peer(t, peer);
		tunnel_because(t, STOPCCN_CLEAR, 0, "%.90s: %s", peer, why);
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
		return;
	}
	t->peer = (struct endpoint){ .addr = *addr, .port = t->conf.peer_udp_port };
	t->local = (struct endpoint){ .addr = t->conf.src_ipaddr, .port = t->conf.our_udp_port };
	tunnel_post(t, TUNNEL_EV_RESOLVED, NULL);
}

static void probe(struct tunnel *t)
{
	struct datapath *dp = t->e->host.datapath;

	t->datapath_busy = true;
	dp->tunnel_probe(dp, tunnel_handle(t), t->node.id);
}

static void act_probe(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	struct transport *tr = &t->e->host.transport;
	int socket = tr->open(tr->ctx, t->peer.addr.family, &t->local);
	char local[ENDPOINT_TEXT];

	(void)msg;
	if (socket < 0) {
		tunnel_because(t, STOPCCN_CLEAR, 0, "cannot open a socket on %s: %s",
			       endpoint_text(&t->local, local), strerror(-socket));
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
		return;
	}
	t->socket = socket;
	t->own_socket = true;
	probe(t);
}

/* Another L2TP user in this network namespace has our id. */
static bool take_another_id(struct tunnel *t)
{
	uint16_t old = t->node.id;

	if (param_is_set(&t->conf, (unsigned)param_find(&tunnel_params, "tunnel_id")))
		return false;
	idmap_del(&t->e->tunnels, &t->node);
	if (engine_pick_id(t->e, &t->e->tunnels, &t->node, 0) == 0) {
		t->conf.tunnel_id = t->node.id;
		return true;
	}
	idmap_add(&t->e->tunnels, &t->node, old);
	tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES, "no free tunnel id");
	return false;
}

static void act_probe_another(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	(void)msg;
	if (take_another_id(t)) {
		probe(t);
	} else {
		t->patient = false; /* waiting will not help */
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
	}
}

static void act_wait_turn(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	(void)msg;
	t->not_ready = false;
	dial_wait(t);
}

static void act_send_sccrq(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	struct msg m;

	(void)msg;
	t->port_free = true;
	control_sccrq(t, &m);
	dial_enter(t, &m);
	tunnel_send(t, 0, &m);
}

static void act_join(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	int err;

	t->port_free = false;
	if (control_take_peer(t, msg) < 0 || auth_take_peer(t, msg) < 0 ||
	    auth_check_response(t, msg) < 0 || control_take_ds(t, msg) < 0) {
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
		return;
	}
	err = tunnel_socket_settle(t);
	if (err == 0 && tunnel_flow_claim(t)) {
		tunnel_datapath_create(t);
		return;
	}
	if (err)
		tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES, "cannot connect the socket: %s",
			       strerror(-err));
	else
		tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES,
			       "another tunnel has the same addresses and ports, which this kernel "
			       "cannot tell apart: leave our_udp_port at 0");
	tunnel_post(t, TUNNEL_EV_FAILED, NULL);
}

static void go_up(struct tunnel *t)
{
	struct idmap_node *n;
	char label[96], peer[ENDPOINT_TEXT];

	t->was_up = true;
	t->attempts = 0;
	t->up_ms = t->e->timers.now_ms;
	t->e->stats.tunnels_up++;
	t->e->stats.tunnels_made++;
	xport_set_hello(&t->xport, t->conf.hello_s * 1000);
	if (engine_may_tell(t->e, t->local_origin, &t->e->stranger_limit,
			    "tunnels that peers opened"))
		log_info(&t->e->host.log, "%s: up, to %s at %s", tunnel_label(t, label),
			 t->peer_host_name ? t->peer_host_name : "?",
			 endpoint_text(&t->peer, peer));
	engine_emit(t->e, ENGINE_TUNNEL_UP, t, NULL, "");
	idmap_for_each (n, &t->sessions)
		session_post(container_of(n, struct session, node), SESSION_EV_TUNNEL_UP, NULL);
	tunnel_session_ended(t); /* starts the idle timer if there is none */
}

static void act_send_scccn(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	struct msg m;

	(void)msg;
	msg_start(&m, MSG_SCCCN);
	auth_put_response(t, &m);
	tunnel_send(t, 0, &m);
	go_up(t);
}

static void act_answer(void *object, const struct msg *msg)
{
	(void)msg;
	probe(object);
}

static void act_send_sccrp(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	struct msg m;

	(void)msg;
	control_sccrp(t, &m);
	tunnel_send(t, 0, &m);
}

/*
 * The peer is there, and perhaps who it says it is: it is a stranger no more.
 * What it sends meanwhile waits until the datapath has the tunnel.
 */
static void act_admit(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	int err;

	half_open_end(t);
	xport_set_solicited(&t->xport, false);
	xport_ack_now(&t->xport);
	if (auth_check_response(t, msg) < 0) {
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
		return;
	}
	dial_settle(t);
	xport_pause(&t->xport);
	err = tunnel_socket_admit(t);
	if (err) {
		tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES, "cannot open a socket: %s",
			       strerror(-err));
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
		return;
	}
	tunnel_datapath_create(t);
}

static void act_go_up(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	(void)msg;
	xport_resume(&t->xport);
	go_up(t);
}

/* --- actions: closing ----------------------------------------------------------- */

/* What the operator and the subscribers are told, once for each end. */
static void tell_end(struct tunnel *t)
{
	struct engine *e = t->e;
	bool up = t->was_up, told;
	char label[96];

	if (up)
		e->stats.tunnels_up--;
	else
		e->stats.tunnels_failed++;
	t->was_up = false;
	told = engine_may_tell(e, t->local_origin, &e->stranger_limit, "tunnels that peers opened");
	if (told)
		log_info(&e->host.log, "%s: %s: %s", tunnel_label(t, label), up ? "down" : "failed",
			 t->closing.why);
	if (told || up) /* strangers that fail are not to drown the rest */
		engine_emit(e, up ? ENGINE_TUNNEL_DOWN : ENGINE_TUNNEL_FAILED, t, NULL,
			    t->closing.why);
}

static void end_sessions(struct tunnel *t)
{
	struct idmap_node *n;

	idmap_for_each (n, &t->sessions)
		session_post(container_of(n, struct session, node), SESSION_EV_TUNNEL_DOWN, NULL);
}

/* Sessions of a persistent tunnel stay; they wait for it to return. */
static bool sessions_ended(const struct tunnel *t, bool persist)
{
	struct idmap_node *n;

	if (!persist)
		return t->sessions.count == 0;
	idmap_for_each (n, &t->sessions)
		if (container_of(n, struct session, node)->fsm.state == SESSION_ST_CLOSING)
			return false;
	return true;
}

/* One step of the cleaning up; posts the end when nothing is left to wait for. */
static void clean(struct tunnel *t)
{
	struct datapath *dp = t->e->host.datapath;
	bool persist = tunnel_returns(t);
	bool told = xport_is_drained(&t->xport) || t->xport.dead;
	bool linger = t->stop_received && !t->linger_over && !t->e->stopping && !persist;

	if (t->datapath_busy || !sessions_ended(t, persist))
		return;
	if (t->datapath_up) {
		t->datapath_busy = true;
		dp->tunnel_delete(dp, tunnel_handle(t));
		return;
	}
	t->lingering = told && linger;
	if (told && !linger)
		tunnel_post(t, persist ? TUNNEL_EV_AGAIN : TUNNEL_EV_ENDED, NULL);
}

static void act_clean(void *object, const struct msg *msg)
{
	(void)msg;
	clean(object);
}

/* The end begins: nobody sees the name any more, so that a new tunnel may have it. */
static void wind_up(struct tunnel *t)
{
	if (!tunnel_returns(t)) {
		keymap_del(&t->e->tunnel_names, &t->by_name);
		memset(&t->by_name, 0, sizeof(t->by_name));
	}
	end_sessions(t);
	clean(t);
}

static void begin_end(struct tunnel *t)
{
	tell_end(t);
	wind_up(t);
}

/* Whether there is somebody who knows of the tunnel: it told us its id, or acknowledged SCCRQ. */
static bool is_heard(const struct tunnel *t)
{
	return t->channel_used &&
	       (t->peer_tunnel_id || (t->xport.ns > 0 && t->xport.sent.count == 0));
}

static void act_stop(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	struct msg m;

	(void)msg;
	xport_drop_unsent(&t->xport);
	xport_no_hello(&t->xport);
	if (is_heard(t)) {
		control_stopccn(t, &m);
		tunnel_send(t, 0, &m);
	}
	if (!is_heard(t) || t->xport.solicited)
		xport_free(&t->xport); /* nobody to tell, or who asks again is told again */
	begin_end(t);
}

/* Unknown to the peer as yet, or too late to tell it. */
static void act_drop(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	(void)msg;
	xport_free(&t->xport);
	begin_end(t);
}

/*
 * A name that cannot be resolved or an address that is not there yet: a configuration is read
 * when the machine starts, and waits for what starts later. It is told once.
 */
static void act_not_ready(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	char label[96];

	if (!t->patient || !t->wants_open) {
		act_drop(object, msg);
		return;
	}
	xport_free(&t->xport);
	if (!t->not_ready) {
		log_warning(&t->e->host.log, "%s: %s: trying again until it works",
			    tunnel_label(t, label), t->closing.why);
		engine_emit(t->e, ENGINE_TUNNEL_FAILED, t, NULL, t->closing.why);
	}
	t->not_ready = true;
	clean(t);
}

/* Deleted while it waited: nobody knows of it. */
static void act_miss_turn(void *object, const struct msg *msg)
{
	dial_leave(object);
	act_drop(object, msg);
}

static void act_unexpected(void *object, const struct msg *msg)
{
	struct tunnel *t = object;
	char name[16];

	tunnel_because(t, STOPCCN_FSM, 0, "unexpected %s", msg_name(msg->type, name));
	act_stop(object, msg);
}

static void note_stopccn(struct tunnel *t, const struct msg *m)
{
	const struct avp_result *r = &m->value[AVP_RESULT_CODE].result;
	struct text words = TEXT_INIT;

	if (!msg_has(m, AVP_RESULT_CODE)) {
		tunnel_because(t, STOPCCN_CLEAR, 0, "the peer closed it without a result code");
		return;
	}
	control_result_words(false, r, &words);
	tunnel_because(t, r->result, r->error, "the peer closed it: %s", text_str(&words));
	text_free(&words);
}

/* 5.7: the state is kept for a full retransmission cycle, to acknowledge repetitions. */
static void linger(struct tunnel *t)
{
	t->stop_received = true;
	xport_drop_unsent(&t->xport);
	xport_no_hello(&t->xport);
	xport_ack_now(&t->xport);
	xport_free(&t->xport); /* what the peer has not acknowledged it never will */
	timer_start(&t->e->timers, &t->timer, xport_cycle_ms(&t->xport));
}

static void act_stopped(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	note_stopccn(t, msg);
	linger(t);
	begin_end(t);
}

static void act_stopped_too(void *object, const struct msg *msg)
{
	(void)msg;
	linger(object);
	clean(object);
}

static void act_gone(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	(void)msg;
	timer_stop(&t->e->timers, &t->timer);
	timer_stop(&t->e->timers, &t->idle_timer);
	xport_free(&t->xport);
	list_add_tail(&t->e->ended_tunnels, &t->ended);
}

/* Deleted while waiting to be tried again: its end was told, the sessions go too. */
static void act_give_up(void *object, const struct msg *msg)
{
	(void)msg;
	wind_up(object);
}

static void act_wait(void *object, const struct msg *msg)
{
	struct tunnel *t = object;

	(void)msg;
	tunnel_socket_close(t);
	xport_free(&t->xport);
	t->peer_tunnel_id = 0;
	t->attempts++;
	t->peer_index++;
	free(t->last_failure);
	t->last_failure = strdup(t->closing.why);
	t->closing = (struct closing){ 0 };
}

/* --- hooks: the states' timers ----------------------------------------------------- */

static void enter_opening(void *object)
{
	struct tunnel *t = object;

	if (!timer_running(&t->timer))
		timer_start(&t->e->timers, &t->timer,
			    t->e->system.tunnel_establish_s * UINT64_C(1000));
}

static void enter_established(void *object)
{
	struct tunnel *t = object;

	timer_stop(&t->e->timers, &t->timer);
}

static void exit_wait_ctl_reply(void *object)
{
	dial_leave(object);
}

/* A stranger has as long as its own retransmissions take. */
static void enter_answering(void *object)
{
	struct tunnel *t = object;

	if (!timer_running(&t->timer))
		timer_start(&t->e->timers, &t->timer, xport_cycle_ms(&t->xport));
}

static void enter_closing(void *object)
{
	struct tunnel *t = object;

	half_open_end(t);
	xport_resume(&t->xport);
	timer_stop(&t->e->timers, &t->timer);
	timer_stop(&t->e->timers, &t->idle_timer);
}

static void enter_retry_wait(void *object)
{
	struct tunnel *t = object;

	timer_start(&t->e->timers, &t->timer, retry_pause_ms(t));
}

static void exit_retry_wait(void *object)
{
	struct tunnel *t = object;

	timer_stop(&t->e->timers, &t->timer);
}

void tunnel_timer_expired(struct timer *timer)
{
	struct tunnel *t = container_of(timer, struct tunnel, timer);

	if (t->fsm.state == TUNNEL_ST_RETRY_WAIT) {
		tunnel_post(t, TUNNEL_EV_OPEN, NULL);
	} else if (t->fsm.state == TUNNEL_ST_CLOSING) {
		t->linger_over = true;
		tunnel_post(t, TUNNEL_EV_CLEANED, NULL);
	} else {
		tunnel_close(t, STOPCCN_CLEAR, 0, "not established in time");
	}
}

void tunnel_idle_expired(struct timer *timer)
{
	struct tunnel *t = container_of(timer, struct tunnel, idle_timer);

	if (t->sessions.count == 0)
		tunnel_close(t, STOPCCN_CLEAR, 0, "no session for %u s", t->conf.idle_s);
}

void tunnel_session_added(struct tunnel *t)
{
	timer_stop(&t->e->timers, &t->idle_timer);
}

void tunnel_session_ended(struct tunnel *t)
{
	if (t->fsm.state == TUNNEL_ST_CLOSING)
		tunnel_post(t, TUNNEL_EV_CLEANED, NULL);
	else if (t->fsm.state == TUNNEL_ST_ESTABLISHED && t->sessions.count == 0 && t->conf.idle_s)
		timer_start(&t->e->timers, &t->idle_timer, t->conf.idle_s * UINT64_C(1000));
}

/* --- the table -------------------------------------------------------------------- */

/* clang-format off */
#define ST(s) TUNNEL_ST_##s
#define EV(e) TUNNEL_EV_##e

/* What any live state does with a close, a failure, a StopCCN or a dead channel. */
#define LIVE(s)                                                                                    \
	{ ST(s), EV(STOPCCN), act_stopped, ST(CLOSING) },                                          \
	{ ST(s), EV(CLOSE), act_stop, ST(CLOSING) },                                               \
	{ ST(s), EV(FAILED), act_stop, ST(CLOSING) },                                              \
	{ ST(s), EV(DEAD), act_drop, ST(CLOSING) }

/* The same where the peer may be nobody: it is told only if what it said was wrong. */
#define HALF_OPEN(s)                                                                               \
	{ ST(s), EV(STOPCCN), act_stopped, ST(CLOSING) },                                          \
	{ ST(s), EV(CLOSE), act_drop, ST(CLOSING) },                                               \
	{ ST(s), EV(FAILED), act_stop, ST(CLOSING) },                                              \
	{ ST(s), EV(DEAD), act_drop, ST(CLOSING) }

#define UNEXPECTED(s, e) { ST(s), EV(e), act_unexpected, ST(CLOSING) }

static const struct fsm_row rows[] = {
	/* we open: 7.2.1 "local open request" */
	{ ST(IDLE), EV(OPEN), act_resolve, ST(RESOLVING) },
	{ ST(IDLE), EV(CLOSE), act_drop, ST(CLOSING) },
	{ ST(RESOLVING), EV(RESOLVED), act_probe, ST(PROBING) },
	{ ST(RESOLVING), EV(FAILED), act_not_ready, ST(CLOSING) },
	{ ST(RESOLVING), EV(CLOSE), act_drop, ST(CLOSING) },
	{ ST(PROBING), EV(ID_FREE), act_wait_turn, ST(WAIT_TURN) },
	{ ST(PROBING), EV(ID_TAKEN), act_probe_another, ST(PROBING) },
	{ ST(PROBING), EV(FAILED), act_not_ready, ST(CLOSING) },
	{ ST(PROBING), EV(CLOSE), act_drop, ST(CLOSING) },
	{ ST(WAIT_TURN), EV(TURN), act_send_sccrq, ST(WAIT_CTL_REPLY) },
	{ ST(WAIT_TURN), EV(CLOSE), act_miss_turn, ST(CLOSING) },
	{ ST(WAIT_CTL_REPLY), EV(SCCRP), act_join, ST(JOINING) },
	UNEXPECTED(WAIT_CTL_REPLY, SCCRQ),
	UNEXPECTED(WAIT_CTL_REPLY, SCCCN),
	{ ST(WAIT_CTL_REPLY), EV(LOST), act_drop, ST(CLOSING) },
	LIVE(WAIT_CTL_REPLY),
	{ ST(JOINING), EV(DATAPATH_UP), act_send_scccn, ST(ESTABLISHED) },
	{ ST(JOINING), EV(ID_TAKEN), act_stop, ST(CLOSING) },
	UNEXPECTED(JOINING, SCCRQ),
	UNEXPECTED(JOINING, SCCRP),
	UNEXPECTED(JOINING, SCCCN),
	LIVE(JOINING),

	/* the peer opens */
	{ ST(IDLE), EV(SCCRQ), act_answer, ST(ANSWERING) },
	{ ST(IDLE), EV(FAILED), act_stop, ST(CLOSING) },
	{ ST(ANSWERING), EV(ID_FREE), act_send_sccrp, ST(WAIT_CTL_CONN) },
	{ ST(ANSWERING), EV(ID_TAKEN), act_probe_another, ST(ANSWERING) },
	UNEXPECTED(ANSWERING, SCCRQ),
	UNEXPECTED(ANSWERING, SCCRP),
	UNEXPECTED(ANSWERING, SCCCN),
	HALF_OPEN(ANSWERING),
	{ ST(WAIT_CTL_CONN), EV(SCCCN), act_admit, ST(ADMITTING) },
	UNEXPECTED(WAIT_CTL_CONN, SCCRQ),
	UNEXPECTED(WAIT_CTL_CONN, SCCRP),
	HALF_OPEN(WAIT_CTL_CONN),
	{ ST(ADMITTING), EV(DATAPATH_UP), act_go_up, ST(ESTABLISHED) },
	{ ST(ADMITTING), EV(ID_TAKEN), act_stop, ST(CLOSING) },
	LIVE(ADMITTING),

	UNEXPECTED(ESTABLISHED, SCCRQ),
	UNEXPECTED(ESTABLISHED, SCCRP),
	UNEXPECTED(ESTABLISHED, SCCCN),
	LIVE(ESTABLISHED),

	/* "clean up" */
	{ ST(CLOSING), EV(CLEANED), act_clean, ST(CLOSING) },
	{ ST(CLOSING), EV(DEAD), act_clean, ST(CLOSING) },
	{ ST(CLOSING), EV(CLOSE), act_clean, ST(CLOSING) },
	{ ST(CLOSING), EV(STOPCCN), act_stopped_too, ST(CLOSING) },
	{ ST(CLOSING), EV(ENDED), act_gone, ST(GONE) },
	{ ST(CLOSING), EV(AGAIN), act_wait, ST(RETRY_WAIT) },
	{ ST(RETRY_WAIT), EV(OPEN), act_resolve, ST(RESOLVING) },
	{ ST(RETRY_WAIT), EV(CLOSE), act_give_up, ST(CLOSING) },
};

static const struct fsm_hooks hooks[TUNNEL_STATES] = {
	[TUNNEL_ST_RESOLVING] = { enter_opening, NULL },
	[TUNNEL_ST_WAIT_CTL_REPLY] = { NULL, exit_wait_ctl_reply },
	[TUNNEL_ST_ANSWERING] = { enter_answering, NULL },
	[TUNNEL_ST_ESTABLISHED] = { enter_established, NULL },
	[TUNNEL_ST_CLOSING] = { enter_closing, NULL },
	[TUNNEL_ST_RETRY_WAIT] = { enter_retry_wait, exit_retry_wait },
};

static const char *const state_names[TUNNEL_STATES] = {
	[TUNNEL_ST_IDLE] = "idle",
	[TUNNEL_ST_RESOLVING] = "resolving",
	[TUNNEL_ST_PROBING] = "probing",
	[TUNNEL_ST_WAIT_TURN] = "wait-turn",
	[TUNNEL_ST_WAIT_CTL_REPLY] = "wait-ctl-reply",
	[TUNNEL_ST_JOINING] = "joining",
	[TUNNEL_ST_ANSWERING] = "answering",
	[TUNNEL_ST_WAIT_CTL_CONN] = "wait-ctl-conn",
	[TUNNEL_ST_ADMITTING] = "admitting",
	[TUNNEL_ST_ESTABLISHED] = "established",
	[TUNNEL_ST_CLOSING] = "closing",
	[TUNNEL_ST_RETRY_WAIT] = "retry-wait",
	[TUNNEL_ST_GONE] = "gone",
};

static const char *const event_names[TUNNEL_EVENTS] = {
	[TUNNEL_EV_OPEN] = "open",	     [TUNNEL_EV_RESOLVED] = "resolved",
	[TUNNEL_EV_FAILED] = "failed",	     [TUNNEL_EV_ID_FREE] = "id-free",
	[TUNNEL_EV_ID_TAKEN] = "id-taken",   [TUNNEL_EV_TURN] = "turn",
	[TUNNEL_EV_SCCRQ] = "SCCRQ",
	[TUNNEL_EV_SCCRP] = "SCCRP",	     [TUNNEL_EV_SCCCN] = "SCCCN",
	[TUNNEL_EV_STOPCCN] = "StopCCN",     [TUNNEL_EV_DATAPATH_UP] = "datapath-up",
	[TUNNEL_EV_CLOSE] = "close",	     [TUNNEL_EV_DEAD] = "dead",
	[TUNNEL_EV_LOST] = "lost",	     [TUNNEL_EV_CLEANED] = "cleaned",     [TUNNEL_EV_ENDED] = "ended",
	[TUNNEL_EV_AGAIN] = "again",
};
/* clang-format on */

static void moved(void *object, uint8_t from, uint8_t event)
{
	const struct tunnel *t = object;

	tunnel_trace(t, TRACE_FSM, "%s, %s -> %s", state_names[from], event_names[event],
		     state_names[t->fsm.state]);
}

static void unlisted(void *object, uint8_t event)
{
	struct tunnel *t = object;

	if (event == TUNNEL_EV_SCCRQ || event == TUNNEL_EV_SCCRP || event == TUNNEL_EV_SCCCN)
		t->e->stats.rx_unexpected++;
	tunnel_trace(t, TRACE_FSM, "%s, %s: nothing to do", state_names[t->fsm.state],
		     event_names[event]);
}

const struct fsm_class tunnel_fsm = {
	.name = "tunnel",
	.state_names = state_names,
	.event_names = event_names,
	.states = TUNNEL_STATES,
	.events = TUNNEL_EVENTS,
	.rows = rows,
	.row_count = sizeof(rows) / sizeof(rows[0]),
	.hooks = hooks,
	.moved = moved,
	.unlisted = unlisted,
};

void tunnel_post(struct tunnel *t, enum tunnel_event ev, const struct msg *msg)
{
	fsm_post(&tunnel_fsm, &t->fsm, t, (uint8_t)ev, msg);
}

const char *tunnel_state_text(const struct tunnel *t)
{
	return state_names[t->fsm.state];
}
