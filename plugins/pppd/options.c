/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugins/pppd/options.h"

#include <stdio.h>

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

/* Whether the peer must say who it is: auth_peer decides, else auth_none, else who called. */
static bool demands(const struct ppp_start *s)
{
	if (s->conf->auth_peer != BY_ROLE_DEFAULT)
		return s->conf->auth_peer == BY_ROLE_YES;
	if (s->conf->auth_none != BY_ROLE_DEFAULT)
		return s->conf->auth_none == BY_ROLE_NO;
	return s->lns;
}

/* What may be used to authenticate us, and what the peer must choose from. */
static void authentication(struct text *out, const struct ppp_start *s)
{
	const struct ppp_conf *c = s->conf;
	bool demand = demands(s);
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
	address(out, "ms-wins", &c->wins_pri);
	address(out, "ms-wins", &c->wins_sec);
	text_add(out, "nodefaultroute\n"); /* the daemon's: it keeps the way to the peer */
	text_add(out, c->proxy_arp ? "proxyarp\n" : "noproxyarp\n");
}

/* How often and how long is tried. */
static void timing(struct text *out, const struct ppp_conf *c)
{
	const struct {
		const char *who;
		const struct ppp_timing *t;
	} both[] = { { "lcp", &c->lcp }, { "ipcp", &c->ipcp } };

	for (unsigned i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		text_addf(out,
			  "%s-max-configure %d\n%s-max-failure %d\n%s-max-terminate %d\n"
			  "%s-restart %d\n",
			  both[i].who, both[i].t->requests, both[i].who, both[i].t->naks,
			  both[i].who, both[i].t->terminates, both[i].who, both[i].t->retransmit_s);
	text_addf(out, "chap-interval %d\nchap-max-challenge %d\nchap-restart %d\n",
		  c->chap_interval_s, c->chap_max_challenge, c->chap_restart_s);
	text_addf(out, "pap-max-authreq %d\npap-restart %d\npap-timeout %d\n", c->pap_max_requests,
		  c->pap_restart_s, c->pap_timeout_s);
	text_addf(out, "lcp-echo-interval %d\nlcp-echo-failure %d\n", c->lcp_echo_interval_s,
		  c->lcp_echo_failures);
	text_addf(out, "idle %d\nmaxconnect %d\nmaxfail %d\n", c->idle_s, c->max_connect_s,
		  c->max_failures);
}

static unsigned at_most(unsigned value, unsigned limit)
{
	return value < limit ? value : limit;
}

/*
 * pppd's own RADIUS client. Who calls is known by the number that the LAC told, else by the
 * address that the tunnel comes from; the port is the interface's number.
 */
static void radius(struct text *out, const struct ppp_start *s)
{
	const struct ppp_conf *c = s->conf;
	const char *caller =
		s->calling_number && *s->calling_number ? s->calling_number : s->peer_address;

	if (!c->use_radius || !demands(s))
		return;
	text_add(out, "plugin radius.so\nplugin radattr.so\nmap-to-ifname\n");
	named(out, "radius-config-file", c->radius_hint);
	named(out, "remotenumber", caller);
}

/* A plugin of pppd's that is ours. */
static void our_plugin(struct text *out, const char *plugin_dir, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", plugin_dir, name);
	named(out, "plugin", path);
}

/* As client: asks the server which networks it routes. The tunnel's own way is none of them. */
static void split_routing(struct text *out, const struct ppp_start *s, const char *plugin_dir)
{
	if (!s->conf->split_routing || s->lns)
		return;
	our_plugin(out, plugin_dir, "splitroute.so");
	named(out, "splitroute-protect", s->peer_address);
}

void pppd_options(const struct ppp_start *s, const char *plugin_dir, struct text *out)
{
	const struct ppp_conf *c = s->conf;

	text_add(out, "nodetach\nplugin pppol2tp.so\n");
	text_addf(out, "pppol2tp %d\n", PPPD_FD_CHANNEL);
	/* first ours to tell that the link is up, then this one to ask what is behind it */
	split_routing(out, s, plugin_dir);
	/* before ours, since RADIUS's word on addresses comes first */
	radius(out, s);
	our_plugin(out, plugin_dir, "pppd-report.so");
	text_add(out, s->lns ? "l2tpd_ask\n" : "");
	text_addf(out, "l2tpd_report %d\nlogfd %d\n", PPPD_FD_REPORT, PPPD_FD_REPORT);
	named(out, "ifname", s->interface_name);
	text_addf(out, "set L2TP_TUNNEL_ID=%u\nset L2TP_SESSION_ID=%u\n", s->handle.tunnel_id,
		  s->handle.session_id);
	authentication(out, s);
	text_add(out, c->mppe ? "require-mppe-128\n" : "");
	text_add(out, c->use_peer_dns ? "usepeerdns\n" : "");
	addresses(out, s);
	text_addf(out, "mtu %u\nmru %u\n", at_most(c->mtu, s->mtu_limit),
		  at_most(c->mru, s->mtu_limit));
	/* No line noise to escape, and the kernel's tunnel wants whole headers. */
	text_add(out, "noaccomp\nnopcomp\nnobsdcomp\nnodeflate\nnovj\n");
	if (c->asyncmap)
		text_addf(out, "asyncmap %x\n", c->asyncmap);
	timing(out, c);
	named(out, "ipparam", c->ip_param);
	if (c->trace_flags)
		text_add(out, "debug\n");
	named(out, "file", c->pppd_options_file);
}
