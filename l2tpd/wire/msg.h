/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msg.h - control messages <-> bytes (RFC 2661 sections 4 and 6).
 *
 * What lives in this folder: pure functions between datagrams and structs.
 * header.c knows the twelve bytes in front, avp.c one AVP at a time, msg.c
 * which AVPs make up which message, result.c what the codes mean in words.
 * Nothing here has a side effect, keeps state, or allocates: values point into
 * the datagram that they were read from and live as long as it does.
 *
 * A message's row lists its AVPs in the order in which we send them. Reading is
 * generous as RFC 2661 demands: unknown or misplaced AVPs without the M bit are
 * counted and skipped, and what real peers are known to leave out is only
 * remarked upon. What cannot be forgiven becomes a verdict that says whether
 * the call or the tunnel falls, with which codes, and why in words.
 */
#ifndef L2TPD_WIRE_MSG_H
#define L2TPD_WIRE_MSG_H

#include "l2tpd/wire/avp.h"
#include "l2tpd/wire/header.h"

/* Message types, with the numbers of RFC 2661 section 3.2. */
enum msg_type {
	MSG_SCCRQ = 1,
	MSG_SCCRP = 2,
	MSG_SCCCN = 3,
	MSG_STOPCCN = 4,
	MSG_HELLO = 6,
	MSG_OCRQ = 7,
	MSG_OCRP = 8,
	MSG_OCCN = 9,
	MSG_ICRQ = 10,
	MSG_ICRP = 11,
	MSG_ICCN = 12,
	MSG_CDN = 14,
	MSG_WEN = 15,
	MSG_SLI = 16,
	MSG_COUNT
};

struct msg {
	enum msg_type type;
	uint64_t present;  /* a bit for each AVP in value[] */
	uint64_t expected; /* AVPs that the RFC demands and the peer left out, forgiven */
	unsigned ignored;  /* AVPs skipped: unknown, malformed or misplaced, none mandatory */
	union avp_value value[AVP_COUNT];
};

/* How much of the row's rule we insist upon. */
enum msg_need {
	MSG_OPTIONAL,
	MSG_REQUIRED, /* its absence fells the call or the tunnel */
	MSG_EXPECTED, /* we always send it; its absence is forgiven (seen from real peers) */
};

struct msg_avp {
	enum avp type;
	enum msg_need need;
};

enum { MSG_MAX_AVPS = 16 };

struct msg_row {
	const char *name; /* NULL: no such message */
	bool session;	  /* concerns a call: CDN, not StopCCN, answers what is wrong with it */
	struct msg_avp avp[MSG_MAX_AVPS]; /* ends with type 0, since Message Type is always first */
};

extern const struct msg_row msg_rows[MSG_COUNT];

enum verdict_kind {
	VERDICT_ACCEPT,
	VERDICT_IGNORE, /* an unknown message that is not mandatory: acknowledge, do nothing */
	VERDICT_CDN,
	VERDICT_STOPCCN,
};

struct verdict {
	enum verdict_kind kind;
	uint16_t result, error;
	char why[96]; /* for the log and for the error message to the peer */
};

/* Reads the body (what follows the header) of a control message that is no ZLB. */
struct verdict msg_read(struct msg *m, struct bytes body);

/* Writes the body of @m: Message Type, then whatever of its row is present. */
void msg_write(struct wbuf *w, const struct msg *m);

/* "SCCRQ"; "message 99" into @buf for unknown ones. */
const char *msg_name(uint16_t type, char buf[16]);

static inline bool msg_has(const struct msg *m, enum avp a)
{
	return m->present >> a & 1;
}

/* Starts a message to be sent. */
static inline void msg_start(struct msg *m, enum msg_type type)
{
	m->type = type;
	m->present = m->expected = 0;
	m->ignored = 0;
}

/* Makes @a present and returns where its value goes. */
static inline union avp_value *msg_put(struct msg *m, enum avp a)
{
	m->present |= UINT64_C(1) << a;
	m->value[a] = (union avp_value){ 0 };
	return &m->value[a];
}

static inline void msg_put_u16(struct msg *m, enum avp a, uint16_t v)
{
	msg_put(m, a)->u16 = v;
}

static inline void msg_put_u32(struct msg *m, enum avp a, uint32_t v)
{
	msg_put(m, a)->u32 = v;
}

/* A NULL or empty text is left out. The text must outlive the message. */
static inline void msg_put_text(struct msg *m, enum avp a, const char *s)
{
	if (s && *s)
		msg_put(m, a)->bytes = (struct bytes){ (const uint8_t *)s, strlen(s) };
}

#endif
