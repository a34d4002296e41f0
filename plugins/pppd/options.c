/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugins/pppd/options.h"

/* One word of an options file, whatever bytes it has (pppd(8), OPTIONS FILES). */
static void quoted(struct text *out, const char *s)
{
	text_add(out, "\"");
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (*p == '"' || *p == '\\')
			text_addf(out, "\\%c", *p);
		else if (*p < 0x20 || *p == 0x7f)
			text_addf(out, "\\%03o", *p);
		else
			text_add_n(out, (const char *)p, 1);
	}
	text_add(out, "\"\n");
}

static void named(struct text *out, const char *option, const char *value)
{
	if (!value || !*value)
		return;
	text_addf(out, "%s ", option);
	quoted(out, value);
}

static void address(struct text *out, const char *option, const struct addr *a)
{
	char buf[ADDR_TEXT];

	if (a->family)
		text_addf(out, "%s %s\n", option, addr_text(a, buf));
}

/* What may be used to authenticate us, and what the peer must choose from. */
static void authentication(struct text *out, const struct ppp_start *s)
{
	const struct ppp_conf *c = s->conf;
	bool demand = c->auth_peer == BY_ROLE_DEFAULT ? s->lns : c->auth_peer == BY_ROLE_YES;
	const struct {
		bool allowed;
		const char *name;
	} methods[] = {
		{ c->auth_pap, "pap" },		{ c->auth_chap, "chap" },
		{ c->auth_mschapv1, "mschap" }, { c->auth_mschapv2, "mschap-v2" },
		{ c->auth_eap, "eap" },
	};

	text_add(out, demand ? "auth\n" : "noauth\n");
	for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (!methods[i].allowed)
			text_addf(out, "refuse-%s\n", methods[i].name);
		else if (demand)
			text_addf(out, "require-%s\n", methods[i].name);
	}
	named(out, "user", s->user_name);
	named(out, "password", s->user_password);
	named(out, "name", c->local_name);
	named(out, "remotename", c->remote_name);
}

static void addresses(struct text *out, const struct ppp_start *s)
{
	const struct ppp_conf *c = s->conf;
	char local[ADDR_TEXT], remote[ADDR_TEXT];

	if (c->local_ipaddr.family || c->remote_ipaddr.family)
		text_addf(out, "%s:%s\n", addr_text(&c->local_ipaddr, local),
			  addr_text(&c->remote_ipaddr, remote));
	if (!c->local_ipaddr.family)
		text_add(out, "noipdefault\n");
	address(out, "ms-dns", &c->dns_pri);
	address(out, "ms-dns", &c->dns_sec);
	text_add(out, c->default_route ? "defaultroute\n" : "nodefaultroute\n");
	text_add(out, c->proxy_arp ? "proxyarp\n" : "noproxyarp\n");
}

static unsigned at_most(unsigned value, unsigned limit)
{
	return value < limit ? value : limit;
}

void pppd_options(const struct ppp_start *s, const char *report_plugin, struct text *out)
{
	const struct ppp_conf *c = s->conf;

	text_add(out, "nodetach\nplugin pppol2tp.so\n");
	text_addf(out, "pppol2tp %d\n", PPPD_FD_CHANNEL);
	named(out, "plugin", report_plugin);
	text_addf(out, "l2tpd_report %d\nlogfd %d\n", PPPD_FD_REPORT, PPPD_FD_REPORT);
	named(out, "ifname", s->interface_name);
	text_addf(out, "set L2TP_TUNNEL_ID=%u\nset L2TP_SESSION_ID=%u\n", s->handle.tunnel_id,
		  s->handle.session_id);
	authentication(out, s);
	addresses(out, s);
	text_addf(out, "mtu %u\nmru %u\n", at_most(c->mtu, s->mtu_limit),
		  at_most(c->mru, s->mtu_limit));
	/* No line noise to escape, and the kernel's tunnel wants whole headers. */
	text_add(out, "noaccomp\nnopcomp\nnobsdcomp\nnodeflate\nnovj\n");
	/* Goodbye is said once: a peer that is still there answers, and nobody waits for the
	 * others. */
	text_add(out, "lcp-max-terminate 1\n");
	text_addf(out, "lcp-echo-interval %d\nlcp-echo-failure %d\n", c->lcp_echo_interval_s,
		  c->lcp_echo_failures);
	text_addf(out, "idle %d\nmaxconnect %d\n", c->idle_s, c->max_connect_s);
	if (c->trace_flags)
		text_add(out, "debug\n");
}
