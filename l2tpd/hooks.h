/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.h - scripts that are run when something happens: each executable file of a
 * directory, in the order of their names, through the launcher.
 *
 * What happened stands in the environment: L2TP_EVENT, L2TP_TUNNEL_ID, L2TP_USER ... A
 * flood of events does not become a flood of processes: HOOKS_RUNNING run at a time,
 * HOOKS_WAITING events wait, and the script that runs after others were left out
 * learns how many from L2TP_EVENTS_MISSED.
 */
#ifndef L2TPD_HOOKS_H
#define L2TPD_HOOKS_H

#include "l2tpd/launcher.h"

enum { HOOKS_RUNNING = 4, HOOKS_WAITING = 256 };

struct hooks;

/* NULL out of memory. */
struct hooks *hooks_new(const char *folder, struct launcher *l, const struct log *log);
/* After launcher_free(): nobody tells of ends any more. */
void hooks_free(struct hooks *h);

void hooks_event(struct hooks *h, const struct engine *e, const struct engine_event *event);

#endif
