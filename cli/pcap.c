/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/pcap.h"

#include <string.h>

enum { LINKTYPE_RAW = 101, SNAP = 65535, IPV4_BYTES = 20, IPV6_BYTES = 40, UDP_BYTES = 8 };

struct out {
	uint8_t bytes[IPV6_BYTES + UDP_BYTES];
	size_t len;
};

static void put8(struct out *o, uint8_t v)
{
	o->bytes[o->len++] = v;
}

static void put16(struct out *o, uint32_t v)
{
	put8(o, (uint8_t)(v >> 8));
	put8(o, (uint8_t)v);
}

static void put_addr(struct out *o, const struct addr *a)
{
	size_t len = a->family == AF_INET6 ? 16 : 4;

	memcpy(o->bytes + o->len, a->bytes, len);
	o->len += len;
}

/* RFC 1071. */
static uint32_t sum_of(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void ipv4(struct out *o, const struct endpoint *from, const struct endpoint *to, size_t len)
{
	uint16_t sum;

	put16(o, 0x4500);
	put16(o, (uint32_t)(IPV4_BYTES + UDP_BYTES + len));
	put16(o, 0);
	put16(o, 0x4000); /* not fragmented */
	put8(o, 64);
	put8(o, IPPROTO_UDP);
	put16(o, 0);
	put_addr(o, &from->addr);
	put_addr(o, &to->addr);
	sum = folded(sum_of(0, o->bytes, IPV4_BYTES));
	o->bytes[10] = (uint8_t)(sum >> 8);
	o->bytes[11] = (uint8_t)sum;
}

static void ipv6(struct out *o, const struct endpoint *from, const struct endpoint *to, size_t len)
{
	put16(o, 0x6000);
	put16(o, 0);
	put16(o, (uint32_t)(UDP_BYTES + len));
	put8(o, IPPROTO_UDP);
	put8(o, 64);
	put_addr(o, &from->addr);
	put_addr(o, &to->addr);
}

/* With the pseudo header's: addresses, length and protocol. */
static uint16_t udp_sum(const struct out *o, size_t ip_bytes, const struct endpoint *from,
			const uint8_t *payload, size_t len)
{
	size_t addr = from->addr.family == AF_INET6 ? 16 : 4;
	uint32_t sum = sum_of(IPPROTO_UDP + (uint32_t)(UDP_BYTES + len),
			      o->bytes + ip_bytes - 2 * addr, 2 * addr);
	uint16_t folded_sum;

	sum = sum_of(sum, o->bytes + ip_bytes, UDP_BYTES);
	folded_sum = folded(sum_of(sum, payload, len));
	return folded_sum ? folded_sum : 0xffff;
}

bool pcap_begin(FILE *f)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, figures, snap, link;
	} header = { 0xa1b2c3d4, 2, 4, 0, 0, SNAP, LINKTYPE_RAW };

	return fwrite(&header, sizeof(header), 1, f) == 1;
}

bool pcap_datagram(FILE *f, uint64_t time_us, const struct endpoint *from,
		   const struct endpoint *to, const uint8_t *payload, size_t len)
{
	struct out o = { .len = 0 };
	uint32_t whole[4];
	size_t ip_bytes;
	uint16_t sum;

	if (from->addr.family == AF_INET6 || to->addr.family == AF_INET6)
		ipv6(&o, from, to, len);
	else
		ipv4(&o, from, to, len);
	ip_bytes = o.len;
	put16(&o, from->port);
	put16(&o, to->port);
	put16(&o, (uint32_t)(UDP_BYTES + len));
	put16(&o, 0);
	sum = udp_sum(&o, ip_bytes, to, payload, len);
	o.bytes[o.len - 2] = (uint8_t)(sum >> 8);
	o.bytes[o.len - 1] = (uint8_t)sum;
	whole[0] = (uint32_t)(time_us / 1000000);
	whole[1] = (uint32_t)(time_us % 1000000);
	whole[2] = whole[3] = (uint32_t)(o.len + len);
	return fwrite(whole, sizeof(whole), 1, f) == 1 && fwrite(o.bytes, o.len, 1, f) == 1 &&
	       (len == 0 || fwrite(payload, len, 1, f) == 1);
}
