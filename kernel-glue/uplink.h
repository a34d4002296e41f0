/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uplink.h - tells when this machine may have come into another network: an interface goes up or
 * down, gets an address or loses one, a default route comes or goes. What our own links do is no
 * such thing, nor what other PPP links do; the kernel sorts that out, so that a server whose links
 * come and go all the time, or a router that learns a million routes, is not woken for it.
 */
#ifndef KERNEL_GLUE_UPLINK_H
#define KERNEL_GLUE_UPLINK_H

#include <l2tpd/plugin.h>

struct uplink;

/* @changed is called from @host's loop, maybe often. NULL, errno says why. */
struct uplink *uplink_new(const struct l2tpd_host *host, void (*changed)(void *arg), void *arg);
void uplink_free(struct uplink *u); /* NULL is no error */

#endif
