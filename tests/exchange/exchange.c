/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange.c - engines talk to each other over networks that lose, repeat and
 * reorder. EXCHANGE_SEEDS is how many networks are tried (default 10000);
 * EXCHANGE_SEED=n replays one of them and tells all that happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/exchange/world.h"

static unsigned sum(const struct world *w, enum engine_event_kind kind)
{
	unsigned n = 0;

	for (int i = 0; i < WORLD_HOSTS; i++)
		n += w->host[i].up[kind];
	return n;
}

static uint64_t tunnels_up(const struct host *h)
{
	struct engine_stats s;

	engine_get_stats(h->engine, &s);
	return s.tunnels_up;
}

static uint64_t sessions_up(const struct host *h)
{
	struct engine_stats s;

	engine_get_stats(h->engine, &s);
	return s.sessions_up;
}

static bool all_empty(struct world *w, void *arg)
{
	(void)arg;
	for (int i = 0; i < WORLD_HOSTS; i++)
		if (!engine_is_empty(w->host[i].engine))
			return false;
	return list_empty(&w->flight);
}

struct expected {
	unsigned tunnels, sessions, links; /* up, at each of the first two hosts */
};

static bool all_up(struct world *w, void *arg)
{
	const struct expected *want = arg;

	for (int i = 0; i < 2; i++)
		if (tunnels_up(&w->host[i]) != want->tunnels ||
		    sessions_up(&w->host[i]) != want->sessions)
			return false;
	return sum(w, ENGINE_PPP_UP) >= want->links;
}

static void assert_nothing_left(struct world *w)
{
	for (int i = 0; i < WORLD_HOSTS; i++) {
		struct host *h = &w->host[i];
		struct engine_stats s;

		engine_get_stats(h->engine, &s);
		assert_true(engine_is_empty(h->engine));
		assert_int_equal(s.tunnels, 0);
		assert_int_equal(s.sessions, 0);
		assert_int_equal(s.tunnels_up, 0);
		assert_int_equal(s.sessions_up, 0);
		assert_int_equal(h->dp_tunnels, 0);
		assert_int_equal(h->dp_sessions, 0);
		assert_int_equal(h->channels, 0);
		assert_int_equal(h->links, 0);
		assert_int_equal(h->sockets_open, 0);
		assert_int_equal(engine_next_ms(h->engine), UINT64_MAX); /* no timer runs */
	}
}

static void delete_all(struct host *h)
{
	uint16_t id;

	for (uint32_t from = 0; (id = tunnel_from(h->engine, from)); from = id + 1u)
		tunnel_delete(h->engine, id, NULL);
}

static const struct world_conf good = { .delay_ms = 10, .dp_async = true, .sockets = true };

