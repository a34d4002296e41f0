/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt/rpc.h"

#include "mgmt_proto.h"

#include <errno.h>
#include <rpc/rpc.h>
#include <rpc/rpc_msg.h>
#include <stdlib.h>
#include <string.h>

enum { MARK_BYTES = 4, MARK_LAST = 0x80, REPLY_HEADER_BYTES = 256 };

/* A request being carried out; the connection may go away meanwhile. */
struct rpc_call {
	struct rpc_conn *conn;
	uint32_t xid;
};

struct rpc_conn {
	struct mgmt *m;
	struct rpc_terms terms;
	struct mgmt_call *waiting; /* for something to happen */
	void (*ready)(void *arg);
	void *arg;
	struct rpc_call *call;
	uint8_t *in;
	size_t in_len, in_cap;
	char *out;
	size_t out_len, out_sent;
};

struct rpc_conn *rpc_conn_new(struct mgmt *m, const struct rpc_terms *terms,
			      void (*ready)(void *arg), void *arg)
{
	struct rpc_conn *c = calloc(1, sizeof(*c));

	if (c)
		*c = (struct rpc_conn){ .m = m, .terms = *terms, .ready = ready, .arg = arg };
	return c;
}

void rpc_conn_free(struct rpc_conn *c)
{
	if (!c)
		return;
	if (c->call)
		c->call->conn = NULL;
	if (c->call && c->waiting) {
		free(c->call);
		mgmt_cancel(c->waiting);
	}
	free(c->in);
	free(c->out);
	free(c);
}

bool rpc_conn_is_busy(const struct rpc_conn *c)
{
	return c->call != NULL;
}

bool rpc_conn_is_partial(const struct rpc_conn *c)
{
	return c->in_len > 0 && !c->call && c->out_len == c->out_sent;
}

bool rpc_conn_wants_input(const struct rpc_conn *c)
{
	return !c->call && c->out_len == c->out_sent;
}

size_t rpc_conn_output(const struct rpc_conn *c, const void **p)
{
	*p = c->out ? c->out + c->out_sent : NULL;
	return c->out_len - c->out_sent;
}

/* --- replies ------------------------------------------------------------------------ */

/* Encodes a reply message with its record mark; @xdr and @result may be void. False: it cannot be.
 */
static bool respond(struct rpc_conn *c, struct rpc_msg *msg, size_t result_bytes)
{
	size_t cap = MARK_BYTES + REPLY_HEADER_BYTES + result_bytes;
	char *out = malloc(cap);
	uint32_t mark;
	XDR x;

	if (!out)
		return false;
	xdrmem_create(&x, out + MARK_BYTES, (u_int)(cap - MARK_BYTES), XDR_ENCODE);
	if (!xdr_replymsg(&x, msg)) {
		free(out);
		return false;
	}
	mark = htonl(UINT32_C(0x80000000) | (uint32_t)xdr_getpos(&x));
	memcpy(out, &mark, MARK_BYTES);
	free(c->out);
	c->out = out;
	c->out_len = MARK_BYTES + xdr_getpos(&x);
	c->out_sent = 0;
	c->ready(c->arg);
	return true;
}

static void respond_status(struct rpc_conn *c, uint32_t xid, enum accept_stat stat)
{
	struct rpc_msg msg = { .rm_xid = xid, .rm_direction = REPLY };

	msg.rm_reply.rp_stat = MSG_ACCEPTED;
	msg.acpted_rply.ar_verf = _null_auth;
	msg.acpted_rply.ar_stat = stat;
	msg.acpted_rply.ar_vers.low = msg.acpted_rply.ar_vers.high = L2TPD_MGMT_V1;
	msg.acpted_rply.ar_results.proc = (xdrproc_t)(void (*)(void))xdr_void;
	(void)respond(c, &msg, 0);
}

static void respond_version(struct rpc_conn *c, uint32_t xid)
{
	struct rpc_msg msg = { .rm_xid = xid, .rm_direction = REPLY };

	msg.rm_reply.rp_stat = MSG_DENIED;
	msg.rjcted_rply.rj_stat = RPC_MISMATCH;
	msg.rjcted_rply.rj_vers.low = msg.rjcted_rply.rj_vers.high = RPC_MSG_VERSION;
	(void)respond(c, &msg, 0);
}

static char *text_or_empty(const char *s)
{
	return (char *)(uintptr_t)(s ? s : "");
}

