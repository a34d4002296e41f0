/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mgmt_socket.h - the UNIX socket on which management clients connect.
 */
#ifndef L2TPD_MGMT_SOCKET_H
#define L2TPD_MGMT_SOCKET_H

#include "l2tpd/loop.h"
#include "l2tpd/mgmt/mgmt.h"

struct mgmt_socket;

/* Clients at a time; more wait to be accepted. */
enum { MGMT_CLIENTS_MAX = 64 };

/* Listens on @path (mode 0660). NULL with *why; a daemon that answers there already is an error. */
struct mgmt_socket *mgmt_socket_new(struct loop *loop, struct mgmt *m, const char *path,
				    char **why);
void mgmt_socket_free(struct mgmt_socket *s);

#endif
