/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mgmt_unix.h - the UNIX socket on which management clients connect, and who may.
 */
#ifndef L2TPD_MGMT_UNIX_H
#define L2TPD_MGMT_UNIX_H

#include "l2tpd/mgmt_clients.h"

struct mgmt_unix;

/*
 * Listens on @path. Root and who runs the daemon may do anything, and so may the members of
 * @group; those of @readers may look. Either may be NULL. The socket's mode is 0660, or 0666
 * if there are readers: then the peer's credentials decide alone. NULL with *why; a
 * daemon that answers there already is an error.
 */
struct mgmt_unix *mgmt_unix_new(struct mgmt_clients *clients, const char *path, const char *group,
				const char *readers, char **why);
/* After mgmt_clients_free(). */
void mgmt_unix_free(struct mgmt_unix *u);

#endif
