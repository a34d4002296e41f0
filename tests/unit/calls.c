/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calls.c - what one engine and a peer that the test plays by hand say to each
 * other in calls: outgoing ones, and what all of them tell of themselves.
 */
#include "tests/unit/test.h"

#include "tests/exchange/peer.h"

#include <errno.h>

static uint16_t stopccn_result(const struct peer *p)
{
	return peer_got(p, MSG_STOPCCN)->value[AVP_RESULT_CODE].result.result;
}

static const struct avp_result *cdn_result(const struct peer *p)
{
	return &peer_got(p, MSG_CDN)->value[AVP_RESULT_CODE].result;
}

static bool told(const struct peer *p, struct handle h, const char *what, char out[200])
{
	const char *name, *unit;
	struct value v;
	struct text t = TEXT_INIT;
	bool found = false;

	for (unsigned i = 0;
	     session_told(p->h->engine, h.tunnel_id, h.session_id, i, &name, &unit, &v); i++) {
		if (strcmp(name, what) == 0 && v.kind != VALUE_NONE) {
			value_text(&v, &t);
			snprintf(out, 200, "%s", text_str(&t));
			found = true;
		}
		value_free(&v);
	}
	text_free(&t);
	return found;
}

#define assert_told(p, h, what, expected)                                                          \
	do {                                                                                       \
		char told_[200] = "(nothing)";                                                     \
		told(p, h, what, told_);                                                           \
		assert_string_equal(told_, expected);                                              \
	} while (0)

static struct handle only_session(const struct peer *p)
{
	struct handle h = { 0 };

	assert_true(session_from(p->h->engine, 0, 0, &h));
	return h;
}

/* --- outgoing calls ------------------------------------------------------------------------ */

static void lac_places_a_call(void **state)
{
	struct peer *p = peer_new();
	uint16_t ours;
	struct handle h;

	(void)state;
	peer_open(p);
	ours = peer_order(p, 70);
	assert_true(ours != 0);
	assert_int_equal(p->got[p->count - 2].type, MSG_OCRP);
	assert_int_equal(p->head[p->count - 2].session_id, 70);
	peer_got(p, MSG_OCCN); /* PPP is the bearer: it answers at once */
	assert_int_equal(peer_last(p)->value[AVP_FRAMING_TYPE].u32, FRAMING_SYNC);
	assert_int_equal(p->h->up[ENGINE_SESSION_UP], 1);
	assert_false(p->h->dp_session.lns);
	assert_false(p->h->ppp_asked.lns);
	assert_string_equal(p->h->ppp_asked.called, "5551234");
	h = only_session(p);
	assert_told(p, h, "peer_called_number", "5551234");
	assert_told(p, h, "peer_maximum_bps", "1000000");
	assert_told(p, h, "peer_framing_type", "sync,async");
	assert_told(p, h, "peer_bearer_type", "digital");
	peer_free(p);
}

