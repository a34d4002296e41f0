/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logsink.h - where the log's lines go: syslog(3), or standard error in the
 * foreground.
 */
#ifndef L2TPD_LOGSINK_H
#define L2TPD_LOGSINK_H

#include "lib/log.h"

/* @facility: of syslog(3). */
struct log logsink_open(bool foreground, int facility);

/* "daemon", "local0": the number of a syslog facility, -1 if there is none. */
int logsink_facility(const char *name);

#endif
