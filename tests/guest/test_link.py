# SPDX-License-Identifier: GPL-2.0-or-later
"""Under a real kernel: links come up, carry traffic, and leave nothing behind."""
import os
import signal
import struct
import subprocess

import pytest

from support import l2tp
from support.hosts import ROOT, SLOW, alive, children, command_line, program, until
from support.peers import in_namespace, peer

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP")

LNS = "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 remote_ipaddr=10.99.0.2 auth_eap=no\n"


@pytest.fixture(autouse=True)
def secrets():
    with open("/etc/ppp/chap-secrets", "w") as f:
        f.write('fred * "correct horse" *\nwilma * "wi\\"lma" *\n')
    os.chmod("/etc/ppp/chap-secrets", 0o600)
    yield


def lac_conf(dest="192.0.2.1", tunnel="", session="", user='user_name=fred user_password="correct horse"'):
    return (f"tunnel create tunnel_name=t dest_ipaddr={dest} {tunnel}\n"
            f"session create tunnel_name=t session_name=s {user} {session}\n")


@pytest.mark.parametrize("dest", ["192.0.2.1", "2001:db8::1"])
def test_ping_counters_and_teardown(net, dest):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf(dest))
    up = lac.until_up()[0]
    assert lns.until_up()[0]["user"] == "fred"
    assert up["peer_address"] == "10.99.0.1"
    pinged = net.lac.ping("10.99.0.1")
    assert pinged.returncode == 0, pinged.stdout
    shown = lac.json("session", "show", "session_name=s")
    # what PPP agreed upon came by SLI from the LNS (RFC 2661 section 6.14)
    assert shown["peer_accm"] == "send 0x00000000, receive 0x00000000"
    assert shown["rx_packets"] >= 3 and shown["tx_bytes"] > 3 * 84
    assert shown["user_password"] == "(hidden)"
    # the kernel's own word for it
    assert f"tunnel {up['tunnel_id']}" in net.lac.l2tp("tunnel").lower()
    lac.cli("session", "delete", "session_name=s")
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session")
    until(lambda: not net.lac.interfaces() and not net.lns.interfaces(), "end of the interfaces")
    assert lac.tunnels()[0]["state"] == "established"
    lac.cli("tunnel", "delete", "tunnel_name=t")
    lac.until_empty()
    lns.until_empty()
    until(net.lac.kernel_is_clean, "clean kernel")
    until(net.lns.kernel_is_clean, "clean kernel")
    until(lambda: not children(lns.pid)[1:], "end of pppd")
    lns.stop()
    lac.stop()


