/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call_msg.c - what the messages about calls say (RFC 2661 sections 6.6 to 6.14,
 * and RFC 5515): filled in from a session, and taken in from a peer. When they
 * are sent is the business of call.c's tables.
 *
 * Of the extensions only the PPP Disconnect Cause Code goes out unasked: it
 * stands in a CDN, after which a peer has nothing left to trip over. All others
 * need to be configured, or answer what the peer itself sent.
 */
#include "l2tpd/engine/internal.h"

#include <stdio.h>
#include <string.h>

/* --- what we tell ---------------------------------------------------------------- */

/* What stays of hexadecimal parameters while a message is written. */
struct hex_room {
	uint8_t bytes[5 * 256];
	size_t used;
};

static void put_hex(struct msg *m, enum avp a, const char *hex, struct hex_room *room)
{
	uint8_t *at = room->bytes + room->used;
	size_t n;

	if (!hex)
		return;
	n = param_hex_bytes(hex, at, sizeof(room->bytes) - room->used);
	room->used += n;
	msg_put_bytes(m, a, at, n);
}

static void put_access_line(const struct session_conf *c, struct msg *m)
{
	msg_put_text(m, AVP_AGENT_CIRCUIT_ID, c->agent_circuit_id);
	msg_put_text(m, AVP_AGENT_REMOTE_ID, c->agent_remote_id);
	if (c->connect_speed_updates)
		msg_put(m, AVP_CONNECT_SPEED_UPDATE_ENABLE);
}

static void write_icrq(struct session *s, struct msg *m)
{
	const struct session_conf *c = &s->conf;

	msg_start(m, MSG_ICRQ);
	msg_put_u16(m, AVP_ASSIGNED_SESSION_ID, s->node.id);
	msg_put_u32(m, AVP_CALL_SERIAL_NUMBER, s->serial_number);
	if (c->bearer_type)
		msg_put_u32(m, AVP_BEARER_TYPE, c->bearer_type);
	msg_put_text(m, AVP_CALLED_NUMBER, c->called_number);
	msg_put_text(m, AVP_CALLING_NUMBER, c->calling_number);
	msg_put_text(m, AVP_SUB_ADDRESS, c->sub_address);
	put_access_line(c, m);
}

/* 4.4.4: only what the LAC told that it has may be asked of it. */
uint32_t call_bearer(const struct session *s)
{
	uint32_t want = s->conf.bearer_type ? s->conf.bearer_type : BEARER_DIGITAL | BEARER_ANALOG;

	return want & s->tunnel->peer_bearer;
}

/* Likewise; a LAC that forgot to tell is taken to have what we have. */
uint32_t call_framing(const struct session *s)
{
	const struct tunnel *t = s->tunnel;
	uint32_t want = s->conf.framing_type ? s->conf.framing_type : t->conf.framing_caps;

	return t->peer_framing ? want & t->peer_framing : want;
}

/* 6.9: all of these must be there, whatever was configured. */
static void write_ocrq(struct session *s, struct msg *m)
{
	const struct session_conf *c = &s->conf;
	const char *number = c->called_number ? c->called_number : "";

	msg_start(m, MSG_OCRQ);
	msg_put_u16(m, AVP_ASSIGNED_SESSION_ID, s->node.id);
	msg_put_u32(m, AVP_CALL_SERIAL_NUMBER, s->serial_number);
	msg_put_u32(m, AVP_MINIMUM_BPS, c->minimum_bps);
	msg_put_u32(m, AVP_MAXIMUM_BPS, c->maximum_bps ? c->maximum_bps : UINT32_MAX);
	msg_put_u32(m, AVP_BEARER_TYPE, call_bearer(s));
	msg_put_u32(m, AVP_FRAMING_TYPE, call_framing(s));
	msg_put_bytes(m, AVP_CALLED_NUMBER, number, strlen(number));
	msg_put_text(m, AVP_SUB_ADDRESS, c->sub_address);
}

