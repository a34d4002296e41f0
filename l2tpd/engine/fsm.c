/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/engine/fsm.h"

#include <assert.h>
#include <stddef.h>

const struct fsm_row *fsm_find(const struct fsm_class *c, uint8_t state, uint8_t event)
{
	for (unsigned i = 0; i < c->row_count; i++)
		if (c->rows[i].state == state && c->rows[i].event == event)
			return &c->rows[i];
	return NULL;
}

static void step(const struct fsm_class *c, struct fsm *f, void *object, uint8_t event,
		 const struct msg *msg)
{
	const struct fsm_row *row = fsm_find(c, f->state, event);
	uint8_t from = f->state;

	if (!row) {
		c->unlisted(object, event);
		return;
	}
	if (row->next != from) {
		if (c->hooks && c->hooks[from].exit)
			c->hooks[from].exit(object);
		f->state = row->next;
		if (c->moved)
			c->moved(object, from, event);
		if (c->hooks && c->hooks[row->next].enter)
			c->hooks[row->next].enter(object);
	}
	if (row->action)
		row->action(object, msg);
}

void fsm_post(const struct fsm_class *c, struct fsm *f, void *object, uint8_t event,
	      const struct msg *msg)
{
	if (f->running) {
		assert(!msg);
		for (unsigned i = 0; i < f->queued; i++)
			if (f->queue[i] == event)
				return;
		assert(f->queued < FSM_QUEUE);
		f->queue[f->queued++] = event;
		return;
	}
	f->running = true;
	step(c, f, object, event, msg);
	while (f->queued > 0) {
		uint8_t next = f->queue[0];

		f->queued--;
		for (unsigned i = 0; i < f->queued; i++)
			f->queue[i] = f->queue[i + 1];
		step(c, f, object, next, NULL);
	}
	f->running = false;
}

void fsm_force(struct fsm *f, uint8_t state)
{
	*f = (struct fsm){ .state = state };
}
