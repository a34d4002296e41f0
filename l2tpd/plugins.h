/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins.h - loads plugins and tells them what happens.
 */
#ifndef L2TPD_PLUGINS_H
#define L2TPD_PLUGINS_H

#include "include/l2tpd/plugin.h"

struct plugins;

struct plugins *plugins_new(void);
void plugins_free(struct plugins *p);

/* @name: a path, or the name of a file in host->plugin_dir, ".so" optional. -errno with *why. */
int plugins_load(struct plugins *p, const struct l2tpd_host *host, const char *name, char **why);

/* The first PPP provider that was offered, or NULL. */
const struct ppp_provider *plugins_ppp(const struct plugins *p);

/* Has @e hand the vendors' AVPs to the plugins that asked for them. -errno with *why. */
int plugins_register_avps(const struct plugins *p, struct engine *e, char **why);

void plugins_event(const struct plugins *p, const struct engine_event *event);

#endif
