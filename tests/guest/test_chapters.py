# SPDX-License-Identifier: GPL-2.0-or-later
"""The chapters of docs/, carried out as they stand: their files, their commands, and what they promise."""
import os
import re
import shlex

import pytest

from support.hosts import BUILD, ROOT, only_under, until

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"), only_under("6.12")]


def blocks(chapter, language):
    """The blocks of a chapter, those inside of lists too, without their indentation."""
    with open(os.path.join(ROOT, "docs", chapter)) as f:
        found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", f.read(), re.M | re.S)
    assert found, f"{chapter} has no block of {language}"
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, text in found]


@pytest.fixture(autouse=True)
def files():
    """The server's name, as the chapters have it; pppd's secrets, as they write them."""
    with open("/etc/hosts", "a") as f:
        f.write("192.0.2.1 vpn.example.org\n")
    secrets = [*blocks("server.md", "secrets"), *blocks("branch-office.md", "secrets")]
    with open("/etc/ppp/chap-secrets", "w") as f:
        f.writelines(secrets)
    os.chmod("/etc/ppp/chap-secrets", 0o600)
    yield


def carry_out(chapter, host, daemon):
    """The shell lines of a chapter on a host whose daemon runs; that is in systemctl's place."""
    done = 0
    for block in blocks(chapter, "sh"):
        for line in block.splitlines():
            words = shlex.split(line)
            if words[0] == "systemctl" or "monitor" in words:
                continue
            if words[0] == "l2tpcli":
                words = [f"{BUILD}/bin/l2tpcli", "-s", daemon.socket, *words[1:]]
            elif words[0] == "l2tpd":
                words = [f"{BUILD}/bin/l2tpd", *words[1:-1], daemon.conf_path]
            got = host.run(*words, check=False)
            assert got.returncode == 0, f"{line}: {got.stdout}"
            done += 1
    assert done


def test_server_and_client(net):
    net.lan(net.lns, "server", "10.1.0")
    lns = net.lns.daemon("".join(blocks("server.md", "l2tp")))
    lac = net.lac.daemon("".join(blocks("client.md", "l2tp")))
    lac.until_up(2, seconds=30)
    lns.until_up(2)
    carry_out("server.md", net.lns, lns)
    carry_out("client.md", net.lac, lac)
    assert {u["user"] for u in lns.json("user", "list")} == {"fred", "wilma"}
    assert all(u["peer_address"].startswith("10.99.1.") for u in lns.json("user", "list"))
    until(lambda: "10.1.0.0/24 dev ppp" in net.lac.routes("proto", "108"), lambda: net.lac.routes() + lac.log())
    net.lac.reaches("10.1.0.2")
    until(lambda: all(s["ipv6_prefix"] for s in (lns.json("session", "show", f"tunnel_id={s['tunnel_id']}", f"session_id={s['session_id']}")
                                                for s in lns.sessions())), "prefixes")
    path = net.tmp / "dnsmasq.conf"
    path.write_text("".join(blocks("server.md", "dnsmasq")))
    checked = net.lns.run("dnsmasq", "--test", "-C", str(path), check=False)
    assert checked.returncode == 0, checked.stdout


def test_branch_office(net):
    server = net.lan(net.lns, "server", "10.1.0")
    pc = net.lan(net.lac, "pc", "10.2.0")
    head, branch, masked = blocks("branch-office.md", "l2tp")
    script, = blocks("branch-office.md", "script")
    with open("/etc/ppp/ip-up.d/branches", "w") as f:
        f.write(script.replace("logger", "echo >> /tmp/branches"))
    os.chmod("/etc/ppp/ip-up.d/branches", 0o755)
    lns, lac = net.lns.daemon(head), net.lac.daemon(branch + masked)
    lac.until_up(seconds=30)
    lns.until_up()
    carry_out("branch-office.md", net.lns, lns)
    carry_out("branch-office.md", net.lac, lac)
    until(lambda: "10.2.0.0/24 dev ppp" in net.lns.routes() and "10.1.0.0/24 dev ppp" in net.lac.routes(),
          lambda: net.lns.routes() + net.lac.routes())
    pc.reaches("10.1.0.2")
    server.reaches("10.2.0.2")

    def told():
        with open("/tmp/branches", "a+") as f:
            f.seek(0)
            return f.read()
    until(lambda: re.match(r"branch 2 is there: ppp\d+, 10.99.0.2\n", told()), lambda: f"word of the script: {told()}")
    # head office reboots, and everything comes back by itself
    lns.expected = -9
    lns.process.kill()
    lns.process.wait()
    until(lambda: not net.lac.interfaces(), lambda: lac.log(), 60)
    net.lns.daemon(head)
    lac.until_up(seconds=60)
    pc.reaches("10.1.0.2", 20)


def test_split_routing_behind_firewalls(net):
    """Both chapters at once: the rules let in what split routing needs, and nothing else."""
    net.lan(net.lns, "server", "10.1.0")
    for host, rules in zip((net.lns, net.lac), blocks("firewall.md", "nft")):
        path = net.tmp / f"{host.name}.nft"
        path.write_text(rules)
        host.run("nft", "-f", str(path))
    told, asks = blocks("split-routing.md", "l2tp")
    options = net.tmp / "splitroute"
    options.write_text(blocks("split-routing.md", "pppd")[0])
    lns = net.lns.daemon(told + blocks("firewall.md", "l2tp")[0])
    lac = net.lac.daemon(asks.replace("split_routing=yes", f"split_routing=yes pppd_options_file={options}"))
    net.lns.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    lac.until_up(seconds=30)
    until(lambda: "10.8.0.0/13 dev ppp" in net.lac.routes(), lambda: net.lac.routes() + lac.log() + lns.log(), 20)
    assert "metric 50" in net.lac.routes("10.1.0.0/24")
    carry_out("split-routing.md", net.lac, lac)
    net.lac.reaches("10.1.0.2")
    listening = net.lns.start("/usr/bin/python3", "-c", "import socket; s = socket.create_server(('', 99)); s.accept()")
    until(lambda: ":99" in net.lns.run("ss", "-ltn").stdout, "a server that nobody shall reach")
    tried = net.lac.run("timeout", "3", "bash", "-c", "echo > /dev/tcp/192.0.2.1/99", check=False)
    assert tried.returncode == 124 and listening.poll() is None


def test_rules_for_ipsec_and_mss_are_right(net):
    """Rules that stand in a chain of the reader's."""
    for language, hook in (("nft-ipsec", "input"), ("nft-mss", "forward")):
        rules, = blocks("firewall.md", language)
        path = net.tmp / "rules.nft"
        path.write_text(f"table inet t {{ chain c {{ type filter hook {hook} priority filter;\n{rules}\n}}\n}}\n")
        got = net.lns.run("nft", "-c", "-f", str(path), check=False)
        assert got.returncode == 0, got.stdout