void call_send_request(struct session *s)
{
	struct msg m;

	s->serial_number = ++s->tunnel->e->call_serial;
	if (s->outgoing)
		write_ocrq(s, &m);
	else
		write_icrq(s, &m);
	s->known = tunnel_request(s->tunnel, &m, &s->ticket) == 0;
}

void call_send_reply(struct session *s)
{
	struct msg m;

	msg_start(&m, s->outgoing ? MSG_OCRP : MSG_ICRP);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, s->node.id);
	tunnel_send(s->tunnel, s->peer_session_id, &m);
}

/* One framing only: what both sides, and an OCRQ, can do (4.4.4). */
static uint32_t framing(const struct session *s)
{
	uint32_t can = s->conf.framing_type ? s->conf.framing_type : s->tunnel->conf.framing_caps;
	union avp_value asked;

	if (s->outgoing && facts_get(&s->facts, AVP_FRAMING_TYPE, &asked) && (can & asked.u32))
		can &= asked.u32;
	if (can & s->tunnel->peer_framing)
		can &= s->tunnel->peer_framing;
	return can & FRAMING_SYNC ? FRAMING_SYNC : FRAMING_ASYNC;
}

/* The caller's side of PPP, for an LNS that may go on from there (4.4.5). */
static void put_proxy(const struct session_conf *c, struct msg *m, struct hex_room *room)
{
	put_hex(m, AVP_INITIAL_RECEIVED_LCP_CONFREQ, c->initial_rcvd_confreq, room);
	put_hex(m, AVP_LAST_SENT_LCP_CONFREQ, c->last_sent_confreq, room);
	put_hex(m, AVP_LAST_RECEIVED_LCP_CONFREQ, c->last_rcvd_confreq, room);
	msg_put_u16(m, AVP_PROXY_AUTHEN_TYPE, c->proxy_auth_type);
	if (c->proxy_auth_type == PROXY_NONE)
		return;
	msg_put_text(m, AVP_PROXY_AUTHEN_NAME, c->proxy_auth_name);
	put_hex(m, AVP_PROXY_AUTHEN_CHALLENGE, c->proxy_auth_challenge, room);
	if (c->proxy_auth_type != PROXY_TEXT)
		msg_put_u16(m, AVP_PROXY_AUTHEN_ID, c->proxy_auth_id);
	put_hex(m, AVP_PROXY_AUTHEN_RESPONSE, c->proxy_auth_response, room);
}

/* ICCN and OCCN. WatchGuard wants no Rx Connect Speed that says nothing new. */
void call_send_connected(struct session *s)
{
	const struct session_conf *c = &s->conf;
	struct hex_room room = { .used = 0 };
	uint32_t rx = 0, tx = 0;
	struct msg m;

	conf_speeds(c->connect_speed, &rx, &tx);
	msg_start(&m, s->outgoing ? MSG_OCCN : MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, tx);
	msg_put_u32(&m, AVP_FRAMING_TYPE, framing(s));
	if (rx != tx)
		msg_put_u32(&m, AVP_RX_CONNECT_SPEED, rx);
	if (!s->outgoing)
		msg_put_text(&m, AVP_PRIVATE_GROUP_ID, c->priv_group_id);
	if (!s->outgoing && c->use_ppp_proxy && s->tunnel->conf.allow_ppp_proxy)
		put_proxy(c, &m, &room);
	put_hex(&m, AVP_LCP_WANT_OPTIONS, c->lcp_want_options, &room);
	put_hex(&m, AVP_LCP_ALLOW_OPTIONS, c->lcp_allow_options, &room);
	if (c->sequencing_required)
		msg_put(&m, AVP_SEQUENCING_REQUIRED);
	tunnel_send(s->tunnel, s->peer_session_id, &m);
}

/* @theirs 0 and a peer that knows us by no id yet: it finds the call by Assigned Session ID. */
void call_send_cdn(struct tunnel *t, uint16_t ours, uint16_t theirs, const struct closing *why)
{
	static const struct closing no_memory = { .result = RESULT_GENERAL,
						  .error = ERROR_RESOURCES };
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
	if (why->ppp.code)
		msg_put(&m, AVP_PPP_DISCONNECT_CAUSE)->ppp_cause = why->ppp;
	tunnel_send(t, theirs, &m);
}

