# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon's real processes in network namespaces, control plane only."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from support import l2tp
from support.hosts import BUILD, children, run, until
from support.peers import NONE, in_namespace, peer


def calls(dest="192.0.2.1", tunnels=1, sessions=1, tunnel=""):
    return NONE + "".join(
        f"tunnel create tunnel_name=t{t} dest_ipaddr={dest} {tunnel}\n" +
        "".join(f"session create tunnel_name=t{t} session_name=s{t}.{s}\n" for s in range(sessions))
        for t in range(tunnels))


# --- tunnels and sessions ------------------------------------------------------------------------

@pytest.mark.parametrize("dest", ["192.0.2.1", "2001:db8::1"])
def test_up_and_down(net, dest):
    lns = net.lns.daemon(NONE)
    lac = net.lac.daemon(calls(dest, tunnels=3, sessions=4))
    lac.until_up(12, ppp=False)
    lns.until_up(12, ppp=False)
    shown = lac.json("tunnel", "show", "tunnel_name=t1", "transport")
    assert shown["state"] == "established" and shown["unacked"] == 0 and dest in shown["peer"]
    lac.cli("session", "delete", "session_name=s0.0")
    until(lambda: len(lns.sessions()) == 11, "end of one session")
    lac.stop()
    lns.until_empty()
    lns.stop()


def test_names_are_resolved(net):
    net.lns.daemon(NONE)
    lac = net.lac.daemon(calls("no-such-host.invalid"))
    lac.log_has("no-such-host.invalid: ", 20)
    lac.cli("tunnel", "create", "tunnel_name=u", "dest_ipaddr=other.invalid")
    lac.stop()  # while it is being looked up
    # localhost stands in /etc/hosts
    other = net.lac.daemon(NONE + "system modify udp_port=1702\n")
    mine = net.lac.daemon(calls("localhost", tunnel="peer_udp_port=1702") + "system modify udp_port=1703\n")
    mine.until_up(1, ppp=False)
    assert len(other.sessions()) == 1


# --- scripted peers ------------------------------------------------------------------------------

PERSISTENT = ("system modify tunnel_persist_pend_timeout=2 session_persist_pend_timeout=1\n"
              "tunnel profile modify profile_name=default hello_timeout=1 max_retries=2 persist=yes\n")


def test_persistent_tunnel_follows_a_new_address(net):
    """The machine's own address changes while the tunnel is up: the tunnel falls, and comes back from the new one."""
    lns = net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + PERSISTENT + "tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n"
                         "session create tunnel_name=t session_name=s\n")
    lac.until_up(ppp=False)
    net.lac.run("ip", "addr", "del", "192.0.2.2/24", "dev", net.lac.dev)
    net.lac.run("ip", "addr", "add", "192.0.2.22/24", "dev", net.lac.dev)
    until(lambda: [t for t in lns.tunnels() if t["peer"].startswith("192.0.2.22:") and t["state"] == "established"],
          lambda: lac.log() + lns.log(), 30)
    lac.until_up(ppp=False, seconds=20)
    assert "no answer from the peer" in lac.log()
    assert lac.json("tunnel", "show", "tunnel_name=t")["last_failure"]


@pytest.fixture
def names(net, request):
    """The LAC's own /etc/resolv.conf and /etc/hosts; and a name server on 127.0.0.53 that reads the returned file."""
    private, told = f"/etc/netns/{net.lac.ns}", net.tmp / "told"
    os.makedirs(private)
    request.addfinalizer(lambda: shutil.rmtree(private))
    net.resolv, net.hosts_file = Path(private, "resolv.conf"), Path(private, "hosts")
    net.resolv.write_text("nameserver 127.0.0.53\n")
    net.hosts_file.write_text("127.0.0.1 localhost\n")
    told.touch()
    net.resolver = net.lac.start("dnsmasq", "-k", "-C", "/dev/null", "-h", "-H", str(told), "-z", "-a", "127.0.0.53", "--pid-file=",
                                 "-u", "root")
    until(lambda: "127.0.0.53:53" in net.lac.run("ss", "-lun").stdout, "the name server")
    return told


