/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nl.h - a netlink socket: one request after the other, each of them blocking until
 * the kernel has answered. One thread at a time.
 */
#ifndef KERNEL_GLUE_NL_H
#define KERNEL_GLUE_NL_H

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdbool.h>

struct nl {
	struct nl_sock *sock;
	int err; /* of the request under way */
	bool done;
	void (*answer)(struct nl_msg *msg, void *arg);
	void *arg;
};

/* Takes over a socket that is connected already. */
void nl_init(struct nl *n, struct nl_sock *connected);
/* NETLINK_ROUTE and the like; -EIO. */
int nl_open(struct nl *n, int protocol);
void nl_shut(struct nl *n);

/*
 * Sends @msg (with NLM_F_ACK, or NLM_F_DUMP), frees it, and waits for the kernel's word: 0 or
 * -errno. @bad: an attribute did not fit, and nothing is sent. @answer, unless NULL, sees what
 * comes before that.
 */
int nl_transact(struct nl *n, struct nl_msg *msg, int bad,
		void (*answer)(struct nl_msg *msg, void *arg), void *arg);

#endif
