/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fsm.h - runs state machines that are tables of {state, event, action, next}.
 *
 * The tables stand in tunnel.c and call.c in the order of RFC 2661 sections 7.2
 * and 7.4. Only fsm.c writes a state. The state changes before the action runs,
 * after the old state's exit and the new state's enter hook, which own the
 * state's timers; so an action already acts in the new state. An event posted
 * while another is handled waits until that one is done (once, however often it
 * is posted meanwhile). A pair that no row
 * lists goes to the class's one counted place.
 */
#ifndef L2TPD_ENGINE_FSM_H
#define L2TPD_ENGINE_FSM_H

#include <stdbool.h>
#include <stdint.h>

struct msg;

struct fsm_row {
	uint8_t state, event;
	void (*action)(void *object, const struct msg *msg); /* NULL: nothing to do */
	uint8_t next;
};

struct fsm_hooks {
	void (*enter)(void *object);
	void (*exit)(void *object);
};

struct fsm_class {
	const char *name;
	const char *const *state_names;
	const char *const *event_names;
	uint8_t states, events;
	const struct fsm_row *rows;
	unsigned row_count;
	const struct fsm_hooks *hooks;				  /* by state; may be NULL */
	void (*moved)(void *object, uint8_t from, uint8_t event); /* for the trace; may be NULL */
	void (*unlisted)(void *object, uint8_t event);
};

enum { FSM_QUEUE = 4 };

struct fsm {
	uint8_t state;
	bool running;
	uint8_t queued;
	uint8_t queue[FSM_QUEUE];
};

/*
 * Hands @event to the machine. @msg, if any, must live until this returns; an
 * event with a message must not be posted from within an action of the same
 * machine, since it could not wait.
 */
void fsm_post(const struct fsm_class *c, struct fsm *f, void *object, uint8_t event,
	      const struct msg *msg);

/* Puts the machine into @state with no hook and no action: only when all is torn down at once. */
void fsm_force(struct fsm *f, uint8_t state);

/* The row for a state and an event, or NULL; for tests. */
const struct fsm_row *fsm_find(const struct fsm_class *c, uint8_t state, uint8_t event);

#endif
