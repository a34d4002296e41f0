/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * input.c - which tunnel a datagram is for, and which part of it a message.
 *
 * A tunnel is found by our id in the header alone, on whichever socket the
 * datagram came: several tunnels may share addresses and ports. What does not
 * come from the tunnel's peer is dropped; a peer whose port changed (NAT) is
 * believed only if it sends the very message that is next in sequence. What is
 * for no tunnel goes to stranger.c.
 */
#include "l2tpd/engine/internal.h"

/* --- messages of a tunnel ------------------------------------------------------- */

static void tunnel_message(struct tunnel *t, const struct msg *m)
{
	switch (m->type) {
	case MSG_SCCRQ:
		tunnel_post(t, TUNNEL_EV_SCCRQ, m);
		break;
	case MSG_SCCRP:
		tunnel_post(t, TUNNEL_EV_SCCRP, m);
		break;
	case MSG_SCCCN:
		tunnel_post(t, TUNNEL_EV_SCCCN, m);
		break;
	case MSG_STOPCCN:
		tunnel_post(t, TUNNEL_EV_STOPCCN, m);
		break;
	case MSG_CSUN:
		call_take_speeds(t, m);
		break;
	case MSG_CSURQ:
		call_answer_speeds(t, m);
		break;
	default: /* HELLO asks for nothing but its acknowledgement */
		break;
	}
}

/* Tells the operator what a peer does wrong, within a limit. */
static void complain(struct tunnel *t, const char *why)
{
	struct engine *e = t->e;
	char label[96];

	e->stats.rx_bad_messages++;
	if (log_limit_ok(&e->host.log, &e->peer_limit, e->timers.now_ms, "bad messages"))
		log_warning(&e->host.log, "%s: the peer sent a bad message: %s",
			    tunnel_label(t, label), why);
}

static bool is_request(const struct msg *m)
{
	return m->type == MSG_ICRQ || m->type == MSG_OCRQ;
}

static void bad_message(struct tunnel *t, const struct header *h, const struct msg *m,
			const struct verdict *v)
{
	struct idmap_node *n = h->session_id ? idmap_get(&t->sessions, h->session_id) : NULL;

	complain(t, v->why);
	if (v->kind == VERDICT_STOPCCN)
		tunnel_fail(t, v->result, v->error, "%s", v->why);
	else if (n)
		session_close(container_of(n, struct session, node), v->result, v->error, "%s",
			      v->why);
	else if (is_request(m) && t->fsm.state == TUNNEL_ST_ESTABLISHED)
		session_refuse(t, m, v);
}

/* What the RFC demands and the peer left out: forgiven, but an operator may want to know. */
static void remark(const struct tunnel *t, const struct msg *m)
{
	struct engine *e = t->e;
	char label[96], name[16];

	for (const struct msg_avp *a = msg_rows[m->type].avp; a->type; a++)
		if (avp_in(&m->expected, a->type) &&
		    log_limit_ok(&e->host.log, &e->peer_limit, e->timers.now_ms, "remarks"))
			log_warning(&e->host.log, "%s: %s without %s AVP, taken all the same",
				    tunnel_label(t, label), msg_name(m->type, name),
				    avp_rows[a->type].name);
}

/* The session that a message was about, now that it has been handled. */
static struct handle about(struct tunnel *t, const struct header *h, const struct msg *m)
{
	struct idmap_node *n = NULL;

	if (h->session_id)
		n = idmap_get(&t->sessions, h->session_id);
	else if (msg_has(m, AVP_ASSIGNED_SESSION_ID))
		n = idmap_get(&t->peer_sessions, m->value[AVP_ASSIGNED_SESSION_ID].u16);
	if (!n)
		return tunnel_handle(t);
	return session_handle(h->session_id ? container_of(n, struct session, node)
					    : container_of(n, struct session, by_peer_id));
}

