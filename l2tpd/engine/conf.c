/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "l2tpd/engine/conf.h"

#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* clang-format off */
const struct param_word trace_words[] = {
	{ "none", 0, false },
	{ "all", TRACE_ALL, false },
	{ "protocol", TRACE_PROTOCOL, false },
	{ "fsm", TRACE_FSM, false },
	{ "api", TRACE_API, false },
	{ "avp", TRACE_AVP, false },
	{ "avp_hide", TRACE_AVP_HIDE, false },
	{ "avp_data", TRACE_AVP_DATA, false },
	{ "func", TRACE_FUNC, false },
	{ "transport", TRACE_TRANSPORT, false },
	{ "data", TRACE_DATA, false },
	{ "ppp", TRACE_PPP, false },
	{ "system", TRACE_SYSTEM, false },
	{ NULL, 0, false },
};

static const struct param_word lac_lns_words[] = {
	{ "lac", LAC_LNS_LAC, false },
	{ "lns", LAC_LNS_LNS, false },
	{ "laclns", LAC_LNS_BOTH, false },
	{ NULL, 0, false },
};

const struct param_word conf_framing_words[] = {
	{ "none", 0, false },	 { "sync", FRAMING_SYNC, false }, { "async", FRAMING_ASYNC, false },
	{ "any", 3, true },	 { NULL, 0, false },
};

const struct param_word conf_bearer_words[] = {
	{ "none", 0, false },	 { "digital", BEARER_DIGITAL, false },
	{ "analog", BEARER_ANALOG, false }, { "any", 3, true },	 { NULL, 0, false },
};

static const struct param_word session_type_words[] = {
	{ "laic", SESSION_LAIC, false },
	{ "laoc", SESSION_LAOC, false },
	{ "lnic", SESSION_LNIC, false },
	{ "lnoc", SESSION_LNOC, false },
	{ NULL, 0, false },
};

static const struct param_word auth_mode_words[] = {
	{ "none", AUTH_NONE, false },
	{ "simple", AUTH_SIMPLE, false },
	{ "challenge", AUTH_CHALLENGE, false },
	{ NULL, 0, false },
};

static const struct param_word proxy_words[] = {
	{ "none", PROXY_NONE, false },	 { "text", PROXY_TEXT, false },
	{ "chap", PROXY_CHAP, false },	 { "pap", PROXY_PAP, false },
	{ "mschap", PROXY_MSCHAP, false }, { NULL, 0, false },
};

static const struct param_word by_role_words[] = {
	{ "no", BY_ROLE_NO, false },  { "yes", BY_ROLE_YES, false }, { "default", BY_ROLE_DEFAULT, false },
	{ "off", BY_ROLE_NO, true },  { "on", BY_ROLE_YES, true },   { "false", BY_ROLE_NO, true },
	{ "true", BY_ROLE_YES, true }, { "0", BY_ROLE_NO, true },    { "1", BY_ROLE_YES, true },
	{ NULL, 0, false },
};

static const struct param_word sync_mode_words[] = {
	{ "sync", SYNC_MODE_SYNC, false }, { "async", SYNC_MODE_ASYNC, false },
	{ "any", SYNC_MODE_ANY, false }, { NULL, 0, false },
};

static const struct param_word same_user_words[] = {
	{ "any", SAME_USER_ANY, false }, { "refuse", SAME_USER_REFUSE, false },
	{ "replace", SAME_USER_REPLACE, false }, { NULL, 0, false },
};

#define NAME_MAX_BYTES 63

#define TRACE_ROW(type)                                                                            \
	{ .name = "trace_flags", FIELD(type, trace_flags), .flags = PARAM_FLAGS,                   \
	  .words = trace_words, .help = "What to trace" }

static const struct param_word datapath_words[] = {
	{ "kernel", DATAPATH_KERNEL, false },
	{ "none", DATAPATH_NONE, false },
	{ NULL, 0, false },
};