static void one_session_up_and_down(void **state)
{
	struct world *w = world_new(1, &good);
	struct expected want = { 1, 1, 2 };
	struct tunnel_info info;
	uint16_t id;

	(void)state;
	id = host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t");
	host_session(&w->host[0], "tunnel_name=t user_name=u user_password=p");
	assert_true(world_run(w, 10000, all_up, &want));
	assert_int_equal(tunnel_get_info(w->host[0].engine, id, &info), 0);
	assert_string_equal(info.state, "established");
	assert_string_equal(info.peer_host_name, "host");
	assert_int_equal(info.sessions, 1);
	delete_all(&w->host[0]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	assert_int_equal(sum(w, ENGINE_TUNNEL_DOWN), 2);
	assert_int_equal(sum(w, ENGINE_SESSION_DOWN), 2);
	assert_int_equal(sum(w, ENGINE_PPP_DOWN), 2);
	world_free(w);
}

static bool session_count_is(struct world *w, void *arg)
{
	return sessions_up(&w->host[0]) == *(unsigned *)arg &&
	       sessions_up(&w->host[1]) == *(unsigned *)arg;
}

static void cdn_from_either_side(void **state)
{
	(void)state;
	for (int closer = 0; closer < 2; closer++) {
		struct world *w = world_new(2, &good);
		struct expected want = { 1, 3, 6 };
		unsigned left = 2;
		struct handle h;

		host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t");
		for (int i = 0; i < 3; i++)
			host_session(&w->host[0], "tunnel_name=t");
		assert_true(world_run(w, 10000, all_up, &want));
		assert_true(session_from(w->host[closer].engine, 0, 0, &h));
		assert_int_equal(
			session_delete(w->host[closer].engine, h.tunnel_id, h.session_id, NULL), 0);
		assert_true(world_run(w, 10000, session_count_is, &left));
		assert_non_null(
			strstr(w->host[!closer].why[ENGINE_SESSION_DOWN], "administrative"));
		delete_all(&w->host[closer]);
		assert_true(world_run(w, 60000, all_empty, NULL));
		assert_nothing_left(w);
		world_free(w);
	}
}

/* Several tunnels between one pair of addresses, from one port, to one port, in both directions. */
static void tunnels_share_ports(void **state)
{
	(void)state;
	for (int alone = 0; alone < 2; alone++) {
		struct world_conf conf = good;
		struct expected want = { 6, 12, 24 };
		struct world *w;

		conf.one_tunnel_per_flow = alone;
		w = world_new(3, &conf);
		for (int i = 0; i < 6; i++) {
			struct host *h = &w->host[i % 2];
			char text[100];
			/* where flows may not be shared, our own ports must differ; the peer's
			 * cannot */
			unsigned port = alone ? 0 : 1701;

			snprintf(text, sizeof(text),
				 "dest_ipaddr=10.0.0.%d tunnel_name=t%d our_udp_port=%u", 2 - i % 2,
				 i, port);
			host_tunnel(h, text);
			snprintf(text, sizeof(text), "tunnel_name=t%d", i);
			host_session(h, text);
			host_session(h, text);
		}
		assert_true(world_run(w, 20000, all_up, &want));
		delete_all(&w->host[0]);
		assert_true(world_run(w, 60000, all_empty, NULL));
		assert_nothing_left(w);
		world_free(w);
	}
}

/* The second tunnel from one port is answered from a port of its own where the datapath needs it.
 */
static void flow_of_its_own(void **state)
{
	struct world_conf conf = good;
	struct world *w;
	struct expected want = { 2, 0, 0 };
	struct tunnel_info info;
	unsigned moved = 0;
	uint16_t id;

	(void)state;
	conf.one_tunnel_per_flow = true;
	w = world_new(4, &conf);
	w->host[0].dp.one_tunnel_per_flow = false; /* the caller's kernel is newer */
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=a our_udp_port=1701");
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=b our_udp_port=1701");
	assert_true(world_run(w, 20000, all_up, &want));
	for (uint32_t from = 0; (id = tunnel_from(w->host[0].engine, from)); from = id + 1u) {
		tunnel_get_info(w->host[0].engine, id, &info);
		moved += strcmp(info.peer, "10.0.0.2:1701") != 0;
	}
	assert_int_equal(moved, 1);
	delete_all(&w->host[0]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

static bool never(struct world *w, void *arg)
{
	(void)w;
	(void)arg;
	return false;
}

/* HELLO keeps a silent tunnel, and finds out when the peer is gone. */
static void hello_finds_the_dead(void **state)
{
	struct world *w = world_new(5, &good);
	struct expected want = { 1, 1, 2 };

	(void)state;
	host_profile(&w->host[0], PROFILE_TUNNEL, "hello_timeout=10");
	host_profile(&w->host[1], PROFILE_TUNNEL, "hello_timeout=0");
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t");
	host_session(&w->host[0], "tunnel_name=t");
	assert_true(world_run(w, 20000, all_up, &want));
	world_run(w, 600000, never, NULL);
	assert_int_equal(tunnels_up(&w->host[0]), 1);
	assert_int_equal(tunnels_up(&w->host[1]), 1);
	w->cut = true;
	world_run(w, 10000 + 40000, never, NULL);
	assert_int_equal(tunnels_up(&w->host[0]), 0);
	assert_non_null(strstr(w->host[0].why[ENGINE_TUNNEL_DOWN], "no answer"));
	assert_int_equal(tunnels_up(&w->host[1]), 1); /* it was told never to ask */
	delete_all(&w->host[1]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

/* Nobody is there: the tunnel fails after the last retransmission, its sessions with it. */
static void nobody_answers(void **state)
{
	struct world *w = world_new(6, &good);

	(void)state;
	w->cut = true;
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t max_retries=3");
	host_session(&w->host[0], "tunnel_name=t");
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_int_equal(w->host[0].tx, 4);
	assert_int_equal(sum(w, ENGINE_TUNNEL_FAILED), 1);
	assert_int_equal(sum(w, ENGINE_SESSION_FAILED), 1);
	assert_nothing_left(w);
	world_free(w);
}

/* A persistent tunnel and its session come back by themselves when the peer does. */
static void persistent_tunnel_returns(void **state)
{
	struct world *w = world_new(7, &good);
	struct expected want = { 1, 1, 2 };

	(void)state;
	host_system(&w->host[0], "tunnel_persist_pend_timeout=20 session_persist_pend_timeout=5");
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t persist=yes hello_timeout=5");
	host_session(&w->host[0], "tunnel_name=t session_name=s");
	w->cut = true;
	world_run(w, 100000, never, NULL);
	assert_int_equal(tunnels_up(&w->host[0]), 0);
	w->cut = false;
	assert_true(world_run(w, 60000, all_up, &want));
	delete_all(&w->host[1]); /* the peer ends it: again it returns, but not at once */
	world_run(w, 500, never, NULL);
	assert_int_equal(tunnels_up(&w->host[0]), 0);
	assert_true(world_run(w, 60000, all_up, &want));
	delete_all(&w->host[0]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

/* Everything ends within five seconds when the daemon does, peers or no peers. */
static void stop_is_quick(void **state)
{
	struct world *w = world_new(8, &good);
	struct expected want = { 4, 8, 16 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		char text[100];

		snprintf(text, sizeof(text), "dest_ipaddr=10.0.0.2 tunnel_name=t%d", i);
		host_tunnel(&w->host[0], text);
		snprintf(text, sizeof(text), "tunnel_name=t%d", i);
		host_session(&w->host[0], text);
		host_session(&w->host[0], text);
	}
	assert_true(world_run(w, 20000, all_up, &want));
	engine_stop(w->host[0].engine);
	world_run(w, 5000, never, NULL);
	assert_true(engine_is_empty(w->host[0].engine));
	assert_non_null(strstr(w->host[1].why[ENGINE_TUNNEL_DOWN], "shut down"));
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

/* The same SCCRQ again does not open a second tunnel; another one from the same port does. */
static void repeated_sccrq(void **state)
{
	struct world_conf conf = good;
	struct world *w;
	struct expected want = { 1, 0, 0 };

	(void)state;
	conf.duplicate = 100;
	w = world_new(9, &conf);
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t");
	assert_true(world_run(w, 10000, all_up, &want));
	world_run(w, 1000, never, NULL);
	assert_int_equal(w->host[1].up[ENGINE_TUNNEL_UP], 1);
	assert_int_equal(w->host[1].up[ENGINE_TUNNEL_FAILED], 0);
	delete_all(&w->host[0]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

/* The kernel says no: the peer hears it, nothing stays. */
static void datapath_refuses(void **state)
{
	struct world_conf conf = good;
	struct world *w;

	(void)state;
	w = world_new(10, &conf);
	w->conf.dp_fail = 100;
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t tunnel_id=77");
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_int_equal(sum(w, ENGINE_TUNNEL_UP), 0);
	assert_nothing_left(w);
	world_free(w);
}

static void limits_are_kept(void **state)
{
	struct world *w = world_new(11, &good);
	struct expected want = { 1, 2, 4 };

	(void)state;
	host_profile(&w->host[1], PROFILE_TUNNEL, "max_sessions=2");
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t");
	for (int i = 0; i < 3; i++)
		host_session(&w->host[0], "tunnel_name=t");
	assert_true(world_run(w, 20000, all_up, &want));
	world_run(w, 5000, never, NULL);
	assert_int_equal(w->host[0].up[ENGINE_SESSION_FAILED], 1);
	host_profile(&w->host[2], PROFILE_PEER, "lac_lns=lac");
	host_tunnel(&w->host[3], "dest_ipaddr=10.0.0.3 tunnel_name=x");
	host_session(&w->host[3], "tunnel_name=x");
	world_run(w, 5000, never, NULL);
	assert_int_equal(w->host[3].up[ENGINE_SESSION_FAILED], 1);
	delete_all(&w->host[0]);
	delete_all(&w->host[3]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

/* A tunnel without a session ends by itself, if it was told to; one with a session stays. */
static void idle_tunnel_ends(void **state)
{
	struct world *w = world_new(12, &good);
	struct expected want = { 2, 1, 2 };

	(void)state;
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=empty idle_timeout=30");
	host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=busy idle_timeout=30");
	host_session(&w->host[0], "tunnel_name=busy session_name=s");
	assert_true(world_run(w, 20000, all_up, &want));
	world_run(w, 40000, never, NULL);
	assert_int_equal(tunnel_by_name(w->host[0].engine, "empty"), 0);
	assert_true(tunnel_by_name(w->host[0].engine, "busy") != 0);
	assert_non_null(strstr(w->host[0].why[ENGINE_TUNNEL_DOWN], "no session for 30 s"));
	delete_all(&w->host[0]);
	assert_true(world_run(w, 60000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

/* The peer dies in the middle of the set-up: whoever waits gives up in time, by its own clock. */
static void peer_vanishes_mid_setup(void **state)
{
	(void)state;
	for (uint64_t cut_ms = 0; cut_ms < 150; cut_ms += 5) {
		struct world *w = world_new(13 + cut_ms, &good);

		host_tunnel(&w->host[0], "dest_ipaddr=10.0.0.2 tunnel_name=t hello_timeout=20");
		host_session(&w->host[0], "tunnel_name=t");
		world_run(w, cut_ms, never, NULL);
		w->cut = true;
		assert_true(world_run(w, 300000, all_empty, NULL));
		assert_nothing_left(w);
		world_free(w);
	}
}

/* --- seeds -------------------------------------------------------------------------- */

struct plan {
	unsigned tunnels, sessions;
};

/* What a seed decides beside the network itself: how both ends are configured. */
static void configure(struct host *h, uint64_t seed)
{
	char text[160];

	snprintf(text, sizeof(text), "peer_ipaddr=10.0.0.0 netmask=24 profile_name=hosts");
	host_profile(h, PROFILE_PEER, text);
	host_profile(h, PROFILE_TUNNEL,
		     seed % 4 == 0 ? "auth_mode=challenge secret=sesame"
				   : "auth_mode=simple secret=sesame");
	if (seed % 5 == 0)
		host_profile(h, PROFILE_TUNNEL, "hide_avps=yes");
	if (seed % 6 == 0)
		host_profile(h, PROFILE_TUNNEL, "tx_window_size=1");
	if (seed % 8 == 0)
		host_profile(h, PROFILE_TUNNEL, "use_tiebreaker=yes");
	host_profile(h, PROFILE_SESSION, "sequencing_required=yes called_number=1");
}

static unsigned number(struct world *w, unsigned below)
{
	return (unsigned)(world_random(w) % below);
}

/* Incoming calls and outgoing ones: all four machines are at work. */
static void call_some(struct world *w, struct host *h, unsigned tunnel, unsigned n)
{
	char text[100];

	for (unsigned k = 0; k < n; k++) {
		snprintf(text, sizeof(text), "tunnel_name=t%u session_name=s%u.%u session_type=%s",
			 tunnel, tunnel, k, number(w, 2) ? "laic" : "lnoc");
		host_session(h, text);
	}
}

static struct plan set_up(struct world *w)
{
	struct plan p = { 0 };
	char text[160];

	for (int i = 0; i < 2; i++)
		configure(&w->host[i], w->seed);
	p.tunnels = 1 + number(w, 3);
	for (unsigned i = 0; i < p.tunnels; i++) {
		struct host *h = &w->host[number(w, 2)];
		unsigned n = number(w, 6);

		snprintf(text, sizeof(text),
			 "dest_ipaddr=10.0.0.%u tunnel_name=t%u hello_timeout=%u%s", 2 - h->index,
			 i, 5 + number(w, 50), number(w, 2) ? " our_udp_port=1701" : "");
		host_tunnel(h, text);
		call_some(w, h, i, n);
		p.sessions += n;
	}
	return p;
}

/* Both ends say the same about what is up. */
static void assert_agreement(struct world *w)
{
	assert_int_equal(tunnels_up(&w->host[0]), tunnels_up(&w->host[1]));
	assert_int_equal(sessions_up(&w->host[0]), sessions_up(&w->host[1]));
}

/* True at every moment, whatever the network did: nothing is held that nobody holds. */
static void check_invariants(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		struct host *h = &w->host[i];
		struct engine_stats s;

		engine_get_stats(h->engine, &s);
		assert_true(s.tunnels_up <= s.tunnels && s.sessions_up <= s.sessions);
		assert_true(s.half_open <= s.tunnels);
		assert_true(h->dp_tunnels <= s.tunnels && h->dp_sessions <= s.sessions);
		assert_true(h->links <= s.sessions && h->channels <= s.sessions);
		assert_true(h->sockets_open <= s.tunnels);
	}
}

/* While the network is bad: hang up, have a daemon die, have a machine stand still. */
static void trouble(struct world *w)
{
	struct host *h = &w->host[number(w, 2)];
	struct handle some;

	if (number(w, 3) == 0 && session_from(h->engine, 0, 0, &some))
		session_delete(h->engine, some.tunnel_id, some.session_id, NULL);
	world_run(w, number(w, 2000), never, NULL);
	if (w->seed % 9 == 0) {
		host_restart(h);
		configure(h, w->seed);
	}
	if (w->seed % 12 == 0)
		host_sleep(&w->host[number(w, 2)], number(w, 90000));
}

/* Both sides want to go at the same moment, or one does and the other a moment later. */
static void tear_down(struct world *w)
{
	if (w->seed % 11 == 0) {
		w->cut = true;
		world_run(w, 50000, never, NULL);
	}
	delete_all(&w->host[w->seed % 2]);
	if (w->seed % 3)
		world_run(w, number(w, 5000), never, NULL);
	delete_all(&w->host[!(w->seed % 2)]);
	w->cut = false;
}

static void run_seed(uint64_t seed, bool verbose, unsigned *came_up)
{
	struct world_conf conf = { .loss = 20,
				   .duplicate = 20,
				   .reorder = 20,
				   .delay_ms = 30,
				   .sockets = true,
				   .verbose = verbose };
	struct expected want = { 0 };
	struct plan plan;
	struct world *w;

	conf.dp_async = seed % 2;
	conf.one_tunnel_per_flow = seed % 3 == 0;
	conf.dp_fail =
		seed % 10 == 5 ? 10 : 0; /* seed odd: answers come late, not while setting up */
	conf.ppp_fail = seed % 7 == 0 ? 20 : 0;
	w = world_new(seed, &conf);
	w->check = check_invariants;
	plan = set_up(w);
	want.tunnels = plan.tunnels;
	want.sessions = plan.sessions;
	if (world_run(w, 60000, all_up, &want))
		(*came_up)++;
	trouble(w);
	world_run(w, 100000, never, NULL);
	/* one end may just have given up; the other finds out by HELLO */
	w->conf.loss = 0;
	world_run(w, 150000, never, NULL);
	assert_agreement(w);
	w->conf.loss = conf.loss;
	tear_down(w);
	assert_true(world_run(w, 300000, all_empty, NULL));
	assert_nothing_left(w);
	world_free(w);
}

static void bad_networks(void **state)
{
	const char *one = getenv("EXCHANGE_SEED"), *many = getenv("EXCHANGE_SEEDS");
	uint64_t first = one ? strtoull(one, NULL, 0) : 1;
	uint64_t count = one ? 1 : many ? strtoull(many, NULL, 0) : 10000;
	unsigned came_up = 0;

	(void)state;
	for (uint64_t seed = first; seed < first + count; seed++) {
		/* should it stop here: the number to replay it by */
		FILE *f = fopen("exchange.seed", "w");

		if (f) {
			fprintf(f, "%llu\n", (unsigned long long)seed);
			fclose(f);
		}
		run_seed(seed, one != NULL, &came_up);
	}
	remove("exchange.seed");
	print_message("%llu networks, all up in %u of them\n", (unsigned long long)count, came_up);
	if (!one)
		assert_true(came_up * 2 >
			    count); /* most come up whole, else the test shows little */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_session_up_and_down),
		cmocka_unit_test(cdn_from_either_side),
		cmocka_unit_test(tunnels_share_ports),
		cmocka_unit_test(flow_of_its_own),
		cmocka_unit_test(hello_finds_the_dead),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(persistent_tunnel_returns),
		cmocka_unit_test(stop_is_quick),
		cmocka_unit_test(repeated_sccrq),
		cmocka_unit_test(datapath_refuses),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(idle_tunnel_ends),
		cmocka_unit_test(peer_vanishes_mid_setup),
		cmocka_unit_test(bad_networks),
	};

	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
