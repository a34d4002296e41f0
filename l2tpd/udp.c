/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * udp.c - sockets for listening, and one for each tunnel that needs its own.
 *
 * A tunnel's socket shares the listener's address and port and is connected to
 * the peer, so that the kernel prefers it for that peer's datagrams. Sharing
 * needs SO_REUSEADDR on both; the listener sets it only after it was bound, so
 * that a second daemon on the same port is still refused.
 */
#include "l2tpd/udp.h"

#include "lib/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 16,	       /* datagrams taken with one system call */
	BATCHES = 4,	       /* and calls before others have their turn */
	DATAGRAM_BYTES = 4096, /* longer control messages do not exist; what is cut is dropped */
	CONTROL_BYTES = 128,
};

struct udp_socket {
	struct udp *udp;
	struct loop_watch *watch;
	int fd;
	uint16_t port;
	bool any; /* bound to no address: the source must be named when sending */
};

/* Descriptors kept for management, plugins and the launcher. */
enum { RESERVED_FILES = 64 };

struct udp {
	struct loop *loop;
	udp_received *received;
	void *arg;
	struct udp_socket **by_fd;
	size_t by_fd_count;
	int closed;	 /* set when a socket is closed while it is being read */
	int listener[2]; /* IPv4, IPv6; negative: none */
	uint8_t datagram[BATCH][DATAGRAM_BYTES];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_BYTES];
	struct sockaddr_storage from[BATCH];
};

/* --- receiving --------------------------------------------------------------------- */

static void local_address(const struct msghdr *mh, struct endpoint *local)
{
	struct msghdr m = *mh;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local->addr.family = AF_INET;
			memcpy(local->addr.bytes, &info.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			local->addr.family = AF_INET6;
			memcpy(local->addr.bytes, &info.ipi6_addr, 16);
		}
	}
}

static void hand_in(struct udp_socket *s, const struct mmsghdr *mm, const void *datagram)
{
	struct endpoint local = { .port = s->port }, peer;

	if (mm->msg_hdr.msg_flags & MSG_TRUNC)
		return;
	if (endpoint_from_sockaddr(&peer, mm->msg_hdr.msg_name, mm->msg_hdr.msg_namelen) < 0)
		return;
	local_address(&mm->msg_hdr, &local);
	s->udp->received(s->udp->arg, s->fd, &local, &peer, datagram, mm->msg_len);
}

static int receive(struct udp_socket *s)
{
	struct udp *u = s->udp;
	struct mmsghdr mm[BATCH];
	struct iovec iov[BATCH];

	memset(mm, 0, sizeof(mm));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ u->datagram[i], DATAGRAM_BYTES };
		mm[i].msg_hdr = (struct msghdr){ .msg_name = &u->from[i],
						 .msg_namelen = sizeof(u->from[i]),
						 .msg_iov = &iov[i],
						 .msg_iovlen = 1,
						 .msg_control = u->control[i],
						 .msg_controllen = CONTROL_BYTES };
	}
	int n = recvmmsg(s->fd, mm, BATCH, MSG_DONTWAIT, NULL);
	int fd = s->fd;

	u->closed = -1;
	/* What is handed in may end this very tunnel and close its socket. */
	for (int i = 0; i < n && u->closed != fd; i++)
		hand_in(s, &mm[i], u->datagram[i]);
	return u->closed == fd ? -1 : n;
}

static void readable(void *arg)
{
	struct udp_socket *s = arg;

	for (int i = 0; i < BATCHES; i++)
		if (receive(s) < BATCH)
			break; /* an error (a peer's ICMP) is told by silence */
}

/* --- opening ----------------------------------------------------------------------------- */

static int remember(struct udp *u, struct udp_socket *s)
{
	if ((size_t)s->fd >= u->by_fd_count) {
		size_t count = (size_t)s->fd * 2 + 16;
		struct udp_socket **grown = realloc(u->by_fd, count * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + u->by_fd_count, 0, (count - u->by_fd_count) * sizeof(*grown));
		u->by_fd = grown;
		u->by_fd_count = count;
	}
	u->by_fd[s->fd] = s;
	return 0;
}

