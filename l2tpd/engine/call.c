/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call.c - sessions: RFC 2661 sections 7.4.1 and 7.4.2 (incoming calls, LAC and
 * LNS), 7.5.1 and 7.5.2 (outgoing calls, likewise) as tables.
 *
 * The RFC's states are joined by OPENING, in which the kernel's session is made
 * as soon as both ids are known: before ICRP, ICCN or OCRP goes out, so that the
 * peer's first PPP frame finds it. PPP starts when the call is connected. CLOSING
 * waits until PPP has ended and the kernel's session is gone; RETRY_WAIT belongs
 * to sessions of persistent tunnels. The bearer of a LAC's outgoing call is PPP
 * itself: it answers at once.
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
	s->closing->ppp = s->ppp_cause;
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

static void act_send_request(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	/* 6.9: only a LAC that told its bearer capabilities can be asked to call */
	if (s->outgoing && !s->tunnel->peer_bearer)
		session_close(s, CDN_PERMANENT, 0,
			      "the peer places no outgoing calls (no Bearer Capabilities)");
	else if (s->outgoing && (!call_bearer(s) || !call_framing(s)))
		session_close(s, CDN_PERMANENT, 0,
			      "the peer has no such bearer or framing (bearer_type, framing_type)");
	else
		call_send_request(s);
}

/* Whether the peer's id for the call is one we can use; notes why not. */
bool call_take_peer_id(struct session *s, const struct msg *msg)
{
	uint16_t id = msg->value[AVP_ASSIGNED_SESSION_ID].u16;

	s->cdn_session_id = id;
	if (id == 0)
		because(s, RESULT_GENERAL, ERROR_VALUE, "Assigned Session ID is 0");
	else if (idmap_add(&s->tunnel->peer_sessions, &s->by_peer_id, id) < 0)
		because(s, RESULT_GENERAL, ERROR_SESSION_ID, "Assigned Session ID %u is in use",
			id);
	else
		s->peer_session_id = id;
	return s->peer_session_id != 0;
}

/* ICRP, OCRP */
static void act_reply(void *object, const struct msg *msg)
{
	struct session *s = object;

	call_take_facts(s, msg);
	if (call_take_peer_id(s, msg))
		call_datapath_create(s);
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
	if (s->channel >= 0) /* no_ppp, or a datapath that carries no PPP: none */
		start_request(s);
}

static void act_send_iccn(void *object, const struct msg *msg)
{
	(void)msg;
	call_send_connected(object);
	go_up(object);
}

/* ICRQ, OCRQ */
static void act_answer(void *object, const struct msg *msg)
{
	call_take_facts(object, msg);
	call_datapath_create(object);
}

static void act_send_icrp(void *object, const struct msg *msg)
{
	(void)msg;
	call_send_reply(object);
}

/* The bearer is PPP, which is there: it answers at once. */
static void act_send_ocrp(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	call_send_reply(s);
	session_post(s, SESSION_EV_BEARER_UP, NULL);
}

/* ICCN, OCCN. 4.4.4: the LAC may demand sequence numbers only now, after the datapath was made. */
static void act_connected(void *object, const struct msg *msg)
{
	struct session *s = object;

	xport_ack_now(&s->tunnel->xport);
	call_take_facts(s, msg);
	if (s->peer_wants_seq)
		call_datapath_modify(s);
	go_up(s);
}

/* A LAC need not wait between OCRP and OCCN: the kernel's session may still be being made. */
static void act_early_occn(void *object, const struct msg *msg)
{
	struct session *s = object;

	xport_ack_now(&s->tunnel->xport);
	call_take_facts(s, msg);
	s->connected = true;
}

static void act_wait_occn(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	if (s->connected)
		session_post(s, SESSION_EV_CONNECTED, NULL);
}

static void act_was_connected(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	if (s->peer_wants_seq)
		call_datapath_modify(s);
	go_up(s);
}

/* --- actions: while it is up ----------------------------------------------------------- */

static void act_wen(void *object, const struct msg *msg)
{
	struct session *s = object;

	if (s->lns)
		call_take_facts(s, msg);
	else
		s->tunnel->e->stats.rx_unexpected++;
}

