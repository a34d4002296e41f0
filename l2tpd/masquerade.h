/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * masquerade.h - what leaves by some links leaves with our address on them: nftables, in a
 * table of our own, changed by nft(8), which the launcher starts.
 *
 * The table is there while there is such a link. It also keeps TCP connections through
 * these links within their MTU, since what is behind us does not know it.
 */
#ifndef L2TPD_MASQUERADE_H
#define L2TPD_MASQUERADE_H

#include "l2tpd/launcher.h"
#include "lib/log.h"

struct masquerade;

/* @port: of the daemon, whose table is called after it. NULL out of memory. */
struct masquerade *masquerade_new(struct launcher *l, uint16_t port, const struct log *log,
				  void (*settled)(void *arg), void *arg);
void masquerade_free(struct masquerade *m);

/* Saying it again does no harm. */
void masquerade_link_up(struct masquerade *m, const char *interface);
void masquerade_link_down(struct masquerade *m, const char *interface);

/* Nothing is under way. */
bool masquerade_is_settled(const struct masquerade *m);

#endif
