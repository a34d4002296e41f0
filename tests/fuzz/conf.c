/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf.c - configuration text. What it made must end in order like anything else. */
#include "tests/fuzz/harness.h"

#include "l2tpd/mgmt/mgmt.h"

static uint64_t no_uptime(void *ctx)
{
	(void)ctx;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct harness h;
	struct mgmt m = { .version = "fuzz", .uptime_s = no_uptime };
	struct text errors = TEXT_INIT;

	harness_open(&h);
	m.engine = h.engine;
	conffile_run(&m, "input", (const char *)data, size, &errors);
	text_free(&errors);
	engine_start(h.engine);
	harness_pass_ms(&h, 100);
	mgmt_close(&m);
	harness_close(&h);
	return 0;
}
