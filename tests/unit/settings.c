/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.c - what settings do to what lives: changes of a tunnel and a session that
 * are up, where values come from, what is traced, pools, and a configuration that names
 * what is not there yet.
 */
#include "tests/unit/test.h"

#include "l2tpd/wire/msg.h"
#include "tests/exchange/world.h"

#include <errno.h>

static const struct world_conf calm = { .delay_ms = 1 };

/* Host 0 is the LNS, host 1 the LAC. */
static struct world *two_hosts(void)
{
	return world_new(1, &calm);
}

static void run(struct world *w, uint64_t ms)
{
	world_run(w, ms, NULL, NULL);
}

static int pool_make(struct host *h, const char *settings, char **why)
{
	struct pool_conf conf = { 0 };
	int err;

	settings_parse(&pool_params, &conf, settings);
	err = profile_create(h->engine, PROFILE_POOL, &conf, why);
	param_free(&pool_params, &conf);
	return err;
}

static int pool_change(struct host *h, const char *settings, char **why)
{
	struct pool_conf conf = { 0 };
	int err;

	settings_parse(&pool_params, &conf, settings);
	err = profile_modify(h->engine, PROFILE_POOL, conf.pool_name, &conf, 0, why);
	param_free(&pool_params, &conf);
	return err;
}

static struct pool_info pool_of(const struct host *h, const char *name)
{
	struct pool_info info;

	assert_int_equal(pool_get_info(h->engine, name, &info), 0);
	return info;
}

/* --- pools --------------------------------------------------------------------------- */

/* Addresses are lent while links live, and come back however they end. */
static void pool_lends_and_takes_back(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	struct handle h, holder;
	uint32_t place = 0;
	struct network what;
	char text[ADDR_TEXT], *why = NULL;

	(void)state;
	assert_int_equal(pool_make(lns, "pool_name=p first_addr=10.5.0.254 num_addrs=3", NULL), 0);
	host_profile(lns, PROFILE_PPP, "ip_pool_name=p");
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	h = host_session(lac, "tunnel_name=t");
	host_session(lac, "tunnel_name=t");
	run(w, 5000);
	assert_int_equal(pool_of(lns, "p").used, 2);
	assert_string_equal(addr_text(&lns->ppp_asked.remote, text), "10.5.0.255");
	assert_true(pool_holder_from(lns->engine, "p", &place, &what, &holder));
	assert_string_equal(addr_text(&what.addr, text), "10.5.0.254");
	assert_int_equal(place, 0);
	/* in use: it neither goes nor moves, but may grow */
	assert_int_equal(profile_delete(lns->engine, PROFILE_POOL, "p", &why), -EBUSY);
	free(why);
	why = NULL;
	assert_int_equal(pool_change(lns, "pool_name=p first_addr=10.6.0.1", &why), -EBUSY);
	assert_non_null(strstr(why, "2 are held"));
	free(why);
	assert_int_equal(pool_change(lns, "pool_name=p num_addrs=300", NULL), 0);
	assert_int_equal(pool_of(lns, "p").free, 298);
	assert_int_equal(session_delete(lac->engine, h.tunnel_id, h.session_id, NULL), 0);
	run(w, 5000);
	assert_int_equal(pool_of(lns, "p").used, 1);
	engine_stop(lac->engine);
	run(w, 60000);
	assert_int_equal(pool_of(lns, "p").used, 0);
	assert_int_equal(profile_delete(lns->engine, PROFILE_POOL, "p", NULL), -EBUSY);
	host_profile(lns, PROFILE_PPP, "ip_pool_name=another");
	assert_int_equal(profile_delete(lns->engine, PROFILE_POOL, "p", NULL), 0);
	world_free(w);
}

