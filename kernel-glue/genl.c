/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/genl.h"

#include "kernel-glue/nl.h"
#include "lib/text.h"

#include <errno.h>
#include <linux/l2tp.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>

struct genl {
	struct nl nl;
	int family;
};

/* --- answers --------------------------------------------------------------------- */

static uint64_t count(struct nlattr *const a[], int type)
{
	return a[type] && nla_len(a[type]) >= 8 ? nla_get_u64(a[type]) : 0;
}

static void read_counters(struct nlattr *stats, struct dp_counters *c)
{
	struct nlattr *a[L2TP_ATTR_STATS_MAX + 1];

	if (nla_parse_nested(a, L2TP_ATTR_STATS_MAX, stats, NULL) < 0)
		return;
	c->tx_packets = count(a, L2TP_ATTR_TX_PACKETS);
	c->tx_bytes = count(a, L2TP_ATTR_TX_BYTES);
	c->tx_errors = count(a, L2TP_ATTR_TX_ERRORS);
	c->rx_packets = count(a, L2TP_ATTR_RX_PACKETS);
	c->rx_bytes = count(a, L2TP_ATTR_RX_BYTES);
	c->rx_errors = count(a, L2TP_ATTR_RX_ERRORS);
	c->rx_oos = count(a, L2TP_ATTR_RX_OOS_PACKETS);
	c->rx_seq_discards = count(a, L2TP_ATTR_RX_SEQ_DISCARDS);
}

static void take_counters(struct nl_msg *msg, void *arg)
{
	struct nlattr *a[L2TP_ATTR_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, a, L2TP_ATTR_MAX, NULL) == 0 && a[L2TP_ATTR_STATS])
		read_counters(a[L2TP_ATTR_STATS], arg);
}

/* --- requests ---------------------------------------------------------------------- */

static struct nl_msg *request(const struct genl *g, uint8_t command)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0,
				NLM_F_REQUEST | NLM_F_ACK, command, L2TP_GENL_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int transact(struct genl *g, struct nl_msg *msg, int bad)
{
	return nl_transact(&g->nl, msg, bad, NULL, NULL);
}

int genl_tunnel_get(struct genl *g, uint16_t tunnel_id)
{
	struct nl_msg *msg = request(g, L2TP_CMD_TUNNEL_GET);

	if (!msg)
		return -ENOMEM;
	return transact(g, msg, nla_put_u32(msg, L2TP_ATTR_CONN_ID, tunnel_id));
}

int genl_tunnel_create(struct genl *g, uint16_t tunnel_id, uint16_t peer_tunnel_id, int udp_socket)
{
	struct nl_msg *msg = request(g, L2TP_CMD_TUNNEL_CREATE);
	int bad;

	if (!msg)
		return -ENOMEM;
	bad = nla_put_u32(msg, L2TP_ATTR_CONN_ID, tunnel_id);
	bad |= nla_put_u32(msg, L2TP_ATTR_PEER_CONN_ID, peer_tunnel_id);
	bad |= nla_put_u8(msg, L2TP_ATTR_PROTO_VERSION, 2);
	bad |= nla_put_u16(msg, L2TP_ATTR_ENCAP_TYPE, L2TP_ENCAPTYPE_UDP);
	bad |= nla_put_u32(msg, L2TP_ATTR_FD, (uint32_t)udp_socket);
	return transact(g, msg, bad);
}

int genl_tunnel_delete(struct genl *g, uint16_t tunnel_id)
{
	struct nl_msg *msg = request(g, L2TP_CMD_TUNNEL_DELETE);

	if (!msg)
		return -ENOMEM;
	return transact(g, msg, nla_put_u32(msg, L2TP_ATTR_CONN_ID, tunnel_id));
}

static int put_sequencing(struct nl_msg *msg, const struct dp_session *s)
{
	int bad = nla_put_u8(msg, L2TP_ATTR_SEND_SEQ, s->send_seq);

	bad |= nla_put_u8(msg, L2TP_ATTR_RECV_SEQ, s->recv_seq);
	bad |= nla_put_u8(msg, L2TP_ATTR_LNS_MODE, s->lns);
	bad |= nla_put_u64(msg, L2TP_ATTR_RECV_TIMEOUT, s->reorder_ms);
	return bad;
}

static int put_session_ids(struct nl_msg *msg, uint16_t tunnel_id, uint16_t session_id)
{
	return nla_put_u32(msg, L2TP_ATTR_CONN_ID, tunnel_id) |
	       nla_put_u32(msg, L2TP_ATTR_SESSION_ID, session_id);
}

int genl_session_create(struct genl *g, const struct dp_session *s)
{
	struct nl_msg *msg = request(g, L2TP_CMD_SESSION_CREATE);
	int bad;

	if (!msg)
		return -ENOMEM;
	bad = put_session_ids(msg, s->handle.tunnel_id, s->handle.session_id);
	bad |= nla_put_u32(msg, L2TP_ATTR_PEER_SESSION_ID, s->peer_session_id);
	bad |= nla_put_u16(msg, L2TP_ATTR_PW_TYPE, L2TP_PWTYPE_PPP);
	bad |= put_sequencing(msg, s);
	return transact(g, msg, bad);
}

int genl_session_modify(struct genl *g, const struct dp_session *s)
{
	struct nl_msg *msg = request(g, L2TP_CMD_SESSION_MODIFY);

	if (!msg)
		return -ENOMEM;
	return transact(g, msg,
			put_session_ids(msg, s->handle.tunnel_id, s->handle.session_id) |
				put_sequencing(msg, s));
}

int genl_session_delete(struct genl *g, uint16_t tunnel_id, uint16_t session_id)
{
	struct nl_msg *msg = request(g, L2TP_CMD_SESSION_DELETE);

	if (!msg)
		return -ENOMEM;
	return transact(g, msg, put_session_ids(msg, tunnel_id, session_id));
}

int genl_session_counters(struct genl *g, uint16_t tunnel_id, uint16_t session_id,
			  struct dp_counters *out)
{
	struct nl_msg *msg = request(g, L2TP_CMD_SESSION_GET);

	if (!msg)
		return -ENOMEM;
	*out = (struct dp_counters){ 0 };
	return nl_transact(&g->nl, msg, put_session_ids(msg, tunnel_id, session_id), take_counters,
			   out);
}

/* --- life ----------------------------------------------------------------------------- */

struct genl *genl_new(char **why)
{
	struct genl *g = calloc(1, sizeof(*g));
	struct nl_sock *sock = g ? nl_socket_alloc() : NULL;

	if (!sock || genl_connect(sock) < 0) {
		why_set(why, EIO, "cannot open a generic netlink socket");
		if (sock)
			nl_socket_free(sock);
		free(g);
		return NULL;
	}
	g->family = genl_ctrl_resolve(sock, L2TP_GENL_NAME);
	nl_init(&g->nl, sock);
	if (g->family >= 0)
		return g;
	why_set(why, ENODEV, "the kernel has no L2TP: modprobe l2tp_netlink l2tp_ppp");
	genl_free(g);
	return NULL;
}

void genl_free(struct genl *g)
{
	if (!g)
		return;
	nl_shut(&g->nl);
	free(g);
}
