/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "l2tpd/engine/internal.h"

/* --- the runner ------------------------------------------------------------------ */

struct toy {
	struct fsm fsm;
	char trail[256];
};

static const struct fsm_class toy_class;

static void say(struct toy *t, const char *word)
{
	snprintf(t->trail + strlen(t->trail), sizeof(t->trail) - strlen(t->trail), "%s ", word);
}

static void act(void *o, const struct msg *m)
{
	struct toy *t = o;

	(void)m;
	say(t, "act");
	/* posted twice: waits, and comes once */
	fsm_post(&toy_class, &t->fsm, t, 1, NULL);
	fsm_post(&toy_class, &t->fsm, t, 1, NULL);
	say(t, "done");
}

static void act2(void *o, const struct msg *m)
{
	(void)m;
	say(o, "act2");
}

static void enter1(void *o)
{
	say(o, "enter1");
}

static void exit0(void *o)
{
	say(o, "exit0");
}

static void toy_moved(void *o, uint8_t from, uint8_t ev)
{
	(void)from;
	(void)ev;
	say(o, "moved");
}

static void toy_unlisted(void *o, uint8_t ev)
{
	(void)ev;
	say(o, "unlisted");
}

static const struct fsm_row toy_rows[] = { { 0, 0, act, 1 }, { 1, 1, act2, 1 }, { 1, 2, NULL, 2 } };
static const struct fsm_hooks toy_hooks[] = { { NULL, exit0 }, { enter1, NULL }, { NULL, NULL } };
static const char *const toy_names[] = { "a", "b", "c" };
static const struct fsm_class toy_class = {
	"toy", toy_names, toy_names, 3, 3, toy_rows, 3, toy_hooks, toy_moved, toy_unlisted
};

static void events_wait_their_turn(void **state)
{
	struct toy t = { 0 };

	(void)state;
	fsm_post(&toy_class, &t.fsm, &t, 0, NULL);
	assert_string_equal(t.trail, "exit0 moved enter1 act done act2 ");
	t.trail[0] = '\0';
	fsm_post(&toy_class, &t.fsm, &t, 0, NULL);
	fsm_post(&toy_class, &t.fsm, &t, 2, NULL);
	assert_string_equal(t.trail, "unlisted moved ");
	assert_int_equal(t.fsm.state, 2);
}

/* --- the tables --------------------------------------------------------------------- */

static const struct fsm_class *const classes[] = { &tunnel_fsm, &call_fsm[0][0], &call_fsm[1][0],
						   &call_fsm[0][1], &call_fsm[1][1] };

static void tables_are_well_made(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
		const struct fsm_class *k = classes[c];

		for (int s = 0; s < k->states; s++)
			assert_non_null(k->state_names[s]);
		for (int e = 0; e < k->events; e++)
			assert_non_null(k->event_names[e]);
		for (unsigned i = 0; i < k->row_count; i++) {
			assert_true(k->rows[i].state < k->states && k->rows[i].next < k->states);
			assert_true(k->rows[i].event < k->events);
			/* no row hides another */
			assert_ptr_equal(fsm_find(k, k->rows[i].state, k->rows[i].event),
					 &k->rows[i]);
		}
	}
}

/* From every state that is left at all, the end can be reached. */
static void every_state_finds_an_end(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
		const struct fsm_class *k = classes[c];
		uint8_t gone = c == 0 ? TUNNEL_ST_GONE : SESSION_ST_GONE;
		uint32_t ends = 1u << gone, before;

		do {
			before = ends;
			for (unsigned i = 0; i < k->row_count; i++)
				if (ends >> k->rows[i].next & 1)
					ends |= 1u << k->rows[i].state;
		} while (ends != before);
		for (unsigned i = 0; i < k->row_count; i++)
			if (!(ends >> k->rows[i].state & 1))
				fail_msg("%s: no way out of %s", k->name,
					 k->state_names[k->rows[i].state]);
	}
}

struct cell {
	uint8_t state, event, next;
};

static void assert_cells(const struct fsm_class *k, const struct cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct fsm_row *row = fsm_find(k, cells[i].state, cells[i].event);

		if (!row || row->next != cells[i].next)
			fail_msg("%s: %s, %s", k->name, k->state_names[cells[i].state],
				 k->event_names[cells[i].event]);
	}
}

#define T(s, e, n)                                                                                 \
	{                                                                                          \
		TUNNEL_ST_##s, TUNNEL_EV_##e, TUNNEL_ST_##n                                        \
	}
#define S(s, e, n)                                                                                 \
	{                                                                                          \
		SESSION_ST_##s, SESSION_EV_##e, SESSION_ST_##n                                     \
	}

