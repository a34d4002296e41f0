# SPDX-License-Identifier: GPL-2.0-or-later
"""L2TP messages for tests, built and read by hand from RFC 2661: nothing here knows the daemon's code."""
import hashlib
import os
import socket
import struct

SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO, OCRQ, OCRP, OCCN = 1, 2, 3, 4, 6, 7, 8, 9
ICRQ, ICRP, ICCN, CDN, WEN, SLI, CSUN, CSURQ = 10, 11, 12, 14, 15, 16, 28, 29
RANDOM_VECTOR = 36


def avp(kind, value, m=True, vendor=0):
    return struct.pack(">HHH", (0x8000 if m else 0) | 6 + len(value), vendor, kind) + value


def u16(kind, value, m=True):
    return avp(kind, struct.pack(">H", value), m)


def u32(kind, value, m=True):
    return avp(kind, struct.pack(">I", value), m)


def message(kind, *avps):
    return u16(0, kind) + b"".join(avps)


def sccrq(tunnel_id, host=b"scripted", window=4, version=0x0100, more=b"", kind=SCCRQ):
    return message(kind, u16(2, version), avp(7, host), u32(3, 3), u32(4, 3), u16(9, tunnel_id), u16(10, window), more)


def scccn(more=b""):
    return message(SCCCN, more)


def icrq(session_id, serial=1):
    return message(ICRQ, u16(14, session_id), u32(15, serial))


def iccn():
    return message(ICCN, u32(24, 64000), u32(19, 1))


def ocrq(session_id, serial=1, number=b"5551234"):
    return message(OCRQ, u16(14, session_id), u32(15, serial), u32(16, 1000), u32(17, 1000000), u32(18, 1), u32(19, 3),
                   avp(21, number))


def reply(kind, session_id):
    return message(kind, u16(14, session_id))


def occn():
    return message(OCCN, u32(24, 64000), u32(19, 1))


def wen():
    return message(WEN, avp(34, bytes(26)))


def sli():
    return message(SLI, avp(35, bytes(2) + b"\xff" * 8))


def optional(kind):
    """A message that need not be known: CSUN, CSURQ, or one that nobody knows."""
    return avp(0, struct.pack(">H", kind), m=False)


def response(kind, secret, challenge):
    """The Challenge Response that message @kind carries (RFC 2661 section 4.4.3)."""
    return avp(13, hashlib.md5(bytes([kind]) + secret + challenge).digest())


def unhide(kind, value, secret, vector):
    """A hidden value in clear (4.3)."""
    pad = hashlib.md5(struct.pack(">H", kind) + secret + vector).digest()
    clear = b""
    for at in range(0, len(value), 16):
        block = value[at:at + 16]
        clear += bytes(a ^ b for a, b in zip(block, pad))
        pad = hashlib.md5(secret + block).digest()
    length = int.from_bytes(clear[:2], "big")
    assert length <= len(clear) - 2, "the secrets differ"
    return clear[2:2 + length]


def hide(kind, value, secret, vector):
    """A whole hidden AVP."""
    clear = struct.pack(">H", len(value)) + value + os.urandom(len(value) % 7)
    pad, hidden = hashlib.md5(struct.pack(">H", kind) + secret + vector).digest(), b""
    for at in range(0, len(clear), 16):
        block = bytes(a ^ b for a, b in zip(clear[at:at + 16], pad))
        hidden += block
        pad = hashlib.md5(secret + block).digest()
    return struct.pack(">HHH", 0xc000 | 6 + len(hidden), 0, kind) + hidden


def hidden_message(message_, secret):
    """The same message with every AVP hidden that RFC 2661 lets be hidden."""
    hidable = {3, 4, 6, 8, 9, 11, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, *range(26, 36), 37, 38}
    vector = os.urandom(16)
    out, at = message_[:8] + avp(RANDOM_VECTOR, vector), 8
    while at < len(message_):
        bits, _, kind = struct.unpack_from(">HHH", message_, at)
        whole = message_[at:at + (bits & 0x3ff)]
        out += hide(kind, whole[6:], secret, vector) if kind in hidable else whole
        at += len(whole)
    return out


