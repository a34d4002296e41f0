/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * routes.h - what is routed through links, and the way to their peers beside them.
 *
 * A route through a link goes when the link's interface goes: the kernel sees to it. What
 * must be taken away is the host route to a tunnel's peer, which is put in before a route
 * that would otherwise lead the tunnel into itself, and lives as long as any link needs it.
 * Behind it stands a second one that leads nowhere: if the way outside is lost while the
 * link still stands, the tunnel's packets must not come into the tunnel.
 *
 * Requests are carried out by a thread, in the order in which they are made.
 */
#ifndef KERNEL_GLUE_ROUTES_H
#define KERNEL_GLUE_ROUTES_H

#include "l2tpd/engine/handle.h"
#include "lib/addr.h"

#include <l2tpd/plugin.h>

struct routes;

struct routes_link {
	struct handle handle;
	const char *interface;
	struct addr peer;      /* that the tunnel goes to */
	bool default_route;    /* all of IPv4 through it */
	const char *networks;  /* a list, or NULL */
	bool again;	       /* they changed while it is up */
	struct network prefix; /* IPv6: our end gets its first address; family 0: none */
};

/* NULL with *why. */
struct routes *routes_new(const struct l2tpd_host *host, char **why);
/* Takes away what is not the kernel's to take away. */
void routes_free(struct routes *r);

/* A link is up; or more is known of it. What cannot be done is logged. */
void routes_link_up(struct routes *r, const struct routes_link *link);
void routes_link_down(struct routes *r, struct handle handle);

#endif
