/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts.h - what a peer told us of a call, kept as the AVPs that said so.
 *
 * Numbers called, speeds, the access line, proxy authentication, ACCM, errors of
 * the line: a call has few of them, rows of the AVP table say what they are, and
 * they are only looked at when somebody asks. So they are kept as bytes, in
 * clear, a few dozen a call; a later message's value replaces an earlier one.
 */
#ifndef L2TPD_ENGINE_FACTS_H
#define L2TPD_ENGINE_FACTS_H

#include "l2tpd/wire/msg.h"
#include "lib/value.h"

enum { FACTS_MAX_BYTES = 2048 }; /* a peer cannot make us keep more for a call */

struct facts {
	uint8_t *bytes;
	uint16_t len;
};

/* Keeps what @m tells of the call, proxies only if @proxy. Returns how many AVPs found no room. */
unsigned facts_take(struct facts *f, const struct msg *m, bool proxy);

/* Keeps @v as the value of @a. False if there is no room. */
bool facts_put(struct facts *f, enum avp a, const union avp_value *v);

/* The value of @a, pointing into @f; false if nobody told. */
bool facts_get(const struct facts *f, enum avp a, union avp_value *v);

/* The value of @a as people and scripts see it; a secret is "(hidden)". VALUE_NONE if nobody told.
 */
struct value facts_value(const struct facts *f, enum avp a);

void facts_free(struct facts *f);

#endif
