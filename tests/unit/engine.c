/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.c - one engine, and a peer that the test plays by hand, message by
 * message: what is expected, what is not, and what no peer should ever send.
 */
#include "tests/unit/test.h"

#include "tests/exchange/peer.h"

static void answers_from_the_port_that_was_asked(void **state)
{
	struct peer *p = peer_new();
	uint16_t session;

	(void)state;
	peer_open(p);
	session = peer_call(p, 70);
	assert_true(session != 0);
	assert_int_equal(p->head[p->count - 1].session_id, 70);
	peer_connect(p, session);
	assert_int_equal(p->h->up[ENGINE_SESSION_UP], 1);
	assert_true(p->zlbs > 0); /* ICCN and SCCCN are acknowledged at once */
	peer_free(p);
}

/* Each tunnel message where it is not expected ends the tunnel with StopCCN 7. */
static void unexpected_tunnel_messages(void **state)
{
	static const enum msg_type types[] = { MSG_SCCRQ, MSG_SCCRP, MSG_SCCCN };

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (int established = 0; established < 2; established++) {
			struct peer *p = peer_new();
			struct msg m = peer_sccrq(p, 500);

			if (established) {
				peer_open(p);
			} else {
				peer_say(p, 0, &m);
				p->tunnel_id = peer_last(p)->value[AVP_ASSIGNED_TUNNEL_ID].u16;
			}
			if (types[i] == MSG_SCCCN && !established) {
				peer_free(p);
				continue; /* that one is expected */
			}
			m = peer_sccrq(p, 500);
			m.type = types[i];
			peer_say(p, 0, &m);
			peer_ack(p);
			peer_settle(p);
			assert_int_equal(peer_last(p)->type, MSG_STOPCCN);
			assert_int_equal(peer_last(p)->value[AVP_RESULT_CODE].result.result,
					 STOPCCN_FSM);
			assert_true(engine_is_empty(p->h->engine));
			peer_free(p);
		}
	}
}

/* Each call message where it is not expected ends the call with CDN. */
static void unexpected_call_messages(void **state)
{
	static const enum msg_type types[] = { MSG_ICRQ, MSG_ICRP, MSG_ICCN };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct peer *p = peer_new();
		uint16_t session;
		struct msg m;

		peer_open(p);
		session = peer_call(p, 70);
		peer_connect(p, session);
		msg_start(&m, types[i]);
		msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, 70);
		msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1);
		msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
		peer_say(p, session, &m);
		peer_ack(p);
		assert_int_equal(peer_last(p)->type, MSG_CDN);
		assert_int_equal(p->head[p->count - 1].session_id, 70);
		assert_int_equal(p->h->up[ENGINE_SESSION_DOWN], 1);
		assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
		peer_free(p);
	}
}

static void messages_for_no_session(void **state)
{
	struct peer *p = peer_new();
	struct msg m;

	(void)state;
	peer_open(p);
	for (enum msg_type type = MSG_OCRQ; type < MSG_COUNT; type++) {
		if (!msg_rows[type].name || type == MSG_ICRQ)
			continue;
		msg_start(&m, type);
		for (const struct msg_avp *a = msg_rows[type].avp; a->type; a++)
			msg_put(&m, a->type);
		m.value[AVP_ASSIGNED_SESSION_ID].u16 = 99;
		avp_remove(&m.present, AVP_CHALLENGE_RESPONSE);
		peer_say(p, 12345, &m);
		peer_ack(p);
	}
	peer_settle(p);
	/* only a reply to what we never asked is told so */
	assert_int_equal(p->count, 1 + 2);
	assert_int_equal(peer_last(p)->type, MSG_CDN);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
	peer_free(p);
}

static void same_session_id_twice(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_open(p);
	assert_true(peer_call(p, 70) != 0);
	assert_int_equal(peer_call(p, 70), 0);
	assert_int_equal(peer_last(p)->type, MSG_CDN);
	assert_int_equal(peer_last(p)->value[AVP_RESULT_CODE].result.error, ERROR_SESSION_ID);
	assert_int_equal(peer_call(p, 0), 0);
	assert_true(peer_call(p, 71) != 0);
	peer_free(p);
}

