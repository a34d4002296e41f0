/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - a session's PPP settings as the text of a pppd options file.
 */
#ifndef PLUGINS_PPPD_OPTIONS_H
#define PLUGINS_PPPD_OPTIONS_H

#include "l2tpd/engine/ppp.h"
#include "lib/text.h"

/* The descriptors that pppd inherits. */
enum { PPPD_FD_CHANNEL = 3, PPPD_FD_OPTIONS = 4, PPPD_FD_REPORT = 5 };

/* @plugin_dir: where the plugins are that pppd loads (report.c, ../splitroute). */
void pppd_options(const struct ppp_start *start, const char *plugin_dir, struct text *out);

#endif
