/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-glue/rtnl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int addr_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

static int put_addr(struct nl_msg *msg, int type, const struct addr *a)
{
	return nla_put(msg, type, addr_len(a), a->bytes);
}

static int change_route(struct nl *n, int type, int flags, const struct rtnl_route *r)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_ACK | flags);
	struct rtmsg rt = {
		.rtm_family = r->to.addr.family,
		.rtm_dst_len = r->to.bits,
		.rtm_table = r->table ? RT_TABLE_UNSPEC : RT_TABLE_MAIN,
		.rtm_protocol = RTNL_PROTOCOL,
		.rtm_type = r->unreachable ? RTN_UNREACHABLE : RTN_UNICAST,
		.rtm_scope = r->unreachable || r->via.family || r->to.addr.family == AF_INET6
				     ? RT_SCOPE_UNIVERSE
				     : RT_SCOPE_LINK,
	};
	int bad;

	if (!msg)
		return -ENOMEM;
	bad = nlmsg_append(msg, &rt, sizeof(rt), NLMSG_ALIGNTO);
	if (r->to.bits)
		bad |= put_addr(msg, RTA_DST, &r->to.addr);
	if (!r->unreachable)
		bad |= nla_put_u32(msg, RTA_OIF, r->interface);
	if (r->via.family)
		bad |= put_addr(msg, RTA_GATEWAY, &r->via);
	if (r->table)
		bad |= nla_put_u32(msg, RTA_TABLE, r->table);
	if (r->metric)
		bad |= nla_put_u32(msg, RTA_PRIORITY, r->metric);
	return nl_transact(n, msg, bad, NULL, NULL);
}

int rtnl_route_add(struct nl *n, const struct rtnl_route *route)
{
	return change_route(n, RTM_NEWROUTE, NLM_F_CREATE, route);
}

int rtnl_route_delete(struct nl *n, const struct rtnl_route *route)
{
	return change_route(n, RTM_DELROUTE, 0, route);
}

static void take_addr(struct nlattr *const a[], int type, uint8_t family, struct addr *out)
{
	struct addr got = { .family = family };

	if (!a[type] || nla_len(a[type]) != addr_len(&got))
		return;
	memcpy(got.bytes, nla_data(a[type]), (size_t)addr_len(&got));
	*out = got;
}

static void take_route(struct nl_msg *msg, void *arg)
{
	struct rtnl_route *out = arg;
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	const struct rtmsg *rt = nlmsg_data(h);
	struct nlattr *a[RTA_MAX + 1];

	if (h->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*rt), a, RTA_MAX, NULL) < 0)
		return;
	out->local = rt->rtm_type == RTN_LOCAL;
	out->to.bits = rt->rtm_dst_len;
	if (a[RTA_OIF] && nla_len(a[RTA_OIF]) == 4)
		out->interface = nla_get_u32(a[RTA_OIF]);
	take_addr(a, RTA_GATEWAY, rt->rtm_family, &out->via);
}

/* --- what was left behind --------------------------------------------------------------- */

enum { FOUND_MAX = 64 };

struct found {
	struct rtnl_route route[FOUND_MAX];
	unsigned count;
};

static void take_unreachable(struct nl_msg *msg, void *arg)
{
	struct found *f = arg;
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	const struct rtmsg *rt = nlmsg_data(h);
	struct rtnl_route *r = &f->route[f->count];
	struct nlattr *a[RTA_MAX + 1];

	if (f->count == FOUND_MAX || h->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*rt), a, RTA_MAX, NULL) < 0 ||
	    rt->rtm_protocol != RTNL_PROTOCOL || rt->rtm_type != RTN_UNREACHABLE || !a[RTA_DST])
		return;
	*r = (struct rtnl_route){ .to.bits = rt->rtm_dst_len, .unreachable = true };
	take_addr(a, RTA_DST, rt->rtm_family, &r->to.addr);
	if (a[RTA_PRIORITY] && nla_len(a[RTA_PRIORITY]) == 4)
		r->metric = nla_get_u32(a[RTA_PRIORITY]);
	f->count += r->to.addr.family != AF_UNSPEC;
}

int rtnl_flush_unreachable(struct nl *n)
{
	struct rtmsg all = { .rtm_table = RT_TABLE_MAIN };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);
	struct found found = { .count = 0 };
	int err;

	if (!msg)
		return -ENOMEM;
	err = nl_transact(n, msg, nlmsg_append(msg, &all, sizeof(all), NLMSG_ALIGNTO),
			  take_unreachable, &found);
	for (unsigned i = 0; i < found.count && !err; i++)
		err = rtnl_route_delete(n, &found.route[i]);
	return err;
}

/* --- the way now --------------------------------------------------------------------------- */

static int get(struct nl *n, const struct addr *to, unsigned flags, struct rtnl_route *out)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_ACK);
	uint8_t bits = (uint8_t)(addr_len(to) * 8);
	struct rtmsg rt = { .rtm_family = to->family, .rtm_dst_len = bits, .rtm_flags = flags };
	int bad;

	*out = (struct rtnl_route){ .to = { *to, bits } };
	if (!msg)
		return -ENOMEM;
	bad = nlmsg_append(msg, &rt, sizeof(rt), NLMSG_ALIGNTO);
	bad |= put_addr(msg, RTA_DST, to);
	return nl_transact(n, msg, bad, take_route, out);
}

int rtnl_route_get(struct nl *n, const struct addr *to, struct rtnl_route *out)
{
	return get(n, to, 0, out);
}

int rtnl_route_match(struct nl *n, const struct addr *to, struct rtnl_route *out)
{
	return get(n, to, RTM_F_FIB_MATCH, out);
}

int rtnl_addr_add(struct nl *n, unsigned interface, const struct addr *addr, uint8_t bits)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg ifa = { .ifa_family = addr->family,
				 .ifa_prefixlen = bits,
				 .ifa_index = interface };
	int bad;

	if (!msg)
		return -ENOMEM;
	bad = nlmsg_append(msg, &ifa, sizeof(ifa), NLMSG_ALIGNTO);
	bad |= put_addr(msg, IFA_LOCAL, addr);
	bad |= put_addr(msg, IFA_ADDRESS, addr);
	return nl_transact(n, msg, bad, NULL, NULL);
}
