/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tunnel.c - messages within a tunnel, as LNS or as LAC. Each piece of the
 * input is a byte that chooses the session id in the header and how much time
 * passes, and a message's body; the header's numbers are always right, so that
 * the body is what is judged.
 */
#include "tests/fuzz/harness.h"

#include "l2tpd/wire/msg.h"

#include <stdlib.h>

struct channel {
	struct harness h;
	uint16_t theirs, ns, nr;
	uint16_t session; /* the engine's last */
};

/* Learns ids and numbers from what the engine sent. */
static void listen_to(struct channel *c)
{
	static struct msg m;
	struct header h;

	if (!c->h.sent_len || header_read(&h, c->h.sent, c->h.sent_len) != HEADER_CONTROL)
		return;
	c->h.sent_len = 0;
	if (h.body.len == 0 || msg_read(&m, h.body, NULL).kind != VERDICT_ACCEPT)
		return;
	c->nr = (uint16_t)(h.ns + 1);
	if (msg_has(&m, AVP_ASSIGNED_TUNNEL_ID) && m.type != MSG_STOPCCN)
		c->theirs = m.value[AVP_ASSIGNED_TUNNEL_ID].u16;
	if (msg_has(&m, AVP_ASSIGNED_SESSION_ID))
		c->session = m.value[AVP_ASSIGNED_SESSION_ID].u16;
}

static void send_body(struct channel *c, uint16_t session, const void *body, size_t len)
{
	uint8_t buf[4096];
	struct wbuf w = wbuf_of(buf, sizeof(buf));

	header_write(&w, c->theirs, session, c->ns, c->nr);
	wbuf_bytes(&w, body, len);
	if (w.failed)
		return;
	header_finish(&w);
	if (len)
		c->ns++;
	harness_datagram(&c->h, buf, w.len);
	listen_to(c);
}

static void send_message(struct channel *c, enum msg_type type)
{
	static struct msg m;
	uint8_t body[256];
	struct wbuf w = wbuf_of(body, sizeof(body));

	msg_start(&m, type);
	if (type != MSG_SCCCN) {
		msg_put_u16(&m, AVP_PROTOCOL_VERSION, 0x0100);
		msg_put_text(&m, AVP_HOST_NAME, "peer");
		msg_put_u32(&m, AVP_FRAMING_CAPABILITIES, 3);
		msg_put_u16(&m, AVP_ASSIGNED_TUNNEL_ID, 7);
	}
	msg_write(&w, &m, NULL);
	send_body(c, 0, body, w.len);
}

/* We call, as a LAC does, with a session already made. */
static void open_as_lac(struct channel *c)
{
	struct tunnel_conf t = { 0 };
	struct session_conf s = { 0 };
	struct handle handle;

	param_set(&tunnel_params, (unsigned)param_find(&tunnel_params, "dest_ipaddr"), &t,
		  "192.0.2.2", NULL);
	tunnel_create(c->h.engine, &t, &s.tunnel_id, NULL);
	session_create(c->h.engine, &s, &handle, NULL);
	param_free(&tunnel_params, &t);
	engine_start(c->h.engine);
	listen_to(c);
	send_message(c, MSG_SCCRP);
}

static void open_as_lns(struct channel *c)
{
	engine_start(c->h.engine);
	send_message(c, MSG_SCCRQ);
	send_message(c, MSG_SCCCN);
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
	if (*data & 1)
		open_as_lac(&c);
	else
		open_as_lns(&c);
	data++;
	size--;
	while ((p = harness_piece(&data, &size, &len))) {
		uint8_t how = len ? p[0] : 0;

		send_body(&c, how & 1 ? c.session : 0, len ? p + 1 : p, len ? len - 1 : 0);
		harness_pass_ms(&c.h, how & 2 ? 2000 : 1);
		listen_to(&c);
	}
	harness_close(&c.h);
	return 0;
}
