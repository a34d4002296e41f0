/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/engine/datapath_none.h"

#include "lib/list.h"

#include <errno.h>

static void result(struct datapath *dp, enum dp_request request, struct handle handle)
{
	struct datapath_none *n = container_of(dp, struct datapath_none, dp);
	struct dp_result r = { .request = request, .handle = handle, .channel = -1 };

	engine_datapath_result(n->engine, &r);
}

static void tunnel_probe(struct datapath *dp, struct handle h, uint16_t id)
{
	(void)id;
	result(dp, DP_TUNNEL_PROBE, h);
}

static void tunnel_create_(struct datapath *dp, const struct dp_tunnel *t)
{
	result(dp, DP_TUNNEL_CREATE, t->handle);
}

static void tunnel_modify_(struct datapath *dp, const struct dp_tunnel *t)
{
	(void)dp;
	(void)t;
}

static void tunnel_delete_(struct datapath *dp, struct handle h)
{
	result(dp, DP_TUNNEL_DELETE, h);
}

static void session_create_(struct datapath *dp, const struct dp_session *s)
{
	result(dp, DP_SESSION_CREATE, s->handle);
}

static void session_modify_(struct datapath *dp, const struct dp_session *s)
{
	result(dp, DP_SESSION_MODIFY, s->handle);
}

static void session_delete_(struct datapath *dp, struct handle h)
{
	result(dp, DP_SESSION_DELETE, h);
}

static void session_counters_(struct datapath *dp, struct handle h)
{
	struct datapath_none *n = container_of(dp, struct datapath_none, dp);
	struct dp_result r = {
		.request = DP_SESSION_COUNTERS, .handle = h, .channel = -1, .err = -EOPNOTSUPP
	};

	engine_datapath_result(n->engine, &r);
}

static void channel_close(struct datapath *dp, int channel)
{
	(void)dp;
	(void)channel;
}

void datapath_none_init(struct datapath_none *n)
{
	*n = (struct datapath_none){ .dp = {
					     .name = "none",
					     .tunnel_probe = tunnel_probe,
					     .tunnel_create = tunnel_create_,
					     .tunnel_modify = tunnel_modify_,
					     .tunnel_delete = tunnel_delete_,
					     .session_create = session_create_,
					     .session_modify = session_modify_,
					     .session_delete = session_delete_,
					     .session_counters = session_counters_,
					     .channel_close = channel_close,
				     } };
}