static void lac_refuses_what_it_cannot_place(void **state)
{
	static const struct {
		const char *session, *tunnel, *peer;
		uint16_t result;
	} cases[] = {
		{ "connect_speed=500", "idle_timeout=0", "lac_lns=laclns", CDN_TEMPORARY },
		{ "connect_speed=5000", "bearer_caps=none", "lac_lns=laclns", CDN_PERMANENT },
		{ "connect_speed=5000", "bearer_caps=analog", "lac_lns=laclns", CDN_PERMANENT },
		{ "connect_speed=5000", "framing_caps=none", "lac_lns=laclns", CDN_NO_FRAMING },
		{ "connect_speed=5000", "idle_timeout=0", "lac_lns=lns", CDN_PERMANENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer *p = peer_new();

		host_profile(p->h, PROFILE_SESSION, cases[i].session);
		host_profile(p->h, PROFILE_TUNNEL, cases[i].tunnel);
		host_profile(p->h, PROFILE_PEER, cases[i].peer);
		peer_open(p);
		assert_int_equal(peer_order(p, 70), 0);
		assert_int_equal(cdn_result(p)->result, cases[i].result);
		assert_int_equal(p->head[p->count - 1].session_id, 70);
		peer_free(p);
	}
}

static void say_occn(struct peer *p, uint16_t theirs)
{
	struct msg m;

	msg_start(&m, MSG_OCCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 64000);
	msg_put_u32(&m, AVP_RX_CONNECT_SPEED, 32000);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	msg_put(&m, AVP_SEQUENCING_REQUIRED);
	peer_say(p, theirs, &m);
}

static void lns_has_a_call_placed(void **state)
{
	struct peer *p = peer_new();
	const struct msg *m;
	uint16_t theirs;
	struct handle h;

	(void)state;
	p->bearer = BEARER_ANALOG;
	peer_opened(p, "");
	h = host_session(p->h, "tunnel_name=t session_type=lnoc called_number=123 sub_address=4 "
			       "minimum_bps=9600 maximum_bps=64000");
	peer_settle(p);
	m = peer_got(p, MSG_OCRQ);
	assert_int_equal(m->value[AVP_MINIMUM_BPS].u32, 9600);
	assert_int_equal(m->value[AVP_MAXIMUM_BPS].u32, 64000);
	assert_int_equal(m->value[AVP_BEARER_TYPE].u32, BEARER_ANALOG);
	assert_int_equal(m->value[AVP_FRAMING_TYPE].u32, 3);
	assert_int_equal(m->value[AVP_CALLED_NUMBER].bytes.len, 3);
	theirs = peer_number(m, AVP_ASSIGNED_SESSION_ID);
	peer_reply(p, MSG_OCRP, theirs, 80);
	assert_int_equal(p->h->up[ENGINE_SESSION_UP], 0);
	say_occn(p, theirs);
	assert_int_equal(p->h->up[ENGINE_SESSION_UP], 1);
	assert_true(p->h->ppp_asked.lns && p->h->dp_session.lns);
	assert_true(p->h->dp_session.send_seq && p->h->dp_session.recv_seq);
	assert_told(p, h, "peer_rx_speed", "32000");
	peer_free(p);
}

/* The LAC need not wait: OCCN comes while the kernel's session is still being made. */
static void occn_may_come_early(void **state)
{
	struct world_conf slow = { .delay_ms = 1, .dp_async = true };
	struct peer *p = peer_new_in(&slow);
	uint16_t theirs;

	(void)state;
	p->bearer = BEARER_DIGITAL;
	peer_opened(p, "");
	host_session(p->h, "tunnel_name=t session_type=lnoc called_number=123");
	peer_settle(p);
	theirs = peer_number(peer_got(p, MSG_OCRQ), AVP_ASSIGNED_SESSION_ID);
	p->w->conf.delay_ms = 0;
	peer_reply(p, MSG_OCRP, theirs, 80);
	say_occn(p, theirs);
	peer_settle(p);
	assert_int_equal(p->h->up[ENGINE_SESSION_UP], 1);
	assert_true(p->h->dp_session.send_seq);
	peer_free(p);
}

/* 6.9: without Bearer Capabilities the peer cannot be asked. */
static void no_bearer_no_outgoing_call(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_opened(p, "");
	host_session(p->h, "tunnel_name=t session_type=lnoc called_number=123");
	peer_settle(p);
	peer_got(p, MSG_SCCCN); /* nothing came after it */
	assert_non_null(strstr(p->h->why[ENGINE_SESSION_FAILED], "Bearer Capabilities"));
	peer_free(p);
}

/* 4.4.4: nor for what it did not say that it has. */
static void only_what_the_lac_has_is_asked(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	p->bearer = BEARER_ANALOG;
	peer_opened(p, "");
	host_session(p->h, "tunnel_name=t session_type=lnoc called_number=1 bearer_type=digital");
	peer_settle(p);
	peer_got(p, MSG_SCCCN);
	assert_non_null(strstr(p->h->why[ENGINE_SESSION_FAILED], "no such bearer"));
	host_session(p->h, "tunnel_name=t session_type=lnoc called_number=1 bearer_type=any "
			   "framing_type=async");
	peer_ack(p);
	assert_int_equal(peer_got(p, MSG_OCRQ)->value[AVP_BEARER_TYPE].u32, BEARER_ANALOG);
	assert_int_equal(peer_last(p)->value[AVP_FRAMING_TYPE].u32, FRAMING_ASYNC);
	peer_free(p);
}

/* Each call message as the first one, for no session, and in each kind of call that is up. */
static void call_messages_out_of_place(void **state)
{
	static const enum msg_type types[] = { MSG_OCRQ, MSG_OCRP, MSG_OCCN,
					       MSG_ICRQ, MSG_ICRP, MSG_ICCN };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (int outgoing = 0; outgoing < 2; outgoing++) {
			struct peer *p = peer_new();
			uint16_t ours;
			struct msg m;

			peer_open(p);
			ours = outgoing ? peer_order(p, 70) : peer_call(p, 70);
			if (!outgoing)
				peer_connect(p, ours);
			assert_int_equal(p->h->up[ENGINE_SESSION_UP], 1);
			msg_start(&m, MSG_OCRQ);
			for (enum avp a = AVP_ASSIGNED_SESSION_ID; a <= AVP_TX_CONNECT_SPEED; a++)
				if (a == AVP_ASSIGNED_SESSION_ID)
					msg_put_u16(&m, a, 71);
				else if (a == AVP_CALLED_NUMBER)
					msg_put_text(&m, a, "1");
				else if (avp_rows[a].kind == AVP_KIND_U32)
					msg_put_u32(&m, a, 1);
			m.type = types[i];
			peer_say(p, ours, &m);
			peer_ack(p);
			peer_settle(p);
			assert_int_equal(cdn_result(p)->result, RESULT_GENERAL);
			assert_int_equal(p->h->up[ENGINE_SESSION_DOWN], 1);
			peer_free(p);
		}
	}
}

