/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result.h - result and error codes of StopCCN and CDN (RFC 2661 section
 * 4.4.2), Q.931 causes and PPP disconnect codes (RFC 3145), and what they mean in
 * words.
 */
#ifndef L2TPD_WIRE_RESULT_H
#define L2TPD_WIRE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both messages: the error code says more. */
enum { RESULT_GENERAL = 2 };

enum stopccn_result {
	STOPCCN_CLEAR = 1,
	STOPCCN_EXISTS = 3,
	STOPCCN_NOT_AUTHORIZED = 4,
	STOPCCN_VERSION = 5,
	STOPCCN_SHUTDOWN = 6,
	STOPCCN_FSM = 7,
	STOPCCN_DS = 8, /* RFC 3308 */
};

enum cdn_result {
	CDN_CARRIER_LOST = 1,
	CDN_ADMIN = 3,
	CDN_TEMPORARY = 4,
	CDN_PERMANENT = 5,
	CDN_DESTINATION = 6,
	CDN_NO_CARRIER = 7,
	CDN_BUSY = 8,
	CDN_NO_DIALTONE = 9,
	CDN_TIMEOUT = 10,
	CDN_NO_FRAMING = 11,
	CDN_DS = 12, /* RFC 3308 */
};

enum general_error {
	ERROR_NONE = 0,
	ERROR_NO_CONTROL_CONNECTION = 1,
	ERROR_LENGTH = 2,
	ERROR_VALUE = 3,
	ERROR_RESOURCES = 4,
	ERROR_SESSION_ID = 5,
	ERROR_VENDOR = 6,
	ERROR_TRY_ANOTHER = 7,
	ERROR_UNKNOWN_AVP = 8,
};

/*
 * Some peers have sent both codes with their bytes swapped: if that is what makes
 * sense of them, puts them right and says so.
 */
bool result_unswap(bool cdn, uint16_t *result, uint16_t *error);

/*
 * The codes in words, into @buf, which is returned: "requester is being shut
 * down (result 6)", with the general error where result is 2.
 */
const char *result_text(bool cdn, uint16_t result, uint16_t error, char *buf, size_t len);

/* What a Q.931 cause code means: "user busy (Q.931 cause 17)". */
const char *q931_text(uint16_t cause, char *buf, size_t len);

/* What a PPP disconnect code (RFC 3145 section 3) and its direction mean. */
const char *ppp_cause_text(uint16_t code, uint8_t direction, char *buf, size_t len);

#endif
