/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/exchange/world.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Something that happens later: a datagram arrives, a request is answered. */
struct later {
	struct list link;
	uint64_t at_ms;
	struct host *host;
	enum { DATAGRAM, DP_RESULT, PPP_EVENT } kind;
	union {
		struct {
			struct endpoint from, to;
			size_t len;
		} dg;
		struct dp_result dp;
		struct ppp_event ppp;
	};
	uint8_t datagram[];
};

/* xoshiro256**, seeded by splitmix64 (Blackman and Vigna, public domain algorithms). */
static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t world_random(struct world *w)
{
	uint64_t *s = w->random, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

static bool chance(struct world *w, unsigned per_cent)
{
	return per_cent && world_random(w) % 100 < per_cent;
}

static void schedule(struct world *w, struct later *l, uint64_t in_ms)
{
	struct list *at;

	l->at_ms = w->now_ms + in_ms;
	for (at = w->flight.prev; at != &w->flight; at = at->prev)
		if (container_of(at, struct later, link)->at_ms <= l->at_ms)
			break;
	list_insert_before(at->next, &l->link);
}

static struct later *later_new(struct host *h, int kind, size_t extra)
{
	struct later *l = calloc(1, sizeof(*l) + extra);

	assert(l);
	l->host = h;
	l->kind = kind;
	return l;
}

/* --- transport ------------------------------------------------------------------ */

static int tr_listener(void *ctx, int family)
{
	(void)ctx;
	return family == AF_INET ? 0 : -1;
}

static int tr_open(void *ctx, int family, struct endpoint *local)
{
	struct host *h = ctx;

	for (int i = 1; i < HOST_SOCKETS; i++) {
		if (h->socket[i].open)
			continue;
		h->socket[i].open = true;
		h->socket[i].local = *local;
		h->socket[i].local.addr = h->addr;
		h->socket[i].peer = (struct endpoint){ 0 };
		if (local->port == 0)
			h->socket[i].local.port = (uint16_t)(20000 + i);
		local->port = h->socket[i].local.port;
		local->addr.family = (uint8_t)family;
		local->addr = h->addr;
		h->sockets_open++;
		return i;
	}
	return -EMFILE;
}

static int tr_connect(void *ctx, int socket, const struct endpoint *peer)
{
	struct host *h = ctx;

	assert(h->socket[socket].open);
	h->socket[socket].peer = *peer;
	return 0;
}

static int tr_mark(void *ctx, int socket, unsigned dscp)
{
	struct host *h = ctx;

	assert(h->socket[socket].open && socket != 0);
	h->socket[socket].dscp = dscp;
	return 0;
}

static int tr_discover_pmtu(void *ctx, int socket)
{
	(void)ctx;
	(void)socket;
	return 0;
}

static void tr_close(void *ctx, int socket)
{
	struct host *h = ctx;

	assert(h->socket[socket].open && socket != 0);
	h->socket[socket].open = false;
	h->sockets_open--;
}

static struct host *host_at(struct world *w, const struct addr *a)
{
	for (int i = 0; i < WORLD_HOSTS; i++)
		if (addr_equal(&w->host[i].addr, a))
			return &w->host[i];
	return NULL;
}

static void fly(struct world *w, struct host *to, const struct endpoint *from,
		const struct endpoint *dest, const void *p, size_t len)
{
	struct later *l = later_new(to, DATAGRAM, len);
	uint64_t delay = w->conf.delay_ms ? world_random(w) % (2 * w->conf.delay_ms) : 0;

	if (chance(w, w->conf.reorder))
		delay += w->conf.delay_ms * 3 + world_random(w) % 200;
	l->dg.from = *from;
	l->dg.to = *dest;
	l->dg.len = len;
	memcpy(l->datagram, p, len);
	schedule(w, l, delay);
}

static void tr_send(void *ctx, int socket, const struct endpoint *local,
		    const struct endpoint *peer, const void *p, size_t len)
{
	struct host *h = ctx, *to = host_at(h->world, &peer->addr);
	struct world *w = h->world;

	(void)local;
	assert(socket >= 0 && h->socket[socket].open);
	h->tx++;
	h->bytes_tx += len;
	if (w->tap)
		w->tap(w->tap_arg, &h->socket[socket].local, peer, p, len);
	if (!to || w->cut || chance(w, w->conf.loss))
		return;
	fly(w, to, &h->socket[socket].local, peer, p, len);
	if (chance(w, w->conf.duplicate))
		fly(w, to, &h->socket[socket].local, peer, p, len);
}

/* As the kernel does it: the connected socket wins over the listening one. */
static int socket_for(const struct host *h, const struct endpoint *from, uint16_t port)
{
	int best = -1;

	for (int i = 0; i < HOST_SOCKETS; i++) {
		if (!h->socket[i].open || h->socket[i].local.port != port)
			continue;
		if (endpoint_equal(&h->socket[i].peer, from))
			return i;
		if (h->socket[i].peer.port == 0 && best < 0)
			best = i;
	}
	return best;
}

static void arrive(struct later *l)
{
	int socket = socket_for(l->host, &l->dg.from, l->dg.to.port);

	if (socket < 0 || l->host->asleep_until_ms > l->host->world->now_ms)
		return;
	l->host->rx++;
	l->host->bytes_rx += l->dg.len;
	if (l->host->engine)
		engine_input(l->host->engine, socket, &l->dg.to, &l->dg.from, l->datagram,
			     l->dg.len);
}

/* --- datapath --------------------------------------------------------------------- */

static void dp_answer(struct datapath *dp, enum dp_request request, struct handle handle, int err,
		      int channel)
{
	struct host *h = container_of(dp, struct host, dp);
	struct world *w = h->world;
	struct dp_result r = {
		.request = request, .handle = handle, .err = err, .channel = channel
	};
	struct later *l;

	if (request == DP_TUNNEL_CREATE && !err)
		h->dp_tunnels++;
	if (request == DP_SESSION_CREATE && !err)
		h->dp_sessions++;
	if (channel >= 0)
		h->channels++;
	if (!w->conf.dp_async) {
		engine_datapath_result(h->engine, &r);
		return;
	}
	l = later_new(h, DP_RESULT, 0);
	l->dp = r;
	schedule(w, l, world_random(w) % 20);
}

static int dp_luck(struct datapath *dp)
{
	struct world *w = container_of(dp, struct host, dp)->world;

	if (!chance(w, w->conf.dp_fail))
		return 0;
	return chance(w, 50) ? -EEXIST : -ENOMEM;
}

static void dp_tunnel_probe(struct datapath *dp, struct handle h, uint16_t id)
{
	(void)id;
	dp_answer(dp, DP_TUNNEL_PROBE, h, dp_luck(dp), -1);
}

static void dp_tunnel_create(struct datapath *dp, const struct dp_tunnel *t)
{
	struct host *h = container_of(dp, struct host, dp);

	assert(t->handle.tunnel_id && t->peer_tunnel_id);
	assert(!dp->wants_socket || h->socket[t->socket].peer.port != 0);
	dp_answer(dp, DP_TUNNEL_CREATE, t->handle, dp_luck(dp), -1);
}

static void dp_tunnel_delete(struct datapath *dp, struct handle h)
{
	container_of(dp, struct host, dp)->dp_tunnels--;
	dp_answer(dp, DP_TUNNEL_DELETE, h, 0, -1);
}

static void dp_session_create(struct datapath *dp, const struct dp_session *s)
{
	int err = dp_luck(dp);

	assert(s->handle.session_id && s->peer_session_id && s->peer_tunnel_id);
	container_of(dp, struct host, dp)->dp_session = *s;
	dp_answer(dp, DP_SESSION_CREATE, s->handle, err, s->channel && !err ? 7 : -1);
}

static void dp_tunnel_modify(struct datapath *dp, const struct dp_tunnel *t)
{
	struct host *h = container_of(dp, struct host, dp);

	h->no_checksums = !t->udp_checksums;
}

static void dp_session_modify(struct datapath *dp, const struct dp_session *s)
{
	container_of(dp, struct host, dp)->dp_session = *s;
	dp_answer(dp, DP_SESSION_MODIFY, s->handle, 0, -1);
}

static void dp_session_delete(struct datapath *dp, struct handle h)
{
	container_of(dp, struct host, dp)->dp_sessions--;
	dp_answer(dp, DP_SESSION_DELETE, h, 0, -1);
}

static void dp_session_counters(struct datapath *dp, struct handle h)
{
	dp_answer(dp, DP_SESSION_COUNTERS, h, 0, -1);
}

static void dp_channel_close(struct datapath *dp, int channel)
{
	assert(channel == 7);
	container_of(dp, struct host, dp)->channels--;
}

/* --- PPP ------------------------------------------------------------------------------ */

static void ppp_later(struct host *h, struct handle handle, enum ppp_event_kind kind,
		      enum ppp_reason reason, uint64_t in_ms)
{
	struct later *l = later_new(h, PPP_EVENT, 0);

	l->ppp.handle = handle;
	l->ppp.kind = kind;
	l->ppp.reason = reason;
	snprintf(l->ppp.interface, sizeof(l->ppp.interface), "ppp0");
	snprintf(l->ppp.why, sizeof(l->ppp.why), "the double says so");
	snprintf(l->ppp.user, sizeof(l->ppp.user), "%s", h->ppp_user);
	schedule(h->world, l, in_ms);
}

static void keep(char out[64], const void *p, size_t len)
{
	snprintf(out, 64, "%.*s", (int)len, p ? (const char *)p : "");
}

static void remember_start(struct host *h, const struct ppp_start *s)
{
	h->ppp_asked.lns = s->lns;
	h->ppp_asked.proxy = s->proxy != NULL;
	keep(h->ppp_asked.calling, s->calling_number, s->calling_number ? 63 : 0);
	keep(h->ppp_asked.called, s->called_number, s->called_number ? 63 : 0);
	if (!s->proxy)
		return;
	h->ppp_asked.handed = *s->proxy;
	keep(h->ppp_asked.auth_name, s->proxy->auth_name, s->proxy->auth_name_len);
	keep(h->ppp_asked.auth_response, s->proxy->auth_response, s->proxy->auth_response_len);
}

static void ppp_set_mtu_limit(void *ctx, struct handle handle, uint16_t limit)
{
	struct host *h = ctx;

	(void)handle;
	h->ppp_asked.mtu_limit = limit;
}

static void ppp_set_link(void *ctx, struct handle handle, const struct ppp_link *link)
{
	struct host *h = ctx;

	(void)handle;
	h->ppp_asked.link = *link;
	h->ppp_asked.links++;
}

static int ppp_start(void *ctx, const struct ppp_start *start, char **why)
{
	struct host *h = ctx;
	struct world *w = h->world;

	assert(start->channel == 7);
	remember_start(h, start);
	h->channels--;
	if (chance(w, w->conf.ppp_fail))
		return why_set(why, ENOENT, "no pppd");
	h->links++;
	if (h->ppp_silent)
		return 0;
	if (chance(w, w->conf.ppp_fail))
		ppp_later(h, start->handle, PPP_DOWN, world_random(w) % 7, world_random(w) % 3000);
	else
		ppp_later(h, start->handle, start->lns ? PPP_ASK : PPP_UP, 0,
			  50 + world_random(w) % 2000);
	return 0;
}

static void ppp_give_address(void *ctx, struct handle handle, const struct addr *remote)
{
	struct host *h = ctx;

	h->ppp_asked.remote = *remote;
	ppp_later(h, handle, PPP_UP, 0, 10);
}

static void ppp_stop(void *ctx, struct handle handle)
{
	struct host *h = ctx;

	ppp_later(h, handle, PPP_DOWN, PPP_REASON_STOPPED, world_random(h->world) % 500);
}

static void ppp_arrive(struct later *l)
{
	struct host *h = l->host;
	struct list *at;

	/* After its one DOWN nothing more is heard of a link. */
	if (l->ppp.kind == PPP_DOWN) {
		struct list *tmp;

		h->links--;
		list_for_each_safe (at, tmp, &h->world->flight) {
			struct later *o = container_of(at, struct later, link);

			if (o->kind == PPP_EVENT && o->host == h &&
			    memcmp(&o->ppp.handle, &l->ppp.handle, sizeof(l->ppp.handle)) == 0) {
				list_del(at);
				free(o);
			}
		}
	}
	engine_ppp_event(h->engine, &l->ppp);
}

/* --- the rest of a host -------------------------------------------------------------- */

static void host_random(void *ctx, void *buf, size_t len)
{
	struct host *h = ctx;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(world_random(h->world) >> 32);
}

static void host_resolve(void *ctx, struct handle handle, const char *name, int family)
{
	struct host *h = ctx;

	(void)name;
	(void)family;
	h->lookups++;
	engine_resolved(h->engine, handle, h->names_known ? &h->world->host[0].addr : NULL,
			"no such host");
}

static void host_event(void *ctx, const struct engine_event *ev)
{
	struct host *h = ctx;

	h->up[ev->kind]++;
	snprintf(h->why[ev->kind], sizeof(h->why[0]), "%s", ev->why);
}

static void host_log(void *ctx, enum log_level level, const char *line)
{
	struct host *h = ctx;

	(void)level;
	if (h->world->conf.verbose)
		printf("%8llu host %u: %s\n", (unsigned long long)h->world->now_ms, h->index, line);
}

static void host_init(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];
	char text[ADDR_TEXT];
	struct engine_host eh = {
		.ctx = h,
		.random = host_random,
		.resolve = host_resolve,
		.event = host_event,
		.log = { host_log, h, LOG_LEVEL_DEBUG },
		.transport = { h, tr_listener, tr_open, tr_connect, tr_mark, tr_discover_pmtu,
			       tr_close, tr_send },
		.datapath = &h->dp,
		.host_name = "host",
	};

	h->world = w;
	h->index = i;
	snprintf(text, sizeof(text), "10.0.0.%u", i + 1);
	addr_parse(&h->addr, text);
	h->socket[0].open = true;
	h->socket[0].local = (struct endpoint){ .addr = h->addr, .port = 1701 };
	h->dp = (struct datapath){
		.name = "double",
		.wants_socket = w->conf.sockets,
		.one_tunnel_per_flow = w->conf.one_tunnel_per_flow,
		.has_channels = true,
		.tunnel_probe = dp_tunnel_probe,
		.tunnel_create = dp_tunnel_create,
		.tunnel_modify = dp_tunnel_modify,
		.tunnel_delete = dp_tunnel_delete,
		.session_create = dp_session_create,
		.session_modify = dp_session_modify,
		.session_delete = dp_session_delete,
		.session_counters = dp_session_counters,
		.channel_close = dp_channel_close,
	};
	h->ppp = (struct ppp_provider){
		"double", h, ppp_start, ppp_stop, ppp_set_mtu_limit, ppp_set_link, ppp_give_address
	};
	h->engine = engine_new(&eh, w->now_ms);
	assert(h->engine);
	engine_set_ppp(h->engine, &h->ppp);
	engine_start(h->engine);
}

