/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/uplink.h"

#include "kernel-glue/rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct uplink {
	const struct l2tpd_host *host;
	struct host_watch *watch;
	int fd;
	void (*changed)(void *arg);
	void *arg;
};

/*
 * What is let through, as the kernel's filter. Its loads take numbers for big-endian, and
 * netlink's are the host's. A link of pppd's has the type PPP, and an address that is a whole
 * prefix (/32); a default route of ours has our protocol.
 */
#define AT(type, field)	     (NLMSG_HDRLEN + (uint32_t)offsetof(struct type, field))
#define LOAD_BYTE(at)	     BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at)
#define LOAD_HALF(at)	     BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at)
#define IF_EQUAL(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)
#define DROP		     BPF_STMT(BPF_RET | BPF_K, 0)
#define TAKE		     BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)

static int attach_filter(int fd)
{
	struct sock_filter code[] = {
		/*  0 */ LOAD_HALF(offsetof(struct nlmsghdr, nlmsg_type)),
		/*  1 */ IF_EQUAL(htons(RTM_NEWLINK), 6, 0),
		/*  2 */ IF_EQUAL(htons(RTM_DELLINK), 5, 0),
		/*  3 */ IF_EQUAL(htons(RTM_NEWADDR), 6, 0),
		/*  4 */ IF_EQUAL(htons(RTM_DELADDR), 5, 0),
		/*  5 */ IF_EQUAL(htons(RTM_NEWROUTE), 6, 0),
		/*  6 */ IF_EQUAL(htons(RTM_DELROUTE), 5, 0),
		/*  7 */ DROP,
		/*  8 */ LOAD_HALF(AT(ifinfomsg, ifi_type)),
		/*  9 */ IF_EQUAL(htons(ARPHRD_PPP), 7, 6),
		/* 10 */ LOAD_BYTE(AT(ifaddrmsg, ifa_prefixlen)),
		/* 11 */ IF_EQUAL(32, 5, 4),
		/* 12 */ LOAD_BYTE(AT(rtmsg, rtm_dst_len)),
		/* 13 */ IF_EQUAL(0, 0, 3),
		/* 14 */ LOAD_BYTE(AT(rtmsg, rtm_protocol)),
		/* 15 */ IF_EQUAL(RTNL_PROTOCOL, 1, 0),
		/* 16 */ TAKE,
		/* 17 */ DROP,
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* What it was is of no interest; that something was lost (ENOBUFS) is a change, too. */
static void on_ready(void *arg)
{
	struct uplink *u = arg;
	char message[64];
	bool any = false;

	while (recv(u->fd, message, sizeof(message), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		any = true;
	if (any)
		u->changed(u->arg);
}

static int open_socket(void)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK,
				   .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
						RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 &&
	    (attach_filter(fd) < 0 || bind(fd, (struct sockaddr *)&all, sizeof(all)) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

struct uplink *uplink_new(const struct l2tpd_host *host, void (*changed)(void *arg), void *arg)
{
	struct uplink *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	*u = (struct uplink){ .host = host, .fd = open_socket(), .changed = changed, .arg = arg };
	if (u->fd >= 0)
		u->watch = host->watch(host->ctx, u->fd, HOST_READ, on_ready, u);
	if (u->watch)
		return u;
	uplink_free(u);
	return NULL;
}

void uplink_free(struct uplink *u)
{
	if (!u)
		return;
	if (u->watch)
		u->host->unwatch(u->watch);
	if (u->fd >= 0)
		close(u->fd);
	free(u);
}
