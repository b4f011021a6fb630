"""libpq: psql, pgbench, pg_dump, psycopg2, psycopg 3, a program in C for each way of calling; UNIX socket, TCP, TLS."""
import glob
import os
import re
import shutil
import subprocess
import time
from collections import Counter

import desktop
import languages
from harness import Postgres, compile_client, dataset, skip
from recall import Group, Link, Row, cut, parameters, told, uncut, whole
from social import HARMLESS, JOIN, LIT, SCHEMA
from tunnel import tunnel

THREE = Counter(user_ip_log=3)


class Libpq(Group):
    system = "postgresql"
    links = (Link("unix"), Link("tcp"), Link("tcp", tls=True))

    def __init__(self):
        super().__init__()
        self.pg = Postgres(tls=True)
        self.pg.psql(SCHEMA)
        os.chmod(self.pg.dir, 0o755)
        self.logged = {}
        self.floor = {"ports": {"postgresql": [self.pg.port]}}

    def prepare(self, agent):
        """The first COPY of a sensitive table brings the probe that counts the next ones."""
        def counted(events):
            return any("bytes" in e["qprov"].get("copy", {}) for e in dataset(events, "query"))
        for _ in range(50):
            self.pg.psql("COPY user_ip_log TO STDOUT")
            if counted(agent.events()):
                return
            time.sleep(0.1)
        raise RuntimeError("a COPY out is not counted")

    def env(self, case):
        return self.pg.env(case.name, tcp=case.link.name == "tcp", tls=case.link.tls)

    def close(self):
        self.pg.stop()
        self.logged = self.pg.log()

    def connection(self, case):
        want = {"db.namespace": "postgres", "destination.user.name": "postgres", "qprov.connection.tls": case.link.tls,
                "qprov.connection.application_name": case.name, "qprov.connection.server_id": lambda pid: pid in self.pg.backends[case.name]}
        if case.link.name == "unix":
            return {**want, "destination.address": f"{self.pg.dir}/.s.PGSQL.{self.pg.port}", "destination.ip": None, "source.port": None}
        return {**want, "destination.address": "127.0.0.1", "destination.ip": "127.0.0.1", "destination.port": self.pg.port,
                "source.ip": "127.0.0.1", "source.port": lambda port: port in self.pg.ports[case.name]}

    def truth(self, case):
        return self.logged.get(case.name) or case.sent or []


COPIED = 73  # bytes of a COPY of the whole table as text


def copied_bytes(n=COPIED, least=None):
    """The last COPY out was seen whole, or, where the client looked ahead, the rows before which it did not."""
    want = {"direction": "out", "state": "done", "bytes": n} if least is None else {"direction": "out", "state": "done", "bytes": least, "bytes_at_least": True}

    def expect(case, events):
        got = [e["qprov"]["copy"] for e in events if "copy" in e["qprov"]]
        return [] if got and got[-1] == want and all(c.get("bytes", 0) <= n for c in got) else [f"{got}"]
    return expect


def copied(n):
    def expect(case, events):
        rows = [e["db"].get("response", {}).get("returned_rows") for e in events]
        return [] if rows == [n] * len(events) else [f"rows {rows}"]
    return expect


def large_objects(case, events):
    """The server logs the functions by which libpq does it, the events name the calls of the program."""
    got = [re.sub(r"\d+|'.*?'", "?", e["db"]["query"].get("text", "")) for e in events]
    return [] if [g for g in got if "lo_" in g and "proname" not in g] == ["SELECT lo_import(?)", "SELECT lo_export(?, ?)", "SELECT lo_unlink(?)"] else [repr(got)]


def opened_and_read(case, events):
    got = [e["db"]["query"]["text"].split("(")[0] for e in events if e["qprov"]["query"].get("synthetic")]
    return [] if got == ["SELECT lo_creat", "SELECT lo_open"] else [repr(got)]


