/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugins/splitroute/splitroute.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A second, and twice as long each time; a quarter more or less. RFC 2131 section 4.1 would begin
 * with four seconds, for networks of many clients; a link has one, somebody waits for it, and the
 * first question is often too early: the server's end is not up as soon as ours.
 */
enum { FIRST_PAUSE_MS = 1000, TIMES = 6 };

static uint32_t random_number(void)
{
	uint32_t n = 0;

	(void)!getrandom(&n, sizeof(n), 0);
	return n;
}

/* --- asking -------------------------------------------------------------------------------- */

/* Ethernet's type of address, though the link has none: servers look at the options instead. */
static size_t request(const struct ask *a, struct dhcp_out *out)
{
	static const uint8_t wanted[] = { DHCP_OPT_ROUTES, DHCP_OPT_MS_ROUTES,
					  DHCP_OPT_STATIC_ROUTES, DHCP_OPT_DOMAIN, DHCP_OPT_DNS };
	struct dhcp m = { .op = DHCP_BOOTREQUEST,
			  .htype = 1,
			  .hlen = 6,
			  .xid = a->xid,
			  .type = DHCPINFORM,
			  .ciaddr = a->local };
	uint8_t size[2] = { (uint8_t)(a->size >> 8), (uint8_t)a->size };

	/* locally administered, and as good as any: the link's own address */
	m.chaddr[0] = 2;
	memcpy(m.chaddr + 2, a->local.bytes, 4);
	dhcp_begin(out, &m, DHCP_SIZE);
	dhcp_put(out, DHCP_OPT_WANTED, wanted, sizeof(wanted));
	dhcp_put(out, DHCP_OPT_MAX_SIZE, size, sizeof(size));
	return dhcp_end(out);
}

static void transmit(struct ask *a, uint64_t now_ms)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(DHCP_SERVER_PORT),
				  .sin_addr.s_addr = htonl(INADDR_BROADCAST) };
	struct dhcp_out out;
	size_t len = request(a, &out);
	uint32_t pause = (uint32_t)FIRST_PAUSE_MS << a->sent;

	(void)sendto(a->fd, out.bytes, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
	a->again_ms = now_ms + pause - pause / 4 + random_number() % (pause / 2);
	a->sent++;
}

/* The client's port; if a DHCP client does not share it, any: most servers answer there, too. */
static int bind_to(int fd, const struct addr *local)
{
	struct sockaddr_in us = { .sin_family = AF_INET, .sin_port = htons(DHCP_CLIENT_PORT) };

	memcpy(&us.sin_addr, local->bytes, 4);
	if (bind(fd, (struct sockaddr *)&us, sizeof(us)) == 0)
		return 0;
	us.sin_port = 0;
	return bind(fd, (struct sockaddr *)&us, sizeof(us)) < 0 ? -errno : 0;
}

/* What the link lets through in one piece. */
static uint16_t largest(int fd, const char *interface)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, interface, strnlen(interface, sizeof(r.ifr_name) - 1));
	if (ioctl(fd, SIOCGIFMTU, &r) < 0 || r.ifr_mtu < DHCP_SIZE + DHCP_IP_UDP)
		return DHCP_SIZE + DHCP_IP_UDP;
	return r.ifr_mtu < DHCP_SIZE_MAX + DHCP_IP_UDP ? (uint16_t)r.ifr_mtu
						       : DHCP_SIZE_MAX + DHCP_IP_UDP;
}

int ask_begin(struct ask *a, const char *interface, const struct addr *local, uint64_t now_ms)
{
	int on = 1, err;

	*a = (struct ask){ .local = *local, .xid = random_number() };
	a->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd < 0)
		return -errno;
	setsockopt(a->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(a->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	err = setsockopt(a->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
			 (socklen_t)strlen(interface)) < 0
		      ? -errno
		      : bind_to(a->fd, local);
	if (err) {
		ask_end(a);
		return err;
	}
	a->size = largest(a->fd, interface);
	transmit(a, now_ms);
	return 0;
}

bool ask_again(struct ask *a, uint64_t now_ms)
{
	if (now_ms < a->again_ms)
		return true;
	if (a->sent == TIMES)
		return false;
	transmit(a, now_ms);
	return true;
}

void ask_end(struct ask *a)
{
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

/* --- the answer ---------------------------------------------------------------------------- */

static bool is_answer(const struct ask *a, const struct dhcp *m)
{
	return m->op == DHCP_BOOTREPLY && m->type == DHCPACK && m->xid == a->xid;
}

/* 121 makes the others nothing (RFC 3442); 249 is the same for servers that know Windows alone. */
static void take_routes(const struct dhcp *m, struct told *told)
{
	uint8_t option[DHCP_OPTION_MAX];
	int n = dhcp_option(m, DHCP_OPT_ROUTES, option, sizeof(option)), got;

	if (n < 0)
		n = dhcp_option(m, DHCP_OPT_MS_ROUTES, option, sizeof(option));
	if (n >= 0) {
		got = dhcp_routes(option, (size_t)n, told->route, ROUTES_MAX);
	} else {
		n = dhcp_option(m, DHCP_OPT_STATIC_ROUTES, option, sizeof(option));
		got = n < 0 ? 0 : dhcp_static_routes(option, (size_t)n, told->route, ROUTES_MAX);
	}
	told->routes = got > 0 ? (unsigned)got : 0;
}

static void take_servers(const struct dhcp *m, struct told *told)
{
	uint8_t option[DHCP_OPTION_MAX];
	int n = dhcp_option(m, DHCP_OPT_DNS, option, sizeof(option));

	for (int i = 0; i + 4 <= n && told->servers < DNS_MAX; i += 4) {
		struct addr *a = &told->dns[told->servers];

		if (option[i] == 0 || option[i] == 127 || option[i] >= 224)
			continue;
		a->family = AF_INET;
		memcpy(a->bytes, option + i, 4);
		told->servers++;
	}
}

/* It goes to scripts and resolvers: letters, digits, hyphens and dots, or nothing. */
static void take_domain(const struct dhcp *m, struct told *told)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	uint8_t option[DHCP_OPTION_MAX];
	int n = dhcp_option(m, DHCP_OPT_DOMAIN, option, sizeof(option));

	if (n > 0 && option[n - 1] == '\0')
		n--;
	if (n <= 0 || n >= DOMAIN_MAX || option[0] == '-' || option[0] == '.')
		return;
	memcpy(told->domain, option, (size_t)n);
	told->domain[n] = '\0';
	if (strspn(told->domain, good) != (size_t)n)
		told->domain[0] = '\0';
}

bool ask_understand(const struct ask *a, const void *reply, size_t len, struct told *told)
{
	struct dhcp m;

	memset(told, 0, sizeof(*told));
	if (dhcp_parse(&m, reply, len) < 0 || !is_answer(a, &m))
		return false;
	take_routes(&m, told);
	take_servers(&m, told);
	take_domain(&m, told);
	return true;
}

bool ask_heard(struct ask *a, struct told *told)
{
	uint8_t reply[DHCP_SIZE_MAX];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(a->fd, reply, sizeof(reply), MSG_DONTWAIT | MSG_TRUNC,
			     (struct sockaddr *)&from, &from_len)) >= 0) {
		if ((size_t)n <= sizeof(reply) && from.sin_port == htons(DHCP_SERVER_PORT) &&
		    ask_understand(a, reply, (size_t)n, told))
			return true;
		from_len = sizeof(from);
	}
	return false;
}
