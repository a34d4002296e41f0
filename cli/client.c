/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/client.h"

#include "lib/text.h"
#include "mgmt_proto.h"

#include <errno.h>
#include <rpc/rpc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TIMEOUT_S = 30 };

struct client {
	int fd;
	CLIENT *rpc;
};

/* libtirpc makes a client of any connected stream; the address is for its error texts alone. */
static CLIENT *rpc_client(int fd, struct sockaddr_un *addr)
{
	struct netbuf peer = { .maxlen = sizeof(*addr), .len = sizeof(*addr), .buf = addr };

	return clnt_vc_create(fd, &peer, L2TPD_MGMT, L2TPD_MGMT_V1, 0, 0);
}

struct client *client_open(const char *path, char **why)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (strlen(path) >= sizeof(addr.sun_path)) {
		why_set(why, ENAMETOOLONG, "%s: too long for a socket's path", path);
		free(c);
		return NULL;
	}
	strcpy(addr.sun_path, path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		why_set(why, errno,
			"l2tpd does not answer on %s (%s)\nstart it with: l2tpd -c /etc/l2tpd.conf",
			path, strerror(errno));
	} else {
		c->rpc = rpc_client(c->fd, &addr);
		if (!c->rpc)
			why_set(why, EIO, "%s: %s", path, clnt_spcreateerror("no RPC"));
	}
	if (!c->rpc) {
		client_close(c);
		return NULL;
	}
	return c;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	if (c->rpc)
		clnt_destroy(c->rpc);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

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

static int ask(struct client *c, mgmt_request *req, struct page *page,
	       bool (*show)(void *arg, const struct page *page), void *arg, bool *more, char **why)
{
	struct timeval timeout = { .tv_sec = TIMEOUT_S };
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

int client_run(struct client *c, const struct words *words, bool abbreviated,
	       bool (*show)(void *arg, const struct page *page), void *arg, char **why)
{
	mgmt_request req = { .flags = abbreviated ? MGMT_ABBREVIATED : 0 };
	struct page page = { .first = true };
	bool more = true;
	int err = 0;

	req.words.words_val = words->word;
	req.words.words_len = (u_int)words->count;
	while (!err && more)
		err = ask(c, &req, &page, show, arg, &more, why);
	return err;
}