def test_descriptors_return(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon()
    lns_fds, lac_fds = lns.fds(), lac.fds()
    lac.cli("tunnel", "create", "tunnel_name=t", "dest_ipaddr=192.0.2.1")
    lac.cli("session", "create", "tunnel_name=t", "user_name=fred", "user_password=correct horse")
    lac.until_up()
    lns.until_up()
    assert lac.fds() > lac_fds
    lac.cli("tunnel", "delete", "tunnel_name=t")
    lac.until_empty()
    until(lambda: lac.fds() == lac_fds, "descriptors of the LAC")
    # the LNS keeps its socket for the peer's repetitions, one retransmission cycle long
    until(lambda: lns.fds() == lns_fds, "descriptors of the LNS", 40)


def test_shutdown_within_five_seconds(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    lac.until_up()
    lns.until_up()
    assert lns.stop() < 5
    until(net.lns.kernel_is_clean, "clean kernel")
    lac.log_has("shut down")
    lac.until_empty()
    until(net.lac.kernel_is_clean, "clean kernel")
    lac.stop()


def test_shutdown_when_the_peer_is_gone(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    lac.until_up()
    net.lns.run("ip", "link", "set", net.lns.dev, "down")
    lac.stop()
    until(net.lac.kernel_is_clean, "clean kernel")
    assert lns.process.poll() is None


def test_killed_daemon_leaves_nothing(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    lac.until_up()
    lns.until_up()
    # a process that is not ours, though it is called pppd: it must live
    stranger = net.lac.start("bash", "-c", "exec -a pppd sleep 1000")
    family = children(lac.pid)
    assert len(family) >= 2  # the launcher and its pppd
    lac.expected = -signal.SIGKILL
    lac.process.kill()
    lac.process.wait()
    until(lambda: not any(alive(p) for p in family), "end of launcher and pppd", 5)
    until(net.lac.kernel_is_clean, "clean kernel")
    assert stranger.poll() is None
    # a new one comes up at once, with the same socket file in its way
    again = net.lac.daemon(lac_conf(), name=lac.name)
    again.until_up()
    stranger.kill()


def test_launcher_killed(net):
    lac = net.lac.daemon()
    launcher = children(lac.pid)[0]
    os.kill(launcher, signal.SIGKILL)
    assert lac.process.wait(10 * SLOW) == 1
    assert "launcher process died" in lac.log()


def test_wrong_password(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf(user="user_name=fred user_password=wrong"))
    # whichever pppd ends first, its side hangs up and says why; the other side is told
    until(lambda: "did not accept our name and password" in lac.log() or
          "could not authenticate itself" in lns.log(), lambda: lac.log() + lns.log())
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session")
    until(lambda: not net.lac.interfaces() and not net.lns.interfaces(), "end of the interfaces")
    assert "wrong" not in lac.log()
    # either both hung up at once, each with its own words, or one told the other why (RFC 3145)
    for d in (lac, lns):
        assert "PPP authentication failed" in d.log() or "PPP: authentication failed" in d.log(), d.log()
    assert lns.tunnels()[0]["state"] == "established"  # only the call ended


def test_password_with_all_kinds_of_bytes(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf(user='user_name=wilma user_password="wi\\"lma"'))
    lac.until_up()
    assert lns.until_up()[0]["user"] == "wilma"
    for words in filter(None, map(command_line, children(lac.pid))):
        assert "lma" not in words and "wilma" not in words


def test_pppd_missing(net):
    lns = net.lns.daemon(LNS, env={"L2TPD_PPPD": "/nowhere/pppd"})
    lac = net.lac.daemon(lac_conf())
    lns.log_has("/nowhere/pppd could not be started: No such file")
    lac.log_has("no facilities available for now")
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session")
    until(lambda: "session" not in net.lns.l2tp("session").lower(), "end of the kernel's session")


def test_pppd_dies_at_once(net):
    lns = net.lns.daemon(LNS, env={"L2TPD_PPPD": "/bin/false"})
    lac = net.lac.daemon(lac_conf())
    lns.log_has("PPP failed here")
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session")
    until(lambda: not net.lns.l2tp("session"), "end of the kernel's session")


def test_pppd_killed(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    lac.until_up()
    # pppd may be running its ip-up script just now: that one may end while we look
    pppd = [p for p in children(lac.pid) if program(p) == "pppd"]
    os.kill(pppd[0], signal.SIGKILL)
    lac.log_has("killed by signal 9")
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session")
    until(lambda: not net.lac.interfaces() and not net.lns.interfaces(), "end of the interfaces")


def test_peer_vanishes(net):
    lns = net.lns.daemon(LNS + "tunnel profile modify profile_name=default hello_timeout=1 max_retries=2\n")
    lac = net.lac.daemon(lac_conf())
    lns.until_up()
    lac.until_up()
    net.lac.run("ip", "link", "set", net.lac.dev, "down")
    lns.log_has("no answer from the peer", 15)
    lns.until_empty()
    until(net.lns.kernel_is_clean, "clean kernel")


def test_tunnel_id_taken_in_the_kernel(net):
    """Another L2TP user in the same namespace has our id: another is drawn, or it is said."""
    net.lac.run("ip", "l2tp", "add", "tunnel", "tunnel_id", "4242", "peer_tunnel_id", "1", "encap", "udp",
                "local", "192.0.2.2", "remote", "192.0.2.1", "udp_sport", "5000", "udp_dport", "5000")
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon("tunnel create tunnel_name=t dest_ipaddr=192.0.2.1 tunnel_id=4242\n")
    lac.log_has("tunnel id 4242 is used by another program")
    lac.until_empty()
    assert "4242" in net.lac.l2tp("tunnel")
    assert not lns.tunnels()


@pytest.mark.parametrize("port", [0, 1701])
def test_tunnels_between_one_pair_of_addresses(net, port):
    """Three tunnels from one host, two calls in each; with port=1701 all from one port to one port."""
    lns = net.lns.daemon("ppp profile modify profile_name=default auth_peer=no\n")
    conf = ""
    if port and os.uname().release.split(".")[:2] <= ["6", "1"]:
        # an old kernel cannot have our end of several tunnels on one port either
        port = 0
    for i in range(3):
        conf += (f"tunnel create tunnel_name=t{i} dest_ipaddr=192.0.2.1 our_udp_port={port}\n"
                 f"ppp profile create profile_name=q{i} local_ipaddr=10.98.{i}.2 remote_ipaddr=10.98.{i}.1\n"
                 f"session create tunnel_name=t{i} session_name=a{i} ppp_profile_name=q{i} interface_name=link{i}\n")
    lac = net.lac.daemon(conf)
    lac.until_up(3, seconds=25)
    lns.until_up(3, seconds=25)
    for i in range(3):
        net.lac.reaches(f"10.98.{i}.1")
        assert f"link{i}" in net.lac.interfaces("link")
    lac.stop()
    lns.until_empty()


def test_both_roles_in_one_daemon(net):
    """Each calls the other."""
    conf = ("ppp profile modify profile_name=default local_ipaddr=10.99.{0}.1 remote_ipaddr=10.99.{0}.2 auth_peer=no\n"
            "ppp profile create profile_name=out local_ipaddr=10.99.{1}.2 remote_ipaddr=10.99.{1}.1\n"
            "tunnel create tunnel_name=t dest_ipaddr=192.0.2.{2}\n"
            "session create tunnel_name=t session_name=s ppp_profile_name=out\n")
    one = net.lns.daemon(conf.format(0, 1, 2))
    two = net.lac.daemon(conf.format(1, 0, 1))
    for d in (one, two):
        rows = d.until_up(2, seconds=25)
        assert sum(1 for r in rows if r["session_name"] == "s") == 1
    net.lns.reaches("10.99.1.1")
    net.lac.reaches("10.99.0.1")


def flow_ports(tunnels):
    return sorted(t["peer"].rsplit(":", 1)[1] for t in tunnels)


def test_second_tunnel_from_one_port(net):
    """A caller whose kernel can have several tunnels on one port is answered so that the data of each
    arrives: before Linux 6.11 from a port of its own, later from the same."""
    if os.environ["GUEST_KERNEL"] == "6.1":
        pytest.skip("the caller needs a newer kernel, and all hosts of a guest share one")
    lns = net.lns.daemon("ppp profile modify profile_name=default auth_peer=no\n")
    lac = net.lac.daemon("".join(
        f"tunnel create tunnel_name=t{i} dest_ipaddr=192.0.2.1 our_udp_port=1701\n"
        f"ppp profile create profile_name=q{i} local_ipaddr=10.98.{i}.2 remote_ipaddr=10.98.{i}.1\n"
        f"session create tunnel_name=t{i} ppp_profile_name=q{i}\n" for i in range(2)))
    lac.until_up(2)
    assert flow_ports(lac.tunnels()) == ["1701", "1701"]
    assert flow_ports(lns.tunnels()) == ["1701", "1701"]
    for i in range(2):
        net.lac.reaches(f"10.98.{i}.1")


def test_kernel_needs_flows_of_their_own(net):
    """What kernel.c believes of this kernel is so: two managed tunnels on one pair of ports, a data
    packet for the second tunnel's session; before 6.11 it comes up to user space, later it does not."""
    script = os.path.join(ROOT, "tests/guest/flow_probe.py")
    got = net.lac.run("/usr/bin/python3", script)
    expected = "user space" if os.environ["GUEST_KERNEL"] == "6.1" else "kernel"
    assert got.stdout.strip() == expected


def test_sequence_numbers(net):
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf(session="sequencing_required=yes use_sequence_numbers=yes reorder_timeout=50"))
    lac.until_up()
    lns.until_up()
    net.lac.reaches("10.99.0.1")
    shown = net.lac.l2tp("session")
    assert "sequence numbering: send recv" in shown.lower()
    assert "send" in net.lns.l2tp("session").lower()  # the peer obeys Sequencing Required


def test_demo_runs_on_this_kernel():
    """Run here, the demo takes the host's kernel, which is the guest's."""
    got = subprocess.run([os.path.join(ROOT, "scripts/demo"), "--no-build"], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=60 * SLOW)
    assert got.returncode == 0, got.stdout
    assert "3 packets transmitted, 3 received" in got.stdout


def numbering(host):
    """What the kernel says of the numbering of a host's one session."""
    return host.l2tp("session")


def test_lns_switches_numbering_and_lac_follows(net):
    """RFC 2661 section 5.4, by the kernel's own word: the LAC's side changes when data comes."""
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    lac.until_up()
    s = lns.until_up()[0]
    key = [f"tunnel_id={s['tunnel_id']}", f"session_id={s['session_id']}"]
    assert "sequence numbering" not in numbering(net.lns) + numbering(net.lac)
    lns.cli("session", "modify", *key, "use_sequence_numbers=yes")
    until(lambda: "send" in numbering(net.lns), lambda: numbering(net.lns))
    # the LAC learns of it from the LNS's data; Linux, as LNS, discards the LAC's unnumbered data until then
    net.lns.reaches("10.99.0.2")
    until(lambda: "send" in numbering(net.lac), lambda: numbering(net.lac))
    lns.cli("session", "modify", *key, "use_sequence_numbers=no")
    net.lns.reaches("10.99.0.2")
    until(lambda: "sequence numbering" not in numbering(net.lac), lambda: numbering(net.lac))
    refused = lac.cli("session", "modify", "session_name=s", "use_sequence_numbers=yes", check=False)
    assert refused.returncode == 1 and "the LNS decides" in refused.stdout


def test_outgoing_call(net):
    """Our LNS has our LAC call: the same link, asked for from the other end."""
    secrets = "user_name=fred user_password=\"correct horse\""
    lac = net.lac.daemon(f"session profile modify profile_name=default {secrets}\n")
    lns = net.lns.daemon(LNS + "tunnel create tunnel_name=t dest_ipaddr=192.0.2.2\n"
                         "session create tunnel_name=t session_name=s session_type=lnoc called_number=5551234\n")
    assert lns.until_up()[0]["user"] == "fred"
    lac.until_up()
    net.lac.reaches("10.99.0.1")
    lns.cli("tunnel", "delete", "tunnel_name=t")
    lac.until_empty()
    lns.until_empty()
    until(net.lac.kernel_is_clean, "clean kernel")
    until(net.lns.kernel_is_clean, "clean kernel")


def test_dscp_is_on_the_wire(net):
    """RFC 3308: agreed upon by both, set on the tunnel's socket, seen in the IP header by tshark."""
    dscp = "tunnel profile modify profile_name=default dscp=46\n"
    pcap = str(net.tmp / "dscp.pcap")
    lns = net.lns.daemon(LNS + dscp)
    capture = net.lns.start("tshark", "-q", "-i", net.lns.dev, "-w", pcap, "udp port 1701", stderr=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL)
    until(lambda: os.path.exists(pcap), "tshark")
    lac = net.lac.daemon(dscp + lac_conf())
    lac.until_up()
    lns.until_up()

    def marked():
        got = net.lns.run("tshark", "-r", pcap, "-Y", "ip.dsfield.dscp == 46", "-T", "fields", "-e", "ip.src",
                          check=False).stdout
        return {"192.0.2.1", "192.0.2.2"} <= set(got.split())

    until(marked, "marked packets from both sides", 20)
    capture.terminate()


def data_packet(tunnel, session, length=False, offset=None, ns=None, priority=False):
    """User data with the optional fields of RFC 2661 section 3.1; the payload is an LCP echo request."""
    flags = 2 | 0x4000 * length | 0x0800 * (ns is not None) | 0x0200 * (offset is not None) | 0x0100 * priority
    tail = struct.pack(">HH", tunnel, session)
    if ns is not None:
        tail += struct.pack(">HH", ns, 0)
    if offset is not None:
        tail += struct.pack(">H", offset) + bytes(offset)
    tail += bytes.fromhex("ff03c02109010008 00000000")
    size = struct.pack(">H", 4 + len(tail)) if length else b""
    return struct.pack(">H", flags) + size + tail


def test_data_headers_of_all_kinds(net):
    """L, S, O and P bits, which a LAC may set or leave out: the kernel takes the data for what it is."""
    lns = net.lns.daemon("session profile modify profile_name=default no_ppp=yes\n")
    kinds = [{}, {"length": True}, {"offset": 0}, {"offset": 6}, {"length": True, "offset": 2}, {"priority": True},
             {"ns": 0}, {"ns": 1, "length": True, "offset": 4}]

    def script():
        p = peer(port=1701).open()
        session = p.call(5)
        p.acknowledged()
        for kind in kinds:
            p.sock.sendto(data_packet(p.theirs, session, **kind), p.daemon_at)
        p.send(l2tp.message(l2tp.HELLO))
        p.acknowledged()
        return p.theirs, session

    tunnel, session = in_namespace(net.lac, script)
    until(lambda: lns.json("session", "show", f"tunnel_id={tunnel}", f"session_id={session}")["rx_packets"] == len(kinds),
          lambda: f"{len(kinds)} data packets: {lns.cli('session', 'show', f'tunnel_id={tunnel}', f'session_id={session}')}")


# --- management of links that are up --------------------------------------------------------------

POOL = ("pool create pool_name=guests first_addr=10.99.1.1 num_addrs=2\n"
        "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 ip_pool_name=guests auth_eap=no\n")


def test_reload_loses_nothing_of_what_stays(net):
    """A ping goes on over a link while the configuration around it changes: every packet comes back."""
    lns = net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    up = lac.until_up()[0]
    lns.until_up()
    pids = children(lac.pid)  # with scripts of pppd's that are still at work
    ping = net.lac.start("ping", "-i", "0.05", "-W", "5", "-c", "200", "10.99.0.1", stdout=subprocess.PIPE, text=True)
    for i in range(5):
        with open(lac.conf_path, "w") as f:
            f.write(lac_conf(tunnel=f"hello_timeout={10 + i}") + f"tunnel profile create profile_name=p{i} mtu=1300\n"
                    f"ppp profile create profile_name=l{i}\nsystem modify max_tunnels={50 + i}\n"
                    f"tunnel create tunnel_name=other{i} dest_ipaddr=192.0.2.1\n")
        lac.process.send_signal(signal.SIGHUP)
        until(lambda: lac.json("tunnel", "show", "tunnel_name=t")["hello_timeout"] == 10 + i, "the new configuration")
        until(lambda: any(t["tunnel_name"] == f"other{i}" and t["state"] == "established" for t in lac.tunnels()), "tunnel")
    out = ping.communicate(timeout=60 * SLOW)[0]
    assert "200 packets transmitted, 200 received, 0% packet loss" in out
    after = lac.until_up()[0]
    assert (after["tunnel_id"], after["session_id"], after["interface"]) == (up["tunnel_id"], up["session_id"], up["interface"])
    assert set(children(lac.pid)) <= set(pids)  # the same pppd


def test_mtu_of_a_live_link(net):
    net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    dev = lac.until_up()[0]["interface"]

    def mtu():
        return int(net.lac.run("cat", f"/sys/class/net/{dev}/mtu").stdout)
    agreed = mtu()
    lac.cli("tunnel", "modify", "tunnel_name=t", "mtu=1200")
    assert mtu() == 1200
    lac.cli("tunnel", "modify", "tunnel_name=t", "mtu=9000")
    assert mtu() == agreed  # never more than both ends agreed upon


def test_pool_users_and_counters(net):
    lns = net.lns.daemon(POOL)
    lac = net.lac.daemon(lac_conf() + 'session create tunnel_name=t session_name=w user_name=wilma user_password="wi\\"lma"\n')
    lac.until_up(2)
    lns.until_up(2)
    users = {u["user"]: u for u in lns.json("user", "list")}
    assert set(users) == {"fred", "wilma"} and {u["peer_address"] for u in users.values()} == {"10.99.1.1", "10.99.1.2"}
    assert users["fred"]["interface"].startswith("ppp") and users["fred"]["ppp_up_since"].endswith("Z")
    assert {h["user"]: h["address"] for h in lns.json("pool", "list", "pool_name=guests")} == \
        {name: u["peer_address"] for name, u in users.items()}
    assert lns.json("pool", "list")[0]["free"] == 0
    assert [u["user"] for u in lns.json("user", "list", "user=f*")] == ["fred"]
    # a link is told again when more of it is known: IPv6 may be there before IPv4
    up = [e for e in lns.json("event", "list", "event=ppp-up") if e["user"] == "wilma"][-1]
    assert up["peer_address"] == users["wilma"]["peer_address"] and up["interface"] == users["wilma"]["interface"]
    lac.cli("session", "create", "tunnel_name=t", "session_name=late", "user_name=fred", "user_password=correct horse")
    lns.log_has("no address is free in pool guests")
    assert lns.json("event", "list", "event=limit")[-1]["why"] == "no address is free in pool guests"
    assert lns.json("user", "disconnect", "user_name=wilma") == {"disconnected": 1}
    until(lambda: lns.json("pool", "list")[0]["free"] == 1, "the address")
    assert any(e["user"] == "wilma" for e in lns.json("event", "list", "event=ppp-down"))
    until(lambda: len(net.lac.interfaces()) == 1, "end of wilma's interface")
    net.lac.reaches("10.99.0.1")
    shown = lac.json("session", "show", "session_name=s")
    assert shown["tx_packets"] >= 3 and shown["ppp_uptime"] is not None


def test_checksums_of_a_live_tunnel(net):
    """use_udp_checksums is felt at once: what the kernel sends has one, or has none."""
    net.lns.daemon(LNS)
    lac = net.lac.daemon(lac_conf())
    lac.until_up()
    probe = os.path.join(ROOT, "tests/guest/checksum_probe.py")

    def has_checksum():
        got = net.lac.start("/usr/bin/python3", probe, net.lac.dev, stdout=subprocess.PIPE, text=True)
        until(lambda: net.lac.ping("10.99.0.1", count=1) and got.poll() is not None, "data on the wire")
        return got.stdout.read().strip()
    assert has_checksum() == "yes"
    lac.cli("tunnel", "modify", "tunnel_name=t", "use_udp_checksums=no")
    assert has_checksum() == "no"
    lac.cli("tunnel", "modify", "tunnel_name=t", "use_udp_checksums=yes")
    assert has_checksum() == "yes"
