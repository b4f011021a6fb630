#!/usr/bin/python3
"""Where client libraries are found, when they are let go, and what it costs."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import harness
from harness import (ALL_QUERIES, Agent, Case, Human, Postgres, check, compile_client, dataset, equal, finish, folder, queries, tables,
                     wait_until)
from social import SCHEMA, make_sqlite

LIBPQ = os.path.realpath("/usr/lib/x86_64-linux-gnu/libpq.so.5")
SQLITE = os.path.realpath("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0")
LAYERS = [os.path.realpath("/usr/lib/x86_64-linux-gnu/" + name) for name in
          ("libodbc.so.2", "libiodbc.so.2", "odbc/psqlodbcw.so", "odbc/libmaodbc.so", "odbc/libtdsodbc.so", "libsybdb.so.5", "libct.so.4")]


def about(events, path, reason):
    return [e for e in dataset(events, "coverage") if e["qprov"]["coverage"].get("path") == path and e["qprov"]["coverage"]["reason"] == reason]


def wait_for(agent, path, reason, n=1):
    agent.wait_events(lambda ev: len(about(ev, path, reason)) >= n, f"{reason} {path}")


def tree(*parts):
    """A folder in a place where environments lie, taken away at the end."""
    top = tempfile.mkdtemp(prefix="qprov-e2e-", dir="/srv" if os.path.isdir("/srv") else "/opt")
    os.chmod(top, 0o755)
    harness._closers.append(lambda: shutil.rmtree(top, ignore_errors=True))
    path = os.path.join(top, *parts)
    os.makedirs(path)
    return path


def tiny():
    out = os.path.join(folder(), "libtiny.so")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", out, os.path.join(harness.CLIENTS, "tiny_pq.c")], check=True)
    return out


def places(program, human, pg):
    """An environment's private library, found by the walk; replaced, overwritten, removed."""
    site = tree("venv", "lib", "python3.11", "site-packages", "psycopg2_binary.libs")
    lib = os.path.join(site, "libpq-e8a033dd.so.5.15")
    shutil.copy(LIBPQ, lib)
    os.symlink(lib, os.path.join(site, "libpq.so.5"))
    c = compile_client("pg_client.c", ["pq"], ["/usr/include/postgresql"])
    agent = Agent(program, ALL_QUERIES)
    with Case("discovery: an environment's private copy is found before it is used"):
        wait_for(agent, lib, "hooked")
        pid, _ = human.run([c, "exec", "1"], env={**pg.env("venv"), "LD_LIBRARY_PATH": site})
        agent.wait_events(lambda ev: queries(ev, pid), "its first statement")
        with_lib = queries(agent.events(strict=False), pid)[0]
        equal(with_lib["qprov"]["probe"]["library"], lib, "library of the event")
        equal(tables(with_lib), ["user_ip_log"], "tables")
    with Case("discovery: a file replaced by rename is hooked before it is used"):
        shutil.copy(LIBPQ, lib + ".new")
        os.rename(lib + ".new", lib)
        wait_for(agent, lib, "hooked", 2)
        wait_for(agent, lib, "no longer hooked")
        pid, _ = human.run([c, "exec", "1"], env={**pg.env("renamed"), "LD_LIBRARY_PATH": site})
        agent.wait_events(lambda ev: queries(ev, pid), "its first statement")
    with Case("discovery: a file overwritten in place is looked at again"):
        with open(lib, "r+b") as f, open(SQLITE, "rb") as other:
            f.truncate(0)
            f.write(other.read())
        wait_for(agent, lib, "hooked", 3)
        last = about(agent.events(strict=False), lib, "hooked")[-1]
        equal(last["qprov"]["coverage"]["library"]["family"], "sqlite", "family")
    with Case("discovery: a file that is removed and mapped nowhere loses its probes"):
        os.unlink(lib)
        wait_for(agent, lib, "no longer hooked", 3)
    with Case("discovery: a container without a linker's cache"):
        root = tree("root")
        os.makedirs(os.path.join(root, "lib"))
        os.makedirs(os.path.join(root, "usr", "bin"))
        reader = os.path.join(root, "usr", "bin", "reader")
        subprocess.run(["gcc", "-O1", "-static", "-o", reader, os.path.join(harness.CLIENTS, "hold_sqlite.c"), "-l:libsqlite3.a", "-lm", "-lpthread",
                        "-ldl"], check=True, stderr=subprocess.DEVNULL)
        make_sqlite(os.path.join(root, "db"))
        shutil.copy(LIBPQ, os.path.join(root, "lib", "libpq.so.5.15"))
        subprocess.run(["gcc", "-O1", "-static", "-o", os.path.join(root, "hold"), os.path.join(harness.CLIENTS, "wait_stdin.c")], check=True)
        p = subprocess.Popen(["chroot", root, "/hold"], stdin=subprocess.PIPE)
        harness._closers.append(p.kill)
        wait_for(agent, os.path.join(root, "lib", "libpq.so.5.15"), "hooked")
    with Case("discovery: a program in a container that carries its library is hooked before its first run"):
        wait_for(agent, reader, "hooked")
        pid, _ = human.run(["/usr/bin/reader", "/db", "0"], root=root)
        agent.wait_events(lambda ev: queries(ev, pid), "its statement")
        equal(tables(queries(agent.events(strict=False), pid)[0]), ["user_ip_log"], "tables")
        p.stdin.close()
        p.wait()
    with Case("discovery: the lines of all this are valid"):
        agent.stop()


