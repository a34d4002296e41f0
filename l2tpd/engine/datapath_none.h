/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datapath_none.h - the control plane alone: every request succeeds, nothing
 * carries data. For tests, for benches, and for `-D none`-style operation where
 * the kernel has no L2TP.
 */
#ifndef L2TPD_ENGINE_DATAPATH_NONE_H
#define L2TPD_ENGINE_DATAPATH_NONE_H

#include "l2tpd/engine/engine.h"

struct datapath_none {
	struct datapath dp;
	struct engine *engine; /* set by the owner once the engine is there */
};

void datapath_none_init(struct datapath_none *n);

#endif
