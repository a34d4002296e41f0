/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call_io.c - what a call stands on: its session in the datapath, and PPP.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- datapath ----------------------------------------------------------------------- */

/* Numbering was agreed upon when the call was set up, and is nobody's to switch off (5.4). */
bool call_numbers_always(const struct session *s)
{
	return s->peer_wants_seq || (!s->lns && s->conf.sequencing_required);
}

static struct dp_session datapath_session(const struct session *s)
{
	const struct datapath *dp = s->tunnel->e->host.datapath;

	return (struct dp_session){
		.handle = session_handle(s),
		.peer_tunnel_id = s->tunnel->peer_tunnel_id,
		.peer_session_id = s->peer_session_id,
		.lns = s->lns,
		.send_seq = s->conf.use_sequence_numbers || call_numbers_always(s),
		.recv_seq = s->conf.sequencing_required || s->peer_wants_seq,
		.reorder_ms = s->conf.reorder_ms,
		.channel = dp->has_channels && !s->conf.no_ppp,
	};
}

void call_datapath_create(struct session *s)
{
	struct datapath *dp = s->tunnel->e->host.datapath;
	struct dp_session request = datapath_session(s);

	session_trace(s, TRACE_DATA, "the datapath makes the session, the peer's id is %u%s",
		      s->peer_session_id, request.send_seq ? ", numbered" : "");
	s->datapath_busy = true;
	dp->session_create(dp, &request);
}

/* Sequence numbers or reordering changed while the call is up. */
void call_datapath_modify(struct session *s)
{
	struct datapath *dp = s->tunnel->e->host.datapath;
	struct dp_session request = datapath_session(s);

	if (s->datapath_up)
		dp->session_modify(dp, &request);
}

void call_drop_channel(struct session *s)
{
	struct datapath *dp = s->tunnel->e->host.datapath;

	if (s->channel >= 0)
		dp->channel_close(dp, s->channel);
	s->channel = -1;
}

void call_counters_arrived(struct session *s, const struct dp_counters *counters)
{
	void (*done)(void *, const struct dp_counters *) = s->counters_done;

	s->counters_done = NULL;
	if (done)
		done(s->counters_arg, counters);
}

void session_datapath_result(struct session *s, const struct dp_result *r)
{
	char label[96];

	if (r->request == DP_SESSION_COUNTERS) {
		call_counters_arrived(s, r->err ? NULL : &r->counters);
		return;
	}
	if (r->request == DP_SESSION_MODIFY)
		return;
	s->datapath_busy = false;
	if (r->request == DP_SESSION_CREATE && r->err == 0) {
		s->datapath_up = true;
		s->channel = r->channel;
	} else if (r->request == DP_SESSION_DELETE) {
		s->datapath_up = false;
	}
	if (s->fsm.state == SESSION_ST_CLOSING) {
		session_post(s, SESSION_EV_CLEANED, NULL);
	} else if (r->err) {
		log_error(&s->tunnel->e->host.log, "%s: %s", session_label(s, label),
			  r->why ? r->why : strerror(-r->err));
		session_close(s, RESULT_GENERAL, ERROR_RESOURCES, "no resources for the data path");
	} else {
		session_post(s, SESSION_EV_DATAPATH_UP, NULL);
	}
}

/* --- PPP ------------------------------------------------------------------------------ */

/* A number that the peer told, ended by a NUL, or else the configured one. */
static const char *called_or_calling(const struct session *s, enum avp a, const char *ours,
				     char buf[PEER_NAME_MAX])
{
	union avp_value v;

	if (!facts_get(&s->facts, a, &v) || v.bytes.len >= PEER_NAME_MAX ||
	    memchr(v.bytes.p, '\0', v.bytes.len))
		return ours;
	memcpy(buf, v.bytes.p, v.bytes.len);
	buf[v.bytes.len] = '\0';
	return buf;
}

static uint16_t mtu_limit(const struct tunnel *t)
{
	return (uint16_t)(t->conf.mtu < UINT16_MAX ? t->conf.mtu : UINT16_MAX);
}

void call_start_ppp(struct session *s)
{
	struct engine *e = s->tunnel->e;
	char calling[PEER_NAME_MAX], called[PEER_NAME_MAX], peer[ADDR_TEXT];
	struct ppp_conf conf = { 0 };
	struct ppp_proxy proxy;
	struct ppp_start start = {
		.handle = session_handle(s),
		.lns = s->lns,
		.channel = s->channel,
		.mtu_limit = mtu_limit(s->tunnel),
		.user_name = s->conf.user_name,
		.user_password = s->conf.user_password,
		.interface_name = s->conf.interface_name,
		.peer_tunnel_id = s->tunnel->peer_tunnel_id,
		.peer_session_id = s->peer_session_id,
		.calling_number =
			called_or_calling(s, AVP_CALLING_NUMBER, s->conf.calling_number, calling),
		.called_number =
			called_or_calling(s, AVP_CALLED_NUMBER, s->conf.called_number, called),
		.peer_address = addr_text(&s->tunnel->peer.addr, peer),
		.proxy = call_proxy(s, &proxy) ? &proxy : NULL,
		.conf = &conf,
	};
	char *why = NULL;

	if (!e->ppp) {
		session_close(s, CDN_PERMANENT, 0, "no PPP provider is loaded (l2tpd -p pppd.so)");
		return;
	}
	if (peer_ppp_conf(s, &conf) < 0) {
		call_drop_channel(s);
	} else {
		s->same_user = conf.same_user;
		s->channel = -1; /* the provider's, whatever it says */
		s->ppp_running = e->ppp->start(e->ppp->ctx, &start, &why) == 0;
		e->stats.ppp_starting += s->ppp_running;
	}
	if (!s->ppp_running)
		session_close(s, CDN_TEMPORARY, 0, "PPP did not start: %s",
			      why ? why : "out of memory");
	free(why);
	param_free(&ppp_params, &conf);
}