static void destroy(struct udp_socket *s)
{
	loop_unwatch(s->watch);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static int set_options(int fd, int family)
{
	int one = 1, err;

	if (family == AF_INET6) {
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		err |= setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	} else {
		err = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	}
	return err ? -errno : 0;
}

static int share_port(int fd)
{
	int one = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ? -errno : 0;
}

static int bind_to(int fd, struct endpoint *local)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(local, &ss);
	struct endpoint bound;

	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		return -errno;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	endpoint_from_sockaddr(&bound, (struct sockaddr *)&ss, len);
	local->port = bound.port;
	return 0;
}

/* A burst of datagrams while the loop is busy elsewhere should find room. */
static void ask_for_room(int fd)
{
	int bytes = 8 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

/* The last descriptors are not for tunnels: without them nobody could delete one. */
static bool is_reserved(int fd)
{
	struct rlimit files;

	return getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	       (rlim_t)fd + RESERVED_FILES >= files.rlim_cur;
}

static int open_socket(struct udp *u, int family, struct endpoint *local, bool listener)
{
	struct udp_socket *s = calloc(1, sizeof(*s));
	bool any = local->addr.family == AF_UNSPEC;
	struct endpoint to = *local;
	int err = 0;

	if (!s)
		return -ENOMEM;
	s->udp = u;
	s->any = any;
	to.addr.family = (uint8_t)family;
	s->fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	if (s->fd < 0)
		err = -errno;
	else if (is_reserved(s->fd))
		err = -EMFILE;
	if (!err)
		err = set_options(s->fd, family);
	if (!err && !listener && local->port)
		err = share_port(s->fd);
	if (!err)
		err = bind_to(s->fd, &to);
	if (!err && listener)
		err = share_port(s->fd);
	if (!err && listener)
		ask_for_room(s->fd);
	if (!err)
		s->watch = loop_watch(u->loop, s->fd, LOOP_READ, readable, s);
	if (!err && (!s->watch || remember(u, s) < 0))
		err = -ENOMEM;
	if (err) {
		destroy(s);
		return err;
	}
	s->port = local->port = to.port;
	return s->fd;
}

int udp_listen(struct udp *u, uint16_t port, char **why)
{
	struct endpoint any = { .port = port };
	int four = open_socket(u, AF_INET, &any, true);
	int six = open_socket(u, AF_INET6, &any, true);
	int err = four < 0 && four != -EAFNOSUPPORT ? four
		  : six < 0 && six != -EAFNOSUPPORT ? six
						    : 0;

	if (err == -EADDRINUSE)
		return why_set(why, EADDRINUSE,
			       "UDP port %u is in use: is another L2TP daemon running? (-u takes "
			       "another port)",
			       port);
	u->listener[0] = four;
	u->listener[1] = six;
	if (err || (four < 0 && six < 0))
		return why_set(why, err ? -err : EAFNOSUPPORT, "cannot listen on UDP port %u: %s",
			       port, strerror(err ? -err : EAFNOSUPPORT));
	return 0;
}

/* --- the engine's side ------------------------------------------------------------------- */

static int transport_listener(void *ctx, int family)
{
	const struct udp *u = ctx;
	int fd = u->listener[family == AF_INET6];

	return fd < 0 ? -1 : fd;
}

static int transport_open(void *ctx, int family, struct endpoint *local)
{
	return open_socket(ctx, family, local, false);
}

static int transport_connect(void *ctx, int fd, const struct endpoint *peer)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(peer, &ss);

	(void)ctx;
	return connect(fd, (struct sockaddr *)&ss, len) < 0 ? -errno : 0;
}

