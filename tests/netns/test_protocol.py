# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon says on the wire: to scripted peers in every state, and as tshark reads it."""
import os
import struct

import pytest

from support import l2tp
from support.hosts import BUILD
from support.peers import NONE, Capture, in_namespace, peer

SECRET = b"sesame"
SHARED = ("peer profile create profile_name=net peer_ipaddr=192.0.2.0 netmask=24\n"
          "tunnel profile modify profile_name=default auth_mode=challenge secret=sesame\n")

# --- captures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [False, True])
def test_capture_of_a_whole_life_is_well_formed(net, hidden):
    """All four kinds of calls, SCCRQ to StopCCN, with authentication; AVPs in clear, and hidden."""
    shared = NONE + SHARED + (f"tunnel profile modify profile_name=default hide_avps={'yes' if hidden else 'no'} "
                              "allow_ppp_proxy=yes hello_timeout=1\n")
    capture = Capture(net, net.lns, "life")
    lns = net.lns.daemon(shared)
    lac = net.lac.daemon(shared)
    lac.cli("tunnel", "create", "tunnel_name=t", "dest_ipaddr=192.0.2.1", "dscp=10", "use_tiebreaker=yes")
    # LAC and LNS of an incoming call, with all that may stand in one
    lac.cli("session", "create", "tunnel_name=t", "session_name=in", "calling_number=123", "called_number=456",
            "sub_address=7", "priv_group_id=grp", "sequencing_required=yes", "connect_speed=1000:2000",
            "bearer_type=digital", "agent_circuit_id=line 1", "agent_remote_id=home", "connect_speed_updates=yes",
            "use_ppp_proxy=yes", "proxy_auth_type=chap", "proxy_auth_name=fred", "proxy_auth_challenge=010203",
            "proxy_auth_response=" + 16 * "aa", "proxy_auth_id=3", "initial_rcvd_lcp_confreq=010405b4",
            "last_sent_lcp_confreq=010405b40305c22305", "last_rcvd_lcp_confreq=0104057805063c4d5e6f",
            "lcp_want_options=010405b4", "lcp_allow_options=010405b4")
    # and of an outgoing one
    lac.cli("session", "create", "tunnel_name=t", "session_name=out", "session_type=lnoc", "called_number=999")
    lac.until_up(2, ppp=False)
    lns.until_up(2, ppp=False)
    assert all(d.json("tunnel", "show", f"tunnel_id={d.tunnels()[0]['tunnel_id']}")["authenticated"] for d in (lns, lac))
    told = lns.json("session", "show", *(f"{k}={lns.sessions()[0][k]}" for k in ("tunnel_id", "session_id")))
    other = lns.json("session", "show", *(f"{k}={lns.sessions()[1][k]}" for k in ("tunnel_id", "session_id")))
    told, other = (told, other) if told["session_type"] == "lnic" else (other, told)
    assert told["peer_calling_number"] == "123" and told["peer_tx_speed"] == 2000
    assert told["peer_proxy_auth_name"] == "fred" and told["peer_proxy_auth_response"] == "(hidden)"
    assert told["line_circuit_id"] == "line 1"
    assert other["session_type"] == "laoc" and other["peer_called_number"] == "999"
    lac.cli("session", "modify", "session_name=in", "connect_speed=3000:4000")
    capture.wait_for(l2tp.HELLO, l2tp.CSUN)
    lac.cli("session", "delete", "session_name=in")
    lac.cli("tunnel", "delete", "tunnel_name=t")
    capture.wait_for(1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 14, 28)
    text = capture.judged(beyond=(47, 49, 50))
    assert ("Random Vector" in text) == hidden
    assert "sesame" not in lns.log() + lac.log()


def test_capture_of_messages_to_scripted_peers(net):
    """What the daemon sends to a LAC and to an LNS that are not ours: WEN and SLI are theirs to send."""
    capture = Capture(net, net.lns, "scripted")
    net.lns.daemon(NONE + SHARED)

    def script():
        p = peer(secret=SECRET, port=1701).open()
        session = p.call(5)
        p.send(l2tp.wen(), session)
        p.send(l2tp.sli(), p.order(6))
        p.send(l2tp.cdn(5), session)
        p.send(l2tp.stopccn(p.ours))
        p.acknowledged()
        return True

    assert in_namespace(net.lac, script)
    capture.wait_for(4, 7, 8, 9, 10, 11, 12, 14, 15, 16)
    capture.judged()


# --- every message in every state -----------------------------------------------------------------------