static void act_sli(void *object, const struct msg *msg)
{
	struct session *s = object;

	if (s->lns) {
		s->tunnel->e->stats.rx_unexpected++;
		return;
	}
	call_take_facts(s, msg);
	call_set_link(s, msg);
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

bool session_returns(const struct session *s)
{
	return s->wants_open && s->local_origin && tunnel_returns(s->tunnel);
}

/* Waits for nothing in line: PPP, the kernel, each answers when it can. */
static void clean(struct session *s)
{
	struct engine *e = s->tunnel->e;
	struct datapath *dp = e->host.datapath;

	start_over(s);
	call_drop_channel(s);
	/* PPP first: while the kernel's session stands, both ends can say goodbye */
	if (s->ppp_running || s->datapath_busy)
		return;
	if (s->datapath_up) {
		s->datapath_busy = true;
		dp->session_delete(dp, session_handle(s));
		return;
	}
	session_post(s, session_returns(s) ? SESSION_EV_AGAIN : SESSION_EV_ENDED, NULL);
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
	if (!session_returns(s)) { /* nobody sees the name any more: a new one may have it */
		keymap_del(&e->session_names, &s->by_name);
		memset(&s->by_name, 0, sizeof(s->by_name));
	}
	if (s->ppp_running)
		e->ppp->stop(e->ppp->ctx, session_handle(s));
	clean(s);
}

static void act_hang_up(void *object, const struct msg *msg)
{
	struct session *s = object;

	(void)msg;
	/* A peer that never heard of the call need not hear of its end. */
	if (xport_cancel(&s->tunnel->xport, &s->ticket))
		s->known = false;
	if (s->known)
		call_send_cdn(s->tunnel, s->node.id, s->cdn_session_id, s->closing);
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
		call_cdn_words(msg, &words);
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
	xport_cancel(&s->tunnel->xport, &s->ticket);
	facts_free(&s->facts);
	s->peer_session_id = s->cdn_session_id = 0;
	s->ppp_cause = (struct avp_ppp_cause){ 0 };
	s->peer_wants_seq = s->connected = s->errors_due = s->known = false;
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
	if (!session_returns(s))
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
	else if (s->fsm.state == SESSION_ST_ESTABLISHED && s->errors_due)
		call_send_errors(s);
	else if (s->fsm.state != SESSION_ST_ESTABLISHED)
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

/* Requests, replies and connects: none of them in an incoming call, none in an outgoing one. */
#define NO_INCOMING(s) UNEXPECTED(s, ICRQ), UNEXPECTED(s, ICRP), UNEXPECTED(s, ICCN)
#define NO_OUTGOING(s) UNEXPECTED(s, OCRQ), UNEXPECTED(s, OCRP), UNEXPECTED(s, OCCN)
#define NO_OTHER(s)    NO_INCOMING(s), NO_OUTGOING(s)

#define UP                                                                                         \
	{ ST(ESTABLISHED), EV(WEN), act_wen, ST(ESTABLISHED) },                                    \
	{ ST(ESTABLISHED), EV(SLI), act_sli, ST(ESTABLISHED) },                                    \
	NO_OTHER(ESTABLISHED),                                                                     \
	LIVE(ESTABLISHED)

#define CLEANING_UP                                                                                \
	{ ST(CLOSING), EV(CLEANED), act_clean, ST(CLOSING) },                                      \
	{ ST(CLOSING), EV(ENDED), act_gone, ST(GONE) }

/* Calls made here begin when the tunnel is up, and return with a persistent one. */
#define MADE_HERE                                                                                  \
	{ ST(IDLE), EV(OPEN), act_open, ST(WAIT_TUNNEL) },                                         \
	{ ST(WAIT_TUNNEL), EV(CLOSE), act_drop, ST(CLOSING) },                                     \
	{ ST(WAIT_TUNNEL), EV(TUNNEL_DOWN), act_drop, ST(CLOSING) },                               \
	{ ST(WAIT_TUNNEL), EV(TUNNEL_UP), act_send_request, ST(WAIT_REPLY) },                      \
	{ ST(CLOSING), EV(AGAIN), act_wait, ST(RETRY_WAIT) },                                      \
	{ ST(RETRY_WAIT), EV(OPEN), act_open, ST(WAIT_TUNNEL) },                                   \
	{ ST(RETRY_WAIT), EV(TUNNEL_UP), act_send_request, ST(WAIT_REPLY) },                       \
	{ ST(RETRY_WAIT), EV(TUNNEL_DOWN), act_still_wait, ST(RETRY_WAIT) },                       \
	{ ST(RETRY_WAIT), EV(ENDED), act_gone, ST(GONE) },                                         \
	{ ST(RETRY_WAIT), EV(CLOSE), act_gone, ST(GONE) }

/* 7.4.1: LAC, incoming */
static const struct fsm_row laic_rows[] = {
	MADE_HERE,
	{ ST(WAIT_REPLY), EV(ICRP), act_reply, ST(OPENING) },
	UNEXPECTED(WAIT_REPLY, ICRQ),
	UNEXPECTED(WAIT_REPLY, ICCN),
	NO_OUTGOING(WAIT_REPLY),
	LIVE(WAIT_REPLY),
	{ ST(OPENING), EV(DATAPATH_UP), act_send_iccn, ST(ESTABLISHED) },
	NO_OTHER(OPENING),
	LIVE(OPENING),
	UP,
	CLEANING_UP,
};

/* 7.4.2: LNS, incoming */
static const struct fsm_row lnic_rows[] = {
	{ ST(IDLE), EV(ICRQ), act_answer, ST(OPENING) },
	{ ST(IDLE), EV(CLOSE), act_hang_up, ST(CLOSING) },
	{ ST(OPENING), EV(DATAPATH_UP), act_send_icrp, ST(WAIT_CONNECT) },
	NO_OTHER(OPENING),
	LIVE(OPENING),
	{ ST(WAIT_CONNECT), EV(ICCN), act_connected, ST(ESTABLISHED) },
	UNEXPECTED(WAIT_CONNECT, ICRQ),
	UNEXPECTED(WAIT_CONNECT, ICRP),
	NO_OUTGOING(WAIT_CONNECT),
	LIVE(WAIT_CONNECT),
	UP,
	CLEANING_UP,
};

/* 7.5.1: LAC, outgoing */
static const struct fsm_row laoc_rows[] = {
	{ ST(IDLE), EV(OCRQ), act_answer, ST(OPENING) },
	{ ST(IDLE), EV(CLOSE), act_hang_up, ST(CLOSING) },
	{ ST(OPENING), EV(DATAPATH_UP), act_send_ocrp, ST(WAIT_CS_ANSWER) },
	NO_OTHER(OPENING),
	LIVE(OPENING),
	{ ST(WAIT_CS_ANSWER), EV(BEARER_UP), act_send_iccn, ST(ESTABLISHED) },
	NO_OTHER(WAIT_CS_ANSWER),
	LIVE(WAIT_CS_ANSWER),
	UP,
	CLEANING_UP,
};

/* 7.5.2: LNS, outgoing */
static const struct fsm_row lnoc_rows[] = {
	MADE_HERE,
	{ ST(WAIT_REPLY), EV(OCRP), act_reply, ST(OPENING) },
	UNEXPECTED(WAIT_REPLY, OCRQ),
	UNEXPECTED(WAIT_REPLY, OCCN),
	NO_INCOMING(WAIT_REPLY),
	LIVE(WAIT_REPLY),
	{ ST(OPENING), EV(OCCN), act_early_occn, ST(OPENING) },
	{ ST(OPENING), EV(DATAPATH_UP), act_wait_occn, ST(WAIT_CONNECT) },
	UNEXPECTED(OPENING, OCRQ),
	UNEXPECTED(OPENING, OCRP),
	NO_INCOMING(OPENING),
	LIVE(OPENING),
	{ ST(WAIT_CONNECT), EV(OCCN), act_connected, ST(ESTABLISHED) },
	{ ST(WAIT_CONNECT), EV(CONNECTED), act_was_connected, ST(ESTABLISHED) },
	UNEXPECTED(WAIT_CONNECT, OCRQ),
	UNEXPECTED(WAIT_CONNECT, OCRP),
	NO_INCOMING(WAIT_CONNECT),
	LIVE(WAIT_CONNECT),
	UP,
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
	[SESSION_ST_WAIT_CS_ANSWER] = "wait-cs-answer",
	[SESSION_ST_ESTABLISHED] = "established",
	[SESSION_ST_CLOSING] = "closing",
	[SESSION_ST_RETRY_WAIT] = "retry-wait",
	[SESSION_ST_GONE] = "gone",
};

static const char *const event_names[SESSION_EVENTS] = {
	[SESSION_EV_OPEN] = "open",	   [SESSION_EV_TUNNEL_UP] = "tunnel-up",
	[SESSION_EV_ICRQ] = "ICRQ",	   [SESSION_EV_ICRP] = "ICRP",
	[SESSION_EV_ICCN] = "ICCN",	   [SESSION_EV_OCRQ] = "OCRQ",
	[SESSION_EV_OCRP] = "OCRP",	   [SESSION_EV_OCCN] = "OCCN",
	[SESSION_EV_CDN] = "CDN",	   [SESSION_EV_WEN] = "WEN",
	[SESSION_EV_SLI] = "SLI",	   [SESSION_EV_BEARER_UP] = "bearer-up",
	[SESSION_EV_CONNECTED] = "connected",
	[SESSION_EV_DATAPATH_UP] = "datapath-up", [SESSION_EV_CLOSE] = "close",
	[SESSION_EV_TUNNEL_DOWN] = "tunnel-down", [SESSION_EV_CLEANED] = "cleaned",
	[SESSION_EV_ENDED] = "ended",	   [SESSION_EV_AGAIN] = "again",
};
/* clang-format on */

static void trace(const struct session *s, uint8_t from, uint8_t event, const char *to)
{
	session_trace(s, TRACE_FSM, "%s, %s -> %s", state_names[from], event_names[event], to);
}

static void moved(void *object, uint8_t from, uint8_t event)
{
	const struct session *s = object;

	trace(s, from, event, state_names[s->fsm.state]);
}

static void unlisted(void *object, uint8_t event)
{
	struct session *s = object;

	if (event >= SESSION_EV_ICRQ && event <= SESSION_EV_SLI)
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

/* By struct session's lns and outgoing. */
const struct fsm_class call_fsm[2][2] = {
	{ CALL_CLASS(laic_rows), CALL_CLASS(laoc_rows) },
	{ CALL_CLASS(lnic_rows), CALL_CLASS(lnoc_rows) },
};

void session_post(struct session *s, enum session_event ev, const struct msg *msg)
{
	fsm_post(&call_fsm[s->lns][s->outgoing], &s->fsm, s, (uint8_t)ev, msg);
}

const char *session_state_text(const struct session *s)
{
	return state_names[s->fsm.state];
}
