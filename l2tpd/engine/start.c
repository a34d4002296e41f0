/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start.c - not all PPP at once: only so many links (system max_ppp_starts) may be
 * starting at a time, so that a thousand callers do not start a thousand programs that
 * all time out together. The others wait in line.
 *
 * A link leaves room for the next when it is up or has failed; or when it has taken so
 * much longer than others lately that it must be its peer that it waits for, and not this
 * machine: nobody can keep others waiting for long by keeping silent.
 */
#include "l2tpd/engine/internal.h"

/* Three times what is usual, within bounds; until it is known what is usual, the first. */
enum { PATIENCE_FIRST_MS = 5000, PATIENCE_MIN_MS = 3000, PATIENCE_MAX_MS = 30000 };

static uint64_t patience_ms(const struct engine *e)
{
	uint64_t ms = e->start_usual_ms ? (uint64_t)e->start_usual_ms * 3 : PATIENCE_FIRST_MS;

	return ms < PATIENCE_MIN_MS ? PATIENCE_MIN_MS : ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : ms;
}

static struct session *first_of(const struct list *l)
{
	return container_of(l->next, struct session, by_start);
}

/* The oldest of those that start decides on when to look again. */
static void rearm(struct engine *e)
{
	uint64_t now = e->timers.now_ms, due;

	if (list_empty(&e->starting) || list_empty(&e->start_queue)) {
		timer_stop(&e->timers, &e->start_timer);
		return;
	}
	due = first_of(&e->starting)->start_ms + patience_ms(e);
	timer_start(&e->timers, &e->start_timer, due > now ? due - now : 0);
}

void start_forget(struct session *s)
{
	if (!list_empty(&s->by_start) && !s->ppp_starting)
		s->tunnel->e->stats.ppp_waiting--;
	list_del(&s->by_start);
	if (s->ppp_starting)
		s->tunnel->e->starting_count--;
	s->ppp_starting = false;
}

static bool is_room(const struct engine *e)
{
	return !e->system.max_ppp_starts || e->starting_count < e->system.max_ppp_starts;
}

static void start_now(struct session *s)
{
	struct engine *e = s->tunnel->e;

	start_forget(s);
	list_add_tail(&e->starting, &s->by_start);
	s->ppp_starting = true;
	s->start_ms = e->timers.now_ms;
	e->starting_count++;
	call_start_ppp(s);
	if (!s->ppp_running)
		start_forget(s);
}

static void go_on(struct engine *e)
{
	if (e->starting_some) /* a start that fails at once makes room: the loop sees it */
		return;
	e->starting_some = true;
	while (!list_empty(&e->start_queue) && is_room(e))
		start_now(first_of(&e->start_queue));
	e->starting_some = false;
	rearm(e);
}

static void patience_over(struct timer *timer)
{
	struct engine *e = container_of(timer, struct engine, start_timer);

	engine_enter(e);
	while (!list_empty(&e->starting) &&
	       first_of(&e->starting)->start_ms + patience_ms(e) <= e->timers.now_ms)
		start_forget(first_of(&e->starting));
	go_on(e);
	engine_leave(e);
}

void start_init(struct engine *e)
{
	list_init(&e->starting);
	list_init(&e->start_queue);
	timer_init(&e->start_timer, patience_over);
}

void start_request(struct session *s)
{
	struct engine *e = s->tunnel->e;

	list_add_tail(&e->start_queue, &s->by_start);
	e->stats.ppp_waiting++;
	go_on(e);
}

void start_done(struct session *s)
{
	struct engine *e = s->tunnel->e;
	uint64_t took = e->timers.now_ms - s->start_ms;

	/* the mean of some eight */
	took = took < PATIENCE_MAX_MS ? took : PATIENCE_MAX_MS;
	e->start_usual_ms = e->start_usual_ms ? (e->start_usual_ms * 7 + (uint32_t)took) / 8
					      : (uint32_t)took + 1;
	start_over(s);
}

void start_over(struct session *s)
{
	start_forget(s);
	go_on(s->tunnel->e);
}