/* 5.2: calls come after the tunnel; whoever does not wait has lost count of the state. */
static void call_before_the_tunnel_is_up(void **state)
{
	struct peer *p = peer_new();
	struct msg m = peer_sccrq(p, 500);

	(void)state;
	peer_say(p, 0, &m);
	p->tunnel_id = peer_number(peer_got(p, MSG_SCCRP), AVP_ASSIGNED_TUNNEL_ID);
	assert_int_equal(peer_call(p, 9), 0);
	assert_int_equal(stopccn_result(p), STOPCCN_FSM);
	peer_free(p);
}

/* A call that the peer never heard of is not hung up: its request is taken back. */
static void unsent_request_is_taken_back(void **state)
{
	struct peer *p = peer_new();
	struct handle h[3];
	unsigned icrqs = 0, cdns = 0;

	(void)state;
	peer_opened(p, "tx_window_size=1");
	for (int i = 0; i < 3; i++)
		h[i] = host_session(p->h, "tunnel_name=t");
	peer_settle(p);
	peer_ack(p); /* of SCCCN: now the first request goes out */
	session_delete(p->h->engine, h[1].tunnel_id, h[1].session_id, NULL);
	session_delete(p->h->engine, h[0].tunnel_id, h[0].session_id, NULL);
	for (int i = 0; i < 6; i++)
		peer_ack(p);
	for (unsigned i = 0; i < p->count; i++) {
		icrqs += p->got[i].type == MSG_ICRQ;
		cdns += p->got[i].type == MSG_CDN;
	}
	assert_int_equal(icrqs, 2);
	assert_int_equal(cdns, 1);
	/* and the CDN did not wait behind the other request */
	assert_int_equal(p->got[p->count - 1].type, MSG_ICRQ);
	assert_int_equal(p->got[p->count - 2].type, MSG_CDN);
	peer_free(p);
}