static void convert_value(mgmt_value *to, const struct value *from)
{
	switch (from->kind) {
	case VALUE_NONE:
		to->kind = MGMT_NONE;
		break;
	case VALUE_BOOL:
		to->kind = MGMT_BOOL;
		to->mgmt_value_u.truth = from->number != 0;
		break;
	case VALUE_UNSIGNED:
		to->kind = MGMT_UNSIGNED;
		to->mgmt_value_u.number = from->number;
		break;
	case VALUE_SIGNED:
		to->kind = MGMT_SIGNED;
		to->mgmt_value_u.integer = (quad_t)from->number;
		break;
	case VALUE_TEXT:
		to->kind = MGMT_TEXT;
		to->mgmt_value_u.text = text_or_empty(from->text);
		break;
	}
}

/* The texts stay the reply's; only the arrays are new, all fields' in one. */
static bool convert(mgmt_reply *to, const struct reply *from, mgmt_field **fields)
{
	size_t total = 0, at = 0;

	*to = (mgmt_reply){ .status = from->refused ? MGMT_REFUSED : MGMT_DONE,
			    .cursor = from->cursor };
	to->message = text_or_empty(from->message);
	to->list = from->list;
	for (size_t i = 0; i < from->count; i++)
		total += from->record[i].count;
	to->records.records_val = calloc(from->count + 1, sizeof(mgmt_record));
	*fields = calloc(total + 1, sizeof(mgmt_field));
	if (!to->records.records_val || !*fields)
		return false;
	to->records.records_len = (u_int)from->count;
	for (size_t i = 0; i < from->count; i++) {
		const struct reply_record *rec = &from->record[i];

		to->records.records_val[i].mgmt_record_val = *fields + at;
		to->records.records_val[i].mgmt_record_len = (u_int)rec->count;
		for (size_t k = 0; k < rec->count; k++, at++) {
			(*fields)[at].name = text_or_empty(rec->field[k].name);
			(*fields)[at].unit = text_or_empty(rec->field[k].unit);
			convert_value(&(*fields)[at].value, &rec->field[k].value);
		}
	}
	return true;
}

static void respond_result(struct rpc_conn *c, uint32_t xid, const struct reply *reply)
{
	struct rpc_msg msg = { .rm_xid = xid, .rm_direction = REPLY };
	mgmt_field *fields = NULL;
	mgmt_reply result;

	if (!convert(&result, reply, &fields)) {
		respond_status(c, xid, SYSTEM_ERR);
	} else {
		msg.rm_reply.rp_stat = MSG_ACCEPTED;
		msg.acpted_rply.ar_verf = _null_auth;
		msg.acpted_rply.ar_stat = SUCCESS;
		msg.acpted_rply.ar_results.where = (char *)&result;
		msg.acpted_rply.ar_results.proc = (xdrproc_t)(void (*)(void))xdr_mgmt_reply;
		if (!respond(c, &msg,
			     xdr_sizeof((xdrproc_t)(void (*)(void))xdr_mgmt_reply, &result)))
			respond_status(c, xid, SYSTEM_ERR);
	}
	free(result.records.records_val);
	free(fields);
}

static void ran(void *arg, struct reply *reply)
{
	struct rpc_call *call = arg;
	struct rpc_conn *c = call->conn;

	if (c) {
		c->call = NULL;
		c->waiting = NULL;
		respond_result(c, call->xid, reply);
	}
	free(call);
}

/* To who may not even look. */
static void deny(struct rpc_conn *c, uint32_t xid)
{
	struct reply reply = { .refused = true, .message = text_or_empty(c->terms.denied) };

	respond_result(c, xid, &reply);
}

/* --- requests ------------------------------------------------------------------------- */

static void run(struct rpc_conn *c, uint32_t xid, const mgmt_request *req)
{
	struct rpc_call *call = calloc(1, sizeof(*call));
	struct words words = { 0 };
	int err = call ? 0 : -ENOMEM;

	for (u_int i = 0; !err && i < req->words.words_len; i++)
		err = words_add(&words, req->words.words_val[i], strlen(req->words.words_val[i]));
	if (err) {
		free(call);
		respond_status(c, xid, SYSTEM_ERR);
	} else {
		struct mgmt_ask ask = { .words = &words,
					.abbreviated = req->flags & MGMT_ABBREVIATED,
					.reader = c->terms.access == RPC_READ,
					.cursor = req->cursor,
					.page = c->terms.page };

		*call = (struct rpc_call){ c, xid };
		c->call = call;
		c->waiting = mgmt_run(c->m, &ask, ran, call);
	}
	words_free(&words);
}

