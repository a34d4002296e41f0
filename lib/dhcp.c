/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Where things stand in a message (RFC 2131 section 2). */
enum {
	AT_HTYPE = 1,
	AT_HLEN = 2,
	AT_XID = 4,
	AT_FLAGS = 10,
	AT_CIADDR = 12,
	AT_GIADDR = 24,
	AT_CHADDR = 28,
	AT_SNAME = 44,
	AT_FILE = 108,
	AT_MAGIC = 236,
};

enum { SNAME_BYTES = 64, FILE_BYTES = 128, OVERLOAD_FILE = 1, OVERLOAD_SNAME = 2 };

static const uint8_t magic[4] = { 99, 130, 83, 99 };

static struct addr addr_of(const uint8_t *p)
{
	struct addr a = { .family = AF_INET };

	memcpy(a.bytes, p, 4);
	return a;
}

/* --- reading ------------------------------------------------------------------------------ */

/* Options one after the other, in one field. */
struct walk {
	const uint8_t *at, *end;
};

/* 1: there is an option; 0: no more; -EINVAL: it reaches beyond the field. */
static int next(struct walk *w, uint8_t *code, const uint8_t **value, size_t *len)
{
	while (w->at < w->end && *w->at == DHCP_OPT_PAD)
		w->at++;
	if (w->at == w->end || *w->at == DHCP_OPT_END)
		return 0;
	if (w->end - w->at < 2 || w->end - w->at - 2 < w->at[1])
		return -EINVAL;
	*code = w->at[0];
	*len = w->at[1];
	*value = w->at + 2;
	w->at += 2 + *len;
	return 1;
}

/* The fields that may hold options, and how to know that they do (RFC 2131 section 4.1). */
enum { FIELDS = 3 };

static struct walk field(const struct dhcp *m, unsigned i)
{
	const size_t at[FIELDS] = { DHCP_FIXED, AT_FILE, AT_SNAME };
	const size_t len[FIELDS] = { m->len - DHCP_FIXED,
				     m->overload & OVERLOAD_FILE ? FILE_BYTES : 0,
				     m->overload & OVERLOAD_SNAME ? SNAME_BYTES : 0 };

	return (struct walk){ m->bytes + at[i], m->bytes + at[i] + len[i] };
}

/* Whether all options are whole. */
static bool is_whole(const struct dhcp *m)
{
	const uint8_t *value;
	uint8_t code;
	size_t len;
	int more = 0;

	for (unsigned i = 0; i < FIELDS; i++) {
		struct walk w = field(m, i);

		while ((more = next(&w, &code, &value, &len)) > 0)
			;
		if (more < 0)
			return false;
	}
	return true;
}

int dhcp_parse(struct dhcp *m, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint8_t overload;
	uint16_t flags;
	uint32_t xid;

	if (len < DHCP_FIXED || memcmp(p + AT_MAGIC, magic, sizeof(magic)) != 0 ||
	    p[AT_HLEN] > sizeof(m->chaddr))
		return -EINVAL;
	memcpy(&xid, p + AT_XID, sizeof(xid));
	memcpy(&flags, p + AT_FLAGS, sizeof(flags));
	*m = (struct dhcp){ .op = p[0],
			    .htype = p[AT_HTYPE],
			    .hlen = p[AT_HLEN],
			    .xid = ntohl(xid),
			    .flags = ntohs(flags),
			    .ciaddr = addr_of(p + AT_CIADDR),
			    .giaddr = addr_of(p + AT_GIADDR),
			    .bytes = p,
			    .len = len };
	memcpy(m->chaddr, p + AT_CHADDR, sizeof(m->chaddr));
	if (!is_whole(m))
		return -EINVAL;
	if (dhcp_option(m, DHCP_OPT_OVERLOAD, &overload, 1) == 1)
		m->overload = overload;
	if (!is_whole(m) || dhcp_option(m, DHCP_OPT_TYPE, &m->type, 1) != 1)
		return -EINVAL;
	return 0;
}