/* Late answers to who is no more. Datagrams fly on. */
static void forget_results(struct host *h)
{
	struct list *at, *tmp;

	list_for_each_safe (at, tmp, &h->world->flight) {
		struct later *l = container_of(at, struct later, link);

		if (l->host != h || l->kind == DATAGRAM)
			continue;
		list_del(at);
		free(l);
	}
}

void host_restart(struct host *h)
{
	struct world *w = h->world;
	unsigned index = h->index;

	engine_free(h->engine);
	forget_results(h);
	memset(h, 0, sizeof(*h));
	host_init(w, index);
}

void host_sleep(struct host *h, uint64_t ms)
{
	h->asleep_until_ms = h->world->now_ms + ms;
}

struct world *world_new(uint64_t seed, const struct world_conf *conf)
{
	struct world *w = calloc(1, sizeof(*w));
	uint64_t x = seed;

	assert(w);
	w->conf = *conf;
	w->seed = seed;
	w->now_ms = 1000;
	for (int i = 0; i < 4; i++) {
		uint64_t z = x += 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		w->random[i] = z ^ z >> 31;
	}
	list_init(&w->flight);
	for (unsigned i = 0; i < WORLD_HOSTS; i++)
		host_init(w, i);
	return w;
}

void world_free(struct world *w)
{
	for (int i = 0; i < WORLD_HOSTS; i++)
		engine_free(w->host[i].engine);
	while (!list_empty(&w->flight)) {
		struct later *l = container_of(w->flight.next, struct later, link);

		list_del(&l->link);
		free(l);
	}
	free(w);
}

