/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * splitroute.c - a plugin of pppd's for clients: asks the server which networks are behind
 * the link, and routes those through it, and nothing else. It works with any link of
 * pppd's (L2TP by this daemon, PPTP, others) and knows of no tunnel.
 *
 * What lives in this folder: splitroute.c (options, and what happens when), ask.c
 * (DHCPINFORM through the link and its answer), judge.c (which of the routes told are
 * taken: nothing in the answer is trusted), publish.c (name servers). DHCP itself is
 * lib/dhcp.c; routes are put in by kernel-glue/rtnl.c.
 *
 * When IPCP is up, pppd waits for the answer for a short while (splitroute-wait), so that its
 * script ip-up finds in its environment what came: SPLITROUTE_ROUTES, SPLITROUTE_DOMAIN,
 * SPLITROUTE_DNS. A later answer counts, too, but the script has run then.
 */
#include "plugins/splitroute/splitroute.h"

#include "kernel-glue/rtnl.h"
#include "lib/text.h"
#include "plugins/pppd/compat.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

extern char pppd_version[] __attribute__((visibility("default")));
void plugin_init(void) __attribute__((visibility("default")));

char pppd_version[] = COMPAT_VERSION;

/* A server that tells nonsense does not fill the log. */
enum { LOOK_MS = 200, REFUSALS_TOLD = 8 };

static bool enabled = 1, dns_enabled = 1, take_default, override;
static int metric, table, wait_s = 5;
static char *accept_list, *refuse_list;
static struct addr protected[PROTECTED_MAX];
static unsigned protecteds;

static struct ask ask = { .fd = -1 };
static struct told told;
static struct rtnl_route installed[ROUTES_MAX];
static unsigned installed_count;
static bool published;

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- what is near ------------------------------------------------------------------------- */

static bool add_near(struct judge *j, const struct ifaddrs *i)
{
	struct endpoint e, mask;
	uint8_t bits = 0;

	if (!i->ifa_addr || !i->ifa_netmask || i->ifa_addr->sa_family != AF_INET ||
	    !(i->ifa_flags & IFF_UP) || (i->ifa_flags & IFF_LOOPBACK) ||
	    strcmp(i->ifa_name, compat_ifname()) == 0)
		return false;
	i->ifa_netmask->sa_family = AF_INET;
	if (endpoint_from_sockaddr(&e, i->ifa_addr, sizeof(struct sockaddr_in)) < 0 ||
	    endpoint_from_sockaddr(&mask, i->ifa_netmask, sizeof(struct sockaddr_in)) < 0)
		return false;
	for (int b = 0; b < 4; b++)
		bits = (uint8_t)(bits + __builtin_popcount(mask.addr.bytes[b]));
	j->near[j->nears] = network_of(&e.addr, bits);
	return true;
}

static void look_around(struct judge *j)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i && j->nears < NEAR_MAX; i = i->ifa_next)
		j->nears += add_near(j, i);
	freeifaddrs(all);
}

/* How close the route is that leads to an address now. Not known: nothing may come closer. */
static uint8_t closeness(struct nl *n, const struct addr *to)
{
	struct rtnl_route now;

	return rtnl_route_match(n, to, &now) == 0 ? now.to.bits : 0;
}

static struct judge judge_now(struct nl *n)
{
	struct judge j = { .take_default = take_default,
			   .override = override,
			   .accept = accept_list,
			   .refuse = refuse_list };

	look_around(&j);
	for (unsigned i = 0; i < protecteds; i++)
		j.protect[j.protects++] =
			(struct protect){ protected[i], closeness(n, &protected[i]) };
	return j;
}

/* --- the answer's consequences ---------------------------------------------------------------- */

static void install(struct nl *n, const struct network *to)
{
	struct rtnl_route *r = &installed[installed_count];
	char text[NETWORK_TEXT];
	int err;

	*r = (struct rtnl_route){ .to = *to,
				  .interface = if_nametoindex(compat_ifname()),
				  .metric = (uint32_t)metric,
				  .table = (uint32_t)table };
	err = rtnl_route_add(n, r);
	if (!err)
		installed_count++;
	else if (err != -EEXIST) /* told twice */
		compat_warn("splitroute: %s: %s", network_text(to, text), strerror(-err));
}

static void install_all(void)
{
	char text[NETWORK_TEXT];
	unsigned refused = 0;
	struct judge j;
	struct nl n;

	if (nl_open(&n, NETLINK_ROUTE) < 0) {
		compat_warn("splitroute: no netlink socket: no routes");
		return;
	}
	j = judge_now(&n);
	for (unsigned i = 0; i < told.routes; i++) {
		const struct network *to = &told.route[i];
		const char *why = judge_route(&j, to);

		if (!why)
			install(&n, to);
		else if (refused++ < REFUSALS_TOLD)
			compat_notice("splitroute: %s is not routed: %s", network_text(to, text),
				      why);
	}
	if (refused > REFUSALS_TOLD)
		compat_notice("splitroute: %u more networks are not routed",
			      refused - REFUSALS_TOLD);
	nl_shut(&n);
}

/* Words with blanks between, as variables of the scripts. */
static void tell_scripts(void)
{
	struct text routes = TEXT_INIT, servers = TEXT_INIT;
	char text[NETWORK_TEXT];

	for (unsigned i = 0; i < installed_count; i++)
		text_addf(&routes, "%s%s", i ? " " : "", network_text(&installed[i].to, text));
	for (unsigned i = 0; i < told.servers; i++)
		text_addf(&servers, "%s%s", i ? " " : "", addr_text(&told.dns[i], text));
	compat_setenv("SPLITROUTE_ROUTES", text_str(&routes));
	compat_setenv("SPLITROUTE_DNS", text_str(&servers));
	compat_setenv("SPLITROUTE_DOMAIN", told.domain);
	compat_notice("splitroute: %u of %u networks are routed by %s%s%s", installed_count,
		      told.routes, compat_ifname(), *told.domain ? ", domain " : "", told.domain);
	text_free(&routes);
	text_free(&servers);
}

