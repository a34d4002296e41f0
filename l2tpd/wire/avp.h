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

/* Attribute types, with the numbers of RFC 2661 section 4.4. */
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
	AVP_COUNT
};

enum avp_kind {
	AVP_KIND_NONE,	/* no such attribute */
	AVP_KIND_EMPTY, /* its presence says all */
	AVP_KIND_U16,
	AVP_KIND_U32,
	AVP_KIND_U64,
	AVP_KIND_BYTES,	 /* text and opaque values */
	AVP_KIND_RESULT, /* result, and optionally error and message (4.4.2) */
	AVP_KIND_CAUSE,	 /* Q.931 cause, message, advisory (4.4.2) */
	AVP_KIND_ERRORS, /* six counters (4.4.6) */
	AVP_KIND_ACCM,	 /* send and receive maps (4.4.6) */
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

union avp_value {
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	struct bytes bytes;
	struct avp_result result;
	struct avp_cause cause;
	struct avp_errors errors;
	struct avp_accm accm;
};

enum avp_flag {
	AVP_M = 1,	 /* sent with the M bit */
	AVP_HIDABLE = 2, /* may be hidden (4.3) */
	AVP_LONGER = 4,	 /* surplus bytes are tolerated (seen from real peers) and ignored */
	AVP_TEXT = 8,	 /* bytes meant to be read by people */
};

struct avp_row {
	const char *name;
	enum avp_kind kind;
	uint16_t min, max; /* bytes of the value */
	unsigned flags;
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

/* Writes a whole AVP, header and value. */
void avp_write(struct wbuf *w, enum avp type, const union avp_value *v);

/* The row of @type in the IETF's space (vendor 0), NULL if unknown. */
const struct avp_row *avp_row(uint16_t type);

#endif
