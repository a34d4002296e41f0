/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peers.c - what real peers are known to do, each played by hand: the tunnel or
 * the call comes up, or is refused in good order. Where the kernel or PPP is at
 * stake, the row is tested there: idle_timeout and repeated SCCRQs in exchange,
 * PPP in guest, floods in engine.c and netns.
 */
#include "tests/unit/test.h"

#include "l2tpd/wire/hide.h"
#include "tests/exchange/peer.h"

static unsigned tunnels_of(const struct peer *p)
{
	struct engine_stats s;

	engine_get_stats(p->h->engine, &s);
	return (unsigned)s.tunnels;
}

static uint64_t sessions_up(const struct peer *p)
{
	struct engine_stats s;

	engine_get_stats(p->h->engine, &s);
	return s.sessions_up;
}

/* A body, AVP by AVP: M bit and length, vendor, type. */
#define BODY(p, sid, ...)                                                                          \
	do {                                                                                       \
		static const uint8_t body_[] = { __VA_ARGS__ };                                    \
		peer_send_body(p, (p)->tunnel_id, sid, (p)->ns++, (p)->nr, body_, sizeof(body_));  \
	} while (0)

#define TYPE(n)	  0x80, 8, 0, 0, 0, 0, 0, n
#define U16(t, v) 0x80, 8, 0, 0, 0, t, (v) >> 8, (v)&0xff
#define U32(t, v) 0x80, 10, 0, 0, 0, t, 0, 0, (v) >> 8, (v)&0xff

/* Windows: an AVP of Microsoft's in ICRQ, not mandatory. */
static void windows_has_an_avp_of_its_own(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_open(p);
	BODY(p, 0, TYPE(10), U16(14, 1), U32(15, 1), 0, 18, 1, 55, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9,
	     10, 11, 12);
	peer_got(p, MSG_ICRP);
	peer_free(p);
}

/* Windows: ids are not random, so two behind one NAT show the same; the port tells them apart. */
static void windows_twins_behind_a_nat(void **state)
{
	struct peer *p = peer_new();
	uint16_t first;

	(void)state;
	peer_open(p);
	first = p->tunnel_id;
	p->at.port = 1702;
	p->tunnel_id = p->ns = p->nr = 0;
	peer_open(p); /* the same Assigned Tunnel ID, 500 */
	assert_int_not_equal(p->tunnel_id, first);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 2);
	peer_free(p);
}

static void windows_asks_again(void **state)
{
	struct peer *p = peer_new();
	struct msg m = peer_sccrq(p, 500);

	(void)state;
	peer_say(p, 0, &m);
	for (int i = 0; i < 3; i++) {
		unsigned before = p->datagrams;

		p->ns = 0;
		p->nr = 0;
		peer_say(p, 0, &m);
		assert_int_equal(p->datagrams, before + 1); /* the answer, again */
		p->count--;
	}
	assert_int_equal(tunnels_of(p), 1);
	p->count = 1;
	p->nr = 1;
	peer_confirm(p);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
	peer_free(p);
}

/* Windows, and "Deterministic Networks" MSL2TP: the id within StopCCN and CDN is not theirs. */
static void ids_in_the_end_are_wrong(void **state)
{
	struct peer *p = peer_new();
	uint16_t ours;
	struct msg m;

	(void)state;
	peer_open(p);
	ours = peer_call(p, 70);
	peer_connect(p, ours);
	msg_start(&m, MSG_CDN);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, ours); /* ours, not 70 */
	msg_put(&m, AVP_RESULT_CODE)->result.result = CDN_ADMIN;
	peer_say(p, ours, &m);
	assert_int_equal(p->h->up[ENGINE_SESSION_DOWN], 1);
	msg_start(&m, MSG_STOPCCN);
	msg_put_u16(&m, AVP_ASSIGNED_TUNNEL_ID, p->tunnel_id); /* ours, not 500 */
	msg_put(&m, AVP_RESULT_CODE)->result.result = STOPCCN_CLEAR;
	peer_say(p, 0, &m);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 1);
	peer_free(p);
}

