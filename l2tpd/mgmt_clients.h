/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mgmt_clients.h - management clients on connections, wherever they come from.
 *
 * Nobody can hold up anybody else: a client is read only when it has fetched its
 * replies, one that stops in the middle of a request or of a reply is closed after
 * CLIENT_STALL_S, and when there are too many, the one that said nothing for longest
 * gives way.
 */
#ifndef L2TPD_MGMT_CLIENTS_H
#define L2TPD_MGMT_CLIENTS_H

#include "l2tpd/loop.h"
#include "l2tpd/mgmt/rpc.h"

struct mgmt_clients;

enum { MGMT_CLIENTS_MAX = 64, CLIENT_STALL_S = 10 };

/* NULL out of memory. */
struct mgmt_clients *mgmt_clients_new(struct loop *loop, struct mgmt *m);
/* Closes all listeners and clients. */
void mgmt_clients_free(struct mgmt_clients *c);

/* What a new connection may do; false: it is closed at once. */
typedef bool mgmt_judge(void *arg, int fd, struct rpc_terms *terms);

/* Takes connections on @fd, a listening stream socket that is @c's from now on. -ENOMEM. */
int mgmt_clients_listen(struct mgmt_clients *c, int fd, mgmt_judge *judge, void *arg);

#endif
