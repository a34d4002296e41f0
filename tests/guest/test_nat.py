# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients behind a router that translates addresses (NAT), and the rules of docs/firewall.md on both sides."""
import os

import pytest

from support.hosts import only_under, until

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"),
              only_under("6.1"), pytest.mark.usefixtures("ppp_users")]

LNS = ("pool create pool_name=guests first_addr=10.99.1.1 num_addrs=20\n"
       "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 ip_pool_name=guests auth_eap=no\n")


def call(user, tunnel=""):
    return (f"tunnel create tunnel_name=t dest_ipaddr=198.51.100.1 {tunnel}\n"
            f'session create tunnel_name=t session_name=s user_name={user} user_password="correct horse"\n')


def behind_nat(net, clients):
    """A router: clients on 10.0.N.2 inside, the LNS on 198.51.100.1 outside, which sees the router's address alone."""
    router = net.host("router")
    net.cable(net.lns, "198.51.100.1/24", "2001:db8:f::1/64", router, "198.51.100.2/24", "2001:db8:f::2/64")
    outside = router.dev
    for n, client in enumerate(clients):
        net.cable(router, f"10.0.{n}.1/24", f"2001:db8:{n}::1/64", client, f"10.0.{n}.2/24", f"2001:db8:{n}::2/64")
        client.run("ip", "route", "add", "default", "via", f"10.0.{n}.1")
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    router.run("nft", "add table ip nat; add chain ip nat out { type nat hook postrouting priority srcnat; }; "
               f"add rule ip nat out oifname {outside} masquerade")
    return router


def test_two_clients_behind_one_nat(net):
    """They show one address; their ports tell them apart, and each has a link of its own."""
    other = net.host("other")
    behind_nat(net, [net.lac, other])
    lns = net.lns.daemon(LNS)
    one, two = net.lac.daemon(call("fred")), other.daemon(call("wilma"))
    one.until_up()
    two.until_up()
    lns.until_up(2)
    peers = {t["peer"].rsplit(":", 1)[0] for t in lns.tunnels()}
    assert peers == {"198.51.100.2"} and len({t["peer"] for t in lns.tunnels()}) == 2
    for host in (net.lac, other):
        host.reaches("10.99.0.1")
    users = {u["user"]: u["peer_address"] for u in lns.json("user", "list")}
    for address in users.values():
        net.lns.reaches(address)
    one.cli("tunnel", "delete", "tunnel_name=t")
    until(lambda: [u["user"] for u in lns.json("user", "list")] == ["wilma"], lambda: lns.log())
    other.reaches("10.99.0.1")


def test_keep_alive_keeps_the_way_open(net):
    """The router forgets who is silent for five seconds; a HELLO every two keeps the server's way to the client."""
    router = behind_nat(net, [net.lac])
    for name in ("timeout", "timeout_stream"):
        router.run("sysctl", "-qw", f"net.netfilter.nf_conntrack_udp_{name}=5")
    lns = net.lns.daemon(LNS + "tunnel profile modify profile_name=default hello_timeout=0\n")
    lac = net.lac.daemon(call("fred", "hello_timeout=2"))
    lac.until_up()
    address = lns.until_up()[0]["peer_address"]
    until(lambda: lac.json("system", "show", "statistics")["tx_hello"] >= 5, lambda: lac.log(), 40)
    assert net.lns.ping(address).returncode == 0
