# SPDX-License-Identifier: GPL-2.0-or-later
"""dhcp_client.py INTERFACE ADDRESS FORM: asks by DHCPINFORM as others do, and prints the answer's options as hex."""
import socket
import sys

from scapy.layers.dhcp import BOOTP, DHCP

interface, address, form = sys.argv[1:]
WANTED = {"windows": [1, 15, 3, 6, 44, 46, 47, 31, 33, 249, 43], "rfc3442": [121, 6, 15], "truncated": [249]}
options = [("message-type", "inform"), ("client_id", b"\x01" + b"\0" * 6), ("hostname", b"PC"),
           ("vendor_class_id", b"MSFT 5.0"), ("param_req_list", WANTED[form]), "end"]
request = bytes(BOOTP(op=1, htype=8, hlen=16, xid=0x1234567, ciaddr=address, chaddr=b"\x52\x41\x53") / DHCP(options=options))
if form == "truncated":
    request = request[:request.index(b"MSFT")]

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("0.0.0.0", 68))
s.settimeout(5)
if address not in ("10.99.0.2", "192.0.2.2"):  # the request says so, and nothing else can
    address = None
s.sendto(request, ("255.255.255.255", 67))
try:
    reply = s.recv(2000)
except TimeoutError:
    sys.exit("no answer")
parsed = BOOTP(reply)
assert parsed.op == 2 and parsed.xid == 0x1234567
raw = reply[240:]
while raw and raw[0] != 255:
    if raw[0] == 0:
        raw = raw[1:]
        continue
    print(f"{raw[0]}={raw[2:2 + raw[1]].hex()}")
    raw = raw[2 + raw[1]:]