static const struct param system_rows[] = {
	{ .name = "udp_port", FIELD(system_conf, udp_port), .flags = PARAM_CREATE, .min = 1,
	  .max = 65535, .dflt = 1701, .help = "Port listened on for new tunnels" },
	TRACE_ROW(system_conf),
	{ .name = "max_tunnels", FIELD(system_conf, max_tunnels),
	  .help = "Most tunnels at a time; 0: as many as ids allow" },
	{ .name = "max_sessions", FIELD(system_conf, max_sessions),
	  .help = "Most sessions at a time; 0: as many as ids allow" },
	{ .name = "drain_tunnels", FIELD(system_conf, drain_tunnels),
	  .help = "Keep what is up, refuse what is new" },
	{ .name = "tunnel_establish_timeout", FIELD(system_conf, tunnel_establish_s), .min = 1,
	  .max = 86400, .dflt = 120, .unit = "s", .help = "Give up on a tunnel that takes longer to set up" },
	{ .name = "session_establish_timeout", FIELD(system_conf, session_establish_s), .min = 1,
	  .max = 86400, .dflt = 120, .unit = "s", .help = "Give up on a session that takes longer to set up" },
	{ .name = "tunnel_persist_pend_timeout", FIELD(system_conf, tunnel_persist_pend_s), .min = 1,
	  .max = 86400, .dflt = 300, .unit = "s",
	  .help = "Longest wait before a failed persistent tunnel is tried again; the first ones are shorter" },
	{ .name = "session_persist_pend_timeout", FIELD(system_conf, session_persist_pend_s), .min = 1,
	  .max = 86400, .dflt = 60, .unit = "s",
	  .help = "Wait before a failed session of a persistent tunnel is tried again" },
	{ .name = "deny_local_tunnel_creates", FIELD(system_conf, deny_local_tunnels),
	  .help = "Refuse tunnels made here" },
	{ .name = "deny_remote_tunnel_creates", FIELD(system_conf, deny_remote_tunnels),
	  .help = "Refuse tunnels from the network" },
	{ .name = "reset_statistics", FIELD(system_conf, reset_statistics), .flags = PARAM_ACTION,
	  .help = "Zero the counters" },
	{ .name = "datapath", FIELD(system_conf, datapath), .flags = PARAM_CREATE, .dflt = DATAPATH_KERNEL,
	  .words = datapath_words,
	  .help = "What carries user data: the kernel, or nothing (control plane only; not in OpenL2TP)" },
	{ .name = "half_open_max", FIELD(system_conf, half_open_max), .min = 1, .max = 60000, .dflt = 4096,
	  .help = "Tunnels from the network that may be half open; beyond it the oldest gives way (not in OpenL2TP)" },
	{ .name = "half_open_per_source", FIELD(system_conf, half_open_per_source), .min = 1,
	  .max = 60000, .dflt = 512,
	  .help = "Tunnels from one address that may be half open; beyond it new ones wait (not in OpenL2TP)" },
	{ .name = "event_scripts", FIELD(system_conf, event_scripts), .flags = PARAM_CREATE, .min = 1,
	  .max = 255, .help = "Folder of scripts that are run when something happens (not in OpenL2TP)" },
	{ .name = "max_ppp_starts", FIELD(system_conf, max_ppp_starts), .max = 60000, .dflt = 16,
	  .help = "PPP links that may be starting at a time, the others wait; 0: as many as come (not in OpenL2TP)" },
	{ .name = "management_group", FIELD(system_conf, management_group), .flags = PARAM_CREATE, .min = 1,
	  .max = 32, .help = "Group whose members may manage the daemon, beside root (not in OpenL2TP)" },
	{ .name = "management_readers", FIELD(system_conf, management_readers), .flags = PARAM_CREATE,
	  .min = 1, .max = 32, .help = "Group whose members may look, but change nothing (not in OpenL2TP)" },
};

static const struct param peer_rows[] = {
	{ .name = "profile_name", FIELD(peer_conf, profile_name), .flags = PARAM_KEY, .min = 1,
	  .max = NAME_MAX_BYTES, .help = "Name; a peer whose L2TP host name it is uses the profile" },
	{ .name = "peer_ipaddr", FIELD(peer_conf, peer_ipaddr), .help = "Address of the peers it serves" },
	{ .name = "netmask", FIELD(peer_conf, netmask), .max = ADDR_TEXT,
	  .help = "Which part of peer_ipaddr counts: a mask or a prefix length" },
	{ .name = "peer_port", FIELD(peer_conf, peer_port), .dflt = 1701, .help = "Port of the peers" },
	{ .name = "lac_lns", FIELD(peer_conf, lac_lns), .dflt = LAC_LNS_BOTH, .words = lac_lns_words,
	  .help = "What we may be to these peers" },
	{ .name = "we_can_be_lac", FIELD(peer_conf, lac_lns), .flags = PARAM_BIT, .of = "lac_lns",
	  .dflt = LAC_LNS_LAC, .help = "OpenL2TP's spelling of one half of lac_lns" },
	{ .name = "we_can_be_lns", FIELD(peer_conf, lac_lns), .flags = PARAM_BIT, .of = "lac_lns",
	  .dflt = LAC_LNS_LNS, .help = "OpenL2TP's spelling of the other half of lac_lns" },
	{ .name = "tunnel_profile_name", .alias = { "default_tunnel_profile_name" },
	  FIELD(peer_conf, tunnel_profile_name), .max = NAME_MAX_BYTES, .dflt_text = "default",
	  .help = "Tunnel profile for these peers" },
	{ .name = "session_profile_name", .alias = { "default_session_profile_name" },
	  FIELD(peer_conf, session_profile_name), .max = NAME_MAX_BYTES, .dflt_text = "default",
	  .help = "Session profile for these peers" },
	{ .name = "ppp_profile_name", .alias = { "default_ppp_profile_name" },
	  FIELD(peer_conf, ppp_profile_name), .max = NAME_MAX_BYTES, .dflt_text = "default",
	  .help = "PPP profile for these peers" },
};

