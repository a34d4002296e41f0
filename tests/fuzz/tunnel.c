/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel.c - messages within a tunnel, in all the states that a peer can bring
 * one and its calls into. The first byte of the input chooses where to begin: who
 * opened the tunnel, how far it got, whose calls are under way, and whether there
 * is a secret. Each piece is a byte that chooses the session id in the header, how
 * much time passes, and whether Ns and Nr are right; and a message's body, whose
 * AVPs with the H bit are hidden with the secret first, so that what is within
 * them is judged.
 */
#include "tests/fuzz/harness.h"
#include "tests/fuzz/mutate.h"

#include "l2tpd/wire/msg.h"

#include <stdlib.h>

const bool mutate_prefix = true;
const size_t mutate_head = 1;

static const struct bytes secret = { (const uint8_t *)"sesame", 6 };

struct channel {
	struct harness h;
	uint16_t theirs, ns, nr;
	uint16_t session; /* the engine's last */
	bool hides;
};

/* Learns ids and numbers from what the engine sent. */
static void listen_to(struct channel *c)
{
	static struct msg m;
	struct msg_reader reader = { .secret = secret };
	struct header h;

	if (!c->h.sent_len || header_read(&h, c->h.sent, c->h.sent_len) != HEADER_CONTROL)
		return;
	c->h.sent_len = 0;
	if (h.body.len == 0)
		return;
	if (msg_read(&m, h.body, &reader).kind != VERDICT_ACCEPT)
		abort(); /* what we write we can read */
	c->nr = (uint16_t)(h.ns + 1);
	if (msg_has(&m, AVP_ASSIGNED_TUNNEL_ID) && m.type != MSG_STOPCCN)
		c->theirs = m.value[AVP_ASSIGNED_TUNNEL_ID].u16;
	if (msg_has(&m, AVP_ASSIGNED_SESSION_ID))
		c->session = m.value[AVP_ASSIGNED_SESSION_ID].u16;
}

static void send_body(struct channel *c, uint16_t session, unsigned how, const void *body,
		      size_t len)
{
	uint8_t buf[4096];
	struct wbuf w = wbuf_of(buf, sizeof(buf));

	header_write(&w, c->theirs, session, (uint16_t)(c->ns + (how & 4 ? 1 : 0)),
		     (uint16_t)(c->nr - (how & 8 ? 1 : 0)));
	wbuf_bytes(&w, body, len);
	if (w.failed)
		return;
	header_finish(&w);
	if (c->hides)
		harness_hide(secret, buf + HEADER_CONTROL_BYTES, len);
	if (len && !(how & 4))
		c->ns++;
	harness_datagram(&c->h, buf, w.len);
	listen_to(c);
}

static void say(struct channel *c, uint16_t session, const struct msg *m)
{
	uint8_t body[512];
	struct wbuf w = wbuf_of(body, sizeof(body));

	msg_write(&w, m, NULL);
	send_body(c, session, 0, body, w.len);
	harness_pass_ms(&c->h, 1);
	listen_to(c);
}

/* SCCRQ or SCCRP, with the answer to the engine's challenge if it has one for us. */
static void introduce(struct channel *c, enum msg_type type)
{
	struct msg m;

	msg_start(&m, type);
	msg_put_u16(&m, AVP_PROTOCOL_VERSION, 0x0100);
	msg_put_text(&m, AVP_HOST_NAME, "peer");
	msg_put_u32(&m, AVP_FRAMING_CAPABILITIES, 3);
	msg_put_u32(&m, AVP_BEARER_CAPABILITIES, 3);
	msg_put_u16(&m, AVP_ASSIGNED_TUNNEL_ID, 7);
	say(c, 0, &m);
}

static void say_call(struct channel *c, enum msg_type type, uint16_t session)
{
	struct msg m;

	msg_start(&m, type);
	for (const struct msg_avp *a = msg_rows[type].avp; a->type; a++) {
		if (a->need == MSG_OPTIONAL)
			continue;
		if (a->type == AVP_ASSIGNED_SESSION_ID)
			msg_put_u16(&m, a->type, 9);
		else if (avp_rows[a->type].kind == AVP_KIND_BYTES)
			msg_put_text(&m, a->type, "1");
		else
			msg_put_u32(&m, a->type, 1);
	}
	say(c, session, &m);
}

static void set(const struct param_table *t, void *conf, const char *name, const char *value)
{
	param_set(t, (unsigned)param_find(t, name), conf, value, NULL);
}

/* Hidden and proxied things are let in; the secret is there. */
static void profiles(struct channel *c)
{
	struct tunnel_conf t = { 0 };

	set(&tunnel_params, &t, "allow_ppp_proxy", "yes");
	set(&tunnel_params, &t, "accept_zero_tunnel_id", "yes");
	if (c->hides)
		set(&tunnel_params, &t, "secret", "sesame");
	profile_modify(c->h.engine, PROFILE_TUNNEL, "default", &t, 0, NULL);
	param_free(&tunnel_params, &t);
}

/* We open, as who calls or has calls placed, with a session already made. */
static void engine_opens(struct channel *c, bool outgoing)
{
	struct tunnel_conf t = { 0 };
	struct session_conf s = { 0 };
	struct handle handle;

	set(&tunnel_params, &t, "dest_ipaddr", "192.0.2.2");
	set(&tunnel_params, &t, "use_tiebreaker", "yes");
	tunnel_create(c->h.engine, &t, &s.tunnel_id, NULL);
	set(&session_params, &s, "session_type", outgoing ? "lnoc" : "laic");
	set(&session_params, &s, "called_number", "1");
	set(&session_params, &s, "connect_speed_updates", "yes");
	session_create(c->h.engine, &s, &handle, NULL);
	param_free(&tunnel_params, &t);
	param_free(&session_params, &s);
	engine_start(c->h.engine);
	listen_to(c);
}

/* How far things have come when the input begins. */
static void begin(struct channel *c, uint8_t how)
{
	bool outgoing = how & 2;
	unsigned stage = how >> 2 & 3;
	struct msg m;

	c->hides = how & 16;
	profiles(c);
	if (how & 1) {
		engine_opens(c, outgoing);
		if (stage > 0)
			introduce(c, MSG_SCCRP);
		if (stage > 1)
			say_call(c, outgoing ? MSG_OCRP : MSG_ICRP, c->session);
		if (stage > 2 && outgoing)
			say_call(c, MSG_OCCN, c->session);
		return;
	}
	engine_start(c->h.engine);
	introduce(c, MSG_SCCRQ);
	if (stage == 0)
		return;
	msg_start(&m, MSG_SCCCN);
	say(c, 0, &m);
	if (stage > 1)
		say_call(c, outgoing ? MSG_OCRQ : MSG_ICRQ, 0);
	if (stage > 2 && !outgoing)
		say_call(c, MSG_ICCN, c->session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct channel c;
	const uint8_t *p;
	size_t len;

	if (size < 1)
		return 0;
	c = (struct channel){ 0 };
	harness_open(&c.h);
	begin(&c, *data);
	data++;
	size--;
	while ((p = harness_piece(&data, &size, &len))) {
		uint8_t how = len ? p[0] : 0;

		send_body(&c, how & 1 ? c.session : 0, how, len ? p + 1 : p, len ? len - 1 : 0);
		harness_pass_ms(&c.h, how & 2 ? 2000 : 1);
		listen_to(&c);
	}
	harness_close(&c.h);
	return 0;
}
