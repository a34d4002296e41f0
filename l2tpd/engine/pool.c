/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool.c - addresses for peers: which are free, and who holds the others.
 *
 * An address that came back waits at the end of the line, so that it is not given to
 * somebody else at once. Taking and giving back cost the same however large a pool is.
 */
#include "l2tpd/engine/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	struct handle holder; /* tunnel_id 0: free */
};

struct pool {
	uint32_t first, size, used;
	struct slot *slot; /* by place in the pool */
	uint32_t *line;	   /* free places, a ring of @size */
	uint32_t head;	   /* of the line, which has size - used of them */
};

static uint32_t number_of(const struct addr *a)
{
	uint32_t n;

	memcpy(&n, a->bytes, sizeof(n));
	return ntohl(n);
}

static struct addr addr_at(const struct pool *p, uint32_t place)
{
	struct addr a = { .family = AF_INET };
	uint32_t n = htonl(p->first + place);

	memcpy(a.bytes, &n, sizeof(n));
	return a;
}

struct pool *pool_new(void)
{
	return calloc(1, sizeof(struct pool));
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	free(p->slot);
	free(p->line);
	free(p);
}

uint32_t pool_used(const struct pool *p)
{
	return p->used;
}

/* Whether all that is held now lies in @size addresses from @first on. */
static bool covers_held(const struct pool *p, uint32_t first, uint32_t size)
{
	for (uint32_t i = 0; i < p->size && p->used; i++)
		if (p->slot[i].holder.tunnel_id && p->first + i - first >= size)
			return false;
	return true;
}

int pool_resize(struct pool *p, const struct pool_conf *conf, char **why)
{
	uint32_t first = number_of(&conf->first_addr), size = conf->num_addrs ? conf->num_addrs : 1;
	struct pool now = { .first = first, .size = size };

	if (first == p->first && size == p->size)
		return 0;
	if (!covers_held(p, first, size))
		return why_set(why, EBUSY,
			       "pool %s: addresses outside of that range are in use (%u are held)",
			       conf->pool_name, p->used);
	now.slot = calloc(size, sizeof(*now.slot));
	now.line = calloc(size, sizeof(*now.line));
	if (!now.slot || !now.line) {
		free(now.slot);
		free(now.line);
		return why_set(why, ENOMEM, "out of memory");
	}
	for (uint32_t i = 0; i < p->size; i++)
		if (p->slot[i].holder.tunnel_id)
			now.slot[p->first + i - first] = p->slot[i];
	for (uint32_t i = 0, at = 0; i < size; i++) {
		now.used += now.slot[i].holder.tunnel_id != 0;
		if (!now.slot[i].holder.tunnel_id)
			now.line[at++] = i;
	}
	free(p->slot);
	free(p->line);
	*p = now;
	return 0;
}

static bool take(struct pool *p, struct handle holder, struct addr *out)
{
	uint32_t place;

	if (p->used == p->size)
		return false;
	place = p->line[p->head];
	p->head = (p->head + 1) % p->size;
	p->used++;
	p->slot[place].holder = holder;
	*out = addr_at(p, place);
	return true;
}

static void give_back(struct pool *p, const struct addr *a)
{
	uint32_t place = number_of(a) - p->first;

	if (place >= p->size || !p->slot[place].holder.tunnel_id)
		return;
	p->slot[place].holder = (struct handle){ 0 };
	p->line[(p->head + p->size - p->used) % p->size] = place;
	p->used--;
}

/* --- for sessions ------------------------------------------------------------------------ */

int pool_lend(struct session *s, const char *name, struct addr *out, char **why)
{
	struct engine *e = s->tunnel->e;
	struct pool *p = profile_pool(e, name);

	if (!p)
		return why_set(why, ENOENT, "no pool is called %s (ip_pool_name)", name);
	if (!take(p, session_handle(s), out)) {
		e->stats.pool_exhausted++;
		engine_limit(e, s->tunnel, s, "no address is free in pool %s", name);
		return why_set(why, ENOSPC, "no address is free in pool %s", name);
	}
	s->pool = p;
	s->pool_addr = *out;
	return 0;
}

void pool_return(struct session *s)
{
	if (s->pool)
		give_back(s->pool, &s->pool_addr);
	s->pool = NULL;
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

bool pool_holder_from(const struct engine *e, const char *name, uint32_t *place, struct addr *addr,
		      struct handle *holder)
{
	const struct pool *p = profile_pool(e, name);

	for (; p && p->used && *place < p->size; ++*place) {
		if (!p->slot[*place].holder.tunnel_id)
			continue;
		*addr = addr_at(p, *place);
		*holder = p->slot[*place].holder;
		return true;
	}
	return false;
}