/* A LAC that hangs up before our ICRP reached it names the call by its own id. */
static void cdn_without_our_id(void **state)
{
	struct peer *p = peer_new();
	struct engine_stats s;
	struct msg m;

	(void)state;
	peer_open(p);
	peer_call(p, 70);
	msg_start(&m, MSG_CDN);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, 70);
	msg_put(&m, AVP_RESULT_CODE)->result.result = CDN_NO_CARRIER;
	peer_say(p, 0, &m);
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(s.sessions, 0);
	assert_non_null(strstr(p->h->why[ENGINE_SESSION_FAILED], "no carrier"));
	peer_free(p);
}

static void mandatory_unknown_avp_fells_its_scope(void **state)
{
	static const uint8_t icrq[] = { 0x80, 8,  0, 0,	 0,    0, 0,	MSG_ICRQ, 0x80, 8, 0, 0,
					0,    14, 0, 80, 0x80, 8, 0x12, 0x34,	  0,	1, 1, 1 };
	static const uint8_t hello[] = { 0x80, 8, 0,	0,    0, 0, 0, MSG_HELLO,
					 0x80, 8, 0x12, 0x34, 0, 1, 1, 1 };
	struct peer *p = peer_new();

	(void)state;
	peer_open(p);
	peer_send_body(p, p->tunnel_id, 0, p->ns++, p->nr, icrq, sizeof(icrq));
	peer_settle(p);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
	peer_send_body(p, p->tunnel_id, 0, p->ns++, p->nr, hello, sizeof(hello));
	peer_settle(p);
	assert_int_equal(peer_last(p)->type, MSG_STOPCCN);
	assert_int_equal(peer_last(p)->value[AVP_RESULT_CODE].result.error, ERROR_UNKNOWN_AVP);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 1);
	peer_free(p);
}

static void nobody_else_speaks_for_the_peer(void **state)
{
	struct peer *p = peer_new();
	struct endpoint right = p->at;
	struct msg stop;

	(void)state;
	peer_open(p);
	msg_start(&stop, MSG_STOPCCN);
	msg_put_u16(&stop, AVP_ASSIGNED_TUNNEL_ID, 500);
	msg_put(&stop, AVP_RESULT_CODE)->result.result = 1;
	addr_parse(&p->at.addr, "192.0.2.66"); /* right ids and numbers, wrong address */
	peer_say(p, 0, &stop);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
	p->ns--;
	p->at = right;
	p->at.port = 4444; /* right address, wrong port and wrong numbers */
	p->ns += 2;
	peer_say(p, 0, &stop);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
	p->ns -= 3;
	peer_say(p, 0, &stop); /* a NAT's new port, and just the next message */
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 1);
	peer_free(p);
}

static void repeated_stopccn_is_acknowledged_for_a_cycle(void **state)
{
	struct peer *p = peer_new();
	struct msg stop;
	unsigned zlbs;

	(void)state;
	peer_open(p);
	msg_start(&stop, MSG_STOPCCN);
	msg_put_u16(&stop, AVP_ASSIGNED_TUNNEL_ID, 9999); /* wrong, as some send it */
	msg_put(&stop, AVP_RESULT_CODE)->result.result = 1;
	peer_say(p, 0, &stop);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 1);
	assert_int_equal(tunnel_from(p->h->engine, 0), 0); /* gone, for all to see */
	world_run(p->w, 20000, NULL, NULL);
	zlbs = p->zlbs;
	p->ns--;
	peer_say(p, 0, &stop);
	assert_int_equal(p->zlbs, zlbs + 1);
	world_run(p->w, 20000, NULL, NULL);
	assert_true(engine_is_empty(p->h->engine));
	peer_free(p);
}

/* A flood of SCCRQs from strangers: bounded, quiet, and the honest still come in. */
static void flood_of_strangers(void **state)
{
	struct peer *p = peer_new();
	struct endpoint honest = p->at;
	struct engine_stats s;
	struct msg m;

	(void)state;
	addr_parse(&p->at.addr, "198.51.100.1");
	for (unsigned i = 0; i < 3000; i++) {
		m = peer_sccrq(p, (uint16_t)(i + 1));
		p->ns = p->nr = p->tunnel_id = 0;
		p->at.port = (uint16_t)(1024 + i);
		p->count = 0;
		peer_say(p, 0, &m);
	}
	engine_get_stats(p->h->engine, &s);
	assert_true(s.tunnels <= 1024);
	assert_true(s.rx_refused >= 1900);
	assert_true(p->h->bytes_tx <
		    3 * p->h->bytes_rx * 5); /* retransmissions to the silent, bounded */
	world_run(p->w, 200000, NULL, NULL);
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(s.tunnels, 0);
	p->at = honest;
	p->ns = p->nr = p->tunnel_id = 0;
	p->count = 0;
	peer_open(p);
	peer_free(p);
}

