/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcap.h - a capture file, as tshark and tcpdump read it: raw IP packets. The IP and
 * UDP headers are made up from what is known: the addresses and ports.
 */
#ifndef CLI_PCAP_H
#define CLI_PCAP_H

#include "lib/addr.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes the file's header. */
bool pcap_begin(FILE *f);

/* One UDP datagram of @len bytes of @payload, seen at @time_us since 1970. */
bool pcap_datagram(FILE *f, uint64_t time_us, const struct endpoint *from,
		   const struct endpoint *to, const uint8_t *payload, size_t len);

#endif