/* --- what a call tells ------------------------------------------------------------------------ */

static void proxies_are_handed_on(void **state)
{
	(void)state;
	for (int allowed = 0; allowed < 2; allowed++) {
		struct peer *p = peer_new();
		uint16_t ours;
		struct msg m;

		host_profile(p->h, PROFILE_TUNNEL,
			     allowed ? "allow_ppp_proxy=yes" : "allow_ppp_proxy=no");
		peer_open(p);
		ours = peer_call(p, 70);
		msg_start(&m, MSG_ICCN);
		msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1000);
		msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
		msg_put_bytes(&m, AVP_LAST_SENT_LCP_CONFREQ, "\1\4\5\xb4", 4);
		msg_put_u16(&m, AVP_PROXY_AUTHEN_TYPE, PROXY_PAP);
		msg_put_text(&m, AVP_PROXY_AUTHEN_NAME, "fred");
		msg_put_u16(&m, AVP_PROXY_AUTHEN_ID, 7);
		msg_put_text(&m, AVP_PROXY_AUTHEN_RESPONSE, "flintstone");
		msg_put_text(&m, AVP_PRIVATE_GROUP_ID, "group");
		peer_say(p, ours, &m);
		assert_int_equal(p->h->ppp_asked.proxy, allowed);
		assert_told(p, only_session(p), "peer_priv_group_id", "group");
		if (allowed) {
			assert_int_equal(p->h->ppp_asked.handed.auth_type, PROXY_PAP);
			assert_int_equal(p->h->ppp_asked.handed.auth_id, 7);
			assert_int_equal(p->h->ppp_asked.handed.last_sent_len, 4);
			assert_string_equal(p->h->ppp_asked.auth_name, "fred");
			assert_string_equal(p->h->ppp_asked.auth_response, "flintstone");
			assert_told(p, only_session(p), "peer_proxy_auth_response", "(hidden)");
			assert_told(p, only_session(p), "peer_proxy_auth_type", "pap");
		}
		peer_free(p);
	}
}

/* 4.4.5: proxy authentication that lacks what its type demands is none. */
static void broken_proxies_are_none(void **state)
{
	struct peer *p = peer_new();
	uint16_t ours;
	struct msg m;

	(void)state;
	host_profile(p->h, PROFILE_TUNNEL, "allow_ppp_proxy=yes");
	peer_open(p);
	ours = peer_call(p, 70);
	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1000);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	msg_put_u16(&m, AVP_PROXY_AUTHEN_TYPE, PROXY_CHAP);
	msg_put_text(&m, AVP_PROXY_AUTHEN_NAME, "fred");
	msg_put_text(&m, AVP_PROXY_AUTHEN_RESPONSE, "0123456789abcdef");
	peer_say(p, ours, &m);
	assert_false(p->h->ppp_asked.proxy); /* no challenge */
	peer_free(p);
}

