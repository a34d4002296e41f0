/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ppp.h - what the engine asks of whatever terminates PPP.
 *
 * Asynchronous: after a start that returned 0 the provider sends any number of
 * UP events (again when more becomes known, as IPv4 addresses after IPv6) and
 * exactly one DOWN, through engine_ppp_event(). It guarantees the DOWN within a
 * bounded time after stop(). Providers are plugins.
 */
#ifndef L2TPD_ENGINE_PPP_H
#define L2TPD_ENGINE_PPP_H

#include "l2tpd/engine/conf.h"
#include "l2tpd/engine/handle.h"
#include "lib/addr.h"

#include <stdbool.h>
#include <stdint.h>

struct ppp_start {
	struct handle handle;
	bool lns;	    /* we serve a caller, rather than being one */
	int channel;	    /* a connected PPPoX socket; the provider's, whatever start() returns */
	uint16_t mtu_limit; /* what the tunnel lets through */
	const char *user_name, *user_password; /* our own credentials, or NULL */
	const char *interface_name;	       /* or NULL */
	uint16_t peer_tunnel_id, peer_session_id;
	const char *calling_number, *called_number; /* or NULL */
	const struct ppp_conf *conf;		    /* valid until start() returns */
};

enum ppp_event_kind { PPP_UP, PPP_DOWN };

/* Why a link ended; decides on the result code that the peer is told. */
enum ppp_reason {
	PPP_REASON_STOPPED,   /* as we asked */
	PPP_REASON_PEER,      /* the peer ended it, or the line was lost */
	PPP_REASON_IDLE,      /* a time limit was reached */
	PPP_REASON_AUTH,      /* the peer could not authenticate itself to us */
	PPP_REASON_AUTH_US,   /* the peer did not accept our credentials */
	PPP_REASON_NEGOTIATE, /* no agreement on options or addresses */
	PPP_REASON_LOCAL,     /* PPP cannot be run here: missing, misconfigured, crashed */
};

struct ppp_event {
	struct handle handle;
	enum ppp_event_kind kind;
	/* UP */
	char interface[16];
	struct addr local, remote;
	char user[256]; /* that the peer authenticated as, or "" */
	/* DOWN */
	enum ppp_reason reason;
	char why[160]; /* in words */
};

struct ppp_provider {
	const char *name;
	void *ctx;
	/* 0, or -errno with *why (a new string): nothing was started then. */
	int (*start)(void *ctx, const struct ppp_start *start, char **why);
	void (*stop)(void *ctx, struct handle handle);
};

#endif
