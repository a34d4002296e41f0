/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer.c - which profiles apply to a peer, and what a new tunnel or session
 * inherits from them.
 *
 * First match wins: the create command, the profile it names, the profile named
 * by the peer's profile, the default profile of the kind, the built-in default.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool matches(const struct peer_conf *p, const struct addr *addr, int *bits)
{
	if (p->peer_ipaddr.family == AF_UNSPEC)
		return false;
	*bits = conf_prefix_bits(p->netmask, p->peer_ipaddr.family);
	return *bits >= 0 && addr_common_bits(&p->peer_ipaddr, addr) >= *bits;
}

/* The peer profile for @addr: the one with the longest prefix, else "default". */
static const struct peer_conf *peer_by_addr(const struct engine *e, const struct addr *addr)
{
	const struct peer_conf *best = profile_get(e, PROFILE_PEER, "default"), *p;
	int longest = -1, bits;

	for (uint32_t n = 0; (p = profile_from(e, PROFILE_PEER, &n)); n++) {
		if (matches(p, addr, &bits) && bits > longest) {
			best = p;
			longest = bits;
		}
	}
	return best;
}

static const struct peer_conf *find_peer(const struct engine *e, const struct addr *addr,
					 const struct msg *sccrq)
{
	const struct peer_conf *p = NULL;

	if (sccrq && msg_has(sccrq, AVP_HOST_NAME)) { /* SCCRQ or SCCRP */
		struct bytes host = sccrq->value[AVP_HOST_NAME].bytes;
		char name[PEER_NAME_MAX];

		/* "default" is a name for us alone */
		if (host.len < sizeof(name) && !memchr(host.p, '\0', host.len)) {
			memcpy(name, host.p, host.len);
			name[host.len] = '\0';
			p = strcmp(name, "default") ? profile_get(e, PROFILE_PEER, name) : NULL;
		}
	}
	return p ? p : peer_by_addr(e, addr);
}

/* A profile that was named must exist; an inherited name that does not is the default's. */
static int named_profile(const struct engine *e, enum profile_kind kind, const char *name,
			 const void **conf, char **why)
{
	*conf = name ? profile_get(e, kind, name) : NULL;
	if (name && !*conf)
		return why_set(why, ENOENT, "no %s is called %s", profile_kind_name(kind), name);
	return 0;
}

/* Where @p says what @row is: in itself, or in the default peer profile. */
static const struct peer_conf *sayer(const struct engine *e, const struct peer_conf *p,
				     const char *row)
{
	return param_is_set(p, (unsigned)param_find(&peer_params, row))
		       ? p
		       : profile_get(e, PROFILE_PEER, "default");
}

static const void *peers_choice(const struct engine *e, enum profile_kind kind, const char *name)
{
	return name ? profile_get(e, kind, name) : NULL;
}

void origins_free(struct origins *o)
{
	free(o->peers_name);
	*o = (struct origins){ 0 };
}

static uint64_t mixed(uint64_t old, uint64_t new, uint64_t rows)
{
	return (old & ~rows) | (new &rows);
}

/* Takes the rows in @rows, and where they come from. */
static int take_fresh(const struct param_table *t, uint64_t rows, void *conf, struct origins *o,
		      const void *fresh, const struct origins *fresh_origins)
{
	for (unsigned row = 0; row < t->count; row++) {
		if (!(rows >> row & 1))
			continue;
		if (param_copy(t, row, conf, fresh) < 0)
			return -ENOMEM;
		*(uint64_t *)conf &= ~(UINT64_C(1) << row);
	}
	o->named = mixed(o->named, fresh_origins->named, rows);
	o->peers = mixed(o->peers, fresh_origins->peers, rows);
	o->standard = mixed(o->standard, fresh_origins->standard, rows);
	return 0;
}

static void discard(const struct param_table *t, void *conf)
{
	if (conf)
		param_free(t, conf);
	free(conf);
}

int peer_inherit(const struct param_table *t, void *conf, struct origins *o, uint64_t unset,
		 int (*resolve)(void *object, const void *own, void *fresh, struct origins *origins,
				char **why),
		 void *object, char **why)
{
	void *own, *fresh;
	struct origins origins = { 0 };
	int err;

	if (!unset)
		return 0;
	own = calloc(1, t->size);
	fresh = calloc(1, t->size);
	err = own && fresh ? param_merge(t, own, conf) : -ENOMEM;
	for (unsigned row = 0; !err && row < t->count; row++)
		if (unset >> row & 1)
			param_unset(t, row, own);
	if (!err)
		err = resolve(object, own, fresh, &origins, why);
	if (!err)
		err = take_fresh(t, unset, conf, o, fresh, &origins);
	discard(t, own);
	discard(t, fresh);
	origins_free(&origins);
	return err;
}

/* Which row came from which of the layers of resolve_layers(). */
static int keep_origins(struct origins *o, const uint8_t *origin, const struct param_table *t,
			const char *peers_name)
{
	uint64_t *from[] = { &o->named, &o->peers, &o->standard };

	origins_free(o);
	for (unsigned row = 0; row < t->count; row++)
		if (origin[row] >= 1 && origin[row] <= 3)
			*from[origin[row] - 1] |= UINT64_C(1) << row;
	o->peers_name = peers_name ? strdup(peers_name) : NULL;
	return peers_name && !o->peers_name ? -ENOMEM : 0;
}