def test_persistent_tunnel_follows_a_name(net, names):
    """The server moves, and its name with it: each attempt looks the name up anew."""
    names.write_text("192.0.2.1 vpn.test\n")
    net.resolver.send_signal(signal.SIGHUP)
    lns = net.lns.daemon(NONE)
    there = net.host("there")
    net.cable(there, "198.51.100.1/24", "2001:db8:2::1/64", net.lac, "198.51.100.2/24", "2001:db8:2::2/64")
    moved = there.daemon(NONE)
    lac = net.lac.daemon(NONE + PERSISTENT + "tunnel create tunnel_name=t dest_ipaddr=vpn.test\n"
                         "session create tunnel_name=t session_name=s\n")
    lac.until_up(ppp=False)
    assert lns.tunnels()
    names.write_text("198.51.100.1 vpn.test\n")
    net.resolver.send_signal(signal.SIGHUP)
    lns.stop()
    until(lambda: [t for t in moved.tunnels() if t["state"] == "established"], lambda: lac.log(), 30)
    lac.until_up(ppp=False, seconds=20)


def test_the_network_changes(net):
    """A cable is plugged in, an address is there: nobody waits for the next attempt, and who may be gone is asked."""
    lns = net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + "system modify trace_flags=system\n"
                         "tunnel profile modify profile_name=default hello_timeout=3600 max_retries=2 persist=yes\n"
                         "tunnel create tunnel_name=up dest_ipaddr=192.0.2.1\nsession create tunnel_name=up session_name=s\n"
                         "tunnel create tunnel_name=waits dest_ipaddr=192.0.2.1 src_ipaddr=192.0.2.99\n")
    lac.until_up(ppp=False)
    until(lambda: lac.json("tunnel", "show", "tunnel_name=waits")["attempts"] >= 2, lambda: lac.log())
    asked = lac.json("system", "show", "statistics")["tx_hello"]
    net.lac.run("ip", "link", "add", "type", "veth")  # an interface more is a network more, maybe
    lac.log_has("the network changed: tried again")
    until(lambda: lac.json("system", "show", "statistics")["tx_hello"] > asked, "the question whether the peer is there")
    assert lac.json("tunnel", "show", "tunnel_name=up")["state"] == "established"
    # the server is another one by now, and knows nothing of us
    lns.expected = -signal.SIGKILL
    lns.process.kill()
    lns.process.wait()
    net.lns.daemon(NONE)
    net.lac.run("ip", "addr", "add", "192.0.2.99/24", "dev", net.lac.dev)
    until(lambda: lac.json("tunnel", "show", "tunnel_name=waits")["state"] == "established", lambda: lac.log(), 5)
    until(lambda: lac.json("tunnel", "show", "tunnel_name=up")["last_failure"], lambda: lac.log(), 20)
    lac.until_up(ppp=False, seconds=20)


def test_name_servers_change(net, names):
    """The machine comes into a network after the daemon started, and then into another: nothing has to be started again."""
    names.write_text("192.0.2.1 vpn.test\n")
    net.resolver.send_signal(signal.SIGHUP)
    net.resolv.write_text("nameserver 192.0.2.77\n")  # nobody is there
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + "tunnel create tunnel_name=t dest_ipaddr=vpn.test\nsession create tunnel_name=t session_name=s\n"
                         "tunnel create tunnel_name=u dest_ipaddr=other.test\nsession create tunnel_name=u session_name=us\n")
    until(lambda: {t["state"] for t in lac.tunnels()} == {"resolving"}, lambda: str(lac.tunnels()))
    net.resolv.write_text("nameserver 127.0.0.53\n")
    net.hosts_file.write_text("127.0.0.1 localhost\n192.0.2.1 other.test\n")
    lac.until_up(2, ppp=False, seconds=40)


def test_scripted_peer(net):
    lns = net.lns.daemon(NONE)

    def script():
        p = peer(port=1701).open()
        sessions = [p.call(70 + i) for i in range(3)]
        p.send(l2tp.cdn(70), sessions[0])
        p.send(l2tp.stopccn(p.ours))
        raw = p.sock.recv(100)
        while l2tp.Message(raw).nr != p.ns:
            raw = p.sock.recv(100)
        return len(set(sessions))

    assert in_namespace(net.lac, script) == 3
    lns.until_empty()
    assert lns.json("system", "show", "statistics")["sessions_made"] == 3