/* Apple: result and error codes with their bytes swapped. */
static void apple_swaps_bytes(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_open(p);
	BODY(p, 0, TYPE(4), U16(9, 500), 0x80, 10, 0, 0, 0, 1, 6, 0, 0, 0);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 1);
	assert_non_null(strstr(p->h->why[ENGINE_TUNNEL_DOWN],
			       "requester is being shut down (result 6) with its bytes swapped"));
	peer_free(p);
}

/* Android's mtpd takes a ZLB of 12 bytes, or a mandatory Message Type first; window 1. */
static void android_is_particular(void **state)
{
	struct peer *p = peer_new();
	struct msg m;
	uint16_t ours;
	unsigned zlbs;

	(void)state;
	p->name = "anonymous";
	m = peer_sccrq(p, 500);
	msg_put_u16(&m, AVP_RECEIVE_WINDOW_SIZE, 1);
	peer_say(p, 0, &m);
	zlbs = p->zlbs;
	peer_confirm(p);
	assert_int_equal(p->zlbs, zlbs + 1); /* SCCCN: at once, not after the delay */
	ours = peer_call(p, 70);
	zlbs = p->zlbs;
	peer_connect(p, ours);
	assert_int_equal(p->zlbs, zlbs + 1); /* ICCN likewise: it starts PPP only then */
	assert_int_equal(sessions_up(p), 1);
	for (unsigned i = 0; i < p->count; i++) {
		const uint8_t *b = p->head[i].body.p;

		assert_true(b[0] == 0x80 && b[1] == 8 && b[5] == 0);
	}
	peer_free(p);
}

/* Android 9 and 10 answer no HELLO: hello_timeout=0 leaves such a tunnel up. */
static void android_answers_no_hello(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		struct peer *p = peer_new();

		host_profile(p->h, PROFILE_TUNNEL, asked ? "hello_timeout=60" : "hello_timeout=0");
		peer_open(p);
		world_run(p->w, 3600 * 1000, NULL, NULL);
		assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], asked);
		peer_free(p);
	}
}

/* MikroTik and others: a Result Code AVP of 8 bytes, without an error code. */
static void mikrotik_has_no_error_code(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_open(p);
	BODY(p, 0, TYPE(4), U16(9, 500), U16(1, 1));
	assert_non_null(strstr(p->h->why[ENGINE_TUNNEL_DOWN], "result 1"));
	peer_free(p);
}

/* D-Link DIR-300 names tunnel 0 in all its messages: taken only where an operator allows it. */
static void dlink_names_no_tunnel(void **state)
{
	(void)state;
	for (int allowed = 0; allowed < 2; allowed++) {
		struct peer *p = peer_new();
		struct msg m = peer_sccrq(p, 500);

		host_profile(p->h, PROFILE_TUNNEL,
			     allowed ? "accept_zero_tunnel_id=yes" : "accept_zero_tunnel_id=no");
		peer_say(p, 0, &m);
		peer_got(p, MSG_SCCRP);
		p->tunnel_id = 0;
		msg_start(&m, MSG_SCCCN);
		peer_say(p, 0, &m);
		assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], allowed);
		if (allowed) {
			peer_connect(p, peer_call(p, 70));
			assert_int_equal(sessions_up(p), 1);
			peer_ack(p);	   /* a ZLB for tunnel 0 */
			p->at.port = 4444; /* and no other can speak for it */
			msg_start(&m, MSG_STOPCCN);
			peer_say(p, 0, &m);
			assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 0);
		}
		peer_free(p);
	}
}

