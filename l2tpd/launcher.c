/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher.c - the daemon's side of the launcher: orders go out, ends come in.
 */
#include "l2tpd/launcher.h"
#include "l2tpd/launcher_wire.h"

#include "lib/keymap.h"
#include "lib/list.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An order that the socket had no room for waits here. */
struct order {
	struct list link;
	int fds[LAUNCH_MAX_FDS];
	unsigned fd_count;
	size_t len;
	struct launch_request request; /* only its first len bytes are there */
};

struct running {
	struct keymap_node by_number;
	struct list link;
	uint32_t number;
	void (*exited)(void *arg, int status, int error);
	void *arg;
};

struct launcher {
	int fd;
	struct loop_watch *watch;
	struct list waiting, all;
	struct keymap running;
	uint32_t next;
	void (*lost)(void *);
	void *arg;
};

int launcher_fork(void)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -errno;
	}
	if (pid == 0) {
		close(ends[0]);
		launcher_child_run(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void order_free(struct order *o)
{
	for (unsigned i = 0; i < o->fd_count; i++)
		close(o->fds[i]);
	list_del(&o->link);
	free(o);
}

/* 0, or -EAGAIN if the socket is full. */
static int transmit(struct launcher *l, const struct launch_request *r, size_t len, const int *fds,
		    unsigned count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(LAUNCH_MAX_FDS * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)(uintptr_t)r, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		struct cmsghdr *c;

		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&mh);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	return sendmsg(l->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void flush_waiting(struct launcher *l)
{
	while (!list_empty(&l->waiting)) {
		struct order *o = container_of(l->waiting.next, struct order, link);

		if (transmit(l, &o->request, o->len, o->fds, o->fd_count) == -EAGAIN)
			return;
		order_free(o);
	}
	loop_watch_set(l->watch, LOOP_READ);
}

/* Keeps the order, with descriptors of its own, until there is room. */
static int postpone(struct launcher *l, const struct launch_request *r, size_t len, const int *fds,
		    unsigned count)
{
	struct order *o = calloc(1, offsetof(struct order, request) + len);

	if (!o)
		return -ENOMEM;
	list_init(&o->link);
	memcpy(&o->request, r, len);
	o->len = len;
	for (unsigned i = 0; i < count; i++) {
		o->fds[i] = dup(fds[i]);
		if (o->fds[i] < 0) {
			order_free(o);
			return -EMFILE;
		}
		o->fd_count++;
	}
	list_add_tail(&l->waiting, &o->link);
	loop_watch_set(l->watch, LOOP_READ | LOOP_WRITE);
	return 0;
}

static int order(struct launcher *l, const struct launch_request *r, const int *fds, unsigned count)
{
	size_t len = offsetof(struct launch_request, text) + r->text_len;
	int err = list_empty(&l->waiting) ? transmit(l, r, len, fds, count) : -EAGAIN;

	return err == -EAGAIN ? postpone(l, r, len, fds, count) : err;
}

static int add_strings(struct launch_request *r, const char *const *strings, uint32_t *count)
{
	for (*count = 0; strings && strings[*count]; (*count)++) {
		size_t n = strlen(strings[*count]) + 1;

		if (n > sizeof(r->text) - r->text_len || *count + 1 >= LAUNCH_MAX_STRINGS)
			return -E2BIG;
		memcpy(r->text + r->text_len, strings[*count], n);
		r->text_len += (uint32_t)n;
	}
	return 0;
}

int launcher_spawn(struct launcher *l, const struct host_spawn *spawn,
		   void (*exited)(void *arg, int status, int error), void *arg)
{
	struct launch_request *r;
	struct running *run;
	int err;

	if (spawn->fd_count > LAUNCH_MAX_FDS)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	run = calloc(1, sizeof(*run));
	if (!r || !run) {
		free(r);
		free(run);
		return -ENOMEM;
	}
	l->next = l->next % INT32_MAX + 1;
	*run = (struct running){ .number = l->next, .exited = exited, .arg = arg };
	r->order = LAUNCH_SPAWN;
	r->child = run->number;
	err = add_strings(r, spawn->argv, &r->argc);
	if (!err)
		err = add_strings(r, spawn->env, &r->envc);
	if (!err)
		err = order(l, r, spawn->fds, spawn->fd_count);
	if (!err)
		err = keymap_add(&l->running, &run->by_number, &run->number, sizeof(run->number));
	free(r);
	if (err) {
		free(run);
		return err;
	}
	list_add_tail(&l->all, &run->link);
	return (int)run->number;
}

void launcher_kill(struct launcher *l, int child, int signo)
{
	struct launch_request r = { .order = LAUNCH_KILL,
				    .child = (uint32_t)child,
				    .signo = signo };

	(void)order(l, &r, NULL, 0);
}

static void forget(struct launcher *l, struct running *run)
{
	keymap_del(&l->running, &run->by_number);
	list_del(&run->link);
	free(run);
}

static void ended(struct launcher *l, const struct launch_report *report)
{
	struct keymap_node *n = keymap_get(&l->running, &report->child, sizeof(report->child));
	struct running *run = n ? container_of(n, struct running, by_number) : NULL;

	if (!run)
		return;
	run->exited(run->arg, report->status, report->error);
	forget(l, run);
}

static void ready(void *arg)
{
	struct launcher *l = arg;
	struct launch_report report;
	ssize_t n;

	flush_waiting(l);
	while ((n = recv(l->fd, &report, sizeof(report), MSG_DONTWAIT)) > 0)
		if (n == sizeof(report))
			ended(l, &report);
	if (n == 0) {
		loop_unwatch(l->watch);
		l->watch = NULL;
		l->lost(l->arg);
	}
}

struct launcher *launcher_new(struct loop *loop, int fd, void (*lost)(void *), void *arg)
{
	struct launcher *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct launcher){ .fd = fd, .lost = lost, .arg = arg };
	list_init(&l->waiting);
	list_init(&l->all);
	keymap_init(&l->running, 3);
	l->watch = loop_watch(loop, fd, LOOP_READ, ready, l);
	if (!l->watch) {
		free(l);
		return NULL;
	}
	return l;
}

void launcher_free(struct launcher *l)
{
	struct launch_report report;
	struct pollfd over;

	if (!l)
		return;
	over = (struct pollfd){ .fd = l->fd, .events = POLLIN };
	while (!list_empty(&l->waiting))
		order_free(container_of(l->waiting.next, struct order, link));
	while (!list_empty(&l->all))
		forget(l, container_of(l->all.next, struct running, link));
	keymap_free(&l->running);
	loop_unwatch(l->watch);
	shutdown(l->fd, SHUT_WR);
	while (poll(&over, 1, 3 * LAUNCHER_GRACE_MS) > 0 &&
	       recv(l->fd, &report, sizeof(report), 0) > 0)
		; /* ends that nobody waits for any more */
	close(l->fd);
	free(l);
}
