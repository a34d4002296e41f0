/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "l2tpd/engine/xport.h"

#include "lib/list.h"

/* One end of a channel; the test is the other. */
struct end {
	struct xport x;
	struct timers timers;
	uint8_t sent[64][64]; /* the datagrams, a ring */
	size_t sent_len[64];
	unsigned sends, delivered, dead, drained, silent;
	uint16_t delivered_ns[64];
};

static void on_send(struct xport *x, const void *p, size_t len)
{
	struct end *e = container_of(x, struct end, x);

	memcpy(e->sent[e->sends % 64], p, len);
	e->sent_len[e->sends++ % 64] = len;
}

static void on_deliver(struct xport *x, const struct header *h)
{
	struct end *e = container_of(x, struct end, x);

	e->delivered_ns[e->delivered++ % 64] = h->ns;
}

static void on_dead(struct xport *x)
{
	container_of(x, struct end, x)->dead++;
}

static void on_drained(struct xport *x)
{
	container_of(x, struct end, x)->drained++;
}

static void on_silent(struct xport *x)
{
	container_of(x, struct end, x)->silent++;
}

static const struct xport_ops ops = { on_send, on_deliver, on_dead, on_drained, on_silent };

static struct end *end_new(uint16_t ours, uint16_t theirs)
{
	struct end *e = calloc(1, sizeof(*e));
	struct xport_conf conf = {
		.our_window = ours, .peer_window = theirs, .retry_ms = 1000, .max_retries = 5
	};

	timers_init(&e->timers, 0);
	xport_init(&e->x, &ops, &e->timers, &conf);
	e->x.peer_tunnel_id = 7;
	return e;
}

static void end_free(struct end *e)
{
	xport_free(&e->x);
	assert_true(timers_next(&e->timers) == UINT64_MAX);
	free(e);
}

static enum xport_input input(struct end *e, uint16_t ns, uint16_t nr, const char *body)
{
	struct header h = {
		.version = 2, .ns = ns, .nr = nr, .body = { (const uint8_t *)body, strlen(body) }
	};

	return xport_input(&e->x, &h);
}

static struct header last_sent(const struct end *e)
{
	struct header h;
	unsigned i = (e->sends - 1) % 64;

	assert_int_equal(header_read(&h, e->sent[i], e->sent_len[i]), HEADER_CONTROL);
	return h;
}

static void delivers_in_order_once(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	assert_int_equal(input(e, 0, 0, "a"), XPORT_NEXT);
	assert_int_equal(input(e, 0, 0, "a"), XPORT_OLD);
	assert_int_equal(last_sent(e).nr, 1); /* repeated: our ack was lost, again at once */
	assert_int_equal(last_sent(e).body.len, 0);
	assert_int_equal(input(e, 3, 0, "d"), XPORT_EARLY);
	assert_int_equal(input(e, 3, 0, "d"), XPORT_OLD);
	assert_int_equal(input(e, 2, 0, "c"), XPORT_EARLY);
	assert_int_equal(input(e, 5, 0, "f"), XPORT_DISCARDED); /* beyond our window of 4 */
	assert_int_equal(e->delivered, 1);
	assert_int_equal(input(e, 1, 0, "b"), XPORT_NEXT);
	assert_int_equal(e->delivered, 4);
	for (uint16_t i = 0; i < 4; i++)
		assert_int_equal(e->delivered_ns[i], i);
	end_free(e);
}

static void acknowledges_after_a_moment(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	input(e, 0, 0, "a");
	assert_int_equal(e->sends, 0);
	timers_advance(&e->timers, XPORT_ACK_DELAY_MS);
	assert_int_equal(e->sends, 1);
	assert_int_equal(last_sent(e).nr, 1);
	/* a message of our own carries it instead */
	input(e, 1, 0, "b");
	xport_send(&e->x, 0, "x", 1);
	assert_int_equal(last_sent(e).nr, 2);
	timers_advance(&e->timers, 500);
	assert_int_equal(e->sends, 2);
	end_free(e);
}

