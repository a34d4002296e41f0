# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator does with a daemon that runs: reading the configuration again, watching, tracing, who may do what."""
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import tempfile

import pytest

from support import rpc
from support.hosts import BUILD, ROOT, alive, run, until
from support.peers import NONE, in_namespace, peer

CLI = os.path.join(BUILD, "bin/l2tpcli")


def calls(*names, tunnel="", session="", dest="192.0.2.1"):
    return "".join(f"tunnel create tunnel_name={t} dest_ipaddr={dest} {tunnel}\n"
                   f"session create tunnel_name={t} session_name={t}.s {session}\n" for t in names)


def rewrite(d, conf):
    with open(d.conf_path, "w") as f:
        f.write(conf)


def ids(d):
    return {s["session_name"]: (s["tunnel_id"], s["session_id"]) for s in d.sessions()}


# --- reading the configuration again -------------------------------------------------------------

def test_reload_touches_only_what_changed(net):
    net.lns.daemon(NONE)
    conf = NONE + calls("a", "b", "c") + "tunnel create dest_ipaddr=192.0.2.1\n"
    lac = net.lac.daemon(conf)
    lac.until_up(3, ppp=False)
    before, tunnels = ids(lac), {t["tunnel_id"] for t in lac.tunnels()}
    assert lac.json("config", "reload") == []
    assert lac.cli("config", "reload", "check").stdout == "What runs is what the file says: nothing to do\n"
    lac.process.send_signal(signal.SIGHUP)
    lac.log_has("read again")
    assert ids(lac) == before and {t["tunnel_id"] for t in lac.tunnels()} == tunnels

    # b changes while it lives, c must be made anew, d comes, a and the nameless one stay
    rewrite(lac, NONE + calls("a") + calls("b", tunnel="hello_timeout=7 mtu=1400", session="reorder_timeout=9") +
            calls("c", tunnel="rx_window_size=4") + calls("d") + "tunnel create dest_ipaddr=192.0.2.1\n"
            "tunnel profile create profile_name=new mtu=1300\nsystem modify max_tunnels=100\n")
    plan = [r["command"] for r in lac.json("config", "reload", "check")]
    assert ids(lac) == before and any("tunnel_name=d" in c for c in plan)
    done = [r["command"] for r in lac.json("config", "reload")]
    assert sorted(plan) == sorted(done)
    assert not [c for c in done if "tunnel_name=a" in c], done
    assert f"tunnel delete tunnel_id={before['c.s'][0]}" in done and f"tunnel delete tunnel_id={before['a.s'][0]}" not in done
    lac.until_up(4, ppp=False)
    after = ids(lac)
    assert after["a.s"] == before["a.s"] and after["b.s"] == before["b.s"] and after["c.s"] != before["c.s"]
    shown = lac.json("tunnel", "show", "tunnel_name=b")
    assert (shown["hello_timeout"], shown["mtu"]) == (7, 1400)
    assert lac.json("session", "show", "session_name=b.s")["reorder_timeout"] == 9
    assert lac.json("system", "show")["max_tunnels"] == 100
    assert lac.json("tunnel", "profile", "show", "profile_name=new")["mtu"] == 1300

    # and back: what was set is inherited again, what came goes
    rewrite(lac, conf)
    lac.process.send_signal(signal.SIGHUP)
    until(lambda: "d.s" not in ids(lac), "end of d")
    lac.until_up(3, ppp=False)
    assert lac.json("tunnel", "show", "tunnel_name=b")["hello_timeout"] == 60
    assert lac.json("system", "show")["max_tunnels"] == 0
    assert ids(lac)["a.s"] == before["a.s"] and ids(lac)["b.s"] == before["b.s"]
    assert lac.json("config", "reload") == []


