# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be seen by reading: who includes whom, who knows which library, essays, sizes."""
import os
import re
import subprocess

import pytest

from support.hosts import ROOT

# Which folders a folder may include from, besides itself.
MAY_SEE = {
    "lib": [],
    "l2tpd/wire": ["lib"],
    "l2tpd/engine": ["l2tpd/wire", "lib"],
    "l2tpd/mgmt": ["l2tpd/engine", "lib"],
    "kernel-glue": ["l2tpd/engine", "lib", "include"],
    "plugins": ["l2tpd/engine", "kernel-glue", "lib", "include"],
    "include": ["l2tpd/engine", "lib"],
    "cli": ["lib"],
    "l2tpd": ["l2tpd/mgmt", "l2tpd/engine", "kernel-glue", "lib", "include"],
}
# Each library's header, and the files that alone may know it.
LIBRARIES = {
    r"event2/": ["l2tpd/loop.c"],
    r"netlink/": ["kernel-glue/nl.h", "kernel-glue/genl.c", "kernel-glue/rtnl.c"],
    r"rpc/": ["l2tpd/mgmt/rpc.c", "l2tpd/rpcbind.c", "cli/client.c"],
    r"readline/": ["cli/prompt.c"],
    r"pppd/": ["plugins/pppd/compat.h"],
    r"nettle/": ["l2tpd/wire/hide.c"],
    r"dlfcn\.h": ["l2tpd/plugins.c"],
    r"pthread\.h": ["kernel-glue/worker.c", "cli/client.c"],
}
# In wire/ and engine/: nothing that does I/O, reads a clock, or draws randomness.
IMPURE = ["unistd.h", "sys/socket.h", "time.h", "fcntl.h", "sys/ioctl.h", "sys/time.h", "poll.h", "netdb.h",
          "sys/random.h", "signal.h", "pthread.h"]
PURE_EXCEPT = {("l2tpd/engine/conf.c", "sys/socket.h")}  # AF_INET


def sources(*folders, suffix=(".c", ".h")):
    for folder in folders or ("lib", "l2tpd", "kernel-glue", "plugins", "include", "cli"):
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in names:
                if name.endswith(suffix):
                    yield os.path.relpath(os.path.join(where, name), ROOT)


def text(path):
    with open(os.path.join(ROOT, path)) as f:
        return f.read()


def folder_of(path):
    return max((f for f in MAY_SEE if path.startswith(f + "/")), key=len)


def resolve(name):
    """The file in the tree that an #include means, or None for a system header."""
    for base in ("", "include/"):
        if os.path.exists(os.path.join(ROOT, base + name)):
            return base + name
    return None


def includes(path):
    return re.findall(r'^#\s*include\s+[<"]([^">]+)[">]', text(path), re.M)


def test_includes_point_one_way():
    wrong, seen = [], 0
    for path in sources():
        mine = folder_of(path)
        for name in includes(path):
            target = resolve(name)
            if not target:
                continue
            seen += 1
            theirs = folder_of(target)
            if theirs != mine and theirs not in MAY_SEE[mine]:
                wrong.append(f"{path} includes {name}")
    assert not wrong, "\n".join(wrong)
    assert seen > 100


def test_libraries_are_known_by_few():
    wrong = [f"{path} includes {name}" for path in sources() for name in includes(path)
             for pattern, known in LIBRARIES.items()
             if re.match(pattern, name) and not resolve(name) and path not in known]
    assert not wrong, "\n".join(wrong)


def test_engine_and_wire_are_pure():
    wrong = [f"{path} includes {name}" for path in sources("l2tpd/wire", "l2tpd/engine") for name in includes(path)
             if name in IMPURE and (path, name) not in PURE_EXCEPT]
    assert not wrong, "\n".join(wrong)


