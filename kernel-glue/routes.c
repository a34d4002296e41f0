/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/routes.h"

#include "kernel-glue/rtnl.h"
#include "kernel-glue/worker.h"
#include "lib/keymap.h"
#include "lib/list.h"
#include "lib/log.h"
#include "lib/text.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The way to a tunnel's peer. */
struct way {
	struct keymap_node by_peer;
	struct addr peer;
	unsigned links; /* that need it */
	struct rtnl_route route, barrier;
	bool has_route, has_barrier; /* put in by us */
};

/* A link that has routes. */
struct linked {
	struct keymap_node by_handle;
	struct list all;
	struct handle handle;
	unsigned interface;
	char *networks;	 /* that are routed, or NULL */
	struct way *way; /* outside of it, if it needs that */
};

struct routes {
	const struct l2tpd_host *host;
	struct host_watch *watch;
	struct worker *worker;
	/* the thread's: */
	struct nl nl;
	struct keymap ways, linked;
	struct list all_linked;
};

struct request {
	struct job job;
	bool up;
	struct routes_link link;
	char interface[IF_NAMESIZE];
	struct text said; /* for the log */
	char networks[];
};

/* --- in the thread: the way to a peer --------------------------------------------------- */

static void take_down(struct routes *r, struct way *w)
{
	if (w->has_route)
		(void)rtnl_route_delete(&r->nl, &w->route);
	if (w->has_barrier)
		(void)rtnl_route_delete(&r->nl, &w->barrier);
	keymap_del(&r->ways, &w->by_peer);
	free(w);
}

/*
 * A peer on this very machine needs none. What is the operator's own, by another protocol, is
 * neither found to be there already nor taken away with ours.
 */
static void put_up(struct routes *r, struct way *w, struct request *q)
{
	char peer[ADDR_TEXT];
	int err = rtnl_route_get(&r->nl, &w->peer, &w->route);

	if (!err && w->route.local)
		return;
	if (!err)
		err = rtnl_route_add(&r->nl, &w->route);
	w->has_route = err == 0 || err == -EEXIST; /* then a daemon that was killed left it */
	if (!w->has_route) {
		text_addf(&q->said, "no route to the peer %s outside the tunnel: %s\n",
			  addr_text(&w->peer, peer), strerror(-err));
		return;
	}
	w->barrier =
		(struct rtnl_route){ .to = w->route.to, .unreachable = true, .metric = UINT32_MAX };
	err = rtnl_route_add(&r->nl, &w->barrier);
	w->has_barrier = err == 0 || err == -EEXIST;
}

static struct way *way_to(struct routes *r, const struct addr *peer, struct request *q)
{
	struct keymap_node *n = keymap_get(&r->ways, peer, sizeof(*peer));
	struct way *w = n ? container_of(n, struct way, by_peer) : calloc(1, sizeof(*w));

	if (n || !w)
		return w;
	w->peer = *peer;
	if (keymap_add(&r->ways, &w->by_peer, &w->peer, sizeof(w->peer)) < 0) {
		free(w);
		return NULL;
	}
	put_up(r, w, q);
	return w;
}

/* --- in the thread: through a link -------------------------------------------------------- */

static struct linked *linked_by(const struct routes *r, struct handle handle)
{
	struct keymap_node *n = keymap_get(&r->linked, &handle, sizeof(handle));

	return n ? container_of(n, struct linked, by_handle) : NULL;
}

static struct linked *linked_new(struct routes *r, struct handle handle)
{
	struct linked *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->handle = handle;
	list_init(&l->all);
	if (keymap_add(&r->linked, &l->by_handle, &l->handle, sizeof(l->handle)) < 0) {
		free(l);
		return NULL;
	}
	list_add_tail(&r->all_linked, &l->all);
	return l;
}

static void linked_free(struct routes *r, struct linked *l)
{
	if (l->way && --l->way->links == 0)
		take_down(r, l->way);
	keymap_del(&r->linked, &l->by_handle);
	list_del(&l->all);
	free(l->networks);
	free(l);
}

/* Before a route that captures the peer. */
static void guard(struct routes *r, struct linked *l, struct request *q)
{
	if (l->way)
		return;
	l->way = way_to(r, &q->link.peer, q);
	if (l->way)
		l->way->links++;
}

static void route_to(struct routes *r, struct linked *l, const struct network *to,
		     struct request *q)
{
	struct rtnl_route route = { .to = *to, .interface = l->interface };
	char text[NETWORK_TEXT];
	int err;

	if (network_contains(to, &q->link.peer))
		guard(r, l, q);
	err = rtnl_route_add(&r->nl, &route);
	if (err && err != -EEXIST)
		text_addf(&q->said, "no route to %s by %s: %s\n", network_text(to, text),
			  q->interface, strerror(-err));
}

static bool is_among(const struct network *n, const char *list)
{
	struct network of;

	while (network_next(&list, &of))
		if (of.bits == n->bits && addr_equal(&of.addr, &n->addr))
			return true;
	return false;
}

