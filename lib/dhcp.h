/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcp.h - as much of DHCP (RFC 2131, RFC 2132) as it takes to tell a client which
 * networks are behind a link: DHCPINFORM, its answer, and classless static routes
 * (RFC 3442; Microsoft's option 249 has the same form). Bytes to facts and back, no I/O.
 */
#ifndef LIB_DHCP_H
#define LIB_DHCP_H

#include "lib/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DHCP_SERVER_PORT = 67, DHCP_CLIENT_PORT = 68 };
enum { DHCP_BOOTREQUEST = 1, DHCP_BOOTREPLY = 2 };
/* Option 53. */
enum { DHCPACK = 5, DHCPINFORM = 8 };

enum dhcp_option {
	DHCP_OPT_PAD = 0,
	DHCP_OPT_DNS = 6,
	DHCP_OPT_DOMAIN = 15,
	DHCP_OPT_STATIC_ROUTES = 33,
	DHCP_OPT_OVERLOAD = 52,
	DHCP_OPT_TYPE = 53,
	DHCP_OPT_SERVER = 54,
	DHCP_OPT_WANTED = 55,
	DHCP_OPT_MAX_SIZE = 57,
	DHCP_OPT_ROUTES = 121,
	DHCP_OPT_MS_ROUTES = 249,
	DHCP_OPT_END = 255,
};

/* Everybody takes this much (RFC 2131 section 2), IP and UDP aside. */
enum { DHCP_SIZE = 548, DHCP_SIZE_MAX = 1472, DHCP_FIXED = 240, DHCP_IP_UDP = 28 };

/* An option may be this long once its parts are joined (RFC 3396). */
enum { DHCP_OPTION_MAX = DHCP_SIZE_MAX };

/* A message; it points into the bytes that it was read from. */
struct dhcp {
	uint8_t op, htype, hlen;
	uint32_t xid;
	uint16_t flags;
	struct addr ciaddr, giaddr;
	uint8_t chaddr[16];
	uint8_t type; /* option 53 */
	const uint8_t *bytes;
	size_t len;
	uint8_t overload;
};

/* -EINVAL: it is no DHCP message, or an option reaches beyond the end of its field. */
int dhcp_parse(struct dhcp *m, const void *bytes, size_t len);

/* The option's parts, joined; how many bytes. -ENOENT, or -EMSGSIZE: more than @cap. */
int dhcp_option(const struct dhcp *m, enum dhcp_option code, uint8_t *buf, size_t cap);

/*
 * The networks that an option 121 or 249 names, bits beyond a prefix cleared (RFC 3442); of more
 * than @cap the first. Their routers are left out: on a link there is only its other end. -EINVAL:
 * it is cut short, empty, or a prefix has more than 32 bits.
 */
int dhcp_routes(const uint8_t *option, size_t len, struct network *out, unsigned cap);

/* The same for option 33: pairs of an address, whose class decides on its network, and a router. */
int dhcp_static_routes(const uint8_t *option, size_t len, struct network *out, unsigned cap);

/* --- writing ------------------------------------------------------------------------------ */

struct dhcp_out {
	uint8_t bytes[DHCP_SIZE_MAX];
	size_t len, max; /* at most sizeof(bytes) */
};

/* Begins a message of at most @max bytes: op, type, htype, hlen, xid, flags, addresses are @m's. */
void dhcp_begin(struct dhcp_out *o, const struct dhcp *m, size_t max);

/* Appends an option, in parts if it is long; false, and nothing appended, if it does not fit. */
bool dhcp_put(struct dhcp_out *o, enum dhcp_option code, const void *value, size_t len);

/* Ends the message; its length. */
size_t dhcp_end(struct dhcp_out *o);

/* A list of networks (network_next()) as option 121; the IPv4 ones, all by @via. Bytes written. */
size_t dhcp_write_routes(const char *networks, const struct addr *via, uint8_t *buf, size_t cap);

#endif
