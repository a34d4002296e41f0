/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt_net.h"

#include "l2tpd/rpcbind.h"
#include "lib/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	NETWORKS_MAX = 32,
	ANSWERS_KEPT = 32,  /* to datagrams, for who asks again because ours was lost */
	DATAGRAM_PAGE = 48, /* records in a reply that must fit into a datagram */
	DATAGRAM_MAX = 65000,
};

/* A request that came as a datagram, and its answer. */
struct answer {
	struct mgmt_net *net;
	struct rpc_conn *rpc; /* until it is answered */
	struct sockaddr_storage from;
	socklen_t from_len;
	uint32_t xid;
	char *bytes;
	size_t len;
};

struct mgmt_net {
	struct loop *loop;
	struct mgmt *m;
	struct network allow[NETWORKS_MAX];
	unsigned allowed;
	int udp;
	struct loop_watch *watch;
	struct answer answer[ANSWERS_KEPT];
	unsigned next;
	bool registered;
	struct log_limit limit;
};

/* --- what is asked for -------------------------------------------------------------------- */

/* "192.0.2.0/24", "::1" */
static int parse_network(const char *text, struct network *n, char **why)
{
	return network_parse(n, text, strlen(text)) == 0
		       ? 0
		       : why_set(why, EINVAL,
				 "-A %s: no address, nor a network, as 192.0.2.0/24 or "
				 "2001:db8::/48",
				 text);
}

/* "192.0.2.1", "192.0.2.1:2000", "[2001:db8::1]:2000", "2001:db8::1" */
static int parse_listen(const char *text, struct endpoint *e, char **why)
{
	const char *colon = strrchr(text, ':'), *port = NULL;
	char addr[64], *end = NULL;
	size_t len = strlen(text);
	long number = 0;

	*e = (struct endpoint){ 0 };
	if (addr_parse(&e->addr, text) == 0)
		return 0;
	if (colon && (text[0] != '[' || (colon > text && colon[-1] == ']'))) {
		port = colon + 1;
		len = (size_t)(colon - text);
	}
	if (text[0] == '[' && len > 2 && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	snprintf(addr, sizeof(addr), "%.*s", (int)(len < 63 ? len : 63), text);
	if (port)
		number = strtol(port, &end, 10);
	if (addr_parse(&e->addr, addr) < 0 ||
	    (port && (!*port || *end || number < 0 || number > 65535)))
		return why_set(why, EINVAL, "-R %s: no ADDRESS[:PORT]", text);
	e->port = (uint16_t)number;
	return 0;
}

static int parse(const struct mgmt_net_options *o, struct mgmt_net *n, struct endpoint *at,
		 char **why)
{
	static const char *const here[] = { "127.0.0.0/8", "::1" };
	const char *const *allow = o->allowed ? o->allow : here;
	unsigned count = o->allowed ? o->allowed : 2;
	int err = parse_listen(o->listen, at, why);

	if (count > NETWORKS_MAX)
		return why_set(why, E2BIG, "-A: more than %d networks", NETWORKS_MAX);
	for (n->allowed = 0; !err && n->allowed < count; n->allowed++)
		err = parse_network(allow[n->allowed], &n->allow[n->allowed], why);
	return err;
}

int mgmt_net_check(const struct mgmt_net_options *o, char **why)
{
	struct mgmt_net *n = calloc(1, sizeof(*n));
	struct endpoint at;
	int err = n ? parse(o, n, &at, why) : -ENOMEM;

	free(n);
	return err;
}

/* --- who may ---------------------------------------------------------------------------------- */

static bool is_allowed(struct mgmt_net *n, const struct sockaddr_storage *from, socklen_t len)
{
	struct endpoint e;
	char text[ENDPOINT_TEXT];

	if (endpoint_from_sockaddr(&e, (const struct sockaddr *)from, len) < 0)
		return false;
	for (unsigned i = 0; i < n->allowed; i++)
		if (network_contains(&n->allow[i], &e.addr))
			return true;
	if (log_limit_ok(&n->m->log, &n->limit, loop_now_ms(), "management from elsewhere"))
		log_warning(&n->m->log, "management: %s is of no allowed network (-A)",
			    endpoint_text(&e, text));
	return false;
}

static bool judge(void *arg, int fd, struct rpc_terms *terms)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);

	terms->access = RPC_ALL;
	return getpeername(fd, (struct sockaddr *)&from, &len) == 0 && is_allowed(arg, &from, len);
}

/* --- datagrams --------------------------------------------------------------------------- */

static void answer_free(struct answer *a)
{
	rpc_conn_free(a->rpc);
	free(a->bytes);
	*a = (struct answer){ 0 };
}

static void send_answer(const struct answer *a)
{
	if (a->len)
		(void)sendto(a->net->udp, a->bytes, a->len, MSG_DONTWAIT,
			     (const struct sockaddr *)&a->from, a->from_len);
}

