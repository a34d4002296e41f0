/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * internal.h - the structs that the engine's files share, and nobody else sees.
 */
#ifndef L2TPD_ENGINE_INTERNAL_H
#define L2TPD_ENGINE_INTERNAL_H

#include "l2tpd/engine/engine.h"
#include "l2tpd/engine/facts.h"
#include "l2tpd/engine/fsm.h"
#include "l2tpd/engine/xport.h"
#include "l2tpd/wire/msg.h"
#include "l2tpd/wire/result.h"
#include "lib/idmap.h"
#include "lib/keymap.h"
#include "lib/timer.h"

/* The protocol's version (4.4.3): 1 in the high byte; 0 in the low one, the revision. */
enum { CONTROL_VERSION = 0x0100 };

/* Bytes of names that a peer tells us which we keep. */
enum { PEER_NAME_MAX = 128 };

/* 6.13: a LAC tells of errors not more than once every 60 seconds. */
enum { WEN_INTERVAL_MS = 60000 };

struct profiles {
	struct keymap by_name;
	struct idmap by_number;
	uint16_t next_number;
};

/* Where the values of a tunnel or session came from that it was not given itself: a bit for each
 * row. */
struct origins {
	uint64_t named, peers, standard; /* profiles: that it names, of its peer, "default" */
	char *peers_name;		 /* NULL: the peer has none of its own */
};

/* Why something ends: what the peer is told, and what the operator is. */
struct closing {
	uint16_t result, error;
	struct avp_ppp_cause ppp; /* of a call; code 0: none */
	char why[160];
};

struct engine {
	struct engine_host host;
	const struct ppp_provider *ppp;
	struct timers timers;
	struct system_conf system;
	struct profiles profiles[PROFILE_KINDS];
	struct idmap tunnels;
	struct keymap tunnel_names, session_names;
	struct keymap peers;	/* tunnels from the network by who opened them: struct peer_key */
	struct keymap flows;	/* tunnels by addresses and ports, where only one may use them */
	struct keymap zero_ids; /* tunnels by the peer's address and port, where it names no id */
	struct keymap sources;	/* half-open tunnels counted by address: halfopen.c */
	struct keymap dials;	/* our SCCRQs by the address they go to: dial.c */
	struct keymap users;	/* whoever has a link that is up, by name: user.c */
	struct list starting, start_queue; /* sessions whose PPP starts, or waits to: start.c */
	uint32_t starting_count;
	bool starting_some;
	uint32_t start_usual_ms; /* that a link takes to come up here, lately */
	struct timer start_timer;
	struct timer network_timer;		   /* runs while the network settles: retry.c */
	uint64_t network_quiet_ms;		   /* until all felt the last change */
	struct keymap vendor_avps;		   /* that somebody registered for */
	struct list vendor_list;		   /* the same */
	struct list half_open;			   /* the oldest first */
	struct list ended_tunnels, ended_sessions; /* freed when the outermost call is over */
	unsigned depth;
	uint32_t next_serial;
	uint32_t call_serial; /* Call Serial Number of the last call */
	uint32_t tunnel_count, session_count, half_open_count;
	bool started, stopping, configuring;
	struct engine_stats stats;
	struct message_stats messages;
	struct log_limit stranger_limit, peer_limit, limit_limit;
};

/* Who opened a tunnel: repeated SCCRQs are known by it. No padding: it is hashed as bytes. */
struct peer_key {
	uint8_t family;
	uint8_t addr[16];
	uint8_t port[2];
	uint8_t tunnel_id[2];
};

struct flow_key {
	struct peer_key peer; /* tunnel_id zero */
	uint8_t local_addr[16];
	uint8_t local_port[2];
};

