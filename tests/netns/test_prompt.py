# SPDX-License-Identifier: GPL-2.0-or-later
"""The interactive CLI on a pseudo-terminal, as somebody types at it."""
import os
import subprocess

import pexpect
import pytest

from support.hosts import BUILD, ROOT, run, until
from support.peers import NONE

CLI = os.path.join(BUILD, "bin/l2tpcli")
PROMPT = "l2tp> "


@pytest.fixture
def shell(net):
    """A prompt of a daemon with a few things in it."""
    net.d = net.lns.daemon(NONE + "".join(
        f"tunnel create tunnel_name={t} tunnel_id={i} dest_ipaddr=192.0.2.77\n"
        for t, i in (("alpha", 4711), ("alpine", 4712), ("beta", 500))) +
        "session create tunnel_name=alpha session_name=first session_id=31001\n"
        "session create tunnel_name=beta session_name=second session_id=31002\n"
        "tunnel profile create profile_name=sealed\nppp profile create profile_name=sealing\n"
        "pool create pool_name=guests first_addr=10.1.0.1 num_addrs=5\n")
    started = []

    def start(rows=24, term="dumb", **env):
        child = pexpect.spawn(CLI, ["-s", net.d.socket], encoding="utf-8", timeout=20, dimensions=(rows, 160), env={
            **os.environ, "TERM": term, "L2TP_HISTFILE": str(net.tmp / "history"), "INPUTRC": "/dev/null", **env})
        child.expect(PROMPT)
        started.append(child)
        return child

    yield start
    for child in started:
        child.close()


def clear(child):
    """Drops the line."""
    child.sendintr()
    child.expect(PROMPT)


@pytest.mark.parametrize("typed, becomes", [
    ("tunn\t", "tunnel "),                                        # objects
    ("peer pro\t", "profile "),
    ("mon\t", "monitor "),
    ("tunnel cre\t", "create "),                                  # operations
    ("tunnel profile uns\t", "unset "),
    ("tunnel create dest_\t", "dest_ipaddr="),                    # parameters
    ("tunnel profile unset profile_name=sealed hello\t", "hello_timeout "),
    ("tunnel create persist=y\t", "persist=yes "),                # values
    ("session create session_type=lno\t", "session_type=lnoc "),
    ("tunnel modify tunnel_name=alpi\t", "tunnel_name=alpine "),  # names that exist
    ("tunnel show tunnel_id=50\t", "tunnel_id=500 "),
    ("session show session_name=fi\t", "session_name=first "),
    ("session show tunnel_name=beta session_id=\t", "session_id=31002 "),
    ("session create tunnel_name=bet\t", "tunnel_name=beta "),
    ("tunnel create profile_name=seal\t", "profile_name=sealed "),
    ("tunnel profile show profile_name=seal\t", "profile_name=sealed "),
    ("session create ppp_profile_name=seal\t", "ppp_profile_name=sealing "),
    ("ppp profile modify ip_pool_name=gu\t", "ip_pool_name=guests "),
    ("pool list pool_name=g\t", "pool_name=guests "),
    ("tunnel show tunnel_name=beta tr\t", "transport "),          # options
    ("session list sta\t", "state="),                             # what lists can be filtered by
    ("monitor event=lim\t", "event=limit "),
    ("capture fi\t", "file="),
    ("server modify na\t", "name="),
    ("tunnel list; tunnel sh\t", "show "),                        # the second command of a line
])
def test_completion(shell, typed, becomes):
    child = shell()
    child.send(typed)
    if " " in typed:
        child.expect_exact(typed.rsplit(" ", 1)[0])
    child.expect_exact(becomes)


def test_several_candidates(shell):
    child = shell()
    child.send("tunnel show tunnel_name=al\t\t\t")
    child.expect("tunnel_name=alpha +tunnel_name=alpine")
    clear(child)
    child.send("tunnel create tunnel_name=new\t")  # what is created has no name yet: nothing is offered
    clear(child)


@pytest.mark.parametrize("typed, help_words", [
    ("", ["tunnel +Tunnels: control connections", "monitor +Show what happens"]),
    ("tunnel ", ["create +Open a tunnel to a peer", "unset "]),
    ("tunnel create ", ["dest_ipaddr= +Where the peer is", "hello_timeout= +Send HELLO"]),
    ("tunnel create hello_timeout=", [r"Send HELLO after.*: 0\.\.86400 s"]),
    ("tunnel show tunnel_name=", ["tunnel_name=beta", "tunnel_name=alpha"]),
    ("system modify drain", ["drain_tunnels= +Keep what is up"]),
])
def test_help(shell, typed, help_words):
    child = shell()
    child.send(typed + "?")
    for words in help_words:
        child.expect(words)
    child.expect_exact(PROMPT + typed)  # the line is as it was


def test_interrupts_right_after_keys(shell):
    child = shell()
    for _ in range(300):  # the terminal drops the keys that are not yet read, and they may be all
        os.write(child.child_fd, b"ex")
        os.write(child.child_fd, b"\x03")
        child.expect("\n" + PROMPT)
    child.send("exit\r")
    child.expect(pexpect.EOF)