/* What the link had and is not to have any more. */
static void withdraw(struct routes *r, const struct linked *l, const char *wanted)
{
	const char *at = l->networks;
	struct network n;

	while (network_next(&at, &n))
		if (!is_among(&n, wanted))
			(void)rtnl_route_delete(
				&r->nl, &(struct rtnl_route){ .to = n, .interface = l->interface });
}

static void take_prefix(struct routes *r, const struct linked *l, struct request *q)
{
	const struct network *p = &q->link.prefix;
	struct addr first = p->addr;
	char text[NETWORK_TEXT];
	int err;

	first.bytes[15] |= 1;
	err = rtnl_addr_add(&r->nl, l->interface, &first, p->bits);
	if (err && err != -EEXIST)
		text_addf(&q->said, "the prefix %s is not on %s: %s\n", network_text(p, text),
			  q->interface,
			  err == -EACCES || err == -EPERM ? "IPv6 is switched off there"
							  : strerror(-err));
}

/* Its interface may be gone already: then so is all that was to be done. */
static void bring_up(struct routes *r, struct request *q)
{
	static const struct network everything = { .addr = { .family = AF_INET } };
	struct linked *l = linked_by(r, q->link.handle);
	const char *at = q->link.networks;
	struct network n;

	l = l ? l : linked_new(r, q->link.handle);
	if (!l)
		return;
	l->interface = if_nametoindex(q->interface);
	if (!l->interface)
		return;
	withdraw(r, l, at);
	while (network_next(&at, &n))
		route_to(r, l, &n, q);
	if (q->link.default_route)
		route_to(r, l, &everything, q);
	if (q->link.prefix.addr.family)
		take_prefix(r, l, q);
	free(l->networks);
	l->networks = q->link.networks ? strdup(q->link.networks) : NULL;
}

static void carry_out(void *arg, struct job *job)
{
	struct routes *r = arg;
	struct request *q = container_of(job, struct request, job);
	struct linked *l;

	if (q->up) {
		bring_up(r, q);
		return;
	}
	l = linked_by(r, q->link.handle);
	if (l)
		linked_free(r, l);
}

/* --- in the loop ------------------------------------------------------------------------- */

static void drop(struct job *job)
{
	struct request *q = container_of(job, struct request, job);

	text_free(&q->said);
	free(q);
}

static void on_results(void *arg)
{
	struct routes *r = arg;
	struct job *job;

	while ((job = worker_fetch(r->worker))) {
		const struct request *q = container_of(job, struct request, job);
		char session[32];

		snprintf(session, sizeof(session), "session %u/%u: ", q->link.handle.tunnel_id,
			 q->link.handle.session_id);
		log_lines(r->host->log, LOG_LEVEL_WARNING, session, text_str(&q->said));
		drop(job);
	}
}

static void give(struct routes *r, const struct routes_link *link, bool up)
{
	size_t len = link->networks ? strlen(link->networks) + 1 : 0;
	struct request *q = calloc(1, sizeof(*q) + len);

	if (!q) {
		log_error(r->host->log, "out of memory: the routes of a link stay as they are");
		return;
	}
	q->up = up;
	q->link = *link;
	if (link->interface)
		memcpy(q->interface, link->interface,
		       strnlen(link->interface, sizeof(q->interface) - 1));
	if (len)
		memcpy(q->networks, link->networks, len);
	q->link.networks = len ? q->networks : NULL;
	worker_give(r->worker, &q->job);
}

void routes_link_up(struct routes *r, const struct routes_link *link)
{
	if (link->default_route || link->networks || link->prefix.addr.family || link->again)
		give(r, link, true);
}

void routes_link_down(struct routes *r, struct handle handle)
{
	give(r, &(struct routes_link){ .handle = handle }, false);
}

/* A barrier that a killed daemon left would keep us from the peer that it was for. */
static void flush(struct routes *r)
{
	int err = rtnl_flush_unreachable(&r->nl);

	if (err)
		log_warning(r->host->log, "unreachable routes of a former l2tpd may stay: %s",
			    strerror(-err));
}

struct routes *routes_new(const struct l2tpd_host *host, char **why)
{
	struct routes *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->host = host;
	list_init(&r->all_linked);
	keymap_init(&r->ways, 5);
	keymap_init(&r->linked, 6);
	if (nl_open(&r->nl, NETLINK_ROUTE) == 0) {
		flush(r);
		r->worker = worker_new(carry_out, r);
	}
	if (r->worker)
		r->watch = host->watch(host->ctx, worker_fd(r->worker), HOST_READ, on_results, r);
	if (r->watch)
		return r;
	why_set(why, ENOMEM, "no netlink socket or no thread for routes");
	routes_free(r);
	return NULL;
}

/* The thread is gone: what is its own is ours now. */
void routes_free(struct routes *r)
{
	if (!r)
		return;
	if (r->watch)
		r->host->unwatch(r->watch);
	if (r->worker)
		worker_free(r->worker, drop);
	while (!list_empty(&r->all_linked))
		linked_free(r, container_of(r->all_linked.next, struct linked, all));
	keymap_free(&r->ways);
	keymap_free(&r->linked);
	nl_shut(&r->nl);
	free(r);
}
