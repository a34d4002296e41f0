/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * info.c - what is shown of tunnels, sessions and the whole: read-only rows
 * over snapshots.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
#define ROW(type, member, text) { .name = #member, FIELD(type, member), .help = text }
#define ROW_AS(type, member, as, text) { .name = as, FIELD(type, member), .help = text }
#define ROW_TIME(type, member, as, text)                                                           \
	{ .name = as, FIELD(type, member), .flags = PARAM_TIME, .help = text }
#define ROW_S(type, member, as, text) { .name = as, FIELD(type, member), .unit = "s", .help = text }

static const struct param tunnel_info_rows[] = {
	ROW(tunnel_info, tunnel_id, "Our tunnel id"),
	ROW(tunnel_info, tunnel_name, "Administrative name"),
	ROW(tunnel_info, state, "State of the control connection"),
	ROW(tunnel_info, origin, "Who opened it: local or remote"),
	ROW_AS(tunnel_info, local_text, "local", "Our address and port"),
	ROW_AS(tunnel_info, peer_text, "peer", "The peer's address and port"),
	ROW(tunnel_info, peer_tunnel_id, "The peer's tunnel id"),
	ROW(tunnel_info, peer_host_name, "Host Name that the peer told"),
	ROW(tunnel_info, peer_vendor_name, "Vendor Name that the peer told"),
	ROW(tunnel_info, peer_firmware, "Firmware Revision that the peer told"),
	{ .name = "peer_framing_caps", FIELD(tunnel_info, peer_framing), .flags = PARAM_FLAGS,
	  .words = conf_framing_words, .help = "Framing that the peer can do" },
	{ .name = "peer_bearer_caps", FIELD(tunnel_info, peer_bearer), .flags = PARAM_FLAGS,
	  .words = conf_bearer_words, .help = "Bearers that the peer has" },
	ROW(tunnel_info, authenticated, "Whether the peer showed that it knows the secret"),
	ROW(tunnel_info, peer_window, "Receive window of the peer that we use"),
	ROW(tunnel_info, sessions, "Sessions in the tunnel"),
	ROW_S(tunnel_info, uptime_s, "uptime", "Time since it came up"),
	ROW_TIME(tunnel_info, up_since_s, "up_since", "When it came up"),
	{ .name = "attempts", FIELD(tunnel_info, attempts), .flags = PARAM_NO_ZERO,
	  .help = "Attempts that failed since it was last up, or since the network changed" },
	{ .name = "next_try", FIELD(tunnel_info, next_try_s), .flags = PARAM_NO_ZERO, .unit = "s",
	  .help = "Time until it is tried again" },
	ROW(tunnel_info, last_failure, "Why the last attempt failed"),
};

static const struct param transport_info_rows[] = {
	ROW(tunnel_info, ns, "Number of the next message that we send"),
	ROW(tunnel_info, nr, "Number of the next message that we expect"),
	ROW(tunnel_info, cwnd, "Congestion window, in messages"),
	ROW(tunnel_info, ssthresh, "Slow start threshold"),
	ROW(tunnel_info, unacked, "Messages sent and not acknowledged"),
	ROW(tunnel_info, queued, "Messages waiting to be sent"),
	ROW(tunnel_info, tx_messages, "Messages sent, repetitions included"),
	ROW(tunnel_info, tx_zlb, "Acknowledgements sent alone (ZLB)"),
	ROW(tunnel_info, tx_retransmits, "Messages sent again"),
	ROW(tunnel_info, rx_messages, "Messages received in sequence"),
	ROW(tunnel_info, rx_zlb, "Acknowledgements received alone (ZLB)"),
	ROW(tunnel_info, rx_duplicates, "Messages received again"),
	ROW(tunnel_info, rx_early, "Messages received before their turn, and kept"),
	ROW(tunnel_info, rx_discarded, "Messages discarded: outside of the window"),
};

