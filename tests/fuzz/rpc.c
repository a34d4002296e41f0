/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rpc.c - bytes from a management client, in pieces as a socket gives them. */
#include "tests/fuzz/harness.h"

#include "l2tpd/mgmt/rpc.h"

static uint64_t no_uptime(void *ctx)
{
	(void)ctx;
	return 0;
}

static void ready(void *arg)
{
	*(unsigned *)arg += 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct harness h;
	struct mgmt m = { .version = "fuzz", .uptime_s = no_uptime, .sealed = true };
	unsigned replies = 0;
	struct rpc_conn *c;
	const uint8_t *p;
	const void *out;
	size_t len;
	int err = 0;

	harness_open(&h);
	m.engine = h.engine;
	c = rpc_conn_new(&m, &(struct rpc_terms){ .access = RPC_ALL }, ready, &replies);
	engine_start(h.engine);
	while (!err && (p = harness_piece(&data, &size, &len))) {
		err = rpc_conn_input(c, p, len);
		while ((len = rpc_conn_output(c, &out)) > 0)
			rpc_conn_sent(c, len > 100 ? 100 : len);
	}
	rpc_conn_free(c);
	mgmt_close(&m);
	harness_close(&h);
	return 0;
}
