# SPDX-License-Identifier: GPL-2.0-or-later
"""Five hundred callers at once: all come up, a few at a time, and nobody says anything twice for it."""
import os
import re

import pytest

from support.hosts import children, only_under, until

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
    before = memory(lns.pid)
    lac = net.lac.daemon("ppp profile modify profile_name=default auth_peer=no\ntunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n" +
                         "".join(f"session create tunnel_name=t session_name=s{i}\n" for i in range(MANY)))

    def stats():
        return lns.json("system", "show", "statistics")
    most_waiting, most_running = 0, 0

    def all_up():
        nonlocal most_waiting, most_running
        now = stats()
        most_waiting = max(most_waiting, now["ppp_waiting"])
        most_running = max(most_running, now["ppp_starting"])
        return now["ppp_up"] == MANY
    until(all_up, lambda: str(stats()) + "\n".join(l for l in (lns.log() + lac.log()).splitlines() if "failed" in l or "down" in l)[-3000:], 40)
    assert most_waiting > MANY / 4, most_waiting
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
    until(lambda: not lns.tunnels() and not lac.tunnels(), lambda: str(stats()), 40)
    until(lambda: not children(lns.pid)[1:] and not children(lac.pid)[1:], "end of all pppd")
    until(lambda: net.lns.kernel_is_clean() and net.lac.kernel_is_clean(), "clean kernels", 20)
