/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare.c - what differs between an engine that runs and one that a file filled, as
 * commands.
 *
 * Who is who: a tunnel is the one of the same name, else the one of the id that the
 * file gives, else one with the very same settings; sessions likewise within their
 * tunnel. Only what was given itself is compared, not what is inherited.
 */
#include "l2tpd/mgmt/plan.h"

#include "lib/keymap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct handle no_id;

/* --- differences ------------------------------------------------------------------------- */

/* Rows to be set, and rows to be inherited again, for @now to become @then. */
struct difference {
	uint64_t set, unset;
};

static bool same_value(const struct param_table *t, unsigned row, const void *a, const void *b)
{
	struct text ta = TEXT_INIT, tb = TEXT_INIT;
	bool same;

	param_text(t, row, a, &ta);
	param_text(t, row, b, &tb);
	same = strcmp(text_str(&ta), text_str(&tb)) == 0;
	text_free(&ta);
	text_free(&tb);
	return same;
}

static struct difference compare(const struct param_table *t, const void *now, const void *then,
				 uint64_t keys)
{
	struct difference d = { 0 };

	for (unsigned row = 0; row < t->count; row++) {
		uint64_t bit = UINT64_C(1) << row;

		if (keys & bit)
			continue;
		if (!param_is_set(then, row))
			d.unset |= param_is_set(now, row) ? bit : 0;
		else if (!param_is_set(now, row) || !same_value(t, row, now, then))
			d.set |= bit;
	}
	return d;
}

static uint64_t create_rows(const struct param_table *t)
{
	uint64_t rows = 0;

	for (unsigned row = 0; row < t->count; row++)
		if (t->row[row].flags & PARAM_CREATE)
			rows |= UINT64_C(1) << row;
	return rows;
}

/* The commands that make @d no difference, for the object that @keys (" name=value"...) name. */
static void change(struct plan *p, const char *object, const struct text *keys,
		   const struct param_table *t, const void *then, const struct difference *d)
{
	struct draft draft;

	if (d->unset) {
		draft_begin(&draft, object, "unset");
		text_add(&draft.line, text_str(keys));
		for (unsigned row = 0; row < t->count; row++)
			if (d->unset >> row & 1)
				writer_name(&draft.w, t->row[row].name);
		draft_end(&draft, p, &p->first, no_id);
	}
	if (d->set) {
		draft_begin(&draft, object, "modify");
		text_add(&draft.line, text_str(keys));
		writer_rows(&draft.w, t, then, d->set);
		draft_end(&draft, p, &p->first, no_id);
	}
}

static void add_key(struct text *keys, const char *name, const char *value)
{
	struct writer w = writer_begin(keys, "");

	w.one_line = true;
	writer_word(&w, name, value);
}

static void add_id(struct text *keys, const char *name, uint16_t id)
{
	char number[8];

	snprintf(number, sizeof(number), "%u", id);
	add_key(keys, name, number);
}

/* --- the whole, and profiles -------------------------------------------------------------- */

static void compare_system(struct plan *p)
{
	static const struct text nothing;
	const struct system_conf *then = system_conf(p->then);
	struct difference d = compare(&system_params, system_conf(p->now), then, 0);
	uint64_t fixed = create_rows(&system_params) & (d.set | d.unset);

	for (unsigned row = 0; row < system_params.count; row++)
		if (fixed >> row & 1)
			text_addf(p->notes, "# %s changed: restart l2tpd for it\n",
				  system_params.row[row].name);
	d.set &= ~fixed;
	d.unset &= ~fixed;
	change(p, "system", &nothing, &system_params, then, &d);
}

static void compare_profile(struct plan *p, enum profile_kind kind, const void *then)
{
	const struct param_table *t = profile_params(kind);
	const char *name = profile_name(kind, then), *key = profile_key(kind);
	const void *now = profile_get(p->now, kind, name);
	struct text keys = TEXT_INIT;
	struct difference d;
	struct draft draft;

	if (now) {
		d = compare(t, now, then, row_bit(t, key));
		add_key(&keys, key, name);
		change(p, profile_kind_name(kind), &keys, t, then, &d);
		text_free(&keys);
		return;
	}
	draft_begin(&draft, profile_kind_name(kind), "create");
	writer_rows(&draft.w, t, then, *(const uint64_t *)then);
	draft_end(&draft, p, &p->first, no_id);
}

