/* SPDX-License-Identifier: GPL-2.0-or-later */
/* datagram.c - datagrams from a stranger: pieces of the input, a moment apart. */
#include "tests/fuzz/harness.h"
#include "tests/fuzz/mutate.h"

const bool mutate_prefix = false;
const size_t mutate_head = 12; /* L2TP's header */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct harness h;
	const uint8_t *p;
	size_t len;

	harness_open(&h);
	engine_start(h.engine);
	while ((p = harness_piece(&data, &size, &len))) {
		harness_datagram(&h, p, len);
		harness_pass_ms(&h, len & 0xff);
	}
	harness_close(&h);
	return 0;
}