static void lac_tells_all_that_is_configured(void **state)
{
	struct peer *p = peer_new();
	const struct msg *m;

	(void)state;
	peer_opened(p, "allow_ppp_proxy=yes");
	host_session(p->h,
		     "tunnel_name=t called_number=1 calling_number=2 sub_address=3 "
		     "bearer_type=digital priv_group_id=g connect_speed=64000:128000 "
		     "agent_circuit_id=eth0 agent_remote_id=home connect_speed_updates=yes "
		     "lcp_want_options=0104 lcp_allow_options=0xABCD use_ppp_proxy=yes "
		     "proxy_auth_type=chap proxy_auth_name=fred proxy_auth_challenge=0102 "
		     "proxy_auth_response=aabb proxy_auth_id=9 initial_rcvd_lcp_confreq=01 "
		     "last_sent_lcp_confreq=02 last_rcvd_lcp_confreq=03 sequencing_required=yes");
	peer_settle(p);
	m = peer_got(p, MSG_ICRQ);
	assert_true(msg_has(m, AVP_CONNECT_SPEED_UPDATE_ENABLE));
	assert_memory_equal(m->value[AVP_AGENT_CIRCUIT_ID].bytes.p, "eth0", 4);
	assert_int_equal(m->value[AVP_BEARER_TYPE].u32, BEARER_DIGITAL);
	peer_reply(p, MSG_ICRP, peer_number(m, AVP_ASSIGNED_SESSION_ID), 70);
	m = peer_got(p, MSG_ICCN);
	assert_int_equal(m->value[AVP_TX_CONNECT_SPEED].u32, 128000);
	assert_int_equal(m->value[AVP_RX_CONNECT_SPEED].u32, 64000);
	assert_int_equal(m->value[AVP_PROXY_AUTHEN_TYPE].u16, PROXY_CHAP);
	assert_int_equal(m->value[AVP_PROXY_AUTHEN_ID].u16, 9);
	assert_int_equal(m->value[AVP_PROXY_AUTHEN_CHALLENGE].bytes.len, 2);
	assert_memory_equal(m->value[AVP_PROXY_AUTHEN_RESPONSE].bytes.p, "\xaa\xbb", 2);
	assert_memory_equal(m->value[AVP_LCP_ALLOW_OPTIONS].bytes.p, "\xab\xcd", 2);
	assert_true(msg_has(m, AVP_SEQUENCING_REQUIRED));
	assert_true(msg_has(m, AVP_INITIAL_RECEIVED_LCP_CONFREQ) &&
		    msg_has(m, AVP_LAST_SENT_LCP_CONFREQ) &&
		    msg_has(m, AVP_LAST_RECEIVED_LCP_CONFREQ));
	peer_free(p);
}

/* A plain call carries nothing that a peer could trip over. */
static void plain_calls_carry_no_extensions(void **state)
{
	struct peer *p = peer_new();

	(void)state;
	peer_opened(p, "");
	host_session(p->h, "tunnel_name=t");
	peer_settle(p);
	peer_reply(p, MSG_ICRP, peer_number(peer_got(p, MSG_ICRQ), AVP_ASSIGNED_SESSION_ID), 70);
	peer_got(p, MSG_ICCN);
	for (unsigned i = 0; i < p->count; i++)
		for (enum avp a = AVP_SEQUENCING_REQUIRED; a < AVP_COUNT; a++)
			assert_false(msg_has(&p->got[i], a));
	assert_false(msg_has(peer_last(p), AVP_RX_CONNECT_SPEED)); /* WatchGuard */
	peer_free(p);
}

static struct handle up_as_lns(struct peer *p)
{
	peer_open(p);
	peer_connect(p, peer_call(p, 70));
	return only_session(p);
}

static struct handle up_as_lac(struct peer *p, const char *settings)
{
	struct handle h;

	peer_opened(p, "hello_timeout=0");
	h = host_session(p->h, settings);
	peer_settle(p);
	peer_reply(p, MSG_ICRP, peer_number(peer_got(p, MSG_ICRQ), AVP_ASSIGNED_SESSION_ID), 70);
	peer_ack(p);
	return h;
}

static void ppp_says(struct peer *p, struct handle h, enum ppp_event_kind kind,
		     const struct ppp_link *link, const struct ppp_errors *errors)
{
	struct ppp_event ev = { .handle = h, .kind = kind, .link = link, .errors = errors };

	engine_ppp_event(p->h->engine, &ev);
	peer_settle(p);
}