/* 6.13: not more than once a minute; the session's timer, idle while it is up, sees to that. */
void call_send_errors(struct session *s)
{
	struct timers *timers = &s->tunnel->e->timers;
	union avp_value v;
	struct msg m;

	s->errors_due = timer_running(&s->timer);
	if (s->errors_due || !facts_get(&s->facts, AVP_CALL_ERRORS, &v))
		return;
	msg_start(&m, MSG_WEN);
	*msg_put(&m, AVP_CALL_ERRORS) = v;
	tunnel_send(s->tunnel, s->peer_session_id, &m);
	timer_start(timers, &s->timer, WEN_INTERVAL_MS);
}

/* 6.14; and for a LAC that asked for options, what became of them (RFC 3437 section 2.3). */
void call_send_link(struct session *s, const struct ppp_link *link)
{
	union avp_value v;
	bool wished = facts_get(&s->facts, AVP_LCP_WANT_OPTIONS, &v) ||
		      facts_get(&s->facts, AVP_LCP_ALLOW_OPTIONS, &v);
	struct msg m;

	msg_start(&m, MSG_SLI);
	msg_put(&m, AVP_ACCM)->accm = (struct avp_accm){ link->send_accm, link->receive_accm };
	if (wished && link->last_sent)
		msg_put_bytes(&m, AVP_LNS_LAST_SENT_LCP_CONFREQ, link->last_sent,
			      link->last_sent_len);
	if (wished && link->last_received)
		msg_put_bytes(&m, AVP_LNS_LAST_RECEIVED_LCP_CONFREQ, link->last_received,
			      link->last_received_len);
	tunnel_send(s->tunnel, s->peer_session_id, &m);
}

static bool tells_speeds(const struct session *s)
{
	return !s->lns && !s->outgoing && s->conf.connect_speed_updates &&
	       s->fsm.state == SESSION_ST_ESTABLISHED;
}

static void put_speeds(const struct session *s, struct msg *m)
{
	struct avp_speeds v = { .session_id = s->peer_session_id };

	if (!tells_speeds(s) || m->speeds >= MSG_MAX_SPEEDS)
		return;
	conf_speeds(s->conf.connect_speed, &v.rx, &v.tx);
	m->speed[m->speeds++] = v;
}

void call_send_speeds(struct session *s)
{
	struct msg m;

	msg_start(&m, MSG_CSUN);
	put_speeds(s, &m);
	if (m.speeds)
		tunnel_send(s->tunnel, 0, &m);
}

/* --- what we are told ---------------------------------------------------------------- */

static struct session *session_of(const struct tunnel *t, uint16_t id)
{
	struct idmap_node *n = id ? idmap_get(&t->sessions, id) : NULL;

	return n ? container_of(n, struct session, node) : NULL;
}

/* RFC 5515 section 4.1: the LAC's line became faster or slower. */
void call_take_speeds(struct tunnel *t, const struct msg *csun)
{
	for (unsigned i = 0; i < csun->speeds; i++) {
		const struct avp_speeds *v = &csun->speed[i];
		struct session *s = session_of(t, v->session_id);
		union avp_value enabled;

		if (!s || !s->lns ||
		    !facts_get(&s->facts, AVP_CONNECT_SPEED_UPDATE_ENABLE, &enabled)) {
			t->e->stats.rx_unexpected++;
			continue;
		}
		facts_put(&s->facts, AVP_TX_CONNECT_SPEED, &(union avp_value){ .u32 = v->tx });
		facts_put(&s->facts, AVP_RX_CONNECT_SPEED, &(union avp_value){ .u32 = v->rx });
	}
}

/* RFC 5515 section 4.2: the LNS asks; of calls for which we offered nothing it hears nothing. */
void call_answer_speeds(struct tunnel *t, const struct msg *csurq)
{
	struct msg m;

	msg_start(&m, MSG_CSUN);
	for (unsigned i = 0; i < csurq->speeds; i++) {
		struct session *s = session_of(t, csurq->speed[i].session_id);

		if (s)
			put_speeds(s, &m);
	}
	if (m.speeds)
		tunnel_send(t, 0, &m);
}

