/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "lib/addr.h"
#include "lib/idmap.h"
#include "lib/keymap.h"
#include "lib/lang.h"
#include "lib/list.h"
#include "lib/log.h"
#include "lib/near.h"
#include "lib/text.h"
#include "lib/timer.h"
#include "lib/value.h"

#include <errno.h>
#include <sys/socket.h>

/* --- idmap ---------------------------------------------------------------------- */

static void idmap_holds_the_whole_space(void **state)
{
	struct idmap_node *nodes = calloc(65536, sizeof(*nodes)), *n;
	struct idmap m = { 0 };
	uint32_t expected = 0;

	(void)state;
	for (uint32_t i = 0; i < 65536; i++) /* 40503 is odd: every id comes once, far apart */
		assert_int_equal(idmap_add(&m, &nodes[i], (uint16_t)(i * 40503u)), 0);
	assert_int_equal(idmap_add(&m, &(struct idmap_node){ 0 }, 77), -EEXIST);
	idmap_for_each (n, &m)
		assert_int_equal(n->id, expected++);
	assert_int_equal(expected, 65536);
	for (uint32_t i = 0; i < 65536; i += 2)
		idmap_del(&m, &nodes[i]);
	assert_int_equal(m.count, 32768);
	for (uint32_t i = 0; i < 65536; i++)
		assert_ptr_equal(idmap_get(&m, (uint16_t)(i * 40503u)), i % 2 ? &nodes[i] : NULL);
	idmap_for_each (n, &m)
		idmap_del(&m, n);
	assert_null(m.slice);
	free(nodes);
}

static void idmap_cursor_survives_deletion(void **state)
{
	struct idmap_node a = { 0 }, b = { 0 }, c = { 0 };
	struct idmap m = { 0 };

	(void)state;
	assert_null(idmap_from(&m, 0));
	assert_null(idmap_get(&m, 5));
	idmap_add(&m, &a, 1);
	idmap_add(&m, &b, 500);
	idmap_add(&m, &c, 65535);
	assert_ptr_equal(idmap_from(&m, 2), &b);
	idmap_del(&m, &b);
	idmap_del(&m, &b); /* twice is no harm */
	assert_ptr_equal(idmap_from(&m, 2), &c);
	assert_null(idmap_from(&m, 65536));
	idmap_free(&m);
}

/* --- keymap ------------------------------------------------------------------------ */

static void keymap_finds_what_was_put(void **state)
{
	static struct keymap_node nodes[1000];
	static char keys[1000][16];
	struct keymap m;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	keymap_init(&m, 42);
	assert_null(keymap_get(&m, "x", 1));
	for (int i = 0; i < 1000; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key-%d", i);
		assert_int_equal(keymap_add(&m, &nodes[i], keys[i], strlen(keys[i])), 0);
	}
	assert_int_equal(keymap_add(&m, &(struct keymap_node){ 0 }, "key-7", 5), -EEXIST);
	for (int i = 0; i < 1000; i += 3)
		keymap_del(&m, &nodes[i]);
	keymap_del(&m, &nodes[0]);
	for (int i = 0; i < 1000; i++)
		assert_ptr_equal(keymap_get(&m, keys[i], strlen(keys[i])),
				 i % 3 ? &nodes[i] : NULL);
	keymap_free(&m);
}

/* --- timers ------------------------------------------------------------------------- */

struct clocked {
	struct timer timer;
	struct timers *wheel;
	uint64_t due, fired;
	unsigned count;
	uint64_t again; /* restart with this delay */
	struct timer *stops;
};

static void on_expired(struct timer *t)
{
	struct clocked *c = container_of(t, struct clocked, timer);

	c->fired = c->wheel->now_ms;
	c->count++;
	if (c->again)
		timer_start(c->wheel, t, c->again);
	if (c->stops)
		timer_stop(c->wheel, c->stops);
}

