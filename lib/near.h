/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * near.h - what somebody may have meant: of the words that were offered, the one
 * that fewest slips of the finger lead to.
 */
#ifndef LIB_NEAR_H
#define LIB_NEAR_H

#include <stddef.h>

struct near {
	const char *word; /* as it was typed */
	size_t len;
	const char *best;
	unsigned slips;
};

static inline struct near near_to(const char *word, size_t len)
{
	return (struct near){ .word = word, .len = len };
}

/* A word that would have been right; it must live as long as @n. */
void near_offer(struct near *n, const char *candidate);

/* The nearest that was offered, if it is near enough to be meant; else NULL. */
const char *near_best(const struct near *n);

/*
 * Slips between two words: letters left out, put in, mistaken, or changed with their
 * neighbour; in any case. Words beyond 63 bytes are as far apart as can be.
 */
unsigned near_slips(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
