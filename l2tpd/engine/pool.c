/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool.c - addresses and IPv6 prefixes for peers: which are free, and who holds the others.
 *
 * What came back waits at the end of the line, so that it is not given to somebody else
 * at once; and whoever had it last gets it again as long as nobody else has it. Taking and
 * giving back cost the same however large a pool is.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Who had a place last, by name. */
struct tenant {
	struct keymap_node node;
	uint32_t place;
	char name[];
};

struct slot {
	struct handle holder; /* tunnel_id 0: free */
	uint32_t next, prev;  /* while it is free: its neighbours in the line */
	struct tenant *tenant;
};

struct pool {
	uint8_t family;
	uint8_t bits; /* of a prefix; 32 of an IPv4 address */
	uint64_t first;
	uint32_t size, used;
	struct slot *slot; /* by place in the pool; slot[size] is both ends of the line */
	struct keymap tenants;
};

/* An IPv4 address, or the upper half of an IPv6 one, as a number. */
static uint64_t number_of(const struct addr *a)
{
	uint64_t n = 0;

	for (int i = 0; i < (a->family == AF_INET6 ? 8 : 4); i++)
		n = n << 8 | a->bytes[i];
	return n;
}

/* What lies between two places. */
static unsigned step_shift(const struct pool *p)
{
	return p->family == AF_INET6 ? 64 - p->bits : 0;
}

static struct addr addr_at(const struct pool *p, uint32_t place)
{
	struct addr a = { .family = p->family };
	uint64_t n = p->first + ((uint64_t)place << step_shift(p));

	for (int i = p->family == AF_INET6 ? 7 : 3; i >= 0; i--, n >>= 8)
		a.bytes[i] = (uint8_t)n;
	return a;
}

/* The place of @n, a number_of(); p->size or more if it has none. */
static uint64_t place_of(const struct pool *p, uint64_t n)
{
	return (n - p->first) >> step_shift(p);
}

struct pool *pool_new(uint64_t seed)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p)
		keymap_init(&p->tenants, seed);
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->size; i++)
		free(p->slot[i].tenant);
	keymap_free(&p->tenants);
	free(p->slot);
	free(p);
}

uint32_t pool_used(const struct pool *p)
{
	return p->used;
}

/* --- the line of free places ------------------------------------------------------------- */

static void line_up(struct pool *p, uint32_t place)
{
	struct slot *s = &p->slot[place], *end = &p->slot[p->size];

	s->next = p->size;
	s->prev = end->prev;
	p->slot[end->prev].next = place;
	end->prev = place;
}

static void leave_line(struct pool *p, uint32_t place)
{
	const struct slot *s = &p->slot[place];

	p->slot[s->prev].next = s->next;
	p->slot[s->next].prev = s->prev;
}

/* --- who had what ------------------------------------------------------------------------ */

static void forget(struct pool *p, uint32_t place)
{
	struct tenant *t = p->slot[place].tenant;

	if (!t)
		return;
	keymap_del(&p->tenants, &t->node);
	free(t);
	p->slot[place].tenant = NULL;
}

static struct tenant *tenant_of(const struct pool *p, const char *name)
{
	struct keymap_node *n = keymap_get(&p->tenants, name, strlen(name));

	return n ? container_of(n, struct tenant, node) : NULL;
}

/* One place for a name: of a user's second link nothing is remembered. */
static void remember(struct pool *p, uint32_t place, const char *name)
{
	size_t len = strlen(name);
	struct tenant *t;

	forget(p, place);
	if (!len || tenant_of(p, name))
		return;
	t = calloc(1, sizeof(*t) + len + 1);
	if (!t)
		return; /* the next time it is another address: no harm */
	memcpy(t->name, name, len);
	t->place = place;
	if (keymap_add(&p->tenants, &t->node, t->name, len) < 0)
		free(t);
	else
		p->slot[place].tenant = t;
}

/* --- size -------------------------------------------------------------------------------- */

/* Whether all that is held now has a place in @now. */
static bool covers_held(const struct pool *p, const struct pool *now)
{
	bool alike = p->family == now->family && p->bits == now->bits;

	for (uint32_t i = 0; i < p->size && p->used; i++)
		if (p->slot[i].holder.tunnel_id &&
		    (!alike ||
		     place_of(now, p->first + ((uint64_t)i << step_shift(p))) >= now->size))
			return false;
	return true;
}

