/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf.c - configuration text, and behind a NUL byte another that it is changed to
 * while it runs. What was made must end in order like anything else; and when what runs
 * is what the second says, reading it once more finds nothing to do.
 */
#include "tests/fuzz/harness.h"

#include "l2tpd/mgmt/mgmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t no_uptime(void *ctx)
{
	(void)ctx;
	return 0;
}

/* A file without a name; its descriptor, and in @path how to call it. */
static int file_of(const uint8_t *data, size_t size, char path[32])
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void change_to(struct harness *h, struct mgmt *m, const uint8_t *data, size_t size)
{
	struct text first = TEXT_INIT, again = TEXT_INIT;
	char path[32];
	int fd = file_of(data, size, path);

	if (mgmt_reload(m, path, false, &first) == 0) {
		harness_pass_ms(h, 0); /* what was deleted goes */
		mgmt_settle(m);
		if (mgmt_reload(m, path, true, &again) != 0)
			abort();
		/* "#": what a command was refused, waits, or needs a restart */
		if (!strchr(text_str(&first), '#') && !m->plan && again.len)
			abort();
	}
	close(fd);
	text_free(&first);
	text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	size_t len = nul ? (size_t)(nul - data) : size;
	struct mgmt m = { .version = "fuzz", .uptime_s = no_uptime, .sealed = true };
	struct text errors = TEXT_INIT;
	struct harness h;

	harness_open(&h);
	m.engine = h.engine;
	conffile_run(&m, "input", (const char *)data, len, &errors);
	text_free(&errors);
	engine_start(h.engine);
	if (nul)
		change_to(&h, &m, nul + 1, size - len - 1);
	harness_pass_ms(&h, 100);
	mgmt_close(&m);
	harness_close(&h);
	return 0;
}