static void dispatch(struct rpc_conn *c, const struct rpc_msg *msg, XDR *x)
{
	const struct call_body *b = &msg->rm_call;
	mgmt_request req = { 0 };

	if (b->cb_rpcvers != RPC_MSG_VERSION) {
		respond_version(c, msg->rm_xid);
	} else if (b->cb_prog != L2TPD_MGMT) {
		respond_status(c, msg->rm_xid, PROG_UNAVAIL);
	} else if (b->cb_vers != L2TPD_MGMT_V1) {
		respond_status(c, msg->rm_xid, PROG_MISMATCH);
	} else if (b->cb_proc == NULLPROC) {
		respond_status(c, msg->rm_xid, SUCCESS);
	} else if (b->cb_proc != MGMT_RUN) {
		respond_status(c, msg->rm_xid, PROC_UNAVAIL);
	} else {
		if (c->terms.access == RPC_NOTHING)
			deny(c, msg->rm_xid);
		else if (xdr_mgmt_request(x, &req))
			run(c, msg->rm_xid, &req);
		else
			respond_status(c, msg->rm_xid, GARBAGE_ARGS);
		xdr_free((xdrproc_t)(void (*)(void))xdr_mgmt_request, &req);
	}
}

/* One whole request; -EPROTO if it is none. */
static int request(struct rpc_conn *c, uint8_t *p, size_t len)
{
	char cred[MAX_AUTH_BYTES], verf[MAX_AUTH_BYTES];
	struct rpc_msg msg = { 0 };
	int err = 0;
	XDR x;

	xdrmem_create(&x, (char *)p, (u_int)len, XDR_DECODE);
	msg.rm_call.cb_cred.oa_base = cred;
	msg.rm_call.cb_verf.oa_base = verf;
	if (xdr_callmsg(&x, &msg))
		dispatch(c, &msg, &x);
	else
		err = -EPROTO;
	xdr_destroy(&x);
	return err;
}

/*
 * Joins the fragments of the record at the front of the input. 1 with *len and
 * *used: the record stands at c->in + MARK_BYTES; 0: it is not whole yet.
 */
static int whole_record(struct rpc_conn *c, size_t *len, size_t *used)
{
	size_t at = 0, to = MARK_BYTES;
	bool last = false;

	while (!last) {
		const uint8_t *mark;
		size_t n;

		if (c->in_len - at < MARK_BYTES)
			return 0;
		mark = c->in + at;
		last = mark[0] & MARK_LAST;
		n = (size_t)(mark[0] & 0x7f) << 24 | (size_t)mark[1] << 16 | (size_t)mark[2] << 8 |
		    mark[3];
		if (n > RPC_REQUEST_MAX || (n == 0 && !last))
			return -EPROTO;
		if (c->in_len - at - MARK_BYTES < n)
			return 0;
		at += MARK_BYTES + n;
		if (at > RPC_REQUEST_MAX)
			return -EPROTO;
	}
	/* all there: now close the gaps between the fragments */
	for (size_t from = 0; from < at;) {
		const uint8_t *mark = c->in + from;
		size_t n = (size_t)(mark[0] & 0x7f) << 24 | (size_t)mark[1] << 16 |
			   (size_t)mark[2] << 8 | mark[3];

		memmove(c->in + to, c->in + from + MARK_BYTES, n);
		to += n;
		from += MARK_BYTES + n;
	}
	*len = to - MARK_BYTES;
	*used = at;
	return 1;
}

/* Carries out what has come whole, one request at a time. */
static int process(struct rpc_conn *c)
{
	size_t len = 0, used = 0;
	int got = 0;

	while (rpc_conn_wants_input(c) && (got = whole_record(c, &len, &used)) == 1) {
		got = request(c, c->in + MARK_BYTES, len);
		memmove(c->in, c->in + used, c->in_len - used);
		c->in_len -= used;
		if (got < 0)
			break;
	}
	return got < 0 ? got : 0;
}

int rpc_conn_input(struct rpc_conn *c, const void *p, size_t len)
{
	if (len == 0)
		return 0;
	if (c->in_len + len > c->in_cap) {
		size_t cap = c->in_len + len + 4096;
		uint8_t *grown = cap > 2 * RPC_REQUEST_MAX ? NULL : realloc(c->in, cap);

		if (!grown)
			return -ENOMEM;
		c->in = grown;
		c->in_cap = cap;
	}
	memcpy(c->in + c->in_len, p, len);
	c->in_len += len;
	return process(c);
}

void rpc_conn_sent(struct rpc_conn *c, size_t len)
{
	c->out_sent += len;
	if (c->out_sent < c->out_len)
		return;
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_sent = 0;
	/* a client may have sent the next request already; nonsense is found out when more comes */
	(void)process(c);
}
