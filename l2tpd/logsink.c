/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/logsink.h"

/* the names of the facilities come with it */
#define SYSLOG_NAMES
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>

static const char *level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error: ";
	case LOG_LEVEL_WARNING:
		return "warning: ";
	case LOG_LEVEL_INFO:
		return "";
	case LOG_LEVEL_DEBUG:
		return "debug: ";
	}
	return "";
}

static void to_stderr(void *ctx, enum log_level level, const char *line)
{
	struct timespec now;
	struct tm tm;
	char clock[16];

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ld l2tpd: %s%s\n", clock, now.tv_nsec / 1000000, level_name(level),
		line);
}

static void to_syslog(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	syslog((int)level, "%s", line);
}

int logsink_facility(const char *name)
{
	for (const CODE *c = facilitynames; c->c_name; c++)
		if (strcasecmp(c->c_name, name) == 0)
			return c->c_val;
	return -1;
}

struct log logsink_open(bool foreground, int facility)
{
	if (foreground)
		return (struct log){ .sink = to_stderr, .threshold = LOG_LEVEL_DEBUG };
	openlog("l2tpd", LOG_PID | LOG_NDELAY, facility);
	return (struct log){ .sink = to_syslog, .threshold = LOG_LEVEL_DEBUG };
}