def test_several_tunnels_from_one_port(net):
    """The second SCCRQ comes from the address and port of a tunnel that is there."""
    lns = net.lns.daemon(NONE)

    def script():
        first = peer(tunnel_id=1, port=1701).open()
        second = l2tp.Peer(first.sock, ("192.0.2.1", 1701), 2).open()
        return first.theirs != second.theirs and first.call(5) and second.call(5)

    assert in_namespace(net.lac, script)
    until(lambda: len(lns.sessions()) == 2, "two sessions")
    assert len({s["tunnel_id"] for s in lns.sessions()}) == 2


def test_garbage_is_survived_and_counted(net):
    lns = net.lns.daemon(NONE)

    def script():
        s = l2tp.udp(0, "0.0.0.0")
        good = l2tp.packet(0, 0, 0, 0, l2tp.sccrq(7))
        for cut in range(len(good)):
            s.sendto(good[:cut], ("192.0.2.1", 1701))
        for at in range(len(good)):
            for bit in (1, 0x80):
                s.sendto(good[:at] + bytes([good[at] ^ bit]) + good[at + 1:], ("192.0.2.1", 1701))
        s.sendto(b"\xc8\x03" + good[2:], ("192.0.2.1", 1701))
        s.sendto(b"x" * 60000, ("192.0.2.1", 1701))
        return True

    assert in_namespace(net.lac, script)
    until(lambda: lns.json("system", "show", "statistics")["rx_datagrams"] > 100, "datagrams")
    assert lns.json("system", "show", "statistics")["rx_malformed"] > 10
    assert len(lns.log().splitlines()) < 60  # a stranger cannot fill the disk
    # and an honest peer is served as ever
    lac = net.lac.daemon(calls())
    lac.until_up(1, ppp=False)


def test_flood_of_sccrq_is_bounded(net):
    lns = net.lns.daemon(NONE)

    def script():
        s = l2tp.udp(0, "0.0.0.0")
        for i in range(1, 5000):
            s.sendto(l2tp.packet(0, 0, 0, 0, l2tp.sccrq(i)), ("192.0.2.1", 1701))
        return True

    in_namespace(net.lac, script)
    until(lambda: lns.json("system", "show", "statistics")["rx_refused"] > 0, "refusals", 20)
    assert lns.json("system", "show", "status")["tunnels"] <= 1024
    assert len(lns.log().splitlines()) < 60


# --- the process ------------------------------------------------------------------------------------

TUNNELS = 1000


def test_many_sessions_and_back(net):
    """Twenty sessions in each of a thousand tunnels; descriptors and (as the sanitizer sees) memory come back."""
    lns, lac = net.lns.daemon(NONE), net.lac.daemon(NONE)
    lns_fds, lac_fds = lns.fds(), lac.fds()
    commands = "".join(f"tunnel create tunnel_name=t{t} dest_ipaddr=192.0.2.1\n" +
                       f"session create tunnel_name=t{t}\n" * 20 for t in range(TUNNELS))
    subprocess.run([os.path.join(BUILD, "bin/l2tpcli"), "-s", lac.socket, "-q"], input=commands, text=True, check=True)
    until(lambda: lns.json("system", "show", "status")["sessions_up"] == 20 * TUNNELS, "all sessions", 60)
    assert len(lns.sessions()) == 20 * TUNNELS  # over many pages
    assert len({(s["tunnel_id"], s["session_id"]) for s in lac.sessions()}) == 20 * TUNNELS
    delete = "".join(f"tunnel delete tunnel_name=t{t}\n" for t in range(TUNNELS))
    subprocess.run([os.path.join(BUILD, "bin/l2tpcli"), "-s", lac.socket, "-q"], input=delete, text=True, check=True)
    lac.until_empty()
    until(lambda: lns.json("system", "show", "status")["tunnels"] == 0, "end of lingering", 45)
    assert lac.fds() == lac_fds and lns.fds() == lns_fds


def test_second_daemon_on_one_port_is_refused(net):
    net.lns.daemon(NONE)
    second = net.lns.daemon(NONE, wait=False)
    assert second.process.wait(10) == 1
    assert "UDP port 1701 is in use" in second.log()


def test_second_daemon_on_one_socket_is_refused(net):
    first = net.lns.daemon(NONE)
    second = net.lns.daemon(NONE + "system modify udp_port=1702\n", name=first.name, wait=False)
    assert second.process.wait(10) == 1
    assert "another l2tpd answers there" in second.log()
    assert first.json("system", "show", "version")["datapath"] == "none"