static const struct param session_info_rows[] = {
	ROW(session_info, tunnel_id, "Our tunnel id"),
	ROW(session_info, session_id, "Our session id"),
	ROW(session_info, tunnel_name, "Administrative name of the tunnel"),
	ROW(session_info, session_name, "Administrative name"),
	ROW(session_info, state, "State of the call"),
	ROW(session_info, origin, "Who called: local or remote"),
	ROW(session_info, peer_session_id, "The peer's session id"),
	ROW_AS(session_info, ppp_state, "ppp", "State of the PPP link"),
	ROW(session_info, interface, "PPP interface"),
	ROW_AS(session_info, local, "local_address", "Our address on the link"),
	ROW_AS(session_info, remote, "peer_address", "The peer's address on the link"),
	ROW_AS(session_info, prefix, "ipv6_prefix", "IPv6 prefix that is routed to the peer"),
	ROW(session_info, user, "User that the peer authenticated as"),
	ROW_S(session_info, uptime_s, "uptime", "Time since it came up"),
	ROW_TIME(session_info, up_since_s, "up_since", "When it came up"),
	ROW_S(session_info, ppp_uptime_s, "ppp_uptime", "Time since the link came up"),
	ROW_TIME(session_info, ppp_since_s, "ppp_up_since", "When the link came up"),
};

static const struct param session_counter_rows[] = {
	ROW(session_info, rx_packets, "Data packets received"),
	ROW(session_info, rx_bytes, "Bytes received"),
	ROW(session_info, rx_errors, "Packets with errors received"),
	ROW(session_info, rx_oos, "Packets received out of sequence"),
	ROW(session_info, rx_seq_discards, "Packets discarded for their sequence number"),
	ROW(session_info, tx_packets, "Data packets sent"),
	ROW(session_info, tx_bytes, "Bytes sent"),
	ROW(session_info, tx_errors, "Packets that could not be sent"),
};

static const struct param engine_stats_rows[] = {
	ROW(engine_stats, tunnels, "Tunnels now"),
	ROW(engine_stats, tunnels_up, "Tunnels that are up"),
	ROW(engine_stats, sessions, "Sessions now"),
	ROW(engine_stats, sessions_up, "Sessions that are up"),
	ROW(engine_stats, tunnels_made, "Tunnels that came up"),
	ROW(engine_stats, sessions_made, "Sessions that came up"),
	ROW(engine_stats, tunnels_failed, "Tunnels that did not come up"),
	ROW(engine_stats, sessions_failed, "Sessions that did not come up"),
	ROW(engine_stats, rx_datagrams, "Datagrams received"),
	ROW(engine_stats, rx_malformed, "Datagrams with a malformed header"),
	ROW(engine_stats, rx_version, "Datagrams of another L2TP version"),
	ROW(engine_stats, rx_data, "Data packets that no session wanted"),
	ROW(engine_stats, rx_no_tunnel, "Messages for no tunnel"),
	ROW(engine_stats, rx_wrong_peer, "Messages for a tunnel, not from its peer"),
	ROW(engine_stats, rx_bad_messages, "Messages that were wrong"),
	ROW(engine_stats, rx_ignored_messages, "Unknown messages that were not mandatory"),
	ROW(engine_stats, rx_unexpected, "Messages that do not fit the state"),
	ROW(engine_stats, rx_ignored_avps, "AVPs that were skipped"),
	ROW(engine_stats, rx_refused, "Tunnels and calls refused"),
	ROW(engine_stats, tx_errors, "Messages that could not be made"),
	ROW(engine_stats, half_open, "Tunnels that peers began and have not finished, now"),
	ROW(engine_stats, half_open_dropped, "Half-open tunnels that gave way to newer ones"),
	ROW(engine_stats, auth_failed, "Tunnels refused to peers that are not who they should be"),
	ROW(engine_stats, ties, "Tunnels of peers that lost to our tie breaker"),
	ROW(engine_stats, rx_stopped, "Messages for no tunnel that were answered with StopCCN"),
	ROW(engine_stats, limits, "Times that a limit kept somebody from something"),
	ROW(engine_stats, pool_exhausted, "Links without an address, since their pool was empty"),
	ROW(engine_stats, ppp_up, "PPP links that are up"),
	ROW(engine_stats, ppp_starting, "PPP links that are starting"),
	ROW(engine_stats, ppp_waiting, "PPP links that wait to be started (max_ppp_starts)"),
	ROW(engine_stats, ppp_made, "PPP links that came up"),
	ROW(engine_stats, ppp_failed, "PPP links that did not come up"),
	ROW(engine_stats, ppp_auth_failed, "PPP links whose ends did not accept each other's name and password"),
	ROW(engine_stats, tx_messages, "Messages sent, repetitions included"),
	ROW(engine_stats, tx_retransmits, "Messages sent again"),
	ROW(engine_stats, tx_zlb, "Acknowledgements sent alone (ZLB)"),
	ROW(engine_stats, rx_zlb, "Acknowledgements received alone (ZLB)"),
	ROW(engine_stats, rx_duplicates, "Messages received again"),
	ROW(engine_stats, rx_discarded, "Messages discarded: outside of the window"),
};

