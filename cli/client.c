/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client.h"

#include "lib/text.h"
#include "mgmt_proto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <rpc/pmap_clnt.h>
#include <rpc/rpc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TIMEOUT_S = 30, PATIENCE_S = 7 * 86400 };

struct client {
	char *where;
	int fd;
	CLIENT *rpc;
};

const struct value *record_value(const struct record *rec, const char *name)
{
	for (size_t i = 0; i < rec->count; i++)
		if (strcmp(rec->field[i].name, name) == 0)
			return &rec->field[i].value;
	return NULL;
}

/* --- connections ----------------------------------------------------------------------- */

/* libtirpc makes a client of any connected stream; the address is for its error texts alone. */
static int make_client(struct client *c, struct sockaddr *addr, socklen_t len, char **why)
{
	struct netbuf peer = { .maxlen = len, .len = len, .buf = addr };

	c->rpc = clnt_vc_create(c->fd, &peer, L2TPD_MGMT, L2TPD_MGMT_V1, 0, 0);
	return c->rpc ? 0 : why_set(why, EIO, "%s: %s", c->where, clnt_spcreateerror("no RPC"));
}

static int connect_unix(struct client *c, char **why)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(c->where) >= sizeof(addr.sun_path))
		return why_set(why, ENAMETOOLONG, "%s: too long for a socket's path", c->where);
	strcpy(addr.sun_path, c->where);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return make_client(c, (struct sockaddr *)&addr, sizeof(addr), why);
	if (errno == EACCES)
		return why_set(why, EACCES,
			       "%s: permission denied: only root and the socket's group may",
			       c->where);
	return why_set(why, errno,
		       "l2tpd does not answer on %s (%s)\nstart it with: l2tpd -c /etc/l2tpd.conf",
		       c->where, strerror(errno));
}

/* "192.0.2.1:2000", "[::1]:2000", "vpn.example.org"; the host's end is cut off with a NUL. */
static const char *split_port(char *host)
{
	char *colon = strrchr(host, ':'), *bracket = strrchr(host, ']');

	if (host[0] == '[' && bracket) {
		*bracket = '\0';
		memmove(host, host + 1, strlen(host + 1) + 1);
		return bracket[1] == ':' ? bracket + 2 : NULL;
	}
	if (!colon || strchr(host, ':') != colon)
		return NULL; /* none, or an IPv6 address alone */
	*colon = '\0';
	return colon + 1;
}

/* A network daemon without a port: rpcbind there knows. */
static uint16_t ask_rpcbind(const struct sockaddr *addr)
{
	struct sockaddr_in at;

	if (addr->sa_family != AF_INET)
		return 0;
	memcpy(&at, addr, sizeof(at));
	return pmap_getport(&at, L2TPD_MGMT, L2TPD_MGMT_V1, IPPROTO_TCP);
}

static int connect_to(struct client *c, struct addrinfo *a, bool has_port, char **why)
{
	uint16_t port = has_port ? 0 : htons(ask_rpcbind(a->ai_addr));

	if (!has_port && !port)
		return why_set(why, EIO, "%s: rpcbind there does not know l2tpd: give HOST:PORT",
			       c->where);
	if (port && a->ai_family == AF_INET)
		((struct sockaddr_in *)a->ai_addr)->sin_port = port;
	c->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, a->ai_addr, a->ai_addrlen) < 0)
		return why_set(why, errno, "l2tpd does not answer at %s (%s)", c->where,
			       strerror(errno));
	return make_client(c, a->ai_addr, a->ai_addrlen, why);
}

static int connect_tcp(struct client *c, char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	char *host = strdup(c->where);
	const char *port = host ? split_port(host) : NULL;
	int err = host ? getaddrinfo(host, port ? port : "1", &hints, &found) : EAI_MEMORY;

	if (err)
		err = why_set(why, EIO, "%s: %s", c->where, gai_strerror(err));
	else
		err = connect_to(c, found, port != NULL, why);
	if (found)
		freeaddrinfo(found);
	free(host);
	return err;
}

static int open_connection(struct client *c, char **why)
{
	return strchr(c->where, '/') ? connect_unix(c, why) : connect_tcp(c, why);
}

static void close_connection(struct client *c)
{
	if (c->rpc)
		clnt_destroy(c->rpc);
	if (c->fd >= 0)
		close(c->fd);
	c->rpc = NULL;
	c->fd = -1;
}

char *client_socket(const char *path)
{
	struct text t = TEXT_INIT;

	text_addf(&t, "%s%s", strchr(path, '/') ? "" : "./", path);
	return text_take(&t);
}

struct client *client_open(const char *where, char **why)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->fd = -1;
	c->where = strdup(where);
	if (c->where && open_connection(c, why) == 0)
		return c;
	client_close(c);
	return NULL;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	close_connection(c);
	free(c->where);
	free(c);
}

const char *client_where(const struct client *c)
{
	return c->where;
}

void client_interrupt(const struct client *c)
{
	if (c->fd >= 0)
		shutdown(c->fd, SHUT_RDWR);
}

