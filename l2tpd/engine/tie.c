/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tie.c - both sides open a tunnel at the same time, and one of them wants no
 * more than one (RFC 2661 section 4.4.3, Tie Breaker).
 *
 * Tunnels whose SCCRQ is out are listed by the address that they go to, those
 * with a tie breaker apart from those without. An SCCRQ from that address is
 * compared with them: the lower tie breaker wins, any wins against none, two
 * without one are two tunnels, two equal ones none. Losers go without a word.
 */
#include "l2tpd/engine/internal.h"

#include <stdlib.h>
#include <string.h>

/* Our SCCRQs to one address. */
struct dial {
	struct keymap_node node;
	struct peer_key key;
	struct list with, without; /* a tie breaker */
};

static struct dial *dial_to(const struct engine *e, const struct addr *addr)
{
	struct endpoint at = { .addr = *addr };
	struct peer_key key = tunnel_peer_key(&at, 0);
	struct keymap_node *n = keymap_get(&e->dials, &key, sizeof(key));

	return n ? container_of(n, struct dial, node) : NULL;
}

static struct dial *dial_new(struct engine *e, const struct addr *addr)
{
	struct endpoint at = { .addr = *addr };
	struct dial *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->key = tunnel_peer_key(&at, 0);
	list_init(&d->with);
	list_init(&d->without);
	if (keymap_add(&e->dials, &d->node, &d->key, sizeof(d->key)) < 0) {
		free(d);
		return NULL;
	}
	return d;
}

/* An SCCRQ goes out. Without memory for the list the tunnel takes part in no tie. */
void tie_enter(struct tunnel *t, struct msg *sccrq)
{
	struct engine_host *host = &t->e->host;
	struct dial *d = dial_to(t->e, &t->peer.addr);

	if (t->conf.use_tiebreaker) {
		host->random(host->ctx, &t->tie_breaker, sizeof(t->tie_breaker));
		msg_put(sccrq, AVP_TIE_BREAKER)->u64 = t->tie_breaker;
	}
	d = d ? d : dial_new(t->e, &t->peer.addr);
	if (!d)
		return;
	t->dial = d;
	list_add_tail(t->conf.use_tiebreaker ? &d->with : &d->without, &t->dialing);
}

void tie_leave(struct tunnel *t)
{
	struct dial *d = t->dial;

	if (!d)
		return;
	list_del(&t->dialing);
	t->dial = NULL;
	if (list_empty(&d->with) && list_empty(&d->without)) {
		keymap_del(&t->e->dials, &d->node);
		free(d);
	}
}

static struct tunnel *first(struct list *l)
{
	return container_of(l->next, struct tunnel, dialing);
}

/* Leaving the list with its last tunnel frees the dial: it is looked up anew each time. */
static void lose(struct engine *e, const struct addr *addr, bool with)
{
	struct dial *d;

	while ((d = dial_to(e, addr)) && !list_empty(with ? &d->with : &d->without)) {
		struct tunnel *t = first(with ? &d->with : &d->without);

		tie_leave(t);
		tunnel_because(
			t, STOPCCN_EXISTS, 0,
			"the peer opened a tunnel at the same time, and its tie breaker won");
		tunnel_post(t, TUNNEL_EV_LOST, NULL);
	}
}

bool tie_accepts(struct engine *e, const struct addr *addr, const struct msg *sccrq)
{
	bool theirs = msg_has(sccrq, AVP_TIE_BREAKER);
	uint64_t value = theirs ? sccrq->value[AVP_TIE_BREAKER].u64 : 0;
	struct dial *d = dial_to(e, addr);
	bool won = true, equal = false;
	struct list *at;

	if (!d)
		return true;
	list_for_each (at, &d->with) {
		uint64_t ours = container_of(at, struct tunnel, dialing)->tie_breaker;

		won = won && theirs && value < ours;
		equal = equal || (theirs && value == ours);
	}
	if (won && theirs)
		lose(e, addr, false);
	if (won || equal)
		lose(e, addr, true);
	e->stats.ties += !won;
	return won;
}
