/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.h - L2TP as a pure machine: what goes in and what comes out.
 *
 * What lives in this folder: the protocol (RFC 2661), without I/O. Datagrams,
 * time, the administrator's wishes, and the kernel's and PPP's answers go in
 * through the functions below; datagrams, requests and events come out through
 * the struct engine_host that the owner provides. Nothing here opens, waits,
 * reads a clock or keeps a global; a thousand engines fit into one process, and
 * a test may be their network and their clock.
 *
 *   xport    the reliable channel: sequence numbers, window, retransmission
 *   fsm      runs the state tables; the only place that writes a state
 *   tunnel   control connections: 7.2.1 as a table, SCCRQ to StopCCN; tunnel_life
 *            makes and frees them, tunnel_io is what they stand on, control
 *            fills in and takes in what their messages say
 *   call     sessions: 7.4 and 7.5 as tables, ICRQ or OCRQ to CDN; session makes
 *            and frees them, and finds the one that a message is for; call_msg says
 *            what their messages say, call_io is what they stand on, facts what we
 *            were told of them
 *   input    which tunnel a datagram is for; stranger: what becomes of those that
 *            are for none, and halfopen: how many of them may begin something
 *   retry    whether, when and with whom a tunnel that failed is tried again
 *   auth     who may have a tunnel with us, and who can prove it
 *   dial     our own SCCRQs: they take turns, and what if both sides open a tunnel
 *   peer     which profiles apply to whom
 *   profile  the four kinds of profiles, and pool: the addresses that peers get
 *   user     who has which links
 *   conf     all parameters, a row each; info: what is shown, likewise
 *   datapath.h, ppp.h, transport.h    what others do for us
 *
 * Who owns what: the engine owns tunnels, a tunnel its sessions, its channel
 * and its socket. Whatever comes back later carries a struct handle (ids and a
 * serial number); the engine looks it up and ignores what is stale. Objects
 * that end during a call into the engine are freed when that call is over.
 *
 * Rules for the owner: one call at a time; time never goes back; results may be
 * handed in from within a request. Text in events lives as long as the call.
 */
#ifndef L2TPD_ENGINE_ENGINE_H
#define L2TPD_ENGINE_ENGINE_H

#include "l2tpd/engine/conf.h"
#include "l2tpd/engine/datapath.h"
#include "l2tpd/engine/ppp.h"
#include "l2tpd/engine/transport.h"
#include "lib/log.h"

struct engine;

enum engine_event_kind {
	ENGINE_TUNNEL_UP,
	ENGINE_TUNNEL_DOWN,   /* was up */
	ENGINE_TUNNEL_FAILED, /* never came up */
	ENGINE_SESSION_UP,
	ENGINE_SESSION_DOWN,
	ENGINE_SESSION_FAILED,
	ENGINE_PPP_UP,
	ENGINE_PPP_DOWN,
	ENGINE_DRAINED, /* system drain_tunnels: the last tunnel is gone; handle and names are empty
			 */
	ENGINE_LIMIT,	/* somebody did not get what a limit forbids; tunnel and session may be 0 */
	ENGINE_EVENTS
};

struct engine_event {
	enum engine_event_kind kind;
	struct handle handle;
	const char *tunnel_name, *session_name; /* or NULL */
	const char *why;			/* DOWN, FAILED, LIMIT; else "" */
	const struct ppp_event *ppp;		/* PPP_*; else NULL */
	struct network prefix;			/* PPP_*: of the peer's; family 0: none */
};

/* A control message on its way; all of it lives as long as the call. */
struct engine_capture {
	uint16_t tunnel_id; /* ours; 0: of a tunnel that is just being asked for */
	bool sent;
	const struct endpoint *local, *peer;
	const void *datagram;
	size_t len;
};

struct engine_host {
	void *ctx;
	void (*random)(void *ctx, void *buf, size_t len);
	/* Looks @name up; the answer comes by engine_resolved(). @family AF_UNSPEC: any. */
	void (*resolve)(void *ctx, struct handle handle, const char *name, int family);
	void (*event)(void *ctx, const struct engine_event *event);
	/* What a link that is up is to have around it changed (session modify); NULL: nobody asks.
	 */
	void (*link_changed)(void *ctx, struct handle handle);
	/* Sees each message of a tunnel, as it goes and as it comes; NULL: nobody does. */
	void (*capture)(void *ctx, const struct engine_capture *message);
	struct log log;
	struct transport transport;
	struct datapath *datapath;
	const char *host_name; /* Host Name AVP unless configured; must outlive the engine */
};