/* The record mark of streams is in front; a reply that is too long is not sent: TCP is there. */
static void on_ready(void *arg)
{
	struct answer *a = arg;
	const void *p;
	size_t len = rpc_conn_output(a->rpc, &p);

	if (len <= 4 || len - 4 > DATAGRAM_MAX || a->bytes)
		return;
	a->bytes = malloc(len - 4);
	if (!a->bytes)
		return;
	a->len = len - 4;
	memcpy(a->bytes, (const char *)p + 4, a->len);
	send_answer(a);
}

static struct answer *asked_before(struct mgmt_net *n, const struct sockaddr_storage *from,
				   socklen_t from_len, uint32_t xid)
{
	for (unsigned i = 0; i < ANSWERS_KEPT; i++) {
		struct answer *a = &n->answer[i];

		if (a->net && a->xid == xid && a->from_len == from_len &&
		    memcmp(&a->from, from, from_len) == 0)
			return a;
	}
	return NULL;
}

static void take_datagram(struct mgmt_net *n, uint8_t *buf, size_t len,
			  const struct sockaddr_storage *from, socklen_t from_len)
{
	struct rpc_terms terms = { .access = RPC_ALL, .page = DATAGRAM_PAGE };
	uint32_t mark = htonl(UINT32_C(0x80000000) | (uint32_t)len), xid;
	struct answer *a;

	memcpy(&xid, buf + 4, sizeof(xid));
	a = asked_before(n, from, from_len, xid);
	if (a) {
		send_answer(a);
		return;
	}
	a = &n->answer[n->next++ % ANSWERS_KEPT];
	answer_free(a);
	*a = (struct answer){ .net = n, .from = *from, .from_len = from_len, .xid = xid };
	a->rpc = rpc_conn_new(n->m, &terms, on_ready, a);
	memcpy(buf, &mark, sizeof(mark));
	if (!a->rpc || rpc_conn_input(a->rpc, buf, len + 4) < 0)
		answer_free(a);
}

static void on_datagram(void *arg)
{
	struct mgmt_net *n = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t from_len = sizeof(from);
	_Alignas(4) uint8_t buf[4 + 9000]; /* a request is a few words */
	ssize_t len = recvfrom(n->udp, buf + 4, sizeof(buf) - 4, MSG_DONTWAIT,
			       (struct sockaddr *)&from, &from_len);

	if (len >= 4 && is_allowed(n, &from, from_len))
		take_datagram(n, buf, (size_t)len, &from, from_len);
}

/* --- life
 * ------------------------------------------------------------------------------------------ */

static int bound(int type, struct endpoint *at)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(at, &ss);
	int fd = socket(at->addr.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		return -errno;
	if (at->addr.family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return endpoint_from_sockaddr(at, (struct sockaddr *)&ss, len) < 0 ? -EAFNOSUPPORT : fd;
}

/* TCP first; UDP takes the port that TCP got. */
static int open_sockets(struct mgmt_net *n, struct mgmt_clients *clients, struct endpoint *at,
			char **why)
{
	char text[ENDPOINT_TEXT];
	int tcp = bound(SOCK_STREAM, at), err = 0;

	n->udp = tcp < 0 ? tcp : bound(SOCK_DGRAM, at);
	if (n->udp < 0 || listen(tcp, SOMAXCONN) < 0) {
		err = n->udp < 0 ? n->udp : -errno;
		if (tcp >= 0)
			close(tcp);
		return why_set(why, -err, "-R: cannot listen on %s: %s", endpoint_text(at, text),
			       strerror(-err));
	}
	err = mgmt_clients_listen(clients, tcp, judge, n);
	if (!err) {
		n->watch = loop_watch(n->loop, n->udp, LOOP_READ, on_datagram, n);
		err = n->watch ? 0 : -ENOMEM;
	}
	return err;
}

struct mgmt_net *mgmt_net_new(struct loop *loop, struct mgmt_clients *clients, struct mgmt *m,
			      const struct mgmt_net_options *o, char **why)
{
	struct mgmt_net *n = calloc(1, sizeof(*n));
	char text[ENDPOINT_TEXT];
	struct endpoint at;

	if (!n)
		return NULL;
	n->loop = loop;
	n->m = m;
	n->udp = -1;
	if (parse(o, n, &at, why) < 0 || open_sockets(n, clients, &at, why) < 0) {
		mgmt_net_free(n);
		return NULL;
	}
	n->registered = rpcbind_register(at.port);
	log_warning(&m->log,
		    "management over the network: %s, TCP and UDP%s. Sun RPC is neither "
		    "encrypted nor strongly authenticated: whoever can send from an allowed "
		    "address manages this daemon",
		    endpoint_text(&at, text), n->registered ? ", known to rpcbind" : "");
	return n;
}

void mgmt_net_free(struct mgmt_net *n)
{
	if (!n)
		return;
	if (n->registered)
		rpcbind_unregister();
	for (unsigned i = 0; i < ANSWERS_KEPT; i++)
		answer_free(&n->answer[i]);
	loop_unwatch(n->watch);
	if (n->udp >= 0)
		close(n->udp);
	free(n);
}
