/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.c - the engine's requests as jobs for the worker. See kernel.h.
 */
#include "kernel-glue/kernel.h"

#include "kernel-glue/genl.h"
#include "kernel-glue/pppox.h"
#include "kernel-glue/worker.h"
#include "lib/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

struct kernel {
	struct datapath dp;
	const struct l2tpd_host *host;
	struct host_watch *watch;
	struct worker *worker;
	struct genl *genl; /* the worker's */
	void (*result)(void *arg, const struct dp_result *result);
	void *arg;
};

struct request {
	struct job job;
	struct dp_result result;
	uint16_t tunnel_id; /* DP_TUNNEL_PROBE */
	struct dp_tunnel tunnel;
	struct dp_session session;
	char why[96];
};

/* --- in the worker's thread ------------------------------------------------------- */

/* -ENODEV is the good answer to "is the id free?". */
static int probe(struct genl *g, uint16_t tunnel_id)
{
	int err = genl_tunnel_get(g, tunnel_id);

	return err == 0 ? -EEXIST : err == -ENODEV ? 0 : err;
}

/* The kernel's tunnel sends as its socket is set; over IPv6 checksums are not to be left out. */
static int set_checksums(const struct dp_tunnel *t)
{
	int off = !t->udp_checksums;

	return setsockopt(t->socket, SOL_SOCKET, SO_NO_CHECK, &off, sizeof(off)) < 0 ? -errno : 0;
}

static int create_tunnel(struct genl *g, const struct dp_tunnel *t)
{
	int err = set_checksums(t);

	return err ? err : genl_tunnel_create(g, t->handle.tunnel_id, t->peer_tunnel_id, t->socket);
}

/* A session without its channel is of no use: both or none. */
static int create_session(struct genl *g, const struct dp_session *s, int *channel)
{
	uint16_t tid = s->handle.tunnel_id, sid = s->handle.session_id;
	int err = genl_session_create(g, s);

	if (err || !s->channel)
		return err;
	*channel = pppox_open(tid, sid, s->peer_tunnel_id, s->peer_session_id);
	if (*channel >= 0)
		return 0;
	err = *channel;
	*channel = -1;
	genl_session_delete(g, tid, sid);
	return err;
}

/* What is not there any more need not be deleted. */
static int deleted(int err)
{
	return err == -ENODEV ? 0 : err;
}

static void carry_out(void *arg, struct job *job)
{
	struct kernel *k = arg;
	struct request *q = container_of(job, struct request, job);
	struct dp_result *r = &q->result;
	uint16_t tid = r->handle.tunnel_id, sid = r->handle.session_id;

	switch (r->request) {
	case DP_TUNNEL_PROBE:
		r->err = probe(k->genl, q->tunnel_id);
		break;
	case DP_TUNNEL_CREATE:
		r->err = create_tunnel(k->genl, &q->tunnel);
		break;
	case DP_TUNNEL_DELETE:
		r->err = deleted(genl_tunnel_delete(k->genl, tid));
		break;
	case DP_SESSION_CREATE:
		r->err = create_session(k->genl, &q->session, &r->channel);
		break;
	case DP_SESSION_MODIFY:
		r->err = genl_session_modify(k->genl, &q->session);
		break;
	case DP_SESSION_DELETE:
		r->err = deleted(genl_session_delete(k->genl, tid, sid));
		break;
	case DP_SESSION_COUNTERS:
		r->err = genl_session_counters(k->genl, tid, sid, &r->counters);
		break;
	}
}

/* --- in the loop --------------------------------------------------------------------- */

static void explain(struct request *q)
{
	static const char *const what[] = {
		[DP_TUNNEL_PROBE] = "look for a tunnel",
		[DP_TUNNEL_CREATE] = "make the tunnel",
		[DP_TUNNEL_DELETE] = "delete the tunnel",
		[DP_SESSION_CREATE] = "make the session",
		[DP_SESSION_MODIFY] = "change the session",
		[DP_SESSION_DELETE] = "delete the session",
		[DP_SESSION_COUNTERS] = "read the counters",
	};

	snprintf(q->why, sizeof(q->why), "the kernel did not %s: %s", what[q->result.request],
		 strerror(-q->result.err));
	q->result.why = q->why;
}

static void on_results(void *arg)
{
	struct kernel *k = arg;
	struct job *job;

	while ((job = worker_fetch(k->worker))) {
		struct request *q = container_of(job, struct request, job);

		if (q->result.err)
			explain(q);
		k->result(k->arg, &q->result);
		free(q);
	}
}

