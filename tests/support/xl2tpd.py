# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's xl2tpd, started on a host."""
import os

from support.hosts import until


class Xl2tpd:
    """xl2tpd in the foreground on a host."""

    def __init__(self, host, conf, ppp_options):
        tmp = str(host.net.tmp)
        self.control = os.path.join(tmp, "xl2tpd.control")
        options, secrets_, path, self.log_path = (
            os.path.join(tmp, n) for n in ("options.xl2tpd", "l2tp-secrets", "xl2tpd.conf", "xl2tpd.log"))
        for name, text in ((options, ppp_options), (secrets_, "* * sesame\n"),
                           (path, conf.format(options=options, secrets=secrets_))):
            with open(name, "w") as f:
                f.write(text)
            os.chmod(name, 0o600)
        self.process = host.start("/usr/sbin/xl2tpd", "-D", "-c", path, "-C", self.control,
                                  "-p", os.path.join(tmp, "xl2tpd.pid"),
                                  stdout=open(self.log_path, "w"), stderr=open(os.path.join(tmp, "x.err"), "w"))
        until(lambda: os.path.exists(self.control), "xl2tpd")

    def tell(self, line):
        with open(self.control, "w") as f:
            f.write(line + "\n")

    def log(self):
        return open(self.log_path).read() + open(self.log_path.replace("xl2tpd.log", "x.err")).read()
