# SPDX-License-Identifier: GPL-2.0-or-later
"""checksum_probe.py DEVICE: whether the next L2TP data packet that leaves by DEVICE has a UDP checksum."""
import socket
import sys

PACKET_OUTGOING = 4

s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))  # ETH_P_ALL: outgoing packets, too
s.bind((sys.argv[1], 0x0003))
s.settimeout(20)
while True:
    packet, where = s.recvfrom(2048)
    if where[2] != PACKET_OUTGOING or where[1] != 0x0800 or packet[9] != 17:
        continue
    udp = packet[(packet[0] & 15) * 4:]
    if udp[2:4] == (1701).to_bytes(2, "big") and not udp[8] & 0x80:  # a data message
        print("yes" if udp[6:8] != b"\0\0" else "no")
        break