static const struct param tunnel_rows[] = {
	{ .name = "profile_name", FIELD(tunnel_conf, profile_name), .flags = PARAM_CREATE, .min = 1,
	  .max = NAME_MAX_BYTES, .help = "Tunnel profile to use; on a profile: its name" },
	{ .name = "dest_ipaddr", .alias = { "peer_addr" }, FIELD(tunnel_conf, dest_ipaddr),
	  .flags = PARAM_CREATE | PARAM_HOST | PARAM_LIST,
	  .help = "Where the peer is; of several the next is tried when one fails" },
	{ .name = "src_ipaddr", .alias = { "our_addr" }, FIELD(tunnel_conf, src_ipaddr),
	  .flags = PARAM_CREATE, .help = "Local address" },
	{ .name = "our_udp_port", FIELD(tunnel_conf, our_udp_port), .flags = PARAM_CREATE,
	  .help = "Local port; 0: any for tunnels made here, the listening port for those from the network" },
	{ .name = "peer_udp_port", .alias = { "udp_port" }, FIELD(tunnel_conf, peer_udp_port),
	  .flags = PARAM_CREATE, .min = 1, .max = 65535, .dflt = 1701, .help = "The peer's port" },
	{ .name = "config_id", FIELD(tunnel_conf, config_id), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .help = "Tells apart several tunnels between one pair of addresses" },
	{ .name = "tunnel_id", FIELD(tunnel_conf, tunnel_id), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .min = 1, .max = 65535, .help = "Our tunnel id; random unless given" },
	{ .name = "tunnel_name", FIELD(tunnel_conf, tunnel_name), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .min = 1, .max = NAME_MAX_BYTES, .help = "Administrative name" },
	{ .name = "host_name", FIELD(tunnel_conf, host_name), .flags = PARAM_CREATE, .min = 1, .max = 255,
	  .help = "Host Name that we tell the peer; the system's unless given" },
	{ .name = "auth_mode", FIELD(tunnel_conf, auth_mode), .flags = PARAM_CREATE,
	  .words = auth_mode_words,
	  .help = "What a peer must be: anybody, one with a peer profile, or one that also proves the secret" },
	{ .name = "secret", FIELD(tunnel_conf, secret), .flags = PARAM_CREATE | PARAM_SECRET,
	  .help = "Secret shared with the peer: for auth_mode=challenge and for hide_avps" },
	{ .name = "hide_avps", FIELD(tunnel_conf, hide_avps), .flags = PARAM_CREATE,
	  .help = "Hide what may be hidden, in every message but SCCRQ; needs a secret" },
	{ .name = "use_tiebreaker", FIELD(tunnel_conf, use_tiebreaker), .flags = PARAM_CREATE,
	  .help = "Have one tunnel alone when both sides open one at a time" },
	{ .name = "allow_ppp_proxy", FIELD(tunnel_conf, allow_ppp_proxy), .flags = PARAM_CREATE,
	  .help = "Accept and offer proxy LCP and authentication" },
	{ .name = "dscp", FIELD(tunnel_conf, dscp), .flags = PARAM_CREATE, .max = 63,
	  .help = "DiffServ code point of the tunnel's packets, agreed with the peer (RFC 3308); 0: none (not in OpenL2TP)" },
	{ .name = "accept_zero_tunnel_id", FIELD(tunnel_conf, accept_zero_tunnel_id), .flags = PARAM_CREATE,
	  .help = "Find the tunnel by the peer's address and port if its messages name none (not in OpenL2TP)" },
	{ .name = "framing_caps", .alias = { "framing_cap" }, FIELD(tunnel_conf, framing_caps),
	  .flags = PARAM_CREATE | PARAM_FLAGS, .max = 3, .dflt = FRAMING_SYNC | FRAMING_ASYNC,
	  .words = conf_framing_words, .help = "Framing that we offer" },
	{ .name = "bearer_caps", .alias = { "bearer_cap" }, FIELD(tunnel_conf, bearer_caps),
	  .flags = PARAM_CREATE | PARAM_FLAGS, .max = 3, .dflt = BEARER_DIGITAL | BEARER_ANALOG,
	  .words = conf_bearer_words, .help = "Bearers that we offer" },
	{ .name = "use_udp_checksums", .alias = { "udp_csum" }, FIELD(tunnel_conf, use_udp_checksums),
	  .dflt = 1, .help = "UDP checksums on data packets" },
	{ .name = "do_pmtu_discovery", .alias = { "pmtu_discovery" }, FIELD(tunnel_conf, do_pmtu_discovery),
	  .flags = PARAM_CREATE,
	  .help = "Path MTU discovery by the tunnel's control messages (Linux lets its data packets be fragmented)" },
	{ .name = "mtu", FIELD(tunnel_conf, mtu), .min = 128, .max = 65000, .dflt = 1460, .unit = "bytes",
	  .help = "Upper bound for the PPP links of the tunnel" },
	{ .name = "persist", FIELD(tunnel_conf, persist),
	  .help = "Make it again when it fails (tunnels made here, and their sessions)" },
	{ .name = "hello_timeout", FIELD(tunnel_conf, hello_s), .max = 86400, .dflt = 60, .unit = "s",
	  .help = "Send HELLO after this long without a message from the peer; 0 never" },
	{ .name = "max_retries", FIELD(tunnel_conf, max_retries), .min = 1, .max = 100, .dflt = 5,
	  .help = "Retransmissions before the tunnel is dead" },
	{ .name = "retry_timeout", FIELD(tunnel_conf, retry_s), .min = 1, .max = 60, .dflt = 1, .unit = "s",
	  .help = "First retransmission delay; doubles, up to 8 s" },
	{ .name = "rx_window_size", FIELD(tunnel_conf, rx_window), .flags = PARAM_CREATE, .min = 1,
	  .max = 65535, .dflt = 10, .help = "Receive window that we offer" },
	{ .name = "tx_window_size", FIELD(tunnel_conf, tx_window), .flags = PARAM_CREATE, .min = 1,
	  .max = 65535, .dflt = 10, .help = "Upper bound on the peer's window that we use" },
	{ .name = "idle_timeout", FIELD(tunnel_conf, idle_s), .max = 86400 * 365, .unit = "s",
	  .help = "Delete a tunnel that has had no session this long; 0 never" },
	{ .name = "max_sessions", FIELD(tunnel_conf, max_sessions),
	  .help = "Most sessions in the tunnel; 0: no limit but the system's" },
	TRACE_ROW(tunnel_conf),
	{ .name = "peer_profile_name", FIELD(tunnel_conf, peer_profile_name), .max = NAME_MAX_BYTES,
	  .help = "Peer profile; found by the peer's name or address unless given" },
	{ .name = "session_profile_name", FIELD(tunnel_conf, session_profile_name), .max = NAME_MAX_BYTES,
	  .help = "Session profile for the tunnel's sessions" },
	{ .name = "ppp_profile_name", FIELD(tunnel_conf, ppp_profile_name), .max = NAME_MAX_BYTES,
	  .help = "PPP profile for the tunnel's sessions" },
	{ .name = "interface_name", FIELD(tunnel_conf, interface_name), .max = 15,
	  .help = "Kept for the sake of OpenL2TP's files; a session's interface_name names its interface" },
};

