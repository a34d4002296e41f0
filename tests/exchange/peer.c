/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/exchange/peer.h"

#include "l2tpd/wire/hide.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct bytes secret_of(const struct peer *p)
{
	return (struct bytes){ (const uint8_t *)p->secret, p->secret ? strlen(p->secret) : 0 };
}

static void tap(void *arg, const struct endpoint *from, const struct endpoint *to, const void *p,
		size_t len)
{
	struct peer *peer = arg;
	unsigned i = peer->count;
	struct msg_reader reader = { .secret = secret_of(peer) };
	struct header h;

	if (!endpoint_equal(to, &peer->at) || i >= PEER_KEEPS)
		return;
	assert(len <= sizeof(peer->bytes[0]));
	peer->port = from->port;
	peer->datagrams++;
	memcpy(peer->bytes[i], p, len);
	assert(header_read(&h, peer->bytes[i], len) == HEADER_CONTROL);
	if (h.body.len == 0) {
		peer->zlbs++;
		return;
	}
	/* A repetition of what came before is acknowledged by what we send next. */
	if (h.ns != peer->nr)
		return;
	assert(msg_read(&peer->got[i], h.body, &reader).kind == VERDICT_ACCEPT);
	assert(peer->got[i].ignored == 0);
	peer->head[i] = h;
	peer->nr++;
	peer->count++;
}

struct peer *peer_new_in(const struct world_conf *conf)
{
	struct peer *p = calloc(1, sizeof(*p));

	assert(p);
	p->w = world_new(1, conf);
	p->h = &p->w->host[0];
	p->port = 1701;
	p->name = "peer";
	addr_parse(&p->at.addr, "192.0.2.9");
	p->at.port = 1701;
	p->w->tap = tap;
	p->w->tap_arg = p;
	return p;
}

struct peer *peer_new(void)
{
	static const struct world_conf conf = { .delay_ms = 1 };

	return peer_new_in(&conf);
}

void peer_free(struct peer *p)
{
	world_free(p->w);
	free(p);
}

void peer_settle(struct peer *p)
{
	world_run(p->w, 100, NULL, NULL);
}

void peer_send(struct peer *p, const void *datagram, size_t len)
{
	world_inject(p->w, p->h, &p->at, p->port, datagram, len);
	world_run(p->w, 10, NULL, NULL);
}

void peer_send_body(struct peer *p, uint16_t tid, uint16_t sid, uint16_t ns, uint16_t nr,
		    const void *body, size_t len)
{
	uint8_t buf[4096];
	struct wbuf w = wbuf_of(buf, sizeof(buf));

	header_write(&w, tid, sid, ns, nr);
	wbuf_bytes(&w, body, len);
	header_finish(&w);
	assert(!w.failed);
	peer_send(p, buf, w.len);
}

void peer_say(struct peer *p, uint16_t sid, const struct msg *m)
{
	struct avp_hide hide = { .secret = secret_of(p), .vector = "not much chance" };
	uint8_t body[2048];
	struct wbuf w = wbuf_of(body, sizeof(body));

	msg_write(&w, m, p->hides ? &hide : NULL);
	assert(!w.failed);
	peer_send_body(p, p->tunnel_id, sid, p->ns++, p->nr, body, w.len);
}

void peer_ack(struct peer *p)
{
	peer_send_body(p, p->tunnel_id, 0, p->ns, p->nr, NULL, 0);
}

const struct msg *peer_last(const struct peer *p)
{
	assert(p->count > 0);
	return &p->got[p->count - 1];
}

const struct msg *peer_got(const struct peer *p, enum msg_type type)
{
	const struct msg *m = peer_last(p);
	char buf[2][16];

	if (m->type != type) {
		fprintf(stderr, "%s came, not %s\n", msg_name((uint16_t)m->type, buf[0]),
			msg_name((uint16_t)type, buf[1]));
		abort();
	}
	return m;
}

uint16_t peer_number(const struct msg *m, enum avp a)
{
	assert(msg_has(m, a));
	return m->value[a].u16;
}

struct msg peer_sccrq(const struct peer *p, uint16_t id)
{
	struct msg m;

