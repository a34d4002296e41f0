/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addr.h - IPv4 and IPv6 addresses, alone and with a UDP port.
 */
#ifndef LIB_ADDR_H
#define LIB_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDR_TEXT = INET6_ADDRSTRLEN, ENDPOINT_TEXT = INET6_ADDRSTRLEN + 16 };

/* An address; family AF_UNSPEC means none. IPv4 stands in the first four bytes, the rest zero. */
struct addr {
	uint8_t family; /* AF_UNSPEC, AF_INET, AF_INET6 */
	uint8_t bytes[16];
};

/* An address, a port in host order, and for link-local IPv6 the interface's index. */
struct endpoint {
	struct addr addr;
	uint16_t port;
	uint32_t scope;
};

/* 0, or -EINVAL if @text is no numeric address. */
int addr_parse(struct addr *a, const char *text);

/* Into @buf of ADDR_TEXT bytes, which is returned; "" for none. */
const char *addr_text(const struct addr *a, char buf[ADDR_TEXT]);

bool addr_equal(const struct addr *a, const struct addr *b);

/* How many leading bits of @a and @b are the same; -1 if their families differ. */
int addr_common_bits(const struct addr *a, const struct addr *b);

/* The addresses whose first @bits bits are @addr's; its other bits are zero. */
struct network {
	struct addr addr;
	uint8_t bits;
};

enum { NETWORK_TEXT = ADDR_TEXT + 4 };

/* "10.1.0.0/16", "2001:db8::/48", of @len bytes; an address alone is all of its bits. -EINVAL. */
int network_parse(struct network *n, const char *text, size_t len);

/* The network of @bits bits that @a is in. */
struct network network_of(const struct addr *a, uint8_t bits);

/* Whether @list is at least one network, and nothing else, with commas between. */
bool network_list_valid(const char *list);

/* The next of a list with commas between; *list moves on. False at its end, or if it is none. */
bool network_next(const char **list, struct network *n);

bool network_contains(const struct network *n, const struct addr *a);

/* Into @buf, which is returned. */
const char *network_text(const struct network *n, char buf[NETWORK_TEXT]);

/* "192.0.2.1:1701", "[2001:db8::1]:1701", into @buf, which is returned. */
const char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_TEXT]);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* To and from the system's form. Returns the length; endpoint_from_sockaddr 0 or -EAFNOSUPPORT. */
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss);
int endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr *sa, socklen_t len);

#endif
