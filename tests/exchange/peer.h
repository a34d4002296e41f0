/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer.h - a peer that the test plays by hand, message by message, against the
 * first host of a world: what is expected, what is not, what no peer should ever
 * send, and what real peers are known to do.
 */
#ifndef TESTS_EXCHANGE_PEER_H
#define TESTS_EXCHANGE_PEER_H

#include "l2tpd/wire/msg.h"
#include "l2tpd/wire/result.h"
#include "tests/exchange/world.h"

enum { PEER_KEEPS = 64 };

/* Its address, its numbers, and what the engine said to it. */
struct peer {
	struct world *w;
	struct host *h;
	struct endpoint at;
	uint16_t port; /* of the host, where it answers from */
	uint16_t ns, nr;
	uint16_t tunnel_id; /* theirs, which we address */
	const char *secret; /* or NULL */
	const char *name;   /* Host Name */
	bool hides;	    /* what may be hidden */
	uint32_t bearer;    /* Bearer Capabilities; 0: none are told */
	struct msg got[PEER_KEEPS];
	uint8_t bytes[PEER_KEEPS][1500];
	struct header head[PEER_KEEPS];
	unsigned count, zlbs, datagrams;
};

struct peer *peer_new(void);
struct peer *peer_new_in(const struct world_conf *conf);
void peer_free(struct peer *p);

/* Lets a moment pass. */
void peer_settle(struct peer *p);

/* Sends a datagram as it stands; a body with a header; a message, counted, to session @sid. */
void peer_send(struct peer *p, const void *datagram, size_t len);
void peer_send_body(struct peer *p, uint16_t tid, uint16_t sid, uint16_t ns, uint16_t nr,
		    const void *body, size_t len);
void peer_say(struct peer *p, uint16_t sid, const struct msg *m);
void peer_ack(struct peer *p);

/* The last message that came, which must be of @type. */
const struct msg *peer_last(const struct peer *p);
const struct msg *peer_got(const struct peer *p, enum msg_type type);
uint16_t peer_number(const struct msg *m, enum avp a);

struct msg peer_sccrq(const struct peer *p, uint16_t id);
/* The peer opens a tunnel; answers the SCCRQ that came; confirms an SCCRP. */
void peer_open(struct peer *p);
void peer_answer(struct peer *p, uint16_t id);
void peer_confirm(struct peer *p);
/* The engine opens a tunnel, called "t", to the peer, which answers. Our tunnel id. */
uint16_t peer_opened(struct peer *p, const char *settings);
/* The peer calls, as LAC, and connects; or asks us to call, as LNS. Our session id, 0 if refused.
 */
uint16_t peer_call(struct peer *p, uint16_t id);
void peer_connect(struct peer *p, uint16_t ours);
uint16_t peer_order(struct peer *p, uint16_t id);
/* The peer's ICRP or OCRP: it calls our session @ours by @id. */
void peer_reply(struct peer *p, enum msg_type type, uint16_t ours, uint16_t id);

#endif