/* 1, 2, 4, 8, 8 s and then no more (5.8). */
static void retransmits_with_doubling_delays(void **state)
{
	static const uint64_t at[] = { 0, 1000, 3000, 7000, 15000, 23000 };
	struct end *e = end_new(4, 4);

	(void)state;
	xport_send(&e->x, 0, "x", 1);
	for (unsigned i = 0; i < 6; i++) {
		timers_advance(&e->timers, at[i]);
		assert_int_equal(e->sends, i + 1);
		if (i < 5) {
			timers_advance(&e->timers, at[i + 1] - 1);
			assert_int_equal(e->sends, i + 1);
		}
	}
	assert_int_equal(e->dead, 0);
	timers_advance(&e->timers, 31000);
	assert_int_equal(e->sends, 6);
	assert_int_equal(e->dead, 1);
	assert_int_equal(xport_cycle_ms(&e->x), 31000);
	end_free(e);
}

/* Appendix A: 1, 2, 4 messages, up to the peer's window. */
static void window_opens_slowly(void **state)
{
	struct end *e = end_new(4, 8);

	(void)state;
	for (int i = 0; i < 40; i++)
		xport_send(&e->x, 0, "x", 1);
	assert_int_equal(e->sends, 1);
	input(e, 0, 1, "");
	assert_int_equal(e->sends, 3);
	input(e, 0, 3, "");
	assert_int_equal(e->sends, 7);
	input(e, 0, 7, "");
	assert_int_equal(e->sends, 15); /* 8 in flight: the peer's window */
	input(e, 0, 15, "");
	assert_int_equal(e->sends, 23);
	assert_int_equal(e->drained, 0);
	input(e, 0, 23, "");
	input(e, 0, 31, "");
	input(e, 0, 39, "");
	input(e, 0, 40, "");
	assert_int_equal(e->drained, 1);
	end_free(e);
}

/* After a loss: half the window as threshold, one message, and only what was lost again. */
static void loss_narrows_the_window(void **state)
{
	struct end *e = end_new(4, 8);
	unsigned before;

	(void)state;
	for (int i = 0; i < 15; i++)
		xport_send(&e->x, 0, "x", 1);
	input(e, 0, 1, "");
	input(e, 0, 3, "");
	input(e, 0, 7, ""); /* 7 to 14 are in flight */
	before = e->sends;
	timers_advance(&e->timers, 1000);
	assert_int_equal(e->sends, before + 1);
	assert_int_equal(last_sent(e).ns, 7);
	assert_int_equal(e->x.cwnd, 1);
	assert_int_equal(e->x.ssthresh, 4);
	input(e, 0, 9, ""); /* 7 had been lost, 8 had not */
	assert_int_equal(last_sent(e).ns, 11);
	assert_int_equal(e->x.stats.tx_retransmits, 4);
	input(e, 0, 15, "");
	assert_int_equal(e->drained, 1);
	end_free(e);
}

static void bogus_acknowledgements_are_refused(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	xport_send(&e->x, 0, "x", 1);
	assert_int_equal(input(e, 0, 2, "a"), XPORT_DISCARDED); /* we never sent 1 */
	assert_int_equal(e->delivered, 0);
	assert_int_equal(e->x.sent.count, 1);
	/* an old one is only old, but one that is too old is a guess */
	assert_int_equal(input(e, 0, 0xfff0, "a"), XPORT_DISCARDED);
	assert_int_equal(input(e, 0, 0xfff9, "a"), XPORT_NEXT);
	end_free(e);
}

