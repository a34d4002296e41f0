/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mutate.h - what mutate.c has to know of a target whose input is pieces of
 * messages (see harness_piece()).
 */
#ifndef TESTS_FUZZ_MUTATE_H
#define TESTS_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>

extern const bool mutate_prefix; /* one byte stands before all pieces */
extern const size_t mutate_head; /* bytes before the first AVP in each piece */

#endif
