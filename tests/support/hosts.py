# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts as network namespaces, daemons on them, and waiting for events with a deadline."""
import ctypes
import itertools
import json
import os
import signal
import socket
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("L2TPD_BUILD", os.path.join(ROOT, "build/release"))
# Software emulation is ten to twenty-five times slower.
SLOW = 10 if os.environ.get("GUEST_KERNEL") else 1

CLONE_NEWUTS = 0x04000000

_libc = ctypes.CDLL(None)
_serial = itertools.count()


def only_under(series):
    """For what takes long and is not the kernel's doing: it is run under one of them."""
    return pytest.mark.skipif(os.environ.get("GUEST_KERNEL", series) != series, reason=f"done under Linux {series}")


def until(done, what="event", seconds=10):
    """Polls @done until it is true, and returns what it returned. The deadline is the failure."""
    end = time.monotonic() + seconds * SLOW
    while True:
        got = done()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"no {what() if callable(what) else what} within {seconds * SLOW} s")
        time.sleep(0.02)


def run(*words, check=True, **kwargs):
    return subprocess.run(words, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, **kwargs)


def children(pid):
    """All living processes whose ancestor @pid is or was: l2tpd's launcher and what it started."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as f:
                rest = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if rest[0] != "Z" and int(rest[1]) == pid:
            found += [int(entry)] + children(int(entry))
    return found


def facts(pid, name):
    """The file @name of /proc of @pid; nothing if the process ended meanwhile."""
    try:
        with open(f"/proc/{pid}/{name}") as f:
            return f.read().strip()
    except OSError:
        return ""


def program(pid):
    """What runs as @pid, as the kernel calls it."""
    return facts(pid, "comm")


def command_line(pid):
    return facts(pid, "cmdline")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def named(name):
    """What a child does before it becomes a program of the host @name: pppd draws its magic number by the host's name and the
    time; two of one name that start together take each other for an echo now and then ("Serial line is looped back")."""
    def enter():
        assert _libc.unshare(CLONE_NEWUTS) == 0
        socket.sethostname(f"{name}.example")
    return enter


class Host:
    """A network namespace, and a name."""

    def __init__(self, net, name):
        self.net, self.name = net, name
        self.ns = f"l2t{os.getpid()}-{next(_serial)}"
        run("ip", "netns", "add", self.ns)
        run("ip", "-n", self.ns, "link", "set", "lo", "up")

    def command(self, *words):
        return ["ip", "netns", "exec", self.ns, *words]

    def run(self, *words, **kwargs):
        return run(*self.command(*words), **kwargs)

    def start(self, *words, **kwargs):
        """A process on this host, ended at the latest with the test."""
        process = subprocess.Popen(self.command(*words), preexec_fn=named(self.name), **{"stdin": subprocess.DEVNULL, **kwargs})
        self.net.processes.append(process)
        return process

    def interfaces(self, kind="ppp"):
        lines = self.run("ip", "-o", "link").stdout.splitlines()
        return [line.split(": ")[1] for line in lines if line.split(": ")[1].startswith(kind)]

    def ping(self, address, count=3):
        return self.run("ping", "-c", str(count), "-i", "0.2", "-W", str(2 * SLOW), address, check=False)

    def reaches(self, address, seconds=10):
        """An echo comes back. The other end of a link may be a moment behind ours."""
        said = []

        def answered():
            pinged = self.ping(address, count=1)
            said[:] = [pinged.stdout]
            return pinged.returncode == 0
        until(answered, lambda: f"answer of {address}: {said}{self.routes()}", seconds)

    def routes(self, *words, family="-4"):
        return self.run("ip", family, "route", "show", *words).stdout

    def daemon(self, conf="", name=None, args=(), **kwargs):
        d = Daemon(self, conf, name or f"{self.name}{next(_serial)}", args, **kwargs)
        self.net.daemons.append(d)
        return d

    def l2tp(self, what):
        """What the kernel has: `ip l2tp show tunnel` or session."""
        return self.run("ip", "l2tp", "show", what, check=False).stdout.strip()

    def kernel_is_clean(self):
        return not self.l2tp("tunnel") and not self.l2tp("session") and not self.interfaces()


class Net:
    def __init__(self, tmp_path):
        self.tmp = tmp_path
        self.processes, self.daemons, self.hosts = [], [], []
        self.lns, self.lac = self.host("lns"), self.host("lac")
        self.cable(self.lns, "192.0.2.1/24", "2001:db8::1/64", self.lac, "192.0.2.2/24", "2001:db8::2/64")

    def host(self, name):
        h = Host(self, name)
        self.hosts.append(h)
        return h

    def cable(self, a, a4, a6, b, b4, b6):
        one, two = f"v{next(_serial)}", f"v{next(_serial)}"
        run("ip", "-n", a.ns, "link", "add", one, "type", "veth", "peer", "name", two, "netns", b.ns)
        for host, dev, four, six in ((a, one, a4, a6), (b, two, b4, b6)):
            run("ip", "-n", host.ns, "addr", "add", four, "dev", dev)
            run("ip", "-n", host.ns, "addr", "add", six, "dev", dev, "nodad")
            run("ip", "-n", host.ns, "link", "set", dev, "up")
            host.dev = dev

    def lan(self, router, name, network):
        """A host .2 on a network of its own behind a router, which is .1 there and its default route."""
        host, dev = self.host(name), router.dev
        self.cable(router, f"{network}.1/24", "2001:db8:aaaa::1/64", host, f"{network}.2/24", "2001:db8:aaaa::2/64")
        router.dev = dev
        host.run("ip", "route", "add", "default", "via", f"{network}.1")
        return host

    def close(self):
        failures = []
        for d in self.daemons:
            failures += d.close()
        for p in self.processes:
            if p.poll() is None:
                p.kill()
            p.wait()
        for h in self.hosts:
            run("ip", "netns", "del", h.ns)
        assert not failures, "\n".join(failures)


class Daemon:
    """l2tpd in the foreground on a host, with a log that can be waited for."""

    def __init__(self, host, conf, name, args, env=None, wait=True):
        tmp = str(host.net.tmp)
        self.host, self.name = host, name
        self.conf_path, self.log_path = os.path.join(tmp, name + ".conf"), os.path.join(tmp, name + ".log")
        self.socket = os.path.join(tmp, name + ".sock")
        with open(self.conf_path, "w") as f:
            f.write(conf)
        self.log_file = open(self.log_path, "w")
        self.process = host.start(
            os.path.join(BUILD, "bin/l2tpd"), "-f", "-c", self.conf_path, "-s", self.socket, *args,
            stderr=self.log_file, stdout=self.log_file, env={**os.environ, **(env or {})})
        self.expected = 0
        if wait:
            self.log_has("listens on UDP port")
            until(lambda: os.path.exists(self.socket), "management socket")

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path) as f:
            return f.read()

    def log_has(self, text, seconds=10):
        def look():
            if text in self.log():
                return True
            assert self.process.poll() is None or text in self.log(), \
                f"{self.name} ended with {self.process.returncode}:\n{self.log()}"
            return False
        until(look, lambda: f'"{text}" in the log of {self.name}:\n{self.log()}\n', seconds)

    def cli(self, *words, check=True, json_out=False, **kwargs):
        flags = ["--json"] if json_out else []
        return run(os.path.join(BUILD, "bin/l2tpcli"), "-s", self.socket, *flags, *words, check=check, **kwargs)

    def json(self, *words):
        return json.loads(self.cli(*words, json_out=True).stdout)

    def tunnels(self):
        return self.json("tunnel", "list")

    def sessions(self):
        return self.json("session", "list")

    def until_up(self, sessions=1, ppp=True, seconds=15):
        """All sessions established, their links up with addresses."""
        def good():
            rows = self.sessions()
            return len(rows) == sessions and all(
                r["state"] == "established" and (not ppp or r["peer_address"]) for r in rows)
        try:
            until(good, "session", seconds)
        except AssertionError as e:
            raise AssertionError(f"{e}: {self.sessions()}\n{self.log()}") from None
        return self.sessions()

    def until_empty(self, seconds=10):
        until(lambda: not self.tunnels() and not self.sessions(), lambda: f"end: {self.tunnels()}\n{self.log()}",
              seconds)

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def stop(self, seconds=5):
        """SIGTERM; it must end by itself, in time, with status 0 and leave no process."""
        family = children(self.pid)
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(seconds * SLOW) == self.expected, self.log()
        until(lambda: not any(alive(p) for p in family), "end of all children", 3)
        return time.monotonic() - start

    def close(self):
        """At the test's end: whatever a sanitizer or an assertion said is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(8 * SLOW)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return [f"{self.name} did not end:\n{self.log()}"]
        self.log_file.close()
        log = self.log()
        bad = [w for w in ("AddressSanitizer", "LeakSanitizer", "runtime error", "Assertion") if w in log]
        return [f"{self.name}: {bad}\n{log}"] if bad else []
