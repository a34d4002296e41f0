/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/idmap.h"

#include <errno.h>
#include <stdlib.h>

enum { MIN_BITS = 2, MAX_BITS = 16 };

static struct idmap_node **slot(const struct idmap *m, uint16_t id)
{
	struct idmap_node **p = &m->slice[id >> (16 - m->bits)];

	while (*p && (*p)->id < id)
		p = &(*p)->next;
	return p;
}

/* Slices are ordered and disjoint, so the old map is read as one ascending run. */
static int regrow(struct idmap *m, uint8_t bits)
{
	struct idmap grown = { .bits = bits };
	size_t old = m->slice ? (size_t)1 << m->bits : 0;

	grown.slice = calloc((size_t)1 << bits, sizeof(*grown.slice));
	if (!grown.slice)
		return -ENOMEM;
	for (size_t i = 0; i < old; i++) {
		struct idmap_node *node = m->slice[i];

		while (node) {
			struct idmap_node *next = node->next;
			struct idmap_node **at = slot(&grown, node->id);

			node->next = NULL;
			*at = node;
			node = next;
		}
	}
	grown.count = m->count;
	free(m->slice);
	*m = grown;
	return 0;
}

int idmap_add(struct idmap *m, struct idmap_node *node, uint16_t id)
{
	struct idmap_node **at;
	int err = 0;

	if (!m->slice)
		err = regrow(m, MIN_BITS);
	else if (m->bits < MAX_BITS && m->count >= (uint32_t)1 << m->bits)
		(void)regrow(m, m->bits + 1); /* only slower without */
	if (err)
		return err;
	at = slot(m, id);
	if (*at && (*at)->id == id)
		return -EEXIST;
	node->id = id;
	node->next = *at;
	*at = node;
	m->count++;
	return 0;
}

void idmap_del(struct idmap *m, struct idmap_node *node)
{
	struct idmap_node **at = m->slice ? slot(m, node->id) : NULL;

	if (!at || *at != node)
		return;
	*at = node->next;
	m->count--;
	if (m->count == 0)
		idmap_free(m);
}

struct idmap_node *idmap_get(const struct idmap *m, uint16_t id)
{
	struct idmap_node *node = m->slice ? *slot(m, id) : NULL;

	return node && node->id == id ? node : NULL;
}

struct idmap_node *idmap_from(const struct idmap *m, uint32_t id)
{
	struct idmap_node *node;

	if (!m->slice || id > UINT16_MAX)
		return NULL;
	node = *slot(m, (uint16_t)id);
	for (size_t i = (id >> (16 - m->bits)) + 1; !node && i < (size_t)1 << m->bits; i++)
		node = m->slice[i];
	return node;
}

void idmap_free(struct idmap *m)
{
	free(m->slice);
	*m = (struct idmap){ 0 };
}