static const struct param session_rows[] = {
	{ .name = "tunnel_id", FIELD(session_conf, tunnel_id), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .min = 1, .max = 65535, .help = "Tunnel of the session, by our id" },
	{ .name = "tunnel_name", FIELD(session_conf, tunnel_name), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .min = 1, .max = NAME_MAX_BYTES, .help = "Tunnel of the session, by name" },
	{ .name = "session_id", FIELD(session_conf, session_id), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .min = 1, .max = 65535, .help = "Our session id; random unless given" },
	{ .name = "session_name", FIELD(session_conf, session_name), .flags = PARAM_CREATE | PARAM_OBJECT,
	  .min = 1, .max = NAME_MAX_BYTES, .help = "Administrative name" },
	{ .name = "profile_name", .alias = { "session_profile_name" }, FIELD(session_conf, profile_name),
	  .flags = PARAM_CREATE, .min = 1, .max = NAME_MAX_BYTES,
	  .help = "Session profile to use; on a profile: its name" },
	{ .name = "ppp_profile_name", FIELD(session_conf, ppp_profile_name), .flags = PARAM_CREATE,
	  .max = NAME_MAX_BYTES, .help = "PPP profile to use" },
	{ .name = "session_type", FIELD(session_conf, session_type), .flags = PARAM_CREATE,
	  .dflt = SESSION_LAIC, .words = session_type_words,
	  .help = "Whose call: as LAC incoming (laic) or outgoing (laoc), as LNS incoming (lnic) or outgoing (lnoc); laic and lnoc are made here" },
	{ .name = "user_name", FIELD(session_conf, user_name), .flags = PARAM_CREATE, .max = 255,
	  .help = "PPP name with which we authenticate ourselves" },
	{ .name = "user_password", FIELD(session_conf, user_password), .flags = PARAM_CREATE | PARAM_SECRET,
	  .max = 255, .help = "PPP password with which we authenticate ourselves" },
	{ .name = "interface_name", FIELD(session_conf, interface_name), .flags = PARAM_CREATE, .min = 1,
	  .max = 15, .help = "Name of the PPP interface; pppN unless given" },
	{ .name = "priv_group_id", FIELD(session_conf, priv_group_id), .flags = PARAM_CREATE,
	  .help = "Private Group ID that the LNS is told" },
	{ .name = "sequencing_required", FIELD(session_conf, sequencing_required),
	  .help = "Tell the peer that data packets must be numbered" },
	{ .name = "use_sequence_numbers", FIELD(session_conf, use_sequence_numbers),
	  .help = "Number our data packets" },
	{ .name = "reorder_timeout", FIELD(session_conf, reorder_ms), .max = 60000,
	  .unit = "ms", .help = "Hold data packets this long to put them in order" },
	{ .name = "no_ppp", FIELD(session_conf, no_ppp), .flags = PARAM_CREATE,
	  .help = "No PPP on the session: control plane and kernel session only" },
	{ .name = "routes", FIELD(session_conf, routes), .flags = PARAM_NETWORKS, .min = 1, .max = 1023,
	  .help = "Networks that are reached through the link: routed to it while it is up (not in OpenL2TP)" },
	{ .name = "masquerade", FIELD(session_conf, masquerade),
	  .help = "Give what leaves by the link our address on it (nftables; not in OpenL2TP)" },
	{ .name = "framing_type", FIELD(session_conf, framing_type), .flags = PARAM_CREATE | PARAM_FLAGS,
	  .max = 3, .words = conf_framing_words, .help = "Framing of the call; none: as the tunnel can" },
	{ .name = "bearer_type", FIELD(session_conf, bearer_type), .flags = PARAM_CREATE | PARAM_FLAGS,
	  .max = 3, .words = conf_bearer_words, .help = "Bearer of the call; none: as the tunnel can" },
	{ .name = "minimum_bps", FIELD(session_conf, minimum_bps), .flags = PARAM_CREATE,
	  .unit = "bit/s", .help = "Lowest acceptable speed of an outgoing call" },
	{ .name = "maximum_bps", FIELD(session_conf, maximum_bps), .flags = PARAM_CREATE,
	  .unit = "bit/s", .help = "Highest acceptable speed of an outgoing call" },
	{ .name = "connect_speed", FIELD(session_conf, connect_speed), .min = 1, .max = 21,
	  .dflt_text = "1000000", .unit = "bit/s",
	  .help = "Speed that the peer is told: rx, or rx:tx as the LAC sees it" },
	{ .name = "connect_speed_updates", FIELD(session_conf, connect_speed_updates),
	  .flags = PARAM_CREATE,
	  .help = "Offer to tell the LNS when connect_speed changes (RFC 5515; not in OpenL2TP)" },
	{ .name = "agent_circuit_id", FIELD(session_conf, agent_circuit_id), .flags = PARAM_CREATE,
	  .max = 63, .help = "Circuit of the access line that the LNS is told (RFC 5515; not in OpenL2TP)" },
	{ .name = "agent_remote_id", FIELD(session_conf, agent_remote_id), .flags = PARAM_CREATE,
	  .max = 63, .help = "Subscriber of the access line that the LNS is told (RFC 5515; not in OpenL2TP)" },
	{ .name = "use_ppp_proxy", FIELD(session_conf, use_ppp_proxy), .flags = PARAM_CREATE,
	  .help = "Hand on to the LNS what was negotiated with the caller; needs the tunnel's allow_ppp_proxy" },
	{ .name = "proxy_auth_type", FIELD(session_conf, proxy_auth_type), .flags = PARAM_CREATE,
	  .dflt = PROXY_NONE, .words = proxy_words, .help = "How the caller authenticated itself" },
	{ .name = "proxy_auth_id", FIELD(session_conf, proxy_auth_id), .flags = PARAM_CREATE, .max = 255,
	  .help = "Identifier of the caller's authentication (not in OpenL2TP)" },
	{ .name = "proxy_auth_name", FIELD(session_conf, proxy_auth_name), .flags = PARAM_CREATE,
	  .help = "Name that the caller gave" },
	{ .name = "proxy_auth_challenge", FIELD(session_conf, proxy_auth_challenge),
	  .flags = PARAM_CREATE | PARAM_HEX, .max = 255, .help = "Challenge that the caller got" },
	{ .name = "proxy_auth_response", FIELD(session_conf, proxy_auth_response),
	  .flags = PARAM_CREATE | PARAM_HEX | PARAM_SECRET, .max = 255,
	  .help = "The caller's response, or its password" },
	{ .name = "initial_rcvd_lcp_confreq", FIELD(session_conf, initial_rcvd_confreq),
	  .flags = PARAM_CREATE | PARAM_HEX, .max = 255, .help = "First LCP request of the caller" },
	{ .name = "last_sent_lcp_confreq", FIELD(session_conf, last_sent_confreq),
	  .flags = PARAM_CREATE | PARAM_HEX, .max = 255, .help = "Last LCP request to the caller" },
	{ .name = "last_rcvd_lcp_confreq", FIELD(session_conf, last_rcvd_confreq),
	  .flags = PARAM_CREATE | PARAM_HEX, .max = 255, .help = "Last LCP request of the caller" },
	{ .name = "lcp_want_options", FIELD(session_conf, lcp_want_options),
	  .flags = PARAM_CREATE | PARAM_HEX, .max = 255,
	  .help = "LCP options that the LNS is to ask for (RFC 3437; not in OpenL2TP)" },
	{ .name = "lcp_allow_options", FIELD(session_conf, lcp_allow_options),
	  .flags = PARAM_CREATE | PARAM_HEX, .max = 255,
	  .help = "LCP options that the LNS may accept (RFC 3437; not in OpenL2TP)" },
	{ .name = "calling_number", FIELD(session_conf, calling_number), .flags = PARAM_CREATE, .max = 64,
	  .help = "Number of the caller" },
	{ .name = "called_number", FIELD(session_conf, called_number), .flags = PARAM_CREATE, .max = 64,
	  .help = "Number that was called" },
	{ .name = "sub_address", FIELD(session_conf, sub_address), .flags = PARAM_CREATE, .max = 64,
	  .help = "Sub-address that was called" },
	TRACE_ROW(session_conf),
};