/* The peer is known: it gets the address that the profile names, or one of a pool. */
static void give_address(struct session *s, const char *user)
{
	const struct ppp_provider *ppp = s->tunnel->e->ppp;
	struct ppp_conf conf = { 0 };
	struct addr addr = { 0 };
	char *why = NULL;
	int err = peer_ppp_conf(s, &conf);

	if (!err && conf.remote_ipaddr.family)
		addr = conf.remote_ipaddr;
	else if (!err && s->lns && conf.ip_pool_name && !s->address.pool)
		err = pool_lend(s, &s->address, conf.ip_pool_name, user, &why);
	if (err)
		session_close(s, CDN_TEMPORARY, 0, "%s", why ? why : "out of memory");
	else
		ppp->give_address(ppp->ctx, session_handle(s),
				  s->address.pool ? &s->address.addr : &addr);
	free(why);
	param_free(&ppp_params, &conf);
}

/* A link without a prefix is still a link. */
static void find_prefix(struct session *s, const char *user)
{
	struct ppp_conf conf = { 0 };

	if (!s->lns || s->prefix.pool || peer_ppp_conf(s, &conf) < 0)
		return;
	if (conf.ipv6_pool_name)
		(void)pool_lend(s, &s->prefix, conf.ipv6_pool_name, user, NULL);
	param_free(&ppp_params, &conf);
}

void call_bound_mtus(struct tunnel *t)
{
	const struct ppp_provider *ppp = t->e->ppp;
	struct idmap_node *n;

	idmap_for_each (n, &t->sessions) {
		const struct session *s = container_of(n, struct session, node);

		if (s->ppp_running && ppp->set_mtu_limit)
			ppp->set_mtu_limit(ppp->ctx, session_handle(s), mtu_limit(t));
	}
}

static void ppp_went_up(struct session *s, const struct ppp_event *ev)
{
	struct engine *e = s->tunnel->e;
	char label[96], local[ADDR_TEXT], remote[ADDR_TEXT];
	bool addresses = ev->local.family != AF_UNSPEC;

	if (!s->ppp)
		s->ppp = calloc(1, sizeof(*s->ppp));
	if (s->ppp) {
		if (!s->ppp->interface[0]) {
			s->ppp_up_ms = e->timers.now_ms;
			e->stats.ppp_starting--;
			e->stats.ppp_up++;
			e->stats.ppp_made++;
			find_prefix(s, ev->user);
			start_done(s);
		}
		*s->ppp = *ev;
		s->ppp->link = NULL; /* theirs */
		s->ppp->errors = NULL;
	}
	log_info(&e->host.log, "%s: PPP up on %s%s%s%s%s%s%s", session_label(s, label),
		 ev->interface, addresses ? ", " : "", addr_text(&ev->local, local),
		 addresses ? " to " : "", addr_text(&ev->remote, remote),
		 *ev->user ? ", user " : "", ev->user);
	engine_emit(e, ENGINE_PPP_UP, s->tunnel, s, "");
	user_enter(s, ev->user);
}

/* PPP's protocol numbers, as RFC 3145 wants them beside a code. */
enum { PPP_PROTO_IPCP = 0x8021 };

/*
 * Why PPP ended, in RFC 3145's codes; no code where there is nothing to tell or
 * the code demands to name a protocol that the provider did not name.
 */
static struct avp_ppp_cause disconnect_cause(const struct ppp_event *ev)
{
	switch (ev->reason) {
	case PPP_REASON_STOPPED:
		return (struct avp_ppp_cause){ .code = 1 };
	case PPP_REASON_IDLE:
		return (struct avp_ppp_cause){ .code = 3, .direction = 2 };
	case PPP_REASON_PEER:
		return (struct avp_ppp_cause){ .code = 3, .direction = 1 };
	case PPP_REASON_AUTH:
	case PPP_REASON_AUTH_US:
		return (struct avp_ppp_cause){ .code = ev->protocol ? 16 : 0,
					       .protocol = ev->protocol,
					       .direction = ev->reason == PPP_REASON_AUTH ? 1 : 2 };
	case PPP_REASON_NEGOTIATE:
		return (struct avp_ppp_cause){ .code = 18, .protocol = PPP_PROTO_IPCP };
	case PPP_REASON_LOCAL:
		break;
	}
	return (struct avp_ppp_cause){ 0 };
}

