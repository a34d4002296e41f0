/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * udp.h - the engine's transport over real sockets. A socket's number is its
 * descriptor, which the kernel's datapath takes over.
 */
#ifndef L2TPD_UDP_H
#define L2TPD_UDP_H

#include "l2tpd/engine/transport.h"
#include "l2tpd/loop.h"

struct udp;

typedef void udp_received(void *arg, int socket, const struct endpoint *local,
			  const struct endpoint *peer, const void *datagram, size_t len);

struct udp *udp_new(struct loop *loop, udp_received *received, void *arg);
void udp_free(struct udp *u);

/* Listens on @port of all addresses, IPv4 and IPv6. -errno with *why if neither can be. */
int udp_listen(struct udp *u, uint16_t port, char **why);

struct transport udp_transport(struct udp *u);

#endif