def test_reload_of_single_sessions(net):
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + calls("a") + "session create tunnel_name=a\nsession create tunnel_name=a\n"
                         "session create tunnel_name=a session_id=77 calling_number=1\n")
    lac.until_up(4, ppp=False)
    before = {s["session_id"] for s in lac.sessions()}
    rewrite(lac, NONE + calls("a") + "session create tunnel_name=a\n"
            "session create tunnel_name=a session_id=77 calling_number=2\nsession create tunnel_name=a session_id=78\n")
    lac.cli("config", "reload")
    lac.until_up(4, ppp=False)
    after = {s["session_id"] for s in lac.sessions()}
    assert 77 in after and 78 in after and len(before & after) == 3  # 77, the named and one of the two nameless
    assert lac.json("session", "show", "tunnel_name=a", "session_id=77")["calling_number"] == "2"
    assert lac.json("config", "reload") == []


def test_reload_of_a_tunnel_with_an_id_of_its_own(net):
    """The id is free only when the old tunnel is gone: what cannot be done at once is done then."""
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + calls("a", tunnel="tunnel_id=500"))
    lac.until_up(1, ppp=False)
    rewrite(lac, NONE + calls("a", tunnel="tunnel_id=500 rx_window_size=4"))
    lac.cli("config", "reload")
    until(lambda: lac.sessions() and lac.json("tunnel", "show", "tunnel_id=500")["rx_window_size"] == 4, "the new tunnel")
    lac.until_up(1, ppp=False)


def test_reload_with_an_error_changes_nothing(net):
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + calls("a"))
    lac.until_up(1, ppp=False)
    before = ids(lac)
    rewrite(lac, NONE + "tunnel create tunnel_name=x\nsystem modify max_tunnels=none\n")
    refused = lac.cli("config", "reload", check=False)
    assert refused.returncode == 1 and "nothing was changed" in refused.stdout
    assert ":2: dest_ipaddr is missing" in refused.stdout and ":3: max_tunnels=none" in refused.stdout
    lac.process.send_signal(signal.SIGHUP)
    lac.log_has("has errors: nothing was changed")
    os.unlink(lac.conf_path)
    assert lac.cli("config", "reload", check=False).returncode == 1
    assert ids(lac) == before


def test_save_and_restore(net):
    """A saved configuration is what runs: restoring it does nothing, and undoes what came later."""
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + calls("a", session="user_password=hush") + "tunnel create dest_ipaddr=192.0.2.1\n"
                         "system modify deny_local_tunnel_creates=yes max_tunnels=2\n")
    lac.until_up(1, ppp=False)
    before, path = ids(lac), str(net.tmp / "saved")
    lac.cli("config", "save", f"file={path}")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert lac.json("config", "restore", f"file={path}") == []
    lac.cli("session", "delete", "session_name=a.s")
    lac.cli("ppp", "profile", "modify", "profile_name=default", "auth_eap=no")
    undone = [r["command"] for r in lac.json("config", "restore", f"file={path}")]
    assert any("session_name=a.s" in c and "user_password=(hidden)" in c for c in undone) and "hush" not in str(undone)
    assert "ppp profile unset profile_name=default auth_eap" in undone
    lac.until_up(1, ppp=False)
    assert ids(lac)["a.s"][0] == before["a.s"][0] and "hush" not in lac.log()
    again = run(os.path.join(BUILD, "bin/l2tpd"), "-t", "-c", path, check=False)
    assert again.returncode == 0, again.stdout


def test_changes_that_need_a_restart_are_told(net):
    d = net.lns.daemon(NONE + "system modify udp_port=1777\n")
    rewrite(d, NONE + "system modify udp_port=1778\n")
    assert "udp_port changed: restart" in d.cli("config", "reload").stdout
    assert d.json("system", "show")["udp_port"] == 1777