/* Moves who holds and who held from @p to @now; the rest of @now is free. */
static void move_in(struct pool *p, struct pool *now)
{
	bool alike = p->family == now->family && p->bits == now->bits;

	for (uint32_t i = 0; i < p->size; i++) {
		uint64_t place = place_of(now, p->first + ((uint64_t)i << step_shift(p)));

		if (!alike || place >= now->size) {
			forget(p, i);
			continue;
		}
		now->slot[place].holder = p->slot[i].holder;
		now->slot[place].tenant = p->slot[i].tenant;
		if (now->slot[place].tenant)
			now->slot[place].tenant->place = (uint32_t)place;
	}
	now->slot[now->size].next = now->slot[now->size].prev = now->size;
	for (uint32_t i = 0; i < now->size; i++) {
		if (now->slot[i].holder.tunnel_id)
			now->used++;
		else
			line_up(now, i);
	}
}

int pool_resize(struct pool *p, const struct pool_conf *conf, char **why)
{
	struct pool now = { .family = conf->first_addr.family,
			    .first = number_of(&conf->first_addr),
			    .size = conf->num_addrs ? conf->num_addrs : 1 };

	now.bits = now.family == AF_INET6 ? pool_conf_bits(conf) : 32;
	if (p->slot && now.family == p->family && now.bits == p->bits && now.first == p->first &&
	    now.size == p->size)
		return 0;
	if (!covers_held(p, &now))
		return why_set(why, EBUSY,
			       "pool %s: addresses outside of that range are in use (%u are held)",
			       conf->pool_name, p->used);
	now.slot = calloc((size_t)now.size + 1, sizeof(*now.slot));
	if (!now.slot)
		return why_set(why, ENOMEM, "out of memory");
	move_in(p, &now);
	now.tenants = p->tenants;
	free(p->slot);
	*p = now;
	return 0;
}

/* --- taking and giving back -------------------------------------------------------------- */

static bool take(struct pool *p, struct handle holder, const char *user, struct addr *out)
{
	const struct tenant *t = tenant_of(p, user);
	uint32_t place;

	if (p->used == p->size)
		return false;
	place = t && !p->slot[t->place].holder.tunnel_id ? t->place : p->slot[p->size].next;
	leave_line(p, place);
	p->used++;
	p->slot[place].holder = holder;
	if (!t || t->place != place)
		remember(p, place, user);
	*out = addr_at(p, place);
	return true;
}

static void give_back(struct pool *p, const struct addr *a)
{
	uint64_t place = place_of(p, number_of(a));

	if (place >= p->size || !p->slot[place].holder.tunnel_id)
		return;
	p->slot[place].holder = (struct handle){ 0 };
	line_up(p, (uint32_t)place);
	p->used--;
}

/* --- for sessions ------------------------------------------------------------------------ */

int pool_lend(struct session *s, struct lease *lease, const char *name, const char *user,
	      char **why)
{
	struct engine *e = s->tunnel->e;
	struct pool *p = profile_pool(e, name);

	if (!p)
		return why_set(why, ENOENT, "no pool is called %s", name);
	if (!take(p, session_handle(s), user, &lease->addr)) {
		e->stats.pool_exhausted++;
		engine_limit(e, s->tunnel, s, "no address is free in pool %s", name);
		return why_set(why, ENOSPC, "no address is free in pool %s", name);
	}
	lease->pool = p;
	lease->bits = p->bits;
	return 0;
}

void pool_return(struct lease *lease)
{
	if (lease->pool)
		give_back(lease->pool, &lease->addr);
	*lease = (struct lease){ 0 };
}

/* --- what is shown -------------------------------------------------------------------------- */

int pool_get_info(const struct engine *e, const char *name, struct pool_info *info)
{
	const struct pool *p = profile_pool(e, name);

	*info = (struct pool_info){ 0 };
	if (!p)
		return -ENOENT;
	info->used = p->used;
	info->free = p->size - p->used;
	return 0;
}

bool pool_holder_from(const struct engine *e, const char *name, uint32_t *place,
		      struct network *what, struct handle *holder)
{
	const struct pool *p = profile_pool(e, name);

	for (; p && p->used && *place < p->size; ++*place) {
		if (!p->slot[*place].holder.tunnel_id)
			continue;
		*what = (struct network){ addr_at(p, *place), p->bits };
		*holder = p->slot[*place].holder;
		return true;
	}
	return false;
}