/* Nobody gets an address that another holds; who comes too late is refused, and counted. */
static void pool_is_exhausted(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	struct engine_stats stats;

	(void)state;
	assert_int_equal(pool_make(lns, "pool_name=p first_addr=10.5.0.1 num_addrs=5", NULL), 0);
	host_profile(lns, PROFILE_PPP, "ip_pool_name=p");
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	for (int i = 0; i < 8; i++)
		host_session(lac, "tunnel_name=t");
	run(w, 5000);
	engine_get_stats(lns->engine, &stats);
	assert_int_equal(pool_of(lns, "p").free, 0);
	assert_int_equal(stats.pool_exhausted, 3);
	assert_int_equal(stats.sessions_up, 5);
	assert_int_equal(lns->up[ENGINE_LIMIT], 3);
	assert_string_equal(lns->why[ENGINE_LIMIT], "no address is free in pool p");
	assert_non_null(strstr(lns->why[ENGINE_SESSION_DOWN], "no address is free in pool p"));
	/* an address of its own comes before a pool's */
	host_profile(lns, PROFILE_PPP, "remote_ipaddr=10.9.9.9");
	host_session(lac, "tunnel_name=t");
	run(w, 5000);
	engine_get_stats(lns->engine, &stats);
	assert_int_equal(stats.sessions_up, 6);
	world_free(w);
}

/* Addresses come and go in great number, and each is lent once. */
static void pool_is_fair(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	bool seen[64] = { false };

	(void)state;
	assert_int_equal(pool_make(lns, "pool_name=p first_addr=10.5.0.0 num_addrs=64", NULL), 0);
	host_profile(lns, PROFILE_PPP, "ip_pool_name=p");
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	for (int i = 0; i < 64; i++) { /* one at a time: each gets the one that waited longest */
		struct handle h = host_session(lac, "tunnel_name=t");

		run(w, 3000);
		assert_false(seen[lns->ppp_asked.remote.bytes[3]]);
		seen[lns->ppp_asked.remote.bytes[3]] = true;
		session_delete(lac->engine, h.tunnel_id, h.session_id, NULL);
		run(w, 3000);
	}
	assert_int_equal(pool_of(lns, "p").used, 0);
	world_free(w);
}

/* Somebody's call, its address, and its end. */
static struct addr address_of_a_call(struct world *w, const char *user)
{
	struct host *lns = &w->host[0], *lac = &w->host[1];
	struct handle h;

	snprintf(lns->ppp_user, sizeof(lns->ppp_user), "%s", user);
	h = host_session(lac, "tunnel_name=t");
	run(w, 3000);
	session_delete(lac->engine, h.tunnel_id, h.session_id, NULL);
	run(w, 3000);
	return lns->ppp_asked.remote;
}

/* Who comes again has what he had, as long as nobody else needs it: over a change of the pool, too.
 */
static void pool_remembers_users(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	struct addr freds, wilmas, again, first = { 0 };

	(void)state;
	assert_int_equal(pool_make(lns, "pool_name=p first_addr=10.5.0.0 num_addrs=3", NULL), 0);
	host_profile(lns, PROFILE_PPP, "ip_pool_name=p");
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	freds = address_of_a_call(w, "fred");
	wilmas = address_of_a_call(w, "wilma");
	again = address_of_a_call(w, "fred");
	assert_true(addr_equal(&freds, &again) && !addr_equal(&freds, &wilmas));
	assert_int_equal(pool_change(lns, "pool_name=p first_addr=10.4.255.254 num_addrs=5", NULL),
			 0);
	again = address_of_a_call(w, "wilma");
	assert_true(addr_equal(&wilmas, &again));
	/* the whole line moves on once: nothing is kept for anybody */
	for (int i = 0; i < 5; i++) {
		char name[] = { 'u', (char)('0' + i), '\0' };
		struct addr next = address_of_a_call(w, name);

		first = i == 0 ? next : first;
	}
	again = address_of_a_call(w, "wilma");
	assert_true(addr_equal(&first, &again));
	assert_int_equal(pool_of(lns, "p").used, 0);
	world_free(w);
}