MESSAGES = {
    "SCCRQ": l2tp.sccrq(77),
    "SCCRP": l2tp.sccrq(77, kind=l2tp.SCCRP),
    "SCCCN": l2tp.scccn(),
    "StopCCN": l2tp.stopccn(1000),
    "HELLO": l2tp.message(l2tp.HELLO),
    "OCRQ": l2tp.ocrq(90),
    "OCRP": l2tp.reply(l2tp.OCRP, 90),
    "OCCN": l2tp.occn(),
    "ICRQ": l2tp.icrq(90),
    "ICRP": l2tp.reply(l2tp.ICRP, 90),
    "ICCN": l2tp.iccn(),
    "CDN": l2tp.cdn(80),
    "WEN": l2tp.wen(),
    "SLI": l2tp.sli(),
    "CSUN": l2tp.optional(l2tp.CSUN),
    "CSURQ": l2tp.optional(l2tp.CSURQ),
    "unknown": l2tp.optional(99),
    "unknown mandatory": l2tp.message(99),
}

CALLS = ("OCRQ", "OCRP", "OCCN", "ICRQ", "ICRP", "ICCN")
OF_THE_TUNNEL = {"SCCRQ": "StopCCN", "SCCRP": "StopCCN", "SCCCN": "StopCCN", "unknown mandatory": "StopCCN"}

# What each state answers, where it is not a mere acknowledgement.
ANSWERS = {
    "stranger": {**{m: "nothing" for m in MESSAGES}, "SCCRQ": "SCCRP", "SCCRP": "StopCCN"},
    # whoever has not proved to be there gets an answer, or nothing
    "half open": {**OF_THE_TUNNEL, **{m: "StopCCN" for m in CALLS + ("CDN", "WEN", "SLI")}, "SCCCN": "acknowledged",
                  "HELLO": "nothing", "CSUN": "nothing", "CSURQ": "nothing", "unknown": "nothing"},
    "established": {**OF_THE_TUNNEL, "OCRQ": "OCRP", "OCRP": "CDN", "ICRQ": "ICRP", "ICRP": "CDN"},
    "wait-connect": {**OF_THE_TUNNEL, **{m: "CDN" for m in CALLS}, "ICCN": "acknowledged"},
    "incoming call": {**OF_THE_TUNNEL, **{m: "CDN" for m in CALLS}},
    "outgoing call": {**OF_THE_TUNNEL, **{m: "CDN" for m in CALLS}},
    # the daemon opens the tunnel, calls, and has a call placed
    "wait-ctl-reply": {**OF_THE_TUNNEL, **{m: "StopCCN" for m in CALLS + ("CDN", "WEN", "SLI")}, "SCCRP": "SCCCN"},
    "wait-reply, incoming": {**OF_THE_TUNNEL, **{m: "CDN" for m in CALLS}, "ICRP": "ICCN"},
    "wait-reply, outgoing": {**OF_THE_TUNNEL, **{m: "CDN" for m in CALLS}, "OCRP": "acknowledged"},
    "wait-connect, outgoing": {**OF_THE_TUNNEL, **{m: "CDN" for m in CALLS}, "OCCN": "acknowledged"},
}

NAMES = {2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 8: "OCRP", 11: "ICRP", 12: "ICCN", 14: "CDN"}


def called_by(daemon, state, p):
    """The daemon opens a tunnel to @p, and calls; the session that messages are for."""
    name = f"tunnel_name=t{p.ours}"
    daemon.cli("tunnel", "create", name, "dest_ipaddr=192.0.2.2", f"peer_udp_port={p.sock.getsockname()[1]}",
               "hello_timeout=0")
    if state == "wait-ctl-reply":
        p.theirs = p.expect(l2tp.SCCRQ).number(9)
        return 0
    p.answer()
    outgoing = state.endswith("outgoing")
    daemon.cli("session", "create", name, f"session_type={'lnoc' if outgoing else 'laic'}", "called_number=1")
    p.send()  # of SCCCN: now the request can come
    session = p.expect(l2tp.OCRQ if outgoing else l2tp.ICRQ).number(14)
    if state == "wait-connect, outgoing":
        p.send(l2tp.reply(l2tp.OCRP, 80), session)
        p.acknowledged()
    return session


def bring_into(state, tunnel_id, daemon):
    """A peer in @state, and the session that its messages are for."""
    p, session = peer(tunnel_id=tunnel_id), 0
    if "wait-ctl-reply" in state or "wait-reply" in state or state == "wait-connect, outgoing":
        session = called_by(daemon, state, p)
    elif state == "half open":
        p.send(l2tp.sccrq(p.ours))
        p.theirs = p.expect(l2tp.SCCRP).number(9)
    elif state != "stranger":
        p.open()
        p.acknowledged()
    if state == "wait-connect":
        p.send(l2tp.icrq(80))
        session = p.expect(l2tp.ICRP).number(14)
    elif state == "incoming call":
        session = p.call(80)
        p.acknowledged()
    elif state == "outgoing call":
        session = p.order(80)
    p.send()  # everything until now is acknowledged
    return p, session


