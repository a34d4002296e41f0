# SPDX-License-Identifier: GPL-2.0-or-later
"""What a link has around it: routes, masquerading, the way to its peer, IPv6 prefixes, networks that clients are told."""
import ipaddress
import os
import re
import signal
import socket
import subprocess

import pytest

from support.hosts import BUILD, ROOT, SLOW, until

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"),
              pytest.mark.usefixtures("ppp_users")]

LNS = "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 remote_ipaddr=10.99.0.2 auth_eap=no\n"


def call(session="", user="fred", tunnel="t", dest="192.0.2.1"):
    return (f"tunnel create tunnel_name={tunnel} dest_ipaddr={dest}\n"
            f'session create tunnel_name={tunnel} session_name={tunnel}s user_name={user} user_password="correct horse" {session}\n')


def forwards(*hosts):
    for host in hosts:
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=1")


def test_two_branches(net):
    """Site to site: each side routes the other's network through the link, while it is up and no longer."""
    net.lns.daemon(LNS + "session profile modify profile_name=default routes=10.2.0.0/24\n")
    pc, server = net.lan(net.lac, "pc", "10.2.0"), net.lan(net.lns, "server", "10.1.0")
    forwards(net.lac, net.lns)
    lac = net.lac.daemon(call("routes=10.1.0.0/24,10.7.0.0/16"))
    lac.until_up()
    until(lambda: "10.1.0.0/24 dev ppp" in net.lac.routes(), lambda: net.lac.routes() + lac.log())
    until(lambda: "10.2.0.0/24 dev ppp" in net.lns.routes(), lambda: net.lns.routes())
    pc.reaches("10.1.0.2")
    server.reaches("10.2.0.2")
    assert "10.7.0.0/16 dev ppp" in net.lac.routes()
    # changed while it is up, the link stays
    lac.cli("session", "modify", "session_name=ts", "routes=10.1.0.0/24,10.8.0.0/16")
    until(lambda: "10.8.0.0/16 dev ppp" in net.lac.routes() and "10.7.0.0/16" not in net.lac.routes(), lambda: net.lac.routes())
    assert "10.1.0.0/24 dev ppp" in net.lac.routes() and lac.sessions()[0]["state"] == "established"
    before = net.lac.routes("dev", net.lac.dev)
    lac.cli("session", "delete", "session_name=ts")
    until(lambda: not net.lac.interfaces(), "end of the link")
    assert "10.1.0.0" not in net.lac.routes() and net.lac.routes("dev", net.lac.dev) == before
    until(lambda: pc.ping("10.1.0.2", count=1).returncode != 0, "end of the way")
    until(lambda: not lac.sessions(), "end of the session")


def nft(host):
    return host.run("nft", "list", "tables", check=False).stdout


