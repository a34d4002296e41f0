# SPDX-License-Identifier: GPL-2.0-or-later
"""L2TP messages for tests, built and read by hand from RFC 2661: nothing here knows the daemon's code."""
import socket
import struct

SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO, ICRQ, ICRP, ICCN, CDN = 1, 2, 3, 4, 6, 10, 11, 12, 14


def avp(kind, value, m=True, vendor=0):
    return struct.pack(">HHH", (0x8000 if m else 0) | 6 + len(value), vendor, kind) + value


def u16(kind, value, m=True):
    return avp(kind, struct.pack(">H", value), m)


def u32(kind, value, m=True):
    return avp(kind, struct.pack(">I", value), m)


def message(kind, *avps):
    return u16(0, kind) + b"".join(avps)


def sccrq(tunnel_id, host=b"scripted", window=4, version=0x0100):
    return message(SCCRQ, u16(2, version), avp(7, host), u32(3, 3), u16(9, tunnel_id), u16(10, window))


def scccn():
    return message(SCCCN)


def icrq(session_id, serial=1):
    return message(ICRQ, u16(14, session_id), u32(15, serial))


def iccn():
    return message(ICCN, u32(24, 64000), u32(19, 1))


def stopccn(tunnel_id, result=1):
    return message(STOPCCN, u16(9, tunnel_id), u16(1, result))


def cdn(session_id, result=3):
    return message(CDN, u16(1, result), u16(14, session_id))


def packet(tunnel, session, ns, nr, body=b""):
    return struct.pack(">HHHHHH", 0xc802, 12 + len(body), tunnel, session, ns, nr) + body


class Message:
    """One control message as received; .avps maps attribute numbers to values."""

    def __init__(self, raw):
        self.flags, self.length, self.tunnel, self.session, self.ns, self.nr = struct.unpack(">HHHHHH", raw[:12])
        assert self.flags == 0xc802 and self.length == len(raw)
        self.avps, at = {}, 12
        while at < len(raw):
            bits, vendor, kind = struct.unpack_from(">HHH", raw, at)
            length = bits & 0x3ff
            assert length >= 6 and at + length <= len(raw) and vendor == 0 and not bits & 0x3c00
            self.avps[kind] = raw[at + 6:at + length]
            at += length
        self.kind = self.number(0) if self.avps else None

    def number(self, kind):
        return int.from_bytes(self.avps[kind], "big")


class Peer:
    """The far end of one tunnel, on a socket in the caller's network namespace."""

    def __init__(self, sock, daemon_at, tunnel_id=1000):
        self.sock, self.daemon_at, self.ours = sock, daemon_at, tunnel_id
        self.theirs = self.ns = self.nr = 0
        self.sock.settimeout(10)

    def send(self, body=b"", session=0):
        self.sock.sendto(packet(self.theirs, session, self.ns, self.nr, body), self.daemon_at)
        if body:
            self.ns += 1

    def receive(self):
        """The next message that is new; ZLBs and repetitions are passed over."""
        while True:
            raw, self.daemon_at = self.sock.recvfrom(4096)
            m = Message(raw)
            if m.kind is not None and m.ns == self.nr:
                self.nr += 1
                return m

    def expect(self, kind):
        m = self.receive()
        assert m.kind == kind, f"message {m.kind}, not {kind}"
        return m

    def open(self, **kwargs):
        self.send(sccrq(self.ours, **kwargs))
        self.theirs = self.expect(SCCRP).number(9)
        self.send(scccn())
        return self

    def call(self, session_id):
        self.send(icrq(session_id))
        m = self.expect(ICRP)
        assert m.session == session_id
        self.send(iccn(), m.number(14))
        return m.number(14)


def udp(port=0, address="127.0.0.1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    return s
