/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h - a small world for engines: hosts, a bad network between them, a
 * clock that is a variable, and doubles of datapath and PPP that answer late or
 * not at all. All that is random comes from one seed, so a run can be repeated
 * by its number.
 */
#ifndef TESTS_EXCHANGE_WORLD_H
#define TESTS_EXCHANGE_WORLD_H

#include "l2tpd/engine/engine.h"
#include "lib/list.h"

#include <stdbool.h>
#include <stdint.h>

enum { WORLD_HOSTS = 4, HOST_SOCKETS = 4096 };

struct world_conf {
	unsigned loss, duplicate, reorder; /* per cent */
	unsigned delay_ms;		   /* mean of a datagram's way */
	unsigned dp_fail;		   /* per cent of datapath requests that fail */
	unsigned ppp_fail;		   /* per cent of PPP links that fail at once */
	bool dp_async;			   /* answers come after a delay */
	bool sockets;			   /* the datapath wants sockets of its own */
	bool one_tunnel_per_flow;
	bool verbose;
};

struct world;

/* One host: an engine and what surrounds it. */
struct host {
	struct world *world;
	unsigned index;
	struct engine *engine;
	struct datapath dp;
	struct ppp_provider ppp;
	struct addr addr;
	struct {
		bool open;
		struct endpoint local, peer;
		unsigned dscp;
	} socket[HOST_SOCKETS];
	unsigned sockets_open;
	unsigned dp_tunnels, dp_sessions, channels, links; /* what is held now */
	unsigned up[ENGINE_EVENTS];			   /* events, by kind */
	char why[ENGINE_EVENTS][200];			   /* of the last event, by kind */
	uint64_t rx, tx, bytes_rx, bytes_tx;
	bool ppp_silent;   /* links of this host's double neither come up nor fail */
	char ppp_user[16]; /* whom the links of this host's double are with */
	bool names_known;  /* every name is host 0's */
	unsigned lookups;
	uint64_t asleep_until_ms; /* its machine stands still: it hears nothing and does nothing */
	/* what the doubles were last asked for */
	struct dp_session dp_session;
	bool no_checksums;
	struct {
		bool lns, proxy;
		char calling[64], called[64], auth_name[64], auth_response[64];
		struct ppp_proxy handed; /* lengths and numbers; its pointers are stale */
		struct ppp_link link;
		unsigned links;
		uint16_t mtu_limit;
		struct addr remote;
	} ppp_asked;
};

struct world {
	struct world_conf conf;
	uint64_t now_ms, seed;
	uint64_t random[4];
	struct list flight; /* things to happen, in order of time */
	struct host host[WORLD_HOSTS];
	bool cut; /* the network delivers nothing */
	/* Sees each datagram before its fate is decided; NULL: nobody does. */
	void (*tap)(void *arg, const struct endpoint *from, const struct endpoint *to,
		    const void *p, size_t len);
	void *tap_arg;
	/* Looks at everything after each thing that happened; NULL: nobody does. */
	void (*check)(struct world *w);
};

struct world *world_new(uint64_t seed, const struct world_conf *conf);
void world_free(struct world *w);
uint64_t world_random(struct world *w);

/* Lets things happen until @done says so or @limit_ms have passed; whether it said so. */
bool world_run(struct world *w, uint64_t limit_ms, bool (*done)(struct world *, void *), void *arg);

/* A datagram from outside to @host's listening socket or, with @to_port, another. */
void world_inject(struct world *w, struct host *to, const struct endpoint *from, uint16_t to_port,
		  const void *datagram, size_t len);

/* Runs one command's worth of name=value settings: "dest_ipaddr=10.0.0.2 tunnel_name=t". */
uint16_t host_tunnel(struct host *h, const char *settings);
struct handle host_session(struct host *h, const char *settings);
void host_system(struct host *h, const char *settings);
void host_profile(struct host *h, enum profile_kind kind, const char *settings);

/* The host's daemon dies and is started anew: nothing of it is left, nobody was told. */
void host_restart(struct host *h);

/* The host stands still for @ms, as a machine that is suspended does. */
void host_sleep(struct host *h, uint64_t ms);

/* Parses "a=b c=d" into @conf by the rows of @t; a mistake fails the test. */
void settings_parse(const struct param_table *t, void *conf, const char *settings);

#endif
