/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "l2tpd/engine/conf.h"
#include "l2tpd/engine/engine.h"

#include <errno.h>

static const struct param_table *const tables[] = { &system_params, &peer_params, &tunnel_params,
						    &session_params, &ppp_params };
static const struct param_table *const shown[] = { &tunnel_info_params, &transport_info_params,
						   &session_info_params, &session_counter_params,
						   &engine_stats_params };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int row(const struct param_table *t, const char *name)
{
	int r = param_find(t, name);

	assert_true(r >= 0);
	return r;
}

/* Names are of one style and stand once; every row has help; defaults are within bounds. */
static void rows_are_well_made(void **state)
{
	(void)state;
	for (size_t t = 0; t < COUNT(tables); t++) {
		void *conf = calloc(1, tables[t]->size);

		assert_true(tables[t]->count <= 64);
		assert_int_equal(param_resolve(tables[t], conf, NULL, 0, NULL), 0);
		for (unsigned r = 0; r < tables[t]->count; r++) {
			const struct param *p = &tables[t]->row[r];
			struct text text = TEXT_INIT;
			char *why = NULL;

			assert_int_equal(strspn(p->name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
					 strlen(p->name));
			assert_int_equal(param_find(tables[t], p->name), r);
			assert_non_null(p->help);
			assert_true(p->help[strlen(p->help) - 1] != '.');
			assert_true(p->offset + 1 <= tables[t]->size &&
				    p->offset >= sizeof(uint64_t));
			/* what is shown of the default can be given again */
			param_text(tables[t], r, conf, &text);
			if (text.len && !(p->flags & /* an id of 0 means none */
					  (PARAM_ACTION | PARAM_OBJECT | PARAM_BIT)))
				if (param_set(tables[t], r, conf, text_str(&text), &why) < 0)
					fail_msg("%s=%s: %s", p->name, text_str(&text), why);
			free(why);
			text_free(&text);
		}
		param_free(tables[t], conf);
		free(conf);
	}
	for (size_t t = 0; t < COUNT(shown); t++)
		for (unsigned r = 0; r < shown[t]->count; r++)
			assert_int_equal(param_find(shown[t], shown[t]->row[r].name), r);
}

static const struct {
	const struct param_table *table;
	const char *name, *good[4], *bad[6];
} values[] = {
	{ &tunnel_params,
	  "hello_timeout",
	  { "0", "60", "0x3c", "86400" },
	  { "", "-1", "86401", "1s", "1 ", " 1" } },
	{ &tunnel_params,
	  "peer_udp_port",
	  { "1", "65535" },
	  { "0", "65536", "x", "99999999999999999999" } },
	{ &tunnel_params, "persist", { "yes", "ON", "true", "0" }, { "", "maybe", "2" } },
	{ &tunnel_params, "src_ipaddr", { "192.0.2.1", "2001:db8::1" }, { "", "here", "1.2.3" } },
	{ &tunnel_params,
	  "dest_ipaddr",
	  { "192.0.2.1", "vpn.example.org" },
	  { "", "-x", "a b", "a;b" } },
	{ &tunnel_params,
	  "framing_caps",
	  { "sync", "Sync,ASYNC", "any", "none" },
	  { "sometimes", "4",
	    "sync,,"
	    "x" } },
	{ &tunnel_params, "tunnel_name", { "t" }, { "" } },
	{ &session_params, "session_type", { "laic", "LNOC" }, { "laix", "0", "" } },
	{ &session_params, "interface_name", { "ppp7" }, { "", "a-name-of-16-byt" } },
	{ &session_params, "trace_flags", { "all", "fsm,avp", "3", "0x400" }, { "fsn", "-fsx" } },
	{ &ppp_params, "auth_peer", { "yes", "no", "default" }, { "perhaps" } },
	{ &ppp_params, "idle_timeout", { "0", "3600" }, { "-5", "1e3" } },
};

static void values_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		const struct param_table *t = values[i].table;
		void *conf = calloc(1, t->size);
		unsigned r = (unsigned)row(t, values[i].name);
		struct text before = TEXT_INIT, after = TEXT_INIT;
		char *why = NULL;

		for (int g = 0; g < 4 && values[i].good[g]; g++)
			if (param_set(t, r, conf, values[i].good[g], &why) < 0)
				fail_msg("%s=%s: %s", values[i].name, values[i].good[g], why);
		assert_true(param_is_set(conf, r));
		param_text(t, r, conf, &before);
		for (int b = 0; b < 6 && values[i].bad[b]; b++) {
			if (param_set(t, r, conf, values[i].bad[b], &why) != -EINVAL)
				fail_msg("%s=%s was taken", values[i].name, values[i].bad[b]);
			assert_non_null(strstr(
				why, values[i].name)); /* it says which, and what would be right */
			assert_non_null(strstr(why, "takes"));
		}
		param_text(t, r, conf, &after);
		assert_string_equal(text_str(&before),
				    text_str(&after)); /* an error changes nothing */
		text_free(&before);
		text_free(&after);
		free(why);
		param_free(t, conf);
		free(conf);
	}
}

