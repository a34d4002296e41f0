/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inform.h - answers the DHCPINFORM that clients send through their links: which networks
 * are here (ppp profile client_routes), in which domain, and who resolves names.
 *
 * One socket for all links. It hears what comes in by other interfaces, too, and answers
 * none of it: only who asks through a link of ours, from that link's address, is answered.
 */
#ifndef L2TPD_INFORM_H
#define L2TPD_INFORM_H

#include "l2tpd/engine/engine.h"
#include "l2tpd/loop.h"
#include "lib/dhcp.h"

struct inform;

/* The engine must outlive it. NULL out of memory. */
struct inform *inform_new(struct loop *loop, struct engine *e, const struct log *log);
void inform_free(struct inform *i);

/* A link is up whose clients may ask. The socket is opened with the first. */
void inform_link_up(struct inform *i, struct handle handle, const char *interface);
void inform_link_down(struct inform *i, struct handle handle);

/*
 * The answer to @request, which came through @link; 0: none is due. *cut: there were networks
 * that did not fit.
 */
size_t inform_answer(const struct engine_link *link, const void *request, size_t len,
		     struct dhcp_out *out, bool *cut);

#endif
