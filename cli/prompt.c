/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/prompt.h"

#include "lib/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_LINES = 1000 };

/* readline calls back without an argument; this file is its only user, so this is its state. */
static struct {
	const struct grammar *grammar;
	struct candidates candidates;
	size_t next;
	char history[4096];
} prompt;

/* The whole words of the command before @point, and where the word at @point begins. */
static void split(const char *line, int point, struct words *before, const char **word)
{
	const char *at = line, *end = line + point, *start = line;
	bool quoted = false;

	*before = (struct words){ 0 };
	for (; at < end; at++) {
		if (*at == '"')
			quoted = !quoted;
		if (quoted || (*at != ' ' && *at != '\t' && *at != ';'))
			continue;
		if (at > start)
			words_add(before, start, (size_t)(at - start));
		if (*at == ';')
			words_free(before);
		start = at + 1;
	}
	*word = start;
}

static void find_candidates(int point)
{
	struct words before;
	const char *start;
	char *word;

	candidates_free(&prompt.candidates);
	split(rl_line_buffer, point, &before, &start);
	word = strndup(start, (size_t)(rl_line_buffer + point - start));
	if (word)
		grammar_next(prompt.grammar, &before, word, &prompt.candidates);
	free(word);
	words_free(&before);
}

static char *generate(const char *text, int state)
{
	(void)text;
	if (state == 0)
		prompt.next = 0;
	if (prompt.next >= prompt.candidates.count)
		return NULL;
	return strdup(prompt.candidates.at[prompt.next++].text);
}

static char **complete(const char *text, int start, int end)
{
	char **matches;
	size_t len;

	(void)start;
	rl_attempted_completion_over = 1;
	find_candidates(end);
	matches = rl_completion_matches(text, generate);
	/* after "name=" the value follows at once */
	len = matches && matches[0] ? strlen(matches[0]) : 0;
	rl_completion_append_character = len && matches[0][len - 1] == '=' ? '\0' : ' ';
	return matches;
}

static bool within_quotes(void)
{
	bool quoted = false;

	for (int i = 0; i < rl_point; i++)
		quoted ^= rl_line_buffer[i] == '"';
	return quoted;
}

/* `?` shows what may come next, and leaves the line as it is. */
static int help(int count, int key)
{
	size_t widest = 0;

	if (within_quotes())
		return rl_insert(count, key);
	find_candidates(rl_point);
	for (size_t i = 0; i < prompt.candidates.count; i++)
		if (strlen(prompt.candidates.at[i].text) > widest)
			widest = strlen(prompt.candidates.at[i].text);
	rl_crlf();
	for (size_t i = 0; i < prompt.candidates.count; i++)
		fprintf(rl_outstream, "  %-*s  %s\n", (int)widest, prompt.candidates.at[i].text,
			prompt.candidates.at[i].help);
	if (!prompt.candidates.count)
		fprintf(rl_outstream, "  nothing known can follow here\n");
	rl_on_new_line();
	return 0;
}

/* ^C drops the line being typed, and nothing else. */
static volatile sig_atomic_t cancelled, reading;

/* Until the line is dropped while a key is awaited, by a signal each time: the one of ^C can come
 * just before the waiting begins, and the terminal throws away the keys that would have ended it.
 */
static void repeat(long us)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, us }, { 0, us } }, NULL);
}

static void on_interrupt(int signo)
{
	if (signo != SIGINT)
		return;
	cancelled = 1;
	if (reading)
		repeat(20000);
}

static int on_poll(void)
{
	while (cancelled) {
		cancelled = 0;
		repeat(0);
		rl_replace_line("", 0);
		rl_crlf();
		rl_on_new_line();
		rl_redisplay();
	}
	return 0;
}

/* What comes after ^C does not belong to the line that it dropped. */
static int read_char(FILE *in)
{
	int c;

	reading = 1;
	on_poll();
	c = rl_getc(in);
	reading = 0;
	on_poll();
	return c;
}

static void find_history(void)
{
	const char *file = getenv("L2TP_HISTFILE"), *home = getenv("HOME"),
		   *size = getenv("L2TP_HISTFILESIZE");
	int lines = size && atoi(size) > 0 ? atoi(size) : HISTORY_LINES;

	if (file)
		snprintf(prompt.history, sizeof(prompt.history), "%s", file);
	else if (home)
		snprintf(prompt.history, sizeof(prompt.history), "%s/.l2tp_history", home);
	stifle_history(lines);
	if (*prompt.history)
		read_history(prompt.history);
}

void prompt_set_grammar(const struct grammar *grammar)
{
	prompt.grammar = grammar;
}

void prompt_open(const struct grammar *grammar)
{
	struct sigaction sa = { .sa_handler = on_interrupt };

	prompt.grammar = grammar;
	rl_readline_name = "l2tpcli";
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = (char *)(uintptr_t) " \t;";
	rl_completer_quote_characters = "\"";
	rl_catch_signals = 0;
	rl_signal_event_hook = on_poll;
	rl_getc_function = read_char;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	rl_bind_key('?', help);
	find_history();
}

char *prompt_line(const char *text)
{
	char *line;

	cancelled = 0; /* it was for the command that ran */
	line = readline(text);
	if (line && line[strspn(line, " \t")] && !grammar_has_secret(prompt.grammar, line))
		add_history(line);
	return line;
}

void prompt_close(void)
{
	if (*prompt.history)
		write_history(prompt.history);
	clear_history();
	candidates_free(&prompt.candidates);
}
