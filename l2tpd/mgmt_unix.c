/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/mgmt_unix.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERGROUPS /* Linux 4.13 */
#define SO_PEERGROUPS 59
#endif

enum { GROUPS_MAX = 1024 };

struct mgmt_unix {
	struct sockaddr_un addr;
	bool bound;
	gid_t group, readers; /* (gid_t)-1: none */
};

/* --- who may what ------------------------------------------------------------------------ */

static bool is_member(const struct ucred *peer, const gid_t *groups, size_t count, gid_t wanted)
{
	if (wanted == (gid_t)-1)
		return false;
	if (peer->gid == wanted)
		return true;
	for (size_t i = 0; i < count; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

/* By what the kernel says of whoever connected. */
static bool judge(void *arg, int fd, struct rpc_terms *terms)
{
	const struct mgmt_unix *u = arg;
	struct ucred peer;
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(peer), groups_len = sizeof(groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_len) < 0)
		groups_len = 0;
	if (peer.uid == 0 || peer.uid == geteuid() ||
	    is_member(&peer, groups, groups_len / sizeof(groups[0]), u->group))
		terms->access = RPC_ALL;
	else if (is_member(&peer, groups, groups_len / sizeof(groups[0]), u->readers))
		terms->access = RPC_READ;
	else
		terms->denied = "you may not: only root and members of the management group may "
				"(system management_group, management_readers)";
	return true;
}

/* --- the socket ---------------------------------------------------------------------------- */

/* A socket file that nobody answers on was left by a daemon that was killed. */
static int remove_stale(const struct sockaddr_un *addr, char **why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? errno : 0;
	close(fd);
	if (err == 0)
		return why_set(why, EADDRINUSE,
			       "%s: another l2tpd answers there (-s takes another socket)",
			       addr->sun_path);
	if (err == ECONNREFUSED && stat(addr->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(addr->sun_path);
	return 0;
}

static int find_group(const char *name, gid_t *gid, char **why)
{
	const struct group *g = name ? getgrnam(name) : NULL;

	*gid = g ? g->gr_gid : (gid_t)-1;
	return name && !g ? why_set(why, ENOENT, "there is no group called %s on this system", name)
			  : 0;
}

/* Bound with nobody's rights first; then it gets its group and mode. */
static int listen_on(struct mgmt_unix *u, char **why)
{
	mode_t old;
	int err = remove_stale(&u->addr, why), fd;

	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	old = umask(0177);
	u->bound = fd >= 0 && bind(fd, (struct sockaddr *)&u->addr, sizeof(u->addr)) == 0;
	umask(old);
	if (u->bound &&
	    (u->group == (gid_t)-1 || chown(u->addr.sun_path, (uid_t)-1, u->group) == 0) &&
	    chmod(u->addr.sun_path, u->readers == (gid_t)-1 ? 0660 : 0666) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	err = why_set(why, errno, "cannot listen on %s: %s", u->addr.sun_path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

struct mgmt_unix *mgmt_unix_new(struct mgmt_clients *clients, const char *path, const char *group,
				const char *readers, char **why)
{
	struct mgmt_unix *u;
	int fd;

	if (strlen(path) >= sizeof(u->addr.sun_path)) {
		why_set(why, ENAMETOOLONG, "%s: a socket's path has at most %zu bytes", path,
			sizeof(u->addr.sun_path) - 1);
		return NULL;
	}
	u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	u->addr.sun_family = AF_UNIX;
	strcpy(u->addr.sun_path, path);
	if (find_group(group, &u->group, why) == 0 && find_group(readers, &u->readers, why) == 0) {
		fd = listen_on(u, why);
		if (fd >= 0 && mgmt_clients_listen(clients, fd, judge, u) == 0)
			return u;
	}
	mgmt_unix_free(u);
	return NULL;
}

void mgmt_unix_free(struct mgmt_unix *u)
{
	if (u && u->bound)
		unlink(u->addr.sun_path);
	free(u);
}