def test_a_name_and_an_address_that_come_later(net):
    """A configuration is read when the machine boots: what it names may come up after the daemon."""
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + calls("early", tunnel="src_ipaddr=192.0.2.99") + calls("nameless", dest="no-such-host.invalid"))
    lac.log_has("cannot open a socket on 192.0.2.99")
    until(lambda: lac.json("tunnel", "show", "tunnel_name=early")["attempts"], "an attempt")
    waiting = lac.json("tunnel", "show", "tunnel_name=early")
    assert waiting["next_try"] <= 8 and "192.0.2.99" in waiting["last_failure"]
    lac.log_has("no-such-host.invalid", 20)
    run("ip", "-n", net.lac.ns, "addr", "add", "192.0.2.99/24", "dev", net.lac.dev)
    until(lambda: any(s["session_name"] == "early.s" and s["state"] == "established" for s in lac.sessions()),
          "the session, when the address is there", 30)
    assert lac.log().count("cannot open a socket on 192.0.2.99") == 1  # told once
    lac.cli("tunnel", "delete", "tunnel_name=nameless")
    until(lambda: len(lac.tunnels()) == 1, "end of the tunnel that waited")
    # what is typed at the prompt is answered at once: it fails
    lac.cli("tunnel", "create", "tunnel_name=typed", "dest_ipaddr=192.0.2.1", "src_ipaddr=192.0.2.98")
    until(lambda: len(lac.tunnels()) == 1, "end of the tunnel that was typed")


# --- events ----------------------------------------------------------------------------------------

class Monitor:
    def __init__(self, host, d, *words, json_out=True):
        self.path = str(host.net.tmp / f"monitor{id(self)}")
        self.process = host.start(CLI, "-s", d.socket, *(["--json"] if json_out else []), "monitor", *words,
                                  stdout=open(self.path, "w"), stderr=subprocess.STDOUT)

    def text(self):
        with open(self.path) as f:
            return f.read()

    def events(self):
        return [json.loads(line) for line in self.text().splitlines()]


def watch(host, d, *words, **kwargs):
    """A monitor that is there: some event of ours has come through."""
    m = Monitor(host, d, *words, **kwargs)

    def poke():
        d.cli("tunnel", "create", "tunnel_name=poke", "dest_ipaddr=192.0.2.1", "src_ipaddr=192.0.2.250")
        return m.text()
    until(poke, "the monitor")
    return m


def test_monitor(net):
    lns, lac = net.lns.daemon(NONE), net.lac.daemon(NONE)
    m, text = watch(net.lac, lac), watch(net.lac, lac, json_out=False)
    lac.cli("tunnel", "create", "tunnel_name=a", "dest_ipaddr=192.0.2.1")
    lac.cli("session", "create", "tunnel_name=a", "session_name=s")
    until(lambda: any(e["event"] == "session-up" for e in m.events()), "session-up")
    up = next(e for e in m.events() if e["event"] == "tunnel-up")
    assert up["tunnel_name"] == "a" and up["peer"].startswith("192.0.2.1:") and "session_id" not in up
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", up["time"])
    lns.stop()
    until(lambda: {"session-down", "tunnel-down"} <= {e["event"] for e in m.events()}, "the end")
    assert "shut down" in next(e for e in m.events() if e["event"] == "tunnel-down")["why"]
    assert re.search(r"^20\S+Z session-up tunnel_id=\d+ session_id=\d+ tunnel_name=a session_name=s peer=", text.text(), re.M)
    numbers = [e["number"] for e in m.events()]
    assert numbers == sorted(set(numbers))
    assert [e for e in lac.json("event", "list", "event=tunnel-up") if e["tunnel_name"] == "a"]


def test_limits_are_events(net):
    d = net.lns.daemon(NONE + "system modify max_tunnels=1\n" + calls("a", dest="192.0.2.77"))
    m = Monitor(net.lns, d, "event=limit", "count=1")

    def poke():
        d.cli("tunnel", "create", "dest_ipaddr=192.0.2.78", check=False)
        return m.process.poll() is not None
    until(poke, "the event")
    assert m.process.returncode == 0 and m.events()[0]["why"] == "system max_tunnels"


