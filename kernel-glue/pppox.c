/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/pppox.h"

#include "lib/text.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_pppox.h>

int pppox_check(char **why)
{
	int fd = socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP);

	if (fd < 0)
		return why_set(why, errno,
			       "the kernel has no PPP over L2TP (%s): modprobe l2tp_ppp",
			       strerror(errno));
	close(fd);
	if (access("/dev/ppp", F_OK) < 0)
		return why_set(why, errno, "/dev/ppp is missing: modprobe ppp_generic");
	return 0;
}

/* Descriptor -1: tunnel and session exist already and are found by their ids. */
int pppox_open(uint16_t tunnel_id, uint16_t session_id, uint16_t peer_tunnel_id,
	       uint16_t peer_session_id)
{
	struct sockaddr_pppol2tp sa = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp = {
			.fd = -1,
			.addr.sin_family = AF_INET,
			.s_tunnel = tunnel_id,
			.s_session = session_id,
			.d_tunnel = peer_tunnel_id,
			.d_session = peer_session_id,
		},
	};
	int fd = socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}