#define TIMING_ROWS(who, WHO, member, terminates_dflt)                                             \
	{ .name = who "_max_config_requests", .alias = { who "_max_cfg_reqs" },                    \
	  FIELD(ppp_conf, member.requests), .min = 1, .max = 1000, .dflt = 10,                     \
	  .help = WHO " configure requests before we give up" },                                   \
	{ .name = who "_max_config_naks", .alias = { who "_max_cfg_naks" },                        \
	  FIELD(ppp_conf, member.naks), .min = 1, .max = 1000, .dflt = 10,                         \
	  .help = WHO " configure NAKs before we reject instead" },                                \
	{ .name = who "_max_terminate_requests", .alias = { who "_max_term_reqs" },                \
	  FIELD(ppp_conf, member.terminates), .min = 1, .max = 1000, .dflt = terminates_dflt,      \
	  .help = WHO " terminate requests before we give up" },                                   \
	{ .name = who "_retransmit_interval", FIELD(ppp_conf, member.retransmit_s), .min = 1,      \
	  .max = 3600, .dflt = 3, .unit = "s", .help = "Time between two " WHO " requests" }

static const struct param ppp_rows[] = {
	{ .name = "profile_name", FIELD(ppp_conf, profile_name), .flags = PARAM_KEY, .min = 1,
	  .max = NAME_MAX_BYTES, .help = "Name" },
	{ .name = "mtu", FIELD(ppp_conf, mtu), .min = 128, .max = 16384, .dflt = 1500, .unit = "bytes",
	  .help = "Largest packet that we send; bounded by the tunnel's mtu" },
	{ .name = "mru", FIELD(ppp_conf, mru), .min = 128, .max = 16384, .dflt = 1500, .unit = "bytes",
	  .help = "Largest packet that we ask the peer to send; bounded by the tunnel's mtu" },
	{ .name = "asyncmap", FIELD(ppp_conf, asyncmap),
	  .help = "Control characters that the peer is to escape, a bit each" },
	{ .name = "sync_mode", FIELD(ppp_conf, sync_mode), .dflt = SYNC_MODE_ANY, .words = sync_mode_words,
	  .help = "Framing of the link; PPP over L2TP has none of its own, so that it is kept and shown only" },
	{ .name = "auth_pap", FIELD(ppp_conf, auth_pap), .dflt = 1, .help = "Allow PAP, in both directions" },
	{ .name = "auth_chap", FIELD(ppp_conf, auth_chap), .dflt = 1, .help = "Allow CHAP, in both directions" },
	{ .name = "auth_mschapv1", FIELD(ppp_conf, auth_mschapv1), .dflt = 1,
	  .help = "Allow MS-CHAP, in both directions" },
	{ .name = "auth_mschapv2", FIELD(ppp_conf, auth_mschapv2), .dflt = 1,
	  .help = "Allow MS-CHAPv2, in both directions" },
	{ .name = "auth_eap", FIELD(ppp_conf, auth_eap), .dflt = 1, .help = "Allow EAP, in both directions" },
	{ .name = "auth_peer", FIELD(ppp_conf, auth_peer), .dflt = BY_ROLE_DEFAULT, .words = by_role_words,
	  .help = "Demand that the peer authenticates itself; by default as LNS" },
	{ .name = "auth_none", FIELD(ppp_conf, auth_none), .dflt = BY_ROLE_DEFAULT, .words = by_role_words,
	  .help = "Let a peer in unauthenticated, unless auth_peer says otherwise; by default as LAC" },
	{ .name = "chap_interval", FIELD(ppp_conf, chap_interval_s), .max = 86400, .unit = "s",
	  .help = "Challenge the peer again this often; 0 never" },
	{ .name = "chap_max_challenge", FIELD(ppp_conf, chap_max_challenge), .min = 1, .max = 1000, .dflt = 10,
	  .help = "CHAP challenges before we give up" },
	{ .name = "chap_restart", FIELD(ppp_conf, chap_restart_s), .min = 1, .max = 3600, .dflt = 3, .unit = "s",
	  .help = "Time between two CHAP challenges" },
	{ .name = "pap_max_auth_requests", .alias = { "pap_max_auth_reqs" }, FIELD(ppp_conf, pap_max_requests),
	  .min = 1, .max = 1000, .dflt = 10, .help = "PAP requests before we give up" },
	{ .name = "pap_restart_interval", FIELD(ppp_conf, pap_restart_s), .min = 1, .max = 3600, .dflt = 3,
	  .unit = "s", .help = "Time between two PAP requests" },
	{ .name = "pap_timeout", FIELD(ppp_conf, pap_timeout_s), .max = 3600, .unit = "s",
	  .help = "How long to wait for the peer's PAP request; 0 for ever" },
	{ .name = "lcp_echo_interval", FIELD(ppp_conf, lcp_echo_interval_s), .max = 86400, .unit = "s",
	  .help = "Send LCP echo requests this often; 0 never" },
	{ .name = "lcp_echo_failure_count", .alias = { "lcp_echo_fail_count" },
	  FIELD(ppp_conf, lcp_echo_failures), .max = 1000, .dflt = 5,
	  .help = "Echo requests without reply before the link is down" },
	/* Goodbye is said once: a peer that is still there answers, and nobody waits for the others. */
	TIMING_ROWS("lcp", "LCP", lcp, 1),
	TIMING_ROWS("ipcp", "IPCP", ipcp, 3),
	{ .name = "idle_timeout", FIELD(ppp_conf, idle_s), .max = 86400 * 365, .unit = "s",
	  .help = "End a link without traffic after this long; 0 never" },
	{ .name = "max_connect_time", FIELD(ppp_conf, max_connect_s), .max = 86400 * 365, .unit = "s",
	  .help = "End a link after this long; 0 never" },
	{ .name = "max_failure_count", FIELD(ppp_conf, max_failures), .max = 1000, .dflt = 10,
	  .help = "Failed attempts after which pppd ends; 0 never" },
	{ .name = "local_ipaddr", FIELD(ppp_conf, local_ipaddr), .help = "Our address on the link" },
	{ .name = "remote_ipaddr", FIELD(ppp_conf, remote_ipaddr), .help = "The peer's address on the link" },
	{ .name = "dns_ipaddr_pri", FIELD(ppp_conf, dns_pri), .help = "Name server handed to the peer" },
	{ .name = "dns_ipaddr_sec", FIELD(ppp_conf, dns_sec), .help = "Second name server handed to the peer" },
	{ .name = "wins_ipaddr_pri", FIELD(ppp_conf, wins_pri), .help = "WINS server handed to the peer" },
	{ .name = "wins_ipaddr_sec", FIELD(ppp_conf, wins_sec), .help = "Second WINS server handed to the peer" },
	{ .name = "ip_pool_name", FIELD(ppp_conf, ip_pool_name), .max = NAME_MAX_BYTES,
	  .help = "Pool that the peer's address comes from, unless remote_ipaddr gives one" },
	{ .name = "ipv6_pool_name", FIELD(ppp_conf, ipv6_pool_name), .max = NAME_MAX_BYTES,
	  .help = "Pool that an IPv6 prefix for the link comes from (not in OpenL2TP)" },
	{ .name = "use_radius", FIELD(ppp_conf, use_radius),
	  .help = "Let RADIUS authenticate the peer, give it its address and limits, and have the accounts" },
	{ .name = "radius_hint", FIELD(ppp_conf, radius_hint),
	  .help = "Configuration of pppd's RADIUS client; /etc/radiusclient/radiusclient.conf unless given" },
	{ .name = "default_route", FIELD(ppp_conf, default_route), .help = "Make the link the default route" },
	{ .name = "client_routes", FIELD(ppp_conf, client_routes), .flags = PARAM_NETWORKS, .min = 1, .max = 1023,
	  .help = "IPv4 networks that a client is told to route through the link when it asks by DHCPINFORM (not in OpenL2TP)" },
	{ .name = "client_domain", FIELD(ppp_conf, client_domain), .flags = PARAM_HOST,
	  .help = "Domain that such a client is told (not in OpenL2TP)" },
	{ .name = "split_routing", FIELD(ppp_conf, split_routing),
	  .help = "As client, ask the server by DHCPINFORM which networks to route through the link (not in OpenL2TP)" },
	{ .name = "use_peer_dns", FIELD(ppp_conf, use_peer_dns),
	  .help = "As client, ask the server for name servers: pppd's usepeerdns (not in OpenL2TP)" },
	{ .name = "mppe", FIELD(ppp_conf, mppe),
	  .help = "Demand that the link is encrypted by MPPE (128 bits; needs MS-CHAP; not in OpenL2TP)" },
	{ .name = "proxy_arp", FIELD(ppp_conf, proxy_arp), .help = "Answer ARP requests for the peer's address" },
	{ .name = "multilink", FIELD(ppp_conf, multilink),
	  .help = "Let the peer bundle several links (kept and shown; without effect as yet)" },
	{ .name = "local_name", FIELD(ppp_conf, local_name), .max = 255,
	  .help = "Our name when the peer authenticates itself to us" },
	{ .name = "remote_name", FIELD(ppp_conf, remote_name), .max = 255,
	  .help = "The peer's name, whatever it calls itself" },
	{ .name = "ip_param", FIELD(ppp_conf, ip_param), .max = 255,
	  .help = "Handed to pppd's scripts, as /etc/ppp/ip-up, which tell links apart by it (not in OpenL2TP)" },
	{ .name = "pppd_options_file", FIELD(ppp_conf, pppd_options_file), .min = 1, .max = 255,
	  .help = "Further options for pppd, in a file that it reads after ours (not in OpenL2TP)" },
	{ .name = "same_user", FIELD(ppp_conf, same_user), .words = same_user_words,
	  .help = "A second link of one user: any number live, a new one is refused, or it replaces the old (not in OpenL2TP)" },
	TRACE_ROW(ppp_conf),
};

