# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's xl2tpd, an implementation that is not ours, as LAC and as LNS."""
import os

import pytest

from support.hosts import BUILD, SLOW, until
from support.xl2tpd import Xl2tpd

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"),
              pytest.mark.usefixtures("ppp_users")]

LAC = """[global]
port = 1701
[lac office]
lns = 192.0.2.1
pppoptfile = {options}
autodial = yes
redial = no
"""
LAC_PPP = """noauth
name fred
password "correct horse"
noipdefault
nodefaultroute
refuse-eap
"""

LNS = """[global]
port = 1701
[lns default]
ip range = 10.99.0.100-10.99.0.110
local ip = 10.99.0.1
require chap = yes
refuse pap = yes
require authentication = yes
pppoptfile = {options}
"""
LNS_PPP = """auth
require-chap
ipcp-accept-local
ipcp-accept-remote
nodefaultroute
"""

OUR_LNS = "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 remote_ipaddr=10.99.0.2 auth_eap=no\n"
OUR_LAC = ('tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n'
           'session create tunnel_name=t session_name=s user_name=fred user_password="correct horse"\n')


def clean(net):
    until(lambda: net.lns.kernel_is_clean() and net.lac.kernel_is_clean(),
          lambda: f"clean kernels: {net.lns.l2tp('session')} {net.lac.l2tp('session')} "
                  f"{net.lns.interfaces()} {net.lac.interfaces()}", 15)


def with_secret(conf):
    """xl2tpd asks for proof of the secret, too."""
    return conf.replace("port = 1701\n", "port = 1701\nauth file = {secrets}\n") + "challenge = yes\n"


SECRET = ("peer profile create profile_name=net peer_ipaddr=192.0.2.0 netmask=24\n"
          "tunnel profile modify profile_name=default auth_mode=challenge secret=sesame\n")


def up_with_xl2tpd_as_lac(net, ours=OUR_LNS, theirs=LAC):
    lns = net.lns.daemon(ours)
    x = Xl2tpd(net.lac, theirs, LAC_PPP)
    try:
        assert lns.until_up(seconds=25)[0]["user"] == "fred"
    except AssertionError as e:
        raise AssertionError(f"{e}\n--- xl2tpd:\n{x.log()}") from None
    net.lac.reaches("10.99.0.1")
    assert net.lac.ping("10.99.0.1").returncode == 0
    return lns, x


def test_xl2tpd_calls_and_hangs_up(net):
    lns, x = up_with_xl2tpd_as_lac(net)
    assert "xelerance" in lns.cli("tunnel", "show", f"tunnel_id={lns.tunnels()[0]['tunnel_id']}").stdout.lower()
    x.tell("d office")
    until(lambda: not lns.sessions(), "end of the session", 15)
    lns.until_empty(15)
    clean(net)


def test_xl2tpd_calls_and_we_hang_up(net):
    lns, x = up_with_xl2tpd_as_lac(net)
    lns.cli("tunnel", "delete", f"tunnel_id={lns.tunnels()[0]['tunnel_id']}")
    lns.until_empty(15)
    clean(net)
    assert x.process.poll() is None
    lns.stop()


def up_with_xl2tpd_as_lns(net, ours=OUR_LAC, theirs=LNS):
    x = Xl2tpd(net.lns, theirs, LNS_PPP)
    lac = net.lac.daemon(ours)
    try:
        lac.until_up(seconds=25)
    except AssertionError as e:
        raise AssertionError(f"{e}\n--- xl2tpd:\n{x.log()}") from None
    net.lac.reaches("10.99.0.1")
    assert net.lac.ping("10.99.0.1").returncode == 0
    return x, lac


def test_we_call_xl2tpd_and_hang_up(net):
    x, lac = up_with_xl2tpd_as_lns(net)
    lac.cli("session", "delete", "session_name=s")
    until(lambda: not lac.sessions(), "end of the session")
    assert lac.tunnels()[0]["state"] == "established"
    lac.cli("tunnel", "delete", "tunnel_name=t")
    lac.until_empty()
    clean(net)
    assert x.process.poll() is None


