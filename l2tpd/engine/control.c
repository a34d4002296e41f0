/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control.c - what the messages about the tunnel itself say (RFC 2661 sections
 * 6.1 to 6.5): filled in from a tunnel, and taken in from a peer.
 */
#include "l2tpd/engine/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRMWARE_REVISION = 0x0100 };

static const char vendor_name[] = "l2tpd";

/* SCCRQ and SCCRP tell the same about us. */
static void about_us(const struct tunnel *t, struct msg *m)
{
	msg_put_u16(m, AVP_PROTOCOL_VERSION, CONTROL_VERSION);
	msg_put_text(m, AVP_HOST_NAME,
		     t->conf.host_name ? t->conf.host_name : t->e->host.host_name);
	msg_put_text(m, AVP_VENDOR_NAME, vendor_name);
	msg_put_u16(m, AVP_FIRMWARE_REVISION, FIRMWARE_REVISION);
	msg_put_u32(m, AVP_FRAMING_CAPABILITIES, t->conf.framing_caps);
	msg_put_u32(m, AVP_BEARER_CAPABILITIES, t->conf.bearer_caps);
	msg_put_u16(m, AVP_ASSIGNED_TUNNEL_ID, t->node.id);
	msg_put_u16(m, AVP_RECEIVE_WINDOW_SIZE, t->conf.rx_window);
}

/* A code point is a per-hop behaviour of its own, left-justified (RFC 3140, by way of RFC 3308). */
static uint16_t phb_of(uint16_t dscp)
{
	return (uint16_t)(dscp << 10);
}

void control_sccrq(struct tunnel *t, struct msg *m)
{
	msg_start(m, MSG_SCCRQ);
	about_us(t, m);
	auth_put_challenge(t, m);
	if (t->conf.dscp)
		msg_put_u16(m, AVP_CONTROL_CONNECTION_DS, phb_of(t->conf.dscp));
}

void control_sccrp(struct tunnel *t, struct msg *m)
{
	msg_start(m, MSG_SCCRP);
	about_us(t, m);
	auth_put_challenge(t, m);
	auth_put_response(t, m);
	if (t->mark)
		msg_put_u16(m, AVP_CONTROL_CONNECTION_DS, phb_of(t->conf.dscp));
}

int control_take_ds(struct tunnel *t, const struct msg *sccrp)
{
	if (!t->conf.dscp || !msg_has(sccrp, AVP_CONTROL_CONNECTION_DS))
		return 0;
	if (sccrp->value[AVP_CONTROL_CONNECTION_DS].u16 != phb_of(t->conf.dscp)) {
		tunnel_because(t, STOPCCN_DS, AVP_CONTROL_CONNECTION_DS,
			       "the peer offers another DiffServ code point than dscp=%u",
			       t->conf.dscp);
		return -EPROTO;
	}
	t->mark = true;
	return 0;
}

void control_stopccn(const struct tunnel *t, struct msg *m)
{
	struct avp_result *r;

	msg_start(m, MSG_STOPCCN);
	msg_put_u16(m, AVP_ASSIGNED_TUNNEL_ID, t->node.id);
	r = &msg_put(m, AVP_RESULT_CODE)->result;
	r->result = t->closing.result;
	r->error = t->closing.error;
	r->has_error = t->closing.error != 0 || t->closing.result == RESULT_GENERAL;
	/* The message explains a general error; our own affairs are not the peer's. */
	if (t->closing.result == RESULT_GENERAL)
		r->message =
			(struct bytes){ (const uint8_t *)t->closing.why, strlen(t->closing.why) };
}

void control_peer_text(struct bytes b, struct text *out)
{
	text_add_safe(out, b.p, b.len < PEER_NAME_MAX ? b.len : PEER_NAME_MAX);
}

/* Empty if the AVP is not there; NULL out of memory. */
static char *peer_text(const struct msg *m, enum avp a)
{
	struct text t = TEXT_INIT;

	if (msg_has(m, a))
		control_peer_text(m->value[a].bytes, &t);
	return text_take(&t);
}

void control_result_words(bool cdn, const struct avp_result *r, struct text *out)
{
	uint16_t result = r->result, error = r->error;
	bool swapped = result_unswap(cdn, &result, &error);
	char words[128];

	text_add(out, result_text(cdn, result, error, words, sizeof(words)));
	if (swapped)
		text_add(out, " with its bytes swapped");
	if (r->message.len)
		text_add(out, ": ");
	control_peer_text(r->message, out);
}

static int refuse(struct tunnel *t, uint16_t result, uint16_t error, const char *why)
{
	t->closing = (struct closing){ .result = result, .error = error };
	strncpy(t->closing.why, why, sizeof(t->closing.why) - 1);
	return -EPROTO;
}

int control_take_peer(struct tunnel *t, const struct msg *m)
{
	uint16_t id = m->value[AVP_ASSIGNED_TUNNEL_ID].u16;

	free(t->peer_host_name);
	free(t->peer_vendor_name);
	t->peer_host_name = peer_text(m, AVP_HOST_NAME);
	t->peer_vendor_name = peer_text(m, AVP_VENDOR_NAME);
	t->peer_tunnel_id = t->xport.peer_tunnel_id = id;
	t->peer_firmware =
		msg_has(m, AVP_FIRMWARE_REVISION) ? m->value[AVP_FIRMWARE_REVISION].u16 : 0;
	t->peer_framing =
		msg_has(m, AVP_FRAMING_CAPABILITIES) ? m->value[AVP_FRAMING_CAPABILITIES].u32 : 0;
	t->peer_bearer =
		msg_has(m, AVP_BEARER_CAPABILITIES) ? m->value[AVP_BEARER_CAPABILITIES].u32 : 0;
	/* RFC 3308: marked if we were told to mark such tunnels, and have a socket to mark */
	t->mark = m->type == MSG_SCCRQ && t->conf.dscp && t->e->host.datapath->wants_socket &&
		  msg_has(m, AVP_CONTROL_CONNECTION_DS);
	if (m->value[AVP_PROTOCOL_VERSION].u16 >> 8 != CONTROL_VERSION >> 8)
		return refuse(t, STOPCCN_VERSION, CONTROL_VERSION,
			      "protocol version not supported");
	if (id == 0)
		return refuse(t, RESULT_GENERAL, ERROR_VALUE, "Assigned Tunnel ID is 0");
	if (!t->peer_host_name || !t->peer_vendor_name)
		return refuse(t, RESULT_GENERAL, ERROR_RESOURCES, "out of memory");
	/* 4.4.3: a window of 4 where the peer names none, and our own bound */
	if (msg_has(m, AVP_RECEIVE_WINDOW_SIZE)) {
		uint16_t window = m->value[AVP_RECEIVE_WINDOW_SIZE].u16;

		xport_set_peer_window(&t->xport,
				      window < t->conf.tx_window ? window : t->conf.tx_window);
	}
	return 0;
}