static void timers_fire_at_their_time(void **state)
{
	static struct clocked c[500];
	static struct timers w;
	uint64_t now = 123456789, x = 88172645463325252u;

	(void)state;
	timers_init(&w, now);
	assert_true(timers_next(&w) == UINT64_MAX);
	for (int i = 0; i < 500; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		c[i] = (struct clocked){ .wheel = &w };
		timer_init(&c[i].timer, on_expired);
		c[i].due = now + x % (i % 5 == 0 ? 100000000 : 5000);
		timer_start(&w, &c[i].timer, c[i].due - now);
	}
	/* step from moment to moment: nothing fires early, nothing late */
	while (timers_next(&w) != UINT64_MAX)
		timers_advance(&w, w.now_ms + timers_next(&w));
	for (int i = 0; i < 500; i++) {
		assert_int_equal(c[i].count, 1);
		assert_true(c[i].fired == c[i].due);
	}
}

static void timers_restart_and_stop(void **state)
{
	static struct timers w;
	struct clocked a = { .wheel = &w, .again = 10 }, b = { .wheel = &w }, c = { .wheel = &w };

	(void)state;
	timers_init(&w, 0);
	timer_init(&a.timer, on_expired);
	timer_init(&b.timer, on_expired);
	timer_init(&c.timer, on_expired);
	timer_start(&w, &a.timer, 10);
	timer_start(&w, &b.timer, 20);
	timer_start(&w, &c.timer, 30);
	timer_start(&w, &c.timer, 5); /* earlier after all */
	timer_stop(&w, &b.timer);
	timer_stop(&w, &b.timer);
	assert_false(timer_running(&b.timer));
	assert_int_equal(timers_advance(&w, 1000), 101);
	assert_int_equal(a.count, 100);
	assert_int_equal(b.count, 0);
	assert_int_equal(c.count, 1);
	timer_stop(&w, &a.timer);
	assert_true(timers_next(&w) == UINT64_MAX);
}

/* One that expires may stop another of the same moment. */
static void timers_stopped_by_a_neighbour(void **state)
{
	static struct timers w;
	struct clocked b = { .wheel = &w }, a = { .wheel = &w, .stops = &b.timer };

	(void)state;
	timers_init(&w, 0);
	timer_init(&a.timer, on_expired);
	timer_init(&b.timer, on_expired);
	timer_start(&w, &a.timer, 70);
	timer_start(&w, &b.timer, 70);
	timers_advance(&w, 100);
	assert_int_equal(a.count, 1);
	assert_int_equal(b.count, 0);
}

/* --- language ------------------------------------------------------------------------ */

/* All commands of @text, words joined by "|", commands by "/"; errors as "!LINE". */
static const char *commands(const char *text, size_t len)
{
	static char out[512];
	struct lang_reader r;
	struct words w;
	unsigned line = 0;
	char *why = NULL;
	int got;

	out[0] = '\0';
	lang_reader_init(&r, text, len);
	while ((got = lang_next(&r, &w, &line, &why)) != 0) {
		if (got < 0)
			sprintf(out + strlen(out), "!%u", line);
		for (size_t i = 0; i < w.count; i++)
			sprintf(out + strlen(out), "%s%s", i ? "|" : "", w.word[i]);
		strcat(out, "/");
		words_free(&w);
		free(why);
		why = NULL;
	}
	return out;
}

#define assert_commands(text, expected)                                                            \
	assert_string_equal(commands(text, sizeof(text) - 1), expected)

static void language_words(void **state)
{
	(void)state;
	assert_commands("", "");
	assert_commands("a b=c\nd\n", "a|b=c/d/");
	assert_commands("a ; b;;c", "a/b/c/");
	assert_commands("a \\\n  b\nc", "a|b/c/");
	assert_commands("a \\\r\n b\r\nc\r\n", "a|b/c/");
	assert_commands("# all\na # rest\nb#c", "a/b#c/");
	assert_commands("a x=\"b c\" \"d\\\"e\\\\f\\g\"", "a|x=b c|d\"e\\f\\g/");
	assert_commands("a \"\"", "a|/");
	assert_commands("a \"b\nc d", "!1/c|d/");
	assert_commands("ok\n\na \"x\0y\"\nfine", "ok/!3/fine/");
	assert_commands("a\x01", "!1/");
	assert_commands("a\\", "a/");
}

