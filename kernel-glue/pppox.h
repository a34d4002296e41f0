/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pppox.h - the socket through which pppd reaches a kernel session.
 */
#ifndef KERNEL_GLUE_PPPOX_H
#define KERNEL_GLUE_PPPOX_H

#include <stdint.h>

/* A PPPoX socket connected to a session that exists. The descriptor or -errno. */
int pppox_open(uint16_t tunnel_id, uint16_t session_id, uint16_t peer_tunnel_id,
	       uint16_t peer_session_id);

/* 0, or -errno with *why, which names the module that is missing. */
int pppox_check(char **why);

#endif