#define MESSAGE(type, as)                                                                          \
	{ .name = "tx_" as, FIELD(message_stats, tx[type]), .help = "Messages sent: " as },        \
	{ .name = "rx_" as, FIELD(message_stats, rx[type]), .help = "Messages received: " as }

static const struct param message_stats_rows[] = {
	MESSAGE(MSG_SCCRQ, "sccrq"), MESSAGE(MSG_SCCRP, "sccrp"), MESSAGE(MSG_SCCCN, "scccn"),
	MESSAGE(MSG_STOPCCN, "stopccn"), MESSAGE(MSG_HELLO, "hello"), MESSAGE(MSG_OCRQ, "ocrq"),
	MESSAGE(MSG_OCRP, "ocrp"), MESSAGE(MSG_OCCN, "occn"), MESSAGE(MSG_ICRQ, "icrq"),
	MESSAGE(MSG_ICRP, "icrp"), MESSAGE(MSG_ICCN, "iccn"), MESSAGE(MSG_CDN, "cdn"),
	MESSAGE(MSG_WEN, "wen"), MESSAGE(MSG_SLI, "sli"), MESSAGE(MSG_CSUN, "csun"),
	MESSAGE(MSG_CSURQ, "csurq"),
};

_Static_assert((int)MSG_COUNT <= (int)ENGINE_MESSAGE_TYPES, "a place for each message");

static const struct param pool_info_rows[] = {
	ROW(pool_info, used, "Addresses that somebody holds"),
	ROW(pool_info, free, "Addresses that are free"),
};
/* clang-format on */

const struct param_table tunnel_info_params = PARAM_TABLE(tunnel_info_rows, tunnel_info);
const struct param_table transport_info_params = PARAM_TABLE(transport_info_rows, tunnel_info);
const struct param_table session_info_params = PARAM_TABLE(session_info_rows, session_info);
const struct param_table session_counter_params = PARAM_TABLE(session_counter_rows, session_info);
const struct param_table engine_stats_params = PARAM_TABLE(engine_stats_rows, engine_stats);
const struct param_table message_stats_params = PARAM_TABLE(message_stats_rows, message_stats);
const struct param_table pool_info_params = PARAM_TABLE(pool_info_rows, pool_info);

/* Shown text is not written to; the rows' type has no const. */
static char *word(const char *s)
{
	return (char *)(uintptr_t)s;
}

static char *filled(char *s)
{
	return s && *s ? s : NULL;
}

static void transport_info(const struct xport *x, struct tunnel_info *info)
{
	info->ns = x->ns;
	info->nr = x->nr;
	info->cwnd = x->cwnd;
	info->ssthresh = x->ssthresh;
	info->unacked = x->sent.count;
	info->queued = x->unsent;
	info->peer_window = x->peer_window;
	info->tx_messages = x->stats.tx_messages;
	info->tx_zlb = x->stats.tx_zlb;
	info->tx_retransmits = x->stats.tx_retransmits;
	info->rx_messages = x->stats.rx_messages;
	info->rx_zlb = x->stats.rx_zlb;
	info->rx_duplicates = x->stats.rx_duplicates;
	info->rx_early = x->stats.rx_early;
	info->rx_discarded = x->stats.rx_discarded;
}

