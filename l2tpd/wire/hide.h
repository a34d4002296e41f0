/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hide.h - what a shared secret is good for: hiding AVPs (RFC 2661 section 4.3)
 * and proving that one knows it (5.1.1). Both rest on MD5, which keeps a casual
 * listener out and no determined one: see docs/security.md.
 */
#ifndef L2TPD_WIRE_HIDE_H
#define L2TPD_WIRE_HIDE_H

#include "l2tpd/wire/rbuf.h"

/* Makes the Hidden AVP Subformat at @p unreadable, in place. @type: of the AVP. */
void hide_value(struct bytes secret, uint16_t type, struct bytes vector, uint8_t *p, size_t len);

/*
 * Reveals @hidden into @out, which must have room for as many bytes. *value
 * becomes the original value within it; false if the length in it is impossible,
 * as it is with most wrong secrets.
 */
bool hide_reveal(struct bytes secret, uint16_t type, struct bytes vector, struct bytes hidden,
		 uint8_t *out, struct bytes *value);

enum { HIDE_RESPONSE_BYTES = 16 };

/* The Challenge Response that message @type has to carry (4.4.3). */
void hide_response(uint8_t type, struct bytes secret, struct bytes challenge,
		   uint8_t out[HIDE_RESPONSE_BYTES]);

/* Whether @response answers @challenge; takes as long whatever it says. */
bool hide_response_ok(uint8_t type, struct bytes secret, struct bytes challenge,
		      struct bytes response);

#endif