static const struct param pool_rows[] = {
	{ .name = "pool_name", FIELD(pool_conf, pool_name), .flags = PARAM_KEY, .min = 1,
	  .max = NAME_MAX_BYTES, .help = "Name" },
	{ .name = "first_addr", FIELD(pool_conf, first_addr), .help = "The pool's first address" },
	{ .name = "num_addrs", FIELD(pool_conf, num_addrs), .min = 1, .max = POOL_ADDRS_MAX, .dflt = 1,
	  .help = "How many addresses the pool has, from the first on; of IPv6, how many prefixes" },
	{ .name = "prefix_length", FIELD(pool_conf, prefix_length), .min = 48, .max = 64, .dflt = 64, .unit = "bits",
	  .help = "How long a prefix is, in a pool that begins with an IPv6 address (not in OpenL2TP)" },
	{ .name = "netmask", FIELD(pool_conf, netmask),
	  .help = "Netmask of the addresses; kept for the sake of OpenL2TP's files: a PPP link has none" },
	TRACE_ROW(pool_conf),
};
/* clang-format on */

const struct param_table system_params = PARAM_TABLE(system_rows, system_conf);
const struct param_table peer_params = PARAM_TABLE(peer_rows, peer_conf);
const struct param_table tunnel_params = PARAM_TABLE(tunnel_rows, tunnel_conf);
const struct param_table session_params = PARAM_TABLE(session_rows, session_conf);
const struct param_table ppp_params = PARAM_TABLE(ppp_rows, ppp_conf);
const struct param_table pool_params = PARAM_TABLE(pool_rows, pool_conf);

