/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int addr_parse(struct addr *a, const char *text)
{
	struct addr parsed = { 0 };

	if (inet_pton(AF_INET, text, parsed.bytes) == 1)
		parsed.family = AF_INET;
	else if (inet_pton(AF_INET6, text, parsed.bytes) == 1)
		parsed.family = AF_INET6;
	else
		return -EINVAL;
	*a = parsed;
	return 0;
}

const char *addr_text(const struct addr *a, char buf[ADDR_TEXT])
{
	if (a->family == AF_UNSPEC || !inet_ntop(a->family, a->bytes, buf, ADDR_TEXT))
		buf[0] = '\0';
	return buf;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int addr_common_bits(const struct addr *a, const struct addr *b)
{
	int len = a->family == AF_INET ? 4 : 16;

	if (a->family != b->family || a->family == AF_UNSPEC)
		return -1;
	for (int i = 0; i < len; i++) {
		unsigned differ = a->bytes[i] ^ b->bytes[i];

		if (differ)
			return i * 8 + __builtin_clz(differ) - 24;
	}
	return len * 8;
}

struct network network_of(const struct addr *a, uint8_t bits)
{
	struct network n = { *a, bits };

	for (size_t i = 0; i < sizeof(n.addr.bytes); i++) {
		int kept = bits - (int)i * 8;

		n.addr.bytes[i] &= kept >= 8 ? 0xff : kept <= 0 ? 0 : (uint8_t)(0xff00 >> kept);
	}
	return n;
}

int network_parse(struct network *n, const char *text, size_t len)
{
	char copy[NETWORK_TEXT];
	struct addr addr;
	char *slash, *end;
	long bits, whole;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (addr_parse(&addr, copy) < 0)
		return -EINVAL;
	whole = addr.family == AF_INET ? 32 : 128;
	bits = slash ? strtol(slash, &end, 10) : whole;
	if (slash && (*slash < '0' || *slash > '9' || *end || bits > whole))
		return -EINVAL;
	*n = network_of(&addr, (uint8_t)bits);
	return addr_equal(&n->addr, &addr) ? 0 : -EINVAL; /* nothing is set beyond it */
}

bool network_list_valid(const char *list)
{
	struct network n;

	for (;; list++) {
		size_t len = strcspn(list, ",");

		if (network_parse(&n, list, len) < 0)
			return false;
		list += len;
		if (!*list)
			return true;
	}
}

bool network_next(const char **list, struct network *n)
{
	size_t len = *list ? strcspn(*list, ",") : 0;

	if (len == 0 || network_parse(n, *list, len) < 0)
		return false;
	*list += len;
	*list += **list == ',' && (*list)[1];
	return true;
}

bool network_contains(const struct network *n, const struct addr *a)
{
	return addr_common_bits(&n->addr, a) >= (int)n->bits;
}

const char *network_text(const struct network *n, char buf[NETWORK_TEXT])
{
	char addr[ADDR_TEXT];

	snprintf(buf, NETWORK_TEXT, "%s/%u", addr_text(&n->addr, addr), n->bits);
	return buf;
}

const char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_TEXT])
{
	char host[ADDR_TEXT];

	addr_text(&e->addr, host);
	snprintf(buf, ENDPOINT_TEXT, e->addr.family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
		 e->port);
	return buf;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->scope == b->scope && addr_equal(&a->addr, &b->addr);
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(e->port) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(e->port),
				     .sin6_scope_id = e->scope };

	memset(ss, 0, sizeof(*ss));
	if (e->addr.family == AF_INET6) {
		memcpy(&sin6.sin6_addr, e->addr.bytes, 16);
		memcpy(ss, &sin6, sizeof(sin6));
		return sizeof(sin6);
	}
	memcpy(&sin.sin_addr, e->addr.bytes, 4);
	memcpy(ss, &sin, sizeof(sin));
	return sizeof(sin);
}

int endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	*e = (struct endpoint){ 0 };
	if (len >= sizeof(sin) && sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		memcpy(e->addr.bytes, &sin.sin_addr, 4);
		e->port = ntohs(sin.sin_port);
	} else if (len >= sizeof(sin6) && sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(e->addr.bytes, &sin6.sin6_addr, 16);
		e->port = ntohs(sin6.sin6_port);
		e->scope = sin6.sin6_scope_id;
	} else {
		return -EAFNOSUPPORT;
	}
	e->addr.family = (uint8_t)sa->sa_family;
	return 0;
}