enum tunnel_state {
	TUNNEL_ST_IDLE,
	TUNNEL_ST_RESOLVING, /* looking the peer's name up */
	TUNNEL_ST_PROBING,   /* asking whether our id is free in the kernel */
	TUNNEL_ST_WAIT_TURN, /* others are being opened to that address */
	TUNNEL_ST_WAIT_CTL_REPLY,
	TUNNEL_ST_JOINING,   /* SCCRP came; the datapath's tunnel is being made */
	TUNNEL_ST_ANSWERING, /* SCCRQ came; asking whether our id is free in the kernel */
	TUNNEL_ST_WAIT_CTL_CONN,
	TUNNEL_ST_ADMITTING, /* SCCCN came; the datapath's tunnel is being made */
	TUNNEL_ST_ESTABLISHED,
	TUNNEL_ST_CLOSING,    /* StopCCN was sent or received; cleaning up */
	TUNNEL_ST_RETRY_WAIT, /* persistent, to be tried again */
	TUNNEL_ST_GONE,
	TUNNEL_STATES
};

enum tunnel_event {
	TUNNEL_EV_OPEN, /* local open request, or the time to try again */
	TUNNEL_EV_RESOLVED,
	TUNNEL_EV_FAILED, /* of any step of ours; t->closing says why */
	TUNNEL_EV_ID_FREE,
	TUNNEL_EV_ID_TAKEN,
	TUNNEL_EV_TURN,
	TUNNEL_EV_SCCRQ,
	TUNNEL_EV_SCCRP,
	TUNNEL_EV_SCCCN,
	TUNNEL_EV_STOPCCN,
	TUNNEL_EV_DATAPATH_UP,
	TUNNEL_EV_CLOSE,   /* whoever wants it; t->closing says why */
	TUNNEL_EV_DEAD,	   /* the peer does not answer any more */
	TUNNEL_EV_LOST,	   /* the tie: the peer's own tunnel stays */
	TUNNEL_EV_CLEANED, /* a step of the cleaning up is done */
	TUNNEL_EV_ENDED,   /* the cleaning up is done */
	TUNNEL_EV_AGAIN,   /* likewise, and the tunnel is to be tried again */
	TUNNEL_EVENTS
};

struct tunnel {
	struct idmap_node node;
	struct keymap_node by_name, by_peer, by_flow, by_zero_id;
	struct list ended;
	struct list half_open; /* while source is set */
	struct source *source;
	struct list dialing; /* while dial is set */
	struct dial *dial;
	uint64_t tie_breaker;
	bool has_tie_breaker; /* of a tunnel from the network: its SCCRQ had one */
	bool dialed;	      /* our SCCRQ is out */
	struct engine *e;
	struct fsm fsm;
	uint32_t serial;
	struct tunnel_conf conf;
	struct origins origins;
	struct peer_key peer_key;
	struct peer_key zero_key;
	struct flow_key flow_key;
	struct endpoint local, peer;
	int socket;
	bool own_socket;   /* ours to close; else the listener's */
	bool local_origin; /* we opened it */
	bool wants_open;   /* false: deleted by the administrator */
	bool was_up;
	bool patient;	     /* of a configuration: waits until its name and address are there */
	bool not_ready;	     /* and just does */
	bool traces_system;  /* no trace_flags but the system's */
	uint32_t attempts;   /* since it was last up */
	uint32_t peer_index; /* of those that dest_ipaddr names */
	char *last_failure;  /* why the last one failed, or NULL */
	bool datapath_up;    /* the datapath has the tunnel, or is just making it */
	bool datapath_busy;  /* a request is under way */
	bool stop_received;
	bool lingering; /* reported ended; only answers retransmissions */
	bool linger_over;
	bool channel_used;  /* something was sent or received on xport */
	bool challenged;    /* we sent a Challenge: challenge[] */
	bool authenticated; /* and it was answered */
	bool asked;	    /* the peer sent one: response[] answers it */
	bool mark;	    /* the peer agreed to conf.dscp */
	uint8_t challenge[16], response[16];
	bool port_free; /* the peer may still answer from another port (SCCRP) */
	uint16_t peer_tunnel_id;
	uint16_t peer_firmware;
	uint32_t peer_framing, peer_bearer;
	char *peer_host_name, *peer_vendor_name;
	struct xport xport;
	struct timer timer;	 /* the state's own: set-up, retry, linger */
	struct timer idle_timer; /* no session for so long */
	struct idmap sessions, peer_sessions;
	uint64_t up_ms;
	struct closing closing;
};

