/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dial.c - our own SCCRQs, by the address that they go to: how many are out at a
 * time, and what happens if the peer opens a tunnel just then.
 *
 * Thousands of tunnels that are opened together take turns: so many SCCRQs are
 * out, the others go as those are answered or given up. A peer that bounds what
 * strangers may begin (as halfopen.c does) then has to drop none.
 *
 * Ties (RFC 2661 section 4.4.3, Tie Breaker): both sides open a tunnel at the same
 * time, and one of them wants no more than one. An SCCRQ that comes in is compared
 * with ours to that address: the lower tie breaker wins, any wins against none, two
 * without one are two tunnels, two equal ones none. Losers go without a word. If
 * ours lose, they do so when the peer's SCCCN has come: an SCCRQ alone may have been
 * forged by somebody who would have us lose to nobody.
 */
#include "l2tpd/engine/internal.h"

#include <stdlib.h>
#include <string.h>

/* SCCRQs that are out to one address at a time. */
enum { DIAL_MAX = 256 };

/* Our SCCRQs to one address. */
struct dial {
	struct keymap_node node;
	struct peer_key key;
	struct list with, without; /* a tie breaker */
	struct list waiting;	   /* for their turn */
	unsigned out;		   /* with and without */
};

static struct dial *dial_to(const struct engine *e, const struct addr *addr)
{
	struct peer_key key = tunnel_addr_key(addr);
	struct keymap_node *n = keymap_get(&e->dials, &key, sizeof(key));

	return n ? container_of(n, struct dial, node) : NULL;
}

static struct dial *dial_new(struct engine *e, const struct addr *addr)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->key = tunnel_addr_key(addr);
	list_init(&d->with);
	list_init(&d->without);
	list_init(&d->waiting);
	if (keymap_add(&e->dials, &d->node, &d->key, sizeof(d->key)) < 0) {
		free(d);
		return NULL;
	}
	return d;
}

static struct tunnel *first(const struct list *l)
{
	return container_of(l->next, struct tunnel, dialing);
}

/* --- turns ------------------------------------------------------------------------- */

/* Without memory for the list the tunnel has its turn at once, and takes part in no tie. */
void dial_wait(struct tunnel *t)
{
	struct dial *d = dial_to(t->e, &t->peer.addr);

	d = d ? d : dial_new(t->e, &t->peer.addr);
	t->dial = d;
	if (d)
		list_add_tail(&d->waiting, &t->dialing);
	if (!d || d->out < DIAL_MAX)
		tunnel_post(t, TUNNEL_EV_TURN, NULL);
}

/* The SCCRQ goes out. */
void dial_enter(struct tunnel *t, struct msg *sccrq)
{
	struct engine_host *host = &t->e->host;
	struct dial *d = t->dial;

	if (t->conf.use_tiebreaker) {
		host->random(host->ctx, &t->tie_breaker, sizeof(t->tie_breaker));
		msg_put(sccrq, AVP_TIE_BREAKER)->u64 = t->tie_breaker;
	}
	if (!d)
		return;
	list_del(&t->dialing);
	list_add_tail(t->conf.use_tiebreaker ? &d->with : &d->without, &t->dialing);
	t->dialed = true;
	d->out++;
}

/* Answered, given up, or not to be opened after all: the next has its turn. */
void dial_leave(struct tunnel *t)
{
	struct dial *d = t->dial;

	if (!d)
		return;
	list_del(&t->dialing);
	d->out -= t->dialed;
	t->dialed = false;
	t->dial = NULL;
	if (list_empty(&d->with) && list_empty(&d->without) && list_empty(&d->waiting)) {
		keymap_del(&t->e->dials, &d->node);
		free(d);
	} else if (!list_empty(&d->waiting) && d->out < DIAL_MAX && !t->e->stopping) {
		tunnel_post(first(&d->waiting), TUNNEL_EV_TURN, NULL);
	}
}

/* --- ties ---------------------------------------------------------------------------- */

/* The first of ours that loses to a tie breaker of @theirs; NULL if none does. */
static struct tunnel *loser(const struct dial *d, uint64_t theirs)
{
	struct list *at;

	if (!list_empty(&d->without))
		return first(&d->without);
	list_for_each (at, &d->with) {
		struct tunnel *t = container_of(at, struct tunnel, dialing);

		if (t->tie_breaker >= theirs)
			return t;
	}
	return NULL;
}

static void lose(struct tunnel *t)
{
	dial_leave(t);
	tunnel_because(t, STOPCCN_EXISTS, 0,
		       "the peer opened a tunnel at the same time, and its tie breaker won");
	tunnel_post(t, TUNNEL_EV_LOST, NULL);
}

/* Leaving the dial with its last tunnel frees it: it is looked up anew each time. */
void dial_settle(const struct tunnel *t)
{
	struct tunnel *ours;
	struct dial *d;

	if (!t->has_tie_breaker)
		return;
	while ((d = dial_to(t->e, &t->peer.addr)) && (ours = loser(d, t->tie_breaker)))
		lose(ours);
}

/* Whether none of ours wins; one that is equal loses, too (but not to who comes). */
bool dial_accepts(struct engine *e, const struct addr *addr, const struct msg *sccrq)
{
	bool theirs = msg_has(sccrq, AVP_TIE_BREAKER);
	uint64_t value = theirs ? sccrq->value[AVP_TIE_BREAKER].u64 : 0;
	struct dial *d = dial_to(e, addr);
	struct tunnel *equal = NULL;
	bool won = true;
	struct list *at;

	if (!d)
		return true;
	list_for_each (at, &d->with) {
		struct tunnel *ours = container_of(at, struct tunnel, dialing);

		won = won && theirs && value < ours->tie_breaker;
		if (theirs && value == ours->tie_breaker)
			equal = ours;
	}
	if (equal)
		lose(equal);
	e->stats.ties += !won;
	return won;
}
