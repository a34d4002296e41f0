/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher_child.c - the launcher's side: waits for orders and for children.
 */
#include "l2tpd/launcher.h"
#include "l2tpd/launcher_wire.h"

#include "lib/keymap.h"
#include "lib/list.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Received descriptors are moved above those that a child gets (3 and on). */
enum { FD_FLOOR = 3 + LAUNCH_MAX_FDS };

struct child {
	struct keymap_node by_number, by_pid;
	struct list link;
	uint32_t number;
	pid_t pid;
};

struct boss {
	int fd, signals;
	struct keymap by_number, by_pid;
	struct list children;
	struct launch_request request;
};

static void report(const struct boss *b, uint32_t number, int status, int error)
{
	struct launch_report r = { number, status, error };

	(void)send(b->fd, &r, sizeof(r), MSG_NOSIGNAL);
}

static void forget(struct boss *b, struct child *c)
{
	keymap_del(&b->by_number, &c->by_number);
	keymap_del(&b->by_pid, &c->by_pid);
	list_del(&c->link);
	free(c);
}

static void reap(struct boss *b)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct keymap_node *n = keymap_get(&b->by_pid, &pid, sizeof(pid));
		struct child *c = n ? container_of(n, struct child, by_pid) : NULL;

		if (!c)
			continue;
		report(b, c->number, status, 0);
		forget(b, c);
	}
}

/* The pointers to the strings of a request; false if they are not all there. */
static bool split(const struct launch_request *r, char *argv[], char *env[])
{
	const char *at = r->text, *end = r->text + r->text_len;

	if (r->argc == 0 || r->argc >= LAUNCH_MAX_STRINGS || r->envc >= LAUNCH_MAX_STRINGS)
		return false;
	for (uint32_t i = 0; i < r->argc + r->envc; i++) {
		const char *nul = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;

		if (!nul)
			return false;
		if (i < r->argc)
			argv[i] = (char *)(uintptr_t)at;
		else
			env[i - r->argc] = (char *)(uintptr_t)at;
		at = nul + 1;
	}
	argv[r->argc] = env[r->envc] = NULL;
	return true;
}

/* Nothing open but 0, 1, 2 (on /dev/null) and @fds from 3 on; no signal blocked or ignored. */
static int start(char *argv[], char *env[], const int *fds, unsigned count, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int err;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSID);
	err = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, 0, 1);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, 0, 2);
	for (unsigned i = 0; i < count && !err; i++)
		err = posix_spawn_file_actions_adddup2(&files, fds[i], (int)(3 + i));
	if (!err)
		err = posix_spawn(pid, argv[0], &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

static void spawn(struct boss *b, const int *fds, unsigned count)
{
	char *argv[LAUNCH_MAX_STRINGS + 1], *env[LAUNCH_MAX_STRINGS + 1];
	struct child *c = calloc(1, sizeof(*c));
	int err = c ? 0 : ENOMEM;

	if (!err && !split(&b->request, argv, env))
		err = EINVAL;
	if (!err)
		err = start(argv, env, fds, count, &c->pid);
	if (err) {
		report(b, b->request.child, 0, err);
		free(c);
		return;
	}
	c->number = b->request.child;
	list_add_tail(&b->children, &c->link);
	keymap_add(&b->by_number, &c->by_number, &c->number, sizeof(c->number));
	keymap_add(&b->by_pid, &c->by_pid, &c->pid, sizeof(c->pid));
}

/* Only a child that was not yet waited for is in the map: its pid is still its own. */
static void signal_child(struct boss *b)
{
	struct keymap_node *n =
		keymap_get(&b->by_number, &b->request.child, sizeof(b->request.child));

	if (n)
		kill(container_of(n, struct child, by_number)->pid, b->request.signo);
}

static unsigned take_fds(struct msghdr *mh, int fds[LAUNCH_MAX_FDS])
{
	unsigned count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && count < LAUNCH_MAX_FDS; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			fds[count++] = fcntl(fd, F_DUPFD_CLOEXEC, FD_FLOOR);
			close(fd);
		}
	}
	return count;
}

/* One order from the daemon; false when the daemon is gone. */
static bool obey(struct boss *b)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(LAUNCH_MAX_FDS * sizeof(int))];
	struct iovec iov = { &b->request, sizeof(b->request) };
	struct msghdr mh = { .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(b->fd, &mh, MSG_CMSG_CLOEXEC);
	int fds[LAUNCH_MAX_FDS];
	unsigned count;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	count = take_fds(&mh, fds);
	if ((size_t)n >= offsetof(struct launch_request, text) &&
	    b->request.text_len <= (size_t)n - offsetof(struct launch_request, text)) {
		if (b->request.order == LAUNCH_SPAWN)
			spawn(b, fds, count);
		else
			signal_child(b);
	}
	for (unsigned i = 0; i < count; i++)
		close(fds[i]);
	return true;
}

static void signal_all(const struct boss *b, int signo)
{
	struct list *at;

	list_for_each (at, &b->children)
		kill(container_of(at, struct child, link)->pid, signo);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits until all children are gone or @ms have passed. */
static void await_children(struct boss *b, int ms)
{
	int64_t end = now_ms() + ms;
	struct signalfd_siginfo info;

	for (reap(b); !list_empty(&b->children) && now_ms() < end; reap(b)) {
		struct pollfd p = { .fd = b->signals, .events = POLLIN };

		if (poll(&p, 1, (int)(end - now_ms())) > 0)
			(void)!read(b->signals, &info, sizeof(info));
	}
}

/* A terminal's ^C and a service manager's SIGTERM are for the daemon, which then tells us. */
static int block_signals(void)
{
	sigset_t set;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Whoever waits for the end of our output must not wait for the launcher. */
static void let_go_of_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* Whatever the daemon was started with, by whomever: the children shall not have it. */
static void close_all_but(int keep)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (keep > 3)
		(void)syscall(SYS_close_range, 3u, (unsigned)keep - 1, 0);
	if (syscall(SYS_close_range, (unsigned)keep + 1, ~0u, 0) == 0)
		return;
	for (int fd = 3; fd < (most > 0 && most < 65536 ? (int)most : 65536);
	     fd++) /* Linux before 5.9 */
		if (fd != keep)
			close(fd);
}

void launcher_child_run(int fd)
{
	static const char name[] = "l2tpd-launcher";
	struct boss *b = calloc(1, sizeof(*b));
	struct signalfd_siginfo info;
	bool alive = b != NULL;

	if (!b)
		return;
	prctl(PR_SET_NAME, name);
	setsid();
	let_go_of_terminal();
	close_all_but(fd);
	b->fd = fd;
	b->signals = block_signals();
	list_init(&b->children);
	keymap_init(&b->by_number, 1);
	keymap_init(&b->by_pid, 2);
	while (alive) {
		struct pollfd p[2] = { { .fd = b->fd, .events = POLLIN },
				       { .fd = b->signals, .events = POLLIN } };

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			(void)!read(b->signals, &info, sizeof(info));
		reap(b);
		if (p[0].revents)
			alive = obey(b);
	}
	signal_all(b, SIGTERM);
	await_children(b, LAUNCHER_GRACE_MS);
	signal_all(b, SIGKILL);
	await_children(b, LAUNCHER_GRACE_MS);
	keymap_free(&b->by_number);
	keymap_free(&b->by_pid);
	close(b->signals);
	close(b->fd);
	free(b);
}
