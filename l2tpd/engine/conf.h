/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf.h - what can be configured: one struct and one table of rows for each
 * kind of object. A profile and the object it serves share struct and table.
 */
#ifndef L2TPD_ENGINE_CONF_H
#define L2TPD_ENGINE_CONF_H

#include "lib/param.h"

struct system_conf {
	uint64_t set;
	uint16_t udp_port;
	uint32_t trace_flags;
	uint32_t max_tunnels, max_sessions; /* 0: as many as ids allow */
	bool drain_tunnels;
	uint32_t tunnel_establish_s, session_establish_s;
	uint32_t tunnel_persist_pend_s, session_persist_pend_s;
	bool deny_local_tunnels, deny_remote_tunnels;
	bool reset_statistics;
	uint8_t datapath;
	uint32_t half_open_max, half_open_per_source;
	char *event_scripts;
	uint32_t max_ppp_starts;
	char *management_group, *management_readers;
};

enum { DATAPATH_KERNEL, DATAPATH_NONE };

enum { LAC_LNS_LAC = 1, LAC_LNS_LNS = 2, LAC_LNS_BOTH = 3 };

struct peer_conf {
	uint64_t set;
	char *profile_name;
	struct addr peer_ipaddr;
	char *netmask; /* an address or a number of bits; NULL: the whole address */
	uint16_t peer_port;
	uint8_t lac_lns;
	char *tunnel_profile_name, *session_profile_name, *ppp_profile_name;
};

enum { FRAMING_SYNC = 1, FRAMING_ASYNC = 2 };
enum { BEARER_DIGITAL = 1, BEARER_ANALOG = 2 };

/* How a peer has to prove who it is; each includes the ones before. */
enum { AUTH_NONE, AUTH_SIMPLE, AUTH_CHALLENGE };

struct tunnel_conf {
	uint64_t set;
	char *profile_name;
	char *dest_ipaddr;
	struct addr src_ipaddr;
	uint16_t our_udp_port, peer_udp_port;
	uint32_t config_id;
	uint16_t tunnel_id;
	char *tunnel_name;
	char *host_name;
	uint8_t auth_mode;
	char *secret;
	bool hide_avps, use_tiebreaker, allow_ppp_proxy;
	bool accept_zero_tunnel_id, do_pmtu_discovery;
	uint16_t dscp; /* of the control connection; 0: not marked */
	uint32_t framing_caps, bearer_caps;
	bool use_udp_checksums;
	uint32_t mtu;
	bool persist;
	uint32_t hello_s;
	uint32_t max_retries;
	uint32_t retry_s;
	uint16_t rx_window, tx_window;
	uint32_t idle_s;
	uint32_t max_sessions;
	uint32_t trace_flags;
	char *peer_profile_name, *session_profile_name, *ppp_profile_name;
	char *interface_name;
};

enum session_type { SESSION_LAIC, SESSION_LAOC, SESSION_LNIC, SESSION_LNOC };

struct session_conf {
	uint64_t set;
	uint16_t tunnel_id, session_id;
	char *tunnel_name, *session_name;
	char *profile_name, *ppp_profile_name;
	uint8_t session_type;
	char *user_name, *user_password;
	char *interface_name;
	char *priv_group_id;
	bool sequencing_required, use_sequence_numbers;
	uint32_t reorder_ms;
	bool no_ppp, masquerade;
	char *routes;			    /* networks */
	uint32_t framing_type, bearer_type; /* 0: as the tunnel can */
	uint32_t minimum_bps, maximum_bps;
	char *connect_speed; /* "rx[:tx]", bit/s */
	bool connect_speed_updates;
	char *agent_circuit_id, *agent_remote_id;
	bool use_ppp_proxy;
	uint8_t proxy_auth_type;
	uint16_t proxy_auth_id;
	char *proxy_auth_name;
	char *proxy_auth_challenge, *proxy_auth_response;		    /* hexadecimal digits */
	char *initial_rcvd_confreq, *last_sent_confreq, *last_rcvd_confreq; /* likewise */
	char *lcp_want_options, *lcp_allow_options;			    /* likewise */
	char *calling_number, *called_number, *sub_address;
	uint32_t trace_flags;
};

