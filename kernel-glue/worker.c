/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	struct job *head, **tail;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t given;
	struct queue todo, done;
	bool stop;
	int fd;
	void (*work)(void *arg, struct job *job);
	void *arg;
};

static void put(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->tail = job;
	q->tail = &job->next;
}

static struct job *take(struct queue *q)
{
	struct job *job = q->head;

	if (job) {
		q->head = job->next;
		if (!q->head)
			q->tail = &q->head;
	}
	return job;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct job *job;

	pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		job = take(&w->todo);
		if (!job) {
			pthread_cond_wait(&w->given, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		w->work(w->arg, job);
		pthread_mutex_lock(&w->lock);
		put(&w->done, job);
		eventfd_write(w->fd, 1);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are for the loop's thread. */
static int start_thread(struct worker *w)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -err;
}

struct worker *worker_new(void (*work)(void *arg, struct job *job), void *arg)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->work = work;
	w->arg = arg;
	w->todo.tail = &w->todo.head;
	w->done.tail = &w->done.head;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->given, NULL);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0 || start_thread(w) < 0) {
		if (w->fd >= 0)
			close(w->fd);
		free(w);
		return NULL;
	}
	return w;
}

void worker_free(struct worker *w, void (*drop)(struct job *job))
{
	struct job *job;

	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->given);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	while ((job = take(&w->todo)) || (job = take(&w->done)))
		drop(job);
	pthread_cond_destroy(&w->given);
	pthread_mutex_destroy(&w->lock);
	close(w->fd);
	free(w);
}

void worker_give(struct worker *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	put(&w->todo, job);
	pthread_cond_signal(&w->given);
	pthread_mutex_unlock(&w->lock);
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

struct job *worker_fetch(struct worker *w)
{
	struct job *job;
	eventfd_t n;

	pthread_mutex_lock(&w->lock);
	job = take(&w->done);
	if (!job)
		eventfd_read(w->fd, &n);
	pthread_mutex_unlock(&w->lock);
	return job;
}