/* 5.2: calls come after the tunnel is up. */
static void call_message(struct tunnel *t, const struct header *h, const struct msg *m)
{
	char name[16];

	if (t->fsm.state == TUNNEL_ST_CLOSING) {
		t->e->stats.rx_unexpected++;
	} else if (t->fsm.state != TUNNEL_ST_ESTABLISHED) {
		t->e->stats.rx_unexpected++;
		tunnel_fail(t, STOPCCN_FSM, 0, "unexpected %s", msg_name(m->type, name));
	} else if (is_request(m) && h->session_id == 0) {
		session_request(t, m);
	} else {
		session_message(t, h->session_id, m);
	}
}

void input_deliver(struct tunnel *t, const struct header *h)
{
	struct msg_reader reader = auth_reader(t);
	struct msg m;
	struct verdict v = msg_read(&m, h->body, &reader);

	t->e->stats.rx_ignored_avps += m.ignored;
	t->channel_used = true;
	if (v.kind == VERDICT_IGNORE) {
		t->e->stats.rx_ignored_messages++;
		return;
	}
	if (v.kind != VERDICT_ACCEPT) {
		bad_message(t, h, &m, &v);
		return;
	}
	t->e->messages.rx[m.type]++;
	trace_message(t, "received", h->session_id, &m);
	remark(t, &m);
	if (msg_rows[m.type].session)
		call_message(t, h, &m);
	else
		tunnel_message(t, &m);
	if (m.vendors)
		engine_tell_avps(t->e, about(t, h, &m), &m);
}

/* A message that is next in sequence and acknowledges nothing that was never sent. */
static bool is_next(const struct tunnel *t, const struct header *h)
{
	return h->body.len > 0 && h->ns == t->xport.nr && xport_plausible(&t->xport, h->nr);
}

/* The answer to an SCCRQ may come from another port; so may anything after a NAT forgot us. */
static bool follow_peer(struct tunnel *t, const struct endpoint *peer, const struct header *h)
{
	struct transport *tr = &t->e->host.transport;
	char label[96], text[ENDPOINT_TEXT];

	if (!addr_equal(&t->peer.addr, &peer->addr) || !is_next(t, h))
		return false;
	if (!t->port_free)
		log_info(&t->e->host.log, "%s: the peer's port changed, now %s",
			 tunnel_label(t, label), endpoint_text(peer, text));
	t->peer = *peer;
	if (t->own_socket && !t->port_free)
		tr->connect(tr->ctx, t->socket, &t->peer);
	return true;
}

void input_for(struct tunnel *t, const struct endpoint *local, const struct endpoint *peer,
	       const struct header *h)
{
	if (t->socket < 0 || (!endpoint_equal(&t->peer, peer) && !follow_peer(t, peer, h))) {
		t->e->stats.rx_wrong_peer++;
		return;
	}
	if (t->local.addr.family == AF_UNSPEC)
		t->local.addr = local->addr;
	tunnel_trace(t, TRACE_TRANSPORT, "received Ns %u, Nr %u, %zu bytes; %u is next", h->ns,
		     h->nr, h->body.len, t->xport.nr);
	xport_input(&t->xport, h);
}

/* --- the door ------------------------------------------------------------------------ */

void engine_input(struct engine *e, int socket, const struct endpoint *local,
		  const struct endpoint *peer, const void *datagram, size_t len)
{
	struct sender from = { .socket = socket, .local = local, .peer = peer };
	struct header h;
	enum header_verdict v = header_read(&h, datagram, len);
	struct tunnel *t;

	engine_enter(e);
	e->stats.rx_datagrams++;
	if (v == HEADER_CONTROL)
		engine_captured(e, h.tunnel_id, false, local, peer, datagram, len);
	if (v != HEADER_CONTROL)
		stranger_datagram(e, &from, v, datagram, len);
	else if (h.tunnel_id && (t = engine_tunnel(e, h.tunnel_id)))
		input_for(t, local, peer, &h);
	else
		stranger_message(e, &from, &h);
	engine_leave(e);
}
