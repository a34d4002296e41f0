/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auth.c - who may have a tunnel with an engine, played by hand: authentication,
 * hidden AVPs, ties; and what else the two ends of a tunnel agree upon.
 */
#include "tests/unit/test.h"

#include "l2tpd/wire/hide.h"
#include "tests/exchange/peer.h"

#include <errno.h>

static const struct world_conf sockets = { .delay_ms = 1, .sockets = true };

static uint16_t stopccn_result(const struct peer *p)
{
	return peer_got(p, MSG_STOPCCN)->value[AVP_RESULT_CODE].result.result;
}

static const char *state_of(const struct peer *p, uint16_t id)
{
	struct tunnel_info info;

	return tunnel_get_info(p->h->engine, id, &info) == 0 ? info.state : "gone";
}

static struct handle only_session(const struct peer *p)
{
	struct handle h = { 0 };

	assert_true(session_from(p->h->engine, 0, 0, &h));
	return h;
}

/* --- authentication ------------------------------------------------------------------------- */

static void auth_profile(struct peer *p, const char *tunnel)
{
	host_profile(p->h, PROFILE_PEER, "profile_name=peer peer_ipaddr=192.0.2.0 netmask=24");
	host_profile(p->h, PROFILE_TUNNEL, tunnel);
}

static void simple_wants_a_profile(void **state)
{
	struct peer *p = peer_new();
	struct msg m;

	(void)state;
	host_profile(p->h, PROFILE_TUNNEL, "auth_mode=simple");
	m = peer_sccrq(p, 500);
	peer_say(p, 0, &m);
	assert_int_equal(stopccn_result(p), STOPCCN_NOT_AUTHORIZED);
	peer_free(p);

	p = peer_new();
	auth_profile(p, "auth_mode=simple");
	peer_open(p);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
	peer_free(p);
}

static void challenge_wants_the_secret(void **state)
{
	static const struct {
		const char *secret;
		bool good;
	} cases[] = { { "sesame", true }, { "Sesame", false }, { NULL, false } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct peer *p = peer_new();
		struct engine_stats stats;

		auth_profile(p, "auth_mode=challenge secret=sesame");
		p->secret = cases[i].secret;
		peer_open(p);
		assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], cases[i].good);
		engine_get_stats(p->h->engine, &stats);
		assert_int_equal(stats.auth_failed, !cases[i].good);
		if (!cases[i].good) {
			assert_int_equal(stopccn_result(p), STOPCCN_NOT_AUTHORIZED);
			assert_null(strstr(p->h->why[ENGINE_TUNNEL_FAILED], "esame"));
		}
		peer_free(p);
	}
}

/* The peer asks, we answer: in SCCRP, and in SCCCN. Without a secret we cannot. */
static void challenges_are_answered(void **state)
{
	static const uint8_t challenge[] = "one or more octets";
	struct bytes asked = { challenge, sizeof(challenge) };
	struct bytes secret = { (const uint8_t *)"sesame", 6 };
	struct peer *p = peer_new();
	struct msg m;

	(void)state;
	host_profile(p->h, PROFILE_TUNNEL, "secret=sesame");
	m = peer_sccrq(p, 500);
	msg_put_bytes(&m, AVP_CHALLENGE, challenge, sizeof(challenge));
	peer_say(p, 0, &m);
	assert_true(hide_response_ok(MSG_SCCRP, secret, asked,
				     peer_got(p, MSG_SCCRP)->value[AVP_CHALLENGE_RESPONSE].bytes));
	assert_false(msg_has(peer_last(p), AVP_CHALLENGE)); /* we did not ask */
	peer_free(p);

	p = peer_new();
	host_tunnel(p->h, "dest_ipaddr=192.0.2.9 secret=sesame");
	peer_settle(p);
	p->tunnel_id = peer_number(peer_got(p, MSG_SCCRQ), AVP_ASSIGNED_TUNNEL_ID);
	m = peer_sccrq(p, 500);
	m.type = MSG_SCCRP;
	msg_put_bytes(&m, AVP_CHALLENGE, challenge, sizeof(challenge));
	peer_say(p, 0, &m);
	assert_true(hide_response_ok(MSG_SCCCN, secret, asked,
				     peer_got(p, MSG_SCCCN)->value[AVP_CHALLENGE_RESPONSE].bytes));
	peer_free(p);

	p = peer_new();
	m = peer_sccrq(p, 500);
	msg_put_bytes(&m, AVP_CHALLENGE, challenge, sizeof(challenge));
	peer_say(p, 0, &m);
	assert_int_equal(stopccn_result(p), STOPCCN_NOT_AUTHORIZED);
	peer_free(p);
}