def test_no_mutable_globals():
    """Symbols in writable sections, outside of what readline, pppd and signals (local.c) impose."""
    allowed = {"prompt.c.o", "report.c.o", "splitroute.c.o", "local.c.o", "logsink.c.o"}  # SYSLOG_NAMES defines its table in logsink.c
    wrong, seen = [], 0
    build = os.path.join(ROOT, "build/release")
    for where, _, names in os.walk(build):
        for name in names:
            full = os.path.join(where, name)
            if not name.endswith(".c.o") or "/tests/" in full or "proto" in full or name in allowed:
                continue
            seen += 1
            got = subprocess.run(["nm", full], capture_output=True, text=True, check=True).stdout
            wrong += [f"{name}: {line}" for line in got.splitlines() if re.search(r" [bBdDcC] ", line) and
                      not re.search(r" d (l2tpd_plugin|provider)$|\.data\.rel", line)]
    relocated = {"msg_rows", "avp_rows"}
    wrong = [w for w in wrong if w.split()[-1] not in relocated and " d " not in w and " D " not in w]
    assert not wrong, "\n".join(wrong)
    assert seen > 40


def test_every_folder_has_an_essay():
    for path in ("lib/param.h", "l2tpd/daemon.h", "l2tpd/wire/msg.h", "l2tpd/engine/engine.h", "l2tpd/mgmt/mgmt.h",
                 "kernel-glue/kernel.h", "plugins/pppd/pppd.c", "cli/main.c"):
        assert "What lives in this folder:" in text(path), path


def test_every_file_says_its_licence_and_keeps_its_size():
    for path in list(sources()) + list(sources("tests")):
        lines = text(path).splitlines()
        assert "SPDX-License-Identifier: GPL-2.0-or-later" in lines[0], path
        assert len(lines) <= 800, f"{path} has {len(lines)} lines"


def functions(path):
    """Names and lengths of the functions of a C file, by the braces in the first column."""
    start = None
    lines = text(path).splitlines()
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            yield lines[start - 1], i - start + 1
            start = None


def test_functions_fit_on_a_screen():
    long = [f"{path}: {name} ({length})" for path in sources(suffix=(".c",)) for name, length in functions(path)
            if length > 60]
    assert not long, "\n".join(long)


def test_no_default_over_our_own_enums():
    """switch (...) over an enum of ours has no default, so that the compiler finds what is missing; over message
    types, exit codes and options there is one, and it says what is left."""
    allowed = {"l2tpd/engine/session.c", "l2tpd/engine/input.c", "l2tpd/main.c", "cli/main.c", "plugins/pppd/pppd.c"}
    wrong = [p for p in sources(suffix=(".c",)) if re.search(r"^\s*default:", text(p), re.M) and p not in allowed]
    assert not wrong, wrong


def test_the_tree_is_formatted():
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "*.c", "*.h"], capture_output=True, text=True).stdout.split()
    got = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True)
    assert got.returncode == 0, got.stderr[:3000]


def test_the_project_speaks_of_itself_alone():
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True).stdout.split()
    for path in tracked:
        if path.startswith("tests/fuzz/corpus/") or path == "LICENSE":
            continue
        assert not re.search(r"(^|[\s\"'=(])/(wor[k]|roo[t])/", text(path)), path


@pytest.mark.parametrize("path, rows_at_least", [("docs/rfc-map.md", 170), ("docs/peers.md", 25)])
def test_tables_of_the_docs_name_what_there_is(path, rows_at_least):
    """Each file and function that they name is still there, and no statement lacks both."""
    table = text(path)
    refs = re.findall(r"`((?:[a-z_]+/)*[\w.]+\.[chpy]+)(?:: (\w+))?`", table)
    gone = []
    for file, name in refs:
        found = [p for p in (f"l2tpd/{file}", f"tests/{file}") if os.path.exists(os.path.join(ROOT, p))]
        if not found or (name and not re.search(rf"\b{name}\b", text(found[0]))):
            gone.append(f"{file}: {name}")
    assert not gone, gone
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) > rows_at_least and len(refs) > rows_at_least
    assert not [r for r in rows if len(r) == 7 and r[3].strip() == r[4].strip() == "-" and not r[5].strip()]
