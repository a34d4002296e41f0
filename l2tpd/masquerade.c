/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/masquerade.h"

#include "lib/keymap.h"
#include "lib/list.h"
#include "lib/text.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NFT "/usr/sbin/nft"

enum { COMMANDS_BYTES = 8192 };

struct masked {
	struct keymap_node by_name;
	struct list all;
	char name[IF_NAMESIZE];
};

struct masquerade {
	struct launcher *launcher;
	const struct log *log;
	char table[32];
	struct keymap by_name;
	struct list all;
	bool table_stands, running;
	struct text todo; /* commands for the next nft */
	void (*settled)(void *arg);
	void *arg;
};

static void go_on(struct masquerade *m);

/* One transaction: all of it, or nothing. */
static void on_exited(void *arg, int status, int error)
{
	struct masquerade *m = arg;

	m->running = false;
	if (error)
		log_error(m->log, "masquerade: " NFT ": %s (apt install nftables)",
			  strerror(error));
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		log_error(m->log,
			  "masquerade: nft could not change table ip %s: has the kernel "
			  "nf_tables with nat (modprobe nft_masq)?",
			  m->table);
	if (error || status) {
		m->table_stands = false; /* made anew with the next link */
		text_free(&m->todo);
	}
	go_on(m);
	if (!m->running)
		m->settled(m->arg);
}

/* As many whole commands as one nft is given: what the launcher takes is bounded. */
static char *next_commands(struct masquerade *m)
{
	const char *all = text_str(&m->todo);
	struct text rest = TEXT_INIT;
	size_t len = m->todo.len;
	char *some;

	if (len > COMMANDS_BYTES)
		for (len = COMMANDS_BYTES; all[len - 1] != '\n'; len--)
			;
	some = m->todo.failed ? NULL : strndup(all, len);
	text_add(&rest, all + len);
	text_free(&m->todo);
	m->todo = rest;
	return some;
}

static void go_on(struct masquerade *m)
{
	const char *argv[] = { NFT, NULL, NULL };
	struct host_spawn spawn = { .argv = argv };
	char *commands;
	int err = -ENOMEM;

	if (m->running || !m->todo.len)
		return;
	m->running = true;
	commands = next_commands(m);
	argv[1] = commands;
	if (commands)
		err = launcher_spawn(m->launcher, &spawn, on_exited, m);
	free(commands);
	if (err < 0)
		on_exited(m, 0, -err);
}

/* Empty, whatever a daemon that was killed may have left. */
static void make_table(struct masquerade *m)
{
	const char *t = m->table;
	struct list *at;

	text_addf(&m->todo,
		  "add table ip %s\ndelete table ip %s\nadd table ip %s\n"
		  "add set ip %s links { type ifname; }\n"
		  "add chain ip %s nat { type nat hook postrouting priority srcnat; }\n"
		  "add rule ip %s nat oifname @links masquerade\n"
		  "add chain ip %s mss { type filter hook forward priority mangle; }\n"
		  "add rule ip %s mss oifname @links tcp flags syn tcp option maxseg size set rt "
		  "mtu\n",
		  t, t, t, t, t, t, t, t);
	list_for_each (at, &m->all)
		text_addf(&m->todo, "add element ip %s links { \"%s\" }\n", t,
			  container_of(at, struct masked, all)->name);
	m->table_stands = true;
}

static void forget(struct masquerade *m, struct masked *k)
{
	keymap_del(&m->by_name, &k->by_name);
	list_del(&k->all);
	free(k);
}

void masquerade_link_up(struct masquerade *m, const char *interface)
{
	struct masked *k;

	if (keymap_get(&m->by_name, interface, strlen(interface)))
		return;
	k = calloc(1, sizeof(*k));
	if (!k)
		return;
	memcpy(k->name, interface, strnlen(interface, sizeof(k->name) - 1));
	list_add_tail(&m->all, &k->all);
	if (keymap_add(&m->by_name, &k->by_name, k->name, strlen(k->name)) < 0) {
		forget(m, k);
		return;
	}
	if (!m->table_stands)
		make_table(m);
	else
		text_addf(&m->todo, "add element ip %s links { \"%s\" }\n", m->table, k->name);
	go_on(m);
}

void masquerade_link_down(struct masquerade *m, const char *interface)
{
	struct keymap_node *n = keymap_get(&m->by_name, interface, strlen(interface));

	if (!n)
		return;
	forget(m, container_of(n, struct masked, by_name));
	if (!m->table_stands)
		return;
	if (list_empty(&m->all)) {
		text_addf(&m->todo, "delete table ip %s\n", m->table);
		m->table_stands = false;
	} else {
		text_addf(&m->todo, "delete element ip %s links { \"%s\" }\n", m->table, interface);
	}
	go_on(m);
}

bool masquerade_is_settled(const struct masquerade *m)
{
	return !m->running;
}

struct masquerade *masquerade_new(struct launcher *l, uint16_t port, const struct log *log,
				  void (*settled)(void *arg), void *arg)
{
	struct masquerade *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	*m = (struct masquerade){ .launcher = l, .log = log, .settled = settled, .arg = arg };
	snprintf(m->table, sizeof(m->table), port == 1701 ? "l2tpd" : "l2tpd_%u", port);
	list_init(&m->all);
	keymap_init(&m->by_name, 9);
	return m;
}

/* The launcher must be gone: nothing ends any more. */
void masquerade_free(struct masquerade *m)
{
	if (!m)
		return;
	while (!list_empty(&m->all))
		forget(m, container_of(m->all.next, struct masked, all));
	keymap_free(&m->by_name);
	text_free(&m->todo);
	free(m);
}
