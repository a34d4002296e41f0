/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/nl.h"

#include <errno.h>

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct nl *n = arg;

	(void)from;
	n->err = e->error;
	n->done = true;
	return NL_STOP;
}

/* An acknowledgement, or the end of a list. */
static int on_end(struct nl_msg *msg, void *arg)
{
	struct nl *n = arg;

	(void)msg;
	n->done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nl *n = arg;

	if (n->answer)
		n->answer(msg, n->arg);
	return NL_OK;
}

void nl_init(struct nl *n, struct nl_sock *connected)
{
	*n = (struct nl){ .sock = connected };
	nl_socket_disable_seq_check(n->sock);
	nl_socket_modify_err_cb(n->sock, NL_CB_CUSTOM, on_error, n);
	nl_socket_modify_cb(n->sock, NL_CB_ACK, NL_CB_CUSTOM, on_end, n);
	nl_socket_modify_cb(n->sock, NL_CB_FINISH, NL_CB_CUSTOM, on_end, n);
	nl_socket_modify_cb(n->sock, NL_CB_VALID, NL_CB_CUSTOM, on_valid, n);
}

int nl_open(struct nl *n, int protocol)
{
	struct nl_sock *sock = nl_socket_alloc();

	*n = (struct nl){ 0 };
	if (sock && nl_connect(sock, protocol) == 0) {
		nl_init(n, sock);
		return 0;
	}
	if (sock)
		nl_socket_free(sock);
	return -EIO;
}

void nl_shut(struct nl *n)
{
	if (n->sock)
		nl_socket_free(n->sock);
	n->sock = NULL;
}

int nl_transact(struct nl *n, struct nl_msg *msg, int bad,
		void (*answer)(struct nl_msg *msg, void *arg), void *arg)
{
	int err = bad ? -EMSGSIZE : 0;

	n->err = 0;
	n->done = false;
	n->answer = answer;
	n->arg = arg;
	if (!err)
		err = nl_send_auto(n->sock, msg) < 0 ? -EIO : 0;
	nlmsg_free(msg);
	while (!err && !n->done)
		err = nl_recvmsgs_default(n->sock) < 0 && !n->done ? -EIO : 0;
	return err ? err : n->err;
}
