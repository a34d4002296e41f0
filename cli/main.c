/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * main.c - l2tpcli: one command from its arguments, commands piped in, or a
 * prompt.
 *
 * What lives in this folder: client.c asks the daemon, output.c shows what it
 * says, by pager.c if that is long; grammar.c knows what may be said (from the
 * daemon), prompt.c talks to the person; local.c is what l2tpcli does itself, with
 * pcap.c for files of packets. Exit status: 0 done, 1 refused, 2 could not ask.
 */
#include "cli/grammar.h"
#include "cli/pager.h"
#include "cli/prompt.h"
#include "cli/session.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: l2tpcli [-s SOCKET | -r HOST[:PORT]] [--json] [-q] [-V] [COMMAND...]\n"
	"  -s SOCKET  where l2tpd listens (" L2TPD_SOCKET ")\n"
	"  -r HOST[:PORT]  an l2tpd on another machine, by TCP\n"
	"  --json     show, list and monitor as JSON\n"
	"  -q         say nothing but errors\n"
	"  -V         print the version and end\n"
	"Without a command: a prompt, or commands read from a pipe.\n"
	"Commands beside the daemon's: monitor, capture file=FILE, server show.\n"
	"Exit status: 0 done, 1 refused, 2 l2tpd could not be asked.\n";