/* Three-valued: what is demanded may depend on whether we are LNS or LAC. */
enum { BY_ROLE_NO, BY_ROLE_YES, BY_ROLE_DEFAULT };

enum { SAME_USER_ANY, SAME_USER_REFUSE, SAME_USER_REPLACE };
enum { SYNC_MODE_SYNC, SYNC_MODE_ASYNC, SYNC_MODE_ANY };

/* How long and how often LCP or IPCP negotiates. */
struct ppp_timing {
	int32_t requests, naks, terminates, retransmit_s;
};

struct ppp_conf {
	uint64_t set;
	char *profile_name;
	uint16_t mtu, mru;
	uint32_t asyncmap;
	uint8_t sync_mode;
	bool auth_pap, auth_chap, auth_mschapv1, auth_mschapv2, auth_eap;
	uint8_t auth_peer, auth_none;
	int32_t chap_interval_s, chap_max_challenge, chap_restart_s;
	int32_t pap_max_requests, pap_restart_s, pap_timeout_s;
	int32_t lcp_echo_interval_s, lcp_echo_failures;
	struct ppp_timing lcp, ipcp;
	int32_t idle_s, max_connect_s, max_failures;
	struct addr local_ipaddr, remote_ipaddr;
	struct addr dns_pri, dns_sec, wins_pri, wins_sec;
	char *ip_pool_name;
	bool use_radius;
	char *radius_hint;
	bool default_route, proxy_arp, multilink, mppe, split_routing, use_peer_dns;
	char *client_routes, *client_domain;
	char *ipv6_pool_name;
	char *local_name, *remote_name;
	char *ip_param, *pppd_options_file;
	uint8_t same_user;
	uint32_t trace_flags;
};

/* Addresses that peers get. */
struct pool_conf {
	uint64_t set;
	char *pool_name;
	struct addr first_addr, netmask;
	uint16_t prefix_length;
	uint32_t num_addrs;
	uint32_t trace_flags;
};

enum { POOL_ADDRS_MAX = 1 << 20 };

/* How long the prefixes of a pool that begins with an IPv6 address are. */
uint8_t pool_conf_bits(const struct pool_conf *c);

extern const struct param_table system_params, peer_params, tunnel_params, session_params,
	ppp_params, pool_params;

/* The trace flags by name, for the command language and for `-d`. */
extern const struct param_word trace_words[];

extern const struct param_word conf_framing_words[], conf_bearer_words[];

/* The @n'th of a tunnel's peers (dest_ipaddr), "" if there is none; and how many there are. */
enum { CONF_PEER_MAX = 256 };
unsigned conf_peer(const char *list, unsigned n, char out[CONF_PEER_MAX]);

/* What a conf struct cannot say row by row; -EINVAL with *why. */
int tunnel_conf_check(const struct tunnel_conf *c, char **why);
/* The part of it that a tunnel from the network must stand, too. */
int tunnel_secret_check(const struct tunnel_conf *c, char **why);
int session_conf_check(const struct session_conf *c, char **why);

/* The speeds that a connect_speed names, in bit/s; one speed stands for both. -EINVAL. */
int conf_speeds(const char *text, uint32_t *rx, uint32_t *tx);
/* Whether @text is such speeds; -EINVAL with *why. */
int conf_speeds_check(const char *text, char **why);

/* Values of Proxy Authen Type (RFC 2661 section 4.4.5). */
enum { PROXY_TEXT = 1, PROXY_CHAP = 2, PROXY_PAP = 3, PROXY_NONE = 4, PROXY_MSCHAP = 5 };

/* The prefix length that @netmask (an address, a number or NULL) gives an address of @family;
 * -EINVAL. */
int conf_prefix_bits(const char *netmask, int family);
int peer_conf_check(const struct peer_conf *c, char **why);
int pool_conf_check(const struct pool_conf *c, char **why);
int ppp_conf_check(const struct ppp_conf *c, char **why);

#endif
