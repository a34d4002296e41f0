/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h - what a link that is up has around it, and what goes with it: routes and the way
 * to its peer (kernel-glue/routes.h), masquerading, answers to its client's DHCPINFORM.
 */
#ifndef L2TPD_LINKS_H
#define L2TPD_LINKS_H

#include "l2tpd/engine/engine.h"
#include "l2tpd/launcher.h"
#include "l2tpd/loop.h"

struct links;

struct links_env {
	struct loop *loop;
	struct launcher *launcher;
	const struct l2tpd_host *host;
	struct engine *engine;
	void (*settled)(void *arg); /* after links_are_settled() was false */
	void *arg;
};

/* NULL with *why. */
struct links *links_new(const struct links_env *env, char **why);
/* After the launcher. */
void links_free(struct links *l);

void links_event(struct links *l, const struct engine_event *event);

/* The settings of a link that is up changed. */
void links_changed(struct links *l, struct handle handle);

/* Nothing is under way that has to be waited for before the end. */
bool links_are_settled(const struct links *l);

#endif