def test_kernel_without_l2tp_says_what_is_missing(net):
    if os.path.exists("/proc/net/pppol2tp"):
        pytest.skip("this kernel has L2TP")
    d = net.lns.daemon("", wait=False)
    assert d.process.wait(10) == 1
    assert "modprobe" in d.log() and "datapath=none" in d.log()


def test_to_the_background(net):
    conf = net.tmp / "bg.conf"
    conf.write_text(NONE)
    socket_path = str(net.tmp / "bg.sock")
    l2tpd = os.path.join(BUILD, "bin/l2tpd")
    done = net.lns.run(l2tpd, "-c", str(conf), "-s", socket_path, timeout=10)
    assert done.returncode == 0 and done.stdout == ""
    assert os.path.exists(socket_path)  # when the command returns, the daemon serves
    status = net.lns.run(os.path.join(BUILD, "bin/l2tpcli"), "-s", socket_path, "system", "show", "version").stdout
    assert "none" in status
    failed = net.lns.run(l2tpd, "-c", str(conf), "-s", str(net.tmp / "x.sock"), check=False, timeout=10)
    assert failed.returncode == 1 and "in use" in failed.stdout
    for line in run("ip", "netns", "pids", net.lns.ns).stdout.split():
        os.kill(int(line), signal.SIGTERM)
    until(lambda: not os.path.exists(socket_path), "end of the daemon")


def test_sigterm_with_peers_and_without(net):
    lns = net.lns.daemon(NONE)
    lac = net.lac.daemon(calls(tunnels=5, sessions=5))
    lac.until_up(25, ppp=False)
    assert lac.stop() < 5
    lns.until_empty()
    lac = net.lac.daemon(calls(tunnels=2))
    lac.until_up(2, ppp=False)
    lns.expected = -signal.SIGKILL
    lns.process.kill()
    lns.process.wait()
    assert lac.stop() < 5  # nobody answers the StopCCN any more


def test_killed_daemon_and_its_launcher(net):
    d = net.lns.daemon(NONE)
    family = children(d.pid)
    assert len(family) == 1
    d.expected = -signal.SIGKILL
    d.process.kill()
    d.process.wait()
    until(lambda: not os.path.exists(f"/proc/{family[0]}"), "end of the launcher", 5)
    again = net.lns.daemon(NONE, name=d.name)  # its socket file is still there
    assert again.json("system", "show", "status")["tunnels"] == 0


def test_two_daemons_on_one_host(net):
    one = net.lns.daemon(NONE + "system modify udp_port=1801\n")
    two = net.lns.daemon(NONE + "system modify udp_port=1802\n"
                         "tunnel create tunnel_name=t dest_ipaddr=127.0.0.1 peer_udp_port=1801\n")
    until(lambda: one.tunnels() and one.tunnels()[0]["state"] == "established", "tunnel")
    two.stop()
    one.until_empty()
    three = net.lns.daemon(NONE, args=["-u", "1803"])
    assert three.json("system", "show", "configuration")["udp_port"] == 1803


# --- configuration -------------------------------------------------------------------------------------

def check(tmp, text):
    path = tmp / "check.conf"
    path.write_text(text)
    return run(os.path.join(BUILD, "bin/l2tpd"), "-t", "-c", str(path), check=False)


def test_check_of_a_configuration(tmp_path):
    good = check(tmp_path, calls(tunnels=2, sessions=2))
    assert good.returncode == 0 and "ok" in good.stdout
    bad = check(tmp_path, "system modify max_tunnels=x\n\ntunnel crate\ntunnel create tunnel_name=t \\\n dest_ipaddr=\n"
                          "session create tunnel_name=nope\ntun list\nsystem modify datapath=none\nfoo \"bar\n")
    assert bad.returncode == 1
    lines = [line for line in bad.stdout.splitlines() if ".conf:" in line]
    assert [line.split(":")[1] for line in lines] == ["1", "3", "4", "6", "7", "9"]
    assert "max_tunnels=x: max_tunnels takes 0..4294967295" in lines[0]
    assert "unknown operation \"crate\"" in lines[1]
    assert "there is no such tunnel" in lines[3]
    missing = run(os.path.join(BUILD, "bin/l2tpd"), "-t", "-c", "/no/such/file", check=False)
    assert missing.returncode == 1 and "No such file" in missing.stdout


