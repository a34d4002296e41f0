/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker.h - a thread that does one job after another, and a queue each way.
 */
#ifndef KERNEL_GLUE_WORKER_H
#define KERNEL_GLUE_WORKER_H

struct worker;

/* A job's struct begins with this. */
struct job {
	struct job *next;
};

/* @work runs in the thread. NULL out of memory or threads. */
struct worker *worker_new(void (*work)(void *arg, struct job *job), void *arg);

/* Ends the thread after the job under way; jobs that were not done or fetched go to @drop. */
void worker_free(struct worker *w, void (*drop)(struct job *job));

void worker_give(struct worker *w, struct job *job);

/* Readable when there is something to fetch. */
int worker_fd(const struct worker *w);

/* A job that is done, or NULL. */
struct job *worker_fetch(struct worker *w);

#endif