int tunnel_get_info(const struct engine *e, uint16_t id, struct tunnel_info *info)
{
	const struct tunnel *t = engine_tunnel(e, id);

	*info = (struct tunnel_info){ 0 };
	if (!t)
		return -ENOENT;
	info->tunnel_id = t->node.id;
	info->peer_tunnel_id = t->peer_tunnel_id;
	info->tunnel_name = t->conf.tunnel_name;
	info->state = word(tunnel_state_text(t));
	info->origin = word(t->local_origin ? "local" : "remote");
	if (t->local.addr.family)
		info->local_text = word(endpoint_text(&t->local, info->local));
	if (t->peer.addr.family)
		info->peer_text = word(endpoint_text(&t->peer, info->peer));
	info->peer_host_name = filled(t->peer_host_name);
	info->peer_vendor_name = filled(t->peer_vendor_name);
	info->peer_firmware = t->peer_firmware;
	info->peer_framing = t->peer_framing;
	info->peer_bearer = t->peer_bearer;
	info->attempts = t->attempts;
	info->last_failure = t->last_failure;
	if (t->fsm.state == TUNNEL_ST_RETRY_WAIT && t->timer.at_ms > e->timers.now_ms)
		info->next_try_s = (t->timer.at_ms - e->timers.now_ms + 999) / 1000;
	info->authenticated = t->authenticated;
	info->up = t->was_up;
	info->sessions = t->sessions.count;
	info->uptime_s = t->was_up ? (e->timers.now_ms - t->up_ms) / 1000 : 0;
	info->lingering = t->lingering;
	transport_info(&t->xport, info);
	return 0;
}

static const char *ppp_state(const struct session *s)
{
	return s->ppp			   ? "up"
	       : s->ppp_running		   ? "starting"
	       : !list_empty(&s->by_start) ? "waiting"
					   : "none";
}

int session_get_info(const struct engine *e, uint16_t tunnel_id, uint16_t session_id,
		     struct session_info *info)
{
	const struct session *s = engine_session(e, tunnel_id, session_id);

	*info = (struct session_info){ 0 };
	if (!s)
		return -ENOENT;
	info->tunnel_id = tunnel_id;
	info->session_id = session_id;
	info->peer_session_id = s->peer_session_id;
	info->session_name = s->conf.session_name;
	info->tunnel_name = s->tunnel->conf.tunnel_name;
	info->state = word(session_state_text(s));
	info->origin = word(s->local_origin ? "local" : "remote");
	info->ppp_state = word(ppp_state(s));
	info->uptime_s = s->was_up ? (e->timers.now_ms - s->up_ms) / 1000 : 0;
	info->up = s->was_up;
	info->ppp_up = s->ppp != NULL;
	if (s->ppp) {
		info->ppp_uptime_s = (e->timers.now_ms - s->ppp_up_ms) / 1000;
		info->interface = s->ppp->interface;
		info->local = s->ppp->local;
		info->remote = s->ppp->remote;
		info->user = filled(s->ppp->user);
	}
	if (s->prefix.pool) {
		struct network prefix = session_prefix(s);

		info->prefix = (char *)(uintptr_t)network_text(&prefix, info->prefix_text);
	}
	return 0;
}

struct network session_prefix(const struct session *s)
{
	struct network none = { 0 };

	return s ? (struct network){ s->prefix.addr, s->prefix.bits } : none;
}

int engine_link(const struct engine *e, struct handle handle, struct engine_link *out)
{
	const struct session *s = engine_session_by_handle(e, handle);

	*out = (struct engine_link){ 0 };
	if (!s || !s->ppp)
		return -ENOENT;
	out->up = s->ppp;
	out->session = &s->conf;
	out->peer = s->tunnel->peer.addr;
	out->prefix = session_prefix(s);
	return peer_ppp_conf(s, &out->ppp);
}

void engine_link_free(struct engine_link *link)
{
	param_free(&ppp_params, &link->ppp);
}

