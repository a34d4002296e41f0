/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp.c - DHCPINFORM from both ends: what is written can be read, what is broken is not, what
 * a server says is taken only where it can be meant.
 */
#include "tests/unit/test.h"

#include "l2tpd/inform.h"
#include "plugins/splitroute/splitroute.h"

#include <errno.h>

static struct addr address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static struct network network(const char *text)
{
	struct network n;

	assert_int_equal(network_parse(&n, text, strlen(text)), 0);
	return n;
}

static struct dhcp_out message(uint8_t op, uint8_t type, const char *ciaddr)
{
	struct dhcp m = { .op = op, .htype = 1, .hlen = 6, .xid = 77, .type = type };
	struct dhcp_out out;

	m.ciaddr = address(ciaddr);
	dhcp_begin(&out, &m, sizeof(out.bytes));
	return out;
}

static void what_is_written_is_read(void **state)
{
	struct dhcp_out o = message(DHCP_BOOTREPLY, DHCPACK, "10.0.0.2");
	uint8_t longer[600], back[DHCP_OPTION_MAX];
	size_t len;
	struct dhcp m;

	(void)state;
	for (size_t i = 0; i < sizeof(longer); i++)
		longer[i] = (uint8_t)(i * 7);
	assert_true(dhcp_put(&o, DHCP_OPT_ROUTES, longer, sizeof(longer)));
	assert_true(dhcp_put(&o, DHCP_OPT_DOMAIN, "x.example", 9));
	o.max = 1000;
	assert_false(dhcp_put(&o, DHCP_OPT_DNS, longer, 200));
	len = dhcp_end(&o);
	assert_int_equal(dhcp_parse(&m, o.bytes, len), 0);
	assert_int_equal(m.xid, 77);
	assert_int_equal(m.type, DHCPACK);
	assert_int_equal(dhcp_option(&m, DHCP_OPT_ROUTES, back, sizeof(back)), 600);
	assert_memory_equal(back, longer, 600);
	assert_int_equal(dhcp_option(&m, DHCP_OPT_ROUTES, back, 599), -EMSGSIZE);
	assert_int_equal(dhcp_option(&m, DHCP_OPT_DNS, back, sizeof(back)), -ENOENT);
	/* one cut short anywhere is none, or is what it was without its last option */
	for (size_t cut = 0; cut < DHCP_FIXED + 3; cut++)
		assert_int_equal(dhcp_parse(&m, o.bytes, cut), -EINVAL);
	assert_int_equal(dhcp_parse(&m, o.bytes, DHCP_FIXED + 4), -EINVAL);
}

/* RFC 2131: options may go on in the fields for names; what is there counts as well. */
static void options_in_other_fields(void **state)
{
	struct dhcp_out o = message(DHCP_BOOTREPLY, DHCPACK, "10.0.0.2");
	uint8_t overload = 3, back[16];
	struct dhcp m;
	size_t len;

	(void)state;
	assert_true(dhcp_put(&o, DHCP_OPT_OVERLOAD, &overload, 1));
	len = dhcp_end(&o);
	memcpy(o.bytes + 108,
	       "\x0f\x02"
	       "ab\xff",
	       5);
	memcpy(o.bytes + 44,
	       "\x0f\x01"
	       "c\xff",
	       4);
	assert_int_equal(dhcp_parse(&m, o.bytes, len), 0);
	assert_int_equal(dhcp_option(&m, DHCP_OPT_DOMAIN, back, sizeof(back)), 3);
	assert_memory_equal(back, "abc", 3);
	o.bytes[44 + 1] = 63; /* beyond sname */
	assert_int_equal(dhcp_parse(&m, o.bytes, len), -EINVAL);
}

static void routes_are_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int count;
		const char *first;
	} cases[] = {
		{ "", 0, -EINVAL, NULL },
		{ "\x18\x0a\x01\x00\x0a\x63\x00\x01", 8, 1, "10.1.0.0/24" },
		{ "\x00\x0a\x63\x00\x01", 5, 1, "0.0.0.0/0" },
		{ "\x20\x0a\x01\x02\x03\x00\x00\x00\x00", 9, 1, "10.1.2.3/32" },
		{ "\x0a\x0a\x7f\x0a\x63\x00\x01", 7, 1, "10.64.0.0/10" }, /* bits beyond it */
		{ "\x21\x0a\x01\x02\x03\x04\x00\x00\x00\x00", 10, -EINVAL, NULL },
		{ "\x18\x0a\x01\x00\x0a\x63\x00", 7, -EINVAL, NULL },
		{ "\x00\x0a\x63\x00\x01\x18", 6, -EINVAL, NULL },
	};
	struct network r[2];
	char text[NETWORK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(dhcp_routes((const uint8_t *)cases[i].bytes, cases[i].len, r, 2),
				 cases[i].count);
		if (cases[i].first)
			assert_string_equal(network_text(&r[0], text), cases[i].first);
	}
	assert_int_equal(
		dhcp_static_routes((const uint8_t *)"\xac\x10\x00\x00\x0a\x00\x00\x01", 8, r, 2),
		1);
	assert_string_equal(network_text(&r[0], text), "172.16.0.0/16");
	assert_int_equal(
		dhcp_static_routes((const uint8_t *)"\x0a\x10\x00\x00\x0a\x00\x00\x01", 8, r, 2),
		1);
	assert_string_equal(network_text(&r[0], text), "10.16.0.0/32");
	assert_int_equal(
		dhcp_static_routes((const uint8_t *)"\x0a\x10\x00\x00\x0a\x00\x00", 7, r, 2),
		-EINVAL);
}

