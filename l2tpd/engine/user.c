/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user.c - who has which links: found by name, however many there are; and whether a
 * user may have a second one.
 */
#include "l2tpd/engine/internal.h"

#include <stdlib.h>
#include <string.h>

/* Somebody with at least one link that is up. */
struct user {
	struct keymap_node node;
	struct list sessions;
	char name[];
};

static struct user *find(const struct engine *e, const char *name)
{
	struct keymap_node *n = keymap_get(&e->users, name, strlen(name));

	return n ? container_of(n, struct user, node) : NULL;
}

static struct user *find_or_make(struct engine *e, const char *name)
{
	struct user *u = find(e, name);
	size_t len = strlen(name);

	if (u)
		return u;
	u = calloc(1, sizeof(*u) + len + 1);
	if (!u)
		return NULL;
	memcpy(u->name, name, len);
	list_init(&u->sessions);
	if (keymap_add(&e->users, &u->node, u->name, len) == 0)
		return u;
	free(u);
	return NULL;
}

/* The others have to go: not while their list is walked, since closing may end them at once. */
static void replace_others(struct user *u, const struct session *s)
{
	struct list *at, *tmp;

	list_for_each_safe (at, tmp, &u->sessions) {
		struct session *other = container_of(at, struct session, by_user);

		if (other != s)
			session_close(other, CDN_ADMIN, 0, "user %s has come again elsewhere",
				      u->name);
	}
}

void user_enter(struct session *s, const char *name)
{
	struct engine *e = s->tunnel->e;
	struct user *u;
	bool alone;

	if (!*name || s->user)
		return;
	u = find_or_make(e, name);
	if (!u)
		return;
	alone = list_empty(&u->sessions);
	s->user = u;
	list_add_tail(&u->sessions, &s->by_user);
	if (alone || s->same_user == SAME_USER_ANY)
		return;
	if (s->same_user == SAME_USER_REPLACE) {
		replace_others(u, s);
		return;
	}
	engine_limit(e, s->tunnel, s, "user %s has a link already (same_user)", name);
	session_close(s, CDN_ADMIN, 0, "user %s has a link already", name);
}

void user_leave(struct session *s)
{
	struct user *u = s->user;

	if (!u)
		return;
	s->user = NULL;
	list_del(&s->by_user);
	if (!list_empty(&u->sessions))
		return;
	keymap_del(&s->tunnel->e->users, &u->node);
	free(u);
}

unsigned user_disconnect(struct engine *e, const char *name)
{
	struct user *u = find(e, name);
	struct list *at, *tmp;
	unsigned count = 0;

	if (!u)
		return 0;
	engine_enter(e);
	list_for_each_safe (at, tmp, &u->sessions) {
		struct session *s = container_of(at, struct session, by_user);

		s->ppp_cause.code = 1; /* RFC 3145: administrative disconnect */
		session_close(s, CDN_ADMIN, 0, "user %s was disconnected by the administrator",
			      name);
		count++;
	}
	engine_leave(e);
	return count;
}