def sqlstate(case, events):
    got = {e["db"]["response"].get("status_code") for e in events}
    return [] if got == {"42703"} else [f"SQLSTATE {got}"]


def is_fetch(text):
    return text.startswith("FETCH")


def cursor(fetches):
    """The event of the DECLARE says how often was fetched."""
    def expect(case, events):
        got = [e["qprov"]["cursor"] for e in events if "cursor" in e["qprov"]]
        return [] if [(c["fetches"], c["end"]) for c in got] == [(fetches, "close")] else [f"cursors {got}"]
    return dict(touched=Counter(user_ip_log=1), rows=4, folded=is_fetch, expect=expect)


READ, RUN = "SELECT user_ip_log success parsed", "EXECUTE user_ip_log success parsed"
UNKNOWN = "- - failure dynamic"  # what runs was never seen, or is known no more


def cancelled(case, events):
    got = [(e["event"]["outcome"], e["qprov"]["query"].get("cancelled"), e["db"]["response"].get("status_code")) for e in events]
    return [] if got == [("failure", True, "57014")] else [f"{got}"]


def taken(state, outcome, least, most):
    """Rows of a COPY out that did not end well: counted from when the probe was there, which was while the client still read slowly."""
    def expect(case, events):
        got = [(e["event"]["outcome"], e["qprov"]["copy"], e["db"]["response"].get("returned_rows", 0)) for e in events]
        if len(got) != 1 or got[0][0] != outcome or not least <= got[0][2] <= most:
            return [f"{got}"]
        copy, rows = got[0][1], got[0][2]
        in_bytes = copy.pop("bytes", 0), copy.pop("bytes_at_least", False)
        want = {"direction": "out", "state": state, "rows_at_least": True}
        return [] if copy == want and in_bytes[1] and 10 * rows <= in_bytes[0] <= 13 * rows else [f"{got}"]
    return dict(touched=Counter(user_ip_log=1), expect=expect)


def copy_out_rows(c, client, **kw):
    """clients/pg_more.c: 2,000 rows of 100 bytes, after a slow COPY during which the probe comes."""
    kw = dict(touched=Counter(user_ip_log=2), rows=2005, **kw)
    return [
        Row(client, "COPY TO STDOUT, bytes", [c, "copy_waits"], expect=copied_bytes(200000), **kw),
        Row(client, "COPY TO STDOUT, not waiting", [c, "copy_asks"], expect=copied_bytes(200000), **kw),
        Row(client, "COPY TO STDOUT, looking ahead", [c, "copy_looks_ahead"], expect=copied_bytes(200000, 180000), **kw),
    ]


