/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ppp.h - what the engine asks of whatever terminates PPP.
 *
 * Asynchronous: after a start that returned 0 the provider sends any number of
 * UP events (again when more becomes known, as IPv4 addresses after IPv6) and
 * exactly one DOWN, through engine_ppp_event(), and LINK and ERRORS between. It guarantees the DOWN
 * within a bounded time after stop(). Providers are plugins.
 */
#ifndef L2TPD_ENGINE_PPP_H
#define L2TPD_ENGINE_PPP_H

#include "l2tpd/engine/conf.h"
#include "l2tpd/engine/handle.h"
#include "lib/addr.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the LAC already negotiated with the caller, if it did and we let it (RFC
 * 2661 section 4.4.5), and which LCP options it wishes for (RFC 3437). Empty: not
 * told. A provider that cannot use it negotiates anew, as any LNS may.
 */
struct ppp_proxy {
	const void *initial_received, *last_sent, *last_received; /* LCP options */
	uint16_t initial_received_len, last_sent_len, last_received_len;
	uint16_t auth_type; /* PROXY_*; 0: not told */
	uint8_t auth_id;
	const void *auth_name, *auth_challenge, *auth_response;
	uint16_t auth_name_len, auth_challenge_len, auth_response_len;
	const void *want, *allow; /* LCP options */
	uint16_t want_len, allow_len;
};

struct ppp_start {
	struct handle handle;
	bool lns;	    /* we serve a caller, rather than being one */
	int channel;	    /* a connected PPPoX socket; the provider's, whatever start() returns */
	uint16_t mtu_limit; /* what the tunnel lets through */
	const char *user_name, *user_password; /* our own credentials, or NULL */
	const char *interface_name;	       /* or NULL */
	uint16_t peer_tunnel_id, peer_session_id;
	const char *calling_number, *called_number; /* or NULL */
	const char *peer_address;		    /* that the tunnel goes to */
	const struct ppp_proxy *proxy;		    /* or NULL; valid until start() returns */
	const struct ppp_conf *conf;		    /* valid until start() returns */
};

/* What the ends of a link agreed upon that whoever frames it must know (RFC 2661 section 6.14). */
struct ppp_link {
	uint32_t send_accm, receive_accm;
	/* The last LCP requests, for a LAC that wished for options (RFC 3437); may be empty. */
	const void *last_sent, *last_received;
	uint16_t last_sent_len, last_received_len;
};

/* Errors of the line since the call began (6.13). */
struct ppp_errors {
	uint32_t crc, framing, hardware_overruns, buffer_overruns, timeouts, alignment;
};

/*
 * PPP_LINK, as LNS: the LAC is told. PPP_ERRORS, as LAC: the LNS is told, once a minute at most.
 * PPP_ASK: the peer is known (@user) and is to get an address; give_address() answers, or stop().
 */
enum ppp_event_kind { PPP_UP, PPP_DOWN, PPP_LINK, PPP_ERRORS, PPP_ASK };

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
	char user[256]; /* that the peer authenticated as, or ""; in ASK, too */
	/* DOWN */
	enum ppp_reason reason;
	uint16_t protocol; /* PPP's number of the one that failed; 0 unknown */
	char why[160];	   /* in words */
	/* LINK, ERRORS; valid as long as the call that hands the event in */
	const struct ppp_link *link;
	const struct ppp_errors *errors;
};

struct ppp_provider {
	const char *name;
	void *ctx;
	/* 0, or -errno with *why (a new string): nothing was started then. */
	int (*start)(void *ctx, const struct ppp_start *start, char **why);
	void (*stop)(void *ctx, struct handle handle);
	/* The tunnel lets other sizes through than when the link came up; NULL: cannot be changed.
	 */
	void (*set_mtu_limit)(void *ctx, struct handle handle, uint16_t mtu_limit);
	/* The LNS told us, the LAC, how to frame the link; NULL: nothing that it could change. */
	void (*set_link)(void *ctx, struct handle handle, const struct ppp_link *link);
	/* The peer's address, after PPP_ASK; family 0: whichever it wants. NULL: never asks. */
	void (*give_address)(void *ctx, struct handle handle, const struct addr *remote);
};

#endif
