/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "plugins/pppd/options.h"

static struct ppp_conf conf;

static struct ppp_start start_of(bool lns)
{
	param_free(&ppp_params, &conf);
	param_resolve(&ppp_params, &conf, NULL, 0, NULL);
	return (struct ppp_start){
		.handle = { 11, 22, 1 }, .lns = lns, .mtu_limit = 1460, .conf = &conf
	};
}

static bool has(const struct ppp_start *s, const char *line)
{
	struct text t = TEXT_INIT;
	char whole[256];
	bool found;

	pppd_options(s, "/plugins", &t);
	snprintf(whole, sizeof(whole), "\n%s\n", line);
	found = strstr(text_str(&t), whole) != NULL;
	text_free(&t);
	return found;
}

static void caller(void **state)
{
	struct ppp_start s = start_of(false);

	(void)state;
	s.user_name = "fred";
	s.user_password = "two words \"and\" \\ and\na line";
	s.interface_name = "vpn0";
	assert_true(has(&s, "noauth"));
	assert_true(has(&s, "noipdefault"));
	assert_true(has(&s, "nodefaultroute"));
	assert_true(has(&s, "user \"fred\""));
	assert_true(has(&s, "password \"two words \\\"and\\\" \\\\ and\\012a line\""));
	assert_true(has(&s, "ifname \"vpn0\""));
	assert_true(has(&s, "mtu 1460")); /* bounded by the tunnel's */
	assert_true(has(&s, "set L2TP_TUNNEL_ID=11"));
	assert_true(has(&s, "plugin \"/plugins/pppd-report.so\""));
	assert_false(has(&s, "require-chap"));
	conf.auth_pap = false;
	conf.default_route = true; /* the daemon sees to it */
	conf.mtu = 1400;
	assert_true(has(&s, "refuse-pap"));
	assert_true(has(&s, "nodefaultroute"));
	assert_false(has(&s, "l2tpd_ask"));
	assert_true(has(&s, "mtu 1400"));
}

static void server(void **state)
{
	struct ppp_start s = start_of(true);

	(void)state;
	addr_parse(&conf.local_ipaddr, "10.0.0.1");
	addr_parse(&conf.remote_ipaddr, "10.0.0.2");
	addr_parse(&conf.dns_pri, "10.0.0.53");
	conf.auth_eap = false;
	conf.proxy_arp = true;
	conf.lcp_echo_interval_s = 20;
	assert_true(has(&s, "auth"));
	assert_true(has(&s, "require-pap"));
	assert_true(has(&s, "require-mschap-v2"));
	assert_true(has(&s, "refuse-eap"));
	assert_true(has(&s, "10.0.0.1:10.0.0.2"));
	assert_false(has(&s, "noipdefault"));
	assert_true(has(&s, "ms-dns 10.0.0.53"));
	assert_true(has(&s, "proxyarp"));
	assert_true(has(&s, "lcp-echo-interval 20"));
	assert_true(has(&s, "l2tpd_ask"));
	assert_false(has(&s, "passive")); /* it could stay behind for ever */
	conf.auth_peer = BY_ROLE_NO;
	assert_true(has(&s, "noauth"));
	conf.remote_ipaddr = (struct addr){ 0 };
	assert_true(has(&s, "10.0.0.1:"));
}

