/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/plugins.h"

#include "lib/list.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loaded {
	struct list link;
	void *object;
	const struct l2tpd_plugin *plugin;
	void *self;
	struct ppp_provider ppp;
};

struct plugins {
	struct list all; /* in the order of loading */
};

struct plugins *plugins_new(void)
{
	struct plugins *p = calloc(1, sizeof(*p));

	if (p)
		list_init(&p->all);
	return p;
}

static void unload(struct loaded *l)
{
	if (l->self && l->plugin->exit)
		l->plugin->exit(l->self);
	if (l->object)
		dlclose(l->object);
	list_del(&l->link);
	free(l);
}

void plugins_free(struct plugins *p)
{
	if (!p)
		return;
	while (!list_empty(&p->all))
		unload(container_of(p->all.prev, struct loaded, link));
	free(p);
}

static int load(struct loaded *l, const struct l2tpd_host *host, const char *path, char **why)
{
	l->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!l->object)
		return why_set(why, ENOENT, "plugin: %s", dlerror());
	l->plugin = dlsym(l->object, "l2tpd_plugin");
	if (!l->plugin)
		return why_set(why, EINVAL, "%s is no plugin of l2tpd", path);
	if (l->plugin->abi != L2TPD_PLUGIN_ABI)
		return why_set(why, EINVAL, "%s was built for plugin ABI %u, this l2tpd has %u",
			       path, l->plugin->abi, L2TPD_PLUGIN_ABI);
	l->self = l->plugin->init(host, why);
	if (!l->self)
		return -EINVAL;
	if (l->plugin->ppp) {
		l->ppp = *l->plugin->ppp;
		l->ppp.ctx = l->self;
	}
	return 0;
}

int plugins_load(struct plugins *p, const struct l2tpd_host *host, const char *name, char **why)
{
	const char *suffix = strstr(name, ".so") ? "" : ".so";
	struct loaded *l = calloc(1, sizeof(*l));
	char path[4096];
	int err;

	if (!l)
		return why_set(why, ENOMEM, "out of memory");
	list_init(&l->link);
	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s%s", host->plugin_dir, name, suffix);
	err = load(l, host, path, why);
	if (err)
		unload(l);
	else
		list_add_tail(&p->all, &l->link);
	return err;
}

const struct ppp_provider *plugins_ppp(const struct plugins *p)
{
	struct list *at;

	list_for_each (at, &p->all) {
		const struct loaded *l = container_of(at, struct loaded, link);

		if (l->plugin->ppp)
			return &l->ppp;
	}
	return NULL;
}

int plugins_register_avps(const struct plugins *p, struct engine *e, char **why)
{
	struct list *at;
	int err = 0;

	list_for_each (at, &p->all) {
		const struct loaded *l = container_of(at, struct loaded, link);

		for (const struct l2tpd_avp *a = l->plugin->avps; a && a->seen && !err; a++) {
			err = engine_register_avp(e, a->vendor, a->type, a->seen, l->self);
			if (err)
				why_set(why, -err, "plugin %s: AVP %u of vendor %u: %s",
					l->plugin->name, a->type, a->vendor,
					err == -EEXIST	 ? "another plugin has it"
					: err == -EINVAL ? "l2tpd understands it itself"
							 : strerror(-err));
		}
	}
	return err;
}

void plugins_event(const struct plugins *p, const struct engine_event *event)
{
	struct list *at;

	list_for_each (at, &p->all) {
		const struct loaded *l = container_of(at, struct loaded, link);

		if (l->plugin->event)
			l->plugin->event(l->self, event);
	}
}
