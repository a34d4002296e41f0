# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of generic netlink's "l2tp" family as a test needs, written down from linux/l2tp.h."""
import os
import socket
import struct

NETLINK_GENERIC, NLM_F_REQUEST, NLM_F_ACK, NLMSG_ERROR = 16, 1, 4, 2
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
CMD_TUNNEL_CREATE, CMD_SESSION_CREATE = 1, 5
ATTR_PW_TYPE, ATTR_ENCAP_TYPE, ATTR_PROTO_VERSION = 1, 2, 7
ATTR_CONN_ID, ATTR_PEER_CONN_ID, ATTR_SESSION_ID, ATTR_PEER_SESSION_ID, ATTR_FD = 9, 10, 11, 12, 23


def attr(kind, value):
    raw = struct.pack("=HH", 4 + len(value), kind) + value
    return raw + b"\0" * (-len(raw) % 4)


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


class L2tp:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.bind((0, 0))
        reply = self.request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, attr(CTRL_ATTR_FAMILY_NAME, b"l2tp\0"), 0)
        at = 20
        while at + 4 <= len(reply):
            length, kind = struct.unpack_from("=HH", reply, at)
            if kind == CTRL_ATTR_FAMILY_ID:
                self.family = struct.unpack_from("=H", reply, at + 4)[0]
            at += (length + 3) & ~3

    def request(self, family, command, attrs, flags=NLM_F_ACK):
        body = struct.pack("=BBH", command, 1, 0) + attrs
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family, NLM_F_REQUEST | flags, 1, 0) + body)
        reply = self.sock.recv(65536)
        if struct.unpack_from("=H", reply, 4)[0] == NLMSG_ERROR:
            error = -struct.unpack_from("=i", reply, 16)[0]
            if error:
                raise OSError(error, os.strerror(error))
        return reply

    def tunnel_create(self, tunnel, peer, fd):
        self.request(self.family, CMD_TUNNEL_CREATE,
                     u32(ATTR_CONN_ID, tunnel) + u32(ATTR_PEER_CONN_ID, peer) +
                     attr(ATTR_PROTO_VERSION, b"\x02") + attr(ATTR_ENCAP_TYPE, struct.pack("=H", 0)) +
                     u32(ATTR_FD, fd))

    def session_create(self, tunnel, session, peer):
        self.request(self.family, CMD_SESSION_CREATE,
                     u32(ATTR_CONN_ID, tunnel) + u32(ATTR_SESSION_ID, session) +
                     u32(ATTR_PEER_SESSION_ID, peer) + attr(ATTR_PW_TYPE, struct.pack("=H", 7)))