/* Requests wait; everything else goes before them; what was never sent can be taken back. */
static void requests_wait_behind_everything_else(void **state)
{
	struct end *e = end_new(4, 1);
	struct xport_msg *ticket[3] = { NULL };

	(void)state;
	xport_send(&e->x, 1, "first", 5); /* fills the window of one */
	for (int i = 0; i < 3; i++)
		xport_request(&e->x, 2, "request", 7, &ticket[i]);
	xport_send(&e->x, 3, "urgent", 6);
	assert_true(ticket[0] && ticket[1] && ticket[2]);
	assert_true(xport_cancel(&e->x, &ticket[1]));
	assert_null(ticket[1]);
	assert_false(xport_cancel(&e->x, &ticket[1]));
	input(e, 0, 1, "");
	assert_int_equal(last_sent(e).session_id, 3);
	input(e, 0, 2, "");
	assert_int_equal(last_sent(e).session_id, 2);
	assert_null(ticket[0]); /* too late to take it back */
	assert_non_null(ticket[2]);
	xport_drop_unsent(&e->x);
	assert_null(ticket[2]);
	end_free(e);
}

/* A stranger's channel sends once for each time that it is sent to, whatever the clock says. */
static void solicited_channel_answers_alone(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	xport_set_solicited(&e->x, true);
	input(e, 0, 0, "SCCRQ");
	timers_advance(&e->timers, 1000);
	assert_int_equal(e->sends, 0); /* not even an acknowledgement */
	input(e, 0, 0, "SCCRQ");
	assert_int_equal(e->sends, 0); /* no answer yet */
	xport_send(&e->x, 0, "SCCRP", 5);
	assert_int_equal(e->sends, 1);
	timers_advance(&e->timers, 60000);
	assert_int_equal(e->sends, 1);
	input(e, 0, 0, "SCCRQ");
	assert_int_equal(e->sends, 2);
	assert_int_equal(last_sent(e).body.len, 5);
	assert_int_equal(last_sent(e).nr, 1);
	input(e, 1, 0, "early SCCCN"); /* it did not hear us: it must hear us again */
	xport_set_solicited(&e->x, false);
	timers_advance(&e->timers, 61000);
	assert_int_equal(e->sends, 4);
	end_free(e);
}

static void paused_channel_keeps_what_comes(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	xport_pause(&e->x);
	input(e, 0, 0, "a");
	input(e, 1, 0, "b");
	input(e, 0, 0, "a");
	timers_advance(&e->timers, 1000);
	assert_int_equal(e->delivered, 0);
	assert_int_equal(e->sends, 0); /* nothing is acknowledged that was not delivered */
	xport_resume(&e->x);
	assert_int_equal(e->delivered, 0);
	timers_advance(&e->timers, 1000);
	assert_int_equal(e->delivered, 2);
	assert_int_equal(last_sent(e).nr, 2);
	/* what was kept and came again in the meantime is delivered once */
	xport_pause(&e->x);
	input(e, 2, 0, "c");
	xport_resume(&e->x);
	input(e, 2, 0, "c");
	assert_int_equal(e->delivered, 3);
	timers_advance(&e->timers, 2000);
	assert_int_equal(e->delivered, 3);
	end_free(e);
}

/* HELLOs of tunnels that came up together are spread evenly; each keeps to the time when idle. */
static void hellos_are_spread(void **state)
{
	unsigned early = 0, late = 0;

	(void)state;
	for (uint32_t i = 1; i <= 100; i++) {
		struct end *e = end_new(4, 4);
		uint64_t in;

		e->x.chance = i * 2654435761u;
		xport_set_hello(&e->x, 60000);
		in = e->x.hello.at_ms;
		assert_in_range(in, 30000, 60000);
		early += in < 40000;
		late += in > 50000;
		/* silence: the next comes a whole time after this one */
		timers_advance(&e->timers, in);
		assert_int_equal(e->silent, 1);
		assert_int_equal(e->x.hello.at_ms, in + 30000);
		timers_advance(&e->timers, in + 5);
		input(e, 0, 0, "");
		assert_int_equal(e->x.hello.at_ms, in + 60000);
		end_free(e);
	}
	assert_in_range(early, 20, 47);
	assert_in_range(late, 20, 47);
}

static void numbers_wrap(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	e->x.ns = e->x.nr = 0xfffe;
	for (int i = 0; i < 4; i++)
		xport_send(&e->x, 0, "x", 1);
	input(e, 0xfffe, 0xffff, "a");
	assert_int_equal(input(e, 0, 0, "c"), XPORT_EARLY);
	assert_int_equal(input(e, 0xffff, 1, "b"), XPORT_NEXT);
	assert_int_equal(e->delivered, 3);
	assert_int_equal(e->x.nr, 1);
	assert_int_equal(input(e, 0xffff, 2, "b"), XPORT_OLD);
	assert_int_equal(e->drained, 1);
	end_free(e);
}