static void sli_goes_to_the_lac(void **state)
{
	struct ppp_link link = { .send_accm = 0xa,
				 .receive_accm = 0xffffffff,
				 .last_sent = "\1\4",
				 .last_sent_len = 2 };
	struct peer *p = peer_new();
	struct handle h;
	uint16_t ours;
	struct msg m;

	(void)state;
	h = up_as_lns(p);
	ppp_says(p, h, PPP_LINK, &link, NULL);
	assert_int_equal(peer_got(p, MSG_SLI)->value[AVP_ACCM].accm.send, 0xa);
	assert_int_equal(p->head[p->count - 1].session_id, 70);
	/* it wished for no LCP options, and is not told of any (RFC 3437) */
	assert_false(msg_has(peer_last(p), AVP_LNS_LAST_SENT_LCP_CONFREQ));
	ours = peer_call(p, 71);
	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1000);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	msg_put_bytes(&m, AVP_LCP_WANT_OPTIONS, "\1\4", 2);
	peer_say(p, ours, &m);
	assert_true(p->h->ppp_asked.proxy);
	assert_int_equal(p->h->ppp_asked.handed.want_len, 2);
	h.session_id = ours;
	h.serial++;
	ppp_says(p, h, PPP_LINK, &link, NULL);
	assert_true(msg_has(peer_got(p, MSG_SLI), AVP_LNS_LAST_SENT_LCP_CONFREQ));
	peer_free(p);
}

static void sli_reaches_the_provider(void **state)
{
	struct peer *p = peer_new();
	struct handle h;
	struct msg m;

	(void)state;
	h = up_as_lac(p, "tunnel_name=t");
	msg_start(&m, MSG_SLI);
	msg_put(&m, AVP_ACCM)->accm = (struct avp_accm){ 0x11, 0x22 };
	msg_put_bytes(&m, AVP_LNS_LAST_SENT_LCP_CONFREQ, "\1\4", 2);
	peer_say(p, h.session_id, &m);
	assert_int_equal(p->h->ppp_asked.links, 1);
	assert_int_equal(p->h->ppp_asked.link.receive_accm, 0x22);
	assert_int_equal(p->h->ppp_asked.link.last_sent_len, 2);
	assert_told(p, h, "peer_accm", "send 0x00000011, receive 0x00000022");
	peer_free(p);
}

/* 6.13: errors are told, and not more than once a minute. */
static void wen_once_a_minute(void **state)
{
	struct ppp_errors errors = { .crc = 1 };
	struct peer *p = peer_new();
	struct handle h;
	unsigned wens = 0;

	(void)state;
	h = up_as_lac(p, "tunnel_name=t");
	for (errors.crc = 1; errors.crc < 10; errors.crc++)
		ppp_says(p, h, PPP_ERRORS, NULL, &errors);
	assert_int_equal(peer_got(p, MSG_WEN)->value[AVP_CALL_ERRORS].errors.crc, 1);
	peer_ack(p);
	world_run(p->w, 61000, NULL, NULL);
	for (unsigned i = 0; i < p->count; i++)
		wens += p->got[i].type == MSG_WEN;
	assert_int_equal(wens, 2);
	assert_told(p, h, "call_errors",
		    "crc 9, framing 0, hardware overruns 0, buffer overruns 0, timeouts 0, "
		    "alignment 0");
	peer_free(p);

	/* and as LNS they are heard */
	p = peer_new();
	h = up_as_lns(p);
	{
		struct msg m;

		msg_start(&m, MSG_WEN);
		msg_put(&m, AVP_CALL_ERRORS)->errors = (struct avp_errors){ .timeouts = 3 };
		peer_say(p, h.session_id, &m);
	}
	assert_told(p, h, "call_errors",
		    "crc 0, framing 0, hardware overruns 0, buffer overruns 0, timeouts 3, "
		    "alignment 0");
	peer_free(p);
}

