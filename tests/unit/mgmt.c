/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "l2tpd/mgmt/mgmt.h"
#include "tests/exchange/world.h"

#include <sys/stat.h>
#include <unistd.h>

struct desk {
	struct world *w;
	struct mgmt m;
	char last[4096]; /* the last reply: message, or fields as name=value */
	bool refused;
	size_t records;
	uint64_t cursor;
};

static uint64_t no_uptime(void *ctx)
{
	(void)ctx;
	return 0;
}

static struct desk *desk_new(void)
{
	static const struct world_conf conf = { .delay_ms = 1 };
	struct desk *d = calloc(1, sizeof(*d));

	d->w = world_new(1, &conf);
	d->m = (struct mgmt){ .engine = d->w->host[0].engine,
			      .version = "7",
			      .uptime_s = no_uptime };
	return d;
}

static void desk_free(struct desk *d)
{
	mgmt_close(&d->m);
	world_free(d->w);
	free(d);
}

static void ran(void *arg, struct reply *r)
{
	struct desk *d = arg;
	struct text t = TEXT_INIT;

	d->refused = r->refused;
	d->records = r->count;
	d->cursor = r->cursor;
	if (r->message)
		text_add(&t, r->message);
	for (size_t i = 0; i < r->count && i < 3; i++) {
		for (size_t k = 0; k < r->record[i].count; k++) {
			text_addf(&t, " %s=", r->record[i].field[k].name);
			value_text(&r->record[i].field[k].value, &t);
		}
	}
	snprintf(d->last, sizeof(d->last), "%s", text_str(&t));
	text_free(&t);
}

static bool tell_from(struct desk *d, const char *line, bool abbreviated, uint64_t cursor)
{
	struct lang_reader reader;
	struct words words;
	unsigned at;

	lang_reader_init(&reader, line, strlen(line));
	assert_int_equal(lang_next(&reader, &words, &at, NULL), 1);
	(void)mgmt_run(
		&d->m,
		&(struct mgmt_ask){ .words = &words, .abbreviated = abbreviated, .cursor = cursor },
		ran, d);
	words_free(&words);
	return !d->refused;
}

static bool tell(struct desk *d, const char *line)
{
	return tell_from(d, line, false, 0);
}

