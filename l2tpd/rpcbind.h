/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpcbind.h - telling rpcbind(8), if it runs, where management listens.
 */
#ifndef L2TPD_RPCBIND_H
#define L2TPD_RPCBIND_H

#include <stdbool.h>
#include <stdint.h>

/* Registers the management program at @port of TCP and UDP. False: rpcbind does not run, or
 * refused. */
bool rpcbind_register(uint16_t port);
void rpcbind_unregister(void);

#endif
