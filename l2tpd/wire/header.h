/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * header.h - the L2TP header (RFC 2661 section 3.1).
 */
#ifndef L2TPD_WIRE_HEADER_H
#define L2TPD_WIRE_HEADER_H

#include "l2tpd/wire/rbuf.h"
#include "l2tpd/wire/wbuf.h"

enum { HEADER_CONTROL_BYTES = 12 };

/* What a datagram is, by its header alone. */
enum header_verdict {
	HEADER_CONTROL,	  /* a control message or a ZLB: go on */
	HEADER_DATA,	  /* user data, which the kernel should have taken */
	HEADER_VERSION,	  /* not L2TPv2; header.version and tunnel_id as far as they can be read */
	HEADER_MALFORMED, /* too short, its length beyond the datagram, L or S missing on control */
	HEADER_VERDICTS,
};

struct header {
	uint8_t version;
	uint16_t tunnel_id, session_id; /* the receiver's */
	uint16_t ns, nr;
	struct bytes body; /* of a control message; empty is a ZLB */
};

/* Reads @datagram. Bytes beyond the Length field are ignored; S and P bits beyond need tolerated.
 */
enum header_verdict header_read(struct header *h, const void *datagram, size_t len);

/*
 * Whether @datagram is an SCCRQ of L2TP version 3 (RFC 3931 sections 3.2.1, 4.1.2 and 5.4.3);
 * tunnel_id and session_id become the halves of its Assigned Control Connection ID.
 */
bool header_read_v3(struct header *h, const void *datagram, size_t len);

/* A control header with a Length to be filled in by header_finish(). */
void header_write(struct wbuf *w, uint16_t tunnel_id, uint16_t session_id, uint16_t ns,
		  uint16_t nr);

/* Fills in Length; the datagram must begin at w->p. */
void header_finish(struct wbuf *w);

/* Writes what is known only on sending into a finished message: where it goes and its number. */
void header_patch_send(void *datagram, size_t len, uint16_t tunnel_id, uint16_t ns);

/* Writes the latest Nr into a finished message (again for each retransmission). */
void header_patch_nr(void *datagram, size_t len, uint16_t nr);

/* What was wrong, in words; "" for the acceptable ones. */
const char *header_verdict_text(enum header_verdict v);

#endif
