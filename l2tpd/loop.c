/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/loop.h"

#include "lib/list.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_SIGNALS = 8 };

/* By which it is seen that a file is another one now. */
struct file_state {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

/* What says how names are resolved. */
static const char *const dns_files[] = { "/etc/resolv.conf", "/etc/hosts" };

enum { DNS_FILES = sizeof(dns_files) / sizeof(dns_files[0]) };

struct loop {
	struct event_base *base;
	struct evdns_base *dns;		   /* made at the first look-up */
	struct file_state read[DNS_FILES]; /* as they were then, or when they were read again */
	struct list lookups;		   /* that somebody waits for */
	struct event *signals[MAX_SIGNALS];
	unsigned signal_count;
};

struct handler {
	void (*call)(void *);
	void *arg;
};

struct loop_watch {
	struct loop *loop;
	struct event *event;
	struct handler handler;
	int fd;
};

struct loop_timer {
	struct event *event;
	struct handler handler;
};

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	const struct handler *h = arg;

	(void)fd;
	(void)what;
	h->call(h->arg);
}

uint64_t loop_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	list_init(&l->lookups);
	l->base = event_base_new();
	if (!l->base) {
		free(l);
		return NULL;
	}
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->signal_count; i++) {
		free(event_get_callback_arg(l->signals[i]));
		event_free(l->signals[i]);
	}
	if (l->dns)
		evdns_base_free(l->dns, 0);
	event_base_free(l->base);
	free(l);
}

void loop_run(struct loop *l)
{
	event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void loop_quit(struct loop *l)
{
	event_base_loopbreak(l->base);
}

static short event_flags(unsigned events)
{
	return (short)(EV_PERSIST | (events & LOOP_READ ? EV_READ : 0) |
		       (events & LOOP_WRITE ? EV_WRITE : 0));
}

struct loop_watch *loop_watch(struct loop *l, int fd, unsigned events, void (*ready)(void *),
			      void *arg)
{
	struct loop_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct loop_watch){ .loop = l, .handler = { ready, arg }, .fd = fd };
	w->event = event_new(l->base, fd, event_flags(events), on_event, &w->handler);
	if (!w->event || event_add(w->event, NULL) < 0) {
		loop_unwatch(w);
		return NULL;
	}
	return w;
}

void loop_watch_set(struct loop_watch *w, unsigned events)
{
	event_del(w->event);
	event_assign(w->event, w->loop->base, w->fd, event_flags(events), on_event, &w->handler);
	event_add(w->event, NULL);
}

void loop_unwatch(struct loop_watch *w)
{
	if (!w)
		return;
	if (w->event)
		event_free(w->event);
	free(w);
}

struct loop_timer *loop_timer_new(struct loop *l, void (*expired)(void *), void *arg)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->handler = (struct handler){ expired, arg };
	t->event = evtimer_new(l->base, on_event, &t->handler);
	if (!t->event) {
		free(t);
		return NULL;
	}
	return t;
}

void loop_timer_start(struct loop_timer *t, uint64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
			      .tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	evtimer_add(t->event, &tv);
}

void loop_timer_stop(struct loop_timer *t)
{
	evtimer_del(t->event);
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	event_free(t->event);
	free(t);
}

int loop_signal(struct loop *l, int signo, void (*caught)(void *), void *arg)
{
	struct handler *h;
	struct event *ev;

	if (l->signal_count >= MAX_SIGNALS)
		return -ENOSPC;
	h = malloc(sizeof(*h));
	ev = h ? evsignal_new(l->base, signo, on_event, h) : NULL;
	if (!ev || event_add(ev, NULL) < 0) {
		if (ev)
			event_free(ev);
		free(h);
		return -ENOMEM;
	}
	*h = (struct handler){ caught, arg };
	l->signals[l->signal_count++] = ev;
	return 0;
}

/* --- DNS --------------------------------------------------------------------- */

enum { LOOKUP_MS = 8000 };

struct lookup {
	struct list link;			   /* in loop->lookups while somebody waits */
	struct evdns_getaddrinfo_request *request; /* NULL once it has called back */
	struct event *deadline;
	void (*done)(void *arg, const struct addr *addr, const char *why);
	void *arg;
};

