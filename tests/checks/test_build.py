# SPDX-License-Identifier: GPL-2.0-or-later
"""What is built, installed and documented."""
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest

from support.hosts import BUILD, ROOT, run, until

DOCS = ["README.md", "docs/quickstart.md", "docs/operating.md", "docs/radius.md", "docs/server.md", "docs/client.md",
        "docs/branch-office.md", "docs/split-routing.md", "docs/firewall.md"]
# Programs of the system's that the chapters use: they are run in the guest (tests/guest/test_chapters.py).
SYSTEM = {"sysctl", "systemctl", "chmod", "ip", "nft"}
MANUALS = ["l2tpd.8", "pppd-splitroute.8", "l2tpd.conf.5", "l2tpcli.1"]


def text(path):
    with open(os.path.join(ROOT, path)) as f:
        return f.read()


def check_conf(tmp_path, conf):
    path = tmp_path / "l2tpd.conf"
    path.write_text(conf)
    return run(f"{BUILD}/bin/l2tpd", "-t", "-c", str(path), check=False)


def test_installation(tmp_path):
    run("cmake", "--install", BUILD, "--prefix", str(tmp_path))
    for path in ("sbin/l2tpd", "sbin/l2tpcli", "lib/l2tpd/pppd.so", "lib/l2tpd/pppd-report.so", "lib/l2tpd/splitroute.so",
                 "share/man/man8/l2tpd.8", "share/man/man5/l2tpd.conf.5", "share/man/man1/l2tpcli.1",
                 "share/bash-completion/completions/l2tpcli", "share/l2tpd/mgmt_proto.x", "share/doc/l2tpd/l2tpd.conf", "share/doc/l2tpd/examples/demo-lac.conf",
                 "lib/systemd/system/l2tpd.service"):
        found = [os.path.join(w, n) for w, _, names in os.walk(tmp_path) for n in names
                 if os.path.join(w, n).endswith(path.split("/", 1)[1])]
        assert found, path
    installed = run(str(tmp_path / "sbin/l2tpd"), "-V").stdout
    assert re.match(r"l2tpd \d+\.\d+\.\d+", installed)


def examples():
    folder = os.path.join(ROOT, "conf")
    return [os.path.join(w, n) for w, _, names in os.walk(folder) for n in names if n.endswith(".conf")]


@pytest.mark.parametrize("path", examples(), ids=os.path.basename)
def test_examples_load(path):
    got = run(f"{BUILD}/bin/l2tpd", "-t", "-c", path, check=False)
    assert got.returncode == 0, got.stdout


def blocks(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text(path), re.M | re.S)


@pytest.mark.parametrize("path", DOCS)
def test_l2tp_blocks_of_the_docs_are_right(path, tmp_path):
    found = blocks(path, "l2tp")
    assert found
    conf = ""
    for block in found:
        conf += block
        got = check_conf(tmp_path, conf)  # chapters build upon each other
        assert got.returncode == 0, f"{block}\n{got.stdout}"


@pytest.mark.parametrize("path", DOCS)
def test_shell_blocks_of_the_docs_are_right(path):
    """Programs exist and take these options; what installs or runs for minutes is run elsewhere (this very
    command is the README's second, the demo is run in the guest)."""
    for block in blocks(path, "sh"):
        for line in block.splitlines():
            words = line.split()
            if not words or words[0] in ("cmake", "cd") or words[0] in SYSTEM:
                continue
            program = words[0]
            if program in ("l2tpd", "l2tpcli"):
                helped = run(f"{BUILD}/bin/{program}", "-h").stdout
                for option in (w for w in words[1:] if re.match(r"^-{1,2}[a-zA-Z]", w)):
                    assert re.search(rf"(^|\s|\[){re.escape(option)}\b", helped), f"{program} {option}"
            else:
                assert os.access(os.path.join(ROOT, program), os.X_OK), line


