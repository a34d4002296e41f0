# SPDX-License-Identifier: GPL-2.0-or-later
"""dhcp_server.py INTERFACE [answer]: answers the first DHCPINFORM on a link (once it is there) with what a hostile server
would say; or with what an honest one would."""
import os
import socket
import sys
import time

from scapy.layers.dhcp import BOOTP, DHCP

interface, honest = sys.argv[1], sys.argv[2:] == ["answer"]
while True:  # ended by whoever started it
    try:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        break
    except OSError:
        s.close()
        time.sleep(0.02)
s.bind(("0.0.0.0", 67))
request, client = s.recvfrom(2000)
print("asked", flush=True)
asked = BOOTP(request)


def route(bits, *octets):
    return bytes([bits, *octets]) + socket.inet_aton("10.99.0.1")


def answer(raw, xid=asked.xid, op=2):
    return bytes(BOOTP(op=op, htype=asked.htype, hlen=asked.hlen, xid=xid, ciaddr=asked.ciaddr, chaddr=asked.chaddr)
                 / DHCP(options=[("message-type", "ack")])) + raw


def option(code, value):
    out = b""
    while True:
        out += bytes([code, min(255, len(value))]) + value[:255]
        value = value[255:]
        if not value:
            return out


if honest:
    told = b"".join([route(24, 10, 1, 0), route(24, 10, 2, 0), route(24, 10, 3, 4), route(12, 172, 16)])
    s.sendto(answer(option(249, told) + option(15, b"office.example") + option(6, bytes([10, 1, 0, 53])) + b"\xff"), client)
    sys.exit()
GOOD = route(16, 10, 66)
for bad in (os.urandom(300), b"", answer(b"\x79\xff\x10\x0a"), answer(option(121, GOOD) + b"\xff", xid=asked.xid ^ 1),
            answer(option(121, GOOD) + b"\xff", op=1), answer(option(121, GOOD) + b"\x34\x01\x07\x79\xc8\xff")[:250],
            answer(b"\x34\x01\x03")[:236] + b"\x63\x82\x53\x63" + b"\x34\x01\x03\x79"):
    s.sendto(bad, client)
routes = [route(0), route(1, 0), route(1, 128), route(24, 192, 0, 2), route(32, 192, 0, 2, 1), route(17, 10, 44, 128), route(16, 10, 44),
          route(8, 127), route(4, 224), route(16, 169, 254), route(32, 255, 255, 255, 255), route(8, 0), route(32, 0, 0, 0, 0)]
routes += [route(16, 10, 55)] * 40 + [route(8, 10)]
s.sendto(answer(option(121, b"".join(routes)) + option(15, b"evil;rm -rf /\n") + option(6, bytes([224, 0, 0, 1])) + b"\xff"), client)