static void wrong_versions_are_answered(void **state)
{
	struct peer *p = peer_new();
	struct msg m = peer_sccrq(p, 500);

	(void)state;
	m.value[AVP_PROTOCOL_VERSION].u16 = 0x0200;
	peer_say(p, 0, &m);
	assert_int_equal(peer_last(p)->type, MSG_STOPCCN);
	assert_int_equal(peer_last(p)->value[AVP_RESULT_CODE].result.result, STOPCCN_VERSION);
	p->tunnel_id = peer_last(p)->value[AVP_ASSIGNED_TUNNEL_ID].u16;
	peer_ack(p);
	assert_true(engine_is_empty(p->h->engine));
	peer_free(p);
}

/* Strangers' nonsense is counted, never answered, and never more than a few lines of log. */
static void nonsense_is_counted(void **state)
{
	static const uint8_t v3[] = { 0xc8, 3, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct peer *p = peer_new();
	struct engine_stats s;
	struct msg m;

	(void)state;
	world_inject(p->w, p->h, &p->at, 1701, "", 0);
	world_inject(p->w, p->h, &p->at, 1701, v3, sizeof(v3));
	world_inject(p->w, p->h, &p->at, 1701, "\x00\x02\x00\x07\x00\x09", 6);
	peer_send_body(p, 4242, 0, 0, 0, NULL, 0);
	peer_send_body(p, 0, 0, 0, 0, NULL, 0);
	msg_start(&m, MSG_HELLO);
	peer_say(p, 0, &m);
	m = peer_sccrq(p, 5);
	p->ns = 3; /* an SCCRQ that is no first message */
	peer_say(p, 0, &m);
	peer_send_body(p, 0, 0, 0, 0, "\x80\x08garbage", 9);
	peer_settle(p);
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(p->h->tx, 0);
	assert_int_equal(s.rx_malformed, 1);
	assert_int_equal(s.rx_version, 1);
	assert_int_equal(s.rx_data, 1);
	assert_int_equal(s.rx_no_tunnel, 4);
	assert_int_equal(s.rx_bad_messages, 1);
	assert_int_equal(s.tunnels, 0);
	peer_free(p);
}

static void policy_keeps_strangers_out(void **state)
{
	static const char *const policies[] = { "deny_remote_tunnel_creates=yes",
						"drain_tunnels=yes" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct peer *p = peer_new();
		struct msg m = peer_sccrq(p, 500);

		host_system(p->h, policies[i]);
		peer_say(p, 0, &m);
		/* told why, once, without a tunnel being made of it */
		assert_int_equal(peer_got(p, MSG_STOPCCN)->value[AVP_RESULT_CODE].result.result,
				 i ? RESULT_GENERAL : STOPCCN_NOT_AUTHORIZED);
		assert_int_equal(p->head[0].tunnel_id, 500);
		assert_true(engine_is_empty(p->h->engine));
		peer_free(p);
	}
}

/* A window of one, as mtpd has it: one message at a time, each acknowledged. */
static void window_of_one(void **state)
{
	struct peer *p = peer_new();
	struct msg m = peer_sccrq(p, 500);

	(void)state;
	msg_put_u16(&m, AVP_RECEIVE_WINDOW_SIZE, 1);
	peer_say(p, 0, &m);
	p->tunnel_id = peer_last(p)->value[AVP_ASSIGNED_TUNNEL_ID].u16;
	msg_start(&m, MSG_SCCCN);
	peer_say(p, 0, &m);
	for (uint16_t i = 1; i < 5; i++) {
		msg_start(&m, MSG_ICRQ);
		msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, i);
		peer_say(p, 0, &m);
	}
	assert_int_equal(p->count, 5); /* each ICRQ acknowledged the ICRP before */
	peer_free(p);
}

/* Who knows address, port and id, but sees no packet, has to guess Ns and Nr: no guess that is off
 * by the least ends the tunnel. */
