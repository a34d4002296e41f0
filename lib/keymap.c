/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/keymap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_BUCKETS = 8 };

/* A multiply-and-fold hash over eight bytes at a time. */
static uint32_t hash_bytes(uint64_t seed, const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t h = seed ^ (len * 0x9e3779b97f4a7c15u);

	while (len > 0) {
		size_t n = len < 8 ? len : 8;
		uint64_t word = 0;

		memcpy(&word, p, n);
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
		p += n;
		len -= n;
	}
	h *= 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h >> 32);
}

void keymap_init(struct keymap *m, uint64_t seed)
{
	*m = (struct keymap){ .seed = seed };
}

static int regrow(struct keymap *m, uint32_t buckets)
{
	struct keymap_node **grown = calloc(buckets, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	for (uint32_t i = 0; m->bucket && i <= m->mask; i++) {
		struct keymap_node *node = m->bucket[i];

		while (node) {
			struct keymap_node *next = node->next;

			node->next = grown[node->hash & (buckets - 1)];
			grown[node->hash & (buckets - 1)] = node;
			node = next;
		}
	}
	free(m->bucket);
	m->bucket = grown;
	m->mask = buckets - 1;
	return 0;
}

int keymap_add(struct keymap *m, struct keymap_node *node, const void *key, size_t len)
{
	struct keymap_node **at;

	if (!m->bucket && regrow(m, MIN_BUCKETS) < 0)
		return -ENOMEM;
	if (keymap_get(m, key, len))
		return -EEXIST;
	if (m->count > m->mask)
		(void)regrow(m, (m->mask + 1) * 2); /* only slower without */
	node->key = key;
	node->len = (uint32_t)len;
	node->hash = hash_bytes(m->seed, key, len);
	at = &m->bucket[node->hash & m->mask];
	node->next = *at;
	*at = node;
	m->count++;
	return 0;
}

void keymap_del(struct keymap *m, struct keymap_node *node)
{
	if (!m->bucket)
		return;
	for (struct keymap_node **at = &m->bucket[node->hash & m->mask]; *at; at = &(*at)->next) {
		if (*at == node) {
			*at = node->next;
			m->count--;
			return;
		}
	}
}

struct keymap_node *keymap_get(const struct keymap *m, const void *key, size_t len)
{
	uint32_t hash;
	struct keymap_node *node;

	if (!m->bucket)
		return NULL;
	hash = hash_bytes(m->seed, key, len);
	for (node = m->bucket[hash & m->mask]; node; node = node->next)
		if (node->hash == hash && node->len == len && memcmp(node->key, key, len) == 0)
			return node;
	return NULL;
}

void keymap_free(struct keymap *m)
{
	free(m->bucket);
	m->bucket = NULL;
	m->count = m->mask = 0;
}