void session_info_counters(struct session_info *info, const struct dp_counters *c)
{
	info->rx_packets = c->rx_packets;
	info->rx_bytes = c->rx_bytes;
	info->rx_errors = c->rx_errors;
	info->rx_oos = c->rx_oos;
	info->rx_seq_discards = c->rx_seq_discards;
	info->tx_packets = c->tx_packets;
	info->tx_bytes = c->tx_bytes;
	info->tx_errors = c->tx_errors;
}

/* What a peer may tell of a call, in the order in which it is shown. */
static const struct {
	enum avp avp;
	const char *name, *unit;
	const char *like; /* the session's parameter whose words its numbers are shown in */
} told[] = {
	{ AVP_CALL_SERIAL_NUMBER, "call_serial_number", NULL, NULL },
	{ AVP_CALLED_NUMBER, "peer_called_number", NULL, NULL },
	{ AVP_CALLING_NUMBER, "peer_calling_number", NULL, NULL },
	{ AVP_SUB_ADDRESS, "peer_sub_address", NULL, NULL },
	{ AVP_MINIMUM_BPS, "peer_minimum_bps", "bit/s", NULL },
	{ AVP_MAXIMUM_BPS, "peer_maximum_bps", "bit/s", NULL },
	{ AVP_BEARER_TYPE, "peer_bearer_type", NULL, "bearer_type" },
	{ AVP_FRAMING_TYPE, "peer_framing_type", NULL, "framing_type" },
	{ AVP_TX_CONNECT_SPEED, "peer_tx_speed", "bit/s", NULL },
	{ AVP_RX_CONNECT_SPEED, "peer_rx_speed", "bit/s", NULL },
	{ AVP_PHYSICAL_CHANNEL_ID, "peer_physical_channel", NULL, NULL },
	{ AVP_PRIVATE_GROUP_ID, "peer_priv_group_id", NULL, NULL },
	{ AVP_SEQUENCING_REQUIRED, "peer_sequencing_required", NULL, NULL },
	{ AVP_SESSION_DS, "peer_session_ds", NULL, NULL },
	{ AVP_INITIAL_RECEIVED_LCP_CONFREQ, "peer_initial_rcvd_lcp_confreq", NULL, NULL },
	{ AVP_LAST_SENT_LCP_CONFREQ, "peer_last_sent_lcp_confreq", NULL, NULL },
	{ AVP_LAST_RECEIVED_LCP_CONFREQ, "peer_last_rcvd_lcp_confreq", NULL, NULL },
	{ AVP_PROXY_AUTHEN_TYPE, "peer_proxy_auth_type", NULL, "proxy_auth_type" },
	{ AVP_PROXY_AUTHEN_NAME, "peer_proxy_auth_name", NULL, NULL },
	{ AVP_PROXY_AUTHEN_CHALLENGE, "peer_proxy_auth_challenge", NULL, NULL },
	{ AVP_PROXY_AUTHEN_ID, "peer_proxy_auth_id", NULL, NULL },
	{ AVP_PROXY_AUTHEN_RESPONSE, "peer_proxy_auth_response", NULL, NULL },
	{ AVP_LCP_WANT_OPTIONS, "peer_lcp_want_options", NULL, NULL },
	{ AVP_LCP_ALLOW_OPTIONS, "peer_lcp_allow_options", NULL, NULL },
	{ AVP_LNS_LAST_SENT_LCP_CONFREQ, "peer_lns_last_sent_lcp_confreq", NULL, NULL },
	{ AVP_LNS_LAST_RECEIVED_LCP_CONFREQ, "peer_lns_last_rcvd_lcp_confreq", NULL, NULL },
	{ AVP_ACCM, "peer_accm", NULL, NULL },
	{ AVP_CALL_ERRORS, "call_errors", NULL, NULL },
	{ AVP_CONNECT_SPEED_UPDATE_ENABLE, "peer_speed_updates", NULL, NULL },
	{ AVP_AGENT_CIRCUIT_ID, "line_circuit_id", NULL, NULL },
	{ AVP_AGENT_REMOTE_ID, "line_remote_id", NULL, NULL },
	{ AVP_ACTUAL_RATE_UP, "line_actual_up", "bit/s", NULL },
	{ AVP_ACTUAL_RATE_DOWN, "line_actual_down", "bit/s", NULL },
	{ AVP_MINIMUM_RATE_UP, "line_minimum_up", "bit/s", NULL },
	{ AVP_MINIMUM_RATE_DOWN, "line_minimum_down", "bit/s", NULL },
	{ AVP_ATTAINABLE_RATE_UP, "line_attainable_up", "bit/s", NULL },
	{ AVP_ATTAINABLE_RATE_DOWN, "line_attainable_down", "bit/s", NULL },
	{ AVP_MAXIMUM_RATE_UP, "line_maximum_up", "bit/s", NULL },
	{ AVP_MAXIMUM_RATE_DOWN, "line_maximum_down", "bit/s", NULL },
	{ AVP_MINIMUM_LOW_POWER_RATE_UP, "line_low_power_up", "bit/s", NULL },
	{ AVP_MINIMUM_LOW_POWER_RATE_DOWN, "line_low_power_down", "bit/s", NULL },
	{ AVP_MAXIMUM_DELAY_UP, "line_maximum_delay_up", "ms", NULL },
	{ AVP_ACTUAL_DELAY_UP, "line_actual_delay_up", "ms", NULL },
	{ AVP_MAXIMUM_DELAY_DOWN, "line_maximum_delay_down", "ms", NULL },
	{ AVP_ACTUAL_DELAY_DOWN, "line_actual_delay_down", "ms", NULL },
	{ AVP_ACCESS_LOOP_ENCAPSULATION, "line_encapsulation", NULL, NULL },
	{ AVP_ACCESS_LINE_TYPE, "line_type", NULL, NULL },
	{ AVP_IWF_SESSION, "line_iwf", NULL, NULL },
};