static void language_quotes(void **state)
{
	static const char *const words[] = { "",     "plain",	   "a b",   "q\"q",
					     "b\\s", "semi;colon", "ha#sh", "\\" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char *quoted = lang_quote(words[i]), expected[32];

		snprintf(expected, sizeof(expected), "%s/", words[i]);
		assert_string_equal(commands(quoted, strlen(quoted)), expected);
		if (!lang_needs_quotes(words[i]))
			assert_string_equal(commands(words[i], strlen(words[i])), expected);
		free(quoted);
	}
}

static void language_has_bounds(void **state)
{
	struct text t = TEXT_INIT;

	(void)state;
	for (int i = 0; i < LANG_MAX_WORDS + 1; i++)
		text_add(&t, "w ");
	text_add(&t, "\nnext");
	assert_string_equal(commands(text_str(&t), t.len), "!1/next/");
	text_free(&t);
}

/* --- the rest --------------------------------------------------------------------------- */

static void addresses(void **state)
{
	struct endpoint e = { .port = 1701 }, back;
	struct sockaddr_storage ss;
	struct addr a, b;
	char buf[ENDPOINT_TEXT];
	socklen_t len;

	(void)state;
	assert_int_equal(addr_parse(&e.addr, "192.0.2.7"), 0);
	assert_string_equal(endpoint_text(&e, buf), "192.0.2.7:1701");
	len = endpoint_to_sockaddr(&e, &ss);
	assert_int_equal(endpoint_from_sockaddr(&back, (struct sockaddr *)&ss, len), 0);
	assert_true(endpoint_equal(&e, &back));
	assert_int_equal(addr_parse(&e.addr, "2001:db8::7"), 0);
	assert_string_equal(endpoint_text(&e, buf), "[2001:db8::7]:1701");
	len = endpoint_to_sockaddr(&e, &ss);
	assert_int_equal(endpoint_from_sockaddr(&back, (struct sockaddr *)&ss, len), 0);
	assert_true(endpoint_equal(&e, &back));
	assert_int_equal(endpoint_from_sockaddr(&back, (struct sockaddr *)&ss, 4), -EAFNOSUPPORT);
	assert_int_equal(addr_parse(&a, "300.1.1.1"), -EINVAL);
	assert_int_equal(addr_parse(&a, ""), -EINVAL);
	addr_parse(&a, "10.1.2.3");
	addr_parse(&b, "10.1.3.3");
	assert_int_equal(addr_common_bits(&a, &b), 23);
	assert_int_equal(addr_common_bits(&a, &a), 32);
	assert_int_equal(addr_common_bits(&a, &e.addr), -1);
}

static void json_escapes(void **state)
{
	struct text t = TEXT_INIT;

	(void)state;
	json_string("a\"b\\c\n\x7f \xc3\xa9 \xff \xed\xa0\x80", &t);
	assert_string_equal(text_str(&t),
			    "\"a\\\"b\\\\c\\u000a\\u007f \xc3\xa9 \\ufffd \\ufffd\\ufffd\\ufffd\"");
	text_free(&t);
}

static void values_keep_their_type(void **state)
{
	struct value v = { .kind = VALUE_SIGNED, .number = (uint64_t)-5 };
	struct text t = TEXT_INIT;

	(void)state;
	value_json(&v, &t);
	v = (struct value){ .kind = VALUE_UNSIGNED, .number = UINT64_MAX };
	value_json(&v, &t);
	v = (struct value){ .kind = VALUE_BOOL, .number = 1 };
	value_json(&v, &t);
	value_text(&v, &t);
	v = (struct value){ .kind = VALUE_NONE };
	value_json(&v, &t);
	value_text(&v, &t);
	assert_string_equal(text_str(&t), "-518446744073709551615trueyesnull");
	text_free(&t);
}

static unsigned lines;
static char last_line[256];

