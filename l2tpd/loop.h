/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.h - the process's one event loop: descriptors, timers, signals, DNS.
 * loop.c is the only file that knows libevent.
 */
#ifndef L2TPD_LOOP_H
#define L2TPD_LOOP_H

#include "lib/addr.h"

#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_new(void);
/* Watches, timers and look-ups must be gone. */
void loop_free(struct loop *l);

/* Runs until loop_quit(). */
void loop_run(struct loop *l);
void loop_quit(struct loop *l);

/* A clock that never goes back. */
uint64_t loop_now_ms(void);

/* @ready is called while @fd is ready for any of @events. NULL out of memory. */
struct loop_watch *loop_watch(struct loop *l, int fd, unsigned events, void (*ready)(void *),
			      void *arg);
void loop_watch_set(struct loop_watch *w, unsigned events);
void loop_unwatch(struct loop_watch *w); /* NULL is no error */

/* A timer that may be started again and again; not running at first. */
struct loop_timer *loop_timer_new(struct loop *l, void (*expired)(void *), void *arg);
void loop_timer_start(struct loop_timer *t, uint64_t ms);
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* NULL is no error */

/* @caught is called from the loop, not from the signal. */
int loop_signal(struct loop *l, int signo, void (*caught)(void *), void *arg);

/*
 * Looks @name up without blocking, by /etc/hosts and the name servers of /etc/resolv.conf
 * as they are now. @done gets the first address of @family (AF_UNSPEC: any), or NULL and
 * why not.
 */
void loop_resolve(struct loop *l, const char *name, int family,
		  void (*done)(void *arg, const struct addr *addr, const char *why), void *arg);

/* Fails all look-ups that are under way, now. */
void loop_cancel_lookups(struct loop *l);

#endif