/* Who names others comes after them, and goes before them. */
static void compare_profiles(struct plan *p)
{
	static const enum profile_kind order[] = { PROFILE_POOL, PROFILE_PPP, PROFILE_SESSION,
						   PROFILE_TUNNEL, PROFILE_PEER };
	const size_t count = sizeof(order) / sizeof(order[0]);
	struct draft draft;
	const void *conf;

	for (size_t i = 0; i < count; i++)
		for (uint32_t n = 0; (conf = profile_from(p->then, order[i], &n)); n++)
			compare_profile(p, order[i], conf);
	for (size_t i = count; i-- > 0;) {
		for (uint32_t n = 0; (conf = profile_from(p->now, order[i], &n)); n++) {
			const char *name = profile_name(order[i], conf);

			if (profile_get(p->then, order[i], name))
				continue;
			draft_begin(&draft, profile_kind_name(order[i]), "delete");
			writer_word(&draft.w, profile_key(order[i]), name);
			draft_end(&draft, p, &p->last, no_id);
		}
	}
}

/* --- tunnels and sessions, alike ------------------------------------------------------------ */

/*
 * What tunnels, or the sessions of a tunnel, are like. @parent is the tunnel of sessions,
 * 0 for tunnels themselves.
 */
struct level {
	const char *object;
	const struct param_table *rows;
	const char *const *keys; /* rows that only say which it is */
	const char *id_row;
	size_t name; /* offset of the char * */
	const void *(*conf)(const struct engine *e, uint16_t parent, uint16_t id);
	/* The one at or after @from; 0 if there is none. */
	uint16_t (*from)(const struct engine *e, uint16_t parent, uint32_t from);
	/* Whether it was configured and is to stay. */
	bool (*counts)(const struct engine *e, uint16_t parent, uint16_t id);
	uint16_t (*by_name)(const struct engine *e, uint16_t parent, const char *name);
	void (*settings)(const struct engine *e, uint16_t parent, uint16_t id, struct writer *w);
	/* Makes what the file has as @id, in the tunnel that runs as @parent. */
	void (*make)(struct plan *p, uint16_t then_parent, uint16_t id, uint16_t parent);
	/* What lies within, of one that both have; or NULL. */
	void (*within)(struct plan *p, uint16_t now, uint16_t then);
};

/* Those that have neither a name nor an id of their own, by their settings. */
struct nameless {
	struct keymap_node node;
	struct list link;
	struct nameless *twins; /* with the same settings */
	uint16_t id;
	char *settings;
};

struct match {
	const struct level *level;
	struct plan *plan;
	uint16_t now, then; /* the tunnels whose sessions these are, or 0 */
	uint8_t meant[65536 / 8];
	struct keymap map;
	struct list nameless;
};

static bool is_meant(const struct match *m, uint16_t id)
{
	return m->meant[id / 8] >> (id % 8) & 1;
}

static const char *name_of(const struct level *l, const void *conf)
{
	return *(char *const *)((const char *)conf + l->name);
}

static bool has_id(const struct level *l, const void *conf)
{
	return *(const uint64_t *)conf & row_bit(l->rows, l->id_row);
}

static uint64_t key_rows(const struct level *l)
{
	uint64_t rows = 0;

	for (unsigned i = 0; l->keys[i]; i++)
		rows |= row_bit(l->rows, l->keys[i]);
	return rows;
}

static char *settings_of(const struct level *l, const struct engine *e, uint16_t parent,
			 uint16_t id)
{
	struct text out = TEXT_INIT;
	struct writer w = writer_begin(&out, "");

	w.one_line = true;
	l->settings(e, parent, id, &w);
	return text_take(&out);
}

static void add_nameless(struct match *m, uint16_t id)
{
	struct nameless *n = calloc(1, sizeof(*n)), *first;
	struct keymap_node *there;

	if (!n || !(n->settings = settings_of(m->level, m->plan->now, m->now, id))) {
		free(n);
		m->plan->failed = true;
		return;
	}
	n->id = id;
	list_add_tail(&m->nameless, &n->link);
	there = keymap_get(&m->map, n->settings, strlen(n->settings));
	if (!there) {
		keymap_add(&m->map, &n->node, n->settings, strlen(n->settings));
		return;
	}
	first = container_of(there, struct nameless, node);
	n->twins = first->twins;
	first->twins = n;
}

/* One with these settings that nobody meant so far; 0 if there is none. */
static uint16_t take_nameless(struct match *m, uint16_t then)
{
	char *settings = settings_of(m->level, m->plan->then, m->then, then);
	struct keymap_node *there =
		settings ? keymap_get(&m->map, settings, strlen(settings)) : NULL;
	struct nameless *n = there ? container_of(there, struct nameless, node) : NULL;

	free(settings);
	if (!n)
		return 0;
	if (n->twins) {
		struct nameless *twin = n->twins;

		n->twins = twin->twins;
		return twin->id;
	}
	keymap_del(&m->map, &n->node);
	return n->id;
}

