# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for all tests that run real processes: hosts as network namespaces."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from support.hosts import Net  # noqa: E402


@pytest.fixture
def ppp_users():
    """fred and wilma may come in, by whichever method. In a guest alone: there the files are thrown away."""
    for name in ("chap", "pap"):
        with open(f"/etc/ppp/{name}-secrets", "w") as f:
            f.write('fred * "correct horse" *\nwilma * "correct horse" *\n')
        os.chmod(f"/etc/ppp/{name}-secrets", 0o600)


@pytest.fixture
def net(tmp_path):
    """Two hosts, "lns" (192.0.2.1) and "lac" (192.0.2.2), joined by a cable. What runs on them is
    ended and checked when the test is over."""
    n = Net(tmp_path)
    yield n
    n.close()
