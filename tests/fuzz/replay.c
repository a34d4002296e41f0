/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay.c - runs a target over every file of the folders and files named as arguments. */
#include "tests/fuzz/harness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned ran;

static void replay(const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return;
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	/* in a block of its own, so that the sanitizer sees its end */
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	for (size_t i = 0; i < n; i++)
		copy[i] = buf[i];
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	ran++;
}

int main(int argc, char *argv[])
{
	char path[4096];

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *e;

		while (d && (e = readdir(d))) {
			snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			if (e->d_name[0] != '.')
				replay(path);
		}
		if (d)
			closedir(d);
		else
			replay(argv[i]);
	}
	printf("[  PASSED  ] %u test(s).\n", ran);
	return ran ? 0 : 1;
}
