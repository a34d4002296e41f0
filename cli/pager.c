/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pager.h"

#include "lib/text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct pager {
	struct text held; /* what fits on the screen so far */
	unsigned lines, screen;
	FILE *program;
	bool on;
};

struct pager *pager_new(bool on)
{
	struct pager *p = calloc(1, sizeof(*p));
	const char *term = getenv("TERM");
	struct winsize size = { 0 };

	if (!p)
		return NULL;
	/* less and more want to know how to move about the screen */
	p->on = on && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1;
	p->screen = size.ws_row;
	return p;
}

/* The first word of a command, found in PATH. */
static bool is_there(const char *command)
{
	const char *path = getenv("PATH");
	char full[4096];
	int len = (int)strcspn(command, " ");

	if (memchr(command, '/', (size_t)len)) {
		snprintf(full, sizeof(full), "%.*s", len, command);
		return access(full, X_OK) == 0;
	}
	while (path && *path) {
		size_t n = strcspn(path, ":");

		snprintf(full, sizeof(full), "%.*s/%.*s", (int)n, path, len, command);
		if (access(full, X_OK) == 0)
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static const char *choose(void)
{
	static const char *const known[] = { "less -FRX", "more" };
	const char *wanted = getenv("PAGER");

	if (wanted && *wanted)
		return is_there(wanted) ? wanted : NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is_there(known[i]))
			return known[i];
	return NULL;
}

static bool start(struct pager *p)
{
	const char *command = choose();

	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	p->program = command ? popen(command, "w") : NULL;
	return p->program != NULL;
}

bool pager_write(struct pager *p, const char *s, size_t len)
{
	if (!p->on)
		return fwrite(s, 1, len, stdout) == len;
	if (p->program)
		return fwrite(s, 1, len, p->program) == len;
	text_add_n(&p->held, s, len);
	for (size_t i = 0; i < len; i++)
		p->lines += s[i] == '\n';
	if (p->lines < p->screen)
		return true;
	p->on = start(p);
	s = text_str(&p->held);
	len = p->held.len;
	return fwrite(s, 1, len, p->program ? p->program : stdout) == len;
}

void pager_close(struct pager *p)
{
	if (p->program)
		pclose(p->program);
	else if (p->on)
		fwrite(text_str(&p->held), 1, p->held.len, stdout);
	fflush(stdout);
	text_free(&p->held);
	free(p);
}
