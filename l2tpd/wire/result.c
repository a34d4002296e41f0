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