/* --- the server's end --------------------------------------------------------------------- */

static struct ppp_event up;

static struct engine_link link_with(const char *client_routes, const char *domain)
{
	struct engine_link l = { .up = &up };

	up.local = address("10.0.0.1");
	up.remote = address("10.0.0.2");
	l.ppp.client_routes = (char *)(uintptr_t)client_routes;
	l.ppp.client_domain = (char *)(uintptr_t)domain;
	return l;
}

static void only_its_client_is_answered(void **state)
{
	struct engine_link l = link_with("10.1.0.0/16", NULL), none = link_with(NULL, NULL);
	struct dhcp_out q = message(DHCP_BOOTREQUEST, DHCPINFORM, "10.0.0.2"), out;
	size_t len = dhcp_end(&q);
	bool cut;

	(void)state;
	assert_true(inform_answer(&l, q.bytes, len, &out, &cut) > 0);
	assert_int_equal(inform_answer(&none, q.bytes, len, &out, &cut), 0);
	assert_int_equal(inform_answer(&l, q.bytes, DHCP_FIXED, &out, &cut), 0);
	q.bytes[27] = 1; /* giaddr: by a relay */
	assert_int_equal(inform_answer(&l, q.bytes, len, &out, &cut), 0);
	q = message(DHCP_BOOTREQUEST, DHCPINFORM, "10.0.0.3");
	assert_int_equal(inform_answer(&l, q.bytes, dhcp_end(&q), &out, &cut), 0);
	q = message(DHCP_BOOTREPLY, DHCPINFORM, "10.0.0.2");
	assert_int_equal(inform_answer(&l, q.bytes, dhcp_end(&q), &out, &cut), 0);
	q = message(DHCP_BOOTREQUEST, 1, "10.0.0.2"); /* DHCPDISCOVER */
	assert_int_equal(inform_answer(&l, q.bytes, dhcp_end(&q), &out, &cut), 0);
}

/* What one end says the other understands, as far as it fits. */
static void both_ends_agree(void **state)
{
	struct engine_link l = link_with("10.1.0.0/16,10.2.3.0/24", "office.example");
	struct ask a = { .fd = -1, .xid = 77 };
	struct dhcp_out q, out;
	struct told told;
	char text[NETWORK_TEXT], many[1024] = "";
	uint8_t size[2] = { 5, 0xdc };
	bool cut;
	size_t n;

	(void)state;
	l.ppp.dns_sec = address("10.1.0.53");
	q = message(DHCP_BOOTREQUEST, DHCPINFORM, "10.0.0.2");
	n = inform_answer(&l, q.bytes, dhcp_end(&q), &out, &cut);
	assert_true(n && !cut && ask_understand(&a, out.bytes, n, &told));
	assert_int_equal(told.routes, 2);
	assert_string_equal(network_text(&told.route[1], text), "10.2.3.0/24");
	assert_string_equal(told.domain, "office.example");
	assert_int_equal(told.servers, 1);
	a.xid = 78;
	assert_false(ask_understand(&a, out.bytes, n, &told));
	/* as many as the parameter takes: too many for a client that says nothing of its size */
	while (strlen(many) < 1000)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s10.%zu.0.0/16",
			 *many ? "," : "", strlen(many) % 200);
	a.xid = 77;
	l = link_with(many, NULL);
	q = message(DHCP_BOOTREQUEST, DHCPINFORM, "10.0.0.2");
	n = inform_answer(&l, q.bytes, dhcp_end(&q), &out, &cut);
	assert_true(n && n <= DHCP_SIZE && cut);
	q = message(DHCP_BOOTREQUEST, DHCPINFORM, "10.0.0.2");
	assert_true(dhcp_put(&q, DHCP_OPT_MAX_SIZE, size, sizeof(size)));
	n = inform_answer(&l, q.bytes, dhcp_end(&q), &out, &cut);
	assert_true(n > DHCP_SIZE && !cut && ask_understand(&a, out.bytes, n, &told));
	assert_true(told.routes > 60);
}

/* --- the client's end ----------------------------------------------------------------------- */