/* We open and ask: who does not answer gets no SCCCN. */
static void initiator_asks_too(void **state)
{
	(void)state;
	for (int good = 0; good < 2; good++) {
		struct peer *p = peer_new();

		p->secret = good ? "sesame" : "barley";
		host_profile(p->h, PROFILE_PEER,
			     "profile_name=peer peer_ipaddr=192.0.2.0 netmask=24");
		peer_opened(p, "auth_mode=challenge secret=sesame");
		assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], good);
		peer_got(p, good ? MSG_SCCCN : MSG_STOPCCN);
		peer_free(p);
	}
}

/* --- hiding ---------------------------------------------------------------------------------- */

static void everything_that_may_be_is_hidden(void **state)
{
	struct peer *p = peer_new();
	uint16_t ours;

	(void)state;
	p->secret = "sesame";
	p->hides = true;
	host_profile(p->h, PROFILE_TUNNEL, "hide_avps=yes secret=sesame");
	peer_open(p);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
	assert_true(p->got[0].hidden > 0); /* SCCRP: Assigned Tunnel ID among them */
	ours = peer_call(p, 70);
	assert_true(ours != 0);
	assert_int_equal(peer_last(p)->hidden, 1);
	peer_connect(p, ours);
	assert_int_equal(p->h->up[ENGINE_SESSION_UP], 1);
	/* a secret that is not ours makes nothing of it */
	p->secret = "barley";
	assert_int_equal(peer_call(p, 71), 0);
	peer_free(p);
}

/* 4.3 and what Cisco understands: nothing is hidden in SCCRQ; but who hides there is understood. */
static void sccrq_is_never_hidden(void **state)
{
	struct peer *p = peer_new();
	struct msg m;

	(void)state;
	p->secret = "sesame";
	host_tunnel(p->h, "dest_ipaddr=192.0.2.9 hide_avps=yes secret=sesame");
	peer_settle(p);
	assert_int_equal(peer_got(p, MSG_SCCRQ)->hidden, 0);
	peer_free(p);

	p = peer_new();
	p->secret = "sesame";
	p->hides = true;
	host_profile(p->h, PROFILE_TUNNEL, "profile_name=theirs secret=sesame");
	host_profile(p->h, PROFILE_PEER, "profile_name=peer tunnel_profile_name=theirs");
	m = peer_sccrq(p, 500); /* its Host Name is in clear: "peer" */
	peer_say(p, 0, &m);
	assert_int_equal(p->head[0].tunnel_id, 500);
	peer_confirm(p);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
	/* repeated, it is still the same tunnel's */
	peer_free(p);
}

/* --- ties ---------------------------------------------------------------------------------- */

/* The peer's SCCRQ comes while ours is out. Returns what it got last. */
static void collide(struct peer *p, const char *ours, const uint64_t *theirs)
{
	char text[100];
	struct msg m;

	snprintf(text, sizeof(text), "dest_ipaddr=192.0.2.9 tunnel_name=t %s", ours);
	host_tunnel(p->h, text);
	peer_settle(p);
	peer_got(p, MSG_SCCRQ);
	p->port = 1701;
	m = peer_sccrq(p, 700);
	if (theirs)
		msg_put(&m, AVP_TIE_BREAKER)->u64 = *theirs;
	p->ns = p->nr = 0; /* a channel of its own */
	peer_say(p, 0, &m);
}

static unsigned tunnels_of(const struct peer *p)
{
	struct engine_stats s;

	engine_get_stats(p->h->engine, &s);
	return (unsigned)s.tunnels;
}

