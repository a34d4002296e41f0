/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keymap.h - a hash of structs by a key of bytes (a name, a peer's address).
 *
 * The key stays in the member's struct; the node holds its hash. The hash is
 * seeded, so a peer that chooses its ports cannot choose its bucket.
 */
#ifndef LIB_KEYMAP_H
#define LIB_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

struct keymap_node {
	struct keymap_node *next;
	const void *key;
	uint32_t len;
	uint32_t hash;
};

struct keymap {
	struct keymap_node **bucket;
	uint32_t count;
	uint32_t mask; /* buckets - 1 */
	uint64_t seed;
};

/* @seed: from the system's random source. */
void keymap_init(struct keymap *m, uint64_t seed);

/* The key must stay where it is while the node is in the map. -EEXIST, -ENOMEM. */
int keymap_add(struct keymap *m, struct keymap_node *node, const void *key, size_t len);

/* Does nothing for a node (zeroed or once in the map) that is not in it. */
void keymap_del(struct keymap *m, struct keymap_node *node);

struct keymap_node *keymap_get(const struct keymap *m, const void *key, size_t len);

void keymap_free(struct keymap *m);

#endif
