/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/timer.h"

enum { BITS = 6, STOPPED = 0xffff };

void timers_init(struct timers *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	for (int i = 0; i < TIMER_WHEELS; i++) {
		w->busy[i] = 0;
		for (int j = 0; j < TIMER_SLOTS; j++)
			list_init(&w->slot[i][j]);
	}
}

void timer_init(struct timer *t, void (*expired)(struct timer *))
{
	list_init(&t->link);
	t->at_ms = 0;
	t->slot = STOPPED;
	t->expired = expired;
}

bool timer_running(const struct timer *t)
{
	return t->slot != STOPPED;
}

/* Files @t by the highest base-64 digit in which its time differs from now. */
static void file_timer(struct timers *w, struct timer *t)
{
	uint64_t differ = t->at_ms ^ w->now_ms;
	unsigned wheel = differ ? (63u - (unsigned)__builtin_clzll(differ)) / BITS : 0;
	unsigned slot = (t->at_ms >> (wheel * BITS)) & (TIMER_SLOTS - 1);

	t->slot = (uint16_t)(wheel * TIMER_SLOTS + slot);
	list_add_tail(&w->slot[wheel][slot], &t->link);
	w->busy[wheel] |= UINT64_C(1) << slot;
}

void timer_start(struct timers *w, struct timer *t, uint64_t delay_ms)
{
	timer_stop(w, t);
	t->at_ms = w->now_ms + delay_ms;
	file_timer(w, t);
}

void timer_hurry(struct timers *w, struct timer *t, uint64_t delay_ms)
{
	if (timer_running(t) && t->at_ms > w->now_ms + delay_ms)
		timer_start(w, t, delay_ms);
}

void timer_stop(struct timers *w, struct timer *t)
{
	unsigned wheel = t->slot / TIMER_SLOTS, slot = t->slot % TIMER_SLOTS;

	if (t->slot == STOPPED)
		return;
	list_del(&t->link);
	t->slot = STOPPED;
	if (list_empty(&w->slot[wheel][slot]))
		w->busy[wheel] &= ~(UINT64_C(1) << slot);
}

/*
 * The lowest wheel that holds anything holds the earliest timer, since whatever
 * is filed higher lies beyond the end of every lower wheel's current turn.
 */
static int earliest(const struct timers *w, unsigned *slot)
{
	for (int wheel = 0; wheel < TIMER_WHEELS; wheel++) {
		if (w->busy[wheel]) {
			*slot = (unsigned)__builtin_ctzll(w->busy[wheel]);
			return wheel;
		}
	}
	return -1;
}

/* When the clock must next be looked at: the start of the earliest busy slot. */
static uint64_t due(const struct timers *w, int wheel, unsigned slot)
{
	unsigned low = (unsigned)wheel * BITS;
	uint64_t above = low + BITS >= 64 ? 0 : w->now_ms >> (low + BITS) << (low + BITS);
	uint64_t at = above | (uint64_t)slot << low;

	return at > w->now_ms ? at : w->now_ms;
}

uint64_t timers_next(const struct timers *w)
{
	unsigned slot;
	int wheel = earliest(w, &slot);

	return wheel < 0 ? UINT64_MAX : due(w, wheel, slot) - w->now_ms;
}

/* Empties one slot: what is due is called, what was filed coarsely is filed anew. */
static unsigned run_slot(struct timers *w, int wheel, unsigned slot)
{
	struct list batch;
	unsigned called = 0;

	list_init(&batch);
	while (!list_empty(&w->slot[wheel][slot])) {
		struct list *link = w->slot[wheel][slot].next;

		list_del(link);
		list_add_tail(&batch, link);
	}
	w->busy[wheel] &= ~(UINT64_C(1) << slot);
	/* A function called here may stop timers that still stand in the batch. */
	while (!list_empty(&batch)) {
		struct timer *t = container_of(batch.next, struct timer, link);

		list_del(&t->link);
		if (t->at_ms > w->now_ms) {
			file_timer(w, t);
		} else {
			t->slot = STOPPED;
			called++;
			t->expired(t);
		}
	}
	return called;
}

unsigned timers_advance(struct timers *w, uint64_t now_ms)
{
	unsigned called = 0, slot;
	int wheel;

	while ((wheel = earliest(w, &slot)) >= 0) {
		uint64_t at = due(w, wheel, slot);

		if (at > now_ms)
			break;
		w->now_ms = at;
		called += run_slot(w, wheel, slot);
	}
	if (now_ms > w->now_ms)
		w->now_ms = now_ms;
	return called;
}
