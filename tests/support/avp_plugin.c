/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * avp_plugin.c - a plugin for tests: it understands an AVP of Microsoft's, and says
 * so in the log.
 */
#include "include/l2tpd/plugin.h"

#include <stdlib.h>

extern const struct l2tpd_plugin l2tpd_plugin __attribute__((visibility("default")));

struct self {
	const struct log *log;
};

static void seen(void *self, struct handle h, uint16_t message, const void *value, size_t len)
{
	const struct self *me = self;

	log_info(me->log, "plugin: session %u/%u, message %u: %.*s", h.tunnel_id, h.session_id,
		 message, (int)len, (const char *)value);
}

static void *init(const struct l2tpd_host *host, char **why)
{
	struct self *me = malloc(sizeof(*me));

	(void)why;
	if (me)
		me->log = host->log;
	return me;
}

static const struct l2tpd_avp avps[] = { { 311, 1, seen }, { 0, 0, NULL } };

const struct l2tpd_plugin l2tpd_plugin = {
	.abi = L2TPD_PLUGIN_ABI,
	.name = "avp",
	.init = init,
	.exit = free,
	.avps = avps,
};