/* RFC 3145: why PPP ended, and what the peer says of it. */
static void ppp_causes_are_told(void **state)
{
	struct peer *p = peer_new();
	struct handle h = up_as_lns(p);
	struct ppp_event ev = {
		.handle = h, .kind = PPP_DOWN, .reason = PPP_REASON_AUTH, .protocol = 0xc223
	};
	const struct avp_ppp_cause *cause;
	struct msg m;

	(void)state;
	snprintf(ev.why, sizeof(ev.why), "bad password");
	engine_ppp_event(p->h->engine, &ev);
	peer_settle(p);
	cause = &peer_got(p, MSG_CDN)->value[AVP_PPP_DISCONNECT_CAUSE].ppp_cause;
	assert_true(msg_has(peer_last(p), AVP_PPP_DISCONNECT_CAUSE));
	assert_int_equal(cause->code, 16);
	assert_int_equal(cause->protocol, 0xc223);
	assert_int_equal(cause->direction, 1);
	peer_connect(p, peer_call(p, 71));
	msg_start(&m, MSG_CDN);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, 71);
	msg_put(&m, AVP_RESULT_CODE)->result.result = CDN_BUSY;
	msg_put(&m, AVP_Q931_CAUSE_CODE)->cause =
		(struct avp_cause){ 17, 0x45, { (const uint8_t *)"on the line", 11 } };
	msg_put(&m, AVP_PPP_DISCONNECT_CAUSE)->ppp_cause =
		(struct avp_ppp_cause){ 8, 0xc021, 0, { (const uint8_t *)"gone", 4 } };
	peer_say(p, only_session(p).session_id, &m);
	assert_non_null(strstr(p->h->why[ENGINE_SESSION_DOWN], "busy signal (result 8)"));
	assert_non_null(
		strstr(p->h->why[ENGINE_SESSION_DOWN], "user busy (Q.931 cause 17): on the line"));
	peer_free(p);
}

/* RFC 5515: the access line is kept and shown; its speed may change, if that was agreed upon. */
static void access_lines_are_told(void **state)
{
	struct peer *p = peer_new();
	struct handle h;
	struct msg m;

	(void)state;
	peer_open(p);
	msg_start(&m, MSG_ICRQ);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, 70);
	msg_put_u32(&m, AVP_CALL_SERIAL_NUMBER, 1);
	msg_put_text(&m, AVP_AGENT_CIRCUIT_ID, "dslam 1/2/3");
	msg_put(&m, AVP_ACTUAL_RATE_UP)->u64 = 5000000000;
	msg_put_bytes(&m, AVP_ACCESS_LOOP_ENCAPSULATION, "\1\2\3", 3);
	msg_put(&m, AVP_CONNECT_SPEED_UPDATE_ENABLE);
	peer_say(p, 0, &m);
	h = only_session(p);
	peer_connect(p, h.session_id);
	assert_told(p, h, "line_circuit_id", "dslam 1/2/3");
	assert_told(p, h, "line_actual_up", "5000000000");
	assert_told(p, h, "line_encapsulation", "010203");
	msg_start(&m, MSG_CSUN);
	m.speed[m.speeds++] = (struct avp_speeds){ h.session_id, 777, 888 };
	m.speed[m.speeds++] = (struct avp_speeds){ (uint16_t)(h.session_id + 1), 1, 1 };
	peer_say(p, 0, &m);
	assert_told(p, h, "peer_tx_speed", "777");
	assert_told(p, h, "peer_rx_speed", "888");
	peer_free(p);
}

static void speeds_of_our_line_are_told(void **state)
{
	struct session_conf faster = { 0 };
	struct peer *p = peer_new();
	struct handle h;
	struct msg m;

	(void)state;
	h = up_as_lac(p, "tunnel_name=t connect_speed_updates=yes connect_speed=10:20");
	settings_parse(&session_params, &faster, "connect_speed=30:40");
	assert_int_equal(session_modify(p->h->engine, h.tunnel_id, h.session_id, &faster, 0, NULL),
			 0);
	peer_settle(p);
	assert_int_equal(peer_got(p, MSG_CSUN)->speeds, 1);
	assert_int_equal(peer_last(p)->speed[0].session_id, 70);
	assert_int_equal(peer_last(p)->speed[0].tx, 40);
	/* not mandatory: a peer that does not know the message ignores it */
	assert_int_equal(p->head[p->count - 1].body.p[0] & 0x80, 0);
	msg_start(&m, MSG_CSURQ);
	m.speed[m.speeds++] = (struct avp_speeds){ h.session_id, 0, 0 };
	m.speed[m.speeds++] = (struct avp_speeds){ 1, 0, 0 };
	peer_say(p, 0, &m);
	peer_ack(p);
	peer_settle(p);
	assert_int_equal(p->got[p->count - 1].type, MSG_CSUN);
	assert_int_equal(peer_last(p)->speeds, 1);
	param_free(&session_params, &faster);
	peer_free(p);
}

