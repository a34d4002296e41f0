/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stranger.c - datagrams that are for no tunnel: who wants to open one, who gave
 * up on one that we hardly knew, and everybody else.
 *
 * A stranger costs little: what it sends is answered with one datagram at most,
 * from no state, or with the state that halfopen.c bounds; and however much it
 * sends, the log gets a few lines and a sum.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 3, 4)))
log_stranger(struct engine *e, const struct sender *from, const char *fmt, ...)
{
	char line[192], text[ENDPOINT_TEXT];
	va_list ap;

	if (!log_limit_ok(&e->host.log, &e->stranger_limit, e->timers.now_ms,
			  "datagrams from strangers"))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_info(&e->host.log, "%s: %s", endpoint_text(from->peer, text), line);
}

/* --- answers from no state ------------------------------------------------------------ */

/*
 * StopCCN to who has no tunnel with us: @h and @id are of the message that it
 * sent. It says no word beyond the codes, and is sent once: who did not get it
 * asks again.
 */
static void stop(struct engine *e, const struct sender *from, const struct header *h, uint16_t id,
		 uint16_t result, uint16_t error)
{
	struct transport *tr = &e->host.transport;
	uint8_t buf[128];
	struct wbuf w = wbuf_of(buf, sizeof(buf));
	uint16_t ours = 0;
	struct msg m;

	while (ours == 0) /* there is none, but 0 is no id (4.4.3) */
		e->host.random(e->host.ctx, &ours, sizeof(ours));
	msg_start(&m, MSG_STOPCCN);
	msg_put_u16(&m, AVP_ASSIGNED_TUNNEL_ID, ours);
	msg_put(&m, AVP_RESULT_CODE)->result =
		(struct avp_result){ .result = result, .error = error, .has_error = error != 0 };
	header_write(&w, id, h->version == 3 ? h->session_id : 0, h->nr, (uint16_t)(h->ns + 1));
	msg_write(&w, &m, NULL);
	header_finish(&w);
	if (w.failed)
		return;
	e->stats.rx_stopped++;
	e->messages.tx[MSG_STOPCCN]++;
	engine_captured(e, 0, true, from->local, from->peer, w.p, w.len);
	tr->send(tr->ctx, from->socket, from->local, from->peer, w.p, w.len);
}

/* --- who wants to open a tunnel ----------------------------------------------------------- */

/* Why no stranger may open a tunnel now, in the codes that it is told, and in words; or false. */
static bool is_closed(struct engine *e, struct closing *c)
{
	const struct system_conf *sys = &e->system;
	const char *why = NULL;

	c->result = RESULT_GENERAL;
	if (!e->started || e->stopping) {
		why = "starting up or shutting down";
		c->error = ERROR_TRY_ANOTHER;
	} else if (sys->drain_tunnels) {
		why = "draining (system drain_tunnels)";
		c->error = ERROR_TRY_ANOTHER;
	} else if (sys->deny_remote_tunnels) {
		why = "tunnels from the network are refused (system deny_remote_tunnel_creates)";
		c->result = STOPCCN_NOT_AUTHORIZED;
	} else if (sys->max_tunnels && e->tunnel_count >= sys->max_tunnels) {
		engine_limit(e, NULL, NULL, "system max_tunnels");
		why = "there are as many tunnels as system max_tunnels allows";
		c->error = ERROR_RESOURCES;
	}
	snprintf(c->why, sizeof(c->why), "%s", why ? why : "");
	return why != NULL;
}

static void open_tunnel(struct engine *e, const struct sender *from, const struct header *h,
			const struct msg *sccrq)
{
	struct closing closed = { 0 };
	const char *why;
	int err;

	e->messages.rx[MSG_SCCRQ]++;
	if (is_closed(e, &closed)) {
		e->stats.rx_refused++;
		log_stranger(e, from, "SCCRQ refused: %s", closed.why);
		stop(e, from, h, sccrq->value[AVP_ASSIGNED_TUNNEL_ID].u16, closed.result,
		     closed.error);
		return;
	}
	if (!dial_accepts(e, &from->peer->addr, sccrq)) {
		log_stranger(e, from, "SCCRQ dropped: our own tie breaker won");
		return;
	}
	err = tunnel_from_sccrq(e, from->local, from->peer, sccrq);
	if (!err)
		return;
	e->stats.rx_refused++;
	why = err == -EUSERS  ? "too many tunnels from that address are half open"
	      : err == -EBUSY ? "too many tunnels are half open"
			      : "out of memory or ids";
	log_stranger(e, from, "SCCRQ dropped: %s", why);
	if (err != -ENOMEM)
		engine_limit(e, NULL, NULL, "%s", why);
}

