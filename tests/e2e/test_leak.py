#!/usr/bin/python3
"""What comes in masses and goes again leaves nothing behind: prepared statements that nobody ends, short processes, libraries mapped and gone.

    test_leak.py PROGRAM [--statements N] [--processes N] [--libraries N]     (scripts/bench leak: 1,000,000, 100,000 and 10,000)

Each runs twice. Printed are the agent's resident memory, descriptors, the entries of its BPF maps and the kernel's memory for them, at first
and after each time, and what was told as lost or evicted.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import bpf_maps  # noqa: E402
import harness  # noqa: E402
from harness import (CLIENTS, Agent, Case, Human, Postgres, check, compile_client, dataset, equal, finish, folder, queries,  # noqa: E402
                     tables, wait_until)
from social import LIT, SCHEMA, make_sqlite  # noqa: E402

SENSITIVE = "tables:\n  - match: user_ip_log\n"  # the masses ask for something else, or the lines of all of them would be read again and again
GROWTH_MAX = 8 << 20      # of the second time
TIMES_MAX = 3             # after the first
RESIDENT_MAX = 64 << 20   # with all caches full
MAPPED_US = 3000          # each library: most are hooked by then, some are gone before
MAPS_TOLD = ("counts", "conns_met", "stdio_seen")


class Measure:
    """What the agent holds now."""

    def __init__(self, agent):
        with open(f"/proc/{agent.p.pid}/status") as f:
            said = dict(line.split(":", 1) for line in f.read().splitlines())
        self.rss, self.peak = (int(said[k].split()[0]) << 10 for k in ("VmRSS", "VmHWM"))
        self.descriptors = len(os.listdir(f"/proc/{agent.p.pid}/fd"))
        self.entries, self.kernel = bpf_maps.held(agent.p.pid)

    def __str__(self):
        full = ", ".join(f"{k} {self.entries[k][0]:,}/{self.entries[k][1]:,}" for k in MAPS_TOLD)
        return (f"{self.rss / 2**20:.1f} MiB resident, peak {self.peak / 2**20:.1f}; {self.descriptors} descriptors; "
                f"{self.kernel / 2**20:.1f} MiB of BPF maps ({full})")


def hooked_still(agent):
    """Files of the test that were hooked and not let go yet."""
    still = {}
    for e in dataset(agent.events(strict=False), "coverage"):
        c = e["qprov"]["coverage"]
        if "libtiny.so." in c.get("path", ""):
            still[c["path"]] = still.get(c["path"], 0) + {"hooked": 1, "no longer hooked": -1}.get(c["reason"], 0)
    return sum(still.values())


def told(events):
    """{kind: number} of what was lost or evicted, from the loss records and the coverage records that hold a number."""
    found = {}
    for e in dataset(events, "loss"):
        loss = e["qprov"]["loss"]
        found[loss["kind"]] = found.get(loss["kind"], 0) + loss["count"]
    for e in dataset(events, "coverage"):
        n, _, reason = e["qprov"]["coverage"]["reason"].partition(" ")
        if n.isdigit():
            found[reason] = found.get(reason, 0) + int(n)
    return found


def quiet(agent):
    """Until the agent has read everything: a statement sent now is told."""
    db = os.path.join(folder(), "quiet.db")
    make_sqlite(db)
    pid = subprocess.Popen(["/usr/bin/python3", "-c", f"import sqlite3; sqlite3.connect({db!r}).execute({LIT!r}).fetchall()"])
    check(pid.wait(60) == 0, "python3")
    agent.wait_events(lambda ev: queries(ev, pid.pid), "the statement behind the flood", 120)
    equal(tables(queries(agent.events(strict=False), pid.pid)[0]), ["user_ip_log"], "tables of the statement behind the flood")


def run(program, what, n, do, config, settle=lambda agent: None):
    """
    do() makes n of them, twice: the second time fills no cache any more, so nothing may stay; and the agent still works behind them. Where
    it grew nevertheless, again and again: what others do on the machine meanwhile fills caches as well, but what leaks leaks each time.
    """
    with Case(f"leak: {n:,} {what}, twice"):
        agent = Agent(program, config, args=["-v"])
        wait_until(lambda: "searched" in agent.log(), "the walk is over")
        measures, took = [Measure(agent)], []
        while len(measures) < 3 or (len(measures) < 2 + TIMES_MAX and measures[-1].rss >= measures[-2].rss + GROWTH_MAX):
            began = time.monotonic()
            do()
            took.append(time.monotonic() - began)
            quiet(agent)
            settle(agent)
            measures.append(Measure(agent))
        events = agent.stop()
        print(f"      {n:,} {what}, in {' and '.join(f'{t:.1f}' for t in took)} s", flush=True)
        for name, m in zip(("at first", "once", "twice", *(f"{i} times" for i in range(3, len(measures)))), measures):
            print(f"        {name + ':':10}{m}", flush=True)
        print(f"        told: {told(events) or 'nothing lost or evicted'}", flush=True)
        once, twice = measures[-2:]
        check(twice.rss < once.rss + GROWTH_MAX, f"grew by {twice.rss - once.rss} bytes")
        check(twice.rss < RESIDENT_MAX, f"{twice.rss} bytes resident")
        check(twice.descriptors <= measures[0].descriptors + 4, f"{twice.descriptors} descriptors, {measures[0].descriptors} at first")
        check(twice.kernel <= measures[0].kernel + (1 << 20), f"BPF maps take {twice.kernel} bytes, {measures[0].kernel} at first")
        for name, (entries, most) in twice.entries.items():
            check(entries <= most, f"{name} holds {entries} of {most}")
        beat = dataset(events, "heartbeat")[-1]["qprov"]["heartbeat"]
        equal(beat["lost"], sum(e["qprov"]["loss"]["count"] for e in dataset(events, "loss")), "what the heartbeat counts as lost and what was told")


def tiny():
    out = os.path.join(folder(), "libtiny.so")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", out, os.path.join(CLIENTS, "tiny_pq.c")], check=True)
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--statements", type=int, default=20000)
    ap.add_argument("--processes", type=int, default=2000)
    ap.add_argument("--libraries", type=int, default=200)
    args = ap.parse_args()
    program = os.path.abspath(args.program)
    human, pg = Human("qprov-leak"), Postgres(log=False)
    pg.psql(SCHEMA)
    os.chmod(pg.dir, 0o755)
    db = os.path.join(folder(0o777), "social.db")
    make_sqlite(db)
    abandon = compile_client("abandon.c", ["pq", "sqlite3"], ["/usr/include/postgresql"])
    many, lib = compile_client("many_libs.c", ["dl"]), tiny()
    where = folder(0o777)
    shutil.copy(lib, where)

    def client(*argv, env=None):
        p = human.popen([str(a) for a in argv], env=env)
        out, err = p.communicate(timeout=3600)
        check(p.returncode == 0, f"{argv}: exit {p.returncode}: {err.decode(errors='replace')[-800:]}")

    run(program, "statements of SQLite prepared and abandoned", args.statements, lambda: client(abandon, "lite", args.statements, 50000, db),
        SENSITIVE + "capture: {sqlite_rows: true}\n")
    run(program, "statements of libpq prepared and abandoned", args.statements // 10,
        lambda: client(abandon, "pg", args.statements // 10, 5000, env=pg.env("leak")),
        SENSITIVE)
    run(program, "short processes", args.processes, lambda: client(many, "fork", args.processes), SENSITIVE)
    run(program, "libraries mapped and gone", args.libraries,
        lambda: client(many, "pass", os.path.join(where, "libtiny.so"), args.libraries, MAPPED_US), SENSITIVE,
        settle=lambda agent: wait_until(lambda: not hooked_still(agent), "all are let go", 300))
    finish()


main()
