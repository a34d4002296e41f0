#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says where a data packet of a second tunnel on one pair of ports ends up: "kernel" or "user space".

Two UDP sockets share 127.0.0.1:7001, both connected to 127.0.0.1:7002; each carries a managed tunnel
with a PPP session. A data packet for each tunnel is sent from 7002: where the session is looked for
only in the tunnel of the receiving socket, one of the two is handed up to user space.
"""
import select
import socket
import struct
import sys
import os

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from support.genl import L2tp  # noqa: E402


def shared_socket():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 7001))
    s.connect(("127.0.0.1", 7002))
    return s


peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", 7002))
l2tp = L2tp()
sockets = []
for tunnel in (1, 2):
    s = shared_socket()
    l2tp.tunnel_create(tunnel, tunnel + 10, s.fileno())
    l2tp.session_create(tunnel, 100 + tunnel, 200 + tunnel)
    sockets.append(s)

for tunnel in (1, 2):
    peer.sendto(struct.pack(">HHH", 0x0002, tunnel, 100 + tunnel) + b"\xff\x03\xc0\x21data", ("127.0.0.1", 7001))
# a control message after them: when it has come up, so has whatever was before it
peer.sendto(struct.pack(">HHHHHH", 0xc802, 12, 1, 0, 0, 0), ("127.0.0.1", 7001))
up = []
while True:
    ready, _, _ = select.select(sockets, [], [], 30)
    if not ready:
        sys.exit("the control message did not arrive")
    got = ready[0].recv(100)
    if got[0] & 0x80:
        break
    up.append(got)
for s in sockets:
    s.setblocking(False)
    try:
        up.append(s.recv(100))
    except BlockingIOError:
        pass
print("user space" if up else "kernel")
