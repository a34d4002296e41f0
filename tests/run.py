# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds what the tiers need, runs them, and adds up: see scripts/test."""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIERS = ["unit", "exchange", "fuzz", "netns", "guest", "interop", "checks"]
FUZZ_SECONDS = int(os.environ.get("FUZZ_SECONDS", "60"))
FUZZ_TARGETS = ["datagram", "tunnel", "hidden", "conf", "rpc", "dhcp"]
PRESETS = {"unit": ["asan"], "exchange": ["asan"], "fuzz": ["asan", "fuzz"], "netns": ["asan"],
           "guest": ["release"], "interop": ["release"], "checks": ["release", "asan"]}
PYTEST = ["/usr/bin/python3", "-B", "-m", "pytest", "-q", "--color=no", "--tb=short"]

passed = failed = skipped = 0


def say(text):
    print(f"\n==== {text}", flush=True)


def count(good, bad, left_out=0):
    global passed, failed, skipped
    passed += good
    failed += bad
    skipped += left_out


def build(preset):
    say(f"building {preset}")
    for words in (["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset]):
        got = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if got.returncode:
            print(got.stdout)
            sys.exit(f"{' '.join(words)} failed")


def cmocka(label):
    """All test programs of a tier; cmocka's own closing lines are counted."""
    listed = subprocess.run(["ctest", "-N", "-L", f"^{label}$"], cwd=f"{ROOT}/build/asan", text=True,
                            stdout=subprocess.PIPE).stdout
    for name in re.findall(r"Test +#\d+: (\S+)", listed):
        got = subprocess.run(["ctest", "-V", "-R", f"^{name}$"], cwd=f"{ROOT}/build/asan", text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        good = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", got.stdout))
        bad = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", got.stdout))
        if got.returncode and not bad:
            bad = 1  # it died before it could say so
        print(f"{name}: {good} passed, {bad} failed", flush=True)
        if bad:
            print(got.stdout)
        count(good, bad)


def fuzz():
    cmocka("replay")
    folder = os.path.join(ROOT, "build/fuzz/found")
    os.makedirs(folder, exist_ok=True)
    waiting = list(FUZZ_TARGETS)
    while waiting:
        pair, waiting = waiting[:2], waiting[2:]
        started = []
        for name in pair:
            log = open(f"{folder}/{name}.log", "w")
            scratch = os.path.join(folder, name)
            os.makedirs(scratch, exist_ok=True)
            started.append((name, log, subprocess.Popen(
                [f"{ROOT}/build/fuzz/check/fuzz-{name}", f"-max_total_time={FUZZ_SECONDS}", "-max_len=4000",
                 "-timeout=20", f"-artifact_prefix={folder}/{name}-", scratch, f"{ROOT}/tests/fuzz/corpus/{name}"],
                stdout=log, stderr=log)))
        for name, log, process in started:
            bad = process.wait() != 0
            text = open(log.name, errors="replace").read()
            runs = re.search(r"Done (\d+) runs", text)
            print(f"fuzz-{name}: {runs.group(1) if runs else 'ended early after fewer'} runs", flush=True)
            if bad:
                print(text[-6000:])
            count(not bad, bad)


def pytest(tier, env=None):
    report = os.path.join(ROOT, f"build/report-{tier}.xml")
    got = subprocess.run([*PYTEST, f"tests/{tier}", f"--junitxml={report}"], cwd=ROOT, env={**os.environ, **(env or {})})
    root = ElementTree.parse(report).getroot().find("testsuite")
    bad = int(root.get("failures")) + int(root.get("errors"))
    left_out = int(root.get("skipped"))
    count(int(root.get("tests")) - bad - left_out, bad or (got.returncode not in (0, 5)), left_out)


def in_guest(tiers, kernel):
    """The tests of @tiers, a guest each, one after the other. A guest's files are gone with it: its output is what
    there is."""
    results = []
    for tier in tiers:
        start = time.monotonic()
        got = subprocess.run([f"{ROOT}/tests/guest/run", "--kernel", kernel, "--timeout", "1500", "--", *PYTEST, f"tests/{tier}"],
                             cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = got.stdout.decode(errors="replace")
        found = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped|error)",
                                                        text.splitlines()[-1] if text else "")}
        bad = found.get("failed", 0) + found.get("error", 0)
        if got.returncode and not bad:
            bad = 1
        results.append((f"{tier}, Linux {kernel} ({time.monotonic() - start:.0f} s)", text,
                        (found.get("passed", 0), bad, found.get("skipped", 0))))
    return results


def guests(tiers, kernels):
    """Both kernels at the same time: a guest that waits leaves its processor to the other."""
    say(" and ".join(tiers))
    with concurrent.futures.ThreadPoolExecutor(len(kernels)) as pool:
        for done in concurrent.futures.as_completed([pool.submit(in_guest, tiers, kernel) for kernel in kernels]):
            for name, text, counts in done.result():
                say(name)
                print(text, end="", flush=True)
                count(*counts)
    if "guest" in tiers and "6.12" in kernels:  # what loads the machine has it for itself
        for name, text, counts in in_guest(["load"], "6.12"):
            say(name)
            print(text, end="", flush=True)
            count(*counts)


IN_GUESTS = ("guest", "interop")


def run(tier, tiers, kernels):
    start = time.monotonic()
    if tier not in IN_GUESTS:
        say(tier)
    if tier in ("unit", "exchange"):
        cmocka(tier)
    elif tier == "fuzz":
        fuzz()
    elif tier == "netns":
        pytest(tier, env={"L2TPD_BUILD": f"{ROOT}/build/asan"})
    elif tier == "checks":
        pytest(tier)
    else:
        guests([t for t in tiers if t in IN_GUESTS], kernels)
    print(f"({tier}: {time.monotonic() - start:.0f} s)", flush=True)


def main():
    args = argparse.ArgumentParser(prog="scripts/test")
    args.add_argument("--kernel", choices=["6.1", "6.12"])
    args.add_argument("tiers", nargs="*", metavar="TIER", help=", ".join(TIERS))
    args = args.parse_args()
    wrong = [t for t in args.tiers if t not in TIERS]
    if wrong:
        sys.exit(f"scripts/test: no tier {wrong[0]}: there are {', '.join(TIERS)}")
    tiers = args.tiers or TIERS
    for preset in sorted({p for t in tiers for p in PRESETS[t]}):
        build(preset)
    for tier in tiers:
        if tier not in IN_GUESTS or tier == next(t for t in tiers if t in IN_GUESTS):  # those run together
            run(tier, tiers, [args.kernel] if args.kernel else ["6.1", "6.12"])
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


main()