/* A command that must be refused, and what the refusal must name. */
static void good_and_bad_commands(void **state)
{
	static const struct {
		const char *line, *refusal;
	} commands[] = {
		{ "system modify max_tunnels=10 max_sessions=0x20", NULL },
		{ "system modify reset_statistics", NULL },
		{ "system modify udp_port=1702", "configuration file" },
		{ "system modify nonsense=1", "unknown parameter \"nonsense\"" },
		{ "system frobnicate", "unknown operation" },
		{ "systematic show", "unknown object" },
		{ "system", "operation missing" },
		{ "sys show", "unknown object" }, /* files take whole names only */
		{ "tunnel create tunnel_name=a dest_ipaddr=10.0.0.2 tunnel_id=5", NULL },
		{ "tunnel create tunnel_name=a dest_ipaddr=10.0.0.2", "tunnel_name=a" },
		{ "tunnel create tunnel_name=b dest_ipaddr=10.0.0.2 tunnel_id=5", "5 is in use" },
		{ "tunnel create tunnel_name=c", "dest_ipaddr is missing" },
		{ "tunnel create dest_ipaddr=10.0.0.2 src_ipaddr=::1", "one family" },
		{ "tunnel create dest_ipaddr=10.0.0.2 mtu=1 mtu=2", "mtu" },
		{ "tunnel create dest_ipaddr=10.0.0.2 mtu=1400 mtu=1300", "given twice" },
		{ "tunnel create dest_ipaddr=10.0.0.2 profile_name=none",
		  "no tunnel profile is called none" },
		{ "tunnel create peer_addr=10.0.0.2 udp_port=1702 persist tunnel_name=alias",
		  NULL },
		{ "tunnel modify tunnel_id=5 hello_timeout=9", NULL },
		{ "tunnel modify tunnel_id=5 rx_window_size=9", "can only be set when" },
		{ "tunnel modify hello_timeout=9", "which tunnel" },
		{ "tunnel modify tunnel_id=6 hello_timeout=9", "there is no such tunnel" },
		{ "tunnel show", "which tunnel" },
		{ "tunnel show tunnel_name=a transport", NULL },
		{ "tunnel show tunnel_name=a mtu=9", "does not take mtu" },
		{ "tunnel list local_only names", NULL },
		{ "tunnel list sideways", "unknown parameter" },
		{ "session create tunnel_name=a session_name=s1 user_name=u", NULL },
		{ "session create tunnel_name=a session_name=s1", "session_name=s1" },
		{ "session create tunnel_id=77", "tunnel_id=77" },
		{ "session create session_name=x", "which tunnel" },
		{ "session create tunnel_name=a session_type=lnoc", "whom is the LAC to call" },
		{ "session create tunnel_name=a session_type=lnic called_number=1",
		  "a peer makes" },
		{ "tunnel create dest_ipadr=192.0.2.1", "did you mean dest_ipaddr?" },
		{ "tunel create dest_ipaddr=192.0.2.1", "did you mean tunnel?" },
		{ "session create tunnel_name=a connect_speed=fast", "takes rx or rx:tx" },
		{ "session create tunnel_name=a connect_speed=1:2:3", "takes rx or rx:tx" },
		{ "session create tunnel_name=a proxy_auth_challenge=0xabc", "hexadecimal digits" },
		{ "session create tunnel_name=a use_ppp_proxy=yes proxy_auth_type=chap",
		  "needs proxy_auth_name" },
		{ "tunnel create dest_ipaddr=192.0.2.1 hide_avps=yes", "needs a secret" },
		{ "tunnel create dest_ipaddr=192.0.2.1 auth_mode=challenge", "needs a secret" },
		{ "tunnel create dest_ipaddr=192.0.2.1 auth_mode=strong",
		  "none, simple, challenge" },
		{ "session create tunnel_name=a interface_name=a/b", "interface_name" },
		{ "session show session_name=s1", NULL },
		{ "session show session_id=1", "in which tunnel" },
		{ "session show tunnel_name=zz session_id=1", "tunnel_name=zz" },
		{ "session list tunnel_name=a", NULL },
		{ "session delete session_name=s2", "session_name=s2" },
		{ "session delete session_name=s1", NULL },
		{ "tunnel profile create profile_name=p mtu=1400", NULL },
		{ "tunnel profile create profile_name=p", "exists already" },
		{ "tunnel profile create", "which tunnel profile" },
		{ "tunnel profile create profile_name=q tunnel_id=4", "not to a profile" },
		{ "tunnel profile modify profile_name=p rx_window_size=4", NULL },
		{ "tunnel profile unset profile_name=p mtu", NULL },
		{ "tunnel profile unset profile_name=p mtu=1", "without values" },
		{ "tunnel profile show profile_name=nope", "no tunnel profile is called nope" },
		{ "tunnel profile delete profile_name=default", "cannot be deleted" },
		{ "peer profile create profile_name=x tunnel_profile_name=p peer_ipaddr=10.0.0.0 "
		  "netmask=8",
		  NULL },
		{ "tunnel profile delete profile_name=p", "used by peer profile x" },
		{ "peer profile modify profile_name=x netmask=99", "netmask=99" },
		{ "peer profile create profile_name=y netmask=8", "netmask without peer_ipaddr" },
		{ "peer profile delete profile_name=x", NULL },
		{ "tunnel profile delete profile_name=p", NULL },
		{ "ppp profile modify profile_name=default auth_peer=no local_ipaddr=10.9.9.9",
		  NULL },
		{ "session profile modify profile_name=default session_type=lnic", NULL },
		{ "tunnel delete tunnel_name=a", NULL },
	};
	struct desk *d = desk_new();

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		bool good = tell(d, commands[i].line);

		if (good != !commands[i].refusal)
			fail_msg("\"%s\": %s", commands[i].line, d->last);
		if (!good && !strstr(d->last, commands[i].refusal))
			fail_msg("\"%s\" says \"%s\", not \"%s\"", commands[i].line, d->last,
				 commands[i].refusal);
	}
	desk_free(d);
}

static void prefixes_for_people(void **state)
{
	struct desk *d = desk_new();

	(void)state;
	assert_true(tell_from(d, "tun prof cr prof=p mt=1400", true, 0));
	assert_true(tell_from(d, "t p sh profile_name=p", true, 0));
	assert_non_null(strstr(d->last, "mtu=1400"));
	assert_true(tell_from(d, "tunnel cr dest=10.0.0.2 tunnel_n=x", true, 0));
	assert_false(tell_from(d, "s show", true, 0)); /* system or session */
	assert_non_null(strstr(d->last, "ambiguous"));
	assert_false(tell_from(d, "tunnel cr dest=10.0.0.2 max=3", true, 0));
	assert_non_null(strstr(d->last, "ambiguous parameter \"max\""));
	desk_free(d);
}

