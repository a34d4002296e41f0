/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prompt.h - a line from a person: editing, history, completion, help.
 * prompt.c is the only file that knows readline.
 */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "cli/grammar.h"

/* TAB and `?` go by @grammar, until another is set. */
void prompt_open(const struct grammar *grammar);
void prompt_set_grammar(const struct grammar *grammar);
/* A line without its newline (free() it), NULL at the end of input. */
char *prompt_line(const char *prompt);
/* Saves the history. */
void prompt_close(void);

#endif