enum session_state {
	SESSION_ST_IDLE,
	SESSION_ST_WAIT_TUNNEL,
	SESSION_ST_WAIT_REPLY,
	SESSION_ST_OPENING, /* the datapath's session is being made */
	SESSION_ST_WAIT_CONNECT,
	SESSION_ST_WAIT_CS_ANSWER, /* the bearer is being opened */
	SESSION_ST_ESTABLISHED,
	SESSION_ST_CLOSING,
	SESSION_ST_RETRY_WAIT,
	SESSION_ST_GONE,
	SESSION_STATES
};

enum session_event {
	SESSION_EV_OPEN,
	SESSION_EV_TUNNEL_UP,
	SESSION_EV_ICRQ,
	SESSION_EV_ICRP,
	SESSION_EV_ICCN,
	SESSION_EV_OCRQ,
	SESSION_EV_OCRP,
	SESSION_EV_OCCN,
	SESSION_EV_CDN,
	SESSION_EV_WEN,
	SESSION_EV_SLI,
	SESSION_EV_BEARER_UP,
	SESSION_EV_CONNECTED, /* OCCN had come before the datapath was ready for it */
	SESSION_EV_DATAPATH_UP,
	SESSION_EV_CLOSE,	/* send CDN; s->closing says why */
	SESSION_EV_TUNNEL_DOWN, /* the same without a CDN */
	SESSION_EV_CLEANED,	/* a step of the cleaning up is done */
	SESSION_EV_ENDED,
	SESSION_EV_AGAIN,
	SESSION_EVENTS
};

/* What somebody has from a pool. */
struct lease {
	struct pool *pool; /* NULL: nothing */
	struct addr addr;
	uint8_t bits;
};

struct session {
	struct idmap_node node, by_peer_id;
	struct keymap_node by_name;
	struct list ended;
	struct tunnel *tunnel;
	struct fsm fsm;
	uint32_t serial;
	uint16_t peer_session_id; /* 0: not yet known */
	uint16_t
		cdn_session_id; /* likewise, or one that it cannot have: for the CDN that says so */
	bool local_origin, lns, outgoing;
	bool wants_open; /* false: deleted by the administrator */
	bool was_up, datapath_up, datapath_busy, ppp_running, ppp_up;
	bool ppp_starting;  /* counts among those: start.c */
	bool traces_tunnel; /* no trace_flags but the tunnel's */
	bool peer_wants_seq;
	bool known;		  /* the peer knows of the call, or will */
	bool connected;		  /* OCCN came */
	bool errors_due;	  /* to be told when a minute is over */
	struct xport_msg *ticket; /* of our request, until it is first sent */
	struct facts facts;	  /* what we were told of the call */
	struct avp_ppp_cause ppp_cause;
	uint32_t serial_number; /* of the call */
	int channel;
	struct session_conf conf;
	struct origins origins;
	struct user *user;	      /* who it is, while its PPP is up; or NULL */
	struct list by_user;	      /* among that user's */
	struct list by_start;	      /* among those that start or wait to: start.c */
	uint64_t start_ms;	      /* when PPP was started */
	uint8_t same_user;	      /* what a second link of one user means */
	struct lease address, prefix; /* that the peer has while its PPP lives */
	struct timer timer;
	uint64_t up_ms, ppp_up_ms;
	struct closing *closing; /* allocated when it ends */
	struct ppp_event *ppp;	 /* while its PPP is up */
	/* one waiting reader of the counters at a time */
	void (*counters_done)(void *arg, const struct dp_counters *counters);
	void *counters_arg;
};

extern const struct fsm_class tunnel_fsm, call_fsm[2][2];

