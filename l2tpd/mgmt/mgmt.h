/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mgmt.h - management: a command language over the engine.
 *
 * What lives in this folder: command.c turns words into a call of a verb of an
 * object; objects.c lists the objects; system.c, profiles.c (pools are kept like
 * them), tunnels.c, sessions.c, users.c and debug.c are objects; describe.c tells the CLI
 * what there is, from the same tables; reply.c collects what is shown.
 *
 * The configuration: conffile.c runs a file's commands; write.c writes down what
 * there is as the commands that would make it; config.c saves that, and reload.c
 * makes what runs be what a file says, after compare.c found what differs.
 *
 * What happens by itself: feed.c keeps the last of it and whoever waits for more;
 * events.c and captures.c are feeds. rpc.c speaks Sun RPC, bytes in and bytes out.
 *
 * An object is a name, a table of parameter rows, and verbs. A verb says which
 * of the rows it takes; command.c parses them, so a verb sees only values that
 * are right one by one. Everything shown is a record of typed values. Lists
 * come in pages, so no reply grows with the number of sessions.
 *
 * The folder does no I/O but reading and writing configuration files; the process
 * owns the sockets.
 */
#ifndef L2TPD_MGMT_MGMT_H
#define L2TPD_MGMT_MGMT_H

#include "l2tpd/engine/engine.h"
#include "lib/lang.h"
#include "lib/list.h"
#include "lib/value.h"

struct feed;
struct plan;

/* The owner fills in the first part; the rest is zero at first, and mgmt_close() frees it. */
struct mgmt {
	struct engine *engine;
	const char *version;
	const char *conf_file; /* that was read at the start, for reload; NULL: none */
	uint64_t (*uptime_s)(void *ctx);
	uint64_t (*utc_us)(void *ctx); /* since 1970; NULL: nobody knows the date */
	/* Called before and after each command: the engine's clock is its owner's. May be NULL. */
	void (*before)(void *ctx);
	void (*after)(void *ctx);
	/* What the command line says counts beside and over a file: before and after it is read. */
	void (*options)(void *ctx, struct engine *e);
	void *ctx;
	struct log log;
	bool sealed; /* writes no file, whoever asks: for tests that say anything */

	struct feed *events, *captures;
	uint64_t captured_s; /* when somebody last asked for captures, by uptime_s() */
	struct plan *plan;   /* what a reload still has to do, or NULL */
	uint64_t slowest_us; /* of all commands: measured by the owner */
};

/* Frees what was kept; waiting calls are completed. */
void mgmt_close(struct mgmt *m);

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

enum {
	REPLY_PAGE = 256, /* records in a reply */
	LIST_SCAN = 4096, /* things looked at for one, however few of them are wanted */
};

void reply_free(struct reply *r);
/* Begins a record; the following fields are its. */
void reply_record(struct reply *r);
/* Takes over value.text. A field that the record has already is left as it is. */
void reply_field(struct reply *r, const char *name, const char *unit, struct value value);
void reply_text(struct reply *r, const char *name, const char *text); /* NULL: none */
void reply_number(struct reply *r, const char *name, uint64_t number);
void reply_bool(struct reply *r, const char *name, bool truth);
void reply_time(struct reply *r, const char *name, uint64_t utc_s); /* 0: none */
/* A row and where its value came from, as a record of its own. */
void reply_origin(struct reply *r, const struct param_table *t, unsigned row, const void *conf,
		  const char *origin);
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
	TAKES_SCOPE, /* the keys that say within what */
	TAKES_NAMES, /* keys with values, other rows' names alone */
};

enum verb_flag {
	VERB_READS = 1,	  /* changes nothing: for readers, too */
	VERB_PROMPT = 2,  /* not for configuration files */
	VERB_FILTERS = 8, /* a list that may be filtered by the object's own rows */
	VERB_HIDDEN = 4,  /* for programs: not described */
};

struct mgmt_verb {
	const char *name, *help;
	enum verb_takes takes;
	const struct param_word *options; /* words without a value; bits; may be NULL */
	unsigned flags;
	const struct param_table *filters; /* what a list may be filtered by, or NULL */
	/* 0 done, 1 the call will be completed later, -errno refused with *call->why. */
	int (*run)(struct mgmt_call *call);
};

/* A condition that what is listed must meet: a row's value, with * and ? as in file names. */
struct mgmt_filter {
	unsigned row;
	char *pattern;
};

enum { FILTERS_MAX = 8 };