static void count_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	lines++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void keep_line(void *ctx, enum log_level level, const char *line)
{
	assert_int_equal(level, LOG_LEVEL_WARNING);
	text_addf(ctx, "[%s]", line);
}

/* With a newline at the end or without; an empty line is one. */
static void text_becomes_lines(void **state)
{
	struct text kept = TEXT_INIT;
	struct log log = { keep_line, &kept, LOG_LEVEL_DEBUG };

	(void)state;
	log_lines(&log, LOG_LEVEL_WARNING, "a: ", "one\n\ntwo\n");
	log_lines(&log, LOG_LEVEL_WARNING, "", "three");
	log_lines(&log, LOG_LEVEL_WARNING, "b: ", "");
	assert_string_equal(text_str(&kept), "[a: one][a: ][a: two][three]");
	text_free(&kept);
}

static void log_has_a_budget(void **state)
{
	struct log log = { count_line, NULL, LOG_LEVEL_DEBUG };
	struct log_limit limit = { 0 };

	(void)state;
	lines = 0;
	for (int i = 0; i < 1000; i++)
		if (log_limit_ok(&log, &limit, 5, "noise"))
			log_info(&log, "noise %d", i);
	assert_int_equal(lines, LOG_LIMIT_BURST);
	assert_true(log_limit_ok(&log, &limit, 5 + LOG_LIMIT_PERIOD_MS, "noise"));
	assert_string_equal(last_line, "980 more lines about noise were not written");
	log.threshold = LOG_LEVEL_ERROR;
	lines = 0;
	log_info(&log, "not told");
	assert_int_equal(lines, 0);
}

static void text_shows_bytes_safely(void **state)
{
	struct text t = TEXT_INIT;

	(void)state;
	text_add_safe(&t, "a\nb\\\x80", 5);
	assert_string_equal(text_str(&t), "a\\x0ab\\x5c\\x80");
	text_free(&t);
	assert_string_equal(text_str(&t), "");
}

static unsigned slips(const char *a, const char *b)
{
	return near_slips(a, strlen(a), b, strlen(b));
}

static void what_was_meant(void **state)
{
	static const char long_word[] =
		"a_word_that_is_longer_than_any_parameter_of_any_object_can_ever_be";
	struct near n = near_to("helo_timeuot=3", 12);

	(void)state;
	assert_int_equal(slips("hello", "hello"), 0);
	assert_int_equal(slips("HELLO", "hello"), 0);
	assert_int_equal(slips("helo", "hello"), 1);   /* left out */
	assert_int_equal(slips("hellow", "hello"), 1); /* put in */
	assert_int_equal(slips("hallo", "hello"), 1);  /* mistaken */
	assert_int_equal(slips("hlelo", "hello"), 1);  /* changed with its neighbour */
	assert_int_equal(slips("", "hello"), 5);
	assert_true(slips(long_word, "hello") > 1000);
	near_offer(&n, "idle_timeout");
	near_offer(&n, "hello_timeout");
	near_offer(&n, "retry_timeout");
	assert_string_equal(near_best(&n), "hello_timeout");
	n = near_to("xyzzy", 5);
	near_offer(&n, "mtu");
	assert_null(near_best(&n)); /* too far: nobody meant that */
	n = near_to("", 0);
	assert_null(near_best(&n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idmap_holds_the_whole_space),
		cmocka_unit_test(idmap_cursor_survives_deletion),
		cmocka_unit_test(keymap_finds_what_was_put),
		cmocka_unit_test(timers_fire_at_their_time),
		cmocka_unit_test(timers_restart_and_stop),
		cmocka_unit_test(timers_stopped_by_a_neighbour),
		cmocka_unit_test(language_words),
		cmocka_unit_test(language_quotes),
		cmocka_unit_test(language_has_bounds),
		cmocka_unit_test(addresses),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(values_keep_their_type),
		cmocka_unit_test(text_becomes_lines),
		cmocka_unit_test(log_has_a_budget),
		cmocka_unit_test(text_shows_bytes_safely),
		cmocka_unit_test(what_was_meant),
	};

	return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