def test_we_call_xl2tpd_and_it_hangs_up(net):
    x, lac = up_with_xl2tpd_as_lns(net)
    x.process.terminate()
    x.process.wait(10 * SLOW)
    lac.until_empty(40)
    clean(net)
    lac.stop()


def test_xl2tpd_calls_and_both_prove_the_secret(net):
    lns, _ = up_with_xl2tpd_as_lac(net, SECRET + OUR_LNS, with_secret(LAC))
    lns.cli("tunnel", "delete", f"tunnel_id={lns.tunnels()[0]['tunnel_id']}")
    lns.until_empty(15)
    clean(net)


def test_we_call_xl2tpd_with_hidden_avps(net):
    """The other way round it does not work: xl2tpd 1.3.18, calling, looks for the secret only when it has read the
    Challenge, and SCCRP has hidden AVPs before that."""
    hide = "tunnel profile modify profile_name=default hide_avps=yes\n"
    x, lac = up_with_xl2tpd_as_lns(net, SECRET + hide + OUR_LAC, with_secret(LNS))
    lac.cli("tunnel", "delete", "tunnel_name=t")
    lac.until_empty()
    clean(net)
    assert x.process.poll() is None


SPLIT_SERVER = ("pool create pool_name=guests first_addr=10.99.0.50 num_addrs=10\n"
                "ppp profile modify profile_name=default local_ipaddr=10.99.0.1 ip_pool_name=guests auth_eap=no "
                "dns_ipaddr_pri=10.1.0.53 dns_ipaddr_sec=10.1.0.54 client_routes=10.1.0.0/24 client_domain=office.example\n")


def test_xl2tpd_gets_an_address_name_servers_and_routes(net):
    """A client that is not ours, with our plugin in its pppd: pools, DNS, split routing."""
    net.lns.run("ip", "addr", "add", "10.1.0.1/32", "dev", "lo")
    lns = net.lns.daemon(SPLIT_SERVER)
    x = Xl2tpd(net.lac, LAC, LAC_PPP + f"usepeerdns\nplugin {BUILD}/plugins/splitroute.so\nsplitroute-protect 192.0.2.1\n")
    up = lns.until_up(seconds=25)[0]
    assert up["user"] == "fred" and up["peer_address"] == "10.99.0.50"
    until(lambda: "10.1.0.0/24 dev ppp" in net.lac.routes(), lambda: net.lac.routes() + x.log() + lns.log())
    net.lac.reaches("10.1.0.1")
    with open("/etc/ppp/resolv.conf") as f:
        assert f.read().split() == ["nameserver", "10.1.0.53", "nameserver", "10.1.0.54"]
    x.tell("d office")
    until(lambda: "10.1.0.0/24" not in net.lac.routes(), lambda: net.lac.routes())
    until(lambda: lns.json("pool", "list")[0]["used"] == 0, "the address")


def test_we_learn_routes_behind_xl2tpd(net):
    """A server that is not ours, with a DHCP server beside it that answers as others do."""
    net.lns.run("ip", "addr", "add", "10.1.0.1/32", "dev", "lo")
    x, lac = up_with_xl2tpd_as_lns(net, "ppp profile modify profile_name=default split_routing=yes\n" + OUR_LAC)
    net.lns.start("dnsmasq", "-k", "-C", "/dev/null", "-p", "0", "--pid-file=", "-u", "root", f"--dhcp-leasefile={net.tmp}/leases",
                  "--dhcp-range=10.99.0.0,static,255.255.255.0", "--dhcp-option=121,10.1.0.0/24,10.99.0.1",
                  "--dhcp-option=249,10.1.0.0/24,10.99.0.1")
    # it was started after the first question; the plugin asks again
    until(lambda: "10.1.0.0/24 dev ppp" in net.lac.routes(), lambda: net.lac.routes() + lac.log() + x.log(), 20)
    net.lac.reaches("10.1.0.1")
    lac.cli("tunnel", "delete", "tunnel_name=t")
    lac.until_empty()
    clean(net)
