/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - one run of l2tpcli: whom it talks to, how it shows what it hears, and
 * how it will end.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/client.h"
#include "cli/output.h"

enum { STATUS_DONE, STATUS_REFUSED, STATUS_CANNOT_ASK };

struct session {
	struct client *client;
	struct output output;
	bool at_prompt;	    /* somebody reads along: long output is paged */
	const char *origin; /* "line 3: " before errors of piped commands; or "" */
	int status;
};

/* Runs a command of the daemon's, and shows its reply. */
void session_run(struct session *s, const struct words *words);

/* What the CLI does itself: server, monitor, capture. False: it is none of these. */
bool local_run(struct session *s, const struct words *words);

/* Says what went wrong. */
void session_fail(struct session *s, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
