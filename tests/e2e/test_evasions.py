#!/usr/bin/python3
"""Ways around the probes, tried by an ordinary user: each is captured, or named by a coverage record, or the table says that it is not.

    test_evasions.py PROGRAM [--update-docs] [--only WORD]

Every attempt reads the same sensitive rows, once. It passes when it ended as its row says: "captured" (an event with the statement's table and the
right human), "named" (a coverage record for the process with the right human, or for the file), "missed" (neither: a hole that is known).
A hole that has closed fails too, so that the table stays true.
"""
import argparse
import os
import platform
import shutil
import struct
import subprocess
import tempfile

import harness
from harness import (ALL_QUERIES, CLIENTS, PYTHON, ROOT, Agent, Human, Postgres, compile_client, dataset, finish, folder,
                     queries, tables, verdict)
from social import SCHEMA, make_sqlite
from tunnel import tunnel

DOC = os.path.join(ROOT, "doc", "evasions.md")
LIBPQ = "/usr/lib/x86_64-linux-gnu/libpq.so.5"


BY_LINK = "raw protocol by a script, UNIX socket, by a link of one's own"


class Attempt:
    """argv; ends: how it should end, best first, in words of the table ("captured", "named", "missed"); by: pid of the one that asks, when it is
    another process, out of what is printed."""

    def __init__(self, technique, argv, *ends, env=None, printed_pid=False, note="", tcp=True, exits=0, installed=False):
        self.technique, self.argv, self.ends, self.env = technique, argv, ends, env or {}
        self.printed_pid, self.note, self.tcp = printed_pid, note, tcp
        self.installed = installed  # its program is waited for to be hooked
        self.exits = exits  # status that means the statement was sent
        self.broken = None  # the attempt itself failed


def open_copy(path, name):
    to = os.path.join(folder(), name)
    shutil.copy(path, to)
    os.chmod(to, 0o755)
    return to


def patched(path, name, elsewhere):
    """A copy in which the loader's table gives one function the address of another: probes go astray."""
    to = open_copy(path, "libpatched.so")
    with open(to, "r+b") as f:
        data = bytearray(f.read())
        shoff, = struct.unpack_from("<Q", data, 40)
        shentsize, shnum = struct.unpack_from("<HH", data, 58)
        heads = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * shentsize) for i in range(shnum)]
        table = next(h for h in heads if h[1] == 11)  # SHT_DYNSYM
        names = heads[table[6]][4]
        where = {}
        for at in range(table[4], table[4] + table[5], 24):
            start = names + struct.unpack_from("<I", data, at)[0]
            where[bytes(data[start:data.index(0, start)])] = at + 8
        data[where[name]:where[name] + 8] = data[where[elsewhere]:where[elsewhere] + 8]
        f.seek(0)
        f.write(data)
    return to


def with_sqlite(*flags):
    out = os.path.join(folder(), "reader")
    harness.static_sqlite(out, *flags)
    return out


def installed(program):
    """The program in a place where programs are, before the agent looks there."""
    top = tempfile.mkdtemp(prefix="qprov-e2e-", dir="/opt")
    os.chmod(top, 0o755)
    harness._closers.append(lambda: shutil.rmtree(top, ignore_errors=True))
    return shutil.copy(program, top)


def attempts(pg, lite, human):
    static = with_sqlite()
    port = tunnel(human, pg.port)
    ev = compile_client("evade_client.c", ["dl", "pthread"], more=["-D_GNU_SOURCE"])
    raw = shutil.copy(os.path.join(CLIENTS, "raw_pg.py"), folder())
    pre = os.path.join(folder(), "preload.so")
    subprocess.run(["gcc", "-O1", "-fPIC", "-shared", "-I/usr/include/postgresql", "-o", pre, os.path.join(CLIENTS, "preload.c")], check=True)
    c = compile_client("pg_client.c", ["pq"], ["/usr/include/postgresql"])
    path = f"{pg.dir}/.s.PGSQL.{pg.port}"
    link = os.path.join(folder(), "harmless.sock")
    os.symlink(path, link)
    psql = [f"{pg.bin}/psql", "-X", "-c", "SELECT ip FROM user_ip_log WHERE user_id = 1"]
    return [
        Attempt("none: the system's library", [ev, "plain"], "captured"),
        Attempt("library copied and renamed", [ev, "plain", open_copy(LIBPQ, "libharmless.so.1")], "captured", "named"),
        Attempt("library in a memfd", [ev, "memfd", LIBPQ], "captured", "named"),
        Attempt("patched copy: the function's name leads elsewhere, it is called by its place",
                [ev, "place", patched(LIBPQ, b"PQsendQuery", b"PQlibVersion"), LIBPQ], "named"),
        Attempt("LD_PRELOAD: PQexec replaced by one that writes the protocol", [c, "exec", "1"], "captured", "named",
                env={"LD_PRELOAD": pre}, exits=1, note="the wrapper is a client library by its own name"),
        Attempt("jump past the probed instruction", [ev, "jump"], "named"),
        Attempt("return address in the library, as if it called itself: libpq", [ev, "return"], "captured"),
        *[Attempt(f"return address in the library, as if it called itself: SQLite, {symbol}", [ev, "return_lite", symbol, lite], "captured")
          for symbol in ("sqlite3_exec", "sqlite3_complete")],
        Attempt("breakpoint written over in a page made writable", [ev, "overwrite"], "named"),
        Attempt("unshare: user, mount and pid namespaces", ["/usr/bin/unshare", "-U", "-r", "-m", "-p", "-f", *psql], "captured"),
        Attempt("raw protocol by a script, TCP", [PYTHON, raw, "127.0.0.1", str(pg.port)], "named"),
        Attempt("raw protocol by a script, UNIX socket", [PYTHON, raw, path], "named"),
        Attempt(BY_LINK, [PYTHON, raw, link], "named", note="named where the kernel takes fentry programs (`tests/vm/run`)"),
        Attempt("io_uring: connect, send and receive", [ev, "uring", str(pg.port)], "named"),
        Attempt("socket passed to another program (SCM_RIGHTS)", [ev, "pass"], "named", printed_pid=True),
        Attempt("socket taken by another program (pidfd_getfd)", [ev, "pidfd"], "named", printed_pid=True),
        Attempt("a megabyte of comment before the table", [ev, "comment"], "captured", note="truncated: falls under `uncertain`"),
        Attempt("another thread writes over the text right after the call", [ev, "race"], "captured"),
        *([Attempt("ssh tunnel to the server", [c, "exec", "1"], "captured", env={"PGPORT": port},
                   note="destination is the tunnel's near end")] if port else []),
        Attempt("SQLite linked statically, with symbols, new", [static, lite, "0"], "captured", "named"),
        Attempt("SQLite linked statically, with symbols, installed before", [installed(static), lite, "0"], "captured", installed=True),
        Attempt("SQLite linked statically, stripped, new", [with_sqlite("-s"), lite, "0"], "captured", "named"),
        Attempt("SQLite linked statically, stripped, installed before", [installed(with_sqlite("-s")), lite, "0"], "captured", installed=True),
        *[Attempt(f"SQLite linked statically, stripped, a function changed so that the others are not found, {n} s",
                  [with_sqlite("-s", *harness.UNFOUND), lite, str(n)], "named") for n in (0, 4)],
    ]