/* The object's own, the profile that it names, the peer's choice, the default. */
static int resolve_layers(const struct engine *e, enum profile_kind kind, const void *own,
			  const void *named, const char *peers_name, void *out,
			  struct origins *origins)
{
	const struct param_table *t = profile_params(kind);
	const void *layer[] = { own, named, peers_choice(e, kind, peers_name),
				profile_get(e, kind, "default") };
	uint8_t origin[64] = { 0 };
	int err;

	if (layer[2] == layer[3])
		layer[2] = NULL;
	err = param_resolve(t, out, layer, 4, origin);
	return !err && origins ? keep_origins(origins, origin, t, layer[2] ? peers_name : NULL)
			       : err;
}

int peer_tunnel_conf(const struct engine *e, const struct tunnel_conf *own, const struct addr *addr,
		     const struct msg *sccrq, struct tunnel_conf *out, struct origins *origins,
		     char **why)
{
	const void *peer = NULL, *profile = NULL;
	int err = 0;

	if (own)
		err = named_profile(e, PROFILE_TUNNEL, own->profile_name, &profile, why);
	if (!err && own)
		err = named_profile(e, PROFILE_PEER, own->peer_profile_name, &peer, why);
	if (err)
		return err;
	if (!peer)
		peer = find_peer(e, addr, sccrq);
	err = resolve_layers(e, PROFILE_TUNNEL, own, profile,
			     sayer(e, peer, "tunnel_profile_name")->tunnel_profile_name, out,
			     origins);
	if (!err && !out->peer_profile_name) {
		out->peer_profile_name = strdup(((const struct peer_conf *)peer)->profile_name);
		err = out->peer_profile_name ? 0 : -ENOMEM;
	}
	return err == -ENOMEM ? why_set(why, ENOMEM, "out of memory") : err;
}

char *peer_secret(const struct engine *e, const struct addr *addr, const struct msg *sccrq)
{
	struct tunnel_conf conf = { 0 };
	char *secret = NULL;

	if (peer_tunnel_conf(e, NULL, addr, sccrq, &conf, NULL, NULL) == 0 && conf.secret)
		secret = strdup(conf.secret);
	param_free(&tunnel_params, &conf);
	return secret;
}

static bool is_default(const char *name)
{
	return !name || strcmp(name, "default") == 0;
}

bool peer_is_known(const struct tunnel *t, const struct msg *m)
{
	return !is_default(t->conf.peer_profile_name) ||
	       !is_default(find_peer(t->e, &t->peer.addr, m)->profile_name);
}

/* The profile may have been deleted since. */
static const struct peer_conf *peer_of_tunnel(const struct tunnel *t)
{
	const struct peer_conf *p = NULL;

	if (t->conf.peer_profile_name)
		p = profile_get(t->e, PROFILE_PEER, t->conf.peer_profile_name);
	return p ? p : profile_get(t->e, PROFILE_PEER, "default");
}

bool peer_allows(const struct tunnel *t, uint8_t role)
{
	int row = param_find(&peer_params, "lac_lns");
	const struct peer_conf *p = sayer(t->e, peer_of_tunnel(t), "lac_lns");
	uint8_t roles =
		param_is_set(p, (unsigned)row) ? p->lac_lns : (uint8_t)peer_params.row[row].dflt;

	return roles & role;
}

/* The session profile is the command's, else the tunnel's, else the peer's. */
int peer_session_conf(const struct tunnel *t, const struct session_conf *own,
		      struct session_conf *out, struct origins *origins, char **why)
{
	const struct engine *e = t->e;
	const char *peers = t->conf.session_profile_name;
	const void *profile = NULL;
	int err = 0;

	if (own)
		err = named_profile(e, PROFILE_SESSION, own->profile_name, &profile, why);
	if (err)
		return err;
	if (!peers_choice(e, PROFILE_SESSION, peers))
		peers = sayer(e, peer_of_tunnel(t), "session_profile_name")->session_profile_name;
	err = resolve_layers(e, PROFILE_SESSION, own, profile, peers, out, origins);
	return err == -ENOMEM ? why_set(why, ENOMEM, "out of memory") : err;
}

int peer_ppp_conf(const struct session *s, struct ppp_conf *out)
{
	const struct engine *e = s->tunnel->e;
	const void *layer[2];

	layer[0] = peers_choice(e, PROFILE_PPP, s->conf.ppp_profile_name);
	if (!layer[0])
		layer[0] = peers_choice(e, PROFILE_PPP, s->tunnel->conf.ppp_profile_name);
	if (!layer[0])
		layer[0] = peers_choice(
			e, PROFILE_PPP,
			sayer(e, peer_of_tunnel(s->tunnel), "ppp_profile_name")->ppp_profile_name);
	layer[1] = profile_get(e, PROFILE_PPP, "default");
	return param_resolve(&ppp_params, out, layer, 2, NULL);
}