def test_abbreviations_history_and_quitting(shell, net):
    child = shell()
    child.send("tun sh tunnel_n=beta\r")
    child.expect("tunnel_id +500")
    child.expect(PROMPT)
    child.send("tunnel modify tunnel_name=beta \\\r")
    child.expect("    > ")
    child.send("hello_timeout=7\r")
    child.expect(PROMPT)
    assert net.d.json("tunnel", "show", "tunnel_name=beta")["hello_timeout"] == 7
    child.send("tunnel create tunnel_name=x dest_ipaddr=192.0.2.78 secret=hush\r")
    child.expect(PROMPT)
    child.send("ex\x12hello")  # ^R and ^G: readline's own keys work
    child.expect("reverse-i-search")
    child.expect("hello_timeout=7")
    child.send("\x07")
    child.expect(PROMPT)
    clear(child)
    child.send("exit\r")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    again = shell()
    again.send("\x1b[A\x1b[A")  # up, up: the history outlives the prompt; the secret is not in it
    again.expect("hello_timeout=7")
    assert "hush" not in open(net.tmp / "history").read()
    again.send("\x15quit\r")
    again.expect(pexpect.EOF)


def test_history_keeps_its_size(shell, net):
    child = shell(L2TP_HISTFILESIZE="3")
    for i in range(6):
        child.send(f"tunnel show tunnel_id={i + 1}\r")
        child.expect(PROMPT)
    child.send("quit\r")
    child.expect(pexpect.EOF)
    child.wait()
    assert open(net.tmp / "history").read().split("\n")[-2:] == ["quit", ""]
    assert len(open(net.tmp / "history").read().splitlines()) == 3


def test_interrupt_spares_the_session(shell):
    child = shell()
    child.send("tunnel delete tunnel_name=al")
    clear(child)
    child.send("tunnel delete tunnel_name=al\x03server show\r")  # at once: the rest is another line
    child.expect_exact("name  /")
    child.expect(PROMPT)
    child.send("monitor\r")
    child.expect("monitor\r\n")
    child.sendintr()
    child.expect(PROMPT, timeout=30)
    child.send("tunnel list names\r")  # the connection that the monitor ended is made again
    child.expect("beta")
    child.expect("alpha")
    child.expect(PROMPT)


def test_long_output_is_paged(shell, net):
    commands = "".join(f"tunnel create tunnel_name=many{i} dest_ipaddr=192.0.2.77\n" for i in range(300))
    subprocess.run([CLI, "-s", net.d.socket, "-q"], input=commands, text=True, check=True)
    child = shell(rows=10, term="xterm", PAGER="less -RX")
    child.send("tunnel list names\r")
    child.expect("tunnel_id")
    child.expect("\x1b|:")  # less waits at the end of the screen
    child.send("q")
    child.expect(PROMPT)
    child.send("tunnel list names tunnel_name=beta\r")  # what fits is just written
    child.expect("500 +beta\r\n")
    child.expect(PROMPT)
    plain = shell(rows=10, term="xterm", PAGER="/no/such/pager")
    plain.send("tunnel list names\r")
    plain.expect("many299|many98", timeout=30)
    plain.expect(PROMPT)


def test_colour_is_for_terminals(shell, net):
    child = shell(term="xterm")
    child.send("tunnel list\r")
    child.expect("\x1b\\[1mtunnel_id")
    child.expect("\x1b\\[33mwait-ctl-reply\x1b\\[0m")
    child.expect(PROMPT)
    assert "\x1b" not in run(CLI, "-s", net.d.socket, "tunnel", "list").stdout
    plain = shell(term="xterm", NO_COLOR="1")
    plain.send("tunnel list\r")
    plain.expect("[\r\n]tunnel_id")


def test_another_server(shell, net):
    other = net.lns.daemon(NONE + "system modify udp_port=1799\ntunnel profile create profile_name=only-here\n")
    child = shell()
    child.send("server show\r")
    child.expect_exact(net.d.socket)
    child.expect(PROMPT)
    child.send("server modify name=/no/such/socket\r")
    child.expect("does not answer")
    child.expect(PROMPT)
    child.send(f"server modify name={other.socket}\r")
    child.expect(PROMPT)
    child.send("tunnel profile show profile_name=onl\t\r")
    child.expect("profile_name +only-here")
    child.expect(PROMPT)
    other.stop()  # the prompt outlives its daemon
    child.send("system show version\r")
    child.expect("does not answer|went away")
    child.expect(PROMPT)
    again = net.lns.daemon(NONE + "system modify udp_port=1799\n", name=other.name)
    child.send("system show version\r")
    child.expect("datapath +none")
    child.expect(PROMPT)
    assert again.pid


def test_bash_completes_too(shell, net):
    """The completion file for the shell's own command line."""
    script = f"""
        source {ROOT}/conf/l2tpcli.bash
        l2tpcli() {{ {CLI} "$@"; }}
        try() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${{#COMP_LINE}}; COMPREPLY=()
                 _l2tpcli; printf '%s\\n' "${{COMPREPLY[@]}}" | sort | tr '\\n' ' '; echo; }}
        try l2tpcli -s {net.d.socket} tunnel cr
        try l2tpcli -s {net.d.socket} tunnel show tunnel_name = al
        try l2tpcli -s {net.d.socket} tunnel create dest_i
        try l2tpcli -s {net.d.socket} session create session_type = ln
        try l2tpcli --js
    """
    until(lambda: net.d.tunnels(), "the daemon")
    lines = [line.split() for line in run("bash", "--norc", "-c", script).stdout.splitlines()]
    assert lines == [["create"], ["alpha", "alpine"], ["dest_ipaddr="], ["lnic", "lnoc"], ["--json"]]