def session_rows(c, links=("unix",)):
    """clients/pg_more.c, which says what each way does."""
    def row(name, way, *want, fields={}, **kw):
        kw = {"texts": None, "touched": None, "links": list(links), **kw}
        return Row("C libpq", name, [c, way], expect=told(*want, **fields) if want else kw.pop("expect", None), **kw)

    contacts = "COPY contacts "
    copied_in = {"direction": "in", "bytes": 8000}
    return [
        row("name refused", "refused", "SELECT users failure parsed", READ, "PREPARE users failure parsed", RUN, failed=2, rows=8),
        row("name of SQL, of a call", "mixed", RUN, "DEALLOCATE - success parsed", "PREPARE users success parsed", "SELECT users success parsed"),
        row("DEALLOCATE", "deallocate", "DEALLOCATE - success parsed", UNKNOWN, failed=1),
        row("DEALLOCATE ALL", "deallocate_all", "DEALLOCATE - success parsed", UNKNOWN, failed=1),
        row("DISCARD ALL", "discard", "DISCARD - success parsed", UNKNOWN, failed=1),
        row("PQfinish, name used again", "again", UNKNOWN, failed=1, sent=["nothing: the server logs what it runs"]),
        row("PQreset, name used again", "reset", READ, UNKNOWN, failed=1),
        row("COPY FROM STDIN, bytes", "copy_in", contacts + "success parsed", fields={"copy": {**copied_in, "state": "done"}}),
        row("COPY, PQputCopyEnd(error)", "copy_given_up", contacts + "failure parsed", failed=1,
            fields={"copy": {**copied_in, "state": "failed", "given_up": True}}),
        row("COPY, PQfinish", "copy_finished", contacts + "unknown parsed", fields={"copy": {**copied_in, "state": "broken_off"}}),
        row("COPY, client killed", "copy_killed", contacts + "unknown parsed", dies=True,
            fields={"copy": {"direction": "in", "state": "broken_off", "bytes": 4096, "bytes_at_least": True}}),
        row("COPY TO STDOUT, client killed", "copy_out_killed", "COPY user_ip_log unknown parsed", dies=True,
            fields={"copy": {"direction": "out", "state": "broken_off"}}),
        row("COPY TO STDOUT, killed in the middle", "rows_killed", dies=True, **taken("broken_off", "unknown", 2048, 3500)),
        row("COPY TO STDOUT, PQfinish in the middle", "rows_finished", **taken("broken_off", "unknown", 3000, 3500)),
        row("COPY TO STDOUT, PQcancel in the middle", "rows_cancelled", failed=1, cancels={"unix"}, **taken("failed", "failure", 2047, 1 << 24)),
        *copy_out_rows(c, "C libpq", links=list(links)),
        row("cursor, client killed", "cursor_killed", "BEGIN - success parsed", "DECLARE user_ip_log success parsed", dies=True, rows=3,
            fields={"cursor": {"name": "k", "fetches": 2, "end": "process"}}),
        row("PQcancel", "cancel", links=["unix", "tcp", "tcp TLS"], failed=1, touched=Counter(user_ip_log=1), texts=True, expect=cancelled,
            cancels={"unix"}),
        row("4 threads", "threads", touched=Counter(user_ip_log=100), rows=400, texts=True, life="long"),
        row("lo_open, lo_read", "large_object", expect=opened_and_read),
        row("PQfn", "function", "- - unknown dynamic", sent=["PQfn"]),
    ]


LIBPQ = "/usr/lib/x86_64-linux-gnu/libpq.so.5"


def wheel(suite):
    """psycopg2 as its wheels are: with a libpq of its own under a name with a hash, which the module asks for. Where it lies, and the library."""
    if not shutil.which("patchelf") or not os.path.isdir("/usr/lib/python3/dist-packages/psycopg2"):
        skip("psycopg2 with a bundled libpq", "needs patchelf and psycopg2")
        return None, None
    site = os.path.join(suite.place(), "venv/lib/python3.11/site-packages")
    shutil.copytree("/usr/lib/python3/dist-packages/psycopg2", os.path.join(site, "psycopg2"))
    lib = os.path.join(site, "psycopg2_binary.libs", "libpq-e8a033dd.so.5.15")
    os.makedirs(os.path.dirname(lib))
    shutil.copy(LIBPQ, lib)
    module = glob.glob(os.path.join(site, "psycopg2/_psycopg*.so"))[0]
    subprocess.run(["patchelf", "--set-soname", os.path.basename(lib), lib], check=True)
    for change in (["--replace-needed", "libpq.so.5", os.path.basename(lib)], ["--set-rpath", "$ORIGIN/../psycopg2_binary.libs"]):
        subprocess.run(["patchelf", *change, module], check=True)
    return site, lib


def bundled(suite, g):
    site, lib = wheel(suite)
    if not site:
        return []

    def its_own(case, events):
        found = {e["qprov"]["probe"]["library"] for e in events}
        return [] if found == {lib} else [f"libraries {found}"]
    g.hooked = (lib,)
    rows = [suite.python("psycopg2", way, touched=THREE, rows=12, env={"PYTHONPATH": site}, expect=its_own) for way in ("simple", "params", "executemany")]
    for r in rows:
        r.client = "python psycopg2, bundled libpq"
    return rows


