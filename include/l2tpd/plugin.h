/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin.h - the whole of what a plugin and l2tpd know of each other.
 *
 * A plugin is a shared object that exports one `struct l2tpd_plugin` called
 * `l2tpd_plugin`. It says which ABI it was built for, what it offers (each kind
 * of offer is a typed member; NULL: not offered), and what it wants to hear.
 * Any number of plugins may hear an event; there are no hooks to chain.
 *
 * A plugin runs in the daemon's one loop and must not block. What needs another
 * process is started through the host's launcher. What a plugin keeps hangs off
 * the pointer that its init() returned, not off globals.
 */
#ifndef L2TPD_PLUGIN_H
#define L2TPD_PLUGIN_H

#include "l2tpd/engine/engine.h"

#include <stdint.h>

/* Raised whenever a struct below changes; others are refused when they are loaded. */
#define L2TPD_PLUGIN_ABI 4

enum { HOST_READ = 1, HOST_WRITE = 2 };

struct host_watch;
struct host_timer;

/* A process to be started. Nothing but what is listed here is inherited. */
struct host_spawn {
	const char *const *argv; /* argv[0] is a path; NULL ends it */
	const char *const *env;	 /* "NAME=value"; NULL ends it; may be NULL */
	const int *fds;	   /* become 3, 4, ... in the child; stay the caller's to close here */
	unsigned fd_count; /* at most 8 */
};

/* What the daemon does for a plugin. Calls are made from the loop alone. */
struct l2tpd_host {
	void *ctx;
	const struct log *log;
	const char *plugin_dir; /* where this installation's plugins are */

	/* Calls ready() whenever @fd is ready for @events. NULL out of memory. */
	struct host_watch *(*watch)(void *ctx, int fd, unsigned events, void (*ready)(void *arg),
				    void *arg);
	void (*unwatch)(struct host_watch *watch);

	/* Calls expired() once after @ms; the timer is gone then. NULL out of memory. */
	struct host_timer *(*timer)(void *ctx, uint64_t ms, void (*expired)(void *arg), void *arg);
	void (*timer_cancel)(struct host_timer *timer);

	/*
	 * Starts a process. Positive: its number, for kill(); exited() is called
	 * exactly once, with waitpid()'s status, or with @error (an errno) if it
	 * could not be started. Negative: -errno, and exited() is never called.
	 */
	int (*spawn)(void *ctx, const struct host_spawn *spawn,
		     void (*exited)(void *arg, int status, int error), void *arg);
	void (*kill)(void *ctx, int child, int signo);

	/* What a PPP provider reports. */
	void (*ppp_event)(void *ctx, const struct ppp_event *event);
};

/* An AVP of a vendor's that a plugin understands; see engine_register_avp(). */
struct l2tpd_avp {
	uint16_t vendor, type;
	void (*seen)(void *self, struct handle handle, uint16_t message, const void *value,
		     size_t len);
};

struct l2tpd_plugin {
	unsigned abi; /* L2TPD_PLUGIN_ABI */
	const char *name;
	/* Returns what the other members get as @self; NULL with *why (a new string). */
	void *(*init)(const struct l2tpd_host *host, char **why);
	void (*exit)(void *self);
	/* --- offers ------------------------------------------------------------- */
	/* A PPP provider: see l2tpd/engine/ppp.h; its ctx is replaced by @self. */
	const struct ppp_provider *ppp;
	const struct l2tpd_avp *avps; /* ended by one without seen() */
	/* --- interests ------------------------------------------------------------ */
	void (*event)(void *self, const struct engine_event *event);
};

#endif
