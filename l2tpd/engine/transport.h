/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transport.h - what the engine asks of UDP.
 *
 * Sockets are named by small numbers that mean nothing to the engine. What is
 * received, on whichever socket, comes in through engine_input().
 */
#ifndef L2TPD_ENGINE_TRANSPORT_H
#define L2TPD_ENGINE_TRANSPORT_H

#include "lib/addr.h"

#include <stddef.h>

struct transport {
	void *ctx;
	/* The socket of @family that listens for new tunnels; -1 if none does. It is never closed.
	 */
	int (*listener)(void *ctx, int family);
	/*
	 * A socket bound to @local, whose port is filled in if it was 0; an
	 * address of no family means any of @family. Several may share one address and port.
	 * The socket's number, or -errno.
	 */
	int (*open)(void *ctx, int family, struct endpoint *local);
	/* From now on only @peer's datagrams are received there; may be repeated. 0 or -errno. */
	int (*connect)(void *ctx, int socket, const struct endpoint *peer);
	/* Marks what is sent from it with a DiffServ code point. 0 or -errno. */
	int (*mark)(void *ctx, int socket, unsigned dscp);
	/* Its packets are never to be fragmented on the way (path MTU discovery). 0 or -errno. */
	int (*discover_pmtu)(void *ctx, int socket);
	void (*close)(void *ctx, int socket);
	/* From @local if the socket is bound to no address. Losing a datagram is no error. */
	void (*send)(void *ctx, int socket, const struct endpoint *local,
		     const struct endpoint *peer, const void *datagram, size_t len);
};

#endif
