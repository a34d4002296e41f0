/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt_socket.h"

#include "l2tpd/mgmt/rpc.h"
#include "lib/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct mgmt_socket {
	struct loop *loop;
	struct mgmt *m;
	int fd;
	struct loop_watch *watch;
	struct list clients;
	unsigned client_count;
	struct sockaddr_un addr;
};

struct client {
	struct list link;
	struct mgmt_socket *socket;
	int fd;
	struct loop_watch *watch;
	struct rpc_conn *rpc;
};

static void client_free(struct client *cl)
{
	struct mgmt_socket *s = cl->socket;

	list_del(&cl->link);
	loop_unwatch(cl->watch);
	rpc_conn_free(cl->rpc);
	close(cl->fd);
	free(cl);
	if (s->client_count-- == MGMT_CLIENTS_MAX && s->watch)
		loop_watch_set(s->watch, LOOP_READ);
}

/* Reads only while the client has fetched its replies: a slow one holds up but itself. */
static void watch_what_matters(struct client *cl)
{
	const void *p;
	bool out = rpc_conn_output(cl->rpc, &p) > 0;

	loop_watch_set(cl->watch,
		       (out ? LOOP_WRITE : 0) | (rpc_conn_wants_input(cl->rpc) ? LOOP_READ : 0));
}

static void reply_ready(void *arg)
{
	struct client *cl = arg;

	if (cl->watch)
		watch_what_matters(cl);
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
		rpc_conn_sent(cl->rpc, (size_t)n);
	}
	return 0;
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
	return n == 0 ? -1 : rpc_conn_input(cl->rpc, chunk, (size_t)n);
}

static void on_client(void *arg)
{
	struct client *cl = arg;

	if (send_replies(cl) < 0 || take_requests(cl) < 0 || send_replies(cl) < 0)
		client_free(cl);
	else
		watch_what_matters(cl);
}

static void on_connect(void *arg)
{
	struct mgmt_socket *s = arg;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *cl;

	if (fd < 0)
		return;
	cl = calloc(1, sizeof(*cl));
	if (cl) {
		cl->socket = s;
		cl->fd = fd;
		cl->rpc = rpc_conn_new(s->m, reply_ready, cl);
		cl->watch = cl->rpc ? loop_watch(s->loop, fd, LOOP_READ, on_client, cl) : NULL;
	}
	if (!cl || !cl->watch) {
		rpc_conn_free(cl ? cl->rpc : NULL);
		free(cl);
		close(fd);
		return;
	}
	list_add_tail(&s->clients, &cl->link);
	if (++s->client_count == MGMT_CLIENTS_MAX)
		loop_watch_set(s->watch, 0);
}

/* A socket file that nobody answers on was left by a daemon that was killed. */
static int remove_stale(const struct sockaddr_un *addr, char **why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? errno : 0;
	close(fd);
	if (err == 0)
		return why_set(why, EADDRINUSE,
			       "%s: another l2tpd answers there (-s takes another socket)",
			       addr->sun_path);
	if (err == ECONNREFUSED && stat(addr->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(addr->sun_path);
	return 0;
}

static int listen_on(struct mgmt_socket *s, char **why)
{
	mode_t old;
	int err = remove_stale(&s->addr, why);

	if (err)
		return err;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	old = umask(0117);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&s->addr, sizeof(s->addr)) < 0 ||
	    listen(s->fd, 16) < 0)
		err = why_set(why, errno, "cannot listen on %s: %s", s->addr.sun_path,
			      strerror(errno));
	umask(old);
	return err;
}

struct mgmt_socket *mgmt_socket_new(struct loop *loop, struct mgmt *m, const char *path, char **why)
{
	struct mgmt_socket *s;

	if (strlen(path) >= sizeof(s->addr.sun_path)) {
		why_set(why, ENAMETOOLONG, "%s: a socket's path has at most %zu bytes", path,
			sizeof(s->addr.sun_path) - 1);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->loop = loop;
	s->m = m;
	s->fd = -1;
	list_init(&s->clients);
	s->addr.sun_family = AF_UNIX;
	strcpy(s->addr.sun_path, path);
	if (listen_on(s, why) == 0)
		s->watch = loop_watch(loop, s->fd, LOOP_READ, on_connect, s);
	if (s->watch)
		return s;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
	return NULL;
}

void mgmt_socket_free(struct mgmt_socket *s)
{
	if (!s)
		return;
	loop_unwatch(s->watch);
	s->watch = NULL;
	while (!list_empty(&s->clients))
		client_free(container_of(s->clients.next, struct client, link));
	unlink(s->addr.sun_path);
	close(s->fd);
	free(s);
}