/* Each row of a ppp profile that pppd is told about, and what it is told. */
static void every_row(void **state)
{
	static const struct {
		const char *row, *value, *option;
	} rows[] = {
		{ "mtu", "1300", "mtu 1300" },
		{ "mru", "1200", "mru 1200" },
		{ "asyncmap", "0xa0000", "asyncmap a0000" },
		{ "auth_pap", "no", "refuse-pap" },
		{ "auth_chap", "no", "refuse-chap" },
		{ "auth_mschapv1", "no", "refuse-mschap" },
		{ "auth_mschapv2", "no", "refuse-mschap-v2" },
		{ "auth_eap", "no", "refuse-eap" },
		{ "auth_peer", "no", "noauth" },
		{ "auth_none", "yes", "noauth" },
		{ "chap_interval", "60", "chap-interval 60" },
		{ "chap_max_challenge", "4", "chap-max-challenge 4" },
		{ "chap_restart", "5", "chap-restart 5" },
		{ "pap_max_auth_reqs", "6", "pap-max-authreq 6" },
		{ "pap_restart_interval", "7", "pap-restart 7" },
		{ "pap_timeout", "8", "pap-timeout 8" },
		{ "lcp_echo_interval", "9", "lcp-echo-interval 9" },
		{ "lcp_echo_fail_count", "11", "lcp-echo-failure 11" },
		{ "lcp_max_cfg_reqs", "12", "lcp-max-configure 12" },
		{ "lcp_max_cfg_naks", "13", "lcp-max-failure 13" },
		{ "lcp_max_term_reqs", "14", "lcp-max-terminate 14" },
		{ "lcp_retransmit_interval", "15", "lcp-restart 15" },
		{ "ipcp_max_config_requests", "16", "ipcp-max-configure 16" },
		{ "ipcp_max_config_naks", "17", "ipcp-max-failure 17" },
		{ "ipcp_max_terminate_requests", "18", "ipcp-max-terminate 18" },
		{ "ipcp_retransmit_interval", "19", "ipcp-restart 19" },
		{ "idle_timeout", "20", "idle 20" },
		{ "max_connect_time", "21", "maxconnect 21" },
		{ "max_failure_count", "22", "maxfail 22" },
		{ "local_ipaddr", "10.0.0.1", "10.0.0.1:" },
		{ "remote_ipaddr", "10.0.0.2", ":10.0.0.2" },
		{ "dns_ipaddr_pri", "10.0.0.3", "ms-dns 10.0.0.3" },
		{ "dns_ipaddr_sec", "10.0.0.4", "ms-dns 10.0.0.4" },
		{ "wins_ipaddr_pri", "10.0.0.5", "ms-wins 10.0.0.5" },
		{ "wins_ipaddr_sec", "10.0.0.6", "ms-wins 10.0.0.6" },
		{ "mppe", "yes", "require-mppe-128" },
		{ "use_peer_dns", "yes", "usepeerdns" },
		{ "proxy_arp", "yes", "proxyarp" },
		{ "local_name", "lns", "name \"lns\"" },
		{ "remote_name", "x", "remotename \"x\"" },
		{ "trace_flags", "ppp", "debug" },
		{ "use_radius", "yes", "plugin radius.so" },
		{ "ip_param", "branch 7", "ipparam \"branch 7\"" },
		{ "pppd_options_file", "/etc/ppp/more", "file \"/etc/ppp/more\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ppp_start s = start_of(true);
		int row = param_find(&ppp_params, rows[i].row);

		assert_true(row >= 0);
		if (has(&s, rows[i].option))
			fail_msg("%s is there anyway", rows[i].option);
		assert_int_equal(param_set(&ppp_params, (unsigned)row, &conf, rows[i].value, NULL),
				 0);
		if (!has(&s, rows[i].option))
			fail_msg("%s=%s does not give %s", rows[i].row, rows[i].value,
				 rows[i].option);
	}
}

/* RADIUS is for those who must say who they are, and is told who calls. */
static void radius_knows_who_calls(void **state)
{
	struct ppp_start s = start_of(true);

	(void)state;
	conf.use_radius = true;
	s.peer_address = "192.0.2.7";
	conf.radius_hint = strdup("/etc/radius/l2tp.conf");
	assert_true(has(&s, "radius-config-file \"/etc/radius/l2tp.conf\""));
	assert_true(has(&s, "remotenumber \"192.0.2.7\""));
	s.calling_number = "5551234";
	assert_true(has(&s, "remotenumber \"5551234\""));
	s.lns = false; /* as a caller we are the one who is asked */
	assert_false(has(&s, "plugin radius.so"));
}

/* The client's plugin is told whose address no route may capture; a server has none. */
static void clients_ask_for_routes(void **state)
{
	struct ppp_start s = start_of(false);

	(void)state;
	s.peer_address = "192.0.2.1";
	assert_false(has(&s, "plugin \"/plugins/splitroute.so\""));
	conf.split_routing = true;
	assert_true(has(&s, "plugin \"/plugins/splitroute.so\""));
	assert_true(has(&s, "splitroute-protect \"192.0.2.1\""));
	s.lns = true;
	assert_false(has(&s, "plugin \"/plugins/splitroute.so\""));
}

/* However hostile a value, it stays one word of one option. */
static void nothing_can_be_smuggled_in(void **state)
{
	struct ppp_start s = start_of(false);
	char all[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	s.user_name = "x\"\nplugin \"/tmp/evil.so";
	s.user_password = all;
	assert_false(has(&s, "plugin \"/tmp/evil.so\""));
	assert_true(has(&s, "user \"x\\\"\\012plugin \\\"/tmp/evil.so\""));
	param_free(&ppp_params, &conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caller),
		cmocka_unit_test(server),
		cmocka_unit_test(every_row),
		cmocka_unit_test(radius_knows_who_calls),
		cmocka_unit_test(clients_ask_for_routes),
		cmocka_unit_test(nothing_can_be_smuggled_in),
	};

	return cmocka_run_group_tests_name("pppd", tests, NULL, NULL);
}