static struct kernel *of(struct datapath *dp)
{
	return container_of(dp, struct kernel, dp);
}

/* Out of memory is answered at once. */
static struct request *request_new(struct datapath *dp, enum dp_request what, struct handle handle)
{
	struct request *q = calloc(1, sizeof(*q));
	struct dp_result failed = {
		.request = what, .handle = handle, .err = -ENOMEM, .channel = -1
	};

	if (!q) {
		of(dp)->result(of(dp)->arg, &failed);
		return NULL;
	}
	q->result = failed;
	q->result.err = 0;
	return q;
}

static void give(struct datapath *dp, struct request *q)
{
	if (q)
		worker_give(of(dp)->worker, &q->job);
}

static void dp_tunnel_probe(struct datapath *dp, struct handle h, uint16_t tunnel_id)
{
	struct request *q = request_new(dp, DP_TUNNEL_PROBE, h);

	if (q)
		q->tunnel_id = tunnel_id;
	give(dp, q);
}

static void dp_tunnel_create(struct datapath *dp, const struct dp_tunnel *t)
{
	struct request *q = request_new(dp, DP_TUNNEL_CREATE, t->handle);

	if (q)
		q->tunnel = *t;
	give(dp, q);
}

static void dp_tunnel_modify(struct datapath *dp, const struct dp_tunnel *t)
{
	(void)dp;
	(void)set_checksums(t);
}

static void dp_tunnel_delete(struct datapath *dp, struct handle h)
{
	give(dp, request_new(dp, DP_TUNNEL_DELETE, h));
}

static void with_session(struct datapath *dp, enum dp_request what, const struct dp_session *s)
{
	struct request *q = request_new(dp, what, s->handle);

	if (q)
		q->session = *s;
	give(dp, q);
}

static void dp_session_create(struct datapath *dp, const struct dp_session *s)
{
	with_session(dp, DP_SESSION_CREATE, s);
}

static void dp_session_modify(struct datapath *dp, const struct dp_session *s)
{
	with_session(dp, DP_SESSION_MODIFY, s);
}

static void dp_session_delete(struct datapath *dp, struct handle h)
{
	give(dp, request_new(dp, DP_SESSION_DELETE, h));
}

static void dp_session_counters(struct datapath *dp, struct handle h)
{
	give(dp, request_new(dp, DP_SESSION_COUNTERS, h));
}

static void dp_channel_close(struct datapath *dp, int channel)
{
	(void)dp;
	close(channel);
}

/* --- life -------------------------------------------------------------------------------- */

/*
 * Before Linux 6.11 a data packet's session was looked for in the tunnel of the
 * socket that received it, and of two sockets on one pair of ports only one
 * receives (tests/guest shows it on 6.1 and 6.12).
 */
static bool one_tunnel_per_flow(void)
{
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return true;
	return major < 6 || (major == 6 && minor < 11);
}

struct kernel *kernel_new(const struct l2tpd_host *host,
			  void (*result)(void *arg, const struct dp_result *result), void *arg,
			  char **why)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->dp = (struct datapath){
		.name = "kernel",
		.wants_socket = true,
		.one_tunnel_per_flow = one_tunnel_per_flow(),
		.has_channels = true,
		.tunnel_probe = dp_tunnel_probe,
		.tunnel_create = dp_tunnel_create,
		.tunnel_modify = dp_tunnel_modify,
		.tunnel_delete = dp_tunnel_delete,
		.session_create = dp_session_create,
		.session_modify = dp_session_modify,
		.session_delete = dp_session_delete,
		.session_counters = dp_session_counters,
		.channel_close = dp_channel_close,
	};
	k->host = host;
	k->result = result;
	k->arg = arg;
	k->genl = genl_new(why);
	if (!k->genl || pppox_check(why) < 0) {
		kernel_free(k);
		return NULL;
	}
	k->worker = worker_new(carry_out, k);
	if (k->worker)
		k->watch = host->watch(host->ctx, worker_fd(k->worker), HOST_READ, on_results, k);
	if (!k->watch) {
		why_set(why, ENOMEM, "no memory or no thread for the kernel's datapath");
		kernel_free(k);
		return NULL;
	}
	return k;
}

static void drop(struct job *job)
{
	struct request *q = container_of(job, struct request, job);

	if (q->result.channel >= 0)
		close(q->result.channel);
	free(q);
}

void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	if (k->watch)
		k->host->unwatch(k->watch);
	if (k->worker)
		worker_free(k->worker, drop);
	genl_free(k->genl);
	free(k);
}

struct datapath *kernel_datapath(struct kernel *k)
{
	return &k->dp;
}