/* Cisco IOS: 6 bytes too many in Challenge Response; ICCN without speed or framing; window 800. */
static void cisco_is_generous_and_forgetful(void **state)
{
	struct peer *p = peer_new();
	struct bytes secret = { (const uint8_t *)"sesame", 6 };
	uint8_t response[22] = { 0 };
	struct tunnel_info info;
	struct msg m;

	(void)state;
	host_profile(p->h, PROFILE_PEER, "profile_name=peer");
	host_profile(p->h, PROFILE_TUNNEL, "auth_mode=challenge secret=sesame tx_window_size=20");
	m = peer_sccrq(p, 500);
	msg_put_u16(&m, AVP_RECEIVE_WINDOW_SIZE, 800);
	peer_say(p, 0, &m);
	p->tunnel_id = peer_number(peer_got(p, MSG_SCCRP), AVP_ASSIGNED_TUNNEL_ID);
	hide_response(MSG_SCCCN, secret, peer_last(p)->value[AVP_CHALLENGE].bytes, response);
	msg_start(&m, MSG_SCCCN);
	msg_put_bytes(&m, AVP_CHALLENGE_RESPONSE, response, sizeof(response));
	peer_say(p, 0, &m);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
	assert_int_equal(tunnel_get_info(p->h->engine, p->tunnel_id, &info), 0);
	assert_int_equal(info.peer_window, 20);
	{
		uint16_t ours = peer_call(p, 70);

		BODY(p, ours, TYPE(12));
		assert_int_equal(sessions_up(p), 1);
	}
	peer_free(p);
}

/* Some LACs: S and P bits that nobody asked for, on HELLO and on ZLBs. */
static void some_set_bits_too_many(void **state)
{
	struct peer *p = peer_new();
	uint8_t hello[] = { 0xcb, 2, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, TYPE(6) };
	struct engine_stats before, after;
	unsigned zlbs;

	(void)state;
	peer_open(p);
	hello[4] = (uint8_t)(p->tunnel_id >> 8);
	hello[5] = (uint8_t)p->tunnel_id;
	hello[9] = (uint8_t)p->ns++;
	hello[11] = (uint8_t)p->nr;
	zlbs = p->zlbs;
	peer_send(p, hello, sizeof(hello));
	peer_settle(p);
	assert_int_equal(p->zlbs, zlbs + 1);
	/* without L or S it is no control message */
	engine_get_stats(p->h->engine, &before);
	hello[9]++;
	hello[0] = 0x88;
	peer_send(p, hello, sizeof(hello));
	hello[0] = 0xc0;
	peer_send(p, hello, sizeof(hello));
	engine_get_stats(p->h->engine, &after);
	assert_int_equal(after.rx_malformed, before.rx_malformed + 2);
	/* and another version is none of ours */
	hello[0] = 0xc8;
	hello[1] = 1;
	peer_send(p, hello, sizeof(hello));
	engine_get_stats(p->h->engine, &after);
	assert_int_equal(after.rx_version, before.rx_version + 1);
	assert_int_equal(p->zlbs, zlbs + 1);
	peer_free(p);
}

/* L2TPv3's SCCRQ is told which version would do; anything else of version 3 is told nothing. */
static void version_3_is_told(void **state)
{
	static const uint8_t sccrq[] = { 0xc8,	  3,	0,  30, 0, 0, 0,  0, 0, 0, 0, 0,
					 TYPE(1), 0x80, 10, 0,	0, 0, 61, 1, 2, 3, 4 };
	uint8_t hello[] = { 0xc8, 3, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, TYPE(6) };
	struct peer *p = peer_new();

	(void)state;
	peer_send(p, hello, sizeof(hello));
	assert_int_equal(p->datagrams, 0);
	peer_send(p, sccrq, sizeof(sccrq));
	assert_int_equal(peer_got(p, MSG_STOPCCN)->value[AVP_RESULT_CODE].result.result,
			 STOPCCN_VERSION);
	assert_int_equal(p->head[0].tunnel_id, 0x0102);
	assert_int_equal(p->head[0].session_id, 0x0304);
	peer_free(p);
}

/* An LNS sends WEN and SLI to a LAC: both are taken. */
static void lns_sends_wen_and_sli(void **state)
{
	struct peer *p = peer_new();
	uint16_t ours;
	struct msg m;

	(void)state;
	peer_opened(p, "");
	host_session(p->h, "tunnel_name=t");
	peer_settle(p);
	ours = peer_number(peer_got(p, MSG_ICRQ), AVP_ASSIGNED_SESSION_ID);
	peer_reply(p, MSG_ICRP, ours, 70);
	msg_start(&m, MSG_WEN);
	msg_put(&m, AVP_CALL_ERRORS);
	peer_say(p, ours, &m);
	msg_start(&m, MSG_SLI);
	msg_put(&m, AVP_ACCM);
	peer_say(p, ours, &m);
	assert_int_equal(sessions_up(p), 1);
	assert_int_equal(p->h->ppp_asked.links, 1);
	peer_free(p);
}

