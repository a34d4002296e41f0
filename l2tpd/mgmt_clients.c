/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt_clients.h"

#include "lib/list.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SWEEP_MS = 5000 };

struct listener {
	struct list link;
	struct mgmt_clients *all;
	int fd;
	struct loop_watch *watch;
	mgmt_judge *judge;
	void *arg;
};

struct mgmt_clients {
	struct loop *loop;
	struct mgmt *m;
	struct list listeners;
	struct list clients; /* who was silent for longest first */
	unsigned count;
	struct loop_timer *sweep;
};

struct client {
	struct list link;
	struct mgmt_clients *all;
	int fd;
	struct loop_watch *watch;
	struct rpc_conn *rpc;
	uint64_t moved_ms; /* when bytes last went either way */
};

static void client_free(struct client *cl)
{
	list_del(&cl->link);
	cl->all->count--;
	loop_unwatch(cl->watch);
	cl->watch = NULL;
	rpc_conn_free(cl->rpc);
	close(cl->fd);
	free(cl);
}

/*
 * Reads only while the client has fetched its replies; but while it waits for one,
 * its going away is noticed (take_requests).
 */
static void watch_what_matters(struct client *cl)
{
	const void *p;
	bool out = rpc_conn_output(cl->rpc, &p) > 0;
	bool in = rpc_conn_wants_input(cl->rpc) || rpc_conn_is_busy(cl->rpc);

	loop_watch_set(cl->watch, (out ? LOOP_WRITE : 0) | (in ? LOOP_READ : 0));
}

static void reply_ready(void *arg)
{
	struct client *cl = arg;

	if (cl->watch)
		watch_what_matters(cl);
}

static void moved(struct client *cl)
{
	cl->moved_ms = loop_now_ms();
	list_del(&cl->link);
	list_add_tail(&cl->all->clients, &cl->link);
}

/* -1: the client is gone. */
static int send_replies(struct client *cl)
{
	const void *p;
	size_t len;

	while ((len = rpc_conn_output(cl->rpc, &p)) > 0) {
		ssize_t n = send(cl->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		moved(cl);
		rpc_conn_sent(cl->rpc, (size_t)n);
	}
	return 0;
}

/* Who waits for a reply has nothing to say, but may go. 1: it says something all the same. */
static int look(struct client *cl)
{
	char byte;
	ssize_t n = recv(cl->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return n == 0 ? -1 : 1;
}

static int take_requests(struct client *cl)
{
	char chunk[16384];
	ssize_t n;

	if (!rpc_conn_wants_input(cl->rpc))
		return 0;
	n = recv(cl->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	moved(cl);
	return n == 0 ? -1 : rpc_conn_input(cl->rpc, chunk, (size_t)n);
}

static void on_client(void *arg)
{
	struct client *cl = arg;
	int ahead = rpc_conn_is_busy(cl->rpc) ? look(cl) : 0;

	if (ahead < 0 || send_replies(cl) < 0 || take_requests(cl) < 0 || send_replies(cl) < 0) {
		client_free(cl);
		return;
	}
	watch_what_matters(cl);
	if (ahead && rpc_conn_is_busy(cl->rpc)) /* it is heard when it has its reply */
		loop_watch_set(cl->watch, 0);
}

/* --- who comes, and who has to go ------------------------------------------------------- */

/* Stopped half-way: of a request that it sends, or of a reply that it does not fetch. */
static bool is_stalled(const struct client *cl, uint64_t now_ms)
{
	const void *p;

	return (rpc_conn_is_partial(cl->rpc) || rpc_conn_output(cl->rpc, &p) > 0) &&
	       now_ms - cl->moved_ms > CLIENT_STALL_S * 1000;
}

static void on_sweep(void *arg)
{
	struct mgmt_clients *c = arg;
	uint64_t now = loop_now_ms();
	struct list *at, *tmp;

	list_for_each_safe (at, tmp, &c->clients) {
		struct client *cl = container_of(at, struct client, link);

		if (is_stalled(cl, now))
			client_free(cl);
	}
	if (c->count)
		loop_timer_start(c->sweep, SWEEP_MS);
}

static void make_room(struct mgmt_clients *c)
{
	struct list *at;

	list_for_each (at, &c->clients) {
		struct client *cl = container_of(at, struct client, link);

		if (!rpc_conn_is_busy(cl->rpc)) {
			client_free(cl);
			return;
		}
	}
	client_free(container_of(c->clients.next, struct client, link));
}

static bool take_client(struct mgmt_clients *c, int fd, const struct rpc_terms *terms)
{
	struct client *cl = calloc(1, sizeof(*cl));

	if (!cl)
		return false;
	cl->all = c;
	cl->fd = fd;
	cl->moved_ms = loop_now_ms();
	cl->rpc = rpc_conn_new(c->m, terms, reply_ready, cl);
	cl->watch = cl->rpc ? loop_watch(c->loop, fd, LOOP_READ, on_client, cl) : NULL;
	if (!cl->watch) {
		rpc_conn_free(cl->rpc);
		free(cl);
		return false;
	}
	if (c->count == MGMT_CLIENTS_MAX)
		make_room(c);
	list_add_tail(&c->clients, &cl->link);
	if (c->count++ == 0)
		loop_timer_start(c->sweep, SWEEP_MS);
	return true;
}

static void on_connect(void *arg)
{
	struct listener *l = arg;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct rpc_terms terms = { .access = RPC_NOTHING };

	if (fd < 0)
		return;
	if (!l->judge(l->arg, fd, &terms) || !take_client(l->all, fd, &terms))
		close(fd);
}

int mgmt_clients_listen(struct mgmt_clients *c, int fd, mgmt_judge *judge, void *arg)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l) {
		*l = (struct listener){ .all = c, .fd = fd, .judge = judge, .arg = arg };
		l->watch = loop_watch(c->loop, fd, LOOP_READ, on_connect, l);
	}
	if (!l || !l->watch) {
		free(l);
		close(fd);
		return -ENOMEM;
	}
	list_add_tail(&c->listeners, &l->link);
	return 0;
}

/* --- life ---------------------------------------------------------------------------------- */

struct mgmt_clients *mgmt_clients_new(struct loop *loop, struct mgmt *m)
{
	struct mgmt_clients *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->loop = loop;
	c->m = m;
	list_init(&c->listeners);
	list_init(&c->clients);
	c->sweep = loop_timer_new(loop, on_sweep, c);
	if (c->sweep)
		return c;
	free(c);
	return NULL;
}

void mgmt_clients_free(struct mgmt_clients *c)
{
	if (!c)
		return;
	while (!list_empty(&c->listeners)) {
		struct listener *l = container_of(c->listeners.next, struct listener, link);

		list_del(&l->link);
		loop_unwatch(l->watch);
		close(l->fd);
		free(l);
	}
	while (!list_empty(&c->clients))
		client_free(container_of(c->clients.next, struct client, link));
	loop_timer_free(c->sweep);
	free(c);
}