def reaction(p):
    """How the daemon reacts: a message's name, "acknowledged", or "nothing"."""
    probe = peer(tunnel_id=60000)
    probe.send(l2tp.sccrq(probe.ours))
    answered = False  # what is sent at once comes before this probe's answer; acknowledgements may wait
    while True:
        p.sock.settimeout(0.05 if answered else 0.2)
        try:
            m = l2tp.Message(p.sock.recv(4096))
        except TimeoutError:
            if answered:
                return "nothing"
            probe.expect(l2tp.SCCRP)
            answered = True
            continue
        if m.kind is not None and m.ns == p.nr:
            return NAMES.get(m.kind, str(m.kind))
        if m.kind is None and m.nr == p.ns:
            return "acknowledged"


@pytest.mark.parametrize("state", ANSWERS)
def test_every_message(net, state):
    lns = net.lns.daemon(NONE)

    def script():
        wrong = []
        for n, (name, body) in enumerate(MESSAGES.items()):
            p, session = bring_into(state, 1000 + n, lns)
            for_call = name in CALLS + ("CDN", "WEN", "SLI")
            p.send(body.replace(struct.pack(">H", 1000), struct.pack(">H", p.ours)) if name == "StopCCN" else body,
                   session if for_call else 0)
            got, want = reaction(p), ANSWERS[state].get(name, "acknowledged")
            if got != want:
                wrong.append(f"{state}: {name} was answered with {got}, not {want}")
        return wrong

    assert in_namespace(net.lac, script) == []
    assert lns.process.poll() is None


# --- secrets ---------------------------------------------------------------------------------------------

def test_scripted_peer_with_a_secret(net):
    """Challenge, response and hidden AVPs, with an implementation that shares no code with ours."""
    lns = net.lns.daemon(NONE + SHARED + "tunnel profile modify profile_name=default hide_avps=yes\n")

    def script():
        p = peer(secret=SECRET, hides=True)
        challenge = b"are you there?"
        p.send(l2tp.sccrq(p.ours, more=l2tp.avp(11, challenge)))
        m = p.expect(l2tp.SCCRP)
        assert m.avps[13] == l2tp.response(l2tp.SCCRP, SECRET, challenge)[6:]
        assert {9, 11, 13} <= m.hidden and not m.hidden & {2, 7, 10}
        p.confirm(m)
        p.call(5)
        p.order(6)
        p.acknowledged()
        wrong = peer(secret=b"barley")
        wrong.send(l2tp.sccrq(wrong.ours, host=b"stranger"))
        try:
            wrong.expect(l2tp.SCCRP)
        except AssertionError as e:
            return str(e)

    assert in_namespace(net.lac, script) == "the secrets differ"
    assert len(lns.sessions()) == 2


def test_wrong_secret_is_refused(net):
    lns = net.lns.daemon(NONE + SHARED)
    lac = net.lac.daemon(NONE + SHARED.replace("secret=sesame", "secret=barley") +
                         "tunnel create tunnel_name=t dest_ipaddr=192.0.2.1\n")
    lac.log_has("failed: the peer's secret is not ours")
    lns.log_has("requester is not authorized")
    assert lns.tunnels() == []
    assert lac.json("system", "show", "statistics")["auth_failed"] == 1
    for d in (lns, lac):
        assert "sesame" not in d.log() and "barley" not in d.log()
        assert "sesame" not in d.cli("tunnel", "profile", "show", "profile_name=default").stdout


# --- vendors ---------------------------------------------------------------------------------------------

PLUGIN = os.path.join(BUILD, "check/avp-plugin.so")


@pytest.mark.parametrize("plugin", [False, True])
def test_plugins_may_understand_vendors_avps(net, plugin):
    """A mandatory AVP of a vendor's ends the call, unless a plugin knows it."""
    lns = net.lns.daemon(NONE, args=("-p", PLUGIN) if plugin else ())

    def script():
        p = peer().open()
        p.send(l2tp.icrq(5) + l2tp.avp(1, b"hello", vendor=311))
        return p.receive().kind

    assert in_namespace(net.lac, script) == (l2tp.ICRP if plugin else l2tp.CDN)
    if plugin:
        lns.log_has("message 10: hello")
    else:
        lns.log_has("mandatory AVP 1 of vendor 311 in ICRQ: unknown")


def test_two_plugins_cannot_understand_one_avp(net):
    d = net.lns.daemon(NONE, args=("-p", PLUGIN, "-p", PLUGIN), wait=False)
    assert d.process.wait(10) == 1
    assert "AVP 1 of vendor 311: another plugin has it" in d.log()
    d.expected = 1
