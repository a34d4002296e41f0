/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * splitroute.h - the parts of the plugin, see splitroute.c.
 */
#ifndef PLUGINS_SPLITROUTE_H
#define PLUGINS_SPLITROUTE_H

#include "lib/addr.h"
#include "lib/dhcp.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROUTES_MAX = 256, NEAR_MAX = 64, PROTECTED_MAX = 8, DNS_MAX = 4, DOMAIN_MAX = 254 };

/* What a server told us. */
struct told {
	struct network route[ROUTES_MAX];
	unsigned routes;
	struct addr dns[DNS_MAX];
	unsigned servers;
	char domain[DOMAIN_MAX]; /* "": none */
};

/* --- ask.c: DHCPINFORM through the link --------------------------------------------------- */

struct ask {
	int fd;
	uint32_t xid;
	struct addr local;
	unsigned sent;	   /* times */
	uint64_t again_ms; /* when it is sent again */
	uint16_t size;	   /* of an answer, at most */
};

/* Opens a socket that hears the link alone, and asks. -errno. */
int ask_begin(struct ask *a, const char *interface, const struct addr *local, uint64_t now_ms);

/* Asks again when it is time to. False: it was asked often enough, and there is no answer. */
bool ask_again(struct ask *a, uint64_t now_ms);

/* Reads what came; true if that was the answer, whose facts are in @told. */
bool ask_heard(struct ask *a, struct told *told);

void ask_end(struct ask *a);

/* What the answer @reply to @a's request says; false if it is none. */
bool ask_understand(const struct ask *a, const void *reply, size_t len, struct told *told);

/* --- judge.c: which routes are taken --------------------------------------------------------- */

struct protect {
	struct addr addr;
	uint8_t bits; /* how close the route is that leads there now */
};

struct judge {
	bool take_default, override;
	const char *accept, *refuse;   /* lists, or NULL */
	struct network near[NEAR_MAX]; /* networks of our other interfaces */
	unsigned nears;
	struct protect protect[PROTECTED_MAX];
	unsigned protects;
};

/* Why @to is not to be routed through the link; NULL: it is. */
const char *judge_route(const struct judge *j, const struct network *to);

/* --- publish.c: who else is told ------------------------------------------------------------- */

/* Name servers for the domain, to systemd-resolved or resolvconf, whichever runs here. */
void publish_dns(const char *interface, const struct told *told);
void publish_withdraw(const char *interface);

#endif