static void flags_change_one_by_one(void **state)
{
	struct session_conf c = { 0 };
	struct text t = TEXT_INIT;
	unsigned r = (unsigned)row(&session_params, "trace_flags");

	(void)state;
	assert_int_equal(param_set(&session_params, r, &c, "fsm,avp", NULL), 0);
	assert_int_equal(param_set(&session_params, r, &c, "+data,-avp", NULL), 0);
	param_text(&session_params, r, &c, &t);
	assert_string_equal(text_str(&t), "fsm,data");
	text_free(&t);
}

static void first_layer_wins(void **state)
{
	struct tunnel_conf own = { 0 }, profile = { 0 }, out = { 0 };
	const void *layer[] = { &own, NULL, &profile };
	uint8_t origin[64];

	(void)state;
	param_set(&tunnel_params, (unsigned)row(&tunnel_params, "mtu"), &own, "1400", NULL);
	param_set(&tunnel_params, (unsigned)row(&tunnel_params, "mtu"), &profile, "1300", NULL);
	param_set(&tunnel_params, (unsigned)row(&tunnel_params, "host_name"), &profile, "lac7",
		  NULL);
	assert_int_equal(param_resolve(&tunnel_params, &out, layer, 3, origin), 0);
	assert_int_equal(out.mtu, 1400);
	assert_string_equal(out.host_name, "lac7");
	assert_int_equal(out.hello_s, 60);
	assert_int_equal(origin[row(&tunnel_params, "mtu")], 0);
	assert_int_equal(origin[row(&tunnel_params, "host_name")], 2);
	assert_int_equal(origin[row(&tunnel_params, "hello_timeout")], 3);
	param_unset(&tunnel_params, (unsigned)row(&tunnel_params, "mtu"), &own);
	assert_int_equal(param_resolve(&tunnel_params, &out, layer, 3, origin), 0);
	assert_int_equal(out.mtu, 1300);
	param_free(&tunnel_params, &own);
	param_free(&tunnel_params, &profile);
	param_free(&tunnel_params, &out);
}

static void secrets_are_hidden(void **state)
{
	struct session_conf c = { 0 };
	unsigned r = (unsigned)row(&session_params, "user_password");
	struct value v;
	char *why = NULL, longer[300];

	(void)state;
	param_set(&session_params, r, &c, "hunter2", NULL);
	assert_int_equal(param_value(&session_params, r, &c, &v), 0);
	assert_string_equal(v.text, "(hidden)");
	value_free(&v);
	memset(longer, 's', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(param_set(&session_params, r, &c, longer, &why), -EINVAL);
	assert_null(strstr(why, "sss")); /* not in an error message either */
	free(why);
	param_free(&session_params, &c);
}

static void aliases_are_known(void **state)
{
	(void)state;
	assert_int_equal(param_find(&tunnel_params, "peer_addr"),
			 row(&tunnel_params, "dest_ipaddr"));
	assert_int_equal(param_find(&tunnel_params, "udp_csum"),
			 row(&tunnel_params, "use_udp_checksums"));
	assert_int_equal(param_find(&tunnel_params, "nonsense"), -1);
}

static void masks(void **state)
{
	(void)state;
	assert_int_equal(conf_prefix_bits(NULL, AF_INET), 32);
	assert_int_equal(conf_prefix_bits("24", AF_INET), 24);
	assert_int_equal(conf_prefix_bits("255.255.240.0", AF_INET), 20);
	assert_int_equal(conf_prefix_bits("255.0.255.0", AF_INET), -EINVAL);
	assert_int_equal(conf_prefix_bits("33", AF_INET), -EINVAL);
	assert_int_equal(conf_prefix_bits("64", AF_INET6), 64);
	assert_int_equal(conf_prefix_bits("", AF_INET), -EINVAL);
	assert_int_equal(conf_prefix_bits("255.255.0.0", AF_INET6), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_well_made),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(flags_change_one_by_one),
		cmocka_unit_test(first_layer_wins),
		cmocka_unit_test(secrets_are_hidden),
		cmocka_unit_test(aliases_are_known),
		cmocka_unit_test(masks),
	};

	return cmocka_run_group_tests_name("param", tests, NULL, NULL);
}