/* A number that we do not know stays one. */
static struct value in_words(const char *like, struct value v)
{
	const struct param *p = &session_params.row[param_find(&session_params, like)];
	struct text t = TEXT_INIT;

	for (const struct param_word *w = p->words; w->name; w++) {
		bool fits = p->flags & PARAM_FLAGS ? w->value && (v.number & w->value) == w->value
						   : v.number == w->value;

		if (fits && !w->alias)
			text_addf(&t, "%s%s", t.len ? "," : "", w->name);
	}
	if (t.len)
		v = (struct value){ .kind = VALUE_TEXT, .text = text_take(&t) };
	text_free(&t);
	return v;
}

bool session_told(const struct engine *e, uint16_t tunnel_id, uint16_t session_id, unsigned i,
		  const char **name, const char **unit, struct value *v)
{
	const struct session *s = engine_session(e, tunnel_id, session_id);

	if (!s || i >= sizeof(told) / sizeof(told[0]))
		return false;
	*name = told[i].name;
	*unit = told[i].unit;
	*v = facts_value(&s->facts, told[i].avp);
	if (told[i].like && v->kind == VALUE_UNSIGNED)
		*v = in_words(told[i].like, *v);
	return true;
}

const struct tunnel_conf *tunnel_get_conf(const struct engine *e, uint16_t id)
{
	const struct tunnel *t = engine_tunnel(e, id);

	return t ? &t->conf : NULL;
}

const struct session_conf *session_get_conf(const struct engine *e, uint16_t tunnel_id,
					    uint16_t session_id)
{
	const struct session *s = engine_session(e, tunnel_id, session_id);

	return s ? &s->conf : NULL;
}

bool tunnel_is_local(const struct engine *e, uint16_t id)
{
	const struct tunnel *t = engine_tunnel(e, id);

	return t && t->local_origin;
}

bool session_is_local(const struct engine *e, uint16_t tunnel_id, uint16_t session_id)
{
	const struct session *s = engine_session(e, tunnel_id, session_id);

	return s && s->local_origin;
}

bool tunnel_is_ending(const struct engine *e, uint16_t id)
{
	const struct tunnel *t = engine_tunnel(e, id);

	return t && (t->fsm.state == TUNNEL_ST_GONE ||
		     (t->fsm.state == TUNNEL_ST_CLOSING && !tunnel_returns(t)));
}

