/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - l2tpcli: one command from its arguments, commands piped in, or a
 * prompt.
 *
 * What lives in this folder: client.c asks the daemon, output.c shows what it
 * says, grammar.c knows what may be said (from the daemon), prompt.c talks to
 * the person. Exit status: 0 done, 1 refused, 2 could not ask.
 */
#include "cli/client.h"
#include "cli/grammar.h"
#include "cli/output.h"
#include "cli/prompt.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_DONE, STATUS_REFUSED, STATUS_CANNOT_ASK };

static const char usage[] = "usage: l2tpcli [-s SOCKET] [--json] [-q] [-V] [COMMAND...]\n"
			    "  -s SOCKET  where l2tpd listens (" L2TPD_SOCKET ")\n"
			    "  --json     show and list as JSON\n"
			    "  -q         say nothing but errors\n"
			    "  -V         print the version and end\n"
			    "Without a command: a prompt, or commands read from a pipe.\n"
			    "Exit status: 0 done, 1 refused, 2 l2tpd could not be asked.\n";

struct session {
	struct client *client;
	enum output_mode mode;
	bool abbreviated;
	const char *origin; /* "line 3: " before errors of piped commands; or "" */
	int status;
};

static bool show(void *arg, const struct page *page)
{
	struct session *s = arg;
	struct text out = TEXT_INIT;

	if (page->refused) {
		fflush(stdout);
		fprintf(stderr, "%s%s\n", s->origin, page->message);
		s->status = STATUS_REFUSED;
		return false;
	}
	output_page(s->mode, page, &out);
	fwrite(text_str(&out), 1, out.len, stdout);
	text_free(&out);
	return !ferror(stdout);
}

static void run(struct session *s, const struct words *words)
{
	char *why = NULL;

	if (client_run(s->client, words, s->abbreviated, show, s, &why) < 0) {
		fprintf(stderr, "%s%s\n", s->origin, why ? why : "out of memory");
		s->status = STATUS_CANNOT_ASK;
	}
	free(why);
}

static bool is_quit(const struct words *w)
{
	return w->count == 1 &&
	       (strcmp(w->word[0], "quit") == 0 || strcmp(w->word[0], "exit") == 0);
}

/* All commands of @text; false when one was to quit or the daemon is gone. */
static bool run_text(struct session *s, const char *text, unsigned first_line)
{
	struct lang_reader reader;
	struct words words;
	unsigned line;
	char *why = NULL, origin[32] = "";
	bool go_on = true;
	int got;

	lang_reader_init(&reader, text, strlen(text));
	reader.line = first_line ? first_line : 1;
	while (go_on && (got = lang_next(&reader, &words, &line, &why)) != 0) {
		if (first_line)
			snprintf(origin, sizeof(origin), "line %u: ", line);
		s->origin = origin;
		if (got < 0) {
			fprintf(stderr, "%s%s\n", origin, why ? why : strerror(-got));
			s->status = STATUS_REFUSED;
		} else if (is_quit(&words)) {
			go_on = false;
		} else {
			run(s, &words);
			go_on = s->status != STATUS_CANNOT_ASK;
		}
		free(why);
		why = NULL;
		words_free(&words);
	}
	return go_on;
}

/* Commands that go over several lines end where no backslash stands. */
static bool is_continued(const char *line)
{
	size_t len = strlen(line);

	return len > 0 && line[len - 1] == '\\';
}

static void interactive(struct session *s, const struct grammar *grammar)
{
	bool go_on = true;
	char *line;

	prompt_open(grammar);
	while (go_on && (line = prompt_line("l2tp> "))) {
		struct text command = TEXT_INIT;

		text_add(&command, line);
		while (is_continued(line)) {
			free(line);
			line = prompt_line("    > ");
			text_addf(&command, "\n%s", line ? line : "");
			if (!line)
				break;
		}
		free(line);
		s->status = STATUS_DONE;
		go_on = run_text(s, text_str(&command), 0);
		text_free(&command);
	}
	if (go_on)
		printf("\n");
	prompt_close();
}

/* Whole lines at a time, so that a pipe may be left open between commands. */
static void piped(struct session *s)
{
	struct text command = TEXT_INIT;
	unsigned line = 0, first = 1;
	char *got = NULL;
	size_t cap = 0;
	int worst = STATUS_DONE;
	bool go_on = true;

	while (go_on && getline(&got, &cap, stdin) >= 0) {
		line++;
		text_add(&command, got);
		got[strcspn(got, "\r\n")] = '\0';
		if (is_continued(got))
			continue;
		s->status = STATUS_DONE;
		go_on = run_text(s, text_str(&command), first);
		worst = s->status > worst ? s->status : worst;
		text_free(&command);
		first = line + 1;
		fflush(stdout);
	}
	s->status = worst;
	text_free(&command);
	free(got);
}

static int run_arguments(struct session *s, int argc, char *argv[])
{
	struct words words = { 0 };

	for (int i = 0; i < argc; i++)
		if (words_add(&words, argv[i], strlen(argv[i])) < 0) {
			fprintf(stderr, "the command is too long\n");
			words_free(&words);
			return STATUS_REFUSED;
		}
	run(s, &words);
	words_free(&words);
	return s->status;
}

static int converse(struct session *s)
{
	struct grammar *grammar = NULL;
	char *why = NULL;

	if (!isatty(STDIN_FILENO)) {
		piped(s);
		return s->status;
	}
	grammar = grammar_load(s->client, &why);
	if (!grammar) {
		fprintf(stderr, "%s\n", why ? why : "out of memory");
		free(why);
		return STATUS_CANNOT_ASK;
	}
	interactive(s, grammar);
	grammar_free(grammar);
	return s->status;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { NULL, 0, NULL, 0 } };
	struct session s = { .mode = OUTPUT_TEXT, .abbreviated = true, .origin = "" };
	const char *socket = L2TPD_SOCKET;
	char *why = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "+s:qVh", options, NULL)) != -1) {
		switch (option) {
		case 's':
			socket = optarg;
			break;
		case 'j':
			s.mode = OUTPUT_JSON;
			break;
		case 'q':
			s.mode = OUTPUT_QUIET;
			break;
		case 'V':
			printf("l2tpcli %s\n", L2TPD_VERSION);
			return STATUS_DONE;
		case 'h':
			fputs(usage, stdout);
			return STATUS_DONE;
		default:
			fputs(usage, stderr);
			return STATUS_CANNOT_ASK;
		}
	}
	/* "session list --json" reads as well as "--json session list" */
	if (argc > optind && strcmp(argv[argc - 1], "--json") == 0) {
		s.mode = OUTPUT_JSON;
		argc--;
	}
	s.client = client_open(socket, &why);
	if (!s.client) {
		fprintf(stderr, "l2tpcli: %s\n", why ? why : "out of memory");
		free(why);
		return STATUS_CANNOT_ASK;
	}
	s.status = optind < argc ? run_arguments(&s, argc - optind, argv + optind) : converse(&s);
	client_close(s.client);
	if (fflush(stdout) != 0 && s.status == STATUS_DONE)
		s.status = STATUS_CANNOT_ASK;
	return s.status;
}