def test_masquerade(net):
    """Nobody over there knows our networks: what leaves by the link has our address on it."""
    lns = net.lns.daemon(LNS)
    pc = net.lan(net.lac, "pc", "10.2.0")
    forwards(net.lac)
    lac = net.lac.daemon(call("masquerade=yes routes=10.99.0.1/32"))
    lac.until_up()
    lns.until_up()
    until(lambda: "table ip l2tpd" in nft(net.lac), lambda: nft(net.lac) + lac.log())
    seen = net.lns.start("tcpdump", "-n", "-c", "1", "-i", net.lns.interfaces()[0], "icmp[icmptype] == icmp-echo",
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "listening on" in seen.stderr.readline() + seen.stderr.readline()
    pc.reaches("10.99.0.1")
    assert "IP 10.99.0.2 > 10.99.0.1" in seen.communicate(timeout=20 * SLOW)[0]
    shown = net.lac.run("nft", "list", "table", "ip", "l2tpd").stdout
    assert f'"{net.lac.interfaces()[0]}"' in shown and "maxseg size set rt mtu" in shown
    lac.cli("session", "modify", "session_name=ts", "masquerade=no")
    until(lambda: "l2tpd" not in nft(net.lac), "end of the table")
    lac.cli("session", "modify", "session_name=ts", "masquerade=yes")
    until(lambda: "table ip l2tpd" in nft(net.lac), lambda: nft(net.lac) + lac.log())
    lac.cli("session", "delete", "session_name=ts")
    until(lambda: "l2tpd" not in nft(net.lac), "end of the table")
    lac.cli("session", "create", "tunnel_name=t", "user_name=fred", "user_password=correct horse", "masquerade=yes")
    lac.until_up()
    until(lambda: "table ip l2tpd" in nft(net.lac), lambda: nft(net.lac) + lac.log())
    lac.stop()
    assert "l2tpd" not in nft(net.lac)


def router_between(net):
    """The LNS moves behind a router: 192.0.2.1 is reached by 203.0.113.1 alone."""
    router = net.host("router")
    net.lac.run("ip", "addr", "del", "192.0.2.2/24", "dev", net.lac.dev)
    net.cable(net.lac, "203.0.113.2/24", "2001:db8:1::2/64", router, "203.0.113.1/24", "2001:db8:1::1/64")
    lac_dev = net.lac.dev
    net.cable(net.lns, "192.0.2.1/24", "2001:db8:2::2/64", router, "192.0.2.254/24", "2001:db8:2::1/64")
    net.lns.run("ip", "addr", "flush", "dev", [d for d in net.lns.interfaces("v") if not d.startswith(net.lns.dev)][0].split("@")[0])
    forwards(router)
    net.lns.run("ip", "route", "add", "default", "via", "192.0.2.254")
    net.lac.run("ip", "route", "add", "default", "via", "203.0.113.1")
    return router, lac_dev


def test_default_route(net):
    """All goes through the tunnel but the tunnel itself; afterwards everything is as it was."""
    router, dev = router_between(net)
    net.lns.daemon(LNS)
    before = net.lac.routes()
    lac = net.lac.daemon("system modify trace_flags=system\nppp profile modify profile_name=default default_route=yes\n" + call())
    lac.until_up()
    until(lambda: net.lac.routes("default").startswith("default dev ppp"), lambda: net.lac.routes() + lac.log())
    shown = net.lac.routes()
    assert f"192.0.2.1 via 203.0.113.1 dev {dev}" in shown and "unreachable 192.0.2.1" in shown
    assert "via 203.0.113.1" in net.lac.routes("default")  # the old one waits behind ours
    assert "dev ppp" in net.lac.run("ip", "route", "get", "8.8.8.8").stdout
    assert f"dev {dev}" in net.lac.run("ip", "route", "get", "192.0.2.1").stdout
    net.lac.reaches("10.99.0.1")
    lac.cli("session", "delete", "session_name=ts")
    until(lambda: net.lac.routes() == before, lambda: net.lac.routes() + before)
    changes = lac.log().count("the network changed")  # while the hosts were being made
    # again, and this time the daemon ends
    lac.cli("session", "create", "tunnel_name=t", "user_name=fred", "user_password=correct horse")
    lac.until_up()
    until(lambda: "unreachable 192.0.2.1" in net.lac.routes(), lambda: net.lac.routes())
    lac.stop()
    assert net.lac.routes() == before
    assert lac.log().count("the network changed") == changes  # not by links of our own
    # a killed one leaves the way to its peer behind; the next one takes it over, and away
    lac = net.lac.daemon("ppp profile modify profile_name=default default_route=yes\n" + call())
    lac.until_up()
    until(lambda: "unreachable 192.0.2.1" in net.lac.routes(), lambda: net.lac.routes())
    lac.expected = -signal.SIGKILL
    lac.process.kill()
    lac.process.wait()
    until(lambda: not net.lac.interfaces(), "end of the link")
    assert net.lac.routes("default") == before.splitlines()[0] + "\n" and "proto 108" in net.lac.routes()
    # the way outside is another one by then: what was left must not keep the next one from its peer
    net.lac.run("ip", "route", "del", "192.0.2.1", "via", "203.0.113.1")
    assert "No route to host" in net.lac.run("ip", "route", "get", "192.0.2.1", check=False).stdout
    again = net.lac.daemon("ppp profile modify profile_name=default default_route=yes\n" + call())
    again.until_up()
    until(lambda: net.lac.routes("default").startswith("default dev ppp"), lambda: net.lac.routes() + again.log())
    again.stop()
    assert net.lac.routes() == before


def test_default_route_when_the_way_is_lost(net):
    """The uplink goes, which is noticed at once; the tunnel's packets do not come into the tunnel, and all is well when it is back."""
    router, dev = router_between(net)
    net.lns.daemon(LNS)
    lac = net.lac.daemon("ppp profile modify profile_name=default default_route=yes\n"
                         "tunnel profile modify profile_name=default max_retries=2 persist=yes\n" + call())
    lac.until_up()
    until(lambda: "unreachable 192.0.2.1" in net.lac.routes(), lambda: net.lac.routes() + lac.log())
    net.lac.run("ip", "link", "set", dev, "down")
    assert "No route to host" in net.lac.run("ip", "route", "get", "192.0.2.1", check=False).stdout
    until(lambda: not net.lac.interfaces(), "end of the link", 30)
    until(lambda: "192.0.2.1" not in net.lac.routes(), lambda: net.lac.routes())
    net.lac.run("ip", "link", "set", dev, "up")
    net.lac.run("ip", "route", "add", "default", "via", "203.0.113.1")
    lac.until_up(seconds=60)
    until(lambda: "unreachable 192.0.2.1" in net.lac.routes(), lambda: net.lac.routes() + lac.log())


def test_prefix(net):
    """IPv6: each link has a prefix of its own, and a router advertises it."""
    lns = net.lns.daemon(LNS + "pool create pool_name=six first_addr=2001:db8:6:: num_addrs=4\n"
                         "ppp profile modify profile_name=default ipv6_pool_name=six\n")
    lac = net.lac.daemon(call())
    lac.until_up()
    up = lns.until_up()[0]
    dev = up["interface"]
    until(lambda: "2001:db8:6:" in net.lns.routes("dev", dev, family="-6"), lambda: net.lns.routes(family="-6") + lns.log())
    prefix = lns.json("session", "show", f"tunnel_id={up['tunnel_id']}", f"session_id={up['session_id']}")["ipv6_prefix"]
    assert prefix.endswith("::/64") and f"{prefix} dev {dev}" in net.lns.routes(family="-6")
    net.lns.start("dnsmasq", "-k", "-C", "/dev/null", "-p", "0", "--enable-ra", "--pid-file=", "-u", "root",
                  f"--dhcp-leasefile={net.tmp}/leases", "--dhcp-range=::,constructor:ppp*,ra-only")
    theirs = net.lac.interfaces()[0]

    def addresses():
        return net.lac.run("ip", "-6", "-o", "addr", "show", "dev", theirs, "scope", "global").stdout
    theirs_and_ours = ipaddress.ip_network(prefix)
    until(lambda: any(ipaddress.ip_interface(a) in theirs_and_ours for a in re.findall(r"inet6 (\S+)", addresses())),
          lambda: addresses() + lns.log())
    pinged = net.lac.run("ping", "-6", "-c", "2", "-W", str(2 * SLOW), str(theirs_and_ours[1]), check=False)
    assert pinged.returncode == 0, pinged.stdout
    assert lns.json("pool", "list")[0]["used"] == 1
    lac.cli("session", "delete", "session_name=ts")
    until(lambda: lns.json("pool", "list")[0]["used"] == 0, "the prefix")


ROUTED = "client_routes=10.1.0.0/24,10.8.0.0/13 client_domain=office.example dns_ipaddr_pri=10.1.0.53"
SPLIT = "ppp profile modify profile_name=default split_routing=yes\n"
CLIENT = os.path.join(ROOT, "tests/guest/dhcp_client.py")
SERVER = os.path.join(ROOT, "tests/guest/dhcp_server.py")


def ip_up(variables):
    """pppd's script writes what it knows to a file, each end of a link to one of its own."""
    os.makedirs("/etc/ppp/ip-up.d", exist_ok=True)
    path = "/etc/ppp/ip-up.d/zz-test"
    with open(path, "w") as f:
        f.write("#!/bin/sh\nfile=/tmp/ip-up.$PPP_LOCAL\nenv | grep -E '^(%s)=' > $file.new\nmv $file.new $file\n" % "|".join(variables))
    os.chmod(path, 0o755)


@pytest.fixture
def resolvectl(tmp_path):
    """What systemd-resolved's program would be told: its arguments, a line a call."""
    told = tmp_path / "resolvectl"
    told.touch()
    os.makedirs("/run/systemd/resolve")
    with open("/usr/bin/resolvectl", "w") as f:
        f.write(f'#!/bin/sh\necho "$@" >> {told}\n')
    os.chmod("/usr/bin/resolvectl", 0o755)
    yield told
    os.unlink("/usr/bin/resolvectl")
    os.rmdir("/run/systemd/resolve")


def test_split_routing(net, resolvectl):
    """The server tells, the client routes just that; its script and the resolver know all that came."""
    lns = net.lns.daemon(LNS + f"ppp profile modify profile_name=default {ROUTED}\n")
    net.lan(net.lns, "server", "10.1.0")
    forwards(net.lns)
    ip_up(["SPLITROUTE_ROUTES", "SPLITROUTE_DOMAIN", "SPLITROUTE_DNS"])
    before = net.lac.routes()
    options = net.tmp / "options"
    options.write_text("splitroute-wait 30\n")  # however slow this machine is, the script waits for the answer
    lac = net.lac.daemon(SPLIT + f"ppp profile modify profile_name=default pppd_options_file={options}\n" + call())
    lac.until_up()
    until(lambda: "10.8.0.0/13 dev ppp" in net.lac.routes(), lambda: net.lac.routes() + lac.log() + lns.log())
    dev = net.lac.interfaces()[0]
    ours = {line.split()[0] for line in net.lac.routes("dev", dev).splitlines()}
    assert ours == {"10.99.0.1", "10.1.0.0/24", "10.8.0.0/13"}
    net.lac.reaches("10.1.0.2")
    assert net.lac.ping("10.2.0.1", count=1).returncode != 0  # of this nothing was said
    until(lambda: os.path.exists("/tmp/ip-up.10.99.0.2"), "the script ip-up")
    with open("/tmp/ip-up.10.99.0.2") as f:
        assert sorted(f.read().split("\n")) == ["", "SPLITROUTE_DNS=10.1.0.53", "SPLITROUTE_DOMAIN=office.example",
                                                "SPLITROUTE_ROUTES=10.1.0.0/24 10.8.0.0/13"]
    until(lambda: set(resolvectl.read_text().splitlines()) == {f"dns {dev} 10.1.0.53", f"domain {dev} ~office.example"},
          lambda: resolvectl.read_text())
    lac.cli("session", "delete", "session_name=ts")
    until(lambda: net.lac.routes() == before, lambda: net.lac.routes() + before)


def test_windows_asks(net):
    """Windows' form of the question, through the link; and nobody is answered who asks elsewhere or in another's name."""
    lns = net.lns.daemon(LNS + f"ppp profile modify profile_name=default {ROUTED}\n")
    lac = net.lac.daemon(call())
    lac.until_up()
    lns.until_up()
    dev = net.lac.interfaces()[0]

    def ask(*words):
        return net.lac.run("/usr/bin/python3", CLIENT, *words, check=False).stdout.strip()
    answer = ask(dev, "10.99.0.2", "windows")
    assert "249=180a010010" not in answer and "249=180a01000a6300010d0a080a630001" in answer, answer
    assert "15=6f66666963652e6578616d706c65" in answer and "6=0a010035" in answer and "53=05" in answer
    assert "121=" not in answer  # it did not ask for that
    assert "121=180a01000a6300010d0a080a630001" in ask(dev, "10.99.0.2", "rfc3442")
    assert ask(dev, "10.99.0.7", "windows") == "no answer"  # somebody else's address
    assert ask(dev, "10.99.0.2", "truncated") == "no answer"
    assert ask(net.lac.dev, "192.0.2.2", "windows") == "no answer"  # not through a link


def test_hostile_server(net):
    """What a server may say that nobody should believe; only what can be meant is taken."""
    net.lns.daemon(LNS)
    # the link's name is known beforehand: the server waits for it
    server = net.lns.start("/usr/bin/python3", SERVER, "ppp0", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    net.lac.run("ip", "addr", "add", "10.44.0.1/16", "dev", net.lac.dev)
    before = net.lac.routes()
    lac = net.lac.daemon(SPLIT + call())
    lac.until_up()
    assert "asked" in server.stdout.readline()
    lac.log_has("splitroute: 2 of 54 networks are routed by ppp0")
    dev = net.lac.interfaces()[0]
    ours = {line.split()[0] for line in net.lac.routes("dev", dev).splitlines()}
    assert ours == {"10.99.0.1", "10.55.0.0/16", "10.0.0.0/8"}, ours  # the wide one hides nothing
    assert set(before.splitlines()) <= set(net.lac.routes().splitlines())
    # the operator is told, and the log is not filled
    assert "splitroute: 0.0.0.0/0 is not routed: a default route" in lac.log()
    assert "splitroute: 5 more networks are not routed" in lac.log()


def test_any_link_of_pppds(net):
    """The plugin needs nothing of ours beside it: two pppd with a pipe between them; and who resolves names is told."""
    ends = socket.socketpair()
    told = str(net.tmp / "resolvconf")
    with open("/usr/sbin/resolvconf", "w") as f:
        f.write(f'#!/bin/sh\n{{ echo "$@"; case "$*" in *-a*) cat;; esac; }} >> {told}\n')
    os.chmod("/usr/sbin/resolvconf", 0o755)
    common = ["/usr/sbin/pppd", "notty", "nodetach", "local", "noauth", "nodefaultroute", "debug", "logfd", "2"]
    server = net.lns.start("/usr/bin/python3", SERVER, "ppp0", "answer", stdout=subprocess.PIPE, text=True)
    log = open(net.tmp / "pppd.log", "w")
    for host, end, words in ((net.lns, ends[0], ["10.99.0.1:10.99.0.2"]),
                             (net.lac, ends[1], ["plugin", f"{BUILD}/plugins/splitroute.so", "splitroute-metric", "7", "splitroute-table", "77",
                                                 "splitroute-refuse", "10.3.0.0/16", "splitroute-accept", "10.0.0.0/8"])):
        host.start(*common, *words, stdin=end, stdout=end, stderr=log)
    for end in ends:
        end.close()

    def said():
        with open(net.tmp / "pppd.log") as f:
            return f.read()
    assert server.stdout.readline() == "asked\n", said()
    until(lambda: "networks are routed by" in said(), lambda: net.lac.routes("table", "all") + said())
    dev = net.lac.interfaces()[0]
    ours = {line for line in net.lac.routes("table", "77", "dev", dev, "metric", "7").splitlines()}
    assert {line.split()[0] for line in ours} == {"10.1.0.0/24", "10.2.0.0/24"}, ours
    assert "10.3.4.0/24 is not routed: refused by splitroute-refuse" in said()
    assert "172.16.0.0/12 is not routed: not among what splitroute-accept takes" in said()

    def resolver():
        if not os.path.exists(told):
            return ""
        with open(told) as f:
            return f.read()
    until(lambda: "nameserver" in resolver(), lambda: said())
    assert resolver() == f"-p -a {dev}.splitroute\ndomain office.example\nnameserver 10.1.0.53\n"
    net.processes[-1].terminate()
    until(lambda: not net.lac.interfaces(), lambda: said())
    until(lambda: f"-f -d {dev}.splitroute" in resolver(), lambda: resolver())
    os.unlink("/usr/sbin/resolvconf")


def test_ipv6_alone(net):
    """A link without IPv4 is a link: IPv6CP agrees on link-local addresses, and that is told."""
    with open("/tmp/noip", "w") as f:
        f.write("noip\n")
    options = "ppp profile modify profile_name=default pppd_options_file=/tmp/noip\n"
    lns, lac = net.lns.daemon(LNS + options), net.lac.daemon(options + call())
    until(lambda: lns.json("user", "list") and [s for s in lac.sessions() if s["ppp"] == "up"], lambda: lac.log() + lns.log())
    assert lns.json("user", "list")[0]["user"] == "fred" and not lns.sessions()[0]["peer_address"]
    dev = net.lns.interfaces()[0]
    theirs = re.search(r"peer (fe80::\S+)/", net.lns.run("ip", "-6", "addr", "show", "dev", dev).stdout)[1]
    pinged = net.lns.run("ping", "-6", "-c", "2", "-W", str(2 * SLOW), f"{theirs}%{dev}", check=False)
    assert pinged.returncode == 0, pinged.stdout