/* A prefix for each link; who comes when there is none left has a link without one. */
static void prefixes_are_lent(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	const char *const wrong[] = { "pool_name=q first_addr=2001:db8::1",
				      "pool_name=q first_addr=2001:db8:0:1:: prefix_length=56",
				      "pool_name=q first_addr=10.0.0.0 prefix_length=56",
				      "pool_name=q first_addr=ffff:ffff:ffff:ffff:: num_addrs=2" };
	struct engine_stats stats;
	struct session_info info;
	struct handle h = { 0 };
	unsigned with = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(pool_make(lns, wrong[i], NULL), -EINVAL);
	assert_int_equal(
		pool_make(lns,
			  "pool_name=six first_addr=2001:db8:0:ff00:: prefix_length=56 num_addrs=2",
			  NULL),
		0);
	host_profile(lns, PROFILE_PPP, "ipv6_pool_name=six");
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	for (int i = 0; i < 3; i++)
		host_session(lac, "tunnel_name=t");
	run(w, 5000);
	while (session_from(lns->engine, h.tunnel_id, h.session_id + 1u, &h)) {
		assert_int_equal(session_get_info(lns->engine, h.tunnel_id, h.session_id, &info),
				 0);
		if (!info.prefix)
			continue;
		with++;
		assert_true(strcmp(info.prefix, "2001:db8:0:ff00::/56") == 0 ||
			    strcmp(info.prefix, "2001:db8:1::/56") == 0);
	}
	engine_get_stats(lns->engine, &stats);
	assert_int_equal(with, 2);
	assert_int_equal(stats.sessions_up, 3);
	assert_int_equal(stats.pool_exhausted, 1);
	assert_int_equal(profile_delete(lns->engine, PROFILE_POOL, "six", NULL), -EBUSY);
	engine_stop(lac->engine);
	run(w, 60000);
	assert_int_equal(pool_of(lns, "six").used, 0);
	world_free(w);
}

/* --- starts ------------------------------------------------------------------------------ */

/* How many links of the LNS start at this moment, and how many wait. */
static void count_starts(const struct host *h, unsigned *starting, unsigned *waiting)
{
	struct engine_stats stats;
	struct session_info info;
	struct handle at = { 0 };

	*starting = *waiting = 0;
	while (session_from(h->engine, at.tunnel_id, at.session_id + 1u, &at)) {
		session_get_info(h->engine, at.tunnel_id, at.session_id, &info);
		*starting += strcmp(info.ppp_state, "starting") == 0;
		*waiting += strcmp(info.ppp_state, "waiting") == 0;
	}
	engine_get_stats(h->engine, &stats);
	assert_int_equal(stats.ppp_starting, *starting);
	assert_int_equal(stats.ppp_waiting, *waiting);
}

static void limit_starts(struct host *h, const char *limit)
{
	struct system_conf conf = { 0 };

	settings_parse(&system_params, &conf, limit);
	assert_int_equal(system_modify(h->engine, &conf, NULL), 0);
	param_free(&system_params, &conf);
}

/* Never more than so many at a time, and all come up in the end. */
static void starts_are_throttled(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	unsigned starting, waiting, most_waiting = 0, up = 0;

	(void)state;
	limit_starts(lns, "max_ppp_starts=3");
	limit_starts(lac, "max_ppp_starts=0");
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	for (int i = 0; i < 40; i++)
		host_session(lac, "tunnel_name=t");
	for (int i = 0; i < 3000 && up < 40; i++) {
		run(w, 20);
		count_starts(lns, &starting, &waiting);
		assert_true(starting <= 3);
		most_waiting = waiting > most_waiting ? waiting : most_waiting;
		up = lns->up[ENGINE_PPP_UP];
	}
	assert_int_equal(up, 40);
	assert_int_equal(lns->links, 40);
	assert_true(most_waiting > 30);
	world_free(w);
}

/* Callers that keep silent keep nobody waiting for long; who hangs up while waiting is forgotten.
 */
