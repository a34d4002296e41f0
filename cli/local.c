/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * local.c - what the CLI does itself: which daemon it talks to (server), what happens
 * as it happens (monitor), and control messages in a file (capture). The last two ask the
 * daemon again and again for what is new; asking takes as long as there is nothing.
 */
#include "cli/pcap.h"
#include "cli/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHORTEST = 3, /* letters that no other word of l2tpcli begins with */
	MESSAGE_MAX = 65536,
};

static bool is_called(const char *word, const char *name)
{
	size_t len = strlen(word);

	return len >= SHORTEST && strncmp(name, word, len) == 0;
}

/* The value of "name=..." in a word; NULL if it is another. */
static const char *value_of(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

/* --- ^C ends what waits ---------------------------------------------------------------------- */

static volatile sig_atomic_t stopped;
static const struct client *waiting; /* a signal's handler gets no argument */

static void on_interrupt(int signo)
{
	(void)signo;
	stopped = 1;
	client_interrupt(waiting);
}

/* --- asking for what is new -------------------------------------------------------------- */

struct stream {
	struct session *s;
	/* False: enough. */
	bool (*record)(struct stream *st, const struct record *rec);
	uint64_t since;
	FILE *file;
	uint64_t count, most, missed;
	bool failed;
};

static uint64_t number_in(const struct record *rec, const char *name)
{
	const struct value *v = record_value(rec, name);

	return v ? v->number : 0;
}

static const char *text_in(const struct record *rec, const char *name)
{
	const struct value *v = record_value(rec, name);

	return v && v->kind == VALUE_TEXT ? v->text : "";
}

static bool take_page(void *arg, const struct page *page)
{
	struct stream *st = arg;

	if (page->refused) {
		session_fail(st->s, STATUS_REFUSED, "%s", page->message);
		st->failed = true;
		return false;
	}
	for (size_t i = 0; i < page->count && !st->failed; i++) {
		st->since = number_in(&page->record[i], "number");
		st->missed += number_in(&page->record[i], "missed");
		st->failed = !st->record(st, &page->record[i]);
	}
	fflush(st->file ? st->file : stdout);
	return !st->failed;
}

/* What is for us, not for the daemon. */
static bool is_own(const char *word)
{
	return value_of(word, "count") || value_of(word, "file");
}

static const char *own_value(const struct words *w, const char *name)
{
	for (size_t i = 1; i < w->count; i++)
		if (value_of(w->word[i], name))
			return value_of(w->word[i], name);
	return NULL;
}

/* "OBJECT watch since=N" and the conditions of the command. */
static bool words_of(struct words *out, const struct words *command, const char *object,
		     uint64_t since)
{
	char number[32];
	int err;

	snprintf(number, sizeof(number), "since=%llu", (unsigned long long)since);
	err = words_add(out, object, strlen(object)) | words_add(out, "watch", 5);
	if (since)
		err |= words_add(out, number, strlen(number));
	for (size_t i = 1; i < command->count; i++)
		if (!is_own(command->word[i]))
			err |= words_add(out, command->word[i], strlen(command->word[i]));
	return err == 0;
}

/* Until ^C, an error, or enough. */
static void follow(struct stream *st, const struct words *command, const char *object)
{
	struct sigaction sa = { .sa_handler = on_interrupt }, old;
	char *why = NULL;

	stopped = 0;
	waiting = st->s->client;
	sigaction(SIGINT, &sa, &old);
	while (!stopped && !st->failed) {
		struct words words = { 0 };

		if (!words_of(&words, command, object, st->since))
			st->failed = true;
		else if (client_run(st->s->client, &words, true, true, take_page, st, &why) < 0) {
			if (!stopped)
				session_fail(st->s, STATUS_CANNOT_ASK, "%s",
					     why ? why : "out of memory");
			st->failed = true;
		}
		words_free(&words);
		free(why);
		why = NULL;
	}
	sigaction(SIGINT, &old, NULL);
	if (stopped && st->s->at_prompt)
		printf("\n");
}

/* --- monitor
 * --------------------------------------------------------------------------------------- */

static bool show_event(struct stream *st, const struct record *rec)
{
	struct text out = TEXT_INIT;
	bool good;

	output_event(&st->s->output, rec, &out);
	good = fwrite(text_str(&out), 1, out.len, stdout) == out.len;
	text_free(&out);
	return good && (!st->most || ++st->count < st->most);
}

/* count=N ends it after as many. */
static uint64_t most_of(const struct words *w)
{
	const char *count = own_value(w, "count");

	return count ? strtoull(count, NULL, 10) : 0;
}

static void monitor(struct session *s, const struct words *w)
{
	struct stream st = { .s = s, .record = show_event, .most = most_of(w) };

	follow(&st, w, "event");
}

/* --- capture
 * ---------------------------------------------------------------------------------------- */

static size_t bytes_of(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (; hex[0] && hex[1] && n < cap; hex += 2) {
		char byte[3] = { hex[0], hex[1], '\0' };

		out[n++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return n;
}

static struct endpoint endpoint_in(const struct record *rec, const char *addr, const char *port)
{
	struct endpoint e = { .port = (uint16_t)number_in(rec, port) };

	if (addr_parse(&e.addr, text_in(rec, addr)) < 0)
		e.addr.family = AF_INET; /* not known yet: of no address */
	return e;
}

static bool write_message(struct stream *st, const struct record *rec)
{
	uint8_t data[MESSAGE_MAX];
	struct endpoint local = endpoint_in(rec, "local_address", "local_port");
	struct endpoint peer = endpoint_in(rec, "peer_address", "peer_port");
	size_t len = bytes_of(text_in(rec, "data"), data, sizeof(data));
	bool sent = number_in(rec, "sent");

	local.addr.family = peer.addr.family;
	if (!pcap_datagram(st->file, number_in(rec, "time_us"), sent ? &local : &peer,
			   sent ? &peer : &local, data, len)) {
		session_fail(st->s, STATUS_REFUSED, "the file cannot be written: %s",
			     strerror(errno));
		return false;
	}
	st->count++;
	return !st->most || st->count < st->most;
}

static void capture(struct session *s, const struct words *w)
{
	struct stream st = { .s = s, .record = write_message, .most = most_of(w) };
	const char *path = own_value(w, "file");

	if (!path || !*path) {
		session_fail(s, STATUS_REFUSED,
			     "capture needs file=...: where the messages are written to, on this "
			     "machine");
		return;
	}
	st.file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (!st.file || !pcap_begin(st.file)) {
		session_fail(s, STATUS_REFUSED, "%s: %s", path, strerror(errno));
	} else {
		fflush(st.file);
		follow(&st, w, "message");
		fprintf(stderr, "%llu messages captured", (unsigned long long)st.count);
		if (st.missed)
			fprintf(stderr, ", %llu missed", (unsigned long long)st.missed);
		fprintf(stderr, "\n");
	}
	if (st.file && st.file != stdout)
		fclose(st.file);
}

/* --- server
 * ------------------------------------------------------------------------------------------ */

static void server(struct session *s, const struct words *w)
{
	const char *verb = w->count > 1 ? w->word[1] : "";
	const char *name = w->count > 2 ? value_of(w->word[2], "name") : NULL;
	struct client *other;
	char *why = NULL;

	if (strcmp(verb, "show") == 0) {
		printf("name  %s\n", client_where(s->client));
		return;
	}
	if (strcmp(verb, "modify") != 0 || !name || !*name) {
		session_fail(s, STATUS_REFUSED,
			     "server show, or server modify name=SOCKET or name=HOST[:PORT]");
		return;
	}
	other = client_open(name, &why);
	if (!other) {
		session_fail(s, STATUS_CANNOT_ASK, "%s", why ? why : "out of memory");
		s->status = STATUS_REFUSED; /* the old one is still there */
	} else {
		client_close(s->client);
		s->client = other;
	}
	free(why);
}

bool local_run(struct session *s, const struct words *w)
{
	static const struct {
		const char *name;
		void (*run)(struct session *s, const struct words *w);
	} commands[] = { { "server", server }, { "monitor", monitor }, { "capture", capture } };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (w->count && is_called(w->word[0], commands[i].name)) {
			commands[i].run(s, w);
			return true;
		}
	}
	return false;
}