int dhcp_option(const struct dhcp *m, enum dhcp_option wanted, uint8_t *buf, size_t cap)
{
	size_t total = 0, len;
	const uint8_t *value;
	bool found = false;
	uint8_t code;

	for (unsigned i = 0; i < FIELDS; i++) {
		struct walk w = field(m, i);

		while (next(&w, &code, &value, &len) > 0) {
			if (code != wanted)
				continue;
			if (len > cap - total)
				return -EMSGSIZE;
			memcpy(buf + total, value, len);
			total += len;
			found = true;
		}
	}
	return found ? (int)total : -ENOENT;
}

int dhcp_routes(const uint8_t *p, size_t len, struct network *out, unsigned cap)
{
	const uint8_t *end = p + len;
	unsigned count = 0;

	if (len == 0)
		return -EINVAL;
	while (p < end) {
		struct addr a = { .family = AF_INET };
		uint8_t bits = *p++;
		size_t octets = (bits + 7u) / 8;

		if (bits > 32 || (size_t)(end - p) < octets + 4)
			return -EINVAL;
		memcpy(a.bytes, p, octets);
		p += octets + 4;
		if (count < cap)
			out[count++] = network_of(&a, bits);
	}
	return (int)count;
}

int dhcp_static_routes(const uint8_t *p, size_t len, struct network *out, unsigned cap)
{
	unsigned count = 0;

	if (len == 0 || len % 8)
		return -EINVAL;
	for (const uint8_t *end = p + len; p < end && count < cap; p += 8) {
		struct addr a = addr_of(p);
		/* classes A, B, C (RFC 791); an address of its own is a host */
		struct network n = network_of(&a, p[0] < 128 ? 8 : p[0] < 192 ? 16 : 24);

		out[count++] = addr_equal(&n.addr, &a) ? n : network_of(&a, 32);
	}
	return (int)count;
}

/* --- writing ------------------------------------------------------------------------------ */

void dhcp_begin(struct dhcp_out *o, const struct dhcp *m, size_t max)
{
	uint32_t xid = htonl(m->xid);
	uint16_t flags = htons(m->flags);

	memset(o, 0, sizeof(*o));
	o->max = max < sizeof(o->bytes) ? max : sizeof(o->bytes);
	o->bytes[0] = m->op;
	o->bytes[AT_HTYPE] = m->htype;
	o->bytes[AT_HLEN] = m->hlen;
	memcpy(o->bytes + AT_XID, &xid, sizeof(xid));
	memcpy(o->bytes + AT_FLAGS, &flags, sizeof(flags));
	memcpy(o->bytes + AT_CIADDR, m->ciaddr.bytes, 4);
	memcpy(o->bytes + AT_CHADDR, m->chaddr, sizeof(m->chaddr));
	memcpy(o->bytes + AT_MAGIC, magic, sizeof(magic));
	o->len = DHCP_FIXED;
	dhcp_put(o, DHCP_OPT_TYPE, &m->type, 1);
}

bool dhcp_put(struct dhcp_out *o, enum dhcp_option code, const void *value, size_t len)
{
	size_t parts = len ? (len + 254) / 255 : 1;
	const uint8_t *p = value;

	/* one byte is kept for the end */
	if (len + 2 * parts + 1 > o->max - o->len)
		return false;
	do {
		size_t n = len < 255 ? len : 255;

		o->bytes[o->len++] = (uint8_t)code;
		o->bytes[o->len++] = (uint8_t)n;
		memcpy(o->bytes + o->len, p, n);
		o->len += n;
		p += n;
		len -= n;
	} while (len);
	return true;
}

size_t dhcp_end(struct dhcp_out *o)
{
	enum { BOOTP_BYTES = 300 }; /* some expect no less (RFC 1542 section 2.1) */

	o->bytes[o->len++] = DHCP_OPT_END;
	if (o->len < BOOTP_BYTES)
		o->len = BOOTP_BYTES;
	return o->len;
}

size_t dhcp_write_routes(const char *networks, const struct addr *via, uint8_t *buf, size_t cap)
{
	struct network n;
	size_t len = 0;

	while (network_next(&networks, &n)) {
		size_t octets = (n.bits + 7u) / 8;

		if (n.addr.family != AF_INET || 1 + octets + 4 > cap - len)
			continue;
		buf[len++] = n.bits;
		memcpy(buf + len, n.addr.bytes, octets);
		memcpy(buf + len + octets, via->bytes, 4);
		len += octets + 4;
	}
	return len;
}
