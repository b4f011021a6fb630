"""Recall: client x way of calling x account against real servers; the ground truth is what the server logged for that run.

A run is caught when the agent made exactly one event for each statement that the server ran, of the same lengths in bytes, on the
expected tables, with the right human, process, executable, arguments, system, row counts and outcome.
"""
import functools
import os
import re
import shutil
import sys
from collections import Counter

from harness import (ALL_QUERIES, CLIENTS, PYTHON, Agent, Human, MariaDB, Postgres, compile_client, dataset, finish, folder, losses, queries,
                     skip, tables, verdict)
from social import HARMLESS, JOIN, LIT, SCHEMA, make_sqlite

THREE = Counter(user_ip_log=3)


class Row:
    """One line of the table. rows: sum over the events on user_ip_log, None where the client never reads the result."""

    def __init__(self, system, client, way, argv, touched=None, rows=None, sent=None, text=None, env=None, known_miss=None, needs=None,
                 failed=0, lengths=True, typed=None):
        self.system, self.client, self.way, self.argv = system, client, way, argv
        self.touched, self.rows, self.sent, self.text, self.env = touched, rows, sent, text, env or {}
        self.known_miss, self.needs, self.failed, self.lengths = known_miss, needs, failed, lengths
        self.typed = typed


def python_row(system, driver, way, target=(), **kw):
    module = {"psycopg3": "psycopg"}.get(driver, driver)
    return Row(system, f"python {driver}", way, [PYTHON, client_script(), driver, way, *target], needs=module, **kw)


@functools.cache
def client_script():
    """A copy that every account can read, wherever the checkout lies."""
    return shutil.copy(os.path.join(CLIENTS, "py_client.py"), folder())


def pg_rows(pg):
    psql, bench = f"{pg.bin}/psql", [f"{pg.bin}/pgbench", "-n", "-c", "1", "-t", "20"]
    script = os.path.join(pg.dir, "script.sql")
    work = os.path.join(pg.dir, "work.sql")
    with open(script, "w") as f:
        f.write(f"{LIT};\n{JOIN};\n{HARMLESS};\n\\copy user_ip_log TO '/dev/null'\n")
    with open(work, "w") as f:
        f.write("SELECT ip FROM user_ip_log WHERE user_id = 1;\n")
    os.chmod(pg.dir, 0o755)
    c = compile_client("pg_client.c", ["pq"], ["/usr/include/postgresql"])
    bench_rows = dict(touched=Counter(user_ip_log=20), rows=80)
    return [
        Row("postgresql", "psql", "-c", [psql, "-X", "-c", LIT], touched=Counter(user_ip_log=1), rows=4, sent=[LIT]),
        Row("postgresql", "psql", "-c several", [psql, "-X", "-c", LIT + "; " + HARMLESS], touched=Counter(user_ip_log=1, users=1)),
        Row("postgresql", "psql", "-f", [psql, "-X", "-f", script], touched=Counter(user_ip_log=3, users=2)),
        Row("postgresql", "psql", "stdin", [psql, "-X"], text=f"{LIT};\n\\d user_ip_log\n{JOIN};\n"),
        Row("postgresql", "psql", "interactive", [psql, "-X", "-P", "pager=off"], typed=f"{LIT};\n{JOIN};\n\\q\n", touched=Counter(user_ip_log=2, users=1),
            rows=8, sent=[LIT + ";", JOIN + ";"]),
        Row("postgresql", "psql", "FETCH_COUNT", [psql, "-X", "-v", "FETCH_COUNT=2", "-c", LIT]),
        Row("postgresql", "psql", "SQL PREPARE", [psql, "-X"], text="PREPARE q AS " + LIT + ";\nEXECUTE q;\nEXECUTE q;\n"),
        Row("postgresql", "psql", "error", [psql, "-X", "-c", "SELECT ip FROM user_ip_log WHERE nothing = 1"],
            touched=Counter(user_ip_log=1), failed=1),
        Row("postgresql", "pgbench", "simple", bench + ["-M", "simple", "-f", work], **bench_rows),
        Row("postgresql", "pgbench", "extended", bench + ["-M", "extended", "-f", work], **bench_rows),
        Row("postgresql", "pgbench", "prepared", bench + ["-M", "prepared", "-f", work], **bench_rows),
        Row("postgresql", "pg_dump", "whole", [f"{pg.bin}/pg_dump", "-f", "/dev/null"]),
        python_row("postgresql", "psycopg2", "simple", touched=THREE, rows=12),
        python_row("postgresql", "psycopg2", "params", touched=THREE, rows=12),
        python_row("postgresql", "psycopg2", "named"),
        python_row("postgresql", "psycopg2", "executemany", touched=THREE, rows=12),
        python_row("postgresql", "psycopg2", "copy", touched=THREE),
        python_row("postgresql", "psycopg3", "simple", touched=THREE, rows=12),
        python_row("postgresql", "psycopg3", "params", touched=THREE, rows=12),
        python_row("postgresql", "psycopg3", "prepared", touched=THREE, rows=12),
        python_row("postgresql", "psycopg3", "pipeline", touched=THREE),
        Row("postgresql", "C libpq", "PQexec", [c, "exec", "3"], touched=THREE, rows=12, sent=[LIT] * 3),
        Row("postgresql", "C libpq", "PQexecParams", [c, "params", "3"], touched=THREE, rows=12),
        Row("postgresql", "C libpq", "PQprepare + PQexecPrepared", [c, "prepared", "3"], touched=THREE, rows=12),
        Row("postgresql", "C libpq", "PQsendQuery", [c, "async", "3"], touched=THREE, rows=12, sent=[LIT] * 3),
        Row("postgresql", "C libpq", "PQexec, error", [c, "error", "3"], touched=THREE, failed=3),
        python_row("postgresql", "asyncpg", "fetch", sent=[LIT] * 3, known_miss="speaks the protocol itself, without a client library"),
    ]