/* The tunnel that this stranger opened, by its own id for it. */
static struct tunnel *opened_by(const struct engine *e, const struct sender *from,
				const struct msg *m)
{
	struct peer_key key = tunnel_peer_key(from->peer, m->value[AVP_ASSIGNED_TUNNEL_ID].u16);
	struct keymap_node *n = keymap_get(&e->peers, &key, sizeof(key));

	return n ? container_of(n, struct tunnel, by_peer) : NULL;
}

/* The tunnel of a peer that never names our id, where the operator allows that. */
static struct tunnel *by_endpoint(const struct engine *e, const struct sender *from)
{
	struct peer_key key = tunnel_peer_key(from->peer, 0);
	struct keymap_node *n = keymap_get(&e->zero_ids, &key, sizeof(key));

	return n ? container_of(n, struct tunnel, by_zero_id) : NULL;
}

/* Hidden AVPs of an SCCRQ are read with the secret of who its Host Name says it is from. */
static struct verdict read_hidden(struct engine *e, const struct sender *from,
				  const struct header *h, struct msg *m)
{
	char *secret = peer_secret(e, &from->peer->addr, m);
	struct msg_reader reader = { .knows = engine_knows_avp, .ctx = e };
	struct verdict v;

	if (secret)
		reader.secret = (struct bytes){ (const uint8_t *)secret, strlen(secret) };
	v = msg_read(m, h->body, &reader);
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
	return v;
}

static struct verdict read_message(struct engine *e, const struct sender *from,
				   const struct header *h, struct msg *m)
{
	struct msg_reader glance = { .first_glance = true, .knows = engine_knows_avp, .ctx = e };
	struct verdict v = msg_read(m, h->body, &glance);

	if (v.kind == VERDICT_ACCEPT && m->hidden && m->type == MSG_SCCRQ)
		v = read_hidden(e, from, h, m);
	e->stats.rx_ignored_avps += m->ignored;
	if (v.kind != VERDICT_ACCEPT) {
		e->stats.rx_bad_messages++;
		log_stranger(e, from, "a bad message: %s",
			     v.kind == VERDICT_IGNORE ? "unknown type" : v.why);
	}
	return v;
}

/*
 * For no tunnel: an SCCRQ, again or for the first time; a StopCCN from one who gave
 * up on us; an SCCRP for a tunnel that we gave up (7.2.1: idle, receive SCCRP); or
 * a message of a peer that never names our id.
 */
void stranger_message(struct engine *e, const struct sender *from, const struct header *h)
{
	struct tunnel *t = h->tunnel_id ? NULL : by_endpoint(e, from);
	struct tunnel *opened = NULL;
	struct msg m;

	if (h->body.len == 0) {
		if (t)
			input_for(t, from->local, from->peer, h);
		else
			e->stats.rx_no_tunnel++;
		return;
	}
	if (read_message(e, from, h, &m).kind != VERDICT_ACCEPT)
		return;
	if (!h->tunnel_id && msg_has(&m, AVP_ASSIGNED_TUNNEL_ID))
		opened = opened_by(e, from, &m);
	t = opened ? opened : t;
	if (t && (m.type != MSG_SCCRQ || opened)) {
		input_for(t, from->local, from->peer, h);
	} else if (m.type == MSG_SCCRQ && !h->tunnel_id && h->ns == 0 && h->nr == 0) {
		open_tunnel(e, from, h, &m);
	} else {
		e->stats.rx_no_tunnel++;
		if (m.type == MSG_SCCRP && msg_has(&m, AVP_ASSIGNED_TUNNEL_ID))
			stop(e, from, h, m.value[AVP_ASSIGNED_TUNNEL_ID].u16, STOPCCN_CLEAR, 0);
	}
}

/* --- what is no message at all -------------------------------------------------------------- */

/*
 * An SCCRQ of L2TPv3 (RFC 3931): that we do not speak it is said in the version
 * that we do, which who speaks both can read. Its connection id, 32 bits, stands
 * where version 2 has two ids.
 */
static void newer_version(struct engine *e, const struct sender *from, const void *p, size_t len)
{
	struct header h;

	if (header_read_v3(&h, p, len))
		stop(e, from, &h, h.tunnel_id, STOPCCN_VERSION, CONTROL_VERSION);
}

void stranger_datagram(struct engine *e, const struct sender *from, enum header_verdict v,
		       const void *p, size_t len)
{
	if (v == HEADER_DATA) {
		e->stats.rx_data++; /* late data of a session that is gone: nothing to tell */
		return;
	}
	if (v == HEADER_VERSION) {
		e->stats.rx_version++;
		newer_version(e, from, p, len);
	} else {
		e->stats.rx_malformed++;
	}
	log_stranger(e, from, "a datagram was dropped: %s", header_verdict_text(v));
}