static void ties_are_broken(void **state)
{
	static const uint64_t low = 1, high = UINT64_MAX;
	struct peer *p = peer_new();

	(void)state;
	collide(p, "", NULL); /* nobody minds: two tunnels */
	assert_int_equal(tunnels_of(p), 2);
	peer_got(p, MSG_SCCRP);
	peer_free(p);

	p = peer_new();
	collide(p, "use_tiebreaker=yes", &low); /* theirs wins, ours goes without a word */
	assert_int_equal(tunnels_of(p), 2);
	peer_confirm(p); /* but not before the peer showed that it is there */
	assert_int_equal(tunnels_of(p), 1);
	assert_int_equal(p->h->up[ENGINE_TUNNEL_FAILED], 1);
	assert_non_null(strstr(p->h->why[ENGINE_TUNNEL_FAILED], "tie breaker"));
	peer_free(p);

	p = peer_new();
	collide(p, "use_tiebreaker=yes", &high); /* ours wins: theirs is not answered */
	assert_int_equal(tunnels_of(p), 1);
	assert_string_equal(state_of(p, tunnel_by_name(p->h->engine, "t")), "wait-ctl-reply");
	peer_free(p);

	p = peer_new();
	collide(p, "", &high); /* only theirs has one */
	peer_confirm(p);
	assert_int_equal(tunnels_of(p), 1);
	assert_int_equal(tunnel_by_name(p->h->engine, "t"), 0);
	peer_free(p);

	p = peer_new();
	collide(p, "use_tiebreaker=yes", NULL); /* only ours has one */
	assert_int_equal(tunnels_of(p), 1);
	assert_true(tunnel_by_name(p->h->engine, "t") != 0);
	peer_free(p);
}

static void equal_ties_lose_both(void **state)
{
	struct peer *p = peer_new();
	uint64_t same;

	(void)state;
	host_tunnel(p->h, "dest_ipaddr=192.0.2.9 tunnel_name=t use_tiebreaker=yes");
	peer_settle(p);
	same = peer_got(p, MSG_SCCRQ)->value[AVP_TIE_BREAKER].u64;
	peer_free(p);
	p = peer_new(); /* the same world again: chance is its seed's */
	collide(p, "use_tiebreaker=yes", &same);
	assert_int_equal(tunnels_of(p), 0);
	peer_free(p);
}

/* Tunnels that are opened together take turns; who is deleted while it waits was never heard of. */
static void tunnels_take_turns(void **state)
{
	struct peer *p = peer_new();
	uint16_t id = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		id = host_tunnel(p->h, "dest_ipaddr=192.0.2.9");
	peer_settle(p);
	assert_int_equal(p->h->tx, 256);
	assert_string_equal(state_of(p, id), "wait-turn");
	assert_int_equal(tunnel_delete(p->h->engine, id, NULL), 0);
	peer_answer(p, 500); /* the first: SCCCN, and the next SCCRQ */
	assert_int_equal(p->h->tx, 258);
	engine_stop(p->h->engine);
	world_run(p->w, 60000, NULL, NULL);
	assert_true(engine_is_empty(p->h->engine));
	peer_free(p);
}

/* --- vendors and DiffServ -----------------------------------------------------------------------
 */

struct seen {
	struct handle handle;
	uint16_t message;
	char value[16];
	unsigned times;
};

static void on_avp(void *ctx, struct handle h, uint16_t message, const void *value, size_t len)
{
	struct seen *s = ctx;

	s->handle = h;
	s->message = message;
	snprintf(s->value, sizeof(s->value), "%.*s", (int)len, (const char *)value);
	s->times++;
}

