/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h - what is told to the operator, and how often.
 *
 * A log is a sink and a threshold; where lines go (syslog, standard error) is
 * the process's business. Whatever a stranger on the network can provoke is
 * told through a `struct log_limit`: so many lines a period, and then one line
 * that says how many more there were.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* As in syslog(3), so that a sink may pass them on. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/* The trace categories of the command language, with the numbers it gives them. */
enum trace_flag {
	TRACE_PROTOCOL = 1,
	TRACE_FSM = 2,
	TRACE_API = 4,
	TRACE_AVP = 8,
	TRACE_AVP_HIDE = 16,
	TRACE_AVP_DATA = 32,
	TRACE_FUNC = 64,
	TRACE_TRANSPORT = 128,
	TRACE_DATA = 256,
	TRACE_SYSTEM = 512,
	TRACE_PPP = 1024,
	TRACE_ALL = 2047,
};

struct log {
	void (*sink)(void *ctx, enum log_level level, const char *line);
	void *ctx;
	enum log_level threshold; /* less urgent lines are not written */
};

void log_line(const struct log *log, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A line for each line of @text, @prefix before each. */
void log_lines(const struct log *log, enum log_level level, const char *prefix, const char *text);

#define log_error(log, ...)   log_line(log, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(log, ...) log_line(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(log, ...)    log_line(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...)   log_line(log, LOG_LEVEL_DEBUG, __VA_ARGS__)

/* A budget of lines; zeroed, it allows LOG_LIMIT_BURST lines each LOG_LIMIT_PERIOD_MS. */
enum { LOG_LIMIT_BURST = 20, LOG_LIMIT_PERIOD_MS = 10000 };

struct log_limit {
	uint64_t until_ms;
	uint32_t used;
	uint32_t dropped;
};

/*
 * Whether one more line fits the budget at @now_ms. When a period begins after
 * lines were dropped, says so through @log first, calling them @what.
 */
bool log_limit_ok(const struct log *log, struct log_limit *limit, uint64_t now_ms,
		  const char *what);

#endif