static bool is_awake(const struct host *h)
{
	return h->asleep_until_ms <= h->world->now_ms;
}

static void happen(struct later *l)
{
	if (!is_awake(l->host) && l->kind != DATAGRAM) {
		schedule(l->host->world, l, l->host->asleep_until_ms - l->host->world->now_ms);
		return;
	}
	switch (l->kind) {
	case DATAGRAM:
		arrive(l);
		break;
	case DP_RESULT:
		engine_datapath_result(l->host->engine, &l->dp);
		break;
	case PPP_EVENT:
		ppp_arrive(l);
		break;
	}
	free(l);
}

/* When the next thing happens: a flight's arrival, or an engine's timer. */
static uint64_t next_moment(const struct world *w)
{
	uint64_t at = UINT64_MAX;

	if (!list_empty(&w->flight))
		at = container_of(w->flight.next, struct later, link)->at_ms;
	for (int i = 0; i < WORLD_HOSTS; i++) {
		const struct host *h = &w->host[i];
		uint64_t in = engine_next_ms(h->engine), then = w->now_ms + in;

		if (in == UINT64_MAX)
			continue;
		then = then < h->asleep_until_ms ? h->asleep_until_ms : then;
		at = then < at ? then : at;
	}
	return at;
}

static void advance_all(struct world *w)
{
	for (int i = 0; i < WORLD_HOSTS; i++)
		if (is_awake(&w->host[i]))
			engine_advance(w->host[i].engine, w->now_ms);
}