/* RFC 2661 7.2.1, 7.4.1, 7.4.2, 7.5.1 and 7.5.2, written down anew; "idle" after an end is our
 * CLOSING. */
static void tables_say_what_the_rfc_says(void **state)
{
	static const struct cell tunnel[] = {
		T(IDLE, SCCRQ, ANSWERING),
		T(ANSWERING, ID_FREE, WAIT_CTL_CONN),
		T(WAIT_CTL_REPLY, SCCRP, JOINING),
		T(JOINING, DATAPATH_UP, ESTABLISHED),
		T(WAIT_CTL_REPLY, SCCCN, CLOSING),
		T(WAIT_CTL_CONN, SCCCN, ADMITTING),
		T(ADMITTING, DATAPATH_UP, ESTABLISHED),
		T(WAIT_CTL_REPLY, LOST, CLOSING),
		T(WAIT_CTL_CONN, SCCRP, CLOSING),
		T(WAIT_CTL_CONN, SCCRQ, CLOSING),
		T(ESTABLISHED, CLOSE, CLOSING),
		T(ESTABLISHED, SCCRQ, CLOSING),
		T(ESTABLISHED, SCCRP, CLOSING),
		T(ESTABLISHED, SCCCN, CLOSING),
		T(WAIT_CTL_REPLY, STOPCCN, CLOSING),
		T(WAIT_CTL_CONN, STOPCCN, CLOSING),
		T(ESTABLISHED, STOPCCN, CLOSING),
	};
	static const struct cell lac[] = {
		S(IDLE, OPEN, WAIT_TUNNEL),
		S(WAIT_TUNNEL, CLOSE, CLOSING),
		S(WAIT_TUNNEL, TUNNEL_UP, WAIT_REPLY),
		S(WAIT_REPLY, ICRP, OPENING),
		S(OPENING, DATAPATH_UP, ESTABLISHED),
		S(WAIT_REPLY, ICRQ, CLOSING),
		S(WAIT_REPLY, CDN, CLOSING),
		S(WAIT_REPLY, ICCN, CLOSING),
		S(WAIT_REPLY, CLOSE, CLOSING),
		S(ESTABLISHED, CDN, CLOSING),
		S(ESTABLISHED, ICRQ, CLOSING),
		S(ESTABLISHED, ICRP, CLOSING),
		S(ESTABLISHED, ICCN, CLOSING),
		S(ESTABLISHED, CLOSE, CLOSING),
	};
	static const struct cell lns[] = {
		S(IDLE, ICRQ, OPENING),
		S(OPENING, DATAPATH_UP, WAIT_CONNECT),
		S(WAIT_CONNECT, ICCN, ESTABLISHED),
		S(WAIT_CONNECT, ICRQ, CLOSING),
		S(WAIT_CONNECT, ICRP, CLOSING),
		S(WAIT_CONNECT, CDN, CLOSING),
		S(WAIT_CONNECT, CLOSE, CLOSING),
		S(ESTABLISHED, CDN, CLOSING),
		S(ESTABLISHED, CLOSE, CLOSING),
		S(ESTABLISHED, ICRQ, CLOSING),
		S(ESTABLISHED, ICRP, CLOSING),
		S(ESTABLISHED, ICCN, CLOSING),
	};

	static const struct cell lac_out[] = {
		S(IDLE, OCRQ, OPENING),
		S(OPENING, DATAPATH_UP, WAIT_CS_ANSWER),
		S(WAIT_CS_ANSWER, BEARER_UP, ESTABLISHED),
		S(WAIT_CS_ANSWER, CLOSE, CLOSING), /* "bearer failure" */
		S(WAIT_CS_ANSWER, OCRQ, CLOSING),
		S(WAIT_CS_ANSWER, OCRP, CLOSING),
		S(WAIT_CS_ANSWER, OCCN, CLOSING),
		S(WAIT_CS_ANSWER, CDN, CLOSING),
		S(ESTABLISHED, OCRQ, CLOSING),
		S(ESTABLISHED, OCRP, CLOSING),
		S(ESTABLISHED, OCCN, CLOSING),
		S(ESTABLISHED, CDN, CLOSING),
		S(ESTABLISHED, CLOSE, CLOSING),
	};
	static const struct cell lns_out[] = {
		S(IDLE, OPEN, WAIT_TUNNEL),
		S(WAIT_TUNNEL, TUNNEL_UP, WAIT_REPLY),
		S(WAIT_TUNNEL, CLOSE, CLOSING),
		S(WAIT_REPLY, OCRP, OPENING),
		S(OPENING, DATAPATH_UP, WAIT_CONNECT),
		S(WAIT_REPLY, OCCN, CLOSING),
		S(WAIT_REPLY, OCRQ, CLOSING),
		S(WAIT_REPLY, CDN, CLOSING),
		S(WAIT_REPLY, CLOSE, CLOSING),
		S(WAIT_CONNECT, OCCN, ESTABLISHED),
		S(WAIT_CONNECT, OCRQ, CLOSING),
		S(WAIT_CONNECT, OCRP, CLOSING),
		S(WAIT_CONNECT, CDN, CLOSING),
		S(WAIT_CONNECT, CLOSE, CLOSING),
		S(ESTABLISHED, OCRQ, CLOSING),
		S(ESTABLISHED, OCRP, CLOSING),
		S(ESTABLISHED, OCCN, CLOSING),
		S(ESTABLISHED, CDN, CLOSING),
		S(ESTABLISHED, CLOSE, CLOSING),
	};

	(void)state;
	assert_cells(&tunnel_fsm, tunnel, sizeof(tunnel) / sizeof(tunnel[0]));
	assert_cells(&call_fsm[0][0], lac, sizeof(lac) / sizeof(lac[0]));
	assert_cells(&call_fsm[1][0], lns, sizeof(lns) / sizeof(lns[0]));
	assert_cells(&call_fsm[0][1], lac_out, sizeof(lac_out) / sizeof(lac_out[0]));
	assert_cells(&call_fsm[1][1], lns_out, sizeof(lns_out) / sizeof(lns_out[0]));
}