/* @now_ms: of a clock that never goes back. NULL out of memory. */
struct engine *engine_new(const struct engine_host *host, uint64_t now_ms);

/* An engine like @e with nothing configured: for settings to be tried out in. It is never started.
 */
struct engine *engine_shadow(const struct engine *e);

/* Drops everything at once, telling nobody. */
void engine_free(struct engine *e);

/* Links are run by @ppp from now on; NULL: sessions come up without PPP and fail if they need it.
 */
void engine_set_ppp(struct engine *e, const struct ppp_provider *ppp);

/* Before engine_start() alone: what carries messages and what carries user data. */
void engine_set_transport(struct engine *e, struct transport transport);
void engine_set_datapath(struct engine *e, struct datapath *dp);

/* Tunnels configured until now are opened; those made later open at once. */
void engine_start(struct engine *e);

/*
 * Tunnels made from now on are of a configuration: they do not give up because a name cannot be
 * resolved yet or an address is not there yet. Those made before engine_start() are, anyway.
 */
void engine_configuring(struct engine *e, bool configuring);

/* StopCCN to every peer, PPP stopped; afterwards engine_is_empty() becomes true. */
void engine_stop(struct engine *e);
bool engine_is_empty(const struct engine *e);

/* --- what comes in ------------------------------------------------------- */

void engine_input(struct engine *e, int socket, const struct endpoint *local,
		  const struct endpoint *peer, const void *datagram, size_t len);
void engine_advance(struct engine *e, uint64_t now_ms);
void engine_datapath_result(struct engine *e, const struct dp_result *result);
void engine_ppp_event(struct engine *e, const struct ppp_event *event);
/* @addr NULL: the name could not be resolved, and @why says why. */
void engine_resolved(struct engine *e, struct handle handle, const struct addr *addr,
		     const char *why);

/*
 * This machine came into another network, or its way to others changed: in a second or two, tunnels
 * that wait to be tried again are tried, and those that we opened ask whether their peers are
 * there; thousands take longer. However often it is called: once a second, a thousand tunnels a
 * second.
 */
void engine_network_changed(struct engine *e);

/*
 * An AVP of a vendor's is understood from now on: it is no reason to end anything
 * if it is mandatory, and seen() gets its value (in clear) after the message that
 * it came in was handled. @message: of the type with RFC 2661's number. -EEXIST,
 * -ENOMEM, -EINVAL for what the engine understands itself.
 */
typedef void (*engine_avp_seen)(void *ctx, struct handle handle, uint16_t message,
				const void *value, size_t len);
int engine_register_avp(struct engine *e, uint16_t vendor, uint16_t type, engine_avp_seen seen,
			void *ctx);
bool engine_unregister_avp(struct engine *e, uint16_t vendor, uint16_t type);

/* Milliseconds until engine_advance() has something to do; UINT64_MAX: nothing is waiting. */
uint64_t engine_next_ms(const struct engine *e);

/* --- what the administrator wishes ---------------------------------------- */

/* Address pools are kept like profiles. */
enum profile_kind {
	PROFILE_PEER,
	PROFILE_TUNNEL,
	PROFILE_SESSION,
	PROFILE_PPP,
	PROFILE_POOL,
	PROFILE_KINDS
};

/* The rows of a kind of profile, its name for people ("peer profile"), and the row that names one.
 */
const struct param_table *profile_params(enum profile_kind kind);
const char *profile_kind_name(enum profile_kind kind);
const char *profile_key(enum profile_kind kind);
/* What the profile with these settings is called. */
const char *profile_name(enum profile_kind kind, const void *conf);
/* Whether a profile of that kind and name always exists. */
bool profile_is_default(enum profile_kind kind, const char *name);

/* All take what is set in @conf. -EEXIST, -ENOENT, -EBUSY, -EINVAL, -ENOMEM with *why. */
int profile_create(struct engine *e, enum profile_kind kind, const void *conf, char **why);
int profile_modify(struct engine *e, enum profile_kind kind, const char *name, const void *conf,
		   uint64_t unset, char **why);
int profile_delete(struct engine *e, enum profile_kind kind, const char *name, char **why);
/* The profile's own settings, NULL if there is none so called. */
const void *profile_get(const struct engine *e, enum profile_kind kind, const char *name);
/* The first profile (in the order of creation) whose number is at least *@number, which becomes its
 * own. */
const void *profile_from(const struct engine *e, enum profile_kind kind, uint32_t *number);