/* A NAT forgot: the port changed. Believed with the next message in sequence, and not before. */
static void nat_changes_the_port(void **state)
{
	struct peer *p = peer_new();
	struct msg hello;

	(void)state;
	peer_open(p);
	p->at.port = 40000;
	msg_start(&hello, MSG_HELLO);
	p->ns += 3; /* a guess */
	peer_say(p, 0, &hello);
	p->ns -= 4;
	assert_int_equal(peer_call(p, 70) != 0, true);
	peer_free(p);
}

/* An SCCRP for a tunnel that we gave up is told so (7.2.1); nobody else is told anything. */
static void late_sccrp_is_stopped(void **state)
{
	struct peer *p = peer_new();
	struct msg m = peer_sccrq(p, 500);

	(void)state;
	p->tunnel_id = 77;
	m.type = MSG_SCCRP;
	p->nr = 1;
	peer_say(p, 0, &m);
	p->nr = 0;
	assert_int_equal(p->datagrams, 1);
	peer_got(p, MSG_STOPCCN);
	assert_int_equal(p->head[0].tunnel_id, 500);
	assert_int_equal(p->head[0].ns, 1); /* what it expects next */
	assert_int_equal(p->head[0].nr, 1);
	p->count = 0;
	msg_start(&m, MSG_SCCCN);
	peer_say(p, 0, &m);
	msg_start(&m, MSG_HELLO);
	peer_say(p, 0, &m);
	assert_int_equal(p->datagrams, 1);
	peer_free(p);
}

/* --- peers that are no use ------------------------------------------------------------------- */

/* One that acknowledges nothing: what is queued for it goes when it is given up. */
static void acknowledges_nothing(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_open(p);
	for (int i = 0; i < 30; i++)
		peer_send_body(p, p->tunnel_id, 0, p->ns, p->nr, NULL, 0);
	for (uint16_t i = 1; i < 50; i++) {
		struct msg m;

		msg_start(&m, MSG_ICRQ);
		msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, i);
		msg_put_u32(&m, AVP_CALL_SERIAL_NUMBER, i);
		p->nr = 1;
		peer_say(p, 0, &m);
	}
	world_run(p->w, 60000, NULL, NULL);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_DOWN], 1);
	assert_non_null(strstr(p->h->why[ENGINE_TUNNEL_DOWN], "no answer"));
	assert_int_equal(tunnels_of(p), 0);
	assert_int_equal(p->h->dp_sessions, 0);
	peer_free(p);
}

/* One that never answers ICRQ: the call fails in its time, the tunnel stays. */
static void never_answers_icrq(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	host_system(p->h, "session_establish_timeout=30");
	peer_opened(p, "hello_timeout=0");
	host_session(p->h, "tunnel_name=t");
	peer_settle(p);
	peer_ack(p);
	peer_ack(p);
	peer_got(p, MSG_ICRQ);
	world_run(p->w, 31000, NULL, NULL);
	assert_non_null(strstr(p->h->why[ENGINE_SESSION_FAILED], "not established within 30 s"));
	peer_got(p, MSG_CDN);
	assert_int_equal(tunnels_of(p), 1);
	peer_free(p);
}

/*
 * xl2tpd draws session ids at random, and looks at none that is there already. It must not be told
 * by a CDN without an id: that ends its tunnel with all calls.
 */