/* --- what becomes of one ------------------------------------------------------------------- */

static struct text keys_of(const struct match *m, uint16_t id)
{
	struct text keys = TEXT_INIT;

	if (m->now)
		add_id(&keys, "tunnel_id", m->now);
	add_id(&keys, m->level->id_row, id);
	return keys;
}

static void delete_it(struct match *m, uint16_t id)
{
	struct text keys = keys_of(m, id);
	struct draft d;

	draft_begin(&d, m->level->object, "delete");
	text_add(&d.line, text_str(&keys));
	draft_end(&d, m->plan, &m->plan->first, no_id);
	text_free(&keys);
}

static void change_it(struct match *m, uint16_t id, const struct difference *d, const void *then)
{
	struct text keys = keys_of(m, id);

	change(m->plan, m->level->object, &keys, m->level->rows, then, d);
	text_free(&keys);
}

/* Both have it: nothing, or changes, or away with it and a new one. */
static void both(struct match *m, uint16_t now, uint16_t then)
{
	const struct level *l = m->level;
	const void *conf = l->conf(m->plan->then, m->then, then);
	struct difference d =
		compare(l->rows, l->conf(m->plan->now, m->now, now), conf, key_rows(l));

	m->meant[now / 8] |= (uint8_t)(1 << (now % 8));
	if (((d.set | d.unset) & create_rows(l->rows)) || (has_id(l, conf) && now != then)) {
		delete_it(m, now);
		l->make(m->plan, m->then, then, m->now);
		return;
	}
	change_it(m, now, &d, conf);
	if (l->within)
		l->within(m->plan, now, then);
}

/* --- all of them ---------------------------------------------------------------------------- */

/* What the file calls by a name, or by an id. */
static void match_named(struct match *m)
{
	const struct level *l = m->level;
	uint16_t id, now;

	for (uint32_t from = 0; (id = l->from(m->plan->then, m->then, from)); from = id + 1u) {
		const void *conf = l->conf(m->plan->then, m->then, id);
		const char *name = name_of(l, conf);

		if (!name && !has_id(l, conf))
			continue;
		now = name ? l->by_name(m->plan->now, m->now, name) : id;
		if (now && l->counts(m->plan->now, m->now, now) && !is_meant(m, now))
			both(m, now, id);
		else
			l->make(m->plan, m->then, id, m->now);
	}
}

static void gather_nameless(struct match *m)
{
	const struct level *l = m->level;
	uint16_t id;

	for (uint32_t from = 0; (id = l->from(m->plan->now, m->now, from)); from = id + 1u) {
		const void *conf = l->conf(m->plan->now, m->now, id);

		if (!name_of(l, conf) && l->counts(m->plan->now, m->now, id) && !is_meant(m, id))
			add_nameless(m, id);
	}
}

static void match_nameless(struct match *m)
{
	const struct level *l = m->level;
	uint16_t id, now;

	for (uint32_t from = 0; (id = l->from(m->plan->then, m->then, from)); from = id + 1u) {
		const void *conf = l->conf(m->plan->then, m->then, id);

		if (name_of(l, conf) || has_id(l, conf))
			continue;
		now = take_nameless(m, id);
		if (now)
			both(m, now, id);
		else
			l->make(m->plan, m->then, id, m->now);
	}
}

static void delete_the_rest(struct match *m)
{
	const struct level *l = m->level;
	uint16_t id;

	for (uint32_t from = 0; (id = l->from(m->plan->now, m->now, from)); from = id + 1u)
		if (l->counts(m->plan->now, m->now, id) && !is_meant(m, id))
			delete_it(m, id);
}

static void match(struct plan *p, const struct level *l, uint16_t now, uint16_t then)
{
	struct match *m = calloc(1, sizeof(*m));

	if (!m) {
		p->failed = true;
		return;
	}
	m->level = l;
	m->plan = p;
	m->now = now;
	m->then = then;
	keymap_init(&m->map, 5);
	list_init(&m->nameless);
	match_named(m);
	gather_nameless(m);
	match_nameless(m);
	delete_the_rest(m);
	keymap_free(&m->map);
	while (!list_empty(&m->nameless)) {
		struct nameless *n = container_of(m->nameless.next, struct nameless, link);

		list_del(&n->link);
		free(n->settings);
		free(n);
	}
	free(m);
}

/* --- sessions ---------------------------------------------------------------------------- */

static const void *session_conf_of(const struct engine *e, uint16_t tunnel, uint16_t id)
{
	return session_get_conf(e, tunnel, id);
}

static uint16_t next_session(const struct engine *e, uint16_t tunnel, uint32_t from)
{
	struct handle h;

	return session_from(e, tunnel, from, &h) && h.tunnel_id == tunnel ? h.session_id : 0;
}

