/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * avp.h - attribute-value pairs (RFC 2661 section 4), one row each.
 *
 * An AVP's row says its number, its name, how its value is laid out, the bounds
 * of the value's length, whether we set the M bit, and whether it may be
 * hidden. Readers, writers, logs and tests go by the rows.
 */
#ifndef L2TPD_WIRE_AVP_H
#define L2TPD_WIRE_AVP_H

#include "l2tpd/wire/rbuf.h"
#include "l2tpd/wire/wbuf.h"

/*
 * The attributes that we know. Of the IETF's (vendor 0) the first are their own
 * numbers: RFC 2661 section 4.4, then 46 of RFC 3145, 47 and 48 of RFC 3308, 49
 * to 52 of RFC 3437. The rows of those behind say whose they are and which
 * number they have (RFC 5515).
 */
enum avp {
	AVP_MESSAGE_TYPE = 0,
	AVP_RESULT_CODE = 1,
	AVP_PROTOCOL_VERSION = 2,
	AVP_FRAMING_CAPABILITIES = 3,
	AVP_BEARER_CAPABILITIES = 4,
	AVP_TIE_BREAKER = 5,
	AVP_FIRMWARE_REVISION = 6,
	AVP_HOST_NAME = 7,
	AVP_VENDOR_NAME = 8,
	AVP_ASSIGNED_TUNNEL_ID = 9,
	AVP_RECEIVE_WINDOW_SIZE = 10,
	AVP_CHALLENGE = 11,
	AVP_Q931_CAUSE_CODE = 12,
	AVP_CHALLENGE_RESPONSE = 13,
	AVP_ASSIGNED_SESSION_ID = 14,
	AVP_CALL_SERIAL_NUMBER = 15,
	AVP_MINIMUM_BPS = 16,
	AVP_MAXIMUM_BPS = 17,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_CALLED_NUMBER = 21,
	AVP_CALLING_NUMBER = 22,
	AVP_SUB_ADDRESS = 23,
	AVP_TX_CONNECT_SPEED = 24,
	AVP_PHYSICAL_CHANNEL_ID = 25,
	AVP_INITIAL_RECEIVED_LCP_CONFREQ = 26,
	AVP_LAST_SENT_LCP_CONFREQ = 27,
	AVP_LAST_RECEIVED_LCP_CONFREQ = 28,
	AVP_PROXY_AUTHEN_TYPE = 29,
	AVP_PROXY_AUTHEN_NAME = 30,
	AVP_PROXY_AUTHEN_CHALLENGE = 31,
	AVP_PROXY_AUTHEN_ID = 32,
	AVP_PROXY_AUTHEN_RESPONSE = 33,
	AVP_CALL_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_RANDOM_VECTOR = 36,
	AVP_PRIVATE_GROUP_ID = 37,
	AVP_RX_CONNECT_SPEED = 38,
	AVP_SEQUENCING_REQUIRED = 39,
	AVP_PPP_DISCONNECT_CAUSE = 46,
	AVP_CONTROL_CONNECTION_DS = 47,
	AVP_SESSION_DS = 48,
	AVP_LCP_WANT_OPTIONS = 49,
	AVP_LCP_ALLOW_OPTIONS = 50,
	AVP_LNS_LAST_SENT_LCP_CONFREQ = 51,
	AVP_LNS_LAST_RECEIVED_LCP_CONFREQ = 52,
	AVP_CONNECT_SPEED_UPDATE,
	AVP_CONNECT_SPEED_UPDATE_ENABLE,
	AVP_AGENT_CIRCUIT_ID,
	AVP_AGENT_REMOTE_ID,
	AVP_ACTUAL_RATE_UP,
	AVP_ACTUAL_RATE_DOWN,
	AVP_MINIMUM_RATE_UP,
	AVP_MINIMUM_RATE_DOWN,
	AVP_ATTAINABLE_RATE_UP,
	AVP_ATTAINABLE_RATE_DOWN,
	AVP_MAXIMUM_RATE_UP,
	AVP_MAXIMUM_RATE_DOWN,
	AVP_MINIMUM_LOW_POWER_RATE_UP,
	AVP_MINIMUM_LOW_POWER_RATE_DOWN,
	AVP_MAXIMUM_DELAY_UP,
	AVP_ACTUAL_DELAY_UP,
	AVP_MAXIMUM_DELAY_DOWN,
	AVP_ACTUAL_DELAY_DOWN,
	AVP_ACCESS_LOOP_ENCAPSULATION,
	AVP_ACCESS_LINE_TYPE,
	AVP_IWF_SESSION,
	AVP_COUNT
};