unsigned conf_peer(const char *list, unsigned n, char out[CONF_PEER_MAX])
{
	unsigned count = 0;

	*out = '\0';
	for (const char *end; list && *list; list = *end ? end + 1 : end, count++) {
		end = list + strcspn(list, ",");
		if (count == n && end - list < CONF_PEER_MAX) {
			memcpy(out, list, (size_t)(end - list));
			out[end - list] = '\0';
		}
	}
	return count;
}

int tunnel_conf_check(const struct tunnel_conf *c, char **why)
{
	char peer[CONF_PEER_MAX];
	struct addr dest;

	if (!c->dest_ipaddr)
		return why_set(why, EINVAL, "dest_ipaddr is missing: where is the peer?");
	for (unsigned i = 0; i < conf_peer(c->dest_ipaddr, i, peer); i++)
		if (c->src_ipaddr.family && addr_parse(&dest, peer) == 0 &&
		    dest.family != c->src_ipaddr.family)
			return why_set(why, EINVAL,
				       "src_ipaddr and dest_ipaddr are not of one family");
	return tunnel_secret_check(c, why);
}

int tunnel_secret_check(const struct tunnel_conf *c, char **why)
{
	bool secret = c->secret && *c->secret;

	if (c->auth_mode == AUTH_CHALLENGE && !secret)
		return why_set(why, EINVAL, "auth_mode=challenge needs a secret");
	if (c->hide_avps && !secret)
		return why_set(why, EINVAL, "hide_avps needs a secret");
	return 0;
}

int conf_speeds(const char *text, uint32_t *rx, uint32_t *tx)
{
	unsigned long long value[2];
	char *end;

	for (int i = 0; i < 2; i++, text = end + 1) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value[i] = strtoull(text, &end, 10);
		if (value[i] > UINT32_MAX || (*end && (*end != ':' || i == 1)))
			return -EINVAL;
		if (*end == '\0') {
			value[1] = value[i];
			break;
		}
	}
	*rx = (uint32_t)value[0];
	*tx = (uint32_t)value[1];
	return 0;
}

