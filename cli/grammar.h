/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grammar.h - what the daemon said there is to say, and what may come next in a
 * line. Nothing about any object, operation or parameter is known here: all of
 * it is the daemon's own description (`describe list`), plugins' objects
 * included.
 */
#ifndef CLI_GRAMMAR_H
#define CLI_GRAMMAR_H

#include "cli/client.h"

struct grammar;

/* Asks the daemon; and again, when names of what exists are to be offered. NULL with *why. */
struct grammar *grammar_load(struct client *c, char **why);

/* What the CLI understands itself. @verb NULL: an object without verbs. @parameter may be NULL. */
void grammar_add(struct grammar *g, const char *object, const char *verb, const char *parameter,
		 const char *help);
/* Such an object takes what @verb of the daemon's @like takes. */
void grammar_like(struct grammar *g, const char *object, const char *like, const char *verb);

void grammar_free(struct grammar *g); /* NULL is no error */

/* Something that may stand at the end of a line. */
struct candidate {
	char *text; /* the whole word, "name=" where a value must follow */
	char *help;
};

struct candidates {
	struct candidate *at;
	size_t count;
};

/*
 * What may take the place of @word, given the whole words before it. Only what
 * begins with @word is offered. With @word "name=..." the values of name.
 */
void grammar_next(const struct grammar *g, const struct words *before, const char *word,
		  struct candidates *out);
/* Whether a value in @line may be a secret: such a line is not for a history file. */
bool grammar_has_secret(const struct grammar *g, const char *line);

void candidates_free(struct candidates *c);

#endif
