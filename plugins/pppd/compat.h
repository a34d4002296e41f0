/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat.h - the few things that we need of pppd, under one name each, whether
 * its headers are those of 2.4.9 (globals, notifier lists) or of 2.5 and later
 * (accessor functions). No other file knows which it is.
 */
#ifndef PLUGINS_PPPD_COMPAT_H
#define PLUGINS_PPPD_COMPAT_H

#include <signal.h>
#include <stdint.h>
#include <string.h>

#if __has_include(<pppd/pppdconf.h>)

#include <pppd/pppd.h>
#include <pppd/options.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>

#define COMPAT_VERSION PPPD_VERSION

enum compat_event {
	COMPAT_IP_UP = NF_IP_UP,
	COMPAT_IP_DOWN = NF_IP_DOWN,
	COMPAT_IPV6_UP = NF_IPV6_UP
};

static inline void compat_on(enum compat_event ev, void (*call)(void *, int))
{
	ppp_add_notify((ppp_notify_t)ev, call, NULL);
}

static inline const char *compat_ifname(void)
{
	return ppp_ifname();
}

/* Whether pppd was told to end. */
static inline int compat_is_ending(void)
{
	return ppp_signaled(SIGTERM);
}

static inline const char *compat_peer(char *buf, size_t len)
{
	return ppp_peer_authname(buf, len);
}

static inline void compat_add_options(option_t *options)
{
	ppp_add_options(options);
}

/* A variable of pppd's scripts; NULL: none. */
static inline void compat_setenv(const char *name, const char *value)
{
	if (value)
		ppp_script_setenv((char *)(uintptr_t)name, (char *)(uintptr_t)value, 0);
	else
		ppp_script_unsetenv((char *)(uintptr_t)name);
}

static inline void compat_timeout(void (*call)(void *), int seconds)
{
	ppp_timeout(call, NULL, seconds, 0);
}

static inline void compat_untimeout(void (*call)(void *))
{
	ppp_untimeout(call, NULL);
}

/* Forks; the child has @in, @out and @err as 0, 1 and 2, and nothing else of pppd's. */
static inline pid_t compat_fork(int in, int out, int err)
{
	return ppp_safe_fork(in, out, err);
}

#define compat_option_error(...) ppp_option_error(__VA_ARGS__)

#else

/* It has a bool of its own, for those who have none. */
#pragma push_macro("bool")
#undef bool
#include <pppd/pppd.h>
#pragma pop_macro("bool")
#include <pppd/patchlevel.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>

#define COMPAT_VERSION VERSION

enum compat_event { COMPAT_IP_UP, COMPAT_IP_DOWN, COMPAT_IPV6_UP };

static inline void compat_on(enum compat_event ev, void (*call)(void *, int))
{
	add_notifier(ev == COMPAT_IP_UP	    ? &ip_up_notifier
		     : ev == COMPAT_IP_DOWN ? &ip_down_notifier
					    : &ipv6_up_notifier,
		     call, NULL);
}

static inline const char *compat_ifname(void)
{
	return ifname;
}

static inline int compat_is_ending(void)
{
	return got_sigterm;
}

static inline const char *compat_peer(char *buf, size_t len)
{
	strncpy(buf, peer_authname, len - 1);
	buf[len - 1] = '\0';
	return buf;
}

static inline void compat_add_options(option_t *options)
{
	add_options(options);
}

static inline void compat_setenv(const char *name, const char *value)
{
	if (value)
		script_setenv((char *)(uintptr_t)name, (char *)(uintptr_t)value, 0);
	else
		script_unsetenv((char *)(uintptr_t)name);
}

static inline void compat_timeout(void (*call)(void *), int seconds)
{
	timeout(call, NULL, seconds, 0);
}

static inline void compat_untimeout(void (*call)(void *))
{
	untimeout(call, NULL);
}

static inline pid_t compat_fork(int in, int out, int err)
{
	return safe_fork(in, out, err);
}

#define compat_option_error(...) option_error(__VA_ARGS__)

#endif

/* pppd's log: the words are pppd's own (%s, %d, %u). */
#define compat_warn(...)   warn(__VA_ARGS__)
#define compat_notice(...) notice(__VA_ARGS__)

#endif
