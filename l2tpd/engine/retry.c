/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retry.c - whether, when and with which peer a tunnel is tried again that failed; and what
 * another network means to those that wait and to those that are up.
 */
#include "l2tpd/engine/internal.h"

enum { NOT_READY_MOST_S = 64, NEXT_PEER_MS = 500 };

/* A change of the network is several: addresses, routes, name servers. */
enum { SETTLE_MS = 1000, SPREAD_MS = 1000 };

bool tunnel_returns(const struct tunnel *t)
{
	return t->wants_open && t->local_origin && (t->conf.persist || t->not_ready) &&
	       !t->e->stopping;
}

/* Of several peers the next is tried after each that failed; how many there are. */
unsigned retry_peer(const struct tunnel *t, char out[CONF_PEER_MAX])
{
	unsigned count = conf_peer(t->conf.dest_ipaddr, 0, out);

	if (count > 1)
		conf_peer(t->conf.dest_ipaddr, t->peer_index % count, out);
	return count;
}

/*
 * How long until the next attempt: twice as long each time, up to a limit; give or take a
 * quarter, so that those who failed together do not come back together. While another peer
 * of a list has not been tried, it is next, almost at once.
 */
uint64_t retry_pause_ms(const struct tunnel *t)
{
	uint64_t most_s = t->not_ready ? NOT_READY_MOST_S : t->e->system.tunnel_persist_pend_s;
	uint64_t pause = UINT64_C(1000) << (t->attempts < 20 ? t->attempts : 20);
	char peer[CONF_PEER_MAX];
	uint8_t chance;

	if ((t->attempts + 1) % retry_peer(t, peer)) /* this one is not counted yet */
		pause = NEXT_PEER_MS;
	if (pause > most_s * 1000)
		pause = most_s * 1000;
	t->e->host.random(t->e->host.ctx, &chance, sizeof(chance));
	return pause * 3 / 4 + pause * chance / 511;
}

/* Not all at once: a thousand of them in a second at most. */
static uint64_t spread_ms(const struct engine *e)
{
	return e->tunnel_count > SPREAD_MS ? e->tunnel_count : SPREAD_MS;
}

static uint64_t soon_ms(const struct engine *e)
{
	uint32_t chance;

	e->host.random(e->host.ctx, &chance, sizeof(chance));
	return chance % spread_ms(e);
}

static void feel_network(struct tunnel *t)
{
	struct engine *e = t->e;
	uint64_t soon = soon_ms(e);

	if (t->fsm.state == TUNNEL_ST_RETRY_WAIT) {
		tunnel_trace(t, TRACE_SYSTEM, "the network changed: tried again");
		t->attempts = 0;
		timer_hurry(&e->timers, &t->timer, soon);
	} else if (t->fsm.state == TUNNEL_ST_ESTABLISHED) {
		tunnel_trace(t, TRACE_SYSTEM, "the network changed: HELLO");
		xport_hello_within(&t->xport, soon);
	}
}

static void network_settled(struct timer *timer)
{
	struct engine *e = container_of(timer, struct engine, network_timer);
	struct idmap_node *n;

	e->network_quiet_ms = e->timers.now_ms + spread_ms(e);
	idmap_for_each (n, &e->tunnels) {
		struct tunnel *t = container_of(n, struct tunnel, node);

		if (t->local_origin)
			feel_network(t);
	}
}

void engine_network_changed(struct engine *e)
{
	uint64_t now = e->timers.now_ms, quiet = e->network_quiet_ms;

	if (!timer_running(&e->network_timer))
		timer_start(&e->timers, &e->network_timer,
			    quiet > now + SETTLE_MS ? quiet - now : SETTLE_MS);
}

void retry_init(struct engine *e)
{
	timer_init(&e->network_timer, network_settled);
}