def mssql():
    """What a client of FreeTDS needs to find a stand-in for its server."""
    top = folder(0o755)
    server = subprocess.Popen([harness.PYTHON, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tds_server.py"), os.path.join(top, "log")],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    harness._closers.append(lambda: (server.kill(), server.wait()))
    with open(os.path.join(top, "freetds.conf"), "w") as f:
        f.write(f"[standin]\nhost = 127.0.0.1\nport = {int(server.stdout.readline())}\ntds version = 7.4\nencryption = off\n")
    return {"FREETDSCONF": os.path.join(top, "freetds.conf")}


def two_overlays(program, human, pg, many):
    """Containers of one image: the same file under two numbers, hooked twice, and each statement told once."""
    top = tree("image")
    lower, merged = os.path.join(top, "lower"), [os.path.join(top, name) for name in "ab"]
    os.makedirs(lower)
    libs = {name: shutil.copy(real, os.path.join(lower, name)) for name, real in (("libpq.so.5", LIBPQ), ("libsqlite3.so.0", SQLITE), ("libct.so.4", LAYERS[-1]))}
    for m in merged:
        parts = [f"{m}.upper", f"{m}.work", m]
        for part in parts:
            os.makedirs(part)
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={parts[0]},workdir={parts[1]}", m], check=True)
        harness._closers.append(lambda m=m: subprocess.run(["umount", m], check=True))
    copies = {name: [lib] + [os.path.join(m, name) for m in merged] for name, lib in libs.items()}
    c, lite = compile_client("pg_client.c", ["pq"], ["/usr/include/postgresql"]), compile_client("lite_client.c", ["sqlite3"])
    ct, tds = compile_client("ct_client.c", ["ct"]), mssql()
    p = subprocess.Popen([many, "hold", *sum(copies.values(), [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    harness._closers.append(p.kill)
    equal(p.stdout.readline(), b"mapped\n", "holder")
    with Case("discovery: a file that two overlays show: each statement is told once"):
        db = os.path.join(folder(0o777), "social.db")
        make_sqlite(db)
        agent = Agent(program, ALL_QUERIES.replace("{all_queries: true}", "{all_queries: true, sqlite_rows: true}"))
        for name, files in copies.items():
            check(sum(len(about(agent.events(strict=False), f, "hooked")) for f in files) >= 2, f"{name} is not hooked twice: this tests nothing")
        env = {**pg.env("overlay"), "LD_LIBRARY_PATH": merged[0]}
        pid, _ = human.run([c, "exec", "5"], env=env)
        copied, _ = human.run([c, "copy_in", "1"], env=env)
        stepped, _ = human.run([lite, "step", "3", db], env=env)
        given, _ = human.run([ct, "param", "1", "standin"], env={**env, **tds})
        events = agent.stop()
        equal(len(queries(events, pid)), 5, "events")
        equal([e["qprov"]["copy"]["bytes"] for e in queries(events, copied)], [8], "bytes of a COPY")
        equal([e["db"]["response"]["returned_rows"] for e in queries(events, stepped)], [4] * 3, "rows of SQLite")
        equal([e["qprov"]["query"].get("parameters") for e in queries(events, given)], [["?", "?", "?", "?", None, "?"]], "values of ct_param, masked")
    p.stdin.close()
    p.wait()


def five_hundred(program, lib, many):
    """500 sites at the start: ready and gone within two seconds each."""
    copies = []
    where = folder()
    for i in range(100):
        copies.append(shutil.copy(lib, os.path.join(where, f"lib{i}.so")))
    p = subprocess.Popen([many, "hold", *copies], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    harness._closers.append(p.kill)
    equal(p.stdout.readline(), b"mapped\n", "holder")
    with Case("discovery: 100 libraries with 500 probes, start and stop"):
        agent = Agent(program, ALL_QUERIES)
        events = agent.stop()
        sites = sum(e["qprov"]["coverage"]["library"]["functions"] for e in dataset(events, "coverage") if "library" in e["qprov"]["coverage"])
        print(f"      {sites} probes: ready after {agent.start_seconds:.2f} s, gone after {agent.stop_seconds:.2f} s", flush=True)
        check(sites >= 500, f"{sites} probes")
        check(agent.start_seconds < 2 * harness_slowness(), f"start took {agent.start_seconds:.2f} s")
        check(agent.stop_seconds < 2 * harness_slowness(), f"stop took {agent.stop_seconds:.2f} s")
    p.stdin.close()
    p.wait()


def harness_slowness():
    """Machines that do other work meanwhile get more time: load per CPU, at least 1."""
    return max(1.0, os.getloadavg()[0] / os.cpu_count())


def canary(program):
    """Each hook is tried: those of the installed libraries fire, and a probe on a function that nobody calls is told."""
    top = tree("lib")
    script, lib = os.path.join(top, "versions"), os.path.join(top, "libtwo.so.1")
    with open(script, "w") as f:
        f.write("V1 { global: PQsendQuery; PQclear; local: *; }; V2 { } V1;\n")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", f"-Wl,--version-script={script}", "-o", lib,
                    os.path.join(harness.CLIENTS, "two_versions.c")], check=True)
    agent = Agent(program, ALL_QUERIES, args=["-v"])
    silent = "a probe did not fire when it was tried"
    with Case("canary: a function in two versions, of which one is called"):
        agent.wait_events(lambda ev: about(ev, lib, silent), "the canary's verdict")
        equal(about(agent.events(strict=False), lib, silent)[0]["qprov"]["coverage"]["symbols"], ["PQsendQuery"], "symbols")
    with Case("canary: every hook of the installed libraries fires, and none of its calls is an event"):
        for path in (LIBPQ, SQLITE, *LAYERS):
            wait_until(lambda: f"canary: {path}: " in agent.log(), path)
            told = re.search(re.escape(f"canary: {path}: ") + r"(\d+) of (\d+) probes fired", agent.log())
            check(told and told[1] == told[2] and int(told[2]) >= 6, f"{path}: {told and told[0]}")
        events = agent.stop()
        check(not any("qprov canary" in str(e) for e in events), "the canary's text in the stream")
    with Case("canary: probes --try tells of each library which probes fired"):
        p = subprocess.run([program, "probes", "--try", "--json", lib, LIBPQ, SQLITE], stdout=subprocess.PIPE, timeout=120)
        told = {v["path"]: v for v in map(json.loads, p.stdout.splitlines())}
        equal(sorted(told), sorted([lib, LIBPQ, SQLITE]), "libraries")
        equal((told[lib]["silent"], p.returncode), (["PQsendQuery"], 1), "the silent one, and the exit code")
        for path in (LIBPQ, SQLITE):
            check(told[path]["tried"] == told[path]["fired"] >= 6 and not told[path]["silent"], str(told[path]))
        p = subprocess.run([program, "probes", "--try", LIBPQ], stdout=subprocess.PIPE, timeout=120)
        check(p.returncode == 0 and re.fullmatch(re.escape(f'"{LIBPQ}"') + r": (\d+) of \1 probes fired\n", p.stdout.decode()), f"{p.returncode}: {p.stdout!r}")


def main():
    program = os.path.abspath(sys.argv[1])
    human, pg = Human("qprov-find"), Postgres(log=False)
    pg.psql(SCHEMA)
    os.chmod(pg.dir, 0o755)
    lib, many = tiny(), compile_client("many_libs.c", ["dl"])
    places(program, human, pg)
    canary(program)
    two_overlays(program, human, pg, many)
    five_hundred(program, lib, many)
    finish()


main()