/* True once the answer is there and all is done. */
static bool look(void)
{
	if (!ask_heard(&ask, &told))
		return false;
	ask_end(&ask);
	install_all();
	tell_scripts();
	if (dns_enabled)
		publish_dns(compat_ifname(), &told);
	published = dns_enabled;
	return true;
}

/* --- when ----------------------------------------------------------------------------------- */

static void on_second(void *arg)
{
	(void)arg;
	if (ask.fd < 0 || look())
		return;
	if (ask_again(&ask, now_ms())) {
		compat_timeout(on_second, 1);
		return;
	}
	ask_end(&ask);
	compat_notice("splitroute: the server does not answer DHCPINFORM: no networks are routed");
}

/* Until the answer comes, or too long, or pppd is to end. */
static bool wait_for_answer(void)
{
	uint64_t until = now_ms() + (uint64_t)wait_s * 1000;
	struct pollfd p = { .fd = ask.fd, .events = POLLIN };

	while (now_ms() < until && !compat_is_ending()) {
		if (poll(&p, 1, LOOK_MS) > 0 && look())
			return true;
		(void)ask_again(&ask, now_ms());
	}
	return false;
}

static void withdraw(void)
{
	struct nl n;

	compat_untimeout(on_second);
	ask_end(&ask);
	if (installed_count && nl_open(&n, NETLINK_ROUTE) == 0) {
		while (installed_count)
			(void)rtnl_route_delete(&n, &installed[--installed_count]);
		nl_shut(&n);
	}
	installed_count = 0;
	if (published)
		publish_withdraw(compat_ifname());
	published = false;
}

static void on_ip_up(void *ctx, int arg)
{
	struct addr local = { .family = AF_INET };
	uint32_t ours = ipcp_gotoptions[0].ouraddr;
	int err;

	(void)ctx;
	(void)arg;
	withdraw(); /* IPCP may come up again without having been down */
	compat_setenv("SPLITROUTE_ROUTES", NULL);
	compat_setenv("SPLITROUTE_DNS", NULL);
	compat_setenv("SPLITROUTE_DOMAIN", NULL);
	if (!enabled)
		return;
	memcpy(local.bytes, &ours, 4);
	err = ask_begin(&ask, compat_ifname(), &local, now_ms());
	if (err)
		compat_warn("splitroute: the server cannot be asked: %s", strerror(-err));
	else if (!wait_for_answer())
		compat_timeout(on_second, 1);
}

static void on_ip_down(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	withdraw();
}

/* --- options ---------------------------------------------------------------------------------- */

static int take_list(char **list, const char *option, char **argv)
{
	if (!network_list_valid(*argv)) {
		compat_option_error("%s: \"%s\" is no list of networks, as 10.1.0.0/16,10.2.0.0/24",
				    option, *argv);
		return 0;
	}
	free(*list);
	*list = strdup(*argv);
	return *list != NULL;
}

static int take_accept(char **argv)
{
	return take_list(&accept_list, "splitroute-accept", argv);
}

static int take_refuse(char **argv)
{
	return take_list(&refuse_list, "splitroute-refuse", argv);
}

static int take_protect(char **argv)
{
	if (protecteds < PROTECTED_MAX && addr_parse(&protected[protecteds], *argv) == 0) {
		protecteds++;
		return 1;
	}
	compat_option_error("splitroute-protect: \"%s\" is no address, or one too many", *argv);
	return 0;
}

#define SPECIAL(word, function, text)                                                              \
	{                                                                                          \
		.name = word, .type = o_special, .addr = (void *)function, .description = text     \
	}
#define FLAG(word, flag, value, text)                                                              \
	{                                                                                          \
		.name = word, .type = o_bool, .addr = &(flag), .flags = (value),                   \
		.description = text                                                                \
	}
#define NUMBER(word, number, text)                                                                 \
	{                                                                                          \
		.name = word, .type = o_int, .addr = &(number), .flags = OPT_LLIMIT,               \
		.lower_limit = 0, .description = text                                              \
	}

static option_t options[] = {
	FLAG("splitroute", enabled, 1, "Ask the server which networks to route"),
	FLAG("nosplitroute", enabled, 0, "Do not ask"),
	FLAG("splitroute-dns", dns_enabled, 1, "Tell the resolver of its name servers"),
	FLAG("nosplitroute-dns", dns_enabled, 0, "Leave the resolver alone"),
	FLAG("splitroute-default", take_default, 1, "Take a default route, too"),
	FLAG("splitroute-override", override, 1, "Let routes hide networks of this host"),
	SPECIAL("splitroute-accept", take_accept, "Take only routes within these networks"),
	SPECIAL("splitroute-refuse", take_refuse, "Take no routes that touch these networks"),
	SPECIAL("splitroute-protect", take_protect, "An address that no route may capture"),
	NUMBER("splitroute-metric", metric, "Metric of the routes"),
	NUMBER("splitroute-table", table, "Routing table of the routes"),
	NUMBER("splitroute-wait", wait_s, "Seconds that ip-up waits for the answer"),
	{ .name = NULL },
};

void plugin_init(void)
{
	compat_add_options(options);
	compat_on(COMPAT_IP_UP, on_ip_up);
	compat_on(COMPAT_IP_DOWN, on_ip_down);
}