def my_rows(db):
    mariadb = ["/usr/bin/mariadb", "--no-defaults", "-u", "root", "-S", db.socket, "social"]
    c = compile_client("my_client.c", ["mariadb"], ["/usr/include/mariadb"])
    target = (db.socket,)
    return [
        Row("mariadb", "mariadb", "-e", mariadb + ["-e", LIT], touched=Counter(user_ip_log=1), rows=4),
        Row("mariadb", "mariadb", "-e several", mariadb + ["-e", LIT + "; " + JOIN], touched=Counter(user_ip_log=2, users=1), rows=8),
        Row("mariadb", "mariadb", "stdin", mariadb, text=f"{LIT};\n{JOIN};\n", touched=Counter(user_ip_log=2, users=1), rows=8),
        Row("mariadb", "mariadb", "interactive", mariadb, typed=f"{LIT};\n{JOIN};\nexit\n", touched=Counter(user_ip_log=2, users=1), rows=8),
        python_row("mariadb", "MySQLdb", "simple", target, touched=THREE, rows=12),
        python_row("mariadb", "MySQLdb", "params", target, touched=THREE, rows=12),
        python_row("mariadb", "MySQLdb", "executemany", target, touched=THREE),
        Row("mariadb", "C libmariadb", "mysql_query", [c, "query", "3", db.socket], touched=THREE, rows=12),
        Row("mariadb", "C libmariadb", "mysql_real_query", [c, "real_query", "3", db.socket], touched=THREE, rows=12),
        Row("mariadb", "C libmariadb", "mysql_use_result", [c, "use_result", "3", db.socket], touched=THREE),
        Row("mariadb", "C libmariadb", "mysql_stmt_*", [c, "stmt", "3", db.socket], touched=THREE),
        Row("mariadb", "C libmariadb", "mariadb_stmt_execute_direct", [c, "direct", "3", db.socket], touched=THREE),
        Row("mariadb", "C libmariadb", "mysql_query, error", [c, "error", "3", db.socket], touched=THREE, failed=3),
        Row("mariadb", "mariadb-dump", "whole", ["/usr/bin/mariadb-dump", "--no-defaults", "-u", "root", "-S", db.socket, "social"],
            known_miss="the client library is linked in and stripped"),
        python_row("mariadb", "pymysql", "simple", target, known_miss="speaks the protocol itself, without a client library"),
    ]


