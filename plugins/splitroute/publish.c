/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * publish.c - name servers for a domain, told to whoever resolves names on this host: by
 * programs of theirs, started beside pppd, which collects them when they end.
 */
#include "plugins/pppd/compat.h"
#include "plugins/splitroute/splitroute.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *const resolvectl[] = { "/usr/bin/resolvectl", "/bin/resolvectl", NULL };
static const char *const resolvconf[] = { "/sbin/resolvconf", "/usr/sbin/resolvconf", NULL };

static const char *program(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, X_OK) == 0)
			return *paths;
	return NULL;
}

static bool has_resolved(void)
{
	return access("/run/systemd/resolve", F_OK) == 0 && program(resolvectl);
}

/* Starts a program without waiting for it; @input, unless NULL, is what it reads. */
static void start(const char *const argv[], const char *input)
{
	int ends[2] = { -1, -1 }, null;

	if (input && pipe2(ends, O_CLOEXEC) < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (compat_fork(input ? ends[0] : null, null, null) == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(null);
	if (!input)
		return;
	/* a few lines: they fit into the pipe whoever reads them */
	(void)!write(ends[1], input, strlen(input));
	close(ends[0]);
	close(ends[1]);
}

static void tell_resolved(const char *interface, const struct told *told)
{
	char text[DNS_MAX][ADDR_TEXT], domain[DOMAIN_MAX + 1];
	const char *dns[4 + DNS_MAX] = { program(resolvectl), "dns", interface };
	const char *route[] = { dns[0], "domain", interface, domain, NULL };

	for (unsigned i = 0; i < told->servers; i++)
		dns[3 + i] = addr_text(&told->dns[i], text[i]);
	snprintf(domain, sizeof(domain), "~%s", told->domain);
	start(dns, NULL);
	start(route, NULL);
}

/* Private (-p): for this domain alone. openresolv knows that, and no other resolvconf. */
static void tell_resolvconf(const char *interface, const struct told *told)
{
	char name[32], text[ADDR_TEXT], lines[DOMAIN_MAX + 16 + DNS_MAX * (ADDR_TEXT + 16)];
	const char *const argv[] = { program(resolvconf), "-p", "-a", name, NULL };
	size_t len;

	snprintf(name, sizeof(name), "%s.splitroute", interface);
	len = (size_t)snprintf(lines, sizeof(lines), "domain %s\n", told->domain);
	for (unsigned i = 0; i < told->servers; i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "nameserver %s\n",
					addr_text(&told->dns[i], text));
	start(argv, lines);
}

void publish_dns(const char *interface, const struct told *told)
{
	if (!told->servers || !told->domain[0])
		return;
	if (has_resolved())
		tell_resolved(interface, told);
	else if (program(resolvconf))
		tell_resolvconf(interface, told);
}

/* systemd-resolved sees the interface go. */
void publish_withdraw(const char *interface)
{
	char name[32];
	const char *const argv[] = { program(resolvconf), "-f", "-d", name, NULL };

	snprintf(name, sizeof(name), "%s.splitroute", interface);
	if (!has_resolved() && argv[0])
		start(argv, NULL);
}