def who(e):
    return e.get("user", {}).get("name")


def ended(a, pids, human, events):
    """captured, named or missed; and the reasons of the coverage records."""
    caught = [e for p in pids for e in queries(events, p) if who(e) == human.name and
              ("user_ip_log" in tables(e) or e["qprov"]["query"]["certainty"] == "truncated")]
    named = [e for e in dataset(events, "coverage") if e.get("process", {}).get("pid") in pids and who(e) == human.name]
    reasons = sorted({e["qprov"]["coverage"]["reason"] for e in named})
    return ("captured" if caught else "named" if named else "missed"), reasons


def descendants(pid, events):
    """The pids of everything that descends from this one, by the lineage that lines carry."""
    found = {pid}
    for e in events:
        chain = [e.get("process", {}).get("pid")] + [x["pid"] for x in e["qprov"].get("lineage", [])]
        if pid in chain:
            found.update(chain[:chain.index(pid) + 1])
    return found


def run(a, human, pg):
    """The pids whose doings count."""
    env = {**pg.env("evade", tcp=a.tcp), **a.env}
    p = human.popen(a.argv, env=env)
    out, err = p.communicate(timeout=60)
    if p.returncode != a.exits:
        a.broken = f"exit {p.returncode}: {err.decode(errors='replace')[-300:]}"
    return int(out.split()[0]) if a.printed_pid and out.split() else p.pid


LINE = "| {:70} | {:10} | {}"


def write_docs(rows):
    with open(DOC, "w") as f:
        f.write(f"""# Evasions

Written by `tests/e2e/test_evasions.py build/qprov --update-docs` on kernel {platform.release().split("-")[0]}. Each was tried by an ordinary user against a real
server or database file while the agent ran. *captured*: there is an event with the statement; *named*: there is no event of it, but a `qprov.coverage`
record with the person and the process, for the reason given; *missed*: neither.

| technique | result | reasons in coverage records, remarks |
|---|---|---|
""")
        for r in rows:
            f.write("| " + " | ".join(r) + " |\n")
        f.write("""
What the table cannot show: a connection that carried one captured statement counts as covered, so that later bytes written by hand on the same socket by
the same process are not told apart. Of database files any captured statement of that system covers all that the process holds open. A socket that another process takes is found by a look through all open files once a second: what is taken, used and
closed within a second or two is missed. A tunnel whose far end is on another host hides the database's port; the library that speaks into it is
watched all the same.
""")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--update-docs", action="store_true")
    ap.add_argument("--only", default="")
    args = ap.parse_args()
    human, pg = Human("qprov-evade"), Postgres(log=False)
    pg.psql(SCHEMA)
    os.chmod(pg.dir, 0o755)
    lite = os.path.join(folder(), "social.db")
    make_sqlite(lite)
    os.chmod(os.path.dirname(lite), 0o777)
    tries = [a for a in attempts(pg, lite, human) if args.only in a.technique]
    agent = Agent(os.path.abspath(args.program), ALL_QUERIES + f"floor: {{ports: {{postgresql: [{pg.port}]}}}}\n")
    for a in tries:
        if a.installed:
            agent.wait_events(lambda ev: any(e["qprov"]["coverage"].get("path") == a.argv[0] for e in dataset(ev, "coverage")), f"{a.argv[0]} hooked")
    pids = [run(a, human, pg) for a in tries]
    events = agent.stop()
    rows = []
    for a, pid in zip(tries, pids):
        end, reasons = ended(a, descendants(pid, events), human, events)
        rows.append((a.technique, end, "; ".join(reasons + ([a.note] if a.note else []))))
        print(LINE.format(*rows[-1]), flush=True)
        if a.technique == BY_LINK and any("by the server's name" in e["qprov"]["coverage"]["reason"] for e in dataset(events, "coverage")):
            a.ends = ("missed",)  # this kernel has no such hook; tests/vm/run has it on others
        if a.broken:
            verdict(False, a.technique, a.broken)
        else:
            verdict(end in a.ends, a.technique, f"{end}, not {' or '.join(a.ends)}")
    if args.update_docs:
        write_docs(rows)
    finish()


main()
