/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * datapath.h - what the engine asks of whatever carries user data.
 *
 * Asynchronous: a request is handed over, its result comes back through
 * engine_datapath_result(), in any order, possibly before the request returns.
 * Each request gets exactly one result. Implementations: kernel-glue (Linux
 * L2TP), datapath_none (the control plane alone), and the tests' double.
 */
#ifndef L2TPD_ENGINE_DATAPATH_H
#define L2TPD_ENGINE_DATAPATH_H

#include "l2tpd/engine/handle.h"
#include "lib/addr.h"

#include <stdbool.h>
#include <stdint.h>

enum dp_request {
	DP_TUNNEL_PROBE, /* is the tunnel id free? -EEXIST if not */
	DP_TUNNEL_CREATE,
	DP_TUNNEL_DELETE,
	DP_SESSION_CREATE,
	DP_SESSION_MODIFY,
	DP_SESSION_DELETE,
	DP_SESSION_COUNTERS,
};

struct dp_tunnel {
	struct handle handle;
	uint16_t peer_tunnel_id;
	int socket; /* the transport's handle of the bound and connected socket */
	bool udp_checksums;
};

struct dp_session {
	struct handle handle;
	uint16_t peer_tunnel_id, peer_session_id;
	bool lns; /* we decide on sequence numbers */
	bool send_seq, recv_seq;
	uint32_t reorder_ms;
	bool channel; /* a PPP channel is wanted: the result carries its descriptor */
};

struct dp_counters {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_oos, rx_seq_discards;
	uint64_t tx_packets, tx_bytes, tx_errors;
};

struct dp_result {
	enum dp_request request;
	struct handle handle;
	int err;	 /* 0 or -errno; -EEXIST: the id is taken by another L2TP user */
	const char *why; /* for the log when err is set; may be NULL */
	int channel;	 /* DP_SESSION_CREATE: a PPPoX socket for the PPP provider, now the
			    engine's; -1 none */
	struct dp_counters counters; /* DP_SESSION_COUNTERS */
};

struct datapath {
	const char *name;
	/* It takes over a tunnel's socket: each tunnel needs one of its own. */
	bool wants_socket;
	/* Data of a second tunnel between the same addresses and ports would be lost. */
	bool one_tunnel_per_flow;
	/* It carries PPP. */
	bool has_channels;
	void (*tunnel_probe)(struct datapath *, struct handle, uint16_t tunnel_id);
	void (*tunnel_create)(struct datapath *, const struct dp_tunnel *);
	/* Checksums anew; nothing comes back. */
	void (*tunnel_modify)(struct datapath *, const struct dp_tunnel *);
	void (*tunnel_delete)(struct datapath *, struct handle);
	void (*session_create)(struct datapath *, const struct dp_session *);
	/* Sequence numbers and reordering anew; the rest is as it was. */
	void (*session_modify)(struct datapath *, const struct dp_session *);
	void (*session_delete)(struct datapath *, struct handle);
	void (*session_counters)(struct datapath *, struct handle);
	/* Closes a channel that no PPP provider took. */
	void (*channel_close)(struct datapath *, int channel);
};

#endif
