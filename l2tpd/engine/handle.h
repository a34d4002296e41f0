/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handle.h - how deferred work names a tunnel or a session.
 *
 * Requests to the kernel, to PPP, to the resolver come back later, when what
 * they were made for may be gone and its id taken by something else. So they
 * carry ids and a serial number, never a pointer.
 */
#ifndef L2TPD_ENGINE_HANDLE_H
#define L2TPD_ENGINE_HANDLE_H

#include <stdint.h>

struct handle {
	uint16_t tunnel_id, session_id; /* ours; session_id 0: the tunnel itself */
	uint32_t serial;		/* of the object, never used twice within 2^32 */
};

#endif