/* Vendors of attributes: the IETF itself, and the DSL Forum (RFC 5515 section 5). */
enum { VENDOR_IETF = 0, VENDOR_DSL_FORUM = 3561 };

enum avp_kind {
	AVP_KIND_NONE,	/* no such attribute */
	AVP_KIND_EMPTY, /* its presence says all */
	AVP_KIND_U16,
	AVP_KIND_U32,
	AVP_KIND_U64,
	AVP_KIND_BYTES,	    /* text and opaque values */
	AVP_KIND_RESULT,    /* result, and optionally error and message (4.4.2) */
	AVP_KIND_CAUSE,	    /* Q.931 cause, message, advisory (4.4.2) */
	AVP_KIND_ERRORS,    /* six counters (4.4.6) */
	AVP_KIND_ACCM,	    /* send and receive maps (4.4.6) */
	AVP_KIND_PPP_CAUSE, /* PPP disconnect cause (RFC 3145 section 2) */
	AVP_KIND_SPEEDS,    /* new speeds of a session (RFC 5515 section 6.1) */
};

struct avp_result {
	uint16_t result, error;
	bool has_error;
	struct bytes message;
};

struct avp_cause {
	uint16_t cause;
	uint8_t msg;
	struct bytes advisory;
};

struct avp_errors {
	uint32_t crc, framing, hardware_overruns, buffer_overruns, timeouts, alignment;
};

struct avp_accm {
	uint32_t send, receive;
};

struct avp_ppp_cause {
	uint16_t code, protocol;
	uint8_t direction;
	struct bytes message;
};

struct avp_speeds {
	uint16_t session_id; /* the receiver's */
	uint32_t tx, rx;     /* bit/s, as the LAC sees it */
};

union avp_value {
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	struct bytes bytes;
	struct avp_result result;
	struct avp_cause cause;
	struct avp_errors errors;
	struct avp_accm accm;
	struct avp_ppp_cause ppp_cause;
	struct avp_speeds speeds;
};

enum avp_flag {
	AVP_M = 1,	 /* sent with the M bit */
	AVP_HIDABLE = 2, /* may be hidden (4.3) */
	AVP_LONGER = 4,	 /* surplus bytes are tolerated (seen from real peers) and ignored */
	AVP_TEXT = 8,	 /* bytes meant to be read by people */
	AVP_SECRET = 16, /* never shown or logged */
};

struct avp_row {
	const char *name;
	enum avp_kind kind;
	uint16_t min, max; /* bytes of the value */
	unsigned flags;
	uint16_t vendor, number; /* where they are not 0 and the attribute's place in the table */
};

extern const struct avp_row avp_rows[AVP_COUNT];

/* An AVP as it stands in a message: its header read, its value not yet. */
struct avp_raw {
	bool mandatory, hidden, reserved; /* reserved: a bit that must be zero is set */
	uint16_t vendor, type;
	struct bytes value;
};

enum { AVP_HEADER_BYTES = 6, AVP_MAX_BYTES = 1023 };

/* The next AVP; false if its length is impossible (the cursor then stands failed). */
bool avp_next(struct rbuf *r, struct avp_raw *raw);

/* Reads a value of the row's kind; false if its length is not what the row allows. */
bool avp_read(const struct avp_row *row, struct bytes value, union avp_value *out);

/* What hides an AVP's value: the tunnel's secret, and chance. */
struct avp_hide {
	struct bytes secret;
	uint8_t vector[16]; /* of the message's Random Vector AVP */
	uint8_t padding[16];
};

/* Writes a whole AVP, header and value; hidden if it may be and @hide is not NULL. */
void avp_write(struct wbuf *w, enum avp a, const union avp_value *v, const struct avp_hide *hide);

/* Which attribute @type of @vendor is; AVP_COUNT if we do not know it. */
enum avp avp_find(uint16_t vendor, uint16_t type);

/* The attribute's number in its vendor's space. */
uint16_t avp_number(enum avp a);

/* A set of attributes. */
struct avp_set {
	uint64_t bits[(AVP_COUNT + 63) / 64];
};

static inline bool avp_in(const struct avp_set *s, enum avp a)
{
	return s->bits[a / 64] >> (a % 64) & 1;
}

static inline void avp_add(struct avp_set *s, enum avp a)
{
	s->bits[a / 64] |= UINT64_C(1) << (a % 64);
}

static inline void avp_remove(struct avp_set *s, enum avp a)
{
	s->bits[a / 64] &= ~(UINT64_C(1) << (a % 64));
}

#endif