def test_a_slow_subscriber_learns_what_it_missed(net):
    """One that does not ask again costs nothing; when it does, it is told how many events are gone."""
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE)
    s = rpc.connect(lac.socket)
    commands = "".join(f"tunnel create tunnel_name=t{i} dest_ipaddr=192.0.2.1\n" + "session create tunnel_name=t%d\n" % i * 30
                       for i in range(100))
    subprocess.run([CLI, "-s", lac.socket, "-q"], input=commands, text=True, check=True)
    until(lambda: lac.json("system", "show", "status")["sessions_up"] == 3000, "sessions", 60)
    deletes = "".join(f"tunnel delete tunnel_name=t{i}\n" for i in range(100))
    subprocess.run([CLI, "-s", lac.socket, "-q"], input=deletes, text=True, check=True)
    lac.until_empty()
    first = rpc.run(s, "event", "watch", "since=1")
    assert first.status == 0 and first.records[0]["missed"] > 1000
    assert first.records[0]["number"] == first.records[0]["missed"] + 2
    # a whole ring is there, in order, without a gap
    seen, since = [r["number"] for r in first.records], first.records[-1]["number"]
    while since < lac.json("event", "list", "event=tunnel-down")[-1]["number"]:
        got = rpc.run(s, "event", "watch", f"since={since}").records
        assert not any(r.get("missed") for r in got)
        seen += [r["number"] for r in got]
        since = seen[-1]
    assert seen == list(range(seen[0], seen[-1] + 1)) and len(seen) == 2048


def test_event_scripts(net):
    scripts, out = net.tmp / "scripts", net.tmp / "out"
    scripts.mkdir()
    out.mkdir()
    (scripts / "10-write").write_text(f"#!/bin/sh\nenv | grep ^L2TP_ > {out}/$$.part && mv {out}/$$.part {out}/$L2TP_EVENT.$$\n")
    (scripts / "20-fails").write_text("#!/bin/sh\nexit 3\n")
    (scripts / "no-script").write_text("exit 1\n")
    for name in ("10-write", "20-fails"):
        os.chmod(scripts / name, 0o755)
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + f"system modify event_scripts={scripts}\n" + calls("a"))
    lac.until_up(1, ppp=False)
    until(lambda: any(p.name.startswith("session-up") and "part" not in p.name for p in out.iterdir()), "the script")
    env = dict(line.split("=", 1) for line in next(out.glob("session-up.*")).read_text().splitlines())
    up = lac.sessions()[0]
    assert env["L2TP_SESSION_NAME"] == "a.s" and int(env["L2TP_TUNNEL_ID"]) == up["tunnel_id"]
    assert env["L2TP_PEER"] == "192.0.2.1:1701" and "L2TP_USER" not in env
    lac.log_has("20-fails: ended with status 3")
    # a flood of events is no flood of processes
    subprocess.run([CLI, "-s", lac.socket, "-q"], input="session create tunnel_name=a\n" * 2000, text=True, check=True)
    until(lambda: lac.json("system", "show", "status")["sessions_up"] == 2001, "sessions", 60)
    lac.log_has("more are left out", 30)
    refused = lac.cli("system", "modify", "event_scripts=/tmp", check=False)
    assert refused.returncode == 1  # who may manage may not have programs of his choice run


# --- tracing and captures ------------------------------------------------------------------------------