def lite_rows(path):
    c = compile_client("lite_client.c", ["sqlite3"])
    target = (path,)
    return [
        Row("sqlite", "sqlite3", "argument", ["/usr/bin/sqlite3", path, LIT], touched=Counter(user_ip_log=1), sent=[LIT]),
        Row("sqlite", "sqlite3", "argument, several", ["/usr/bin/sqlite3", path, LIT + "; " + HARMLESS],
            touched=Counter(user_ip_log=1, users=1), sent=[LIT, HARMLESS], lengths=False),
        Row("sqlite", "sqlite3", "stdin", ["/usr/bin/sqlite3", path], text=f"{LIT};\n{JOIN};\n",
            touched=Counter(user_ip_log=2, users=1), sent=[LIT, JOIN], lengths=False),
        Row("sqlite", "sqlite3", "interactive", ["/usr/bin/sqlite3", path], typed=f"{LIT};\n{JOIN};\n.quit\n",
            touched=Counter(user_ip_log=2, users=1), sent=[LIT, JOIN], lengths=False),
        python_row("sqlite", "sqlite3", "simple", target, touched=THREE, sent=[LIT + " AND 1 = 1" * i for i in range(3)]),
        python_row("sqlite", "sqlite3", "params", target, touched=THREE, sent=[LIT] * 3),
        python_row("sqlite", "sqlite3", "cached", target, touched=THREE, sent=[LIT] * 3),
        python_row("sqlite", "sqlite3", "executemany", target, touched=THREE, sent=["UPDATE user_ip_log SET ip = ip WHERE user_id = ?"] * 3),
        Row("sqlite", "C sqlite3", "sqlite3_exec", [c, "exec", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("sqlite", "C sqlite3", "prepare, step, finalize", [c, "step", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("sqlite", "C sqlite3", "step, reset, step", [c, "reset", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("sqlite", "C sqlite3", "first row only", [c, "partial", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("sqlite", "C sqlite3", "UTF-16", [c, "wide", "3", path], touched=THREE, sent=[LIT] * 3),
    ]


def available(row):
    if row.needs is None:
        return True
    return os.system(f"{PYTHON} -c 'import {row.needs}' >/dev/null 2>&1") == 0


def problems(row, human, pid, sent, events):
    """What is wrong with the events of one run; empty when it was caught."""
    found = []
    if not sent:
        return ["the server saw nothing of this run"]
    if len(events) != len(sent):
        got = Counter(e["qprov"]["query"].get("bytes") for e in events)
        want = Counter(len(s.encode()) for s in sent)
        missing, extra = want - got, got - want
        return [f"{len(events)} of {len(sent)} events; missing " + repr([s[:60] for s in sent if len(s.encode()) in missing][:4]) +
                " extra " + repr([e["db"]["query"].get("text", "")[:60] for e in events if e["qprov"]["query"].get("bytes") in extra][:4])]
    if row.lengths and Counter(e["qprov"]["query"].get("bytes") for e in events) != Counter(len(s.encode()) for s in sent):
        found.append("lengths " + repr(sorted(e["qprov"]["query"].get("bytes") for e in events)[:8]) + " not " +
                     repr(sorted(len(s.encode()) for s in sent)[:8]))
    for e in events:
        seen = (e.get("user", {}).get("name"), e.get("user", {}).get("id"), e["process"]["pid"], e["process"].get("args"),
                e["process"].get("executable"), e["db"]["system"]["name"])
        want = (human.name, str(human.uid), pid, masked(row.argv), os.path.realpath(row.argv[0]), row.system)
        if seen != want:
            found.append(f"who: {seen} not {want}")
            break
    failed = sum(e["event"].get("outcome") == "failure" for e in events)
    if failed != row.failed:
        found.append(f"{failed} failures, not {row.failed}")
    if row.touched is not None and tables_of(events) != row.touched:
        found.append(f"tables {dict(tables_of(events))} not {dict(row.touched)}")
    if row.rows is not None and rows_of(events) != row.rows:
        found.append(f"rows {rows_of(events)} not {row.rows}")
    return found


def masked(argv):
    """Arguments that are SQL are written as SQL is: without literals."""
    return [re.sub(r"= \d+", "= ?", a) if a.startswith("SELECT ") else a for a in argv]


def tables_of(events):
    return Counter(t for e in events for t in tables(e) if t in ("users", "posts", "user_ip_log", "contacts"))


def rows_of(events):
    return sum(e["db"].get("response", {}).get("returned_rows", 0) for e in events if "user_ip_log" in tables(e))


LINE = "| {:16} | {:27} | {:8} | {:>4} | {:>8} | {:28} | {:>4} | {}"


def print_line(row, human, sent, events, found):
    named = " ".join(f"{k}:{v}" for k, v in sorted(tables_of(events).items()))
    if row.known_miss:
        end = "known miss: " + row.known_miss if not events else "caught (was a known miss)"
    else:
        end = "caught" if not found else "WRONG: " + "; ".join(found)
    print(LINE.format(row.client, row.way, human.name[-8:], len(sent), len(events), named, rows_of(events), end), flush=True)


def run_all(rows, humans, db):
    """Every row by every human; [(row, human, pid, sent or run name)]."""
    done = []
    for row in rows:
        if not available(row):
            skip(f"{row.client}, {row.way}", f"no Python module {row.needs} here")
            continue
        for human in humans:
            name = f"run{len(done)}"
            # One account by the UNIX socket, the other by loopback.
            env = db.env(name, tcp=human is humans[1]) if row.system == "postgresql" else {}
            first = db.mark() if row.system == "mariadb" else 0
            env.update(row.env)
            if row.typed:
                pid, _ = human.type(row.argv, row.typed, env=env)
            else:
                pid, _ = human.run(row.argv, env=env, text=row.text, ok=not row.failed)
            sent = row.sent
            if row.system == "mariadb":
                sent = [text for _, text in db.ran(first, db.mark())]
                row.lengths = not any(w in row.way for w in ("stmt",))
            done.append((row, human, pid, sent, name))
    return done


def main():
    program = os.path.abspath(sys.argv[1])
    humans = [Human("qprov-t1"), Human("qprov-t2")]
    pg, my = Postgres(), MariaDB()
    lite = os.path.join(folder(), "social.db")
    make_sqlite(lite)
    os.chmod(os.path.dirname(lite), 0o777)
    pg.psql(SCHEMA)
    my.sql("CREATE DATABASE social; USE social; " + SCHEMA)
    groups = [(pg_rows(pg), pg), (my_rows(my), my), (lite_rows(lite), None)]
    agent = Agent(program, ALL_QUERIES)
    done = [d for rows, db in groups for d in run_all(rows, humans, db)]
    events = agent.stop()
    pg.stop()
    log = pg.log()
    print(LINE.format("client", "way", "account", "sent", "captured", "tables", "rows", "verdict"))
    for row, human, pid, sent, name in done:
        got = queries(events, pid)
        if row.system == "postgresql":
            sent = log.get(name) or (sent if row.known_miss else [])
        found = problems(row, human, pid, sent, got)
        print_line(row, human, sent, got, found)
        if row.known_miss:
            skip(f"{row.client}, {row.way}, {human.name}", "known miss" if not got else "caught now: no longer a known miss")
        else:
            verdict(not found, f"{row.client}, {row.way}, {human.name}", "; ".join(found))
    verdict(losses(events) == 0, "nothing lost", losses(events))
    verdict(len(dataset(events, "agent")) == 2, "one start and one stop record")
    finish()


main()
