/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * harness.h - what the fuzz targets share: one engine with nothing around it
 * but a clock, and an input that is cut into pieces.
 */
#ifndef TESTS_FUZZ_HARNESS_H
#define TESTS_FUZZ_HARNESS_H

#include "l2tpd/engine/datapath_none.h"
#include "l2tpd/engine/engine.h"
#include "l2tpd/wire/rbuf.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct harness {
	struct datapath_none none;
	struct engine *engine;
	uint64_t now_ms, random;
	struct endpoint us, peer;
	/* the last datagram that the engine sent */
	uint8_t sent[4096];
	size_t sent_len;
};

void harness_open(struct harness *h);
/* Ends the engine in order, and checks that it ends. */
void harness_close(struct harness *h);

void harness_datagram(struct harness *h, const void *p, size_t len);
void harness_pass_ms(struct harness *h, uint64_t ms);

/* Makes what AVPs with the H bit carry in @body what a peer with @secret would have made of it. */
void harness_hide(struct bytes secret, uint8_t *body, size_t len);

/* The next piece of the input: two bytes of length, then that much or what is left. NULL at the
 * end. */
const uint8_t *harness_piece(const uint8_t **data, size_t *size, size_t *len);

#endif