static void vendors_avps_reach_who_registered(void **state)
{
	static const uint8_t icrq[] = { 0x80, 8,  0, 0,	 0,    0, 0, 10, 0x80, 8, 0,   0,
					0,    14, 0, 70, 0x80, 8, 1, 55, 0,    1, 'h', 'i' };
	struct peer *p = peer_new();
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(engine_register_avp(p->h->engine, 0, 200, on_avp, &seen), -EINVAL);
	assert_int_equal(engine_register_avp(p->h->engine, 3561, 1, on_avp, &seen), -EINVAL);
	assert_int_equal(engine_register_avp(p->h->engine, 311, 1, on_avp, &seen), 0);
	assert_int_equal(engine_register_avp(p->h->engine, 311, 1, on_avp, &seen), -EEXIST);
	peer_open(p);
	peer_send_body(p, p->tunnel_id, 0, p->ns++, p->nr, icrq, sizeof(icrq));
	peer_got(p, MSG_ICRP);
	assert_int_equal(seen.times, 1);
	assert_int_equal(seen.message, MSG_ICRQ);
	assert_string_equal(seen.value, "hi");
	assert_int_equal(seen.handle.session_id, only_session(p).session_id);
	assert_true(engine_unregister_avp(p->h->engine, 311, 1));
	assert_false(engine_unregister_avp(p->h->engine, 311, 1));
	peer_free(p);
}

/* RFC 3308: marked where both agree, unmarked where the peer knows nothing of it, or no tunnel. */
static void diffserv_is_agreed_upon(void **state)
{
	static const struct {
		int offer; /* the peer's PHB; -1: none */
		enum msg_type answer;
		unsigned marked;
	} cases[] = { { 46 << 10, MSG_SCCCN, 46 },
		      { -1, MSG_SCCCN, 0 },
		      { 8 << 10, MSG_STOPCCN, 0 } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct peer *p = peer_new_in(&sockets);
		unsigned marked = 0;
		struct msg m;

		host_tunnel(p->h, "dest_ipaddr=192.0.2.9 dscp=46");
		peer_settle(p);
		assert_int_equal(peer_number(peer_got(p, MSG_SCCRQ), AVP_CONTROL_CONNECTION_DS),
				 46 << 10);
		p->tunnel_id = peer_number(peer_last(p), AVP_ASSIGNED_TUNNEL_ID);
		m = peer_sccrq(p, 500);
		m.type = MSG_SCCRP;
		if (cases[i].offer >= 0)
			msg_put_u16(&m, AVP_CONTROL_CONNECTION_DS, (uint16_t)cases[i].offer);
		peer_say(p, 0, &m);
		peer_got(p, cases[i].answer);
		if (cases[i].answer == MSG_STOPCCN)
			assert_int_equal(stopccn_result(p), STOPCCN_DS);
		for (int s = 0; s < HOST_SOCKETS; s++)
			marked |= p->h->socket[s].dscp;
		assert_int_equal(marked, cases[i].marked);
		peer_free(p);
	}
}

static void diffserv_is_answered(void **state)
{
	(void)state;
	for (int configured = 0; configured < 2; configured++) {
		struct peer *p = peer_new_in(&sockets);
		unsigned marked = 0;
		struct msg m;

		host_profile(p->h, PROFILE_TUNNEL, configured ? "dscp=10" : "dscp=0");
		m = peer_sccrq(p, 500);
		msg_put_u16(&m, AVP_CONTROL_CONNECTION_DS, 46 << 10);
		peer_say(p, 0, &m);
		assert_int_equal(msg_has(peer_got(p, MSG_SCCRP), AVP_CONTROL_CONNECTION_DS),
				 configured);
		peer_confirm(p);
		assert_int_equal(p->h->up[ENGINE_TUNNEL_UP], 1);
		for (int s = 0; s < HOST_SOCKETS; s++)
			marked |= p->h->socket[s].dscp;
		assert_int_equal(marked, configured ? 10 : 0);
		peer_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_wants_a_profile),
		cmocka_unit_test(challenge_wants_the_secret),
		cmocka_unit_test(challenges_are_answered),
		cmocka_unit_test(initiator_asks_too),
		cmocka_unit_test(everything_that_may_be_is_hidden),
		cmocka_unit_test(sccrq_is_never_hidden),
		cmocka_unit_test(ties_are_broken),
		cmocka_unit_test(equal_ties_lose_both),
		cmocka_unit_test(tunnels_take_turns),
		cmocka_unit_test(vendors_avps_reach_who_registered),
		cmocka_unit_test(diffserv_is_agreed_upon),
		cmocka_unit_test(diffserv_is_answered),
	};

	return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
