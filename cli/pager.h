/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pager.h - output that may be longer than the screen: what fits is written, what
 * does not goes through $PAGER, less or more, if one of them is there.
 */
#ifndef CLI_PAGER_H
#define CLI_PAGER_H

#include <stdbool.h>
#include <stddef.h>

struct pager;

/* @on: page at all. NULL out of memory. */
struct pager *pager_new(bool on);

/* False: nobody wants to see more. */
bool pager_write(struct pager *p, const char *s, size_t len);

/* Waits until it was read. */
void pager_close(struct pager *p);

#endif