bool session_is_ending(const struct engine *e, struct handle h)
{
	const struct session *s = engine_session(e, h.tunnel_id, h.session_id);

	return s && (s->fsm.state == SESSION_ST_GONE ||
		     (s->fsm.state == SESSION_ST_CLOSING && !session_returns(s)));
}

uint16_t tunnel_from(const struct engine *e, uint32_t from)
{
	struct idmap_node *n;

	while ((n = idmap_from(&e->tunnels, from))) {
		if (!container_of(n, struct tunnel, node)->lingering)
			return n->id;
		from = n->id + 1u;
	}
	return 0;
}

bool session_from(const struct engine *e, uint32_t tunnel_id, uint32_t session_id,
		  struct handle *handle)
{
	struct idmap_node *tn;

	for (; (tn = idmap_from(&e->tunnels, tunnel_id)); tunnel_id = tn->id + 1u) {
		const struct tunnel *t = container_of(tn, struct tunnel, node);
		struct idmap_node *sn =
			idmap_from(&t->sessions, tn->id == tunnel_id ? session_id : 0);

		if (sn) {
			*handle = session_handle(container_of(sn, struct session, node));
			return true;
		}
		session_id = 0;
	}
	return false;
}

void session_counters(struct engine *e, uint16_t tunnel_id, uint16_t session_id,
		      void (*done)(void *arg, const struct dp_counters *counters), void *arg)
{
	struct session *s = engine_session(e, tunnel_id, session_id);
	struct datapath *dp = e->host.datapath;

	if (!s || !s->datapath_up || s->datapath_busy || s->counters_done) {
		done(arg, NULL);
		return;
	}
	engine_enter(e);
	s->counters_done = done;
	s->counters_arg = arg;
	dp->session_counters(dp, session_handle(s));
	engine_leave(e);
}

/* --- where values come from ------------------------------------------------------------ */

static void origin_words(const struct origins *o, bool own, unsigned row, const char *kind,
			 const char *named, struct text *out)
{
	uint64_t bit = UINT64_C(1) << row;

	if (own)
		text_addf(out, "the %s itself", kind);
	else if (o->named & bit)
		text_addf(out, "%s profile %s", kind, named ? named : "?");
	else if (o->peers & bit)
		text_addf(out, "%s profile %s, of the peer", kind, o->peers_name);
	else if (o->standard & bit)
		text_addf(out, "%s profile default", kind);
	else
		text_add(out, "built-in default");
}

void tunnel_origin(const struct engine *e, uint16_t id, unsigned row, struct text *out)
{
	const struct tunnel *t = engine_tunnel(e, id);

	if (!t)
		return;
	if (t->traces_system && (int)row == param_find(&tunnel_params, "trace_flags"))
		text_add(out, "system");
	else
		origin_words(&t->origins, param_is_set(&t->conf, row), row, "tunnel",
			     t->conf.profile_name, out);
}

void session_origin(const struct engine *e, uint16_t tunnel_id, uint16_t session_id, unsigned row,
		    struct text *out)
{
	const struct session *s = engine_session(e, tunnel_id, session_id);

	if (!s)
		return;
	if (s->traces_tunnel && (int)row == param_find(&session_params, "trace_flags"))
		text_add(out, "the tunnel");
	else
		origin_words(&s->origins, param_is_set(&s->conf, row), row, "session",
			     s->conf.profile_name, out);
}

/* --- sums -------------------------------------------------------------------------------- */

uint32_t engine_population(const struct engine *e)
{
	return e->tunnel_count + e->session_count;
}

const struct message_stats *engine_message_stats(const struct engine *e)
{
	return &e->messages;
}

void engine_get_stats(const struct engine *e, struct engine_stats *stats)
{
	struct idmap_node *n;

	*stats = e->stats;
	idmap_for_each (n, &e->tunnels)
		tunnel_channel_count(&container_of(n, struct tunnel, node)->xport, stats);
	stats->tunnels = e->tunnel_count;
	stats->sessions = e->session_count;
	stats->half_open = e->half_open_count;
}
