/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp.c - a DHCP message, as a server gets it through a link and as a client does. What
 * is answered is a message that can be read, and never longer than the asker takes.
 */
#include "l2tpd/inform.h"
#include "plugins/splitroute/splitroute.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The link that the question came through; its peer's address is what the question says. */
static struct engine_link link_of(struct ppp_event *up, const uint8_t *data, size_t size)
{
	static char routes[] = "10.1.0.0/16,10.2.3.0/24,0.0.0.0/0", domain[] = "office.example";
	struct engine_link l = { .up = up,
				 .ppp = { .client_routes = routes, .client_domain = domain } };

	up->local = (struct addr){ .family = AF_INET, .bytes = { 10, 0, 0, 1 } };
	up->remote = (struct addr){ .family = AF_INET };
	if (size >= 16)
		memcpy(up->remote.bytes, data + 12, 4);
	l.ppp.dns_pri = up->local;
	return l;
}

static void as_server(const uint8_t *data, size_t size)
{
	struct ppp_event up = { 0 };
	struct engine_link l = link_of(&up, data, size);
	struct dhcp_out out;
	struct dhcp m;
	bool cut;
	size_t n = inform_answer(&l, data, size, &out, &cut);

	if (n && (n > sizeof(out.bytes) || dhcp_parse(&m, out.bytes, n) < 0 || m.type != DHCPACK))
		abort();
}

static void as_client(const uint8_t *data, size_t size)
{
	struct judge j = { .nears = 1, .near = { { { AF_INET, { 192, 168, 1 } }, 24 } } };
	struct ask a = { .fd = -1 };
	struct told told;
	struct dhcp m;

	if (dhcp_parse(&m, data, size) == 0)
		a.xid = m.xid;
	if (!ask_understand(&a, data, size, &told))
		return;
	if (told.routes > ROUTES_MAX || told.servers > DNS_MAX ||
	    strlen(told.domain) >= DOMAIN_MAX || strpbrk(told.domain, " \n;$`'\"\\"))
		abort();
	for (unsigned i = 0; i < told.routes; i++) {
		const struct network *to = &told.route[i];

		if (!judge_route(&j, to) &&
		    (to->bits < 8 || network_contains(&j.near[0], &to->addr)))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_server(data, size);
	as_client(data, size);
	return 0;
}