static void lists_come_in_pages(void **state)
{
	struct desk *d = desk_new();
	unsigned total = 0;
	char line[100];

	(void)state;
	for (int i = 0; i < 600; i++) {
		snprintf(line, sizeof(line), "tunnel create tunnel_name=t%d dest_ipaddr=10.0.0.2",
			 i);
		assert_true(tell(d, line));
	}
	d->cursor = 0;
	do {
		assert_true(tell_from(d, "tunnel list", false, d->cursor));
		assert_true(d->records <= REPLY_PAGE);
		total += (unsigned)d->records;
	} while (d->cursor);
	assert_int_equal(total, 600);
	desk_free(d);
}

/* What a list can be filtered by, beside what it takes anyway. */
static size_t filters_of(const struct mgmt_object *o, const struct mgmt_verb *v)
{
	size_t count = 0;

	const struct param_table *t = verb_filters(o, v);

	for (unsigned row = 0; t && row < t->count; row++) {
		int same = o->params ? param_find(o->params, t->row[row].name) : -1;

		if ((t->row[row].flags & PARAM_BIT) ||
		    (o->profile && (t->row[row].flags & PARAM_OBJECT)))
			continue;
		count += same < 0 || !verb_knows_row(o, v, (unsigned)same);
	}
	return count;
}

/* The description names every object but itself, every verb, and every row that a verb takes. */
static void description_is_complete(void **state)
{
	struct desk *d = desk_new();
	size_t described = 0, expected = 0;

	(void)state;
	d->cursor = 0;
	do {
		assert_true(tell_from(d, "describe list", false, d->cursor));
		described += d->records;
	} while (d->cursor);
	for (const struct mgmt_object *o = mgmt_objects; o->name; o++) {
		for (const struct mgmt_verb *v = o->verbs; v->name && o->verbs != describe_verbs;
		     v++) {
			expected++;
			for (unsigned row = 0; o->params && row < o->params->count; row++)
				expected += verb_knows_row(o, v, row) &&
					    !(o->params->row[row].flags & PARAM_BIT);
			for (const struct param_word *w = v->options; w && w->name; w++)
				expected++;
			expected += filters_of(o, v);
		}
	}
	assert_int_equal(described, expected);
	desk_free(d);
}

static void every_bad_line_is_told(void **state)
{
	static const char file[] =
		"system modify max_tunnels=x\ntunnel profile create profile_name=p\n"
		"tunnel crate\n\"open\nsystem modify max_tunnels=4\n";
	struct desk *d = desk_new();
	struct text errors = TEXT_INIT;

	(void)state;
	assert_int_equal(conffile_run(&d->m, "f", file, sizeof(file) - 1, &errors), 3);
	assert_non_null(strstr(text_str(&errors), "f:1: max_tunnels=x"));
	assert_non_null(strstr(text_str(&errors), "f:3: unknown operation"));
	assert_non_null(strstr(text_str(&errors), "f:4: a quoted value"));
	text_free(&errors);
	assert_int_equal(conffile_load(&d->m, "/no/such", &errors), 1);
	assert_non_null(strstr(text_str(&errors), "No such file"));
	text_free(&errors);
	desk_free(d);
}

/* A value that the row takes and that is not its default. */
static void sample(const struct param *p, char out[64])
{
	if (p->flags & PARAM_HEX)
		snprintf(out, 64, "0a0b");
	else if (p->flags & PARAM_HOST)
		snprintf(out, 64, "vpn.example.org");
	else if (p->flags & PARAM_NETWORKS)
		snprintf(out, 64, "10.1.0.0/16,192.0.2.7/32");
	else if (p->words) {
		const struct param_word *w = p->words;

		while (w[1].name && (w->value == (uint32_t)p->dflt || w->alias))
			w++;
		snprintf(out, 64, "%s", w->name);
	} else if (p->flags & PARAM_BIT)
		snprintf(out, 64, "no");
	else if (p->store == STORE_BOOL)
		snprintf(out, 64, "%s", p->dflt ? "no" : "yes");
	else if (p->store == STORE_ADDR)
		snprintf(out, 64, "192.0.2.55");
	else if (p->store == STORE_STR)
		snprintf(out, 64, "\"a \\\"b\\\" #c\"");
	else
		snprintf(out, 64, "%lld", (long long)(p->max ? p->max : 5));
}