static void silent_callers_block_nobody(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	unsigned starting, waiting;
	struct handle h[6];

	(void)state;
	limit_starts(lns, "max_ppp_starts=2");
	lns->ppp_silent = true;
	host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
	for (int i = 0; i < 6; i++)
		h[i] = host_session(lac, "tunnel_name=t");
	run(w, 1000);
	count_starts(lns, &starting, &waiting);
	assert_int_equal(starting, 2);
	assert_int_equal(waiting, 4);
	session_delete(lac->engine, h[5].tunnel_id, h[5].session_id, NULL);
	session_delete(lac->engine, h[0].tunnel_id, h[0].session_id, NULL);
	run(w, 1000);
	count_starts(lns, &starting, &waiting);
	assert_int_equal(starting + waiting, 4);
	run(w, 7000);
	count_starts(lns, &starting, &waiting);
	assert_int_equal(waiting, 0);
	assert_int_equal(starting, 4);
	engine_stop(lns->engine);
	run(w, 60000);
	assert_int_equal(lns->links + lns->channels, 0);
	world_free(w);
}

/* --- users ------------------------------------------------------------------------------- */

static uint64_t up_now(const struct host *h)
{
	struct engine_stats s;

	engine_get_stats(h->engine, &s);
	return s.sessions_up;
}