void session_fail(struct session *s, int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs(s->origin, stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	s->status = status;
}

/* --- one command ------------------------------------------------------------------------- */

struct showing {
	struct session *s;
	struct pager *pager;
};

static bool show(void *arg, const struct page *page)
{
	struct showing *sh = arg;
	struct text out = TEXT_INIT;
	bool go_on;

	if (page->refused) {
		session_fail(sh->s, STATUS_REFUSED, "%s", page->message);
		return false;
	}
	output_page(&sh->s->output, page, &out);
	go_on = pager_write(sh->pager, text_str(&out), out.len);
	text_free(&out);
	return go_on;
}

void session_run(struct session *s, const struct words *words)
{
	struct showing sh = { s, pager_new(s->at_prompt) };
	char *why = NULL;

	if (!sh.pager || client_run(s->client, words, true, false, show, &sh, &why) < 0)
		session_fail(s, STATUS_CANNOT_ASK, "%s", why ? why : "out of memory");
	if (sh.pager)
		pager_close(sh.pager);
	free(why);
}

/* What the daemon understands, and what we do. */
static struct grammar *load_grammar(struct session *s)
{
	char *why = NULL;
	struct grammar *g = grammar_load(s->client, &why);

	if (!g) {
		session_fail(s, STATUS_CANNOT_ASK, "%s", why ? why : "out of memory");
		free(why);
		return NULL;
	}
	grammar_add(g, "monitor", NULL, NULL, "Show what happens, as it happens");
	grammar_add(g, "monitor", NULL, "count", "End after so many events");
	grammar_like(g, "monitor", "event", "watch");
	grammar_add(g, "capture", NULL, NULL, "Write control messages to a file for tshark");
	grammar_add(g, "capture", NULL, "file", "Where to, on this machine; - is standard output");
	grammar_add(g, "capture", NULL, "count", "End after so many messages");
	grammar_like(g, "capture", "message", "watch");
	grammar_add(g, "server", "modify", "name", "Talk to another l2tpd: SOCKET or HOST[:PORT]");
	grammar_add(g, "server", "show", NULL, "Show which l2tpd this is");
	grammar_add(g, "help", NULL, NULL, "Say what there is to say");
	grammar_add(g, "quit", NULL, NULL, "End");
	grammar_add(g, "exit", NULL, NULL, "End");
	return g;
}

/* What there is to say, for who does not know where to begin. */
static void help(struct session *s)
{
	struct grammar *grammar = load_grammar(s);
	struct candidates found = { 0 };
	struct words nothing = { 0 };

	if (!grammar)
		return;
	grammar_next(grammar, &nothing, "", &found);
	printf("A command is OBJECT OPERATION [NAME=VALUE]..., as in: tunnel list\n"
	       "At the prompt TAB completes, ? shows what may come next, quit ends.\n"
	       "The objects, and what is beside them:\n");
	for (size_t i = 0; i < found.count; i++)
		printf("  %-10s %s\n", found.at[i].text, found.at[i].help);
	printf("All of it stands in l2tpcli(1) and l2tpd.conf(5).\n");
	candidates_free(&found);
	grammar_free(grammar);
}

static void run(struct session *s, const struct words *words)
{
	if (words->count == 1 && strcmp(words->word[0], "help") == 0)
		help(s);
	else if (!local_run(s, words))
		session_run(s, words);
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
			session_fail(s, STATUS_REFUSED, "%s", why ? why : strerror(-got));
		} else if (is_quit(&words)) {
			go_on = false;
		} else {
			run(s, &words);
			go_on = s->at_prompt || s->status != STATUS_CANNOT_ASK;
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

/* A whole command from a person; NULL at the end of input. */
static char *ask_for_command(void)
{
	struct text command = TEXT_INIT;
	char *line = prompt_line("l2tp> ");

	if (!line)
		return NULL;
	text_add(&command, line);
	while (line && is_continued(line)) {
		free(line);
		line = prompt_line("    > ");
		text_addf(&command, "\n%s", line ? line : "");
	}
	free(line);
	return text_take(&command);
}

static void interactive(struct session *s, struct grammar *grammar)
{
	const struct client *talks_to = s->client;
	bool go_on = true;
	char *command;

	s->at_prompt = true;
	prompt_open(grammar);
	printf("l2tpcli " L2TPD_VERSION ", l2tpd at %s: TAB completes, ? helps, quit ends\n",
	       client_where(s->client));
	while (go_on && (command = ask_for_command())) {
		s->status = STATUS_DONE;
		go_on = run_text(s, command, 0);
		free(command);
		if (s->client != talks_to) { /* another daemon may understand other words */
			grammar_free(grammar);
			grammar = load_grammar(s);
			prompt_set_grammar(grammar);
			talks_to = s->client;
			go_on = go_on && grammar;
		}
	}
	if (go_on)
		printf("\n");
	prompt_close();
	grammar_free(grammar);
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
	struct grammar *grammar;

	if (!isatty(STDIN_FILENO)) {
		piped(s);
		return s->status;
	}
	grammar = load_grammar(s);
	if (grammar)
		interactive(s, grammar);
	return s->status;
}

/* For a shell: what the last word may become, given those before it; a line each. */
static int complete(struct session *s, int argc, char *argv[])
{
	struct grammar *grammar = load_grammar(s);
	struct candidates found = { 0 };
	struct words before = { 0 };

	if (!grammar)
		return STATUS_CANNOT_ASK;
	for (int i = 0; i + 1 < argc; i++)
		words_add(&before, argv[i], strlen(argv[i]));
	grammar_next(grammar, &before, argc ? argv[argc - 1] : "", &found);
	for (size_t i = 0; i < found.count; i++)
		printf("%s\n", found.at[i].text);
	candidates_free(&found);
	words_free(&before);
	grammar_free(grammar);
	return STATUS_DONE;
}

static bool wants_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

static struct client *open_client(const char *where, bool remote, char **why)
{
	char *socket = remote ? strdup(where) : client_socket(where);
	struct client *c = socket ? client_open(socket, why) : NULL;

	free(socket);
	return c;
}

/* All of the conversation; the exit status. */
static int talk(struct session *s, const char *where, bool remote, bool completes, int argc,
		char *argv[])
{
	char *why = NULL;

	s->output.colour = wants_colour();
	s->client = open_client(where, remote, &why);
	if (!s->client) {
		fprintf(stderr, "l2tpcli: %s\n", why ? why : "out of memory");
		free(why);
		return STATUS_CANNOT_ASK;
	}
	if (completes)
		s->status = complete(s, argc, argv);
	else
		s->status = argc > 0 ? run_arguments(s, argc, argv) : converse(s);
	client_close(s->client);
	if (fflush(stdout) != 0 && s->status == STATUS_DONE)
		s->status = STATUS_CANNOT_ASK;
	return s->status;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { "complete", no_argument, NULL, 'c' },
						 { NULL, 0, NULL, 0 } };
	struct session s = { .output.mode = OUTPUT_TEXT, .origin = "" };
	const char *where = L2TPD_SOCKET;
	bool completes = false, remote = false;
	int option;

	while ((option = getopt_long(argc, argv, "+s:r:qVh", options, NULL)) != -1) {
		switch (option) {
		case 's':
		case 'r':
			where = optarg;
			remote = option == 'r';
			break;
		case 'j':
			s.output.mode = OUTPUT_JSON;
			break;
		case 'q':
			s.output.mode = OUTPUT_QUIET;
			break;
		case 'c':
			completes = true;
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
	if (argc > optind && !completes && strcmp(argv[argc - 1], "--json") == 0) {
		s.output.mode = OUTPUT_JSON;
		argc--;
	}
	return talk(&s, where, remote, completes, argc - optind, argv + optind);
}
