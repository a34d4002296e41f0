/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - the Linux L2TP subsystem as a datapath (l2tpd/engine/datapath.h).
 *
 * What lives in this folder: nl.c carries one netlink request out after the other;
 * genl.c has those of generic netlink (the family "l2tp": tunnels, PPP sessions,
 * counters), rtnl.c those of rtnetlink (routes, addresses). pppox.c opens the PPPoX
 * socket that pppd gets. worker.c carries requests out in a thread of its own; kernel.c
 * joins genl.c and pppox.c behind the engine's interface, routes.c sees to what is
 * routed through links that are up, and uplink.c notices that the machine came into
 * another network.
 *
 * Why a thread: the kernel handles a netlink request before sendmsg() returns,
 * and deleting a session waits there for an RCU grace period, often 10 ms and
 * more. The loop that serves thousands of tunnels must not. Requests are
 * carried out in the order in which they were made; results come back to the
 * loop through an eventfd.
 *
 * A managed tunnel takes over the daemon's UDP socket: data packets never leave
 * the kernel, control packets still reach the daemon. When the daemon dies its
 * sockets are closed and the kernel drops tunnels and sessions by itself.
 */
#ifndef KERNEL_GLUE_KERNEL_H
#define KERNEL_GLUE_KERNEL_H

#include "l2tpd/engine/datapath.h"

#include <l2tpd/plugin.h>

struct kernel;

/*
 * NULL with *why if this kernel cannot carry L2TP (it names the module that is
 * missing). @result is called from the loop.
 */
struct kernel *kernel_new(const struct l2tpd_host *host,
			  void (*result)(void *arg, const struct dp_result *result), void *arg,
			  char **why);

/* What was requested and not yet done is dropped. */
void kernel_free(struct kernel *k);

struct datapath *kernel_datapath(struct kernel *k);

#endif
