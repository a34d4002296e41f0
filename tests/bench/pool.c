/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool.c - how long it takes to lend the addresses of a large pool to users whom it
 * does not know, to get them back, and to lend them to the same users again.
 *
 * Usage: build/release/check/bench-pool [ADDRESSES]
 */
#include "l2tpd/engine/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void no_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)rand();
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void make_pool(struct engine *e, uint32_t size)
{
	struct pool_conf conf = { 0 };
	char number[16];

	snprintf(number, sizeof(number), "%u", size);
	param_set(&pool_params, (unsigned)param_find(&pool_params, "pool_name"), &conf, "p", NULL);
	param_set(&pool_params, (unsigned)param_find(&pool_params, "first_addr"), &conf, "10.0.0.0",
		  NULL);
	param_set(&pool_params, (unsigned)param_find(&pool_params, "num_addrs"), &conf, number,
		  NULL);
	if (profile_create(e, PROFILE_POOL, &conf, NULL) < 0)
		exit(1);
	param_free(&pool_params, &conf);
}

/* Each user, in a session of its own. */
static void lend_all(struct session *s, struct lease *lease, uint32_t size)
{
	char user[16];

	for (uint32_t i = 0; i < size; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		if (pool_lend(s, &lease[i], "p", user, NULL) < 0)
			exit(1);
	}
}

/* In an order of its own, which is not that of lending. */
static void return_all(struct lease *lease, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		pool_return(&lease[(uint64_t)i * 7919 % size]);
	for (uint32_t i = 0; i < size; i++)
		pool_return(&lease[i]);
}

int main(int argc, char *argv[])
{
	uint32_t size = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 60000, kept = 0;
	struct engine_host host = { .random = no_random };
	struct engine *e = engine_new(&host, 0);
	struct tunnel t = { .e = e, .node.id = 1 };
	struct session s = { .tunnel = &t, .node.id = 1 };
	struct lease *lease = calloc(size, sizeof(*lease));
	struct addr *had = calloc(size, sizeof(*had));
	double start, lent, back, again;

	if (!e || !lease || !had)
		return 1;
	make_pool(e, size);
	start = now_ms();
	lend_all(&s, lease, size);
	lent = now_ms();
	for (uint32_t i = 0; i < size; i++)
		had[i] = lease[i].addr;
	back = now_ms();
	return_all(lease, size);
	again = now_ms();
	printf("%u addresses: lent in %.1f ms, given back in %.1f ms, ", size, lent - start,
	       again - back);
	lend_all(&s, lease, size);
	for (uint32_t i = 0; i < size; i++)
		kept += addr_equal(&had[i], &lease[i].addr);
	printf("lent again in %.1f ms, %u of them to whom they had been\n", now_ms() - again, kept);
	return_all(lease, size);
	engine_free(e);
	free(lease);
	free(had);
	return kept == size ? 0 : 1;
}