/* What the peer is told when PPP ended by itself (4.4.2). */
static void close_after_ppp(struct session *s, const struct ppp_event *ev)
{
	s->ppp_cause = disconnect_cause(ev);
	switch (ev->reason) {
	case PPP_REASON_STOPPED:
	case PPP_REASON_IDLE:
		session_close(s, CDN_ADMIN, 0, "PPP ended: %s", ev->why);
		break;
	case PPP_REASON_PEER:
		session_close(s, CDN_CARRIER_LOST, 0, "PPP ended: %s", ev->why);
		break;
	case PPP_REASON_AUTH:
	case PPP_REASON_AUTH_US:
		session_close(s, CDN_ADMIN, 0, "PPP authentication failed: %s", ev->why);
		break;
	case PPP_REASON_NEGOTIATE:
		session_close(s, RESULT_GENERAL, ERROR_VENDOR, "PPP could not be negotiated: %s",
			      ev->why);
		break;
	case PPP_REASON_LOCAL:
		session_close(s, CDN_TEMPORARY, 0, "PPP failed here: %s", ev->why);
		break;
	}
}

/* A link is over: it was up, or it never came so far. */
static void count_end(struct session *s, const struct ppp_event *ev)
{
	struct engine_stats *stats = &s->tunnel->e->stats;

	if (s->ppp)
		stats->ppp_up--;
	else
		stats->ppp_starting--;
	stats->ppp_failed += !s->ppp && ev->reason != PPP_REASON_STOPPED;
	stats->ppp_auth_failed += ev->reason == PPP_REASON_AUTH || ev->reason == PPP_REASON_AUTH_US;
}

/* What the provider says while a link is up: to the LAC as LNS, to the LNS as LAC. */
static void line_news(struct session *s, const struct ppp_event *ev)
{
	const struct ppp_errors *e = ev->errors;

	if (s->fsm.state != SESSION_ST_ESTABLISHED)
		return;
	if (ev->kind == PPP_LINK && s->lns && ev->link) {
		call_send_link(s, ev->link);
	} else if (ev->kind == PPP_ERRORS && !s->lns && e) {
		struct avp_errors errors = { .crc = e->crc,
					     .framing = e->framing,
					     .hardware_overruns = e->hardware_overruns,
					     .buffer_overruns = e->buffer_overruns,
					     .timeouts = e->timeouts,
					     .alignment = e->alignment };

		facts_put(&s->facts, AVP_CALL_ERRORS, &(union avp_value){ .errors = errors });
		call_send_errors(s);
	}
}

/* SLI came: the LNS tells the LAC how to frame the link (6.14). */
void call_set_link(struct session *s, const struct msg *sli)
{
	const struct ppp_provider *ppp = s->tunnel->e->ppp;
	const struct avp_accm *accm = &sli->value[AVP_ACCM].accm;
	struct ppp_link link = { .send_accm = accm->send, .receive_accm = accm->receive };

	if (msg_has(sli, AVP_LNS_LAST_SENT_LCP_CONFREQ)) {
		link.last_sent = sli->value[AVP_LNS_LAST_SENT_LCP_CONFREQ].bytes.p;
		link.last_sent_len = (uint16_t)sli->value[AVP_LNS_LAST_SENT_LCP_CONFREQ].bytes.len;
	}
	if (msg_has(sli, AVP_LNS_LAST_RECEIVED_LCP_CONFREQ)) {
		link.last_received = sli->value[AVP_LNS_LAST_RECEIVED_LCP_CONFREQ].bytes.p;
		link.last_received_len =
			(uint16_t)sli->value[AVP_LNS_LAST_RECEIVED_LCP_CONFREQ].bytes.len;
	}
	if (s->ppp_running && ppp->set_link)
		ppp->set_link(ppp->ctx, session_handle(s), &link);
}

void session_ppp_event(struct session *s, const struct ppp_event *ev)
{
	bool up = s->fsm.state == SESSION_ST_ESTABLISHED;

	if (ev->kind == PPP_UP && up)
		ppp_went_up(s, ev);
	if (ev->kind == PPP_ASK && up)
		give_address(s, ev->user);
	if (ev->kind == PPP_UP || ev->kind == PPP_ASK)
		return;
	if (ev->kind != PPP_DOWN) {
		line_news(s, ev);
		return;
	}
	s->ppp_running = false;
	count_end(s, ev);
	start_over(s);
	user_leave(s);
	if (s->ppp)
		engine_emit(s->tunnel->e, ENGINE_PPP_DOWN, s->tunnel, s, ev->why);
	pool_return(&s->address);
	pool_return(&s->prefix);
	free(s->ppp);
	s->ppp = NULL;
	if (s->fsm.state == SESSION_ST_CLOSING)
		session_post(s, SESSION_EV_CLEANED, NULL);
	else
		close_after_ppp(s, ev);
}
