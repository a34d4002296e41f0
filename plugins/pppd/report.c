/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.c - loaded by pppd: tells the daemon that the link is up, on which
 * interface, with which addresses, and for whom. That the link ended, and why,
 * the daemon learns from pppd's exit status and its last words.
 *
 * A report is one packet on the socket that the option `l2tpd_report` names:
 *
 *     \1up INTERFACE LOCAL REMOTE USER
 *
 * with "-" for an address that there is not; USER may be empty and may hold
 * blanks; and before it, if the ends agreed upon one,
 *
 *     \1link SEND RECEIVE
 *
 * with the control characters to be escaped in each direction (ACCM) as
 * hexadecimal numbers, which whoever frames the link has to know. As server it asks, once the
 * peer has said who it is and unless the options or RADIUS give it an address,
 *
 *     \1ask USER
 *
 * and waits for the address, or "-" for whichever the peer wants. pppd's own log lines come on
 * the same socket and never begin with \1.
 */
#include "plugins/pppd/compat.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

extern char pppd_version[] __attribute__((visibility("default")));
void plugin_init(void) __attribute__((visibility("default")));

char pppd_version[] = COMPAT_VERSION;

/* How long the daemon may take to answer, and how often we look whether we shall end instead. */
enum { ANSWER_MS = 10000, LOOK_MS = 200 };

/* How long IPv4 may come after IPv6 to be told together with it. */
enum { IPV4_MAY_COME_S = 2 };

static int report_fd = -1;
static int have_ip, link_told;
static bool ask;
static void (*others_choice)(uint32_t *addr); /* RADIUS's */

static const char *dotted(uint32_t addr, char buf[INET_ADDRSTRLEN])
{
	struct in_addr in = { .s_addr = addr };

	return addr && inet_ntop(AF_INET, &in, buf, INET_ADDRSTRLEN) ? buf : "-";
}

static void report(const char *line, int n, size_t room)
{
	if (report_fd >= 0 && n > 0 && (size_t)n < room)
		(void)send(report_fd, line, (size_t)n, MSG_NOSIGNAL);
}

/* RFC 1662 section 7.1: all are escaped unless something else was agreed upon. */
static void report_link(void)
{
	const lcp_options *ours = &lcp_gotoptions[0], *theirs = &lcp_hisoptions[0];
	uint32_t sent = theirs->neg_asyncmap ? (uint32_t)theirs->asyncmap : 0xffffffff,
		 received = ours->neg_asyncmap ? (uint32_t)ours->asyncmap : 0xffffffff;
	char line[64];

	if (ours->neg_asyncmap || theirs->neg_asyncmap)
		report(line, snprintf(line, sizeof(line), "\1link %x %x", sent, received),
		       sizeof(line));
}

static void report_up(uint32_t local, uint32_t remote)
{
	char line[512], name[256], l[INET_ADDRSTRLEN], r[INET_ADDRSTRLEN];
	int n = snprintf(line, sizeof(line), "\1up %s %s %s %s", compat_ifname(), dotted(local, l),
			 dotted(remote, r), compat_peer(name, sizeof(name)));

	if (!link_told)
		report_link();
	link_told = 1;
	report(line, n, sizeof(line));
}

/* The answer's address; 0: none, or none came, as the daemon lets us end instead. */
static uint32_t answer(void)
{
	struct pollfd p = { .fd = report_fd, .events = POLLIN };
	struct in_addr in = { 0 };
	char line[64];
	ssize_t n;

	for (int ms = 0; ms < ANSWER_MS && !compat_is_ending(); ms += LOOK_MS) {
		if (poll(&p, 1, LOOK_MS) <= 0)
			continue;
		n = recv(report_fd, line, sizeof(line) - 1, MSG_DONTWAIT);
		line[n > 0 ? n : 0] = '\0';
		return inet_pton(AF_INET, line, &in) == 1 ? in.s_addr : 0;
	}
	return 0;
}

/* pppd is about to negotiate addresses. What is fixed stays, and RADIUS's word comes first. */
static void choose_address(uint32_t *addr)
{
	char line[320], name[256];
	uint32_t told = 0;

	if (others_choice)
		others_choice(&told);
	if (!told && !*addr && ask) {
		report(line,
		       snprintf(line, sizeof(line), "\1ask %s", compat_peer(name, sizeof(name))),
		       sizeof(line));
		told = answer();
	}
	if (told)
		*addr = told;
}

static void on_ip_up(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	have_ip = 1;
	report_up(ipcp_gotoptions[0].ouraddr, ipcp_hisoptions[0].hisaddr);
}

static void still_ipv6_alone(void *arg)
{
	(void)arg;
	if (!have_ip)
		report_up(0, 0);
}

/* IPv4 mostly comes right after it: then one report tells both. */
static void on_ipv6_up(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	if (!have_ip)
		compat_timeout(still_ipv6_alone, IPV4_MAY_COME_S);
}

static option_t options[] = {
	{ .name = "l2tpd_report",
	  .type = o_int,
	  .addr = &report_fd,
	  .flags = OPT_PRIV,
	  .description = "Descriptor on which l2tpd is told what happens" },
	{ .name = "l2tpd_ask",
	  .type = o_bool,
	  .addr = &ask,
	  .flags = OPT_PRIV | 1,
	  .description = "Ask l2tpd for the peer's address" },
	{ .name = NULL },
};

/* The descriptors that l2tpd handed over are pppd's alone, not its scripts'. */
void plugin_init(void)
{
	for (int fd = 3; fd <= 5; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	compat_add_options(options);
	others_choice = ip_choose_hook;
	ip_choose_hook = choose_address;
	compat_on(COMPAT_IP_UP, on_ip_up);
	compat_on(COMPAT_IPV6_UP, on_ipv6_up);
}