static void xl2tpd_gives_an_id_twice(void **state)
{
	struct peer *p = peer_new();
	uint16_t ours;

	(void)state;
	peer_opened(p, "hello_timeout=0");
	for (int i = 0; i < 2; i++) {
		host_session(p->h, "tunnel_name=t");
		peer_settle(p);
		ours = peer_number(peer_got(p, MSG_ICRQ), AVP_ASSIGNED_SESSION_ID);
		peer_reply(p, MSG_ICRP, ours, 40629);
		peer_settle(p);
	}
	assert_int_equal(peer_number(peer_got(p, MSG_CDN), AVP_ASSIGNED_SESSION_ID), ours);
	assert_int_equal(p->head[p->count - 1].session_id, 40629);
	assert_non_null(strstr(p->h->why[ENGINE_SESSION_FAILED], "40629 is in use"));
	assert_int_equal(sessions_up(p), 1);
	peer_free(p);
}

/* One that sends CDNs for calls that are none, for ever: nothing grows, nothing is answered. */
static void hangs_up_what_is_not_there(void **state)
{
	struct peer *p = peer_new();
	unsigned count;
	struct msg m;

	(void)state;
	peer_open(p);
	count = p->count;
	for (int i = 0; i < 500; i++) {
		msg_start(&m, MSG_CDN);
		msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, (uint16_t)(i + 1));
		msg_put(&m, AVP_RESULT_CODE)->result.result = CDN_ADMIN;
		peer_say(p, (uint16_t)(i + 7), &m);
	}
	assert_int_equal(p->count, count);
	assert_int_equal(tunnels_of(p), 1);
	peer_free(p);
}

/* One that keeps AVPs coming: what is kept of a call is bounded. */
static void tells_too_much_of_a_call(void **state)
{
	static uint8_t long_id[1000];
	struct peer *p = peer_new();
	struct engine_stats s;
	uint16_t ours;
	struct msg m;

	(void)state;
	memset(long_id, 'x', sizeof(long_id));
	host_profile(p->h, PROFILE_TUNNEL, "allow_ppp_proxy=yes");
	peer_open(p);
	ours = peer_call(p, 70);
	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	msg_put_bytes(&m, AVP_PRIVATE_GROUP_ID, long_id, sizeof(long_id));
	peer_say(p, ours, &m);
	msg_start(&m, MSG_SLI);
	assert_int_equal(sessions_up(p), 1);
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(s.rx_ignored_avps, 0);
	ours = peer_call(p, 71);
	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	msg_put_bytes(&m, AVP_PROXY_AUTHEN_NAME, long_id, 900);
	msg_put_bytes(&m, AVP_PROXY_AUTHEN_RESPONSE, long_id, 900);
	{
		uint8_t body[4096];
		struct wbuf w = wbuf_of(body, sizeof(body));

		msg_put_bytes(&m, AVP_PRIVATE_GROUP_ID, long_id, 900);
		msg_write(&w, &m, NULL);
		peer_send_body(p, p->tunnel_id, ours, p->ns++, p->nr, body, w.len);
	}
	engine_get_stats(p->h->engine, &s);
	assert_int_equal(s.rx_ignored_avps, 1);
	assert_int_equal(sessions_up(p), 2);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_has_an_avp_of_its_own),
		cmocka_unit_test(windows_twins_behind_a_nat),
		cmocka_unit_test(windows_asks_again),
		cmocka_unit_test(ids_in_the_end_are_wrong),
		cmocka_unit_test(apple_swaps_bytes),
		cmocka_unit_test(android_is_particular),
		cmocka_unit_test(android_answers_no_hello),
		cmocka_unit_test(mikrotik_has_no_error_code),
		cmocka_unit_test(dlink_names_no_tunnel),
		cmocka_unit_test(cisco_is_generous_and_forgetful),
		cmocka_unit_test(some_set_bits_too_many),
		cmocka_unit_test(version_3_is_told),
		cmocka_unit_test(lns_sends_wen_and_sli),
		cmocka_unit_test(nat_changes_the_port),
		cmocka_unit_test(late_sccrp_is_stopped),
		cmocka_unit_test(acknowledges_nothing),
		cmocka_unit_test(never_answers_icrq),
		cmocka_unit_test(xl2tpd_gives_an_id_twice),
		cmocka_unit_test(hangs_up_what_is_not_there),
		cmocka_unit_test(tells_too_much_of_a_call),
	};

	return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
