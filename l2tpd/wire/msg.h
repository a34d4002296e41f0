/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msg.h - control messages <-> bytes (RFC 2661 sections 4 and 6).
 *
 * What lives in this folder: pure functions between datagrams and structs.
 * header.c knows the twelve bytes in front, avp.c one AVP at a time, msg.c
 * which AVPs make up which message, hide.c what the shared secret does to them,
 * result.c what the codes mean in words.
 * Nothing here has a side effect, keeps state, or allocates: values point into
 * the datagram that they were read from, or into the message where they were
 * hidden, and live as long as both do.
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

/* Message types, with the numbers of RFC 2661 section 3.2 and RFC 5515 section 4. */
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
	MSG_CSUN = 28,
	MSG_CSURQ = 29,
	MSG_COUNT
};

enum {
	MSG_MAX_VENDOR = 8,   /* registered vendors' AVPs in a message; more are skipped */
	MSG_MAX_SPEEDS = 32,  /* Connect Speed Updates in a message; more are skipped */
	MSG_MAX_CLEAR = 4096, /* bytes that were hidden in a message */
};

struct msg {
	enum msg_type type;
	struct avp_set present;	 /* which of value[] are there */
	struct avp_set expected; /* AVPs that the RFC demands and the peer left out, forgiven */
	unsigned ignored;	 /* AVPs skipped: unknown, malformed or misplaced, none mandatory */
	unsigned hidden;	 /* AVPs that were hidden, revealed or not */
	unsigned vendors, speeds;
	struct avp_raw vendor[MSG_MAX_VENDOR]; /* in clear */
	struct avp_speeds speed[MSG_MAX_SPEEDS];
	union avp_value value[AVP_COUNT];
	struct bytes random_vector; /* the last that was read */
	size_t clear_len;
	uint8_t clear[MSG_MAX_CLEAR]; /* what was hidden; values point here */
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

enum { MSG_MAX_AVPS = 32 };

struct msg_row {
	const char *name; /* NULL: no such message */
	bool session;	  /* concerns a call: CDN, not StopCCN, answers what is wrong with it */
	bool extension;	  /* not of RFC 2661: sent without the M bit, so that it may be ignored */
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

/* What reading depends on beside the bytes. */
struct msg_reader {
	struct bytes secret; /* of the tunnel; none: nothing hidden can be revealed */
	/*
	 * Who sent it is not known yet, nor the secret: hidden AVPs are counted
	 * and passed over, and nothing is missed among them.
	 */
	bool first_glance;
	/* Whether somebody understands @type of @vendor; may be NULL. */
	bool (*knows)(const void *ctx, uint16_t vendor, uint16_t type);
	const void *ctx;
};

/*
 * Reads the body (what follows the header) of a control message that is no ZLB.
 * A NULL @reader has no secret and knows no vendor.
 */
struct verdict msg_read(struct msg *m, struct bytes body, const struct msg_reader *reader);

/*
 * Writes the body of @m: Message Type, then whatever of its row is present;
 * with @hide, what may be hidden is.
 */
void msg_write(struct wbuf *w, const struct msg *m, const struct avp_hide *hide);

/* "SCCRQ"; "message 99" into @buf for unknown ones. */
const char *msg_name(uint16_t type, char buf[16]);

static inline bool msg_has(const struct msg *m, enum avp a)
{
	return avp_in(&m->present, a);
}

/* Starts a message to be sent. */
static inline void msg_start(struct msg *m, enum msg_type type)
{
	m->type = type;
	m->present = m->expected = (struct avp_set){ 0 };
	m->ignored = m->hidden = m->vendors = m->speeds = 0;
	m->random_vector = (struct bytes){ 0 };
	m->clear_len = 0;
}

/* Makes @a present and returns where its value goes. */
static inline union avp_value *msg_put(struct msg *m, enum avp a)
{
	avp_add(&m->present, a);
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

/* Bytes, which must outlive the message. */
static inline void msg_put_bytes(struct msg *m, enum avp a, const void *p, size_t len)
{
	msg_put(m, a)->bytes = (struct bytes){ p, len };
}

/* A NULL or empty text is left out. The text must outlive the message. */
static inline void msg_put_text(struct msg *m, enum avp a, const char *s)
{
	if (s && *s)
		msg_put_bytes(m, a, s, strlen(s));
}

#endif
