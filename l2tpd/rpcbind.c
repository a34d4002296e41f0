/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/rpcbind.h"

#include "mgmt_proto.h"

#include <arpa/inet.h>
#include <rpc/pmap_clnt.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Asking a rpcbind that is not there would wait for it. */
static const char socket_path[] = "/run/rpcbind.sock";

static bool set(const char *transport, const char *universal)
{
	struct netconfig *nc = getnetconfigent(transport);
	struct netbuf *addr = nc ? uaddr2taddr(nc, universal) : NULL;
	bool done = addr && rpcb_set(L2TPD_MGMT, L2TPD_MGMT_V1, nc, addr);

	if (addr) {
		free(addr->buf);
		free(addr);
	}
	if (nc)
		freenetconfigent(nc);
	return done;
}

/* Whether another daemon has the place and is there: whatever address it listens on, its port is
 * not to be had. */
static bool is_taken(uint16_t ours)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint16_t port = pmap_getport(&at, L2TPD_MGMT, L2TPD_MGMT_V1, IPPROTO_TCP);
	int fd, one = 1;
	bool taken;

	if (!port || port == ours)
		return false;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	taken = fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0;
	if (fd >= 0)
		close(fd);
	return taken;
}

bool rpcbind_register(uint16_t port)
{
	char universal[64];

	if (access(socket_path, F_OK) < 0 || is_taken(port))
		return false;
	rpcbind_unregister(); /* what a daemon left that was killed */
	snprintf(universal, sizeof(universal), "0.0.0.0.%u.%u", port >> 8, port & 255);
	return set("tcp", universal) && set("udp", universal);
}

void rpcbind_unregister(void)
{
	if (access(socket_path, F_OK) == 0)
		rpcb_unset(L2TPD_MGMT, L2TPD_MGMT_V1, NULL);
}
