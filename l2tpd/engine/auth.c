/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * auth.c - who may have a tunnel with us: auth_mode, and the proof of the shared
 * secret in both directions (RFC 2661 section 5.1.1).
 *
 * Both sides ask and answer independently: whoever has auth_mode=challenge asks,
 * whoever is asked answers if it has a secret, and refuses if it has none. The
 * answer is computed when the question comes, and sent with the next message.
 */
#include "l2tpd/engine/internal.h"

#include "l2tpd/wire/hide.h"

#include <errno.h>
#include <string.h>

static struct bytes secret_of(const struct tunnel *t)
{
	const char *s = t->conf.secret;

	return (struct bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

struct msg_reader auth_reader(const struct tunnel *t)
{
	return (struct msg_reader){ .secret = secret_of(t),
				    .knows = engine_knows_avp,
				    .ctx = t->e };
}

const struct avp_hide *auth_hide(struct tunnel *t, const struct msg *m, struct avp_hide *hide)
{
	struct engine_host *host = &t->e->host;

	/* Before the peer knows which tunnel it is, it does not know the secret either. */
	if (!t->conf.hide_avps || m->type == MSG_SCCRQ || !t->peer_tunnel_id)
		return NULL;
	hide->secret = secret_of(t);
	host->random(host->ctx, hide->vector, sizeof(hide->vector));
	host->random(host->ctx, hide->padding, sizeof(hide->padding));
	return hide->secret.len ? hide : NULL;
}

void auth_put_challenge(struct tunnel *t, struct msg *m)
{
	struct engine_host *host = &t->e->host;

	if (t->conf.auth_mode != AUTH_CHALLENGE)
		return;
	host->random(host->ctx, t->challenge, sizeof(t->challenge));
	t->challenged = true;
	msg_put_bytes(m, AVP_CHALLENGE, t->challenge, sizeof(t->challenge));
}

void auth_put_response(const struct tunnel *t, struct msg *m)
{
	if (t->asked)
		msg_put_bytes(m, AVP_CHALLENGE_RESPONSE, t->response, sizeof(t->response));
}

static int refuse(struct tunnel *t, const char *why)
{
	tunnel_because(t, STOPCCN_NOT_AUTHORIZED, 0, "%s", why);
	t->e->stats.auth_failed++;
	return -EACCES;
}

/* SCCRQ and SCCRP: whether the peer is known, and the answer to what it asks. */
int auth_take_peer(struct tunnel *t, const struct msg *m)
{
	uint8_t answer = m->type == MSG_SCCRQ ? MSG_SCCRP : MSG_SCCCN;

	if (t->conf.auth_mode != AUTH_NONE && !peer_is_known(t, m))
		return refuse(t, "the peer is not known here (auth_mode wants a peer profile)");
	if (t->conf.auth_mode == AUTH_CHALLENGE && secret_of(t).len == 0)
		return refuse(t, "auth_mode=challenge without a secret in the tunnel's profile");
	if (!msg_has(m, AVP_CHALLENGE))
		return 0;
	if (secret_of(t).len == 0)
		return refuse(t, "the peer wants to be shown a secret, and none is configured");
	hide_response(answer, secret_of(t), m->value[AVP_CHALLENGE].bytes, t->response);
	t->asked = true;
	return 0;
}

/* SCCRP and SCCCN: whether the peer answered what we asked. */
int auth_check_response(struct tunnel *t, const struct msg *m)
{
	struct bytes ours = { t->challenge, sizeof(t->challenge) };

	if (!t->challenged)
		return 0;
	if (!msg_has(m, AVP_CHALLENGE_RESPONSE))
		return refuse(t, "the peer did not show that it knows the secret");
	if (!hide_response_ok((uint8_t)m->type, secret_of(t), ours,
			      m->value[AVP_CHALLENGE_RESPONSE].bytes))
		return refuse(t, "the peer's secret is not ours");
	t->authenticated = true;
	return 0;
}
