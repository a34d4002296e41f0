# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is let in and how: each method of authentication, encryption, what clients are told, limits of time."""
import os

import pytest

from support.hosts import only_under, until

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"),
              only_under("6.12"), pytest.mark.usefixtures("ppp_users")]

LNS = "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 remote_ipaddr=10.99.0.2\n"
METHODS = {"pap": "auth_pap", "chap": "auth_chap", "mschapv2": "auth_mschapv2", "eap": "auth_eap", "mschapv1": "auth_mschapv1"}


def only(method):
    return " ".join(f"{row}={'yes' if name == method else 'no'}" for name, row in METHODS.items())


def hang_up(lac, lns):
    lac.cli("session", "delete", "session_name=s")
    until(lambda: not lac.sessions() and not lns.sessions(), lambda: lac.log() + lns.log())


def call(lac, *words, password="correct horse"):
    lac.cli("session", "create", "tunnel_name=t", "session_name=s", "user_name=fred", f"user_password={password}", *words)


@pytest.mark.parametrize("method", METHODS)
def test_method(net, method):
    """The right password lets in; the wrong one does not, and everybody concerned learns why."""
    lns = net.lns.daemon(LNS + f"ppp profile modify profile_name=default {only(method)} trace_flags=ppp\nsystem modify trace_flags=ppp\n")
    lac = net.lac.daemon("tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n")
    call(lac)
    lac.until_up()
    assert lns.until_up()[0]["user"] == "fred"
    word = {"pap": "<auth pap>", "chap": "<auth chap MD5>", "mschapv2": "<auth chap MS-v2>", "eap": "<auth eap>",
            "mschapv1": "<auth chap MS>"}[method]
    assert word in lns.log()
    hang_up(lac, lns)
    call(lac, password="wrong")
    until(lambda: not lac.sessions() and not lns.sessions(), lambda: lac.log() + lns.log())
    said = [line for line in (lac.log() + lns.log()).splitlines() if "PPP authentication failed" in line or "PPP: authentication failed" in line]
    assert said, lac.log() + lns.log()
    counted = [d.json("system", "show", "statistics")["ppp_auth_failed"] for d in (lns, lac)]
    assert sum(counted) >= 1, lac.log() + lns.log()
    # who did not see it itself was told: by the call's result, and the cause in RFC 3145's terms
    for d, n in zip((lns, lac), counted):
        assert n or "authentication failed" in d.log(), d.log()
    assert "wrong" not in lns.log() + lac.log() and lns.tunnels()[0]["state"] == "established"


def test_encryption(net):
    """MPPE when asked for: both ends encrypt, and nobody comes in who does not."""
    lns = net.lns.daemon(LNS + f"ppp profile modify profile_name=default {only('mschapv2')} mppe=yes trace_flags=ppp\n"
                         "system modify trace_flags=ppp\n")
    lac = net.lac.daemon("ppp profile create profile_name=sealed mppe=yes\ntunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n")
    call(lac, "ppp_profile_name=sealed")
    lac.until_up()
    lns.until_up()
    lns.log_has("MPPE 128-bit stateless compression enabled")
    net.lac.reaches("10.99.0.1")
    hang_up(lac, lns)
    call(lac)
    lns.log_has("PPP could not be negotiated: no agreement was reached (MPPE required but peer refused)")
    until(lambda: not lac.sessions() and not lns.sessions(), lambda: lac.log() + lns.log())
    assert lns.json("system", "show", "statistics")["ppp_made"] == 1


def test_what_clients_are_told(net):
    """Name servers and WINS by IPCP; proxy ARP for the client's address."""
    lns = net.lns.daemon("ppp profile modify profile_name=default local_ipaddr=192.0.2.1 remote_ipaddr=192.0.2.77 "
                         "dns_ipaddr_pri=192.0.2.53 dns_ipaddr_sec=192.0.2.54 wins_ipaddr_pri=192.0.2.55 proxy_arp=yes\n")
    lac = net.lac.daemon("system modify trace_flags=ppp\nppp profile modify profile_name=default trace_flags=ppp use_peer_dns=yes\n"
                         "tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n")
    call(lac)
    lac.until_up()
    lns.until_up()
    lac.log_has("primary   DNS address 192.0.2.53")
    lac.log_has("secondary DNS address 192.0.2.54")
    proxies = net.lns.run("ip", "neigh", "show", "proxy").stdout
    assert f"192.0.2.77 dev {net.lns.dev}" in proxies, proxies + lns.log()
    hang_up(lac, lns)
    until(lambda: "192.0.2.77" not in net.lns.run("ip", "neigh", "show", "proxy").stdout, "end of the proxy")


@pytest.mark.parametrize("limit", ["max_connect_time=3", "idle_timeout=3"])
def test_limits_of_time(net, limit):
    lns = net.lns.daemon(LNS + f"ppp profile modify profile_name=default {limit}\n")
    lac = net.lac.daemon("tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n")
    call(lac)
    lns.log_has("a time limit was reached", 30)
    until(lambda: not lac.sessions() and not lns.sessions(), lambda: lac.log() + lns.log())
    assert lac.json("event", "list", "event=ppp-up"), lac.log()


def test_echo_finds_a_dead_peer(net):
    """The client's pppd stands still, its tunnel does not: LCP echo requests notice."""
    lns = net.lns.daemon(LNS + "ppp profile modify profile_name=default lcp_echo_interval=1 lcp_echo_failure_count=2\n")
    lac = net.lac.daemon("tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n")
    call(lac)
    lac.until_up()
    lns.until_up()
    # what comes by the link does not reach pppd any more
    net.lac.run("nft", "add table netdev stop; add chain netdev stop in { type filter hook ingress device "
                f"\"{net.lac.dev}\" priority 0; }}; add rule netdev stop in udp dport 1701 @th,64,1 0 drop; "
                f"add rule netdev stop in udp sport 1701 @th,64,1 0 drop")
    lns.log_has("the peer ended it or the line was lost", 30)
    until(lambda: not lns.sessions(), lambda: lns.log())
    assert lns.tunnels()[0]["state"] == "established"
