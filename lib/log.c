/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024 };

void log_line(const struct log *log, enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	if (!log->sink || level > log->threshold)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log->sink(log->ctx, level, line);
}

void log_lines(const struct log *log, enum log_level level, const char *prefix, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		log_line(log, level, "%s%.*s", prefix, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

bool log_limit_ok(const struct log *log, struct log_limit *limit, uint64_t now_ms, const char *what)
{
	if (now_ms >= limit->until_ms) {
		if (limit->dropped)
			log_warning(log, "%u more lines about %s were not written", limit->dropped,
				    what);
		*limit = (struct log_limit){ .until_ms = now_ms + LOG_LIMIT_PERIOD_MS };
	}
	if (limit->used >= LOG_LIMIT_BURST) {
		limit->dropped++;
		return false;
	}
	limit->used++;
	return true;
}
