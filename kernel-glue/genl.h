/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * genl.h - the generic netlink family "l2tp", a function for each command.
 * All block until the kernel has answered and return 0 or -errno. One thread
 * at a time.
 */
#ifndef KERNEL_GLUE_GENL_H
#define KERNEL_GLUE_GENL_H

#include "l2tpd/engine/datapath.h"

struct genl;

/* NULL with *why, which names the module that is missing. */
struct genl *genl_new(char **why);
void genl_free(struct genl *g);

/* 0: there is such a tunnel; -ENODEV: none. */
int genl_tunnel_get(struct genl *g, uint16_t tunnel_id);
int genl_tunnel_create(struct genl *g, uint16_t tunnel_id, uint16_t peer_tunnel_id, int udp_socket);
int genl_tunnel_delete(struct genl *g, uint16_t tunnel_id);
int genl_session_create(struct genl *g, const struct dp_session *s);
int genl_session_modify(struct genl *g, const struct dp_session *s);
int genl_session_delete(struct genl *g, uint16_t tunnel_id, uint16_t session_id);
int genl_session_counters(struct genl *g, uint16_t tunnel_id, uint16_t session_id,
			  struct dp_counters *out);

#endif