def tunnelled(suite, g, argv):
    """Through ssh: the event names the tunnel's near end, and the server's own number for the connection, as without it."""
    port = tunnel(suite.humans[0], g.pg.port)
    if not port:
        skip("psql through ssh", "needs ssh and sshd")
        return []
    here = {"destination.port": int(port), "source.port": bool}
    return [Row("psql, through an ssh tunnel", "-c", argv, touched=Counter(user_ip_log=1), rows=4, links=["tcp", "tcp TLS"],
                env={"PGPORT": port}, connection=here)]


def load(suite):
    g = Libpq()
    pg = g.pg
    psql, bench = f"{pg.bin}/psql", [f"{pg.bin}/pgbench", "-n", "-c", "1", "-t", "20"]
    script, work = os.path.join(pg.dir, "script.sql"), os.path.join(pg.dir, "work.sql")
    with open(script, "w") as f:
        f.write(f"{LIT};\n{JOIN};\n{HARMLESS};\n\\copy user_ip_log TO '/dev/null'\n")
    with open(work, "w") as f:
        f.write("SELECT ip FROM user_ip_log WHERE user_id = 1;\n")
    large = os.path.join(pg.dir, "large.sql")
    with open(large, "w") as f:
        f.write("INSERT INTO users VALUES " + ", ".join(f"({i}, 'name {i}')" for i in range(10, 500000)) + ";\n")
    c = compile_client("pg_client.c", ["pq"], ["/usr/include/postgresql"])
    more = compile_client("pg_more.c", ["pq", "pthread"], ["/usr/include/postgresql"])
    bench_rows = dict(touched=Counter(user_ip_log=20), rows=80, life="long")
    g.rows = [
        Row("psql", "-c", [psql, "-X", "-c", LIT], touched=Counter(user_ip_log=1), rows=4),
        Row("psql", "-c several", [psql, "-X", "-c", LIT + "; " + HARMLESS], touched=Counter(user_ip_log=1, users=1)),
        Row("psql", "-f", [psql, "-X", "-f", script], touched=Counter(user_ip_log=3, users=2)),
        Row("psql", "stdin", [psql, "-X"], text=f"{LIT};\n\\d user_ip_log\n{JOIN};\n"),
        Row("psql", "interactive", [psql, "-X", "-P", "pager=off"], typed=f"{LIT};\n{JOIN};\n\\q\n", touched=Counter(user_ip_log=2, users=1), rows=8),
        Row("psql", "FETCH_COUNT", [psql, "-X", "-v", "FETCH_COUNT=2", "-c", LIT], **cursor(3)),
        Row("psql", "SQL PREPARE", [psql, "-X"], text="PREPARE q AS " + LIT + ";\nEXECUTE q;\nEXECUTE q;\n", texts=False),
        Row("psql", "error", [psql, "-X", "-c", "SELECT ip FROM user_ip_log WHERE nothing = 1"], touched=Counter(user_ip_log=1), failed=1),
        Row("pgbench", "simple", bench + ["-M", "simple", "-f", work], **bench_rows),
        Row("pgbench", "extended", bench + ["-M", "extended", "-f", work], **bench_rows),
        Row("pgbench", "prepared", bench + ["-M", "prepared", "-f", work], **bench_rows),
        Row("psql", "\\copy, bytes", [psql, "-X"], text="\\copy user_ip_log to /dev/null\n" * 3, touched=THREE, rows=15, expect=copied_bytes()),
        Row("psql", "\\copy, CSV with header", [psql, "-X"], text="\\copy user_ip_log to /dev/null csv header\n" * 3, touched=THREE, rows=15,
            expect=copied_bytes(COPIED + len("id,user_id,ip\n"))),
        Row("pg_dump", "whole", [f"{pg.bin}/pg_dump", "-f", "/dev/null"]),
        Row("pg_dump", "-t, bytes", [f"{pg.bin}/pg_dump", "-f", "/dev/null", "-t", "user_ip_log"], expect=copied_bytes()),
        suite.python("psycopg2", "simple", touched=THREE, rows=12),
        suite.python("psycopg2", "params", touched=THREE, rows=12),
        suite.python("psycopg2", "named", **cursor(3)),
        suite.python("psycopg2", "executemany", touched=THREE, rows=12),
        suite.python("psycopg2", "copy", touched=THREE, rows=15, expect=copied_bytes()),
        suite.python("psycopg3", "simple", touched=THREE, rows=12),
        suite.python("psycopg3", "params", touched=THREE, rows=12, expect=parameters(["1"])),
        suite.python("psycopg3", "prepared", touched=THREE, rows=12, expect=parameters(["1"])),
        suite.python("psycopg3", "copy", touched=THREE, rows=15, expect=copied_bytes()),
        suite.python("psycopg3", "pipeline", touched=THREE, expect=parameters(["1"])),
        Row("C libpq", "PQexec", [c, "exec", "3"], touched=THREE, rows=12),
        Row("C libpq", "PQexec", [c, "exec", "200"], touched=Counter(user_ip_log=200), rows=800, life="long"),
        Row("C libpq", "PQexecParams", [c, "params", "3"], touched=THREE, rows=12, expect=parameters(["1"])),
        Row("C libpq", "PQprepare + PQexecPrepared", [c, "prepared", "3"], touched=THREE, rows=12, expect=parameters(["1"])),
        Row("C libpq", "PQexecParams, binary", [c, "binary", "3"], touched=THREE, rows=12,
            expect=parameters(["1", "2024-02-29", "text", None, "-12.5", "0.25", "t", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"])),
        Row("C libpq", "pipeline, three in flight", [c, "pipeline", "1"], touched=THREE, rows=12),
        Row("C libpq", "single-row mode", [c, "single", "3"], touched=THREE, rows=12),
        Row("C libpq", "PQexec, several statements", [c, "several", "3"], touched=Counter(user_ip_log=3, users=3)),
        Row("C libpq", "COPY FROM STDIN", [c, "copy_in", "3"], touched=Counter(contacts=3), expect=copied(2)),
        Row("C libpq", "COPY TO STDOUT", [c, "copy_out", "3"], touched=THREE, rows=15),
        Row("C libpq", "name prepared again", [c, "close", "1"], touched=Counter(user_ip_log=1, users=1), rows=4),
        Row("C libpq", "PQdescribePrepared", [c, "describe", "3"], touched=THREE, rows=12),
        Row("C libpq", "PQreset", [c, "reset", "2"], touched=Counter(user_ip_log=4), rows=16),
        Row("C libpq", "lo_import, lo_export", [c, "large_object", "1"], texts=None, expect=large_objects),
        *[Row("C libpq", f"comment of {n} bytes", [c, f"pad:{n}", "1"], touched=Counter(user_ip_log=1), rows=4, expect=whole, links=["unix"])
          for n in (65400, 65536, 1 << 20, 10 << 20)],
        Row("C libpq", "comment of 20 MiB", [c, "pad:20971520", "1"], texts=False, expect=cut, links=["unix"]),
        Row("psql", "values of 12 MB", [psql, "-X", "-q", "-f", large], touched=Counter(users=1), expect=uncut, links=["unix"]),
        Row("C libpq", "PQsendQuery", [c, "async", "3"], touched=THREE, rows=12),
        Row("C libpq", "PQexec, error", [c, "error", "3"], touched=THREE, failed=3, expect=sqlstate),
        *session_rows(more),
        *bundled(suite, g),
        *languages.libpq(suite, [str(link) for link in g.links]),
        *desktop.libpq(suite, g),
        *tunnelled(suite, g, [psql, "-X", "-c", LIT]),
        suite.python("asyncpg", "fetch", sent=[LIT] * 3, known_miss="speaks the protocol itself, without a client library", links=["unix"]),
    ]
    return [g]