/* The settings as they are (all rows filled in); .set tells what was set. */
const struct system_conf *system_conf(const struct engine *e);
int system_modify(struct engine *e, const struct system_conf *conf, char **why);
/* Back to the built-in default. */
void system_unset(struct engine *e, unsigned row);

/* Makes a tunnel, which is opened at once if the engine was started. *@id becomes its id. */
int tunnel_create(struct engine *e, const struct tunnel_conf *conf, uint16_t *id, char **why);
/* @unset: rows that are inherited again, as they would be by a tunnel made now. */
int tunnel_modify(struct engine *e, uint16_t id, const struct tunnel_conf *conf, uint64_t unset,
		  char **why);
int tunnel_delete(struct engine *e, uint16_t id, char **why);
/* The tunnel called @name, 0 if none. */
uint16_t tunnel_by_name(const struct engine *e, const char *name);

/* A session in tunnel conf->tunnel_id or conf->tunnel_name. */
int session_create(struct engine *e, const struct session_conf *conf, struct handle *handle,
		   char **why);
int session_delete(struct engine *e, uint16_t tunnel_id, uint16_t session_id, char **why);
/* Ends all links of the user called @name; how many. */
unsigned user_disconnect(struct engine *e, const char *name);
/* What may change while a call is up: numbering and reordering of its data, the speed it tells. */
int session_modify(struct engine *e, uint16_t tunnel_id, uint16_t session_id,
		   const struct session_conf *conf, uint64_t unset, char **why);
/* The session called @name in @tunnel_id (0: any tunnel); false if none. */
bool session_by_name(const struct engine *e, uint16_t tunnel_id, const char *name,
		     struct handle *handle);

/*
 * Asks for the session's traffic counters. @done is called once, possibly
 * before this returns; without counters @counters is NULL.
 */
void session_counters(struct engine *e, uint16_t tunnel_id, uint16_t session_id,
		      void (*done)(void *arg, const struct dp_counters *counters), void *arg);

/* --- what is shown ---------------------------------------------------------- */

struct tunnel_info {
	uint64_t set; /* unused; required by param.h */
	uint16_t tunnel_id, peer_tunnel_id;
	char *tunnel_name;
	char *state, *origin; /* words of ours, never freed */
	char local[ENDPOINT_TEXT], peer[ENDPOINT_TEXT];
	char *local_text, *peer_text;
	char *peer_host_name, *peer_vendor_name;
	uint16_t peer_firmware, peer_window;
	uint32_t peer_framing, peer_bearer;
	bool authenticated, up;
	uint32_t sessions;
	uint64_t uptime_s, up_since_s; /* since: the owner's to fill in, who knows the date */
	/* of a tunnel that waits to be tried again */
	uint32_t attempts;
	uint64_t next_try_s;
	char *last_failure;
	/* transport */
	uint16_t ns, nr;
	uint32_t cwnd, ssthresh, unacked, queued;
	uint32_t tx_messages, tx_zlb, tx_retransmits, rx_messages, rx_zlb, rx_duplicates, rx_early,
		rx_discarded;
	bool lingering; /* its end was told; kept for the peer's retransmissions alone */
};

struct session_info {
	uint64_t set;
	uint16_t tunnel_id, session_id, peer_session_id;
	char *session_name, *tunnel_name;
	char *state, *origin, *ppp_state;
	char *interface;
	struct addr local, remote;
	char *user, *prefix;
	char prefix_text[NETWORK_TEXT];
	uint64_t uptime_s, up_since_s;
	uint64_t ppp_uptime_s, ppp_since_s;
	bool up, ppp_up;
	uint64_t rx_packets, rx_bytes, rx_errors, rx_oos, rx_seq_discards;
	uint64_t tx_packets, tx_bytes, tx_errors;
};

struct engine_stats {
	uint64_t set;
	uint64_t tunnels, tunnels_up, sessions, sessions_up; /* now */
	uint64_t tunnels_made, sessions_made;		     /* came up, ever */
	uint64_t tunnels_failed, sessions_failed;	     /* never came up */
	uint64_t rx_datagrams, rx_malformed, rx_version, rx_data, rx_no_tunnel, rx_wrong_peer;
	uint64_t rx_bad_messages, rx_ignored_messages, rx_unexpected, rx_ignored_avps, rx_refused;
	uint64_t tx_errors;
	uint64_t half_open, half_open_dropped; /* now; ever */
	uint64_t auth_failed, ties, rx_stopped;
	uint64_t limits, pool_exhausted;
	uint64_t ppp_up, ppp_starting, ppp_waiting; /* now */
	uint64_t ppp_made, ppp_failed, ppp_auth_failed;
	uint64_t tx_messages, tx_zlb, tx_retransmits, rx_zlb, rx_duplicates, rx_discarded;
};

