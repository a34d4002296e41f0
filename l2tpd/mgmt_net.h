/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mgmt_net.h - management over the network: TCP and UDP, only when asked for, and only
 * for those who call from allowed networks.
 *
 * Sun RPC is neither encrypted nor strongly authenticated: who can send packets from an
 * allowed address manages the daemon. The log says so at the start.
 */
#ifndef L2TPD_MGMT_NET_H
#define L2TPD_MGMT_NET_H

#include "l2tpd/mgmt_clients.h"

struct mgmt_net;

/* Where to listen, and whom to. */
struct mgmt_net_options {
	const char *listen;	  /* "ADDRESS[:PORT]"; port 0 or none: any, as rpcbind tells */
	const char *const *allow; /* "ADDRESS[/BITS]"; none: this machine alone */
	unsigned allowed;
};

/* Whether the texts are what they should be: -EINVAL with *why. */
int mgmt_net_check(const struct mgmt_net_options *o, char **why);

/* NULL with *why. */
struct mgmt_net *mgmt_net_new(struct loop *loop, struct mgmt_clients *clients, struct mgmt *m,
			      const struct mgmt_net_options *o, char **why);
/* Before mgmt_clients_free(). */
void mgmt_net_free(struct mgmt_net *n);

#endif