	msg_start(&m, MSG_SCCRQ);
	msg_put_u16(&m, AVP_PROTOCOL_VERSION, 0x0100);
	msg_put_text(&m, AVP_HOST_NAME, p->name);
	msg_put_u32(&m, AVP_FRAMING_CAPABILITIES, 3);
	if (p->bearer)
		msg_put_u32(&m, AVP_BEARER_CAPABILITIES, p->bearer);
	msg_put_u16(&m, AVP_ASSIGNED_TUNNEL_ID, id);
	return m;
}

/* Answers the challenge in the last message with the next, of @type. */
static void put_response(const struct peer *p, struct msg *m, uint8_t out[16])
{
	const struct msg *last = peer_last(p);

	if (!p->secret || !msg_has(last, AVP_CHALLENGE))
		return;
	hide_response((uint8_t)m->type, secret_of(p), last->value[AVP_CHALLENGE].bytes, out);
	msg_put_bytes(m, AVP_CHALLENGE_RESPONSE, out, 16);
}

void peer_confirm(struct peer *p)
{
	uint8_t response[16];
	struct msg m;

	p->tunnel_id = peer_number(peer_got(p, MSG_SCCRP), AVP_ASSIGNED_TUNNEL_ID);
	msg_start(&m, MSG_SCCCN);
	put_response(p, &m, response);
	peer_say(p, 0, &m);
}

void peer_open(struct peer *p)
{
	struct msg m = peer_sccrq(p, 500);
	bool hides = p->hides;

	p->hides = false; /* who does not know us yet does not know our secret */
	peer_say(p, 0, &m);
	p->hides = hides;
	peer_confirm(p);
}

void peer_answer(struct peer *p, uint16_t id)
{
	uint8_t response[16];
	struct msg m = peer_sccrq(p, id);

	p->tunnel_id = peer_number(peer_got(p, MSG_SCCRQ), AVP_ASSIGNED_TUNNEL_ID);
	m.type = MSG_SCCRP;
	put_response(p, &m, response);
	peer_say(p, 0, &m);
}

static uint16_t answer_to_request(struct peer *p, const struct msg *m, enum msg_type reply)
{
	unsigned before = p->count;

	peer_say(p, 0, m);
	peer_ack(p);
	peer_settle(p);
	for (unsigned i = before; i < p->count; i++)
		if (p->got[i].type == reply)
			return peer_number(&p->got[i], AVP_ASSIGNED_SESSION_ID);
	return 0;
}

uint16_t peer_call(struct peer *p, uint16_t id)
{
	struct msg m;

	msg_start(&m, MSG_ICRQ);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, id);
	msg_put_u32(&m, AVP_CALL_SERIAL_NUMBER, 1);
	return answer_to_request(p, &m, MSG_ICRP);
}

void peer_connect(struct peer *p, uint16_t ours)
{
	struct msg m;

	msg_start(&m, MSG_ICCN);
	msg_put_u32(&m, AVP_TX_CONNECT_SPEED, 1000);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 1);
	peer_say(p, ours, &m);
}

uint16_t peer_order(struct peer *p, uint16_t id)
{
	struct msg m;

	msg_start(&m, MSG_OCRQ);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, id);
	msg_put_u32(&m, AVP_CALL_SERIAL_NUMBER, 1);
	msg_put_u32(&m, AVP_MINIMUM_BPS, 1000);
	msg_put_u32(&m, AVP_MAXIMUM_BPS, 1000000);
	msg_put_u32(&m, AVP_BEARER_TYPE, 1);
	msg_put_u32(&m, AVP_FRAMING_TYPE, 3);
	msg_put_text(&m, AVP_CALLED_NUMBER, "5551234");
	return answer_to_request(p, &m, MSG_OCRP);
}

uint16_t peer_opened(struct peer *p, const char *settings)
{
	char text[200];
	uint16_t id;

	snprintf(text, sizeof(text), "dest_ipaddr=192.0.2.9 tunnel_name=t %s", settings);
	id = host_tunnel(p->h, text);
	peer_settle(p);
	peer_answer(p, 500);
	peer_settle(p);
	return id;
}

void peer_reply(struct peer *p, enum msg_type type, uint16_t ours, uint16_t id)
{
	struct msg m;

	msg_start(&m, type);
	msg_put_u16(&m, AVP_ASSIGNED_SESSION_ID, id);
	peer_say(p, ours, &m);
}