/* What a second link of the same user means; whoever is not named is nobody's second. */
static void second_link_of_a_user(void **state)
{
	static const struct {
		const char *setting;
		uint64_t up;
		const char *why;
	} cases[] = { { "same_user=any", 3, "" },
		      { "same_user=refuse", 1, "user fred has a link already" },
		      { "same_user=replace", 1, "user fred has come again elsewhere" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = two_hosts();
		struct host *lns = &w->host[0], *lac = &w->host[1];

		host_profile(lns, PROFILE_PPP, cases[i].setting);
		host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1");
		snprintf(lns->ppp_user, sizeof(lns->ppp_user), "fred");
		for (int k = 0; k < 3; k++) {
			host_session(lac, "tunnel_name=t");
			run(w, 5000);
		}
		assert_int_equal(up_now(lns), cases[i].up);
		if (*cases[i].why)
			assert_string_equal(lns->why[ENGINE_SESSION_DOWN], cases[i].why);
		snprintf(lns->ppp_user, sizeof(lns->ppp_user), "wilma");
		host_session(lac, "tunnel_name=t");
		run(w, 5000);
		assert_int_equal(up_now(lns), cases[i].up + 1);
		assert_int_equal(user_disconnect(lns->engine, "nobody"), 0);
		assert_int_equal(user_disconnect(lns->engine, "fred"), cases[i].up);
		run(w, 5000);
		assert_int_equal(up_now(lns), 1);
		/* and fred may come again */
		snprintf(lns->ppp_user, sizeof(lns->ppp_user), "fred");
		host_session(lac, "tunnel_name=t");
		run(w, 5000);
		assert_int_equal(up_now(lns), 2);
		world_free(w);
	}
}

/* --- changes while it lives ------------------------------------------------------------- */

static int change_tunnel(struct host *h, uint16_t id, const char *settings, uint64_t unset)
{
	struct tunnel_conf conf = { 0 };
	int err;

	settings_parse(&tunnel_params, &conf, settings);
	err = tunnel_modify(h->engine, id, &conf, unset, NULL);
	param_free(&tunnel_params, &conf);
	return err;
}

static uint64_t bit(const struct param_table *t, const char *name)
{
	return UINT64_C(1) << param_find(t, name);
}

static void live_tunnel(void **state)
{
	struct world *w = two_hosts();
	struct host *lac = &w->host[1];
	uint16_t id;

	(void)state;
	host_profile(lac, PROFILE_TUNNEL, "mtu=1300");
	id = host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1 hello_timeout=7");
	host_session(lac, "tunnel_name=t");
	run(w, 5000);
	assert_int_equal(change_tunnel(lac, id, "mtu=1200 use_udp_checksums=no", 0), 0);
	assert_int_equal(lac->ppp_asked.mtu_limit, 1200);
	assert_true(lac->no_checksums);
	assert_int_equal(change_tunnel(lac, id, "peer_profile_name=nobody", 0), -ENOENT);
	/* no longer said here: inherited, and felt */
	assert_int_equal(change_tunnel(lac, id, "",
				       bit(&tunnel_params, "mtu") |
					       bit(&tunnel_params, "use_udp_checksums") |
					       bit(&tunnel_params, "hello_timeout")),
			 0);
	assert_int_equal(lac->ppp_asked.mtu_limit, 1300);
	assert_false(lac->no_checksums);
	assert_int_equal(tunnel_get_conf(lac->engine, id)->hello_s, 60);
	world_free(w);
}

/* --- where values come from ---------------------------------------------------------------- */

static const char *tunnel_says(struct host *h, uint16_t id, const char *row)
{
	static char buf[128];
	struct text t = TEXT_INIT;

	tunnel_origin(h->engine, id, (unsigned)param_find(&tunnel_params, row), &t);
	snprintf(buf, sizeof(buf), "%s", text_str(&t));
	text_free(&t);
	return buf;
}

static const char *session_says(struct host *h, struct handle s, const char *row)
{
	static char buf[128];
	struct text t = TEXT_INIT;

	session_origin(h->engine, s.tunnel_id, s.session_id,
		       (unsigned)param_find(&session_params, row), &t);
	snprintf(buf, sizeof(buf), "%s", text_str(&t));
	text_free(&t);
	return buf;
}

static void origins(void **state)
{
	struct world *w = two_hosts();
	struct host *h = &w->host[1];
	struct handle s;
	uint16_t id;

	(void)state;
	host_profile(h, PROFILE_TUNNEL, "profile_name=mine mtu=1300 hello_timeout=5");
	host_profile(h, PROFILE_TUNNEL, "profile_name=theirs mtu=1200 max_retries=7");
	host_profile(h, PROFILE_TUNNEL, "max_retries=6 retry_timeout=2");
	host_profile(h, PROFILE_SESSION, "reorder_timeout=5");
	host_profile(h, PROFILE_PEER,
		     "profile_name=p peer_ipaddr=10.0.0.1 tunnel_profile_name=theirs");
	id = host_tunnel(h, "tunnel_name=t dest_ipaddr=10.0.0.1 profile_name=mine hello_timeout=9");
	s = host_session(h, "tunnel_name=t calling_number=1");
	assert_string_equal(tunnel_says(h, id, "hello_timeout"), "the tunnel itself");
	assert_string_equal(tunnel_says(h, id, "mtu"), "tunnel profile mine");
	assert_string_equal(tunnel_says(h, id, "max_retries"),
			    "tunnel profile theirs, of the peer");
	assert_string_equal(tunnel_says(h, id, "retry_timeout"), "tunnel profile default");
	assert_string_equal(tunnel_says(h, id, "rx_window_size"), "built-in default");
	assert_string_equal(tunnel_says(h, id, "trace_flags"), "system");
	assert_string_equal(session_says(h, s, "calling_number"), "the session itself");
	assert_string_equal(session_says(h, s, "reorder_timeout"), "session profile default");
	assert_string_equal(session_says(h, s, "trace_flags"), "the tunnel");
	assert_int_equal(change_tunnel(h, id, "", bit(&tunnel_params, "hello_timeout")), 0);
	assert_string_equal(tunnel_says(h, id, "hello_timeout"), "tunnel profile mine");
	world_free(w);
}

/* What is traced follows who says it, at once: itself, its profiles in their order, the whole. */
static void traces_follow(void **state)
{
	struct world *w = two_hosts();
	struct host *h = &w->host[1];
	struct handle s;
	uint16_t id;

	(void)state;
	host_profile(h, PROFILE_TUNNEL, "profile_name=mine mtu=1300");
	id = host_tunnel(h, "tunnel_name=t dest_ipaddr=10.0.0.1 profile_name=mine");
	s = host_session(h, "tunnel_name=t");
	host_system(h, "trace_flags=fsm");
	assert_int_equal(tunnel_traces(h->engine, id), TRACE_FSM);
	assert_int_equal(session_traces(h->engine, s.tunnel_id, s.session_id), TRACE_FSM);
	host_profile(h, PROFILE_TUNNEL, "trace_flags=api"); /* default */
	assert_int_equal(tunnel_traces(h->engine, id), TRACE_API);
	host_profile(h, PROFILE_TUNNEL, "profile_name=mine trace_flags=data");
	assert_int_equal(tunnel_traces(h->engine, id), TRACE_DATA);
	host_profile(h, PROFILE_TUNNEL, "trace_flags=protocol"); /* comes after the named one */
	assert_int_equal(tunnel_traces(h->engine, id), TRACE_DATA);
	assert_int_equal(session_traces(h->engine, s.tunnel_id, s.session_id), TRACE_DATA);
	host_profile(h, PROFILE_SESSION, "trace_flags=avp");
	assert_int_equal(session_traces(h->engine, s.tunnel_id, s.session_id), TRACE_AVP);
	assert_int_equal(change_tunnel(h, id, "trace_flags=none", 0), 0);
	assert_int_equal(tunnel_traces(h->engine, id), 0);
	host_profile(h, PROFILE_TUNNEL, "profile_name=mine trace_flags=all");
	assert_int_equal(tunnel_traces(h->engine, id), 0); /* its own word stands */
	assert_int_equal(change_tunnel(h, id, "", bit(&tunnel_params, "trace_flags")), 0);
	assert_int_equal(tunnel_traces(h->engine, id), TRACE_ALL);
	world_free(w);
}

/* --- a configuration that is early ------------------------------------------------------------ */

static void names_that_come_later(void **state)
{
	struct world *w = two_hosts();
	struct host *lac = &w->host[1];
	struct tunnel_info info;
	uint16_t id;

	(void)state;
	engine_configuring(lac->engine, true);
	id = host_tunnel(lac, "tunnel_name=t dest_ipaddr=vpn.example.org");
	engine_configuring(lac->engine, false);
	host_session(lac, "tunnel_name=t");
	run(w, 600 * 1000);
	/* 1, 2, 4 ... 64 s: neither given up nor asked for all the time, and told once */
	assert_in_range(lac->lookups, 8, 20);
	assert_int_equal(lac->up[ENGINE_TUNNEL_FAILED], 1);
	assert_int_equal(lac->up[ENGINE_SESSION_FAILED], 0);
	assert_int_equal(tunnel_get_info(lac->engine, id, &info), 0);
	assert_string_equal(info.last_failure, "vpn.example.org: no such host");
	assert_in_range(info.next_try_s, 1, 64);
	lac->names_known = true;
	run(w, 70 * 1000);
	assert_int_equal(lac->up[ENGINE_SESSION_UP], 1);
	tunnel_get_info(lac->engine, id, &info);
	assert_int_equal(info.attempts, 0);
	/* it is no persistent tunnel for all that: when it was up, its end is its end */
	host_restart(&w->host[0]);
	run(w, 300 * 1000);
	assert_int_equal(tunnel_by_name(lac->engine, "t"), 0);
	/* typed at a prompt, a name that is not there is an error */
	lac->names_known = false;
	host_tunnel(lac, "tunnel_name=typed dest_ipaddr=vpn.example.org");
	run(w, 1000);
	assert_int_equal(tunnel_by_name(lac->engine, "typed"), 0);
	world_free(w);
}

/* Of several peers the next is tried when one fails, and the first again after the last. */
static void another_peer(void **state)
{
	struct world *w = two_hosts();
	struct host *lac = &w->host[1];
	struct tunnel_info info;
	uint16_t id;

	(void)state;
	host_system(lac, "tunnel_establish_timeout=3 tunnel_persist_pend_timeout=20");
	id = host_tunnel(lac,
			 "tunnel_name=t dest_ipaddr=10.0.0.99,nobody.example.org,10.0.0.1,10.0.0.3 "
			 "persist=yes");
	host_session(lac, "tunnel_name=t");
	run(w, 9000);
	assert_int_equal(tunnel_get_info(lac->engine, id, &info), 0);
	assert_string_equal(info.state, "established");
	assert_string_equal(info.peer_text, "10.0.0.1:1701");
	assert_int_equal(lac->up[ENGINE_SESSION_UP], 1);
	w->host[0].asleep_until_ms = UINT64_MAX; /* for good */
	run(w, 300 * 1000);
	tunnel_get_info(lac->engine, id, &info);
	assert_string_equal(info.peer_text, "10.0.0.3:1701");
	assert_int_equal(lac->up[ENGINE_SESSION_UP], 2);
	world_free(w);
}

/* Those who lost their peer together do not come back together, and ever more rarely. */
static void pauses_grow_and_differ(void **state)
{
	struct world *w = two_hosts();
	struct host *lac = &w->host[1];
	uint64_t first = UINT64_MAX, last = 0;

	(void)state;
	host_system(lac, "tunnel_establish_timeout=1 tunnel_persist_pend_timeout=100");
	for (int i = 0; i < 50; i++)
		host_tunnel(lac, "dest_ipaddr=10.0.0.99 persist=yes");
	run(w, 50 * 1000); /* 1 + 2 + 1 + 4 + 1 + 8 + 1 + 16 s, more or less */
	for (uint32_t from = 0, id; (id = tunnel_from(lac->engine, from)); from = id + 1) {
		struct tunnel_info info;

		tunnel_get_info(lac->engine, (uint16_t)id, &info);
		assert_in_range(info.attempts, 4, 6);
		first = info.next_try_s < first ? info.next_try_s : first;
		last = info.next_try_s > last ? info.next_try_s : last;
	}
	assert_true(last - first >= 8);
	run(w, 3600 * 1000);
	for (uint32_t from = 0, id; (id = tunnel_from(lac->engine, from)); from = id + 1) {
		struct tunnel_info info;

		tunnel_get_info(lac->engine, (uint16_t)id, &info);
		assert_in_range(info.next_try_s, 0, 126);
		assert_in_range(info.attempts, 35, 60);
	}
	world_free(w);
}

/* Another network: whoever waits tries at once, and a peer that is gone is found out. */
static void another_network(void **state)
{
	struct world *w = two_hosts();
	struct host *lac = &w->host[1];
	struct tunnel_info info;
	uint16_t waits, stays;

	(void)state;
	host_profile(lac, PROFILE_TUNNEL, "hello_timeout=3600 persist=yes");
	stays = host_tunnel(lac, "tunnel_name=stays dest_ipaddr=10.0.0.1");
	engine_configuring(lac->engine, true);
	waits = host_tunnel(lac, "tunnel_name=waits dest_ipaddr=vpn.example.org");
	engine_configuring(lac->engine, false);
	run(w, 300 * 1000);
	tunnel_get_info(lac->engine, waits, &info);
	assert_string_equal(info.state, "retry-wait");
	assert_true(info.attempts > 3);
	lac->names_known = true;
	for (int i = 0; i < 10; i++)
		engine_network_changed(lac->engine);
	run(w, 3000);
	tunnel_get_info(lac->engine, waits, &info);
	assert_string_equal(info.state, "established");
	/* and those that are up: one HELLO each, however many changes there were */
	assert_int_equal(engine_message_stats(lac->engine)->tx[MSG_HELLO], 1);
	/* however often: an interface that comes and goes costs a message a second */
	for (int i = 0; i < 100; i++) {
		engine_network_changed(lac->engine);
		run(w, 100);
	}
	assert_in_range(engine_message_stats(lac->engine)->tx[MSG_HELLO], 9, 21);
	w->host[0].asleep_until_ms = UINT64_MAX;
	engine_network_changed(lac->engine);
	run(w, 35 * 1000);
	tunnel_get_info(lac->engine, stays, &info);
	assert_string_not_equal(info.state, "established");
	world_free(w);
}

/* Deleted while it waits, or the daemon ends: gone at once. */
static void waiting_can_be_ended(void **state)
{
	struct world *w = two_hosts();
	struct host *lac = &w->host[1];
	uint16_t id;

	(void)state;
	engine_configuring(lac->engine, true);
	id = host_tunnel(lac, "tunnel_name=t dest_ipaddr=vpn.example.org");
	host_session(lac, "tunnel_name=t");
	host_tunnel(lac, "tunnel_name=u dest_ipaddr=vpn.example.org");
	engine_configuring(lac->engine, false);
	run(w, 10000);
	assert_int_equal(tunnel_delete(lac->engine, id, NULL), 0);
	run(w, 10);
	assert_int_equal(tunnel_by_name(lac->engine, "t"), 0);
	assert_int_not_equal(tunnel_by_name(lac->engine, "u"), 0);
	engine_stop(lac->engine);
	run(w, 10);
	assert_true(engine_is_empty(lac->engine));
	world_free(w);
}

/* Nothing new is let in, what is up stays, and the end of the last is told: once. */
static void draining(void **state)
{
	struct world *w = two_hosts();
	struct host *lns = &w->host[0], *lac = &w->host[1];
	uint16_t id;

	(void)state;
	id = host_tunnel(lac, "tunnel_name=t dest_ipaddr=10.0.0.1 idle_timeout=5");
	run(w, 1000);
	host_system(lns, "drain_tunnels=yes");
	host_tunnel(lac, "tunnel_name=late dest_ipaddr=10.0.0.1");
	run(w, 2000);
	assert_int_equal(tunnel_by_name(lac->engine, "late"), 0);
	assert_int_not_equal(tunnel_by_name(lac->engine, "t"), 0);
	assert_int_equal(lns->up[ENGINE_DRAINED], 0);
	tunnel_delete(lac->engine, id, NULL);
	run(w, 60000);
	assert_int_equal(lns->up[ENGINE_DRAINED], 1);
	host_system(lac, "drain_tunnels=yes"); /* nothing to wait for */
	assert_int_equal(lac->up[ENGINE_DRAINED], 1);
	world_free(w);
}

/* A profile that a tunnel or a session named is not deleted under it. */
static void profiles_in_use(void **state)
{
	struct world *w = two_hosts();
	struct host *h = &w->host[1];
	uint16_t id;
	struct handle s;

	(void)state;
	host_profile(h, PROFILE_TUNNEL, "profile_name=t mtu=1300");
	host_profile(h, PROFILE_SESSION, "profile_name=s reorder_timeout=1");
	host_profile(h, PROFILE_PPP, "profile_name=l mtu=1300");
	host_profile(h, PROFILE_PEER, "profile_name=p peer_port=1701");
	id = host_tunnel(h,
			 "tunnel_name=t dest_ipaddr=10.0.0.1 profile_name=t peer_profile_name=p");
	s = host_session(h, "tunnel_name=t profile_name=s ppp_profile_name=l");
	assert_int_equal(profile_delete(h->engine, PROFILE_TUNNEL, "t", NULL), -EBUSY);
	assert_int_equal(profile_delete(h->engine, PROFILE_SESSION, "s", NULL), -EBUSY);
	assert_int_equal(profile_delete(h->engine, PROFILE_PPP, "l", NULL), -EBUSY);
	assert_int_equal(profile_delete(h->engine, PROFILE_PEER, "p", NULL), -EBUSY);
	session_delete(h->engine, s.tunnel_id, s.session_id, NULL);
	tunnel_delete(h->engine, id, NULL);
	run(w, 1000);
	assert_int_equal(profile_delete(h->engine, PROFILE_TUNNEL, "t", NULL), 0);
	assert_int_equal(profile_delete(h->engine, PROFILE_SESSION, "s", NULL), 0);
	assert_int_equal(profile_delete(h->engine, PROFILE_PPP, "l", NULL), 0);
	assert_int_equal(profile_delete(h->engine, PROFILE_PEER, "p", NULL), 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_lends_and_takes_back),
		cmocka_unit_test(pool_is_exhausted),
		cmocka_unit_test(pool_is_fair),
		cmocka_unit_test(pool_remembers_users),
		cmocka_unit_test(prefixes_are_lent),
		cmocka_unit_test(starts_are_throttled),
		cmocka_unit_test(silent_callers_block_nobody),
		cmocka_unit_test(second_link_of_a_user),
		cmocka_unit_test(live_tunnel),
		cmocka_unit_test(origins),
		cmocka_unit_test(traces_follow),
		cmocka_unit_test(names_that_come_later),
		cmocka_unit_test(another_peer),
		cmocka_unit_test(pauses_grow_and_differ),
		cmocka_unit_test(another_network),
		cmocka_unit_test(waiting_can_be_ended),
		cmocka_unit_test(profiles_in_use),
		cmocka_unit_test(draining),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