def stopccn(tunnel_id, result=1):
    return message(STOPCCN, u16(9, tunnel_id), u16(1, result))


def cdn(session_id, result=3):
    return message(CDN, u16(1, result), u16(14, session_id))


def packet(tunnel, session, ns, nr, body=b""):
    return struct.pack(">HHHHHH", 0xc802, 12 + len(body), tunnel, session, ns, nr) + body


class Message:
    """One control message as received; .avps maps attribute numbers to values."""

    def __init__(self, raw, secret=None):
        self.flags, self.length, self.tunnel, self.session, self.ns, self.nr = struct.unpack(">HHHHHH", raw[:12])
        assert self.flags == 0xc802 and self.length == len(raw)
        self.avps, self.hidden, at = {}, set(), 12
        while at < len(raw):
            bits, vendor, kind = struct.unpack_from(">HHH", raw, at)
            length = bits & 0x3ff
            assert length >= 6 and at + length <= len(raw) and vendor == 0 and not bits & 0x3c00
            self.avps[kind] = raw[at + 6:at + length]
            if bits & 0x4000:
                self.hidden.add(kind)
                self.avps[kind] = unhide(kind, self.avps[kind], secret, self.avps[RANDOM_VECTOR])
            at += length
        self.kind = self.number(0) if self.avps else None

    def number(self, kind):
        return int.from_bytes(self.avps[kind], "big")


class Peer:
    """The far end of one tunnel, on a socket in the caller's network namespace."""

    def __init__(self, sock, daemon_at, tunnel_id=1000, secret=None, hides=False):
        self.sock, self.daemon_at, self.ours = sock, daemon_at, tunnel_id
        self.secret, self.hides = secret, hides
        self.theirs = self.ns = self.nr = 0
        self.sock.settimeout(10)

    def send(self, body=b"", session=0):
        if body and self.hides and self.theirs:
            body = hidden_message(body, self.secret)
        self.sock.sendto(packet(self.theirs, session, self.ns, self.nr, body), self.daemon_at)
        if body:
            self.ns += 1

    def receive(self):
        """The next message that is new; ZLBs and repetitions are passed over."""
        while True:
            raw, self.daemon_at = self.sock.recvfrom(4096)
            m = Message(raw, self.secret)
            if m.kind is not None and m.ns == self.nr:
                self.nr += 1
                return m

    def expect(self, kind):
        m = self.receive()
        assert m.kind == kind, f"message {m.kind}, not {kind}"
        return m

    def open(self, **kwargs):
        self.send(sccrq(self.ours, **kwargs))
        self.confirm(self.expect(SCCRP))
        return self

    def confirm(self, sccrp):
        self.theirs = sccrp.number(9)
        proof = response(SCCCN, self.secret, sccrp.avps[11]) if self.secret and 11 in sccrp.avps else b""
        self.send(scccn(proof))

    def answer(self):
        """The daemon opens: SCCRQ is awaited and answered, up to SCCCN."""
        m = self.expect(SCCRQ)
        self.theirs = m.number(9)
        proof = response(SCCRP, self.secret, m.avps[11]) if self.secret and 11 in m.avps else b""
        self.send(sccrq(self.ours, more=proof, kind=SCCRP))
        self.expect(SCCCN)
        return self

    def acknowledged(self):
        """Waits until the daemon has all that was sent; messages that come meanwhile are lost."""
        while Message(self.sock.recv(4096), self.secret).nr != self.ns % 65536:
            pass

    def call(self, session_id):
        self.send(icrq(session_id))
        m = self.expect(ICRP)
        assert m.session == session_id
        self.send(iccn(), m.number(14))
        return m.number(14)

    def order(self, session_id):
        """Has the daemon place a call."""
        self.send(ocrq(session_id))
        m = self.expect(OCRP)
        assert m.session == session_id
        self.expect(OCCN)
        return m.number(14)


def udp(port=0, address="127.0.0.1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    return s
