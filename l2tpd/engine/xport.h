/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xport.h - the reliable control channel (RFC 2661 section 5.8 and appendix A).
 *
 * Ns and Nr, a send window opened by slow start and narrowed by loss, a receive
 * window that keeps what comes early, retransmission with doubling delays, ZLBs
 * when nothing else carries an acknowledgement, and HELLO after silence. It
 * offers three things upward: deliver (in order, once), dead (no answer to the
 * last retransmission), drained (all that was sent is acknowledged).
 *
 * Two kinds of messages wait for the window: requests, which begin something and
 * may be thousands, and all others, which go before them. A stranger's channel is
 * `solicited`: it sends only when it is sent to, so that nobody can have us pour
 * datagrams over a third party.
 */
#ifndef L2TPD_ENGINE_XPORT_H
#define L2TPD_ENGINE_XPORT_H

#include "l2tpd/wire/header.h"
#include "lib/timer.h"

enum {
	XPORT_ACK_DELAY_MS = 20,   /* how long an acknowledgement waits for company */
	XPORT_RETRY_CAP_MS = 8000, /* 5.8: the cap must be no less than 8 s */
	XPORT_HOLD_MAX = 64,	   /* messages kept out of order, however large our window */
	XPORT_NR_SLACK = 4,	   /* and the peer's window: how far behind an Nr may be */
};

struct xport;

struct xport_ops {
	/* Puts a datagram on the wire; it must be copied if kept. */
	void (*send)(struct xport *, const void *datagram, size_t len);
	/* A message that is next in sequence; h->body has at least one byte. */
	void (*deliver)(struct xport *, const struct header *h);
	void (*dead)(struct xport *);
	/* Nothing is queued or unacknowledged any more. */
	void (*drained)(struct xport *);
	/* The peer was silent for the hello time and nothing is on its way: send a HELLO. */
	void (*silent)(struct xport *);
};

/* A message that waits to be sent or to be acknowledged, or came early. */
struct xport_msg {
	struct xport_msg *next;
	struct list waiting;	   /* until it is first sent */
	struct xport_msg **ticket; /* of a request; whose it is, until it is first sent */
	uint16_t ns;
	uint16_t len;
	uint8_t datagram[];
};

struct xport_queue {
	struct xport_msg *head, **tail;
	uint32_t count;
};

struct xport_stats {
	uint32_t tx_messages, tx_zlb, tx_retransmits;
	uint32_t rx_messages, rx_zlb, rx_duplicates, rx_early, rx_discarded;
};

struct xport {
	const struct xport_ops *ops;
	struct timers *timers;
	uint16_t peer_tunnel_id; /* 0 until the peer assigned one */
	uint16_t ns;		 /* of the next message that is sent for the first time */
	uint16_t nr;		 /* next that we expect */
	uint16_t our_window, peer_window;
	uint32_t cwnd, cwnd_acked, ssthresh;
	uint32_t retry_ms, hello_ms; /* first retransmission delay; silence before HELLO, 0 never */
	uint16_t max_retries, retries;
	uint32_t chance; /* the phase of HELLOs; 0: they are not spread */
	bool ack_owed, dead;
	bool solicited, paused;
	struct xport_queue sent;  /* sent and unacknowledged, in order of Ns */
	struct xport_msg *resend; /* of them, the next that a timeout gave up for lost; or NULL */
	uint32_t in_flight;	  /* of them, those that may still arrive or be acknowledged */
	struct list urgent, requests; /* Ns not yet assigned */
	uint32_t unsent;	      /* how many they are */
	struct xport_queue held;      /* came early, in order of Ns */
	struct timer retry, ack, hello;
	struct xport_stats stats;
};

struct xport_conf {
	uint16_t our_window, peer_window; /* messages */
	uint32_t retry_ms, hello_ms;
	uint16_t max_retries;
	uint32_t chance; /* a random number spreads HELLOs over time; 0: they come to the ms */
};

void xport_init(struct xport *x, const struct xport_ops *ops, struct timers *timers,
		const struct xport_conf *conf);

/* Stops all timers and frees all messages; nothing is sent or called any more. */
void xport_free(struct xport *x);

/* Queues a message of @body for the peer's @session_id (0: the tunnel). -ENOMEM. */
int xport_send(struct xport *x, uint16_t session_id, const void *body, size_t len);

/*
 * The same for a message that begins something: it goes when nothing else waits.
 * Until it is first sent *ticket points to it, for xport_cancel(); then it is
 * NULL. *ticket must stay where it is as long as it is not.
 */
int xport_request(struct xport *x, uint16_t session_id, const void *body, size_t len,
		  struct xport_msg **ticket);

/* Takes a request back, if it was never sent: the peer need not hear of it at all. */
bool xport_cancel(struct xport *x, struct xport_msg **ticket);

/* Forgets what was never sent: the peer need not hear it before a StopCCN. */
void xport_drop_unsent(struct xport *x);

/* What came in, by its sequence numbers. */
enum xport_input {
	XPORT_NEXT,	 /* valid and next in sequence (or a ZLB that acknowledges something new) */
	XPORT_OLD,	 /* a repetition, or a ZLB that tells nothing new */
	XPORT_EARLY,	 /* kept until what lies between has come */
	XPORT_DISCARDED, /* outside of the window, or acknowledging what was never sent */
};

enum xport_input xport_input(struct xport *x, const struct header *h);

/* Acknowledges now rather than after the delay. */
void xport_ack_now(struct xport *x);

/*
 * A stranger's channel: no timer sends anything; a repetition of what the peer
 * sent makes us repeat our answer. Ends when the peer proved to be there.
 */
void xport_set_solicited(struct xport *x, bool solicited);

/*
 * While paused, messages are kept and neither delivered nor acknowledged; what was
 * kept is delivered a moment after, not from within xport_resume().
 */
void xport_pause(struct xport *x);
void xport_resume(struct xport *x);

/* Whether @nr can come from somebody who hears us: it acknowledges nothing that was never sent and
 * nothing that was acknowledged long ago. Numbers are all that keeps an off-path sender out. */
bool xport_plausible(const struct xport *x, uint16_t nr);

/* The peer's window became known (SCCRQ, SCCRP). */
void xport_set_peer_window(struct xport *x, uint16_t window);

void xport_set_hello(struct xport *x, uint32_t hello_ms);

/* There is a reason to ask whether the peer lives: in @ms at the latest; unless HELLO is off. */
void xport_hello_within(struct xport *x, uint64_t ms);

/* From now on a longer silence is not filled: the tunnel is going down. */
static inline void xport_no_hello(struct xport *x)
{
	xport_set_hello(x, 0);
}

static inline bool xport_is_drained(const struct xport *x)
{
	return x->sent.count == 0 && x->unsent == 0;
}

/* How long a peer may go on retransmitting: our own schedule from first to last, in ms. */
uint32_t xport_cycle_ms(const struct xport *x);

#endif
