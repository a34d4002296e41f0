/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/wire/result.h"

#include <stdio.h>

static const char *const stopccn_words[] = {
	[STOPCCN_CLEAR] = "general request to clear the control connection",
	[RESULT_GENERAL] = "general error",
	[STOPCCN_EXISTS] = "control channel already exists",
	[STOPCCN_NOT_AUTHORIZED] = "requester is not authorized to establish a control channel",
	[STOPCCN_VERSION] = "the requester's protocol version is not supported",
	[STOPCCN_SHUTDOWN] = "requester is being shut down",
	[STOPCCN_FSM] = "finite state machine error",
	[STOPCCN_DS] = "no agreement on the control connection's differentiated services",
};

static const char *const cdn_words[] = {
	[CDN_CARRIER_LOST] = "loss of carrier",
	[RESULT_GENERAL] = "general error",
	[CDN_ADMIN] = "disconnected for administrative reasons",
	[CDN_TEMPORARY] = "no facilities available for now",
	[CDN_PERMANENT] = "no facilities available, permanently",
	[CDN_DESTINATION] = "invalid destination",
	[CDN_NO_CARRIER] = "no carrier detected",
	[CDN_BUSY] = "busy signal",
	[CDN_NO_DIALTONE] = "no dial tone",
	[CDN_TIMEOUT] = "not established within the time allotted by the LAC",
	[CDN_NO_FRAMING] = "connected, but no appropriate framing was detected",
	[CDN_DS] = "no agreement on the session's differentiated services",
};

static const char *const error_words[] = {
	[ERROR_NONE] = "no general error",
	[ERROR_NO_CONTROL_CONNECTION] = "no control connection exists yet",
	[ERROR_LENGTH] = "length is wrong",
	[ERROR_VALUE] = "a field's value is out of range or a reserved field is not zero",
	[ERROR_RESOURCES] = "insufficient resources",
	[ERROR_SESSION_ID] = "the session id is invalid in this context",
	[ERROR_VENDOR] = "vendor-specific error",
	[ERROR_TRY_ANOTHER] = "try another LNS",
	[ERROR_UNKNOWN_AVP] = "an unknown AVP was marked mandatory",
};

/* ITU-T Q.850, those that a telephone line ends with. */
static const char *const q931_words[] = {
	[1] = "unallocated number",
	[2] = "no route to the transit network",
	[3] = "no route to the destination",
	[6] = "channel unacceptable",
	[16] = "normal call clearing",
	[17] = "user busy",
	[18] = "no user responding",
	[19] = "no answer from the user",
	[20] = "subscriber absent",
	[21] = "call rejected",
	[22] = "number changed",
	[26] = "non-selected user clearing",
	[27] = "destination out of order",
	[28] = "invalid number format",
	[29] = "facility rejected",
	[31] = "normal, unspecified",
	[34] = "no circuit available",
	[38] = "network out of order",
	[41] = "temporary failure",
	[42] = "switching equipment congestion",
	[44] = "requested circuit not available",
	[47] = "resource unavailable",
	[50] = "requested facility not subscribed",
	[57] = "bearer capability not authorized",
	[58] = "bearer capability not presently available",
	[63] = "service or option not available",
	[65] = "bearer capability not implemented",
	[69] = "requested facility not implemented",
	[81] = "invalid call reference value",
	[88] = "incompatible destination",
	[95] = "invalid message",
	[96] = "mandatory information element is missing",
	[102] = "recovery on timer expiry",
	[111] = "protocol error",
	[127] = "interworking",
};

/* RFC 3145 section 3. */
static const char *const ppp_words[] = {
	[0] = "no information available",
	[1] = "administrative disconnect",
	[2] = "LCP renegotiation at the LNS is disabled and there was no proxy LCP",
	[3] = "normal disconnection",
	[4] = "compulsory encryption was refused",
	[5] = "LCP timed out",
	[6] = "no recognizable LCP packets were received",
	[7] = "LCP magic number error, the link may be looped back",
	[8] = "LCP echo requests were not answered",
	[9] = "unexpected Endpoint-Discriminator for the multilink bundle",
	[10] = "unexpected MRRU for the multilink bundle",
	[11] = "unexpected Short-Sequence-Number option for the multilink bundle",
	[12] = "compulsory call-back was refused",
	[13] = "authentication timed out",
	[14] = "unexpected authenticated name for the multilink bundle",
	[15] = "no authentication protocol is acceptable to both",
	[16] = "authentication failed",
	[17] = "network control protocol timed out",
	[18] = "no network control protocol is available",
	[19] = "no agreement on addresses",
	[20] = "the user may use no address",
};

#define WORD(table, i)                                                                             \
	((i) < sizeof(table) / sizeof(*(table)) && (table)[i] ? (table)[i] : "unknown")

const char *result_text(bool cdn, uint16_t result, uint16_t error, char *buf, size_t len)
{
	const char *words = cdn ? WORD(cdn_words, result) : WORD(stopccn_words, result);

	if (result == RESULT_GENERAL)
		snprintf(buf, len, "%s (result 2, error %u)", WORD(error_words, error), error);
	else
		snprintf(buf, len, "%s (result %u)", words, result);
	return buf;
}

static bool known(bool cdn, uint16_t result)
{
	return cdn ? result < sizeof(cdn_words) / sizeof(cdn_words[0]) && cdn_words[result]
		   : result < sizeof(stopccn_words) / sizeof(stopccn_words[0]) &&
			       stopccn_words[result];
}

static uint16_t swapped(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

bool result_unswap(bool cdn, uint16_t *result, uint16_t *error)
{
	if (known(cdn, *result) || !known(cdn, swapped(*result)))
		return false;
	*result = swapped(*result);
	*error = swapped(*error);
	return true;
}

const char *q931_text(uint16_t cause, char *buf, size_t len)
{
	snprintf(buf, len, "%s (Q.931 cause %u)", WORD(q931_words, cause), cause);
	return buf;
}

const char *ppp_cause_text(uint16_t code, uint8_t direction, char *buf, size_t len)
{
	const char *where = direction == 1 ? ", at the peer" : direction == 2 ? ", locally" : "";

	snprintf(buf, len, "%s%s (code %u)", WORD(ppp_words, code), where, code);
	return buf;
}