struct mgmt_object {
	const char *name, *help;
	const struct param_table *params; /* NULL: none */
	const char *keys[10];		  /* names of key rows, NULL-ended */
	unsigned scope;			  /* the first so many say within what it is */
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
	struct mgmt_filter filter[FILTERS_MAX];
	unsigned filters;
	uint64_t cursor;
	unsigned page; /* records that a reply may have */
	struct reply reply;
	char *why;
	/* Of a call that waits: */
	struct list waiting;
	uint64_t since;
	bool brief; /* records leave out what they do not say */
	bool *gone; /* told when it is completed before its verb returned */
	void (*done)(void *arg, struct reply *reply);
	void *arg;
};

/* Whether @info, described by the verb's filters, meets the call's conditions. */
bool call_wants(const struct mgmt_call *c, const void *info);

/* Ends with a NULL name. */
extern const struct mgmt_object mgmt_objects[];
extern const struct mgmt_verb system_verbs[], profile_verbs[], pool_verbs[], tunnel_verbs[],
	session_verbs[], user_verbs[], config_verbs[], debug_verbs[], event_verbs[],
	capture_verbs[], describe_verbs[];
extern const struct param_table config_params, debug_params, feed_params, user_params;

/* The tunnel that @id or else @name means, 0 with *why; the session that the keys mean, likewise.
 */
uint16_t tunnel_meant(const struct engine *e, uint16_t id, const char *name, char **why);
int session_meant(const struct engine *e, const struct session_conf *keys, struct handle *h,
		  char **why);
/* When something that has been up for @uptime_s came up; 0 if it is not, or the date is not known.
 */
uint64_t mgmt_since(const struct mgmt *m, bool up, uint64_t uptime_s);
/* The infos with all that the engine does not know. */
int tunnel_facts(const struct mgmt *m, uint16_t id, struct tunnel_info *info);
int session_facts(const struct mgmt *m, struct handle h, struct session_info *info);

/* Whether the call's list has the session in it; fills *info. */
typedef bool session_filter(const struct mgmt_call *c, struct handle h, struct session_info *info);
/* A page of the sessions (of @only_tunnel, or of all if it is 0) that @wants wants. */
int list_sessions(struct mgmt_call *c, uint16_t only_tunnel, const char *const *columns,
		  session_filter *wants);

bool object_is_key(const struct mgmt_object *o, unsigned row);
/* A modified object's keys only said which it is: they are no settings. */
void object_forget_keys(const struct mgmt_object *o, void *conf);
/* Whether @verb of @o takes @row with a value. */
bool verb_takes_row(const struct mgmt_object *o, const struct mgmt_verb *verb, unsigned row);
/* What a list may be filtered by, or NULL. */
const struct param_table *verb_filters(const struct mgmt_object *o, const struct mgmt_verb *verb);
/* Whether it takes @row at all: with a value, or its name alone. */
bool verb_knows_row(const struct mgmt_object *o, const struct mgmt_verb *verb, unsigned row);

/* --- the configuration ------------------------------------------------------------------ */

/* Appends all that was set, as the commands that would set it: secrets in clear. */
void config_write(const struct mgmt *m, struct text *out);

/*
 * Makes what runs be what the file @path says. Nothing is changed if the file cannot
 * be read or has an error: -EINVAL, and @report has every bad line. Else @report
 * has the commands that were carried out (with @check: that would be), secrets
 * hidden, each ended by a newline; a few may have to wait for tunnels that are ending.
 */
int mgmt_reload(struct mgmt *m, const char *path, bool check, struct text *report);

/* Goes on with what had to wait; to be called after anything may have happened. */
void mgmt_settle(struct mgmt *m);

/* --- what happens by itself -------------------------------------------------------------- */

void mgmt_event(struct mgmt *m, const struct engine_event *event);
void mgmt_capture(struct mgmt *m, const struct engine_capture *message);
/* The event as names and values (static names, NULL-ended), for the environment of scripts. */
void event_environment(const struct engine *e, const struct engine_event *event,
		       void (*put)(void *arg, const char *name, const char *value), void *arg);

/* --- running ---------------------------------------------------------------------------- */

/* Where a command comes from decides what it may be. */
struct mgmt_ask {
	const struct words *words;
	bool abbreviated; /* prefixes are taken */
	bool reader;	  /* may look, not change */
	bool from_file;
	uint64_t cursor;
	unsigned page; /* 0: REPLY_PAGE records */
};

/*
 * Carries out one command. @done is called exactly once, possibly before this
 * returns; the reply is freed afterwards. NULL if it was; else the call that
 * waits, for mgmt_cancel().
 */
struct mgmt_call *mgmt_run(struct mgmt *m, const struct mgmt_ask *ask,
			   void (*done)(void *arg, struct reply *reply), void *arg);

/* Nobody waits for it any more: @done will not be called. */
void mgmt_cancel(struct mgmt_call *call);

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