/* An option that IPv4 and IPv6 call by different names. */
static int set_option(int fd, int of_ip, int of_ipv6, int ip_value, int ipv6_value)
{
	int family = 0, err;
	socklen_t len = sizeof(family);

	err = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	if (!err && family == AF_INET6)
		err = setsockopt(fd, IPPROTO_IPV6, of_ipv6, &ipv6_value, sizeof(ipv6_value));
	else if (!err)
		err = setsockopt(fd, IPPROTO_IP, of_ip, &ip_value, sizeof(ip_value));
	return err ? -errno : 0;
}

/* The code point is the upper six bits of what IPv4 calls TOS and IPv6 traffic class. */
static int transport_mark(void *ctx, int fd, unsigned dscp)
{
	int tos = (int)(dscp << 2);

	(void)ctx;
	return set_option(fd, IP_TOS, IPV6_TCLASS, tos, tos);
}

static int transport_discover_pmtu(void *ctx, int fd)
{
	(void)ctx;
	return set_option(fd, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO, IPV6_PMTUDISC_DO);
}

static void transport_close(void *ctx, int fd)
{
	struct udp *u = ctx;

	destroy(u->by_fd[fd]);
	u->by_fd[fd] = NULL;
	u->closed = fd;
}

static size_t source_control(const struct endpoint *local, uint8_t control[CONTROL_BYTES])
{
	struct msghdr mh = { .msg_control = control, .msg_controllen = CONTROL_BYTES };
	struct cmsghdr *c = CMSG_FIRSTHDR(&mh);

	memset(control, 0, CONTROL_BYTES);
	if (local->addr.family == AF_INET) {
		struct in_pktinfo info = { 0 };

		memcpy(&info.ipi_spec_dst, local->addr.bytes, 4);
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(info)), IPPROTO_IP, IP_PKTINFO };
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	if (local->addr.family == AF_INET6) {
		struct in6_pktinfo info = { 0 };

		memcpy(&info.ipi6_addr, local->addr.bytes, 16);
		*c = (struct cmsghdr){ CMSG_LEN(sizeof(info)), IPPROTO_IPV6, IPV6_PKTINFO };
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	return 0;
}

static void transport_send(void *ctx, int fd, const struct endpoint *local,
			   const struct endpoint *peer, const void *datagram, size_t len)
{
	struct udp *u = ctx;
	struct sockaddr_storage ss;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
	struct iovec iov = { (void *)(uintptr_t)datagram, len };
	struct msghdr mh = { .msg_name = &ss, .msg_iov = &iov, .msg_iovlen = 1 };

	mh.msg_namelen = endpoint_to_sockaddr(peer, &ss);
	if (u->by_fd[fd]->any) {
		mh.msg_controllen = source_control(local, control);
		mh.msg_control = mh.msg_controllen ? control : NULL;
	}
	/* Lost here or on the way: the channel sends it again. */
	if (sendmsg(fd, &mh, MSG_DONTWAIT) < 0 && errno == ECONNREFUSED)
		(void)sendmsg(fd, &mh, MSG_DONTWAIT); /* that was an older datagram's ICMP */
}

struct transport udp_transport(struct udp *u)
{
	return (struct transport){ .ctx = u,
				   .listener = transport_listener,
				   .open = transport_open,
				   .connect = transport_connect,
				   .mark = transport_mark,
				   .discover_pmtu = transport_discover_pmtu,
				   .close = transport_close,
				   .send = transport_send };
}

struct udp *udp_new(struct loop *loop, udp_received *received, void *arg)
{
	struct udp *u = calloc(1, sizeof(*u));

	if (u)
		*u = (struct udp){ .loop = loop,
				   .received = received,
				   .arg = arg,
				   .closed = -1,
				   .listener = { -1, -1 } };
	return u;
}

void udp_free(struct udp *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->by_fd_count; i++)
		if (u->by_fd[i])
			destroy(u->by_fd[i]);
	free(u->by_fd);
	free(u);
}
