/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * halfopen.c - tunnels that strangers began and have not finished: from SCCRQ to
 * SCCCN a peer has proved nothing, not even that its address is its own.
 *
 * Until then a tunnel has no socket, no kernel object and no timer that sends;
 * and there are bounds: so many from one address, beyond which a new SCCRQ is
 * dropped (its sender tries again), and so many in all, beyond which the oldest
 * gives way, since who is there answers within a round trip.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>

/* One address with half-open tunnels. */
struct source {
	struct keymap_node node;
	struct peer_key key;
	uint32_t count;
};

static struct source *source_of(const struct engine *e, const struct peer_key *key)
{
	struct keymap_node *n = keymap_get(&e->sources, key, sizeof(*key));

	return n ? container_of(n, struct source, node) : NULL;
}

static struct source *source_new(struct engine *e, const struct peer_key *key)
{
	struct source *src = calloc(1, sizeof(*src));

	if (!src)
		return NULL;
	src->key = *key;
	if (keymap_add(&e->sources, &src->node, &src->key, sizeof(src->key)) < 0) {
		free(src);
		return NULL;
	}
	return src;
}

/* The oldest goes; false if it cannot go now, since the datapath is at it. */
static bool give_way(struct engine *e)
{
	struct tunnel *t = container_of(e->half_open.next, struct tunnel, half_open);

	if (t->datapath_busy)
		return false;
	e->stats.half_open_dropped++;
	tunnel_close(t, STOPCCN_CLEAR, 0, "half open for too long: gave way to a newer one");
	return true;
}

int half_open_begin(struct tunnel *t)
{
	struct engine *e = t->e;
	struct peer_key key = tunnel_addr_key(&t->peer.addr);
	struct source *src = source_of(e, &key);

	if (src && src->count >= e->system.half_open_per_source)
		return -EUSERS;
	if (e->half_open_count >= e->system.half_open_max && !give_way(e))
		return -EBUSY;
	src = source_of(e, &key); /* it may have gone with the oldest */
	src = src ? src : source_new(e, &key);
	if (!src)
		return -ENOMEM;
	src->count++;
	t->source = src;
	list_add_tail(&e->half_open, &t->half_open);
	e->half_open_count++;
	xport_set_solicited(&t->xport, true);
	return 0;
}

void half_open_end(struct tunnel *t)
{
	struct source *src = t->source;

	if (!src)
		return;
	t->source = NULL;
	list_del(&t->half_open);
	t->e->half_open_count--;
	if (--src->count == 0) {
		keymap_del(&t->e->sources, &src->node);
		free(src);
	}
}