int conf_speeds_check(const char *text, char **why)
{
	uint32_t rx, tx;

	if (conf_speeds(text, &rx, &tx) < 0)
		return why_set(why, EINVAL,
			       "connect_speed=%s: connect_speed takes rx or rx:tx in bit/s", text);
	return 0;
}

/* 4.4.5: what each type of proxy authentication has to bring along. */
static int proxy_check(const struct session_conf *c, char **why)
{
	if (!c->use_ppp_proxy || c->proxy_auth_type == PROXY_NONE)
		return 0;
	if (!c->proxy_auth_name)
		return why_set(why, EINVAL, "proxy_auth_type needs proxy_auth_name");
	if (!c->proxy_auth_response)
		return why_set(why, EINVAL, "proxy_auth_type needs proxy_auth_response");
	if ((c->proxy_auth_type == PROXY_CHAP || c->proxy_auth_type == PROXY_MSCHAP) &&
	    !c->proxy_auth_challenge)
		return why_set(why, EINVAL, "this proxy_auth_type needs proxy_auth_challenge");
	return 0;
}

int session_conf_check(const struct session_conf *c, char **why)
{
	if (c->session_type != SESSION_LAIC && c->session_type != SESSION_LNOC)
		return why_set(why, EINVAL,
			       "session_type: a peer makes laoc and lnic; laic (incoming call, as "
			       "LAC) and lnoc (outgoing call, as LNS) can be made here");
	if (conf_speeds_check(c->connect_speed, why) < 0)
		return -EINVAL;
	if (c->maximum_bps && c->minimum_bps > c->maximum_bps)
		return why_set(why, EINVAL, "minimum_bps is greater than maximum_bps");
	if (c->session_type == SESSION_LNOC && !c->called_number)
		return why_set(
			why, EINVAL,
			"called_number is missing: whom is the LAC to call (session_type=lnoc)?");
	if (c->interface_name && strpbrk(c->interface_name, "/ \t\n\"\\"))
		return why_set(why, EINVAL,
			       "interface_name: \"/\", quotes, backslashes and blanks cannot stand "
			       "in an interface's name");
	return proxy_check(c, why);
}

int conf_prefix_bits(const char *netmask, int family)
{
	int whole = family == AF_INET ? 32 : 128;
	struct addr mask, ones = { 0 };
	char *end;
	long bits;
	int common;

	if (!netmask)
		return whole;
	if (addr_parse(&mask, netmask) < 0) {
		bits = strtol(netmask, &end, 10);
		return *netmask && !*end && bits >= 0 && bits <= whole ? (int)bits : -EINVAL;
	}
	ones.family = mask.family;
	memset(ones.bytes, 0xff, (size_t)whole / 8);
	common = addr_common_bits(&mask, &ones);
	if (mask.family != family)
		return -EINVAL;
	for (int i = common; i < whole; i++)
		if (mask.bytes[i / 8] >> (7 - i % 8) & 1)
			return -EINVAL;
	return common;
}

int peer_conf_check(const struct peer_conf *c, char **why)
{
	if (c->netmask && c->peer_ipaddr.family == AF_UNSPEC)
		return why_set(why, EINVAL, "netmask without peer_ipaddr");
	if (c->netmask && conf_prefix_bits(c->netmask, c->peer_ipaddr.family) < 0)
		return why_set(why, EINVAL,
			       "netmask=%s is no mask and no prefix length for peer_ipaddr",
			       c->netmask);
	return 0;
}

int ppp_conf_check(const struct ppp_conf *c, char **why)
{
	const char *at = c->client_routes;
	char text[NETWORK_TEXT];
	struct network n;

	while (network_next(&at, &n))
		if (n.addr.family != AF_INET)
			return why_set(
				why, EINVAL,
				"client_routes: %s cannot be told by DHCPINFORM, which is for "
				"IPv4 alone",
				network_text(&n, text));
	return 0;
}

uint8_t pool_conf_bits(const struct pool_conf *c)
{
	return c->prefix_length ? (uint8_t)c->prefix_length : 64;
}

static int prefix_pool_check(const struct pool_conf *c, char **why)
{
	uint8_t bits = pool_conf_bits(c);
	struct network prefix = network_of(&c->first_addr, bits);
	uint64_t first = 0;

	if (!addr_equal(&prefix.addr, &c->first_addr))
		return why_set(
			why, EINVAL,
			"first_addr: bits are set beyond the first %u, a prefix (prefix_length)",
			bits);
	for (int i = 0; i < 8; i++)
		first = first << 8 | c->first_addr.bytes[i];
	if (c->num_addrs > UINT64_MAX >> (64 - bits) ||
	    first > UINT64_MAX - ((uint64_t)c->num_addrs << (64 - bits)))
		return why_set(why, EINVAL, "num_addrs=%u reaches beyond the last IPv6 address",
			       c->num_addrs);
	return 0;
}

int pool_conf_check(const struct pool_conf *c, char **why)
{
	uint32_t first;

	if (c->first_addr.family == AF_INET6)
		return prefix_pool_check(c, why);
	if (c->first_addr.family != AF_INET)
		return why_set(why, EINVAL,
			       "first_addr is missing: with which address does the pool begin?");
	if (c->prefix_length)
		return why_set(why, EINVAL,
			       "prefix_length is for pools that begin with an IPv6 address");
	memcpy(&first, c->first_addr.bytes, sizeof(first));
	if (UINT32_MAX - ntohl(first) < c->num_addrs)
		return why_set(why, EINVAL, "num_addrs=%u reaches beyond the last IPv4 address",
			       c->num_addrs);
	return 0;
}
