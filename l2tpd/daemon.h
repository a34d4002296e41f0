/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * daemon.h - the process: an engine and all that surrounds it, in one struct.
 *
 * What lives in this folder: main.c (command line, going to the background),
 * daemon.c (puts the parts together and takes them apart), loop.c (libevent),
 * udp.c (sockets), mgmt_clients.c (management clients, who come by mgmt_unix.c or,
 * if they may, by mgmt_net.c, which rpcbind.c tells others of), launcher.c and
 * launcher_child.c (starting programs), hooks.c (scripts for events), links.c (what a
 * link that is up has around it, by masquerade.c and inform.c), plugins.c,
 * logsink.c; beneath it wire/, engine/ and mgmt/. All state hangs off struct daemon.
 */
#ifndef L2TPD_DAEMON_H
#define L2TPD_DAEMON_H

#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { DAEMON_PLUGINS_MAX = 16, DAEMON_ALLOW_MAX = 32 };

/* How long StopCCN, PPP and the kernel get to end in order when the daemon is told to stop. */
enum { DAEMON_STOP_MS = 3800 };

struct daemon_options {
	const char *conf_file;
	bool conf_file_named; /* it must exist */
	const char *socket;
	const char *plugin[DAEMON_PLUGINS_MAX]; /* none: pppd */
	unsigned plugin_count;
	const char *listen;		     /* management over the network; NULL: none */
	const char *allow[DAEMON_ALLOW_MAX]; /* networks that may; none: this machine */
	unsigned allow_count;
	uint16_t udp_port; /* 0: as configured */
	uint32_t trace_flags;
	bool trace_given;
	bool foreground;
	int syslog_facility;
	int launcher; /* the socket of launcher_fork() */
};

struct daemon;

/*
 * Reads the configuration. NULL with @errors: every bad line, each ended by a
 * newline. Nothing is opened yet.
 */
struct daemon *daemon_new(const struct daemon_options *options, struct text *errors);

/* Opens sockets, kernel and plugins. -errno with *why. */
int daemon_open(struct daemon *d, char **why);

/* Serves until it is told to stop; the exit status. */
int daemon_run(struct daemon *d);

void daemon_free(struct daemon *d);

#endif