@pytest.fixture
def daemon(tmp_path):
    """One without a kernel, for what is only asked."""
    conf, sock = tmp_path / "c", tmp_path / "s"
    conf.write_text("system modify datapath=none udp_port=17017\n")
    process = subprocess.Popen([f"{BUILD}/bin/l2tpd", "-f", "-c", str(conf), "-s", str(sock)], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "listens" in line:
            break
    until(sock.exists, "the socket")
    yield str(sock)
    process.terminate()
    process.communicate()


@pytest.mark.parametrize("path", DOCS)
def test_commands_of_the_docs_are_understood(path, daemon, tmp_path):
    """Each l2tpcli line is run against a daemon that has what the chapters made: it may say that something is not
    there, but no word of it may be unknown."""
    conf = tmp_path / "all.conf"
    conf.write_text("".join(b for b in blocks(path, "l2tp") if "event_scripts" not in b and "management_" not in b))
    with open(conf) as f:
        subprocess.run([f"{BUILD}/bin/l2tpcli", "-s", daemon, "-q"], stdin=f, stderr=subprocess.DEVNULL)
    seen = 0
    for block in blocks(path, "sh"):
        for line in block.splitlines():
            words = shlex.split(line)
            if not words or words[0] != "l2tpcli" or "monitor" in words or "capture" in words or "-r" in words or "-s" in words:
                continue
            words = [w.replace("/etc/", f"{tmp_path}/") for w in words[1:]]
            got = run(f"{BUILD}/bin/l2tpcli", "-s", daemon, *words, check=False)
            seen += 1
            assert got.returncode in (0, 1), f"{line}: {got.stdout}"
            for bad in ("unknown", "ambiguous", "takes", "usage", "missing"):
                assert bad not in got.stdout or "no such" in got.stdout, f"{line}: {got.stdout}"
    assert seen or path in ("README.md", "docs/firewall.md", "docs/split-routing.md")


def test_client_of_the_rpc_chapter(daemon, tmp_path):
    """What a stranger would do: copy the file, type the commands, and ask."""
    source, = blocks("docs/rpc.md", "c")
    assert len(source.strip().splitlines()) <= 25
    (tmp_path / "client.c").write_text(source)
    shutil.copy(os.path.join(ROOT, "lib/mgmt_proto.x"), tmp_path)
    commands = [line for block in blocks("docs/rpc.md", "sh") for line in block.splitlines()]
    assert len(commands) == 5
    for line in commands:
        got = run("sh", "-c", line.replace("/run/l2tpd.sock", daemon), check=False, cwd=tmp_path)
        assert got.returncode == 0, got.stdout
    assert got.stdout.startswith("Created tunnel") and "(1 records)" in got.stdout
    refused = run(str(tmp_path / "client"), daemon, "tunnel", "frobnicate", check=False)
    assert refused.returncode == 1 and "unknown operation" in refused.stdout
    assert run(str(tmp_path / "client"), "/no/such", "x", check=False).returncode == 2


def test_readme_has_the_two_commands():
    assert [b.strip() for b in blocks("README.md", "sh")[:2]] == ["scripts/demo", "scripts/test"]
    assert "scripts/test" in text(".ci/run")


@pytest.mark.parametrize("name", MANUALS)
def test_manuals(name):
    got = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", os.path.join(ROOT, "docs/man", name)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                         env={**os.environ, "MANROFFSEQ": "", "LC_ALL": "C.UTF-8"})
    assert got.returncode == 0 and not got.stderr, got.stderr


def test_manual_lists_every_parameter(daemon):
    """The tables of l2tpd.conf(5) and the daemon's own description name the same."""
    rows = json.loads(run(f"{BUILD}/bin/l2tpcli", "-s", daemon, "--json", "describe", "list").stdout)
    described = {r["parameter"] for r in rows if r.get("parameter") and r.get("value") and not r.get("filter")}
    manual = set(re.findall(r"^\.B (\S+)$", text("docs/man/l2tpd.conf.5"), re.M))
    missing = {p for p in described if p.replace("_", "\\_") not in manual and p not in manual}
    assert not missing, missing
    assert len(described) > 60


def test_bench_runs_and_nothing_leaks():
    """Its figures are for people; that memory and descriptors come back is for us."""
    got = run(os.path.join(ROOT, "tests/bench/sessions"), "--build", BUILD, check=False)
    assert got.returncode == 0 and "sessions/s" in got.stdout, got.stdout


def test_flood_is_withstood():
    """A hundred thousand forged SCCRQs; the script fails if anybody honest notices or memory is not bounded."""
    got = run(os.path.join(ROOT, "tests/bench/flood"), "--build", BUILD, check=False)
    assert got.returncode == 0 and "honest:" in got.stdout, got.stdout


def test_plugins_of_pppd_build_against_2_5(tmp_path):
    """The headers of pppd 2.5 are not in Debian 12: taken from Debian 13, unpacked into a folder."""
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        os.makedirs(tmp_path / folder)
    (tmp_path / "state/status").write_text("")
    (tmp_path / "sources.list").write_text(
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main\n")
    options = ["-o", f"Dir::Etc::sourcelist={tmp_path}/sources.list", "-o", "Dir::Etc::sourceparts=-",
               "-o", f"Dir::State::lists={tmp_path}/lists", "-o", f"Dir::Cache={tmp_path}/cache",
               "-o", f"Dir::State::status={tmp_path}/state/status", "-o", "APT::Sandbox::User=root"]
    if run("apt-get", *options, "update", check=False).returncode or \
            run("apt-get", *options, "download", "ppp-dev", check=False, cwd=tmp_path).returncode:
        pytest.skip("Debian 13's packages cannot be reached")
    package = next(p for p in tmp_path.iterdir() if p.name.startswith("ppp-dev"))
    assert re.match(r"ppp-dev_2\.5", package.name)
    run("dpkg", "-x", str(package), str(tmp_path / "root"))
    sources = {"pppd-report": ["plugins/pppd/report.c"],
               "splitroute": ["plugins/splitroute/splitroute.c", "plugins/splitroute/publish.c"]}
    for name, files in sources.items():
        out = tmp_path / f"{name}.so"
        for compiler in ("gcc", "clang"):
            run(compiler, "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-O2", "-fPIC", "-shared",
                "-I", ROOT, "-isystem", str(tmp_path / "root/usr/include"), "-isystem", "/usr/include/libnl3",
                *(os.path.join(ROOT, f) for f in files), "-o", str(out))
        assert b"2.5." in out.read_bytes()
        symbols = run("nm", "-D", str(out)).stdout
        assert " T plugin_init" in symbols and " D pppd_version" in symbols
