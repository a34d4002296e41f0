/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timer.h - a hierarchical timing wheel: start, stop and expiry in O(1).
 *
 * Time is a variable that the owner moves (timers_advance), in milliseconds
 * of a clock that never goes back. Each tunnel has a few timers that are
 * pushed back with every message; a heap would pay a logarithm for each.
 *
 * Eleven wheels of 64 slots: wheel n has slots of 64^n ms. A timer is filed by
 * the highest digit (base 64) in which its time differs from now, and is filed
 * anew, lower, when the clock reaches that slot.
 */
#ifndef LIB_TIMER_H
#define LIB_TIMER_H

#include "lib/list.h"

#include <stdint.h>

enum { TIMER_WHEELS = 11, TIMER_SLOTS = 64 };

struct timer {
	struct list link;
	uint64_t at_ms;
	uint16_t slot; /* wheel * 64 + slot, 0xffff while stopped */
	void (*expired)(struct timer *);
};

struct timers {
	uint64_t now_ms;
	uint64_t busy[TIMER_WHEELS]; /* a bit for each slot that holds timers */
	struct list slot[TIMER_WHEELS][TIMER_SLOTS];
};

void timers_init(struct timers *w, uint64_t now_ms);

/* Prepares a timer that is not running. */
void timer_init(struct timer *t, void (*expired)(struct timer *));

/* (Re)starts @t to expire in @delay_ms; it is stopped when its function is called. */
void timer_start(struct timers *w, struct timer *t, uint64_t delay_ms);

/* A timer that runs expires in @delay_ms at the latest; one that does not run stays as it is. */
void timer_hurry(struct timers *w, struct timer *t, uint64_t delay_ms);

void timer_stop(struct timers *w, struct timer *t);

bool timer_running(const struct timer *t);

/* Milliseconds until something may be due: 0 now, UINT64_MAX never. Never late, may be early. */
uint64_t timers_next(const struct timers *w);

/* Moves the clock on and calls what has expired, in order of time. Returns how many were called. */
unsigned timers_advance(struct timers *w, uint64_t now_ms);

#endif