def test_daemon_does_not_start_with_half_a_file(net):
    d = net.lns.daemon(NONE + "tunnel create tunnel_name=t\n", wait=False)
    assert d.process.wait(10) == 1
    assert "dest_ipaddr is missing" in d.log() and "not started" in d.log()


def test_command_line_errors():
    l2tpd = os.path.join(BUILD, "bin/l2tpd")
    for words, expected in ((["-u", "0"], "1..65535"), (["-d", "nonsense"], "protocol"), (["-L", "x"], "facility"),
                            (["stray"], "not understood"), (["-x"], "usage")):
        got = run(l2tpd, *words, check=False)
        assert got.returncode == 2 and expected in got.stdout
    assert "l2tpd " in run(l2tpd, "-V").stdout


# --- the CLI -----------------------------------------------------------------------------------------------

def test_exit_status(net):
    d = net.lns.daemon(NONE)
    assert d.cli("tunnel", "list").returncode == 0
    refused = d.cli("tunnel", "delete", "tunnel_name=x", check=False)
    assert refused.returncode == 1 and "tunnel_name=x: there is no such tunnel" in refused.stdout
    assert d.cli("tunnel", "create", "mtu=7", "dest_ipaddr=1.2.3.4", check=False).returncode == 1
    d.stop()
    gone = d.cli("tunnel", "list", check=False)
    assert gone.returncode == 2 and "start it with" in gone.stdout


def test_json_is_json(net):
    d = net.lns.daemon(NONE)
    d.cli("tunnel", "create", 'tunnel_name=a"b\\c', "dest_ipaddr=192.0.2.77")
    assert d.tunnels()[0]["tunnel_name"] == 'a"b\\c'
    made = d.json("tunnel", "create", "dest_ipaddr=192.0.2.78", "tunnel_id=99")
    assert made == {"tunnel_id": 99}
    assert json.loads(d.cli("tunnel", "list", "--json").stdout)[0]["sessions"] == 0
    assert d.json("peer", "profile", "list") == [{"profile_name": "default"}]
    assert d.json("tunnel", "delete", "tunnel_id=99") == {}


def test_abbreviations_for_people(net):
    d = net.lns.daemon(NONE)
    d.cli("tun", "cr", "tunnel_n=t", "dest=192.0.2.77")
    assert d.json("tu", "l")[0]["tunnel_name"] == "t"
    d.cli("tun", "prof", "cr", "prof=p", "mtu=1400")
    assert d.json("t", "p", "sh", "profile_name=p")["mtu"] == 1400
    ambiguous = d.cli("tunnel", "create", "tunnel=t", check=False)
    assert ambiguous.returncode == 1 and "ambiguous" in ambiguous.stdout


def test_profiles(net):
    d = net.lns.daemon(NONE)
    d.cli("tunnel", "profile", "create", "profile_name=p", "hello_timeout=7", "mtu=1400")
    d.cli("tunnel", "profile", "modify", "profile_name=default", "mtu=1300", "max_retries=9")
    d.cli("tunnel", "create", "tunnel_name=t", "dest_ipaddr=192.0.2.77", "profile_name=p", "retry_timeout=3")
    shown = d.json("tunnel", "show", "tunnel_name=t")
    assert (shown["hello_timeout"], shown["mtu"], shown["max_retries"], shown["retry_timeout"]) == (7, 1400, 9, 3)
    d.cli("tunnel", "profile", "unset", "profile_name=p", "mtu")
    assert "mtu" not in d.json("tunnel", "profile", "show", "profile_name=p")
    d.cli("peer", "profile", "create", "profile_name=x", "tunnel_profile_name=p", "peer_ipaddr=192.0.2.0", "netmask=24")
    in_use = d.cli("tunnel", "profile", "delete", "profile_name=p", check=False)
    assert in_use.returncode == 1 and "used by peer profile x" in in_use.stdout
    assert d.cli("ppp", "profile", "delete", "profile_name=default", check=False).returncode == 1
    d.cli("tunnel", "create", "tunnel_name=u", "dest_ipaddr=192.0.2.78")  # the peer profile's choice
    assert d.json("tunnel", "show", "tunnel_name=u")["hello_timeout"] == 7
    d.cli("peer", "profile", "delete", "profile_name=x")
    in_use = d.cli("tunnel", "profile", "delete", "profile_name=p", check=False)
    assert in_use.returncode == 1 and "used by tunnel" in in_use.stdout
    d.cli("tunnel", "delete", "tunnel_name=t")
    d.cli("tunnel", "profile", "delete", "profile_name=p")


