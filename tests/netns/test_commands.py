# SPDX-License-Identifier: GPL-2.0-or-later
"""Every parameter of every object in every operation that takes it: tests/netns/commands.txt, fed to a daemon."""
import os
import re
import subprocess

from support.hosts import BUILD
from support.peers import NONE

HERE = os.path.dirname(os.path.abspath(__file__))


def corpus():
    """(what is expected, command) for each line; "ok", or words of the refusal."""
    with open(os.path.join(HERE, "commands.txt")) as f:
        return [line.rstrip("\n").split(" | ", 1) for line in f if line.strip() and not line.startswith("#")]


def refusals(d, commands):
    """What l2tpcli says of each line of a script: {index: words}."""
    got = subprocess.run([os.path.join(BUILD, "bin/l2tpcli"), "-s", d.socket, "-q"], input="\n".join(commands) + "\n",
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert got.stdout == ""
    assert got.returncode == (1 if got.stderr else 0)
    found, current = {}, None
    for line in got.stderr.splitlines():
        start = re.match(r"line (\d+): (.*)", line)
        current = int(start[1]) - 1 if start else current
        found[current] = found.get(current, "") + (start[2] if start else line)
    return found


def test_corpus(net):
    d = net.lns.daemon(NONE)
    lines = corpus()
    assert len(lines) > 1000
    said = refusals(d, [command for _, command in lines])
    wrong = []
    for i, (expected, command) in enumerate(lines):
        got = said.get(i, "ok")
        if (expected == "ok") != (got == "ok") or (expected != "ok" and expected not in got):
            wrong.append(f"{command}\n    says: {got}\n    not:  {expected}")
    assert not wrong, f"{len(wrong)} of {len(lines)}:\n" + "\n".join(wrong[:40])


def split(command):
    """Object, verb, and parameters of a command with whole names."""
    words = re.findall(r'(?:[^\s"]|"(?:[^"\\]|\\.)*")+', command)
    n = 2 if len(words) > 1 and words[1] == "profile" else 1
    return " ".join(words[:n]), words[n] if len(words) > n else "", [w.split("=")[0] for w in words[n + 1:]]


def test_corpus_is_complete(net):
    """Each parameter that the daemon describes is used well in each operation, and wrongly where it can be."""
    d = net.lns.daemon(NONE)
    good, bad = set(), set()
    for expected, command in corpus():
        obj, verb, names = split(command)
        (good if expected == "ok" else bad).update((obj, verb, n) for n in names)
    fixed = {"udp_port", "datapath", "event_scripts", "management_group", "management_readers"}
    missing = []
    for r in d.json("describe", "list"):
        where = (r["object"], r["verb"], r.get("parameter"))
        if not r.get("parameter") or r.get("filter") or r["verb"] in ("watch", "save", "restore", "reload", "disconnect"):
            continue
        if where not in good and not (r["object"] == "system" and r["parameter"] in fixed) and \
                not (where[1] == "unset" and where[2].endswith("_name")) and where[2] != "first_addr":
            missing.append(("well",) + where)
        if r.get("value") and r["verb"] in ("create", "modify") and where not in bad and \
                "text of at most" not in r["takes"] and "profile_name" not in where[2] and not r.get("key"):
            missing.append(("wrongly",) + where)
    assert not missing, missing


def test_refused_commands_change_nothing(net):
    d = net.lns.daemon(NONE + "tunnel create tunnel_name=t dest_ipaddr=192.0.2.9 mtu=1400\n"
                       "tunnel profile create profile_name=p mtu=1300\n")
    path = str(net.tmp / "saved")

    def saved():
        d.cli("config", "save", f"file={path}")
        with open(path) as f:
            return f.read()

    before = saved()
    for command in ("tunnel modify tunnel_name=t mtu=1200 hello_timeout=x", "tunnel modify tunnel_name=t mtu=1200 secret=s",
                    "tunnel profile modify profile_name=p mtu=1200 mtu=1100", "tunnel profile modify profile_name=p mtu=1200 nonsense",
                    "system modify max_tunnels=4 udp_port=9", "session create tunnel_name=t session_name=s hidden=1",
                    "tunnel modify tunnel_name=t mtu=1200 peer_profile_name=nobody"):
        assert d.cli(*command.split(), check=False).returncode == 1, command
        assert saved() == before, command
