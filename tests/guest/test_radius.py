# SPDX-License-Identifier: GPL-2.0-or-later
"""Users whom a real RADIUS server knows, and nobody else does."""
import os
import re

import pytest

from support.hosts import only_under, until

pytestmark = [pytest.mark.skipif(not os.path.exists("/dev/ppp"), reason="this kernel has no PPP"), only_under("6.1")]

SERVER = """
name = freeradius
pidfile = {tmp}/freeradius.pid
log {{
	destination = stdout
}}
security {{
	reject_delay = 0
	status_server = no
	max_attributes = 200
}}
client lns {{
	ipaddr = 127.0.0.1
	secret = hush
}}
modules {{
	always ok {{
		rcode = ok
	}}
	files {{
		usersfile = {tmp}/users
	}}
	pap {{
	}}
	chap {{
	}}
}}
server default {{
	listen {{
		type = auth
		ipaddr = 127.0.0.1
		port = 1812
	}}
	listen {{
		type = acct
		ipaddr = 127.0.0.1
		port = 1813
	}}
	authorize {{
		chap
		files
		pap
	}}
	authenticate {{
		Auth-Type PAP {{
			pap
		}}
		Auth-Type CHAP {{
			chap
		}}
	}}
	accounting {{
		ok
	}}
}}
"""

USERS = """
ruth Cleartext-Password := "known to radius"
	Framed-IP-Address = 10.77.0.9,
	Session-Timeout = 3600,
	Acct-Interim-Interval = 60
idler Cleartext-Password := "known to radius"
	Framed-IP-Address = 10.77.0.11,
	Idle-Timeout = 2
pooled Cleartext-Password := "known to radius"
	Session-Timeout = 3600
brief Cleartext-Password := "known to radius"
	Framed-IP-Address = 10.77.0.10,
	Session-Timeout = 2
"""

CLIENT = """
auth_order	radius
login_tries	2
login_timeout	20
authserver	{first}
authserver	127.0.0.1:1812
acctserver	127.0.0.1:1813
servers		{tmp}/servers
dictionary	{tmp}/client.dictionary
seqfile		{tmp}/seq
mapfile		{tmp}/map
default_realm
radius_timeout	2
radius_retries	1
"""

# The attributes of RFC 2865 and RFC 2866 that pppd's client names, in the form that it reads.
DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE Password 2 string
ATTRIBUTE CHAP-Password 3 string
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE NAS-Port-Id 5 integer
ATTRIBUTE Service-Type 6 integer
ATTRIBUTE Framed-Protocol 7 integer
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Framed-MTU 12 integer
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Idle-Timeout 28 integer
ATTRIBUTE Called-Station-Id 30 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Acct-Status-Type 40 integer
ATTRIBUTE Acct-Delay-Time 41 integer
ATTRIBUTE Acct-Input-Octets 42 integer
ATTRIBUTE Acct-Output-Octets 43 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Acct-Authentic 45 integer
ATTRIBUTE Acct-Session-Time 46 integer
ATTRIBUTE Acct-Input-Packets 47 integer
ATTRIBUTE Acct-Output-Packets 48 integer
ATTRIBUTE Acct-Terminate-Cause 49 integer
ATTRIBUTE CHAP-Challenge 60 string
ATTRIBUTE Acct-Interim-Interval 85 integer
ATTRIBUTE NAS-Port-Type 61 integer
"""


@pytest.fixture(autouse=True)
def own_name():
    """pppd's client wants to know its own address, which it tells the server as NAS-IP-Address."""
    line = "127.0.0.1 lns.example\n"
    with open("/etc/hosts", "r+") as f:
        if line not in f.read():
            f.write(line)


class Radius:
    """FreeRADIUS on a host's loopback, its debug output to be waited for; and the client's files."""

    def __init__(self, host, first="127.0.0.1:1812"):
        tmp = host.net.tmp
        files = {"radiusd.conf": SERVER, "client.conf": CLIENT, "users": USERS, "client.dictionary": DICTIONARY,
                 "servers": "127.0.0.1 hush\n", "map": ""}
        for name, text in files.items():
            (tmp / name).write_text(text.format(tmp=tmp, first=first) if "{tmp}" in text else text)
        self.client, self.path = str(tmp / "client.conf"), str(tmp / "radius.log")
        host.run("ip", "link", "set", "lo", "up")
        self.process = host.start("freeradius", "-X", "-n", "radiusd", "-d", str(tmp), "-D", "/usr/share/freeradius",
                                  stdout=open(self.path, "w"), stderr=open(self.path, "a"))
        until(lambda: "Ready to process requests" in self.log() or self.ended(), lambda: self.log()[-3000:], 20)
        assert not self.ended(), self.log()[-3000:]

    def ended(self):
        return self.process.poll() is not None

    def log(self):
        with open(self.path) as f:
            return f.read()

    def accounts(self, status):
        """The accounting requests of a kind, as dictionaries."""
        found = []
        for block in re.split(r"Received Accounting-Request", self.log())[1:]:
            fields = dict(re.findall(r"^\(\d+\)\s+([\w-]+) = \"?([^\"\n]*)", block.split("# Executing")[0], re.M))
            if fields.get("Acct-Status-Type") == status:
                found.append(fields)
        return found


