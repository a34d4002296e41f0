# SPDX-License-Identifier: GPL-2.0-or-later
"""A management client of the tests' own: Sun RPC (RFC 5531, 4506) by hand, knowing version 1 of lib/mgmt_proto.x and
nothing of libtirpc. Whatever a later daemon adds must not disturb it."""
import socket
import struct

PROGRAM, VERSION, RUN = 0x30001701, 1, 1


def opaque(b):
    return struct.pack(">I", len(b)) + b + b"\0" * (-len(b) % 4)


def call(words, xid=1, cursor=0, flags=0, program=PROGRAM, version=VERSION, procedure=RUN):
    """The bytes of a request."""
    args = struct.pack(">I", len(words)) + b"".join(opaque(w.encode()) for w in words) + struct.pack(">IQ", flags, cursor)
    return struct.pack(">IIIIII", xid, 0, 2, program, version, procedure) + b"\0" * 16 + args


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def u32(self):
        self.at += 4
        return struct.unpack(">I", self.data[self.at - 4:self.at])[0]

    def u64(self):
        return self.u32() << 32 | self.u32()

    def text(self):
        n = self.u32()
        s = self.data[self.at:self.at + n]
        self.at += n + -n % 4
        return s.decode()

    def value(self):
        kind = self.u32()
        if kind == 0:
            return None
        if kind == 1:
            return bool(self.u32())
        if kind in (2, 3):
            n = self.u64()
            return n - (1 << 64) if kind == 3 and n >> 63 else n
        assert kind == 4
        return self.text()


class Reply:
    """accept_stat, and of a successful call the whole reply."""

    def __init__(self, data):
        r = Reader(data)
        self.xid = r.u32()
        assert r.u32() == 1  # REPLY
        self.denied = r.u32() != 0
        if self.denied:
            return
        assert (r.u32(), r.u32()) == (0, 0)  # no verifier
        self.accept = r.u32()
        if self.accept:
            return
        self.status, self.message, self.list = r.u32(), r.text(), bool(r.u32())
        self.records = []
        for _ in range(r.u32()):
            fields = [(r.text(), r.value(), r.text()) for _ in range(r.u32())]
            self.records.append({name: value for name, value, _ in fields})
        self.cursor = r.u64()
        assert r.at == len(data)


def mark(data, last=True):
    return struct.pack(">I", (0x80000000 if last else 0) | len(data)) + data


def receive(s, n):
    data = b""
    while len(data) < n:
        chunk = s.recv(n - len(data))
        if not chunk:
            raise EOFError("closed")
        data += chunk
    return data


def reply(s):
    """The next reply of a stream."""
    data, last = b"", False
    while not last:
        head = struct.unpack(">I", receive(s, 4))[0]
        last = bool(head >> 31)
        data += receive(s, head & 0x7fffffff)
    return Reply(data)


def run(s, *words, **kwargs):
    s.sendall(mark(call(words, **kwargs)))
    return reply(s)


def connect(where, timeout=20):
    s = socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET)
    s.connect(where)
    s.settimeout(timeout)
    return s


def run_udp(where, *words, tries=5, **kwargs):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    for _ in range(tries):
        s.sendto(call(words, **kwargs), where)
        try:
            return Reply(s.recv(65536))
        except TimeoutError:
            pass
    raise TimeoutError("no answer by UDP")