/* Tells whoever waits, once. */
static void answer(struct lookup *k, const struct addr *addr, const char *why)
{
	if (list_empty(&k->link))
		return;
	list_del(&k->link);
	k->done(k->arg, addr, why);
}

static void lookup_free(struct lookup *k)
{
	if (k->deadline)
		event_free(k->deadline);
	free(k);
}

static void resolved(int result, struct evutil_addrinfo *list, void *arg)
{
	struct lookup *k = arg;
	struct endpoint found = { 0 };
	const struct evutil_addrinfo *ai;

	for (ai = list; ai && found.addr.family == 0; ai = ai->ai_next)
		(void)endpoint_from_sockaddr(&found, ai->ai_addr, (socklen_t)ai->ai_addrlen);
	if (found.addr.family)
		answer(k, &found.addr, NULL);
	else
		answer(k, NULL, result ? evutil_gai_strerror(result) : "no address");
	if (list)
		evutil_freeaddrinfo(list);
	lookup_free(k);
}

/* Its callback comes with EVUTIL_EAI_CANCEL and frees it. */
static void give_up(struct lookup *k, const char *why)
{
	answer(k, NULL, why);
	evdns_getaddrinfo_cancel(k->request);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	give_up(arg, "no answer from the name servers");
}

static void silent(int severity, const char *msg)
{
	(void)severity;
	(void)msg;
}

static bool dns_files_changed(struct loop *l)
{
	bool changed = false;

	for (unsigned i = 0; i < DNS_FILES; i++) {
		struct file_state now = { 0 }, *then = &l->read[i];
		struct stat st;

		if (stat(dns_files[i], &st) == 0)
			now = (struct file_state){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
		changed |= now.device != then->device || now.inode != then->inode ||
			   now.size != then->size || now.modified.tv_sec != then->modified.tv_sec ||
			   now.modified.tv_nsec != then->modified.tv_nsec;
		*then = now;
	}
	return changed;
}

/*
 * The machine may come into another network while we run, or may not have been in any when we
 * started. Look-ups that are under way go on with the name servers that there are now.
 */
static int open_dns(struct loop *l)
{
	bool changed = dns_files_changed(l);

	if (!l->dns) {
		evdns_set_log_fn(silent); /* what matters is told as a look-up's reason to fail */
		l->dns = evdns_base_new(l->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
		changed = true;
	}
	if (l->dns && changed) {
		evdns_base_clear_nameservers_and_suspend(l->dns);
		evdns_base_search_clear(l->dns);
		evdns_base_clear_host_addresses(l->dns);
		/* without resolv.conf: this machine's own name server, and /etc/hosts */
		(void)evdns_base_resolv_conf_parse(l->dns, DNS_OPTIONS_ALL, dns_files[0]);
		evdns_base_resume(l->dns);
	}
	return l->dns ? 0 : -EIO;
}

void loop_resolve(struct loop *l, const char *name, int family,
		  void (*done)(void *arg, const struct addr *addr, const char *why), void *arg)
{
	struct evutil_addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	struct timeval deadline = { .tv_sec = LOOKUP_MS / 1000 };
	struct evdns_getaddrinfo_request *request;
	struct lookup *k = calloc(1, sizeof(*k));

	if (k)
		k->deadline = evtimer_new(l->base, on_deadline, k);
	if (!k || !k->deadline || open_dns(l) < 0) {
		if (k)
			lookup_free(k);
		done(arg, NULL, "the resolver could not be set up");
		return;
	}
	k->done = done;
	k->arg = arg;
	list_add_tail(&l->lookups, &k->link);
	evtimer_add(k->deadline, &deadline);
	/* NULL: it has called back already, and @k is gone */
	request = evdns_getaddrinfo(l->dns, name, NULL, &hints, resolved, k);
	if (request)
		k->request = request;
}

void loop_cancel_lookups(struct loop *l)
{
	while (!list_empty(&l->lookups))
		give_up(container_of(l->lookups.next, struct lookup, link), "cancelled");
	if (l->dns)
		event_base_loop(l->base, EVLOOP_NONBLOCK); /* the callbacks of what was cancelled */
}
