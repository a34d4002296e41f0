/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mgmt.h - management: a command language over the engine.
 *
 * What lives in this folder: command.c turns words into a call of a verb of an
 * object; objects.c lists the objects; tunnels.c, sessions.c, profiles.c, config.c and
 * system.c are the objects; describe.c tells the CLI what there is, from the
 * same tables; reply.c collects what is shown; conffile.c runs a file's
 * commands; rpc.c speaks Sun RPC, bytes in and bytes out.
 *
 * An object is a name, a table of parameter rows, and verbs. A verb says which
 * of the rows it takes; command.c parses them, so a verb sees only values that
 * are right one by one. Everything shown is a record of typed values. Lists
 * come in pages, so no reply grows with the number of sessions.
 *
 * The folder does no I/O but reading the configuration file; the process owns
 * the sockets.
 */
#ifndef L2TPD_MGMT_MGMT_H
#define L2TPD_MGMT_MGMT_H

#include "l2tpd/engine/engine.h"
#include "lib/lang.h"
#include "lib/value.h"

struct mgmt {
	struct engine *engine;
	const char *version;
	uint64_t (*uptime_s)(void *ctx);
	/* Called before and after each command: the engine's clock is its owner's. May be NULL. */
	void (*before)(void *ctx);
	void (*after)(void *ctx);
	void *ctx;
};

/* --- replies ---------------------------------------------------------------------- */

struct reply_field {
	const char *name; /* static */
	const char *unit; /* static, or NULL */
	struct value value;
};

struct reply_record {
	struct reply_field *field;
	size_t count;
};

struct reply {
	bool refused;
	bool list;   /* the records are rows of one table */
	bool failed; /* out of memory while it was put together */
	char *message;
	struct reply_record *record;
	size_t count;
	uint64_t cursor; /* where the next page begins, 0 if this is the last */
};

enum { REPLY_PAGE = 256 }; /* records in a reply */

void reply_free(struct reply *r);
/* Begins a record; the following fields are its. */
void reply_record(struct reply *r);
/* Takes over value.text. A field that the record has already is left as it is. */
void reply_field(struct reply *r, const char *name, const char *unit, struct value value);
void reply_text(struct reply *r, const char *name, const char *text); /* NULL: none */
void reply_number(struct reply *r, const char *name, uint64_t number);
void reply_bool(struct reply *r, const char *name, bool truth);
/* One row of a table, or all; with @only, the rows of those names in that order (NULL ends). */
void reply_row(struct reply *r, const struct param_table *t, unsigned row, const void *conf);
void reply_rows(struct reply *r, const struct param_table *t, const void *conf);
void reply_only(struct reply *r, const struct param_table *t, const void *conf,
		const char *const only[]);
void reply_message(struct reply *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- objects ------------------------------------------------------------------------ */

struct mgmt_call;

/* Which rows a verb takes. */
enum verb_takes {
	TAKES_NOTHING,
	TAKES_ALL,  /* name=value for any row */
	TAKES_LIVE, /* keys, and what may change later */
	TAKES_KEYS,
	TAKES_NAMES, /* keys with values, other rows' names alone */
};

struct mgmt_verb {
	const char *name, *help;
	enum verb_takes takes;
	const struct param_word *options; /* words without a value; bits; may be NULL */
	/* 0 done, 1 the call will be completed later, -errno refused with *call->why. */
	int (*run)(struct mgmt_call *call);
};

struct mgmt_object {
	const char *name, *help;
	const struct param_table *params; /* NULL: none */
	const char *keys[5];		  /* names of key rows, NULL-ended */
	bool profile;			  /* rows marked PARAM_OBJECT are not its own */
	enum profile_kind kind;		  /* of a profile */
	const struct mgmt_verb *verbs;	  /* ends with a NULL name */
};

/* One command being carried out. */
struct mgmt_call {
	struct mgmt *m;
	const struct mgmt_object *object;
	const struct mgmt_verb *verb;
	void *conf;	  /* what was given, by the object's rows */
	uint64_t unset;	  /* rows named by `unset` */
	uint32_t options; /* bits of the verb's options */
	uint64_t cursor;
	struct reply reply;
	char *why;
	void *state; /* a pending verb's own; freed with free() */
	void (*done)(void *arg, struct reply *reply);
	void *arg;
};

/* Ends with a NULL name. */
extern const struct mgmt_object mgmt_objects[];
extern const struct mgmt_verb system_verbs[], profile_verbs[], tunnel_verbs[], session_verbs[],
	config_verbs[], describe_verbs[];
extern const struct param_table config_params;

bool object_is_key(const struct mgmt_object *o, unsigned row);
/* A modified object's keys only said which it is: they are no settings. */
void object_forget_keys(const struct mgmt_object *o, void *conf);
/* Whether @verb of @o takes @row with a value. */
bool verb_takes_row(const struct mgmt_object *o, const struct mgmt_verb *verb, unsigned row);

/* Appends all that was set, as the commands that would set it: secrets in clear. */
void config_write(const struct mgmt *m, struct text *out);

/* --- running ---------------------------------------------------------------------------- */

/*
 * Carries out one command. @done is called exactly once, possibly before this
 * returns; the reply is freed afterwards. @abbreviated: prefixes are taken.
 */
void mgmt_run(struct mgmt *m, const struct words *words, bool abbreviated, uint64_t cursor,
	      void (*done)(void *arg, struct reply *reply), void *arg);

/* For verbs that returned 1. */
void mgmt_complete(struct mgmt_call *call, int err);

/*
 * Runs all commands of a file's text. Every bad line is reported in @errors
 * ("FILE:LINE: why\n"), and reading goes on. The number of errors.
 */
unsigned conffile_run(struct mgmt *m, const char *name, const char *text, size_t len,
		      struct text *errors);

/* Reads and runs the file @path; an unreadable one is an error too. */
unsigned conffile_load(struct mgmt *m, const char *path, struct text *errors);

#endif