/* Whether the daemon is still there; nothing is lost by asking before a command is sent. */
static bool is_connected(const struct client *c)
{
	char byte;

	if (c->fd < 0)
		return false;
	return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* --- replies --------------------------------------------------------------------------------- */

static struct value convert(const mgmt_value *from)
{
	struct value v = { .kind = VALUE_NONE };

	switch (from->kind) {
	case MGMT_NONE:
		break;
	case MGMT_BOOL:
		v.kind = VALUE_BOOL;
		v.number = from->mgmt_value_u.truth;
		break;
	case MGMT_UNSIGNED:
		v.kind = VALUE_UNSIGNED;
		v.number = from->mgmt_value_u.number;
		break;
	case MGMT_SIGNED:
		v.kind = VALUE_SIGNED;
		v.number = (uint64_t)from->mgmt_value_u.integer;
		break;
	case MGMT_TEXT:
		v.kind = VALUE_TEXT;
		v.text = from->mgmt_value_u.text;
		break;
	}
	return v;
}

/* The reply as the rest of the CLI knows it; all fields in one array. -ENOMEM. */
static int to_page(const mgmt_reply *from, struct page *page, struct record **records,
		   struct field **fields)
{
	size_t total = 0, at = 0;

	for (u_int i = 0; i < from->records.records_len; i++)
		total += from->records.records_val[i].mgmt_record_len;
	*records = calloc(from->records.records_len + 1, sizeof(**records));
	*fields = calloc(total + 1, sizeof(**fields));
	if (!*records || !*fields)
		return -ENOMEM;
	for (u_int i = 0; i < from->records.records_len; i++) {
		const mgmt_record *rec = &from->records.records_val[i];

		(*records)[i] = (struct record){ *fields + at, rec->mgmt_record_len };
		for (u_int k = 0; k < rec->mgmt_record_len; k++, at++) {
			const mgmt_field *f = &rec->mgmt_record_val[k];

			(*fields)[at] = (struct field){ f->name, f->unit, convert(&f->value) };
		}
	}
	*page = (struct page){ .refused = from->status != MGMT_DONE,
			       .list = from->list,
			       .message = from->message,
			       .record = *records,
			       .count = from->records.records_len,
			       .first = page->first,
			       .last = from->cursor == 0 };
	return 0;
}

static int ask(struct client *c, mgmt_request *req, struct page *page, struct timeval timeout,
	       bool (*show)(void *arg, const struct page *page), void *arg, bool *more, char **why)
{
	mgmt_reply reply = { 0 };
	struct record *records = NULL;
	struct field *fields = NULL;
	int err = 0;

	if (clnt_call(c->rpc, MGMT_RUN, (xdrproc_t)(void (*)(void))xdr_mgmt_request, (caddr_t)req,
		      (xdrproc_t)(void (*)(void))xdr_mgmt_reply, (caddr_t)&reply,
		      timeout) != RPC_SUCCESS)
		return why_set(why, EIO, "l2tpd went away or does not answer (%s)",
			       clnt_sperror(c->rpc, "RPC"));
	err = to_page(&reply, page, &records, &fields);
	if (!err) {
		*more = show(arg, page) && !page->last;
		page->first = false;
		req->cursor = reply.cursor;
	}
	free(records);
	free(fields);
	xdr_free((xdrproc_t)(void (*)(void))xdr_mgmt_reply, &reply);
	return err;
}

/* libtirpc holds all signals back while it waits: who waits for long does so beside the main
 * thread. */
struct asking {
	struct client *c;
	mgmt_request *req;
	struct page *page;
	bool (*show)(void *arg, const struct page *page);
	void *arg;
	bool more;
	char **why;
	int err;
};

static void *ask_in_thread(void *arg)
{
	struct asking *a = arg;
	struct timeval timeout = { .tv_sec = PATIENCE_S };

	a->err = ask(a->c, a->req, a->page, timeout, a->show, a->arg, &a->more, a->why);
	return NULL;
}

static int ask_patiently(struct client *c, mgmt_request *req, struct page *page,
			 bool (*show)(void *arg, const struct page *page), void *arg, bool *more,
			 char **why)
{
	struct asking a = { c, req, page, show, arg, *more, why, -EIO };
	pthread_t thread;

	if (pthread_create(&thread, NULL, ask_in_thread, &a) != 0)
		return why_set(why, EAGAIN, "no thread to wait in");
	pthread_join(thread, NULL);
	*more = a.more;
	return a.err;
}

int client_run(struct client *c, const struct words *words, bool abbreviated, bool patient,
	       bool (*show)(void *arg, const struct page *page), void *arg, char **why)
{
	struct timeval timeout = { .tv_sec = TIMEOUT_S };
	mgmt_request req = { .flags = abbreviated ? MGMT_ABBREVIATED : 0 };
	struct page page = { .first = true };
	bool more = true;
	int err = 0;

	if (!is_connected(c)) {
		close_connection(c);
		err = open_connection(c, why);
	}
	req.words.words_val = words->word;
	req.words.words_len = (u_int)words->count;
	while (!err && more)
		err = patient ? ask_patiently(c, &req, &page, show, arg, &more, why)
			      : ask(c, &req, &page, timeout, show, arg, &more, why);
	return err;
}
