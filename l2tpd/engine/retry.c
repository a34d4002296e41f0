/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retry.c - whether, when and with which peer a tunnel is tried again that failed.
 */
#include "l2tpd/engine/internal.h"

enum { NOT_READY_MOST_S = 64, NEXT_PEER_MS = 500 };

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