bool world_run(struct world *w, uint64_t limit_ms, bool (*done)(struct world *, void *), void *arg)
{
	uint64_t end = w->now_ms + limit_ms;

	while (!done || !done(w, arg)) {
		uint64_t at = next_moment(w);

		if (at > end) {
			w->now_ms = end;
			advance_all(w);
			return done && done(w, arg);
		}
		w->now_ms = at > w->now_ms ? at : w->now_ms;
		advance_all(w);
		while (!list_empty(&w->flight)) {
			struct later *l = container_of(w->flight.next, struct later, link);

			if (l->at_ms > w->now_ms)
				break;
			list_del(&l->link);
			happen(l);
			if (w->check)
				w->check(w);
		}
		if (w->check)
			w->check(w);
	}
	return true;
}

void world_inject(struct world *w, struct host *to, const struct endpoint *from, uint16_t to_port,
		  const void *datagram, size_t len)
{
	struct endpoint dest = { .addr = to->addr, .port = to_port };

	fly(w, to, from, &dest, datagram, len);
}

void settings_parse(const struct param_table *t, void *conf, const char *settings)
{
	char *copy = strdup(settings), *save = NULL, *why = NULL;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *eq = strchr(word, '=');
		int row;

		if (eq)
			*eq = '\0';
		row = param_find(t, word);
		if (row < 0 || param_set(t, (unsigned)row, conf, eq ? eq + 1 : NULL, &why) < 0) {
			fprintf(stderr, "settings \"%s\": %s: %s\n", settings, word,
				why ? why : "unknown");
			abort();
		}
	}
	free(copy);
}