static void blind_teardown_fails(void **state)
{
	static const uint8_t stopccn[] = { 0x80, 8, 0, 0,   0,	  0, 0, 4, 0x80, 8, 0, 0,
					   0,	 9, 1, 244, 0x80, 8, 0, 0, 0,	 1, 0, 1 };
	struct peer *p = peer_new();
	uint16_t ns, nr;

	(void)state;
	host_profile(p->h, PROFILE_TUNNEL, "hello_timeout=0");
	peer_open(p);
	ns = p->ns;
	nr = p->nr;
	for (unsigned guess = 0; guess < 65536; guess++) {
		bool in_window = (uint16_t)(guess - ns) < 10;
		bool plausible = (uint16_t)(nr - guess) < 16;

		if (!in_window) /* the right Nr, and any Ns but those of the window */
			peer_send_body(p, p->tunnel_id, 0, (uint16_t)guess, nr, stopccn,
				       sizeof(stopccn));
		if (!plausible) /* the right Ns, and any Nr that acknowledges nothing of late */
			peer_send_body(p, p->tunnel_id, 0, ns, (uint16_t)guess, stopccn,
				       sizeof(stopccn));
	}
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
	assert_true(peer_call(p, 70) != 0); /* and the peer goes on as ever */
	peer_free(p);
}

/* A call whose request cannot be used was never made, but its maker hears why (4.1). */
static void bad_requests_are_refused(void **state)
{
	static const uint8_t icrq[] = { 0x80, 8, 0, 0,	  0, 0, 0, 10, 0x80, 6, 1,
					55,   0, 9, 0x80, 8, 0, 0, 0,  14,   0, 70 };
	static const uint8_t nameless[] = { 0x80, 8, 0, 0, 0, 0, 0, 10, 0x80, 6, 1, 55, 0, 9 };
	struct peer *p = peer_new();
	const struct avp_result *r;
	unsigned count;

	(void)state;
	peer_open(p);
	peer_send_body(p, p->tunnel_id, 0, p->ns++, p->nr, icrq, sizeof(icrq));
	r = &peer_got(p, MSG_CDN)->value[AVP_RESULT_CODE].result;
	assert_int_equal(r->error, ERROR_UNKNOWN_AVP);
	assert_int_equal(p->head[p->count - 1].session_id, 70);
	assert_int_equal(p->h->dp_sessions, 0);
	count = p->count;
	peer_send_body(p, p->tunnel_id, 0, p->ns++, p->nr, nameless, sizeof(nameless));
	assert_int_equal(p->count, count); /* nobody to tell */
	assert_true(peer_call(p, 71) != 0);
	peer_free(p);
}

/* So many may be half open; beyond it the oldest gives way, since who is there answers at once. */
static void oldest_gives_way(void **state)
{
	struct peer *p = peer_new();
	struct endpoint honest = p->at;
	struct engine_stats s;
	char from[ADDR_TEXT];

	(void)state;
	host_system(p->h, "half_open_max=10");
	host_profile(p->h, PROFILE_TUNNEL, "hello_timeout=0");
	for (unsigned i = 1; i <= 50; i++) {
		struct msg m = peer_sccrq(p, 500);

		snprintf(from, sizeof(from), "198.51.100.%u", i);
		addr_parse(&p->at.addr, from);
		p->count = p->ns = p->nr = p->tunnel_id = 0;
		peer_say(p, 0, &m);
		peer_got(p, MSG_SCCRP);
	}
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(s.half_open, 10);
	assert_int_equal(s.half_open_dropped, 40);
	assert_int_equal(p->h->tx, 50); /* one datagram for one: nobody is poured upon */
	p->at = honest;
	p->count = p->ns = p->nr = p->tunnel_id = 0;
	peer_open(p);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
	world_run(p->w, 60000, NULL, NULL);
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(s.half_open, 0);
	assert_int_equal(s.tunnels, 1);
	assert_int_equal(p->h->tx, 52); /* SCCRP, and the acknowledgement of SCCCN */
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_from_the_port_that_was_asked),
		cmocka_unit_test(unexpected_tunnel_messages),
		cmocka_unit_test(unexpected_call_messages),
		cmocka_unit_test(messages_for_no_session),
		cmocka_unit_test(same_session_id_twice),
		cmocka_unit_test(cdn_without_our_id),
		cmocka_unit_test(mandatory_unknown_avp_fells_its_scope),
		cmocka_unit_test(nobody_else_speaks_for_the_peer),
		cmocka_unit_test(repeated_stopccn_is_acknowledged_for_a_cycle),
		cmocka_unit_test(flood_of_strangers),
		cmocka_unit_test(bad_requests_are_refused),
		cmocka_unit_test(oldest_gives_way),
		cmocka_unit_test(blind_teardown_fails),
		cmocka_unit_test(wrong_versions_are_answered),
		cmocka_unit_test(nonsense_is_counted),
		cmocka_unit_test(policy_keeps_strangers_out),
		cmocka_unit_test(window_of_one),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
