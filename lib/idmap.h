/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idmap.h - 16-bit ids to structs: tunnels by tunnel id, and within a tunnel
 * sessions by session id.
 *
 * The id space is cut into 2^n equal slices, as many as there are members;
 * a slice holds its members in the order of their ids. So a look-up is O(1)
 * for ids drawn at random, as ours are, never worse than 256 steps for ids an
 * administrator numbered by hand, and walking the map yields ids in ascending
 * order. "The next id above this one" is a cursor that survives insertions
 * and deletions: lists shown to people are paged with it.
 */
#ifndef LIB_IDMAP_H
#define LIB_IDMAP_H

#include <stdint.h>

struct idmap_node {
	struct idmap_node *next;
	uint16_t id;
};

struct idmap {
	struct idmap_node **slice;
	uint32_t count;
	uint8_t bits; /* 2^bits slices; valid while slice != NULL */
};

/* -EEXIST if the id is taken, -ENOMEM. The node stays the caller's. */
int idmap_add(struct idmap *m, struct idmap_node *node, uint16_t id);

/* Takes @node out; does nothing if it is not in @m. */
void idmap_del(struct idmap *m, struct idmap_node *node);

struct idmap_node *idmap_get(const struct idmap *m, uint16_t id);

/* The member with the smallest id that is at least @id, or NULL. */
struct idmap_node *idmap_from(const struct idmap *m, uint32_t id);

/* Frees the slices; the map must be empty of what the caller still needs. */
void idmap_free(struct idmap *m);

/* Walks all nodes in the order of ids; the current one may be removed. */
#define idmap_for_each(pos, m)                                                                     \
	for (uint32_t next_##pos = 0;                                                              \
	     (pos = idmap_from((m), next_##pos)) && (next_##pos = pos->id + 1u, 1);)

#endif
