/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel_io.c - what a tunnel stands on: its reliable channel, its socket, and
 * its place in the datapath.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <string.h>

/* --- the channel's callbacks ------------------------------------------------ */

static void channel_send(struct xport *x, const void *datagram, size_t len)
{
	struct tunnel *t = container_of(x, struct tunnel, xport);
	struct transport *tr = &t->e->host.transport;

	if (t->socket < 0)
		return;
	tunnel_trace(t, TRACE_TRANSPORT,
		     "send %zu bytes, Ns %u, Nr %u, %u unacknowledged, window %u", len, x->ns,
		     x->nr, x->sent.count, x->cwnd);
	engine_captured(t->e, t->node.id, true, &t->local, &t->peer, datagram, len);
	tr->send(tr->ctx, t->socket, &t->local, &t->peer, datagram, len);
}

static void channel_deliver(struct xport *x, const struct header *h)
{
	input_deliver(container_of(x, struct tunnel, xport), h);
}

static void channel_dead(struct xport *x)
{
	struct tunnel *t = container_of(x, struct tunnel, xport);

	if (t->fsm.state != TUNNEL_ST_CLOSING)
		tunnel_because(t, STOPCCN_CLEAR, 0, "no answer from the peer");
	tunnel_post(t, TUNNEL_EV_DEAD, NULL);
}

static void channel_drained(struct xport *x)
{
	struct tunnel *t = container_of(x, struct tunnel, xport);

	if (t->fsm.state == TUNNEL_ST_CLOSING)
		tunnel_post(t, TUNNEL_EV_CLEANED, NULL);
}

static void channel_silent(struct xport *x)
{
	struct tunnel *t = container_of(x, struct tunnel, xport);
	struct msg hello;

	if (t->fsm.state != TUNNEL_ST_ESTABLISHED)
		return;
	msg_start(&hello, MSG_HELLO);
	tunnel_send(t, 0, &hello);
}

static const struct xport_ops channel_ops = {
	.send = channel_send,
	.deliver = channel_deliver,
	.dead = channel_dead,
	.drained = channel_drained,
	.silent = channel_silent,
};

void tunnel_channel_count(const struct xport *x, struct engine_stats *sum)
{
	sum->tx_messages += x->stats.tx_messages;
	sum->tx_zlb += x->stats.tx_zlb;
	sum->tx_retransmits += x->stats.tx_retransmits;
	sum->rx_zlb += x->stats.rx_zlb;
	sum->rx_duplicates += x->stats.rx_duplicates;
	sum->rx_discarded += x->stats.rx_discarded;
}

void tunnel_channel_init(struct tunnel *t)
{
	struct xport_conf conf = {
		.our_window = t->conf.rx_window,
		.peer_window = t->conf.tx_window < 4 ? t->conf.tx_window : 4,
		.retry_ms = t->conf.retry_s * 1000,
		.max_retries = (uint16_t)t->conf.max_retries,
	};

	tunnel_channel_count(&t->xport, &t->e->stats);
	t->e->host.random(t->e->host.ctx, &conf.chance, sizeof(conf.chance));
	xport_init(&t->xport, &channel_ops, &t->e->timers, &conf);
	t->channel_used = false;
}

static int send_as(struct tunnel *t, uint16_t session_id, const struct msg *msg,
		   struct xport_msg **ticket)
{
	struct avp_hide hide;
	uint8_t body[8192];
	struct wbuf w = wbuf_of(body, sizeof(body));
	int err;

	msg_write(&w, msg, auth_hide(t, msg, &hide));
	if (w.failed)
		err = -EMSGSIZE;
	else if (ticket)
		err = xport_request(&t->xport, session_id, body, w.len, ticket);
	else
		err = xport_send(&t->xport, session_id, body, w.len);
	if (err) {
		t->e->stats.tx_errors++;
		return err;
	}
	t->channel_used = true;
	t->e->messages.tx[msg->type]++;
	trace_message(t, "send", session_id, msg);
	return 0;
}

int tunnel_send(struct tunnel *t, uint16_t session_id, const struct msg *msg)
{
	return send_as(t, session_id, msg, NULL);
}

int tunnel_request(struct tunnel *t, const struct msg *msg, struct xport_msg **ticket)
{
	return send_as(t, 0, msg, ticket);
}

/* --- socket and datapath ---------------------------------------------------- */

void tunnel_socket_close(struct tunnel *t)
{
	struct transport *tr = &t->e->host.transport;

	keymap_del(&t->e->flows, &t->by_flow);
	memset(&t->by_flow, 0, sizeof(t->by_flow));
	if (t->own_socket)
		tr->close(tr->ctx, t->socket);
	t->own_socket = false;
	t->socket = -1;
}

static void put_port(uint8_t out[2], uint16_t port)
{
	out[0] = (uint8_t)(port >> 8);
	out[1] = (uint8_t)port;
}

struct peer_key tunnel_peer_key(const struct endpoint *peer, uint16_t tunnel_id)
{
	struct peer_key k = { .family = peer->addr.family };

	memcpy(k.addr, peer->addr.bytes, sizeof(k.addr));
	put_port(k.port, peer->port);
	put_port(k.tunnel_id, tunnel_id);
	return k;
}