/* Messages by their type (enum msg_type), repetitions aside. */
enum { ENGINE_MESSAGE_TYPES = 32 };

struct message_stats {
	uint64_t set;
	uint64_t tx[ENGINE_MESSAGE_TYPES], rx[ENGINE_MESSAGE_TYPES];
};

struct pool_info {
	uint64_t set;
	uint32_t used, free;
};

extern const struct param_table tunnel_info_params, transport_info_params, session_info_params,
	session_counter_params, engine_stats_params, message_stats_params, pool_info_params;

/* Text in the infos is the engine's, valid until the next call into it. -ENOENT. */
int tunnel_get_info(const struct engine *e, uint16_t id, struct tunnel_info *info);
int session_get_info(const struct engine *e, uint16_t tunnel_id, uint16_t session_id,
		     struct session_info *info);
void session_info_counters(struct session_info *info, const struct dp_counters *counters);

/*
 * What the peer told of a call, one thing after the other: of its number, its
 * line, its user. @i counts from 0; false when there is no more. *v is the
 * caller's to free, VALUE_NONE for what was not told. Names and units are ours.
 */
bool session_told(const struct engine *e, uint16_t tunnel_id, uint16_t session_id, unsigned i,
		  const char **name, const char **unit, struct value *v);

/*
 * A link that is up, and what is to be around it. Pointers are the engine's, valid until the next
 * call into it; engine_link_free() frees the rest.
 */
struct engine_link {
	const struct ppp_event *up;
	const struct session_conf *session;
	struct ppp_conf ppp;   /* with all that it inherits */
	struct addr peer;      /* that the tunnel goes to */
	struct network prefix; /* family 0: none */
};

/* -ENOENT if there is no such session or its PPP is not up; -ENOMEM. */
int engine_link(const struct engine *e, struct handle handle, struct engine_link *out);
void engine_link_free(struct engine_link *link);

/* The effective settings; NULL if there is no such tunnel or session. */
const struct tunnel_conf *tunnel_get_conf(const struct engine *e, uint16_t id);
const struct session_conf *session_get_conf(const struct engine *e, uint16_t tunnel_id,
					    uint16_t session_id);

/* Whether it ends for good: it will be gone as soon as peer, kernel and PPP let go. */
bool tunnel_is_ending(const struct engine *e, uint16_t id);
bool session_is_ending(const struct engine *e, struct handle h);

/* The next tunnel at or after id @from (lingering ones excepted), 0 if none. */
uint16_t tunnel_from(const struct engine *e, uint32_t from);
/* The next session at or after (@tunnel_id, @session_id) in the order of ids; false if none. */
bool session_from(const struct engine *e, uint32_t tunnel_id, uint32_t session_id,
		  struct handle *handle);
bool tunnel_is_local(const struct engine *e, uint16_t id);
bool session_is_local(const struct engine *e, uint16_t tunnel_id, uint16_t session_id);

/* Where a value came from, in words: "tunnel create", "tunnel profile office", "built-in default".
 */
void tunnel_origin(const struct engine *e, uint16_t id, unsigned row, struct text *out);
void session_origin(const struct engine *e, uint16_t tunnel_id, uint16_t session_id, unsigned row,
		    struct text *out);

/* The trace flags that count, wherever they come from. */
uint32_t tunnel_traces(const struct engine *e, uint16_t id);
uint32_t session_traces(const struct engine *e, uint16_t tunnel_id, uint16_t session_id);

/* How much of the pool called @name is in use; -ENOENT. */
int pool_get_info(const struct engine *e, const char *name, struct pool_info *info);
/* The next address at or after *@place of a pool that somebody holds; false if none. */
bool pool_holder_from(const struct engine *e, const char *name, uint32_t *place,
		      struct network *what, struct handle *holder);

/* Sums over all tunnels: for who asks, not for each message. */
void engine_get_stats(const struct engine *e, struct engine_stats *stats);
/* Tunnels and sessions, now. */
uint32_t engine_population(const struct engine *e);
const struct message_stats *engine_message_stats(const struct engine *e);
const struct datapath *engine_datapath(const struct engine *e);

#endif
