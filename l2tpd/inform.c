/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/inform.h"

#include "lib/keymap.h"
#include "lib/list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUESTS_A_WAKE = 32 };

struct asker {
	struct keymap_node by_interface, by_handle;
	struct list all;
	unsigned interface;
	struct handle handle;
};

struct inform {
	struct loop *loop;
	struct engine *engine;
	const struct log *log;
	int fd;
	struct loop_watch *watch;
	bool failed; /* and said so */
	struct keymap by_interface, by_handle;
	struct list all;
	struct log_limit limit;
};

/* --- what is answered --------------------------------------------------------------------- */

/* Options that the client asked for; all, if it did not say which. */
static bool wants(const struct dhcp *m, enum dhcp_option code)
{
	uint8_t wanted[DHCP_OPTION_MAX];
	int n = dhcp_option(m, DHCP_OPT_WANTED, wanted, sizeof(wanted));

	return n < 0 || memchr(wanted, (int)code, (size_t)n);
}

static size_t size_for(const struct dhcp *m)
{
	uint8_t size[2];
	size_t most;

	if (dhcp_option(m, DHCP_OPT_MAX_SIZE, size, sizeof(size)) != 2)
		return DHCP_SIZE;
	most = (size_t)(size[0] << 8 | size[1]);
	return most > DHCP_SIZE + DHCP_IP_UDP ? most - DHCP_IP_UDP : DHCP_SIZE;
}

static void put_servers(struct dhcp_out *out, const struct ppp_conf *c)
{
	uint8_t both[8];
	size_t len = 0;

	if (c->dns_pri.family == AF_INET) {
		memcpy(both, c->dns_pri.bytes, 4);
		len = 4;
	}
	if (c->dns_sec.family == AF_INET) {
		memcpy(both + len, c->dns_sec.bytes, 4);
		len += 4;
	}
	if (len)
		dhcp_put(out, DHCP_OPT_DNS, both, len);
}

/* It asks for what is behind the link, from the address that it has there, and by nobody's hand. */
static bool is_due(const struct engine_link *link, const struct dhcp *m)
{
	static const uint8_t nobody[4];

	return m->op == DHCP_BOOTREQUEST && m->type == DHCPINFORM &&
	       addr_equal(&m->ciaddr, &link->up->remote) &&
	       memcmp(m->giaddr.bytes, nobody, sizeof(nobody)) == 0 &&
	       (link->ppp.client_routes || link->ppp.client_domain);
}

size_t inform_answer(const struct engine_link *link, const void *request, size_t len,
		     struct dhcp_out *out, bool *cut)
{
	static const enum dhcp_option both[] = { DHCP_OPT_ROUTES, DHCP_OPT_MS_ROUTES };
	const char *domain = link->ppp.client_domain;
	uint8_t routes[DHCP_OPTION_MAX];
	size_t routes_len;
	struct dhcp m;

	*cut = false;
	if (dhcp_parse(&m, request, len) < 0 || !is_due(link, &m))
		return 0;
	m.op = DHCP_BOOTREPLY;
	m.type = DHCPACK;
	dhcp_begin(out, &m, size_for(&m));
	dhcp_put(out, DHCP_OPT_SERVER, link->up->local.bytes, 4);
	if (wants(&m, DHCP_OPT_DNS))
		put_servers(out, &link->ppp);
	if (domain && wants(&m, DHCP_OPT_DOMAIN))
		dhcp_put(out, DHCP_OPT_DOMAIN, domain, strlen(domain));
	routes_len = dhcp_write_routes(link->ppp.client_routes, &link->up->local, routes,
				       sizeof(routes));
	for (unsigned i = 0; routes_len && i < 2; i++)
		if (wants(&m, both[i]) && !dhcp_put(out, both[i], routes, routes_len))
			*cut = true;
	return dhcp_end(out);
}

/* --- the socket ------------------------------------------------------------------------------ */

static struct asker *asker_at(const struct inform *i, unsigned interface)
{
	struct keymap_node *n = keymap_get(&i->by_interface, &interface, sizeof(interface));

	return n ? container_of(n, struct asker, by_interface) : NULL;
}

/* By which interface a datagram came; 0: not told. */
static unsigned came_by(struct msghdr *mh)
{
	struct in_pktinfo info;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
			continue;
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		return (unsigned)info.ipi_ifindex;
	}
	return 0;
}