/* --- sequence numbers ------------------------------------------------------------------------- */

static int modify(struct peer *p, struct handle h, const char *settings, char **why)
{
	struct session_conf conf = { 0 };
	int err;

	settings_parse(&session_params, &conf, settings);
	err = session_modify(p->h->engine, h.tunnel_id, h.session_id, &conf, 0, why);
	param_free(&session_params, &conf);
	return err;
}

/* 5.4: the LNS switches, unless the LAC demanded them for good; a LAC only follows. */
static void numbering_is_the_lnss(void **state)
{
	struct peer *p = peer_new();
	struct handle h = up_as_lns(p);
	char *why = NULL;
	struct msg m;

	(void)state;
	assert_false(p->h->dp_session.send_seq);
	assert_int_equal(modify(p, h, "use_sequence_numbers=yes reorder_timeout=50", &why), 0);
	assert_true(p->h->dp_session.send_seq);
	assert_int_equal(p->h->dp_session.reorder_ms, 50);
	assert_int_equal(modify(p, h, "use_sequence_numbers=no", &why), 0);
	assert_false(p->h->dp_session.send_seq);
	assert_int_equal(modify(p, h, "sequencing_required=yes", &why), -EPERM);
	free(why);
	why = NULL;
	h.session_id = peer_call(p, 71);
	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1000);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	msg_put(&m, AVP_SEQUENCING_REQUIRED);
	peer_say(p, h.session_id, &m);
	assert_true(p->h->dp_session.send_seq && p->h->dp_session.recv_seq);
	assert_int_equal(modify(p, h, "use_sequence_numbers=no", &why), -EPERM);
	assert_non_null(strstr(why, "the LAC demanded"));
	free(why);
	why = NULL;
	peer_free(p);
	p = peer_new();
	h = up_as_lac(p, "tunnel_name=t");
	assert_int_equal(modify(p, h, "use_sequence_numbers=yes", &why), -EPERM);
	assert_non_null(strstr(why, "the LNS decides"));
	free(why);
	peer_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lac_places_a_call),
		cmocka_unit_test(lac_refuses_what_it_cannot_place),
		cmocka_unit_test(lns_has_a_call_placed),
		cmocka_unit_test(occn_may_come_early),
		cmocka_unit_test(no_bearer_no_outgoing_call),
		cmocka_unit_test(only_what_the_lac_has_is_asked),
		cmocka_unit_test(call_messages_out_of_place),
		cmocka_unit_test(call_before_the_tunnel_is_up),
		cmocka_unit_test(unsent_request_is_taken_back),
		cmocka_unit_test(proxies_are_handed_on),
		cmocka_unit_test(broken_proxies_are_none),
		cmocka_unit_test(lac_tells_all_that_is_configured),
		cmocka_unit_test(plain_calls_carry_no_extensions),
		cmocka_unit_test(sli_goes_to_the_lac),
		cmocka_unit_test(sli_reaches_the_provider),
		cmocka_unit_test(wen_once_a_minute),
		cmocka_unit_test(ppp_causes_are_told),
		cmocka_unit_test(access_lines_are_told),
		cmocka_unit_test(speeds_of_our_line_are_told),
		cmocka_unit_test(numbering_is_the_lnss),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