def test_debug_at_once(net):
    lns, lac = net.lns.daemon(NONE), net.lac.daemon(NONE + calls("a", "b"))
    lac.until_up(2, ppp=False)
    assert "debug:" not in lac.log()
    lac.cli("debug", "modify", "tunnel_name=a", "protocol=on", "avp_data=on")
    assert lac.json("debug", "show", "tunnel_name=a")["avp_data"] and not lac.json("debug", "show")["avp_data"]
    lac.cli("session", "create", "tunnel_name=a", "calling_number=12345")
    lac.log_has("send ICRQ for session 0")
    lac.log_has("Calling Number: 12345")
    lac.log_has("received ICRP for session")
    lac.cli("session", "create", "tunnel_name=b", "calling_number=54321")
    until(lambda: len(lns.sessions()) == 4, "session")
    assert "54321" not in lac.log()
    lac.cli("debug", "modify", "tunnel_name=a", "all=off")
    lac.cli("debug", "modify", "fsm=on")  # the whole, at once: b sets nothing of its own
    lac.cli("session", "create", "tunnel_name=b")
    lac.log_has("idle, open -> wait-tunnel")
    # a profile's flags reach those that have theirs from it
    lns.cli("debug", "modify", "tunnel_profile_name=default", "transport=on")
    lac.cli("tunnel", "modify", "tunnel_name=b", "hello_timeout=1")
    lns.log_has("received Ns", 20)
    assert lns.json("debug", "show", f"tunnel_id={lns.tunnels()[0]['tunnel_id']}")["transport"]
    origin = {r["parameter"]: r["origin"] for r in lns.json("tunnel", "show", f"tunnel_id={lns.tunnels()[0]['tunnel_id']}", "origin")}
    assert origin["trace_flags"] == "tunnel profile default" and origin["mtu"] == "built-in default"


def test_secrets_are_not_traced(net):
    lns = net.lns.daemon(NONE + "tunnel profile modify profile_name=default allow_ppp_proxy=yes trace_flags=all\n")
    lac = net.lac.daemon(NONE + "system modify trace_flags=all\n" + calls(
        "a", tunnel="allow_ppp_proxy=yes secret=sesame auth_mode=none",
        session="use_ppp_proxy=yes proxy_auth_type=pap proxy_auth_name=n proxy_auth_response=68757368"))
    lac.until_up(1, ppp=False)
    shown = lns.json("session", "show", f"tunnel_id={lns.sessions()[0]['tunnel_id']}", f"session_id={lns.sessions()[0]['session_id']}")
    assert shown["peer_proxy_auth_name"] == "n" and shown["peer_proxy_auth_response"] == "(hidden)"
    for log in (lns.log(), lac.log()):
        assert "Proxy Authen Response: (hidden)" in log and "68757368" not in log and "hush" not in log and "sesame" not in log


