/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugins/splitroute/splitroute.h"

#include <string.h>

/* No network of anybody's is wider: what is, is a default route that does not say so. */
enum { NARROW_BITS = 8 };

static bool is_within(const struct network *inner, const struct network *outer)
{
	return inner->bits >= outer->bits && network_contains(outer, &inner->addr);
}

static bool is_within_any(const struct network *n, const char *list)
{
	struct network of;

	while (network_next(&list, &of))
		if (is_within(n, &of))
			return true;
	return false;
}

static bool touches_any(const struct network *n, const char *list)
{
	struct network of;

	while (network_next(&list, &of))
		if (is_within(n, &of) || is_within(&of, n))
			return true;
	return false;
}

/* Nothing there is reached by way of a router: "this network", loopback, link-local, groups. */
static bool is_no_network(const struct network *n)
{
	return n->addr.family != AF_INET ||
	       is_within_any(n, "0.0.0.0/8,127.0.0.0/8,169.254.0.0/16,224.0.0.0/3");
}

/* A route captures an address if it is closer than the one that leads there now, or as close. */
static bool captures_protected(const struct judge *j, const struct network *to)
{
	for (unsigned i = 0; i < j->protects; i++)
		if (network_contains(to, &j->protect[i].addr) && to->bits >= j->protect[i].bits)
			return true;
	return false;
}

static bool captures_near(const struct judge *j, const struct network *to)
{
	for (unsigned i = 0; i < j->nears; i++)
		if (is_within(to, &j->near[i]))
			return true;
	return false;
}

const char *judge_route(const struct judge *j, const struct network *to)
{
	if (is_no_network(to))
		return "no network that can be routed";
	if (to->bits < NARROW_BITS && !j->take_default)
		return "a default route, or half of one (splitroute-default takes it)";
	if (j->refuse && touches_any(to, j->refuse))
		return "refused by splitroute-refuse";
	if (j->accept && !is_within_any(to, j->accept))
		return "not among what splitroute-accept takes";
	if (!j->override && captures_protected(j, to))
		return "it would lead the tunnel into itself (splitroute-override takes it)";
	if (!j->override && captures_near(j, to))
		return "it would hide a network of this host (splitroute-override takes it)";
	return NULL;
}