/* Every state of a call or tunnel that the peer knows of ends when it says so, or when we do. */
static void live_states_can_be_ended(void **state)
{
	(void)state;
	for (uint8_t s = TUNNEL_ST_WAIT_CTL_REPLY; s <= TUNNEL_ST_ESTABLISHED; s++) {
		assert_int_equal(fsm_find(&tunnel_fsm, s, TUNNEL_EV_STOPCCN)->next,
				 TUNNEL_ST_CLOSING);
		assert_int_equal(fsm_find(&tunnel_fsm, s, TUNNEL_EV_CLOSE)->next,
				 TUNNEL_ST_CLOSING);
		assert_int_equal(fsm_find(&tunnel_fsm, s, TUNNEL_EV_DEAD)->next, TUNNEL_ST_CLOSING);
		assert_int_equal(fsm_find(&tunnel_fsm, s, TUNNEL_EV_FAILED)->next,
				 TUNNEL_ST_CLOSING);
	}
	for (size_t c = 1; c < sizeof(classes) / sizeof(classes[0]); c++) {
		for (uint8_t s = SESSION_ST_WAIT_REPLY; s <= SESSION_ST_ESTABLISHED; s++) {
			const struct fsm_row *cdn = fsm_find(classes[c], s, SESSION_EV_CDN);

			/* not every call has every state */
			if (!fsm_find(classes[c], s, SESSION_EV_TUNNEL_DOWN))
				continue;
			assert_non_null(cdn);
			assert_int_equal(cdn->next, SESSION_ST_CLOSING);
			assert_int_equal(fsm_find(classes[c], s, SESSION_EV_CLOSE)->next,
					 SESSION_ST_CLOSING);
			assert_int_equal(fsm_find(classes[c], s, SESSION_EV_TUNNEL_DOWN)->next,
					 SESSION_ST_CLOSING);
		}
	}
}

/* Each message of a call is known in each state that the peer can be in step with. */
static void no_message_is_forgotten(void **state)
{
	(void)state;
	for (size_t c = 1; c < sizeof(classes) / sizeof(classes[0]); c++)
		for (uint8_t s = SESSION_ST_WAIT_REPLY; s <= SESSION_ST_ESTABLISHED; s++)
			for (uint8_t e = SESSION_EV_ICRQ; e <= SESSION_EV_CDN; e++)
				if (fsm_find(classes[c], s, SESSION_EV_TUNNEL_DOWN) &&
				    !fsm_find(classes[c], s, e))
					fail_msg("call %zu: %s, %s", c, classes[c]->state_names[s],
						 classes[c]->event_names[e]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_wait_their_turn),
		cmocka_unit_test(tables_are_well_made),
		cmocka_unit_test(every_state_finds_an_end),
		cmocka_unit_test(tables_say_what_the_rfc_says),
		cmocka_unit_test(live_states_can_be_ended),
		cmocka_unit_test(no_message_is_forgotten),
	};

	return cmocka_run_group_tests_name("fsm", tests, NULL, NULL);
}
