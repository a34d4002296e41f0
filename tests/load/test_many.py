# SPDX-License-Identifier: GPL-2.0-or-later
"""Five hundred callers at once: all come up, a few at a time, and nobody says anything twice for it."""
import json
import os
import re
import subprocess

import pytest

from support.hosts import BUILD, children, only_under, until

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"), only_under("6.12")]

MANY = 500
# The daemon keeps the last 2,048 events, whoever they are about: that much memory is no link's.
EVENTS = 1100 * 1024
LNS = (f"pool create pool_name=guests first_addr=10.99.1.0 num_addrs={MANY}\n"
       "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 ip_pool_name=guests auth_peer=no\n")


@pytest.fixture(autouse=True)
def no_scripts():
    """What Debian's scripts do for each link is not what is measured here."""
    for name in ("ip-up", "ip-down", "ipv6-up", "ipv6-down"):
        if os.path.exists(f"/etc/ppp/{name}"):
            os.rename(f"/etc/ppp/{name}", f"/etc/ppp/{name}.off")
    yield
    for name in ("ip-up", "ip-down", "ipv6-up", "ipv6-down"):
        if os.path.exists(f"/etc/ppp/{name}.off"):
            os.rename(f"/etc/ppp/{name}.off", f"/etc/ppp/{name}")


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read())[1]) * 1024


def test_many_at_once(net):
    lns = net.lns.daemon(LNS)
    before, seen = memory(lns.pid), net.tmp / "seen"
    net.lns.start(f"{BUILD}/bin/l2tpcli", "-s", lns.socket, "--json", "monitor", "event=ppp-up", stdout=open(seen, "w"),
                  stderr=subprocess.DEVNULL)
    lac = net.lac.daemon("ppp profile modify profile_name=default auth_peer=no\ntunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n" +
                         "".join(f"session create tunnel_name=t session_name=s{i}\n" for i in range(MANY)))

    def up():
        """How many links have their addresses; a link whose IPv6 was there first is told twice."""
        with open(seen) as f:
            told = [json.loads(line) for line in f if line.endswith("\n")]
        return len({e["session_id"] for e in told if e["peer_address"]})

    def stats():
        return lns.json("system", "show", "statistics")
    # few are asked how it goes: asking costs as much as a link
    until(lambda: up() >= 10, lambda: lns.log())
    waiting = stats()["ppp_waiting"]
    until(lambda: up() >= MANY, lambda: str(stats()) + "\n".join(
        line for line in (lns.log() + lac.log()).splitlines() if "failed" in line or "down" in line)[-3000:], 60)
    assert waiting > MANY / 4, waiting
    now = stats()
    assert now["ppp_made"] == MANY and now["ppp_failed"] == 0
    # of the thousands of messages that this takes few are said twice
    assert now["tx_retransmits"] < now["tx_messages"] / 20, now
    a_link = (memory(lns.pid) - before - EVENTS) / MANY
    print(f"{a_link:.0f} bytes of the daemon's memory a link")
    assert a_link < 3072
    addresses = {h["address"] for h in lns.json("pool", "list", "pool_name=guests")}
    assert len(addresses) == MANY
    lac.cli("tunnel", "delete", "tunnel_name=t")
    until(lambda: not lns.tunnels() and not lac.tunnels(), lambda: lns.log()[-2000:], 40)
    until(lambda: not children(lns.pid)[1:] and not children(lac.pid)[1:], "end of all pppd")
    until(lambda: net.lns.kernel_is_clean() and net.lac.kernel_is_clean(), "clean kernels", 20)
