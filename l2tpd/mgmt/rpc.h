/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpc.h - a client's connection, as bytes: Sun RPC (RFC 5531) with record
 * marking, the protocol of lib/mgmt_proto.x. The process moves the bytes.
 */
#ifndef L2TPD_MGMT_RPC_H
#define L2TPD_MGMT_RPC_H

#include "l2tpd/mgmt/mgmt.h"

struct rpc_conn;

/* A request longer than this closes the connection. */
enum { RPC_REQUEST_MAX = 256 * 1024 };

/* What a client may do. */
enum rpc_access { RPC_NOTHING, RPC_READ, RPC_ALL };

struct rpc_terms {
	enum rpc_access access;
	const char *denied; /* what it is told if that is nothing; static */
	unsigned page;	    /* records in a reply; 0: as many as usual */
};

/* @ready is called when rpc_conn_output() has something new to give. NULL out of memory. */
struct rpc_conn *rpc_conn_new(struct mgmt *m, const struct rpc_terms *terms,
			      void (*ready)(void *arg), void *arg);
/* Calls that wait for something wait no more. */
void rpc_conn_free(struct rpc_conn *c);

/* Whether a request is being carried out; whether one has come in part. */
bool rpc_conn_is_busy(const struct rpc_conn *c);
bool rpc_conn_is_partial(const struct rpc_conn *c);

/* Whether more input is wanted now: no reply is being made or waits to be fetched. */
bool rpc_conn_wants_input(const struct rpc_conn *c);

/* 0, or -EPROTO: what came is no RPC, and the connection should be closed. -ENOMEM. */
int rpc_conn_input(struct rpc_conn *c, const void *p, size_t len);

/* Bytes for the client, and how many; rpc_conn_sent() takes those away that were sent. */
size_t rpc_conn_output(const struct rpc_conn *c, const void **p);
void rpc_conn_sent(struct rpc_conn *c, size_t len);

#endif
