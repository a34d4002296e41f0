/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - the values of AVPs, for people to read.
 */
#ifndef L2TPD_WIRE_WORDS_H
#define L2TPD_WIRE_WORDS_H

#include "l2tpd/wire/avp.h"
#include "lib/text.h"

/* Appends the value: text made printable, bytes in hexadecimal, secrets as "(hidden)". */
void avp_words(enum avp a, const union avp_value *v, struct text *out);

#endif
