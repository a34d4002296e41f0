/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * param.h - parameters as rows of a table.
 *
 * A parameter is one row and one member of a struct. Parsing, bounds, defaults,
 * inheritance, show, JSON, help and completion are read from the row; how the
 * member is stored is derived from its C type, so row and struct cannot
 * disagree. A struct described by such a table begins with `uint64_t set`: bit n
 * says that row n was given a value here, rather than inherited.
 *
 * Strings in such a struct are owned by it (param_free, param_merge).
 *
 * What lives in this folder: what daemon, CLI and plugins share and what knows of
 * no tunnel. Containers (list, idmap, keymap) and timers whose cost does not
 * grow with what they hold; text, values and addresses; parameters (here), the
 * words of the command language (lang) and what was meant by them (near); the log
 * and its budgets; as much of DHCP as both ends of a link need (dhcp); and
 * mgmt_proto.x, the management protocol. Nothing here includes from elsewhere.
 */
#ifndef LIB_PARAM_H
#define LIB_PARAM_H

#include "lib/addr.h"
#include "lib/text.h"
#include "lib/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum param_store {
	STORE_BOOL,
	STORE_U8, /* enumerations */
	STORE_U16,
	STORE_U32,
	STORE_U64,
	STORE_S32,
	STORE_STR,
	STORE_ADDR,
};

#define PARAM_STORE_OF(type, member)                                                               \
	_Generic(((struct type *)0)->member, bool: STORE_BOOL, uint8_t: STORE_U8,                  \
		 uint16_t: STORE_U16, uint32_t: STORE_U32, uint64_t: STORE_U64,                    \
		 int32_t: STORE_S32, char *: STORE_STR, struct addr: STORE_ADDR)

/* The two facts of a row that the compiler knows: where the value is and how it is stored. */
#define FIELD(type, member)                                                                        \
	.offset = offsetof(struct type, member), .store = PARAM_STORE_OF(type, member)

enum param_flag {
	PARAM_CREATE = 1,      /* settable at creation only */
	PARAM_KEY = 2,	       /* names the object */
	PARAM_SECRET = 4,      /* never shown or logged */
	PARAM_FLAGS = 8,       /* a comma list of words, stored as their bits */
	PARAM_HOST = 16,       /* an address or a host name */
	PARAM_ACTION = 32,     /* setting it does something; it holds nothing */
	PARAM_TIME = 64,       /* seconds since 1970 (UTC), shown as ISO 8601 */
	PARAM_OBJECT = 128,    /* of the object alone: a profile cannot give it */
	PARAM_HEX = 256,       /* bytes, as text of hexadecimal digits; min and max count bytes */
	PARAM_NETWORKS = 4096, /* networks, as 10.1.0.0/16, separated by commas */
	PARAM_LIST = 2048,     /* several of them, separated by commas */
	PARAM_NO_ZERO = 1024,  /* 0 is nothing: shown as null */
	PARAM_BIT = 512,       /* another spelling: yes or no for the bit @dflt of the row @of */
};

/* A name for a value: of an enumeration, or for bits of a flag set. Tables end with a NULL name. */
struct param_word {
	const char *name;
	uint32_t value;
	bool alias; /* understood, never written */
};

enum { PARAM_ALIASES = 2 };

struct param {
	const char *name;
	const char *alias[PARAM_ALIASES];
	size_t offset;
	enum param_store store;
	unsigned flags;
	int64_t min, max;      /* both 0: all that the storage holds; text: bytes */
	int64_t dflt;	       /* the built-in default */
	const char *dflt_text; /* the same for text */
	const struct param_word *words;
	const char *unit; /* "s", "ms", "bytes" */
	const char *of;	  /* PARAM_BIT: the row that holds the value */
	const char *help;
};

struct param_table {
	const struct param *row;
	unsigned count; /* at most 64 */
	size_t size;	/* of the struct */
};

#define PARAM_TABLE(rows, type)                                                                    \
	{                                                                                          \
		.row = (rows), .count = sizeof(rows) / sizeof((rows)[0]),                          \
		.size = sizeof(struct type)                                                        \
	}

/* The row called @name (or so aliased), -1 if none. */
int param_find(const struct param_table *t, const char *name);

/*
 * Parses @text into the row's member of @conf and marks it set. A NULL text is
 * allowed where a boolean or an action stands alone. -EINVAL with *why (which
 * names the parameter, what was found and what would be right), -ENOMEM;
 * nothing has changed then.
 */
int param_set(const struct param_table *t, unsigned row, void *conf, const char *text, char **why);

/* The row that holds what @row says: itself, unless it is another spelling (PARAM_BIT). */
unsigned param_holder(const struct param_table *t, unsigned row);

/* Forgets what was set here. */
void param_unset(const struct param_table *t, unsigned row, void *conf);

bool param_is_set(const void *conf, unsigned row);

/* The row's value in @conf; a secret is VALUE_TEXT "(hidden)" if it has one. -ENOMEM. */
int param_value(const struct param_table *t, unsigned row, const void *conf, struct value *out);

/* What param_set() would accept as the same value: for files and for help. Secrets in clear. */
int param_text(const struct param_table *t, unsigned row, const void *conf, struct text *out);

/* What kind of value the row takes, for help and for errors: "yes or no", "0..3600 s". */
void param_domain(const struct param *p, struct text *out);

/*
 * Fills @out (zeroed or freed) from the first of @layer[0..n) that sets each
 * row, else from the built-in defaults. NULL layers are skipped. origin[row],
 * where wanted, becomes the layer's index, n for the default. out->set is the
 * set of layer 0. -ENOMEM.
 */
int param_resolve(const struct param_table *t, void *out, const void *const layer[], unsigned n,
		  uint8_t *origin);

/* Copies @row's value, without marking it as set. -ENOMEM: it is as it was. */
int param_copy(const struct param_table *t, unsigned row, void *to, const void *from);

/* Copies every row that @from sets over @to, and marks it there. -ENOMEM: @to may have part. */
int param_merge(const struct param_table *t, void *to, const void *from);

/* Frees all strings and zeroes the struct. */
void param_free(const struct param_table *t, void *conf);

/* The bytes that a PARAM_HEX value stands for, into @out; how many. NULL is none. */
size_t param_hex_bytes(const char *hex, uint8_t *out, size_t cap);

/* The value of @word in @words, in any case; false if there is none. */
bool param_word_value(const struct param_word *words, const char *word, size_t len,
		      uint32_t *value);

/* The (first, proper) name of @value, or NULL. */
const char *param_word_name(const struct param_word *words, uint32_t value);

#endif