static void refused(const char *settings, const char *why)
{
	fprintf(stderr, "\"%s\" was refused: %s\n", settings, why ? why : "?");
	abort();
}

uint16_t host_tunnel(struct host *h, const char *settings)
{
	struct tunnel_conf conf = { 0 };
	char *why = NULL;
	uint16_t id = 0;

	settings_parse(&tunnel_params, &conf, settings);
	if (tunnel_create(h->engine, &conf, &id, &why) < 0)
		refused(settings, why);
	param_free(&tunnel_params, &conf);
	return id;
}

struct handle host_session(struct host *h, const char *settings)
{
	struct session_conf conf = { 0 };
	struct handle handle = { 0 };
	char *why = NULL;

	settings_parse(&session_params, &conf, settings);
	if (session_create(h->engine, &conf, &handle, &why) < 0)
		refused(settings, why);
	param_free(&session_params, &conf);
	return handle;
}

void host_system(struct host *h, const char *settings)
{
	struct system_conf conf = { 0 };
	char *why = NULL;

	settings_parse(&system_params, &conf, settings);
	if (system_modify(h->engine, &conf, &why) < 0)
		refused(settings, why);
	param_free(&system_params, &conf);
}

void host_profile(struct host *h, enum profile_kind kind, const char *settings)
{
	const struct param_table *t = profile_params(kind);
	void *conf = calloc(1, t->size);
	char *why = NULL, name[64] = "default";
	const char *at = strstr(settings, "profile_name=");

	settings_parse(t, conf, settings);
	if (at)
		sscanf(at, "profile_name=%63s", name);
	if (profile_get(h->engine, kind, name)
		    ? profile_modify(h->engine, kind, name, conf, 0, &why) < 0
		    : profile_create(h->engine, kind, conf, &why) < 0)
		refused(settings, why);
	param_free(t, conf);
	free(conf);
}
