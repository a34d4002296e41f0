/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.h - the commands by which what runs becomes what a file says.
 */
#ifndef L2TPD_MGMT_PLAN_H
#define L2TPD_MGMT_PLAN_H

#include "l2tpd/mgmt/write.h"

struct step {
	struct list link;
	struct handle id; /* that it needs to be free; tunnel_id 0: none */
	char line[];
};

struct plan {
	const struct engine *now, *then;  /* what runs, what the file says */
	struct list first, creates, last; /* steps, in this order */
	struct text *notes;		  /* what cannot be done by a command */
	bool failed;			  /* out of memory */
	bool running;
};

/* One command of the plan in the making. */
struct draft {
	struct text line;
	struct writer w;
};

void draft_begin(struct draft *d, const char *object, const char *verb);
/* Puts it at the end of @to, one of the plan's lists. */
void draft_end(struct draft *d, struct plan *p, struct list *to, struct handle needs);

/* Fills the plan with all that differs. */
void plan_compare(struct plan *p);

#endif