/* Through the link alone, from our address there. */
static void send_answer(struct inform *i, const struct asker *a, const struct addr *from,
			const struct sockaddr_in *to, struct dhcp_out *out, size_t len)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))] = { 0 };
	struct in_pktinfo info = { .ipi_ifindex = (int)a->interface };
	struct iovec iov = { out->bytes, len };
	struct msghdr mh = { .msg_name = (void *)(uintptr_t)to,
			     .msg_namelen = sizeof(*to),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);

	memcpy(&info.ipi_spec_dst, from->bytes, 4);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
	(void)sendmsg(i->fd, &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void answer(struct inform *i, const struct asker *a, const struct sockaddr_in *from,
		   const void *request, size_t len)
{
	struct engine_link link;
	struct dhcp_out out;
	size_t n;
	bool cut;

	if (engine_link(i->engine, a->handle, &link) < 0)
		return;
	n = memcmp(&from->sin_addr, link.up->remote.bytes, 4) == 0
		    ? inform_answer(&link, request, len, &out, &cut)
		    : 0;
	if (n && cut && log_limit_ok(i->log, &i->limit, loop_now_ms(), "answers that are too long"))
		log_warning(i->log,
			    "session %u/%u: client_routes do not fit into the answer that the "
			    "client can take",
			    a->handle.tunnel_id, a->handle.session_id);
	if (n)
		send_answer(i, a, &link.up->local, from, &out, n);
	engine_link_free(&link);
}

static void on_request(void *arg)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct inform *i = arg;
	uint8_t request[DHCP_SIZE_MAX];

	for (int k = 0; k < REQUESTS_A_WAKE; k++) {
		struct sockaddr_in from = { 0 };
		struct iovec iov = { request, sizeof(request) };
		struct msghdr mh = { .msg_name = &from,
				     .msg_namelen = sizeof(from),
				     .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = control,
				     .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(i->fd, &mh, MSG_DONTWAIT);
		const struct asker *a;

		if (n < 0)
			return;
		a = asker_at(i, came_by(&mh));
		if (a && !(mh.msg_flags & MSG_TRUNC))
			answer(i, a, &from, request, (size_t)n);
	}
}

/* Another DHCP server of this host may share the port, if it lets others (SO_REUSEADDR). */
static int open_socket(struct inform *i)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(DHCP_SERVER_PORT) };
	int on = 1, err;

	i->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (i->fd < 0)
		return -errno;
	setsockopt(i->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(i->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (bind(i->fd, (struct sockaddr *)&any, sizeof(any)) == 0)
		i->watch = loop_watch(i->loop, i->fd, LOOP_READ, on_request, i);
	if (i->watch)
		return 0;
	err = errno ? -errno : -ENOMEM;
	close(i->fd);
	i->fd = -1;
	return err;
}

/* --- links ------------------------------------------------------------------------------------ */

static void forget(struct inform *i, struct asker *a)
{
	keymap_del(&i->by_interface, &a->by_interface);
	keymap_del(&i->by_handle, &a->by_handle);
	list_del(&a->all);
	free(a);
}

void inform_link_down(struct inform *i, struct handle handle)
{
	struct keymap_node *n = keymap_get(&i->by_handle, &handle, sizeof(handle));

	if (n)
		forget(i, container_of(n, struct asker, by_handle));
}

static void remember(struct inform *i, struct handle handle, unsigned interface)
{
	struct asker *a = asker_at(i, interface);

	if (a) /* an interface has one link: what was there before is gone */
		forget(i, a);
	inform_link_down(i, handle);
	a = calloc(1, sizeof(*a));
	if (!a)
		return;
	a->handle = handle;
	a->interface = interface;
	list_add_tail(&i->all, &a->all);
	if (keymap_add(&i->by_interface, &a->by_interface, &a->interface, sizeof(a->interface)) <
		    0 ||
	    keymap_add(&i->by_handle, &a->by_handle, &a->handle, sizeof(a->handle)) < 0)
		forget(i, a);
}

void inform_link_up(struct inform *i, struct handle handle, const char *interface)
{
	unsigned index = if_nametoindex(interface);
	int err = i->fd < 0 && !i->failed ? open_socket(i) : 0;

	if (err) {
		i->failed = true;
		log_error(i->log, "client_routes cannot be told: UDP port %d: %s%s",
			  DHCP_SERVER_PORT, strerror(-err),
			  err == -EADDRINUSE ? " (by a DHCP server that does not share it)" : "");
	}
	if (index && i->fd >= 0)
		remember(i, handle, index);
}

struct inform *inform_new(struct loop *loop, struct engine *e, const struct log *log)
{
	struct inform *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	*i = (struct inform){ .loop = loop, .engine = e, .log = log, .fd = -1 };
	list_init(&i->all);
	keymap_init(&i->by_interface, 7);
	keymap_init(&i->by_handle, 8);
	return i;
}

void inform_free(struct inform *i)
{
	if (!i)
		return;
	while (!list_empty(&i->all))
		forget(i, container_of(i->all.next, struct asker, all));
	keymap_free(&i->by_interface);
	keymap_free(&i->by_handle);
	loop_unwatch(i->watch);
	if (i->fd >= 0)
		close(i->fd);
	free(i);
}