/* engine.c: calls into the engine nest (results may come from within requests). */
void engine_enter(struct engine *e);
void engine_leave(struct engine *e);
struct tunnel *engine_tunnel(const struct engine *e, uint16_t id);
struct tunnel *engine_tunnel_by_handle(const struct engine *e, struct handle h);
struct session *engine_session(const struct engine *e, uint16_t tunnel_id, uint16_t session_id);
struct session *engine_session_by_handle(const struct engine *e, struct handle h);
/* Enters @node under @wanted, or under a random id that is free if that is 0. -EEXIST, -ENOMEM. */
int engine_pick_id(struct engine *e, struct idmap *map, struct idmap_node *node, uint16_t wanted);
/* Whether one more line about what a peer did fits the budget; our own doing is always told. */
bool engine_knows_avp(const void *engine, uint16_t vendor, uint16_t type);
/* Hands the vendors' AVPs in @m to who registered for them. */
void engine_tell_avps(struct engine *e, struct handle h, const struct msg *m);
bool engine_may_tell(struct engine *e, bool ours, struct log_limit *limit, const char *what);
/* A message on its way, shown to who looks. @tunnel_id 0: of no tunnel as yet. */
void engine_captured(struct engine *e, uint16_t tunnel_id, bool sent, const struct endpoint *local,
		     const struct endpoint *peer, const void *datagram, size_t len);
void engine_emit(struct engine *e, enum engine_event_kind kind, const struct tunnel *t,
		 const struct session *s, const char *why);

