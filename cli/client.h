/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client.h - the CLI's side of the management protocol.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "lib/lang.h"
#include "lib/value.h"

#include <stdbool.h>
#include <stddef.h>

struct client;

struct field {
	const char *name, *unit;
	struct value value; /* its text is the page's */
};

struct record {
	const struct field *field;
	size_t count;
};

/* The field's value; NULL if the record has none of that name. */
const struct value *record_value(const struct record *rec, const char *name);

/* One page of a reply; valid until the next call. */
struct page {
	bool refused, list;
	const char *message; /* "" if there is none */
	const struct record *record;
	size_t count;
	bool first, last;
};

/*
 * @where: the path of a socket, or HOST[:PORT] for TCP; without a port rpcbind is
 * asked. NULL with *why: nobody answers there.
 */
struct client *client_open(const char *where, char **why);
/* The path of a socket as client_open() knows it from a host's name: a new string. */
char *client_socket(const char *path);
void client_close(struct client *c);
const char *client_where(const struct client *c);

/* Ends the connection, and with it a command that waits. May be called from a signal's handler. */
void client_interrupt(const struct client *c);

/*
 * Runs one command and hands each page to @show, until it returns false or all
 * were shown. @patient: the answer may take as long as it likes. A connection that the
 * daemon closed meanwhile is opened again first. 0; -EIO with *why if the daemon went away.
 */
int client_run(struct client *c, const struct words *words, bool abbreviated, bool patient,
	       bool (*show)(void *arg, const struct page *page), void *arg, char **why);

#endif
