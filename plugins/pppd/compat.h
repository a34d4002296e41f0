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

enum compat_event { COMPAT_IP_UP = NF_IP_UP, COMPAT_IPV6_UP = NF_IPV6_UP };

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

#else

#include <pppd/pppd.h>
#include <pppd/patchlevel.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>

#define COMPAT_VERSION VERSION

enum compat_event { COMPAT_IP_UP, COMPAT_IPV6_UP };

static inline void compat_on(enum compat_event ev, void (*call)(void *, int))
{
	add_notifier(ev == COMPAT_IP_UP ? &ip_up_notifier : &ipv6_up_notifier, call, NULL);
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

#endif

#endif
