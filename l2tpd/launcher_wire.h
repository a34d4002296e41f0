/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launcher_wire.h - what the daemon and its launcher say to each other: one
 * message a packet, both ends of one program, so plain structs.
 */
#ifndef L2TPD_LAUNCHER_WIRE_H
#define L2TPD_LAUNCHER_WIRE_H

#include <stdint.h>

enum { LAUNCH_TEXT_BYTES = 16384, LAUNCH_MAX_FDS = 8, LAUNCH_MAX_STRINGS = 128 };

enum launch_order { LAUNCH_SPAWN, LAUNCH_KILL };

/* To the launcher. The text holds argc + envc strings, each ended by a NUL. */
struct launch_request {
	enum launch_order order;
	uint32_t child;
	int32_t signo;
	uint32_t argc, envc, text_len;
	char text[LAUNCH_TEXT_BYTES];
};

/* From the launcher: the child ended. */
struct launch_report {
	uint32_t child;
	int32_t status; /* waitpid()'s */
	int32_t error;	/* an errno: it was never started */
};

/* The launcher's own life; returns when the daemon is gone and its children are. */
void launcher_child_run(int fd);

#endif