/* Keeps what a message tells of the call; of proxies only what the operator lets in. */
void call_take_facts(struct session *s, const struct msg *m)
{
	struct engine *e = s->tunnel->e;

	e->stats.rx_ignored_avps += facts_take(&s->facts, m, s->tunnel->conf.allow_ppp_proxy);
	if (msg_has(m, AVP_SEQUENCING_REQUIRED))
		s->peer_wants_seq = true;
}

static uint16_t point(const struct session *s, enum avp a, const void **p)
{
	union avp_value v;

	if (!facts_get(&s->facts, a, &v))
		return 0;
	*p = v.bytes.p;
	return (uint16_t)v.bytes.len;
}

static uint16_t number(const struct session *s, enum avp a)
{
	union avp_value v;

	return facts_get(&s->facts, a, &v) ? v.u16 : 0;
}

/* 4.4.5: without all that its type demands, proxy authentication is none. */
static bool proxy_is_whole(const struct ppp_proxy *p)
{
	switch (p->auth_type) {
	case PROXY_TEXT:
	case PROXY_PAP:
		return p->auth_name && p->auth_response;
	case PROXY_CHAP:
	case PROXY_MSCHAP:
		return p->auth_name && p->auth_challenge && p->auth_response;
	case PROXY_NONE:
		return true;
	}
	return false;
}

bool call_proxy(const struct session *s, struct ppp_proxy *p)
{
	*p = (struct ppp_proxy){ 0 };
	p->initial_received_len = point(s, AVP_INITIAL_RECEIVED_LCP_CONFREQ, &p->initial_received);
	p->last_sent_len = point(s, AVP_LAST_SENT_LCP_CONFREQ, &p->last_sent);
	p->last_received_len = point(s, AVP_LAST_RECEIVED_LCP_CONFREQ, &p->last_received);
	p->auth_type = number(s, AVP_PROXY_AUTHEN_TYPE);
	p->auth_id = (uint8_t)number(s, AVP_PROXY_AUTHEN_ID);
	p->auth_name_len = point(s, AVP_PROXY_AUTHEN_NAME, &p->auth_name);
	p->auth_challenge_len = point(s, AVP_PROXY_AUTHEN_CHALLENGE, &p->auth_challenge);
	p->auth_response_len = point(s, AVP_PROXY_AUTHEN_RESPONSE, &p->auth_response);
	p->want_len = point(s, AVP_LCP_WANT_OPTIONS, &p->want);
	p->allow_len = point(s, AVP_LCP_ALLOW_OPTIONS, &p->allow);
	if (!proxy_is_whole(p))
		p->auth_type = 0;
	return p->initial_received || p->last_sent || p->last_received || p->auth_type || p->want ||
	       p->allow;
}

/* Why the peer hung up, in all the words that it has for it. */
void call_cdn_words(const struct msg *m, struct text *out)
{
	const struct avp_ppp_cause *ppp = &m->value[AVP_PPP_DISCONNECT_CAUSE].ppp_cause;
	const struct avp_cause *q931 = &m->value[AVP_Q931_CAUSE_CODE].cause;
	char words[160];

	control_result_words(true, &m->value[AVP_RESULT_CODE].result, out);
	if (msg_has(m, AVP_Q931_CAUSE_CODE)) {
		text_addf(out, "; %s", q931_text(q931->cause, words, sizeof(words)));
		if (q931->advisory.len)
			text_add(out, ": ");
		control_peer_text(q931->advisory, out);
	}
	if (msg_has(m, AVP_PPP_DISCONNECT_CAUSE)) {
		text_addf(out, "; PPP: %s",
			  ppp_cause_text(ppp->code, ppp->direction, words, sizeof(words)));
		if (ppp->message.len)
			text_add(out, ": ");
		control_peer_text(ppp->message, out);
	}
}
