# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripted peers on a host, and captures of what is said."""
import ctypes
import multiprocessing
import os
import re
import signal
import subprocess
import traceback

from support import l2tp
from support.hosts import run, until

NONE = "system modify datapath=none\n"


def in_namespace(host, function):
    """Runs @function in a child that has entered the host's namespace; its exception is ours."""
    def child(pipe):
        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(f"/run/netns/{host.ns}", os.O_RDONLY)
        assert libc.setns(fd, 0x40000000) == 0
        try:
            pipe.send((True, function()))
        except BaseException:
            pipe.send((False, traceback.format_exc()))

    ours, theirs = multiprocessing.get_context("fork").Pipe()
    p = multiprocessing.get_context("fork").Process(target=child, args=(theirs,))
    p.start()
    assert ours.poll(60), "the peer's script does not end"
    good, value = ours.recv()
    p.join()
    assert good, value
    return value


def peer(address="192.0.2.1", tunnel_id=1000, port=0, **kwargs):
    return l2tp.Peer(l2tp.udp(port, "0.0.0.0"), (address, 1701), tunnel_id, **kwargs)


class Capture:
    """What goes over a host's cable, judged by tshark, which is not ours."""

    def __init__(self, net, host, name):
        self.pcap, log = str(net.tmp / f"{name}.pcap"), str(net.tmp / f"{name}.log")
        self.process = host.start("tshark", "-q", "-i", host.dev, "-w", self.pcap, "udp port 1701",
                                  stderr=open(log, "w"), stdout=subprocess.DEVNULL)
        until(lambda: "Capture started" in open(log).read() or os.path.exists(self.pcap), "tshark")

    def types(self):
        """The message types seen so far."""
        got = run("tshark", "-r", self.pcap, "-T", "fields", "-e", "l2tp.avp.message_type", check=False).stdout
        return [int(line.split(",")[0]) for line in got.splitlines() if line and line[0].isdigit()]

    def wait_for(self, *types):
        until(lambda: set(types) <= set(self.types()), lambda: f"{types} in the capture, but {self.types()}", 20)

    def judged(self, beyond=()):
        """tshark's whole reading, which must find nothing malformed and nothing unknown: but the names of those
        AVPs that were registered and that tshark 4.0 has not heard of."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        text = run("tshark", "-r", self.pcap, "-V").stdout
        for number in beyond:
            text = text.replace(f"Unknown ({number})", f"Registered ({number})")
            text = re.sub(rf"(Registered \({number}\)\n)\s+Vendor-Specific AVP data\n(?:\s+\[.*\n)+", r"\1", text)
        for bad in ("Malformed", "Expert Info (Warning", "Expert Info (Error", "Unknown"):
            assert bad not in text, text[max(0, text.find(bad) - 2000):text.find(bad) + 500]
        return text