/* An address alone: any port, any tunnel. */
struct peer_key tunnel_addr_key(const struct addr *addr)
{
	struct endpoint at = { .addr = *addr };

	return tunnel_peer_key(&at, 0);
}

/* Claims the addresses and ports for this tunnel; false if another has them and may not share. */
bool tunnel_flow_claim(struct tunnel *t)
{
	if (!t->e->host.datapath->one_tunnel_per_flow)
		return true;
	t->flow_key = (struct flow_key){ .peer = tunnel_peer_key(&t->peer, 0) };
	memcpy(t->flow_key.local_addr, t->local.addr.bytes, 16);
	put_port(t->flow_key.local_port, t->local.port);
	return keymap_add(&t->e->flows, &t->by_flow, &t->flow_key, sizeof(t->flow_key)) != -EEXIST;
}

static int open_own(struct tunnel *t)
{
	struct transport *tr = &t->e->host.transport;
	int socket = tr->open(tr->ctx, t->peer.addr.family, &t->local);

	if (socket < 0)
		return socket;
	t->socket = socket;
	t->own_socket = true;
	return 0;
}

/*
 * A tunnel from the network answers from the address and port that the SCCRQ
 * went to, through the listener: a stranger gets no socket. It has one of its own
 * at once only if the SCCRQ came to another tunnel's port, or if the datapath
 * could not tell two tunnels on one pair of ports apart.
 */
int tunnel_socket_answer(struct tunnel *t)
{
	struct transport *tr = &t->e->host.transport;
	int err;

	t->socket = tr->listener(tr->ctx, t->peer.addr.family);
	if (!t->e->host.datapath->wants_socket)
		return 0;
	if (!tunnel_flow_claim(t))
		t->local.port = 0;
	else if (t->socket >= 0 && t->local.port == t->e->system.udp_port)
		return 0;
	err = open_own(t);
	if (!err && !t->by_flow.key)
		tunnel_flow_claim(t);
	return err;
}

/* The tunnel's own socket is the peer's from now on, and as its settings want it. */
int tunnel_socket_settle(struct tunnel *t)
{
	struct transport *tr = &t->e->host.transport;
	int err = tr->connect(tr->ctx, t->socket, &t->peer);

	if (!err && t->mark)
		err = tr->mark(tr->ctx, t->socket, t->conf.dscp);
	if (!err && t->conf.do_pmtu_discovery)
		err = tr->discover_pmtu(tr->ctx, t->socket);
	return err;
}

/* The peer is there: the datapath gets a socket that is this tunnel's alone. */
int tunnel_socket_admit(struct tunnel *t)
{
	int err = 0;

	if (!t->e->host.datapath->wants_socket)
		return 0;
	if (!t->own_socket)
		err = open_own(t);
	return err ? err : tunnel_socket_settle(t);
}

static struct dp_tunnel datapath_tunnel(const struct tunnel *t)
{
	return (struct dp_tunnel){
		.handle = tunnel_handle(t),
		.peer_tunnel_id = t->peer_tunnel_id,
		.socket = t->socket,
		.udp_checksums = t->conf.use_udp_checksums,
	};
}

void tunnel_datapath_create(struct tunnel *t)
{
	struct dp_tunnel dp = datapath_tunnel(t);

	tunnel_trace(t, TRACE_DATA, "the datapath makes the tunnel, the peer's id is %u",
		     t->peer_tunnel_id);
	t->datapath_busy = true;
	t->e->host.datapath->tunnel_create(t->e->host.datapath, &dp);
}

void tunnel_datapath_modify(struct tunnel *t)
{
	struct dp_tunnel dp = datapath_tunnel(t);

	if (t->datapath_up)
		t->e->host.datapath->tunnel_modify(t->e->host.datapath, &dp);
}

void tunnel_datapath_result(struct tunnel *t, const struct dp_result *r)
{
	char label[96];

	t->datapath_busy = false;
	if (r->request == DP_TUNNEL_DELETE || (r->request == DP_TUNNEL_CREATE && r->err == 0))
		t->datapath_up = r->request == DP_TUNNEL_CREATE;
	if (t->fsm.state == TUNNEL_ST_CLOSING) {
		tunnel_post(t, TUNNEL_EV_CLEANED, NULL);
	} else if (r->err == -EEXIST) {
		tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES,
			       "tunnel id %u is used by another program on this host", t->node.id);
		tunnel_post(t, TUNNEL_EV_ID_TAKEN, NULL);
	} else if (r->err) {
		log_error(&t->e->host.log, "%s: %s", tunnel_label(t, label),
			  r->why ? r->why : strerror(-r->err));
		tunnel_because(t, RESULT_GENERAL, ERROR_RESOURCES,
			       "no resources for the data path");
		tunnel_post(t, TUNNEL_EV_FAILED, NULL);
	} else {
		tunnel_post(t,
			    r->request == DP_TUNNEL_PROBE ? TUNNEL_EV_ID_FREE
							  : TUNNEL_EV_DATAPATH_UP,
			    NULL);
	}
}