def lns_conf(radius):
    return (f"ppp profile modify profile_name=default local_ipaddr=10.99.0.1 use_radius=yes radius_hint={radius.client} "
            "auth_eap=no auth_mschapv1=no auth_mschapv2=no\n")


def lac_conf(user, password="known to radius"):
    return ("tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n"
            f'session create tunnel_name=t session_name=s user_name={user} user_password="{password}"\n')


def test_radius(net):
    radius = Radius(net.lns)
    lns, lac = net.lns.daemon(lns_conf(radius)), net.lac.daemon(lac_conf("ruth"))
    lac.until_up()
    up = lns.until_up()[0]
    assert up["user"] == "ruth" and up["peer_address"] == "10.77.0.9"  # as RADIUS says
    net.lns.reaches("10.77.0.9")
    until(lambda: radius.accounts("Start"), lambda: radius.log()[-3000:])
    start = radius.accounts("Start")[0]
    assert start["User-Name"] == "ruth" and start["Framed-IP-Address"] == "10.77.0.9"
    assert start["Calling-Station-Id"] == "192.0.2.2" and start["NAS-Port"] == up["interface"].removeprefix("ppp")
    lac.cli("session", "delete", "session_name=s")
    until(lambda: radius.accounts("Stop"), lambda: radius.log()[-3000:])
    stop = radius.accounts("Stop")[0]
    assert stop["Acct-Session-Id"] == start["Acct-Session-Id"] and int(stop["Acct-Input-Octets"]) > 0
    assert lns.tunnels()[0]["state"] == "established"  # only the call ended


def test_radius_rejects(net):
    radius = Radius(net.lns)
    lns, lac = net.lns.daemon(lns_conf(radius)), net.lac.daemon(lac_conf("ruth", "guessed"))
    until(lambda: "Access-Reject" in radius.log(), lambda: radius.log()[-3000:], 20)
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session", 20)
    assert "10.77.0.9" not in lns.log() and not radius.accounts("Start")
    lac.log_has("authentication failed")


@pytest.mark.parametrize("user", ["brief", "idler"])  # Session-Timeout, Idle-Timeout
def test_radius_limits_the_time(net, user):
    radius = Radius(net.lns)
    lns, lac = net.lns.daemon(lns_conf(radius)), net.lac.daemon(lac_conf(user))
    lns.log_has("a time limit was reached", 30)
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session", 20)
    assert lac.json("event", "list", "event=ppp-up"), lac.log()


def test_radius_comes_before_pools(net):
    """Whom RADIUS gives an address takes none of the pool; whom it does not has one of there."""
    radius = Radius(net.lns)
    pool = "pool create pool_name=p first_addr=10.99.5.1 num_addrs=9\nppp profile modify profile_name=default ip_pool_name=p\n"
    lns, lac = net.lns.daemon(pool + lns_conf(radius)), net.lac.daemon(lac_conf("ruth"))
    lac.until_up()
    assert lns.until_up()[0]["peer_address"] == "10.77.0.9" and lns.json("pool", "list")[0]["used"] == 0
    lac.cli("session", "create", "tunnel_name=t", "session_name=p", "user_name=pooled", "user_password=known to radius")
    lns.until_up(2)
    assert {u["user"]: u["peer_address"] for u in lns.json("user", "list")} == {"ruth": "10.77.0.9", "pooled": "10.99.5.1"}
    assert lns.json("pool", "list")[0]["used"] == 1


def test_radius_interim_accounts(net):
    """pppd tells the accounts between start and end, too, once a minute at most."""
    radius = Radius(net.lns)
    lns, lac = net.lns.daemon(lns_conf(radius)), net.lac.daemon(lac_conf("ruth"))
    lac.until_up()
    lns.until_up()
    net.lac.reaches("10.99.0.1")
    until(lambda: radius.accounts("Interim-Update"), lambda: radius.log()[-3000:], 20)
    start, interim = radius.accounts("Start")[0], radius.accounts("Interim-Update")[0]
    assert interim["Acct-Session-Id"] == start["Acct-Session-Id"] and int(interim["Acct-Session-Time"]) >= 59
    assert int(interim["Acct-Input-Octets"]) > 0 and interim["Calling-Station-Id"] == "192.0.2.2"


def test_radius_server_that_is_dead(net):
    """The second server is asked when the first does not answer; without any, the call is refused in order."""
    radius = Radius(net.lns, first="127.0.0.1:1899")
    lns, lac = net.lns.daemon(lns_conf(radius)), net.lac.daemon(lac_conf("ruth"))
    lac.until_up(seconds=8)
    assert lns.until_up()[0]["user"] == "ruth"
    lac.cli("session", "delete", "session_name=s")
    until(lambda: not lns.sessions(), "end of the session")
    radius.process.terminate()
    radius.process.wait(10)
    lac.cli("session", "create", "tunnel_name=t", "session_name=again", "user_name=ruth", "user_password=known to radius")
    until(lambda: not lac.sessions() and not lns.sessions(), "end of the session", 60)
    assert len(lns.json("event", "list", "event=ppp-up")) <= 2 and lns.tunnels()[0]["state"] == "established"
