/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/near.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum { LONGEST = 64 };

static int lower(char c)
{
	return tolower((unsigned char)c);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual table suffice. */
unsigned near_slips(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][LONGEST];
	unsigned *above2 = rows[0], *above = rows[1], *row = rows[2];

	if (a_len >= LONGEST || b_len >= LONGEST)
		return UINT_MAX;
	for (unsigned j = 0; j <= b_len; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned *spare = above2;

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned differs = lower(a[i - 1]) != lower(b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + differs);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
		above2 = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

void near_offer(struct near *n, const char *candidate)
{
	unsigned slips = near_slips(n->word, n->len, candidate, strlen(candidate));

	if (!n->best || slips < n->slips) {
		n->best = candidate;
		n->slips = slips;
	}
}

/* A third of the letters may be wrong, and one of very few. */
const char *near_best(const struct near *n)
{
	return n->best && n->slips <= (n->len < 3 ? 1 : n->len / 3) ? n->best : NULL;
}