static void names_for_scripts_are_plain(void **state)
{
	static const struct {
		const char *said;
		size_t len;
		const char *taken;
	} cases[] = { { "office.example", 14, "office.example" },
		      { "office.example\0", 15, "office.example" },
		      { "a b", 3, "" },
		      { "$(reboot)", 9, "" },
		      { "-x", 2, "" },
		      { ".", 1, "" },
		      { "a\0b", 3, "" },
		      { "", 0, "" } };
	struct ask a = { .fd = -1, .xid = 77 };
	struct told told;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dhcp_out o = message(DHCP_BOOTREPLY, DHCPACK, "10.0.0.2");

		dhcp_put(&o, DHCP_OPT_DOMAIN, cases[i].said, cases[i].len);
		dhcp_put(&o, DHCP_OPT_DNS, "\xe0\x00\x00\x01\x7f\x00\x00\x01\x0a\x00\x00\x35\x01",
			 13);
		assert_true(ask_understand(&a, o.bytes, dhcp_end(&o), &told));
		assert_string_equal(told.domain, cases[i].taken);
		assert_int_equal(told.servers, 1);
		assert_int_equal(told.routes, 0);
	}
}

/* 121 comes before 249, and either makes 33 nothing; a broken one is no reason to take another. */
static void which_option_counts(void **state)
{
	static const char one[] = "\x18\x0a\x01\x00\x0a\x63\x00\x01",
			  other[] = "\x18\x0a\x02\x00\x0a\x63\x00\x01",
			  old[] = "\xac\x10\x00\x00\x0a\x00\x00\x01";
	struct ask a = { .fd = -1, .xid = 77 };
	struct told told;
	char text[NETWORK_TEXT];

	(void)state;
	for (unsigned has = 0; has < 8; has++) {
		struct dhcp_out o = message(DHCP_BOOTREPLY, DHCPACK, "10.0.0.2");

		if (has & 4)
			dhcp_put(&o, DHCP_OPT_STATIC_ROUTES, old, 8);
		if (has & 2)
			dhcp_put(&o, DHCP_OPT_MS_ROUTES, other, 8);
		if (has & 1)
			dhcp_put(&o, DHCP_OPT_ROUTES, one, 8);
		assert_true(ask_understand(&a, o.bytes, dhcp_end(&o), &told));
		assert_int_equal(told.routes, has != 0);
		if (has)
			assert_string_equal(network_text(&told.route[0], text),
					    has & 1   ? "10.1.0.0/24"
					    : has & 2 ? "10.2.0.0/24"
						      : "172.16.0.0/16");
		o = message(DHCP_BOOTREPLY, DHCPACK, "10.0.0.2");
		dhcp_put(&o, DHCP_OPT_ROUTES, one, has);
		dhcp_put(&o, DHCP_OPT_MS_ROUTES, other, 8);
		assert_true(ask_understand(&a, o.bytes, dhcp_end(&o), &told));
		assert_int_equal(told.routes, 0);
	}
}

static void routes_are_judged(void **state)
{
	static const struct {
		const char *to;
		bool taken, with_default, with_override;
	} cases[] = {
		{ "10.1.0.0/16", true, true, true },
		{ "0.0.0.0/0", false, false, true },
		{ "0.0.0.0/1", false, true, true },
		{ "128.0.0.0/1", false, false, true },
		{ "192.168.0.0/16", true, true, true },
		{ "192.168.7.0/24", false, false, true },
		{ "192.168.7.64/26", false, false, true },
		{ "198.51.100.1/32", false, false, true },
		{ "198.51.100.0/24", false, false, true },
		{ "127.0.0.0/8", false, false, false },
		{ "224.0.0.0/4", false, false, false },
		{ "169.254.1.0/24", false, false, false },
		{ "255.255.255.255/32", false, false, false },
		{ "0.1.0.0/16", false, false, false },
		{ "2001:db8::/32", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct judge j = { .nears = 1, .protects = 1 };
		struct network to = network(cases[i].to);

		j.near[0] = network("192.168.7.0/24");
		/* the tunnel goes by the default route */
		j.protect[0] = (struct protect){ address("198.51.100.1"), 0 };
		assert_int_equal(judge_route(&j, &to) == NULL, cases[i].taken);
		j.take_default = true;
		assert_int_equal(judge_route(&j, &to) == NULL, cases[i].with_default);
		j.override = j.take_default = true;
		assert_int_equal(judge_route(&j, &to) == NULL, cases[i].with_override);
	}
}

static void lists_of_the_operator_count(void **state)
{
	struct judge j = { .accept = "10.0.0.0/8,172.16.0.0/12", .refuse = "10.9.0.0/16" };
	const char *const taken[] = { "10.1.0.0/16", "10.0.0.0/15", "172.16.5.0/24" };
	const char *const not [] = { "10.0.0.0/8", "10.9.1.0/24", "10.8.0.0/15", "192.168.0.0/16",
				     "172.0.0.0/8" };

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct network to = network(taken[i]);

		assert_null(judge_route(&j, &to));
	}
	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++) {
		struct network to = network(not [i]);

		assert_non_null(judge_route(&j, &to));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(options_in_other_fields),
		cmocka_unit_test(routes_are_read),
		cmocka_unit_test(only_its_client_is_answered),
		cmocka_unit_test(both_ends_agree),
		cmocka_unit_test(names_for_scripts_are_plain),
		cmocka_unit_test(which_option_counts),
		cmocka_unit_test(routes_are_judged),
		cmocka_unit_test(lists_of_the_operator_count),
	};

	return cmocka_run_group_tests_name("dhcp", tests, NULL, NULL);
}