static bool session_counts(const struct engine *e, uint16_t tunnel, uint16_t id)
{
	struct handle h = { .tunnel_id = tunnel, .session_id = id };

	return session_is_local(e, tunnel, id) && !session_is_ending(e, h);
}

static uint16_t named_session(const struct engine *e, uint16_t tunnel, const char *name)
{
	struct handle h;

	return session_by_name(e, tunnel, name, &h) ? h.session_id : 0;
}

static void session_settings(const struct engine *e, uint16_t tunnel, uint16_t id, struct writer *w)
{
	write_session(e, (struct handle){ .tunnel_id = tunnel, .session_id = id }, w);
}

/* In a tunnel that is made anew it is called by the name that the tunnel will have, else its id. */
static void make_session(struct plan *p, uint16_t then_tunnel, uint16_t id, uint16_t tunnel)
{
	const struct tunnel_conf *t = tunnel_get_conf(p->then, then_tunnel);
	const struct session_conf *s = session_get_conf(p->then, then_tunnel, id);
	bool by_id = tunnel || !t->tunnel_name;
	struct handle needs = { .tunnel_id = tunnel ? tunnel : then_tunnel, .session_id = id };
	struct draft d;
	char number[8];

	snprintf(number, sizeof(number), "%u", needs.tunnel_id);
	draft_begin(&d, "session", "create");
	writer_word(&d.w, by_id ? "tunnel_id" : "tunnel_name", by_id ? number : t->tunnel_name);
	session_settings(p->then, then_tunnel, id, &d.w);
	draft_end(&d, p, &p->creates,
		  s->set & row_bit(&session_params, "session_id") ? needs : no_id);
}

static const char *const session_keys[] = { "tunnel_id", "tunnel_name", "session_id", NULL };

static const struct level sessions = {
	.object = "session",
	.rows = &session_params,
	.keys = session_keys,
	.id_row = "session_id",
	.name = offsetof(struct session_conf, session_name),
	.conf = session_conf_of,
	.from = next_session,
	.counts = session_counts,
	.by_name = named_session,
	.settings = session_settings,
	.make = make_session,
};

static void compare_sessions(struct plan *p, uint16_t now, uint16_t then)
{
	match(p, &sessions, now, then);
}

/* --- tunnels ----------------------------------------------------------------------------- */

static const void *tunnel_conf_of(const struct engine *e, uint16_t parent, uint16_t id)
{
	(void)parent;
	return tunnel_get_conf(e, id);
}

static uint16_t next_tunnel(const struct engine *e, uint16_t parent, uint32_t from)
{
	(void)parent;
	return tunnel_from(e, from);
}

static bool tunnel_counts(const struct engine *e, uint16_t parent, uint16_t id)
{
	(void)parent;
	return tunnel_is_local(e, id) && !tunnel_is_ending(e, id);
}

static uint16_t named_tunnel(const struct engine *e, uint16_t parent, const char *name)
{
	(void)parent;
	return tunnel_by_name(e, name);
}

static void tunnel_settings(const struct engine *e, uint16_t parent, uint16_t id, struct writer *w)
{
	(void)parent;
	write_tunnel(e, id, false, w);
}

/* With all its sessions. */
static void make_tunnel(struct plan *p, uint16_t then_parent, uint16_t id, uint16_t parent)
{
	bool with_id = tunnel_get_conf(p->then, id)->set & row_bit(&tunnel_params, "tunnel_id");
	struct draft d;
	uint16_t session;

	(void)then_parent;
	(void)parent;
	draft_begin(&d, "tunnel", "create");
	write_tunnel(p->then, id, with_id, &d.w);
	draft_end(&d, p, &p->creates, with_id ? (struct handle){ .tunnel_id = id } : no_id);
	for (uint32_t from = 0; (session = next_session(p->then, id, from)); from = session + 1u)
		make_session(p, id, session, 0);
}

static const char *const tunnel_keys[] = { "tunnel_id", NULL };

static const struct level tunnels = {
	.object = "tunnel",
	.rows = &tunnel_params,
	.keys = tunnel_keys,
	.id_row = "tunnel_id",
	.name = offsetof(struct tunnel_conf, tunnel_name),
	.conf = tunnel_conf_of,
	.from = next_tunnel,
	.counts = tunnel_counts,
	.by_name = named_tunnel,
	.settings = tunnel_settings,
	.make = make_tunnel,
	.within = compare_sessions,
};

void plan_compare(struct plan *p)
{
	compare_profiles(p);
	compare_system(p);
	match(p, &tunnels, 0, 0);
}
