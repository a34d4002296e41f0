/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * input.c - which tunnel a datagram is for, and what becomes of strangers.
 *
 * A tunnel is found by our id in the header alone, on whichever socket the
 * datagram came: several tunnels may share addresses and ports. What does not
 * come from the tunnel's peer is dropped; a peer whose port changed (NAT) is
 * believed only if it sends the very message that is next in sequence. Nothing
 * here answers a stranger with more bytes than it sent.
 */
#include "l2tpd/engine/internal.h"

#include <stdarg.h>
#include <stdio.h>

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
	default: /* HELLO asks for nothing but its acknowledgement */
		break;
	}
}

static void trace_message(const struct tunnel *t, const struct header *h, const struct msg *m)
{
	struct text avps = TEXT_INIT;
	char name[16];

	if (!(t->conf.trace_flags & (TRACE_PROTOCOL | TRACE_AVP)))
		return;
	if (t->conf.trace_flags & TRACE_AVP)
		for (int a = 0; a < AVP_COUNT; a++)
			if (msg_has(m, a))
				text_addf(&avps, "%s%s", avps.len ? ", " : " with ",
					  avp_rows[a].name);
	tunnel_trace(t, t->conf.trace_flags, "received %s for session %u%s",
		     msg_name(m->type, name), h->session_id, text_str(&avps));
	text_free(&avps);
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

static void bad_message(struct tunnel *t, const struct header *h, const struct verdict *v)
{
	struct idmap_node *n = h->session_id ? idmap_get(&t->sessions, h->session_id) : NULL;

	complain(t, v->why);
	if (v->kind == VERDICT_STOPCCN)
		tunnel_close(t, v->result, v->error, "%s", v->why);
	else if (n)
		session_close(container_of(n, struct session, node), v->result, v->error, "%s",
			      v->why);
}

void input_deliver(struct tunnel *t, const struct header *h)
{
	struct msg m;
	struct verdict v = msg_read(&m, h->body);

	t->e->stats.rx_ignored_avps += m.ignored;
	t->channel_used = true;
	if (v.kind == VERDICT_IGNORE) {
		t->e->stats.rx_ignored_messages++;
		return;
	}
	if (v.kind != VERDICT_ACCEPT) {
		bad_message(t, h, &v);
		return;
	}
	trace_message(t, h, &m);
	if (!msg_rows[m.type].session)
		tunnel_message(t, &m);
	else if (t->fsm.state != TUNNEL_ST_ESTABLISHED)
		t->e->stats.rx_unexpected++;
	else if (m.type == MSG_ICRQ && h->session_id == 0)
		session_icrq(t, &m);
	else
		session_message(t, h->session_id, &m);
}

/* A message that is next in sequence and acknowledges nothing that was never sent. */
static bool is_next(const struct tunnel *t, const struct header *h)
{
	return h->body.len > 0 && h->ns == t->xport.nr &&
	       (int16_t)(uint16_t)(h->nr - t->xport.ns) <= 0;
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

static void known_tunnel(struct tunnel *t, const struct endpoint *local,
			 const struct endpoint *peer, const struct header *h)
{
	if (t->socket < 0 || (!endpoint_equal(&t->peer, peer) && !follow_peer(t, peer, h))) {
		t->e->stats.rx_wrong_peer++;
		return;
	}
	if (t->local.addr.family == AF_UNSPEC)
		t->local.addr = local->addr;
	xport_input(&t->xport, h);
}

/* --- strangers -------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
log_stranger(struct engine *e, const struct endpoint *peer, const char *fmt, ...)
{
	char line[192], text[ENDPOINT_TEXT];
	va_list ap;

	if (!log_limit_ok(&e->host.log, &e->stranger_limit, e->timers.now_ms,
			  "datagrams from strangers"))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_info(&e->host.log, "%s: %s", endpoint_text(peer, text), line);
}

/* The tunnel that this stranger opened, by its own id for it. */
static struct tunnel *opened_by(const struct engine *e, const struct endpoint *peer,
				const struct msg *m)
{
	struct peer_key key = tunnel_peer_key(peer, m->value[AVP_ASSIGNED_TUNNEL_ID].u16);
	struct keymap_node *n = keymap_get(&e->peers, &key, sizeof(key));

	return n ? container_of(n, struct tunnel, by_peer) : NULL;
}

/* Why no stranger may open a tunnel now, or NULL. */
static const char *closed_because(const struct engine *e)
{
	const struct system_conf *sys = &e->system;

	if (!e->started || e->stopping)
		return "starting up or shutting down";
	if (sys->deny_remote_tunnels)
		return "tunnels from the network are refused (system deny_remote_tunnel_creates)";
	if (sys->drain_tunnels)
		return "draining (system drain_tunnels)";
	if (sys->max_tunnels && e->tunnel_count >= sys->max_tunnels)
		return "there are as many tunnels as system max_tunnels allows";
	if (e->half_open >= HALF_OPEN_MAX)
		return "too many tunnels are half open";
	return NULL;
}

static void open_tunnel(struct engine *e, int socket, const struct endpoint *local,
			const struct endpoint *peer, const struct msg *sccrq)
{
	const char *closed = closed_because(e);

	if (closed) {
		e->stats.rx_refused++;
		log_stranger(e, peer, "SCCRQ dropped: %s", closed);
	} else if (!tunnel_from_sccrq(e, socket, local, peer, sccrq)) {
		e->stats.rx_refused++;
		log_stranger(e, peer, "SCCRQ dropped: out of memory or ids");
	}
}

/* Tunnel id 0: an SCCRQ, again or for the first time, or a StopCCN from one who gave up on us. */
static void stranger(struct engine *e, int socket, const struct endpoint *local,
		     const struct endpoint *peer, const struct header *h)
{
	struct msg m;
	struct verdict v;
	struct tunnel *t;

	if (h->body.len == 0) {
		e->stats.rx_no_tunnel++;
		return;
	}
	v = msg_read(&m, h->body);
	e->stats.rx_ignored_avps += m.ignored;
	if (v.kind != VERDICT_ACCEPT) {
		e->stats.rx_bad_messages++;
		log_stranger(e, peer, "a bad message: %s",
			     v.kind == VERDICT_IGNORE ? "unknown type" : v.why);
		return;
	}
	t = msg_has(&m, AVP_ASSIGNED_TUNNEL_ID) ? opened_by(e, peer, &m) : NULL;
	if (t)
		known_tunnel(t, local, peer, h);
	else if (m.type == MSG_SCCRQ && h->ns == 0 && h->nr == 0)
		open_tunnel(e, socket, local, peer, &m);
	else
		e->stats.rx_no_tunnel++;
}

/* --- the door ------------------------------------------------------------------------ */

static void not_control(struct engine *e, enum header_verdict v, const struct endpoint *peer)
{
	if (v == HEADER_DATA)
		e->stats.rx_data++; /* late data of a session that is gone: nothing to tell */
	else if (v == HEADER_VERSION)
		e->stats.rx_version++;
	else
		e->stats.rx_malformed++;
	if (v != HEADER_DATA)
		log_stranger(e, peer, "a datagram was dropped: %s", header_verdict_text(v));
}

void engine_input(struct engine *e, int socket, const struct endpoint *local,
		  const struct endpoint *peer, const void *datagram, size_t len)
{
	struct header h;
	enum header_verdict v = header_read(&h, datagram, len);
	struct tunnel *t;

	engine_enter(e);
	e->stats.rx_datagrams++;
	if (v != HEADER_CONTROL) {
		not_control(e, v, peer);
	} else if (h.tunnel_id == 0) {
		stranger(e, socket, local, peer, &h);
	} else if ((t = engine_tunnel(e, h.tunnel_id))) {
		known_tunnel(t, local, peer, &h);
	} else {
		e->stats.rx_no_tunnel++;
	}
	engine_leave(e);
}
