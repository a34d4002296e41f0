/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/links.h"

#include "kernel-glue/routes.h"
#include "l2tpd/inform.h"
#include "l2tpd/masquerade.h"

#include <errno.h>
#include <stdlib.h>

struct links {
	struct engine *engine;
	struct routes *routes;
	struct masquerade *masquerade;
	struct inform *inform;
};

static void link_up(struct links *l, struct handle handle, bool again)
{
	struct engine_link link;

	if (engine_link(l->engine, handle, &link) < 0)
		return;
	routes_link_up(l->routes, &(struct routes_link){ .handle = handle,
							 .interface = link.up->interface,
							 .peer = link.peer,
							 .default_route = link.ppp.default_route,
							 .networks = link.session->routes,
							 .again = again,
							 .prefix = link.prefix });
	if (link.session->masquerade)
		masquerade_link_up(l->masquerade, link.up->interface);
	else if (again)
		masquerade_link_down(l->masquerade, link.up->interface);
	if (!again && (link.ppp.client_routes || link.ppp.client_domain))
		inform_link_up(l->inform, handle, link.up->interface);
	engine_link_free(&link);
}

void links_changed(struct links *l, struct handle handle)
{
	link_up(l, handle, true);
}

void links_event(struct links *l, const struct engine_event *event)
{
	if (event->kind == ENGINE_PPP_UP) {
		link_up(l, event->handle, false);
	} else if (event->kind == ENGINE_PPP_DOWN) {
		inform_link_down(l->inform, event->handle);
		masquerade_link_down(l->masquerade, event->ppp->interface);
		routes_link_down(l->routes, event->handle);
	}
}

bool links_are_settled(const struct links *l)
{
	return masquerade_is_settled(l->masquerade);
}

struct links *links_new(const struct links_env *env, char **why)
{
	struct links *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->engine = env->engine;
	l->routes = routes_new(env->host, why);
	l->masquerade = masquerade_new(env->launcher, system_conf(env->engine)->udp_port,
				       env->host->log, env->settled, env->arg);
	l->inform = inform_new(env->loop, env->engine, env->host->log);
	if (l->routes && l->masquerade && l->inform)
		return l;
	links_free(l);
	return NULL;
}

void links_free(struct links *l)
{
	if (!l)
		return;
	inform_free(l->inform);
	masquerade_free(l->masquerade);
	routes_free(l->routes);
	free(l);
}