static void silence_is_noticed(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	xport_set_hello(&e->x, 60000);
	timers_advance(&e->timers, 59000);
	input(e, 0, 0, "a");
	timers_advance(&e->timers, 118000);
	assert_int_equal(e->silent, 0);
	timers_advance(&e->timers, 119000);
	assert_int_equal(e->silent, 1);
	xport_send(&e->x, 0, "x", 1); /* what is on its way asks already */
	timers_advance(&e->timers, 119000 + 31000);
	assert_int_equal(e->dead, 1);
	assert_int_equal(e->silent, 1);
	xport_no_hello(&e->x);
	timers_advance(&e->timers, 1000000);
	assert_int_equal(e->silent, 1);
	end_free(e);
}

static void hello_can_be_hurried(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	xport_hello_within(&e->x, 100); /* it is off */
	timers_advance(&e->timers, 1000);
	assert_int_equal(e->silent, 0);
	xport_set_hello(&e->x, 60000);
	xport_hello_within(&e->x, 100);
	xport_hello_within(&e->x, 5000); /* sooner is no later */
	timers_advance(&e->timers, 1100);
	assert_int_equal(e->silent, 1);
	assert_int_equal(e->x.hello.at_ms, 61100);
	end_free(e);
}

static void unsent_can_be_dropped(void **state)
{
	struct end *e = end_new(4, 4);

	(void)state;
	for (int i = 0; i < 100; i++)
		xport_send(&e->x, 0, "x", 1);
	xport_drop_unsent(&e->x);
	xport_send(&e->x, 0, "last", 4);
	input(e, 0, 1, "");
	assert_int_equal(last_sent(e).body.len, 4);
	assert_int_equal(last_sent(e).ns, 1); /* numbers have no gap */
	end_free(e);
}

/* A peer that sends early messages for ever costs a bounded amount. */
static void early_messages_are_bounded(void **state)
{
	struct end *e = end_new(65535, 4);

	(void)state;
	for (uint16_t i = 1; i < 1000; i++)
		input(e, i, 0, "x");
	assert_int_equal(e->x.held.count, XPORT_HOLD_MAX);
	input(e, 0, 0, "x");
	assert_int_equal(e->delivered, XPORT_HOLD_MAX + 1);
	end_free(e);
}

static void windows_of_any_size(void **state)
{
	struct end *e = end_new(1, 4);

	(void)state;
	assert_int_equal(input(e, 1, 0, "b"), XPORT_DISCARDED);
	assert_int_equal(input(e, 0, 0, "a"), XPORT_NEXT);
	xport_set_peer_window(&e->x, 0);
	assert_int_equal(e->x.peer_window, 1);
	xport_set_peer_window(&e->x, 65535);
	assert_int_equal(e->x.peer_window, 32767);
	end_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_in_order_once),
		cmocka_unit_test(acknowledges_after_a_moment),
		cmocka_unit_test(retransmits_with_doubling_delays),
		cmocka_unit_test(window_opens_slowly),
		cmocka_unit_test(loss_narrows_the_window),
		cmocka_unit_test(bogus_acknowledgements_are_refused),
		cmocka_unit_test(requests_wait_behind_everything_else),
		cmocka_unit_test(solicited_channel_answers_alone),
		cmocka_unit_test(paused_channel_keeps_what_comes),
		cmocka_unit_test(hellos_are_spread),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(silence_is_noticed),
		cmocka_unit_test(hello_can_be_hurried),
		cmocka_unit_test(unsent_can_be_dropped),
		cmocka_unit_test(early_messages_are_bounded),
		cmocka_unit_test(windows_of_any_size),
	};

	return cmocka_run_group_tests_name("xport", tests, NULL, NULL);
}
