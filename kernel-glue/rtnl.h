/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnl.h - routes and addresses: rtnetlink, a function for each request. All block until
 * the kernel has answered and return 0 or -errno.
 */
#ifndef KERNEL_GLUE_RTNL_H
#define KERNEL_GLUE_RTNL_H

#include "kernel-glue/nl.h"
#include "lib/addr.h"

/* By which protocol our routes are known in `ip route`: a number that nobody else has. */
enum { RTNL_PROTOCOL = 108 };

struct rtnl_route {
	struct network to;
	unsigned interface;
	struct addr via; /* family 0: directly */
	uint32_t metric;
	uint32_t table;	  /* 0: the main one */
	bool local;	  /* it ends here (rtnl_route_get() alone) */
	bool unreachable; /* it leads nowhere, and whoever tries is told so */
};

/* Adds a route, before others to the same network. -EEXIST: just this one is there already. */
int rtnl_route_add(struct nl *n, const struct rtnl_route *route);
int rtnl_route_delete(struct nl *n, const struct rtnl_route *route);

/* Takes away what leads nowhere and is of our protocol: left by who was killed. */
int rtnl_flush_unreachable(struct nl *n);

/* The way that packets to @to take now. */
int rtnl_route_get(struct nl *n, const struct addr *to, struct rtnl_route *out);

/* The route that packets to @to take now, with the network that it is for. */
int rtnl_route_match(struct nl *n, const struct addr *to, struct rtnl_route *out);

/* Gives an interface an address, and thereby the network that it is of. */
int rtnl_addr_add(struct nl *n, unsigned interface, const struct addr *addr, uint8_t bits);

#endif
