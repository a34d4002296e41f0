/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher.h - the small process that starts programs for the daemon.
 *
 * It is forked before anything else happens, so its image is tiny and it holds
 * none of the daemon's descriptors. The daemon itself never forks: it asks over
 * a socket, passing the descriptors that the program is to inherit, and hears
 * of the program's end the same way. When the daemon dies, however it dies, the
 * launcher ends what it started and then itself. It signals nobody but its own
 * children that it has not yet waited for, whose pids cannot have been reused.
 */
#ifndef L2TPD_LAUNCHER_H
#define L2TPD_LAUNCHER_H

#include "include/l2tpd/plugin.h"
#include "l2tpd/loop.h"

/* How long the children of a daemon that died get between SIGTERM and SIGKILL. */
enum { LAUNCHER_GRACE_MS = 1000 };

/* Forks the launcher. The daemon's end of the socket, or -errno. */
int launcher_fork(void);

struct launcher;

/* @lost is called when the launcher is gone, which it must never be. */
struct launcher *launcher_new(struct loop *loop, int fd, void (*lost)(void *), void *arg);

/* Lets the launcher end all that runs, and waits until it has: at most some LAUNCHER_GRACE_MS. */
void launcher_free(struct launcher *l);

/* As struct l2tpd_host says. */
int launcher_spawn(struct launcher *l, const struct host_spawn *spawn,
		   void (*exited)(void *arg, int status, int error), void *arg);
void launcher_kill(struct launcher *l, int child, int signo);

#endif