/* One profile for each row, of each kind: all that can be set is written, and read back. */
static unsigned set_every_row(struct desk *d, enum profile_kind kind)
{
	const struct param_table *t = profile_params(kind);
	unsigned count = 0;

	for (unsigned row = 0; row < t->count; row++) {
		char value[64], line[200];

		if ((t->row[row].flags & PARAM_OBJECT) ||
		    strcmp(t->row[row].name, profile_key(kind)) == 0)
			continue;
		sample(&t->row[row], value);
		if (kind == PROFILE_PEER && strcmp(t->row[row].name, "netmask") == 0)
			snprintf(value, sizeof(value), "24 peer_ipaddr=192.0.2.0");
		if (kind == PROFILE_POOL && strcmp(t->row[row].name, "first_addr") != 0)
			strcat(value, strcmp(t->row[row].name, "prefix_length") == 0
					      ? " first_addr=2001:db8::"
					      : " first_addr=192.0.2.9");
		snprintf(line, sizeof(line), "%s create %s=%s %s=%s", profile_kind_name(kind),
			 profile_key(kind), t->row[row].name, t->row[row].name, value);
		if (!tell(d, line))
			fail_msg("\"%s\": %s", line, d->last);
		count++;
	}
	return count;
}

static void what_is_saved_can_be_loaded(void **state)
{
	struct desk *d = desk_new(), *again = desk_new();
	struct text first = TEXT_INIT, second = TEXT_INIT, errors = TEXT_INIT;
	unsigned rows = 0;

	(void)state;
	config_write(&d->m, &first);
	assert_null(strchr(text_str(&first), '=')); /* nothing was set */
	text_free(&first);
	for (enum profile_kind kind = 0; kind < PROFILE_KINDS; kind++)
		rows += set_every_row(d, kind);
	assert_true(rows > 80);
	assert_true(
		tell(d, "tunnel profile modify profile_name=default secret=\"s # t\" mtu=1400"));
	assert_true(tell(d, "system modify max_tunnels=77 tunnel_establish_timeout=9"));
	assert_true(tell(d, "tunnel create dest_ipaddr=192.0.2.1 hello_timeout=5")); /* no name */
	assert_true(tell(d, "tunnel create dest_ipaddr=192.0.2.1 tunnel_name=b tunnel_id=9"));
	assert_true(tell(d, "tunnel modify tunnel_id=9 hello_timeout=7"));
	assert_true(tell(d, "session create tunnel_id=9 session_name=s user_password=p"));
	config_write(&d->m, &first);
	if (conffile_run(&again->m, "saved", text_str(&first), first.len, &errors))
		fail_msg("%s\n%s", text_str(&errors), text_str(&first));
	config_write(&again->m, &second);
	assert_string_equal(text_str(&first), text_str(&second));
	assert_non_null(strstr(text_str(&first), "secret=\"s # t\""));
	assert_non_null(strstr(text_str(&first),
			       "tunnel_id=9 dest_ipaddr=192.0.2.1 tunnel_name=b hello_timeout=7"));
	assert_non_null(strstr(text_str(&first), "session create tunnel_name=b session_name=s"));
	text_free(&first);
	text_free(&second);
	text_free(&errors);
	desk_free(d);
	desk_free(again);
}

static void saving_needs_a_place(void **state)
{
	char folder[] = "/tmp/l2tpd-mgmt-XXXXXX", line[100], path[64];
	struct desk *d = desk_new();
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_false(tell(d, "config save"));
	assert_false(tell(d, "config save file=relative.conf"));
	assert_non_null(strstr(d->last, "from the root"));
	assert_false(tell(d, "config save file=/no/such/folder/l2tpd.conf"));
	assert_non_null(strstr(d->last, "No such file"));
	snprintf(path, sizeof(path), "%s/saved", folder);
	snprintf(line, sizeof(line), "config save file=%s", path);
	assert_true(tell(d, "system modify max_tunnels=3"));
	assert_true(tell(d, line));
	assert_true(tell(d, line)); /* over the old one */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
	assert_int_equal(rmdir(folder), 0); /* no draft is left */
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_and_bad_commands),
		cmocka_unit_test(prefixes_for_people),
		cmocka_unit_test(lists_come_in_pages),
		cmocka_unit_test(description_is_complete),
		cmocka_unit_test(every_bad_line_is_told),
		cmocka_unit_test(what_is_saved_can_be_loaded),
		cmocka_unit_test(saving_needs_a_place),
	};

	return cmocka_run_group_tests_name("mgmt", tests, NULL, NULL);
}