def test_changes_to_a_live_tunnel(net):
    lns = net.lns.daemon(NONE)
    lac = net.lac.daemon(calls())
    lac.until_up(1, ppp=False)
    fixed = lac.cli("tunnel", "modify", "tunnel_name=t0", "rx_window_size=4", check=False)
    assert fixed.returncode == 1 and "only be set when" in fixed.stdout
    before = lac.json("tunnel", "show", "tunnel_name=t0", "transport")["tx_messages"]
    lac.cli("tunnel", "modify", "tunnel_name=t0", "hello_timeout=1")
    until(lambda: lac.json("tunnel", "show", "tunnel_name=t0", "transport")["tx_messages"] >= before + 2, "HELLOs")
    assert len(lns.tunnels()) == 1


def test_piped_commands(net):
    d = net.lns.daemon(NONE)
    cli = [os.path.join(BUILD, "bin/l2tpcli"), "-s", d.socket]
    got = subprocess.run(cli, input="tunnel create tunnel_name=a \\\n dest_ipaddr=192.0.2.77; tunnel list names\n"
                                    "# comment\nnonsense\ntunnel list\nquit\nnever reached\n",
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert got.returncode == 1
    assert got.stderr.startswith("line 4: unknown object")
    assert "never" not in got.stderr and "192.0.2.77" in got.stdout


def test_prompt(net):
    d = net.lns.daemon(NONE)
    env = {**os.environ, "TERM": "dumb", "L2TP_HISTFILE": str(net.tmp / "history"), "INPUTRC": "/dev/null"}
    child = pexpect.spawn(os.path.join(BUILD, "bin/l2tpcli"), ["-s", d.socket], env=env, encoding="utf-8", timeout=20)
    child.expect("l2tp> ")
    child.send("?")
    child.expect("tunnel +Tunnels: control connections")
    child.send("tunnel cre\t")
    child.expect("create ")
    child.send("dest\t")
    child.expect("dest_ipaddr=")
    child.send("192.0.2.77 tunnel_name=t persist=\t\t")
    child.expect("persist=no")
    child.send("y\t")
    child.expect("yes")
    child.send("\r")
    child.expect(r"Created tunnel \d+")
    child.expect("l2tp> ")
    child.send("session ?")
    child.expect("create +Make a call in a tunnel")
    child.expect("l2tp> session ")
    child.sendintr()  # drops the line, not the program
    child.send("tunnel list\r")
    child.expect("192.0.2.77")
    child.expect("l2tp> ")
    child.send("bogus\r")
    child.expect("unknown object")
    child.send("tunel list\r")
    child.expect("did you mean tunnel")
    child.send("tunnel create tunnel_name=s dest_ipaddr=192.0.2.78 sec=hush\r")
    child.expect(r"Created tunnel \d+")
    child.send("exit\r")
    child.expect(pexpect.EOF)
    child.wait()
    history = open(env["L2TP_HISTFILE"]).read()
    assert "tunnel list" in history and "hush" not in history  # whoever reads the file learns no secret


def test_management_socket_is_private(net):
    d = net.lns.daemon(NONE)
    assert os.stat(d.socket).st_mode & 0o777 == 0o660


def raw_client(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(10)
    return s


def test_rpc_garbage(net):
    """Whatever a client sends or does not send, others are served."""
    d = net.lns.daemon(NONE)
    idle = [raw_client(d.socket) for _ in range(20)]  # say nothing
    for junk in (b"\0" * 100, b"\xff" * 5000, b"GET / HTTP/1.0\r\n\r\n", b"\x80\0\0\x04abcd", b"\x80\x7f\xff\xff",
                 b"\x80\0\0\x28" + b"\0\0\0\1\0\0\0\0\0\0\0\2" + b"\x30\0\x17\x01\0\0\0\1\0\0\0\1" + b"\xff" * 16):
        s = raw_client(d.socket)
        s.sendall(junk)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    half = raw_client(d.socket)
    half.sendall(b"\x80\0\1\0half a request")
    start = time.monotonic()
    assert d.cli("tunnel", "list").returncode == 0
    assert time.monotonic() - start < 5
    for s in idle + [half]:
        s.close()