/* When nothing new is let in and nothing is left: tells that. */
void engine_check_drained(struct engine *e);
/* Somebody met a limit: told to who listens, within a budget. @t and @s may be NULL. */
void engine_limit(struct engine *e, const struct tunnel *t, const struct session *s,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* tunnel.c */
struct handle tunnel_handle(const struct tunnel *t);
void tunnel_post(struct tunnel *t, enum tunnel_event ev, const struct msg *msg);
void tunnel_close(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for what the peer did wrong: it is told even if it is a stranger yet. */
void tunnel_fail(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Notes why the tunnel ends, for the peer and for the operator. */
void tunnel_because(struct tunnel *t, uint16_t result, uint16_t error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void tunnel_timer_expired(struct timer *timer);
void tunnel_idle_expired(struct timer *timer);
int tunnel_send(struct tunnel *t, uint16_t session_id, const struct msg *msg);
/* The same for a call's request, which waits behind everything else: see xport_request(). */
int tunnel_request(struct tunnel *t, const struct msg *msg, struct xport_msg **ticket);
void tunnel_session_ended(struct tunnel *t);
void tunnel_session_added(struct tunnel *t);
void tunnel_resolved(struct tunnel *t, const struct addr *addr, const char *why);
const char *tunnel_label(const struct tunnel *t, char buf[96]);
const char *tunnel_state_text(const struct tunnel *t);
/* retry.c */
/* Whether it is to be tried again when it ends now. */
bool tunnel_returns(const struct tunnel *t);
/* Whom of its peers it is tried with; how many there are. */
unsigned retry_peer(const struct tunnel *t, char out[CONF_PEER_MAX]);
uint64_t retry_pause_ms(const struct tunnel *t);
void retry_init(struct engine *e);

/* trace.c */
bool tunnel_traced(const struct tunnel *t, uint32_t flags);
void tunnel_trace(const struct tunnel *t, uint32_t flags, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void session_trace(const struct session *s, uint32_t flags, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A message that was sent or received, in words. */
void trace_message(const struct tunnel *t, const char *what, uint16_t session_id,
		   const struct msg *m);
/* Whether an object that was just resolved traces only what is traced above it. */
bool traces_nothing_own(const struct param_table *t, const void *conf, const struct origins *o);
/* The trace flags of a tunnel or session profile changed: who has them from there, follows. */
void trace_follow(struct engine *e, enum profile_kind kind, const char *name);

/* tunnel_io.c */
void tunnel_channel_init(struct tunnel *t);
/* Adds what the channel counted to the sums of all. */
void tunnel_channel_count(const struct xport *x, struct engine_stats *sum);
void tunnel_socket_close(struct tunnel *t);
int tunnel_socket_answer(struct tunnel *t);
int tunnel_socket_admit(struct tunnel *t);
int tunnel_socket_settle(struct tunnel *t);
bool tunnel_flow_claim(struct tunnel *t);
void tunnel_datapath_create(struct tunnel *t);
/* What may change while the tunnel is up, changed. */
void tunnel_datapath_modify(struct tunnel *t);
void tunnel_datapath_result(struct tunnel *t, const struct dp_result *r);
struct peer_key tunnel_peer_key(const struct endpoint *peer, uint16_t tunnel_id);
struct peer_key tunnel_addr_key(const struct addr *addr);

/* tunnel_life.c */
/* 0, or why there is no tunnel: -EUSERS too many half open from there, -EBUSY in all, -ENOMEM. */
int tunnel_from_sccrq(struct engine *e, const struct endpoint *local, const struct endpoint *peer,
		      const struct msg *sccrq);
void tunnel_free(struct tunnel *t);

/* auth.c; the takers note why not */
struct msg_reader auth_reader(const struct tunnel *t);
/* @hide filled in if @m is to be hidden, else NULL. */
const struct avp_hide *auth_hide(struct tunnel *t, const struct msg *m, struct avp_hide *hide);
void auth_put_challenge(struct tunnel *t, struct msg *m);
void auth_put_response(const struct tunnel *t, struct msg *m);
int auth_take_peer(struct tunnel *t, const struct msg *m);
int auth_check_response(struct tunnel *t, const struct msg *m);

/* dial.c */
void dial_wait(struct tunnel *t);
void dial_enter(struct tunnel *t, struct msg *sccrq);
void dial_leave(struct tunnel *t);
/* The peer's tunnel is admitted: our own SCCRQs that lost the tie to it end. */
void dial_settle(const struct tunnel *t);
/* Whether the peer's SCCRQ is to be answered: not if one of ours wins the tie. */
bool dial_accepts(struct engine *e, const struct addr *addr, const struct msg *sccrq);

/* halfopen.c */
int half_open_begin(struct tunnel *t);
void half_open_end(struct tunnel *t);

/* control.c: what SCCRQ, SCCRP, SCCCN, HELLO and StopCCN say */
void control_sccrq(struct tunnel *t, struct msg *m);
void control_sccrp(struct tunnel *t, struct msg *m);
/* Whether the peer agrees to our DiffServ code point (RFC 3308); notes if it must have another. */
int control_take_ds(struct tunnel *t, const struct msg *sccrp);
void control_stopccn(const struct tunnel *t, struct msg *m);
/* What a peer says in words: bounded, and made printable. */
void control_peer_text(struct bytes b, struct text *out);
/* Why a peer ended a tunnel or a call: the codes in words, and its own message, made printable. */
void control_result_words(bool cdn, const struct avp_result *r, struct text *out);
/* Takes the peer's word for what it is (SCCRQ, SCCRP). -EPROTO: t->closing says why it is not
 * acceptable. */
int control_take_peer(struct tunnel *t, const struct msg *m);

/* call.c: the machine, and what session.c needs of it */
/* Whether the peer's id for the call is one we can use; notes why not. */
bool call_take_peer_id(struct session *s, const struct msg *msg);
void call_forget_peer(struct session *s);
void call_timer_expired(struct timer *timer);

/* call_msg.c */
/* What an outgoing call may ask of the LAC; 0: nothing that both have. */
uint32_t call_bearer(const struct session *s);
uint32_t call_framing(const struct session *s);
void call_send_request(struct session *s);
void call_send_reply(struct session *s);
void call_send_connected(struct session *s);
void call_send_cdn(struct tunnel *t, uint16_t ours, uint16_t theirs, const struct closing *why);
void call_send_errors(struct session *s);
void call_send_link(struct session *s, const struct ppp_link *link);
void call_send_speeds(struct session *s);
void call_take_speeds(struct tunnel *t, const struct msg *csun);
void call_answer_speeds(struct tunnel *t, const struct msg *csurq);
void call_take_facts(struct session *s, const struct msg *m);
/* Whether there is anything to hand to the provider; it points into the session's facts. */
bool call_proxy(const struct session *s, struct ppp_proxy *p);
void call_cdn_words(const struct msg *m, struct text *out);

/* call_io.c */
bool call_numbers_always(const struct session *s);
void call_datapath_create(struct session *s);
void call_datapath_modify(struct session *s);
void call_drop_channel(struct session *s);
void call_counters_arrived(struct session *s, const struct dp_counters *counters);
void call_start_ppp(struct session *s);
/* The tunnel's mtu changed: its links follow. */
void call_bound_mtus(struct tunnel *t);
void call_set_link(struct session *s, const struct msg *sli);
void session_datapath_result(struct session *s, const struct dp_result *r);
void session_ppp_event(struct session *s, const struct ppp_event *ev);
struct handle session_handle(const struct session *s);
/* The IPv6 prefix that is the peer's; family 0: none, as for a NULL @s. */
struct network session_prefix(const struct session *s);
void session_post(struct session *s, enum session_event ev, const struct msg *msg);
void session_close(struct session *s, uint16_t result, uint16_t error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Whether it is to be made again, by itself, when it ends now. */
bool session_returns(const struct session *s);
const char *session_label(const struct session *s, char buf[96]);
const char *session_state_text(const struct session *s);

/* session.c */
void session_request(struct tunnel *t, const struct msg *request);
/* A request that cannot be used: whose it is hears why, if it could be read. */
void session_refuse(struct tunnel *t, const struct msg *request, const struct verdict *v);
void session_message(struct tunnel *t, uint16_t session_id, const struct msg *msg);
void session_free(struct session *s);

/* input.c */
void input_deliver(struct tunnel *t, const struct header *h);
void input_for(struct tunnel *t, const struct endpoint *local, const struct endpoint *peer,
	       const struct header *h);

/* stranger.c */
struct sender {
	int socket; /* that it came in on */
	const struct endpoint *local, *peer;
};

void stranger_message(struct engine *e, const struct sender *from, const struct header *h);
void stranger_datagram(struct engine *e, const struct sender *from, enum header_verdict v,
		       const void *p, size_t len);

/* peer.c: resolves a new object's settings into @out (zeroed) from @own and what it inherits. */
int peer_tunnel_conf(const struct engine *e, const struct tunnel_conf *own, const struct addr *addr,
		     const struct msg *sccrq, struct tunnel_conf *out, struct origins *origins,
		     char **why);
int peer_session_conf(const struct tunnel *t, const struct session_conf *own,
		      struct session_conf *out, struct origins *origins, char **why);
void origins_free(struct origins *o);
/*
 * Rows in @unset, which a tunnel or session no longer says itself, become what @resolve
 * makes of the rest: what they would be if it were made now.
 */
int peer_inherit(const struct param_table *t, void *conf, struct origins *o, uint64_t unset,
		 int (*resolve)(void *object, const void *own, void *fresh, struct origins *origins,
				char **why),
		 void *object, char **why);
int peer_ppp_conf(const struct session *s, struct ppp_conf *out);
/* The secret that a tunnel with whoever sends @sccrq would have, a new string; NULL if none. */
char *peer_secret(const struct engine *e, const struct addr *addr, const struct msg *sccrq);
/* Whether a peer profile other than the default one is the tunnel's, or that of who sends @m. */
bool peer_is_known(const struct tunnel *t, const struct msg *m);
/* Whether we may be LAC_LNS_LAC or LAC_LNS_LNS to the tunnel's peer. */
bool peer_allows(const struct tunnel *t, uint8_t role);

/* pool.c */
struct pool *pool_new(uint64_t seed);
void pool_free(struct pool *p);
uint32_t pool_used(const struct pool *p);
/* -EBUSY with *why if addresses that somebody holds would fall out; -ENOMEM. */
int pool_resize(struct pool *p, const struct pool_conf *conf, char **why);
/*
 * Something of the pool called @name for @s, until pool_return(): what @user ("": nobody known)
 * had last, if it is free. -ENOENT, -ENOSPC with *why.
 */
int pool_lend(struct session *s, struct lease *lease, const char *name, const char *user,
	      char **why);
void pool_return(struct lease *lease);

/* start.c: PPP is to start as soon as there is room for it; it came up, failed or is not wanted */
void start_init(struct engine *e);
void start_request(struct session *s);
void start_over(struct session *s);
/* The same for one that came up: so long it takes here. */
void start_done(struct session *s);
/* The same, without letting the next one start. */
void start_forget(struct session *s);

/* user.c: @s has come up for somebody, or is down again */
void user_enter(struct session *s, const char *name);
void user_leave(struct session *s);

/* profile.c */
struct pool *profile_pool(const struct engine *e, const char *name);
int profiles_init(struct engine *e);
void profiles_free(struct engine *e);

#endif