@pytest.mark.parametrize("dest", ["192.0.2.1", "2001:db8::1"])
def test_capture(net, dest):
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE)
    path = str(net.tmp / "c.pcap")
    p = net.lac.start(CLI, "-s", lac.socket, "capture", f"file={path}", "tunnel_name=wanted", stderr=subprocess.PIPE, text=True)
    until(lambda: os.path.exists(path) and os.path.getsize(path), "the file")

    def poke():
        for name in ("wanted", "other"):
            lac.cli("tunnel", "create", f"tunnel_name={name}", f"dest_ipaddr={dest}")
            lac.cli("tunnel", "delete", f"tunnel_name={name}")
        return os.path.getsize(path) > 500
    until(poke, "messages")
    p.send_signal(signal.SIGINT)
    assert re.match(r"\d+ messages captured$", p.communicate(timeout=20)[1]) and p.returncode == 0
    text = run("tshark", "-r", path, "-V", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE").stdout
    types = run("tshark", "-r", path, "-T", "fields", "-e", "l2tp.avp.message_type", check=False).stdout
    assert {"1", "2", "4"} <= {line.split(",")[0] for line in types.splitlines()}  # SCCRQ, SCCRP, StopCCN
    for bad in ("Malformed", "Checksum Status: Bad", "Expert Info (Error"):
        assert bad not in text
    assert dest in text


# --- who may --------------------------------------------------------------------------------------------

def as_user(uid, gid, groups, function):
    """In a child that is somebody else."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            answer = function()
        except Exception as e:
            answer = f"{type(e).__name__}"
        os.write(write, str(answer).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as f:
        answer = f.read()
    os.waitpid(pid, 0)
    return answer


def may(path, *words):
    r = rpc.run(rpc.connect(path), *words)
    return "done" if r.status == 0 else r.message


def public_daemon(net, conf):
    """A daemon whose socket others can reach."""
    folder = tempfile.mkdtemp(dir="/tmp")
    os.chmod(folder, 0o755)
    d = net.lns.daemon(conf, args=["-s", f"{folder}/s"], wait=False)
    d.socket = f"{folder}/s"
    d.log_has("listens on UDP port")
    return d


def test_permissions(net):
    d = public_daemon(net, NONE + "system modify management_group=adm management_readers=games\n")
    adm, games = 4, 60
    assert os.stat(d.socket).st_gid == adm and stat.S_IMODE(os.stat(d.socket).st_mode) == 0o666
    show, modify = ("system", "show"), ("system", "modify", "max_tunnels=5")
    for groups, looks, changes in (([adm], "done", "done"), ([games], "done", "may look, but not change"),
                                   ([], "you may not", "you may not")):
        assert looks in as_user(65534, 65534, groups, lambda: may(d.socket, *show))
        assert changes in as_user(65534, 65534, groups, lambda: may(d.socket, *modify))
    assert "may look" in as_user(65534, games, [], lambda: may(d.socket, "message", "watch"))  # users' names are in it
    assert "may look" in as_user(65534, games, [], lambda: may(d.socket, "config", "save", "file=/tmp/x"))
    plain = public_daemon(net, NONE + "system modify udp_port=1702\n")
    assert as_user(65534, 65534, [], lambda: may(plain.socket, *show)) == "PermissionError"
    bad = net.lns.daemon(NONE + "system modify management_group=no-such-group udp_port=1703\n", wait=False)
    assert bad.process.wait(10) == 1 and "no group called no-such-group" in bad.log()


def test_management_over_the_network(net):
    d = net.lns.daemon(NONE, args=["-R", "192.0.2.1:1702", "-A", "192.0.2.2/32", "-A", "2001:db8::/64"])
    assert "neither encrypted nor strongly authenticated" in d.log()
    at = ("192.0.2.1", 1702)
    assert in_namespace(net.lac, lambda: rpc.run(rpc.connect(at), "system", "show", "version").records[0]["datapath"]) == "none"
    assert in_namespace(net.lac, lambda: rpc.run_udp(at, "system", "show", "version").records[0]["datapath"]) == "none"
    got = net.lac.run(CLI, "-r", "192.0.2.1:1702", "tunnel", "create", "tunnel_name=far", "dest_ipaddr=192.0.2.77")
    assert "Created tunnel" in got.stdout and d.tunnels()[0]["tunnel_name"] == "far"

    def stranger():
        s = rpc.connect(at)
        s.sendall(rpc.mark(rpc.call(["system", "show"])))
        try:
            return s.recv(1) == b""
        except ConnectionResetError:
            return True
    assert in_namespace(net.lns, stranger)  # 192.0.2.1 itself is not allowed
    d.log_has("is of no allowed network")

    def repeated():
        """The answer was lost: the command is not carried out twice."""
        words = ("tunnel", "create", "tunnel_name=once", "dest_ipaddr=192.0.2.77")
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(10)
        answers = []
        for _ in range(3):
            s.sendto(rpc.call(words, xid=99), at)
            answers.append(rpc.Reply(s.recv(65536)).records[0]["tunnel_id"])
        return len(set(answers))
    assert in_namespace(net.lac, repeated) == 1
    # lists come in pages that fit
    subprocess.run([CLI, "-s", d.socket, "-q"], input="tunnel create dest_ipaddr=192.0.2.77\n" * 300, text=True, check=True)

    def listed():
        count = cursor = 0
        for xid in range(1000, 1100):
            r = rpc.run_udp(at, "tunnel", "list", xid=xid, cursor=cursor)
            count, cursor = count + len(r.records), r.cursor
            if not cursor:
                return count
    assert in_namespace(net.lac, listed) == 302
    for words in (["-R", "here"], ["-R", "192.0.2.1:x"], ["-R", "192.0.2.1", "-A", "10.0.0.0/33"], ["-A", "10.0.0.0/8"]):
        assert run(os.path.join(BUILD, "bin/l2tpd"), *words, check=False).returncode == 2


def test_rpcbind_knows(net):
    if os.path.exists("/run/rpcbind.sock"):
        pytest.skip("this machine has a rpcbind of its own")
    binder = net.lns.start("rpcbind", "-f")
    try:
        until(lambda: os.path.exists("/run/rpcbind.sock") and alive(binder.pid), "rpcbind")
        net.lns.run("ip", "link", "set", "lo", "up")
        d = net.lns.daemon(NONE, args=["-R", "192.0.2.1", "-A", "192.0.2.2"])
        assert "known to rpcbind" in d.log()
        got = net.lac.run(CLI, "-r", "192.0.2.1", "system", "show", "version").stdout  # without a port
        assert "none" in got
        second = net.lns.daemon(NONE + "system modify udp_port=1702\n", args=["-R", "192.0.2.1"])
        assert "known to rpcbind" not in second.log()  # the first keeps its place
        d.stop()
        assert "does not know l2tpd" in net.lac.run(CLI, "-r", "192.0.2.1", "system", "show", check=False).stdout
    finally:
        binder.terminate()
        binder.wait(10)
        for path in ("/run/rpcbind.sock", "/run/rpcbind.lock"):
            if os.path.exists(path):
                os.unlink(path)


# --- clients that are not as they should be ------------------------------------------------------------------

def test_stalled_and_many_clients(net):
    d = net.lns.daemon(NONE)
    half = rpc.connect(d.socket, timeout=60)
    half.sendall(rpc.mark(rpc.call(["system", "show"]))[:20])
    deaf = rpc.connect(d.socket)
    subprocess.run([CLI, "-s", d.socket, "-q"], input="tunnel create dest_ipaddr=192.0.2.77\n" * 600, text=True, check=True)
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for xid in range(200):  # asks and asks, and never reads
        try:
            deaf.setblocking(False)
            deaf.sendall(rpc.mark(rpc.call(["tunnel", "list"], xid=xid)))
        except BlockingIOError:
            break
    assert half.recv(1) == b""  # who stopped in the middle is closed after a while
    half.close()
    crowd = [rpc.connect(d.socket) for _ in range(200)]  # more than there is room for
    assert d.json("system", "show", "status")["tunnels"] == 600
    assert rpc.run(crowd[-1], "system", "show").status == 0
    with pytest.raises((EOFError, ConnectionError)):
        rpc.run(crowd[0], "system", "show")  # who said nothing for longest gave way
    assert d.fds() < 600 + 120  # a socket for each tunnel, and not one for each of the crowd


def test_waiting_calls_end_with_their_client(net):
    d = net.lns.daemon(NONE)
    before = d.fds()
    for _ in range(20):
        s = rpc.connect(d.socket)
        s.sendall(rpc.mark(rpc.call(["event", "watch"])))
        s.close()
    until(lambda: d.fds() <= before, "the end of the connections")
    s = rpc.connect(d.socket)
    s.sendall(rpc.mark(rpc.call(["event", "watch"], xid=7)) + rpc.mark(rpc.call(["system", "show"], xid=8)))
    d.cli("tunnel", "create", "dest_ipaddr=192.0.2.77", "src_ipaddr=192.0.2.250")
    assert rpc.reply(s).xid == 7 and rpc.reply(s).xid == 8


def test_an_old_client(net):
    """Version 1 as it was: whatever the daemon says beyond what the client knows is data, not a different protocol."""
    d = net.lns.daemon(NONE)
    s = rpc.connect(d.socket)
    assert rpc.run(s, "tunnel", "create", "dest_ipaddr=192.0.2.77", "tunnel_name=t").message.startswith("Created tunnel")
    assert rpc.run(s, "tunnel", "list").records[0]["tunnel_name"] == "t"
    refused = rpc.run(s, "tunnel", "list", "sideways")
    assert refused.status == 1 and "unknown parameter" in refused.message and not refused.records
    assert rpc.run(s, "x", program=77).accept == 1  # PROG_UNAVAIL
    assert rpc.run(s, "x", version=2).accept == 2   # PROG_MISMATCH
    assert rpc.run(s, "x", procedure=9).accept == 3  # PROC_UNAVAIL
    s.sendall(rpc.mark(struct.pack(">IIIIII", 5, 0, 2, rpc.PROGRAM, 1, 1) + b"\0" * 16 + b"\xff" * 8))
    assert rpc.reply(s).accept == 4  # GARBAGE_ARGS
    assert rpc.run(s, "system", "show", "version").status == 0  # and the connection is as good as new
    # in fragments, a byte each
    s.sendall(b"".join(rpc.mark(bytes([b]), last=False) for b in rpc.call(["system", "show"])) + rpc.mark(b""))
    assert rpc.reply(s).status == 0


def test_a_socket_by_a_relative_name(net):
    d = net.lns.daemon(NONE)
    folder, name = os.path.split(d.socket)
    assert "none" in net.lns.run(CLI, "-s", name, "system", "show", "version", cwd=folder).stdout
    for where in ("nowhere.invalid", "192.0.2.1:9", "[2001:db8::1]:9", "192.0.2.1", "2001:db8::1"):
        got = net.lac.run(CLI, "-r", where, "system", "show", check=False)
        assert got.returncode == 2 and where in got.stdout, got.stdout


def test_lists_can_be_filtered(net):
    net.lns.daemon(NONE)
    lac = net.lac.daemon(NONE + calls("a", "b", "abc") + "tunnel create tunnel_name=dead dest_ipaddr=192.0.2.77\n")
    lac.until_up(3, ppp=False)
    names = lambda *words: sorted(t["tunnel_name"] for t in lac.json("tunnel", "list", *words))  # noqa: E731
    assert names("tunnel_name=a*") == ["a", "abc"] and names("state=ESTAB*", "tunnel_name=?") == ["a", "b"]
    assert names("state=wait*") == ["dead"] and names("sessions=0") == ["dead"] and names("tunnel_name=x") == []
    assert [s["session_name"] for s in lac.json("session", "list", "tunnel_name=b")] == ["b.s"]
    assert [s["session_name"] for s in lac.json("session", "list", "session_name=abc*")] == ["abc.s"]
    assert lac.json("user", "list") == []


def test_statistics_by_message(net):
    lns = net.lns.daemon(NONE)

    def script():
        p = peer(port=1701).open()
        p.call(70)
        return True
    assert in_namespace(net.lac, script)
    until(lambda: lns.json("system", "show", "statistics")["rx_iccn"] == 1, "ICCN")
    stats = lns.json("system", "show", "statistics")
    assert (stats["rx_sccrq"], stats["tx_sccrp"], stats["rx_scccn"], stats["rx_icrq"], stats["tx_icrp"]) == (1, 1, 1, 1, 1)
    assert stats["tx_messages"] >= 2 and stats["tx_cdn"] == 0
    lns.cli("system", "modify", "reset_statistics")
    after = lns.json("system", "show", "statistics")
    assert after["rx_sccrq"] == 0 and after["tx_messages"] == 0 and after["tunnels_up"] == 1
    shown = lns.json("tunnel", "show", f"tunnel_id={lns.tunnels()[0]['tunnel_id']}")
    assert shown["peer_framing_caps"] and re.match(r"\d{4}-.*Z$", shown["up_since"])
    assert os.path.exists(ROOT)
