"""The client libraries of other Debian releases, in root folders of their own (tests/releases/roots.py), against the servers of this one:
libpq, libmariadb, Oracle's libmysqlclient, SQLite; a program in C for each way of calling, psql, mariadb, sqlite3; TCP, TLS.

A process that lives in the root is there before the agent, as in a container: by it the agent finds what is installed there.
"""
import glob
import os
import socket
import subprocess
import sys
from collections import Counter

from harness import CLIENTS, _closers, dataset, skip
from recall import Link, Row, parameters, told, unpacked
import rows_libpq
import rows_mysql
import rows_sqlite
from social import JOIN, LIT, make_sqlite

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "releases"))
import roots  # noqa: E402

THREE = Counter(user_ip_log=3)
LIBRARIES = {"libpq": ["libpq5"], "libmariadb": ["libmariadb3"], "libmysqlclient": ["libmysqlclient24"], "libsqlite3": ["libsqlite3-0"],
             "mariadb": ["mariadb-client-core-10.5", "mariadb-client-core"]}


def build(root, name, source, libs, include=(), more=()):
    return roots.compile_client(root, os.path.join(CLIENTS, source), libs, [f"-I{root}/{i}" for i in include] + list(more), name)


class Libpq(rows_libpq.Libpq):
    links = (Link("tcp"), Link("tcp", tls=True))


class Mysql(rows_mysql.Mysql):
    links = (Link("tcp"), Link("tcp", tls=True))
    shell = "/usr/bin/mariadb"

    def prepare(self, agent):
        """Programs in other roots are hooked when they first run, libraries before: this one has its library inside."""
        def hooked(events):
            return sum(e["qprov"]["coverage"].get("path") == self.shell and "delay_us" in e["qprov"]["coverage"] for e in dataset(events, "coverage"))
        with socket.create_server(("127.0.0.1", 0)) as mute:  # it waits for the first word of a server
            for n, root in enumerate(sorted({r.root for r in self.rows})):
                p = subprocess.Popen(["chroot", root, self.shell, "--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", "-P", str(mute.getsockname()[1])],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                agent.wait_events(lambda ev: hooked(ev) > n, f"{root}{self.shell} hooked")
                p.kill()
                p.wait()


class Oracle(rows_mysql.Mysql):
    """Oracle's library calls itself mysql, whoever serves it. It knows no way of login that MariaDB has, too, but to be known by the socket: so the
    accounts of this machine are those of the server, whose folder is there in the client's root."""
    system = "mysql"
    links = (Link("unix"),)

    def __init__(self, root, humans):
        super().__init__()
        for h in humans:
            self.db.sql(f"CREATE USER '{h.name}'@localhost IDENTIFIED VIA unix_socket; GRANT ALL ON *.* TO '{h.name}'@localhost")
        there = root + os.path.dirname(self.db.socket)
        os.makedirs(there)
        _closers.append(lambda: os.rmdir(there))
        subprocess.run(["mount", "--bind", os.path.dirname(self.db.socket), there], check=True)
        _closers.append(lambda: subprocess.run(["umount", "-l", there], check=True))

    def env(self, case):
        return {"MYUSER": case.human.name}

    def connection(self, case):
        return {**super().connection(case), "destination.user.name": case.human.name}


def libpq_rows(root, label):
    c = build(root, "pg_client", "pg_client.c", ["pq"], ["usr/include/postgresql"])
    more = build(root, "pg_more", "pg_more.c", ["pq", "pthread"], ["usr/include/postgresql"])
    psql = glob.glob(root + "/usr/lib/postgresql/*/bin/psql")[0][len(root):]
    version = int(psql.split("/")[4])
    psql = [psql, "-X"]

    def row(way, argv, client=f"C libpq, {label}", **kw):
        return Row(client, way, argv, root=root, **kw)

    rows = [
        row("-c", psql + ["-c", LIT], f"psql, {label}", touched=Counter(user_ip_log=1), rows=4),
        row("stdin", psql, f"psql, {label}", text=f"{LIT};\n{JOIN};\n", touched=Counter(user_ip_log=2, users=1), rows=8),
        row("FETCH_COUNT", psql + ["-v", "FETCH_COUNT=2", "-c", LIT], f"psql, {label}",
            **(rows_libpq.cursor(3) if version < 17 else dict(touched=Counter(user_ip_log=1), rows=4))),
        row("\\copy", psql + ["-c", "\\copy user_ip_log to /dev/null"], f"psql, {label}", touched=Counter(user_ip_log=1), rows=5),
        row("PQexec", [c, "exec", "3"], touched=THREE, rows=12),
        row("PQexecParams", [c, "params", "3"], touched=THREE, rows=12, expect=parameters(["1"])),
        row("PQprepare + PQexecPrepared", [c, "prepared", "3"], touched=THREE, rows=12, expect=parameters(["1"])),
        row("PQsendQuery", [c, "async", "3"], touched=THREE, rows=12),
        row("single-row mode", [c, "single", "3"], touched=THREE, rows=12),
        row("COPY FROM STDIN", [c, "copy_in", "3"], touched=Counter(contacts=3), expect=rows_libpq.copied(2)),
        row("COPY TO STDOUT", [c, "copy_out", "3"], touched=THREE, rows=15),
        *[r for r in rows_libpq.copy_out_rows(more, f"C libpq, {label}", root=root)],
        row("PQexec, error", [c, "error", "3"], touched=THREE, failed=3, expect=rows_libpq.sqlstate),
        row("PQreset", [c, "reset", "2"], touched=Counter(user_ip_log=4), rows=16),
        row("PQcancel", [more, "cancel"], failed=1, touched=Counter(user_ip_log=1), expect=rows_libpq.cancelled, cancels={"unix"}),
        row("name refused", [more, "refused"], texts=None, failed=2, rows=8),
        row("4 threads", [more, "threads"], touched=Counter(user_ip_log=100), rows=400, life="long"),
    ]
    if version >= 14:
        rows.append(row("pipeline, three in flight", [c, "pipeline", "1"], touched=THREE, rows=12))
    if version >= 17:
        rows += [
            row("PQsetChunkedRowsMode", [more, "chunked"], touched=Counter(user_ip_log=1), rows=4),
            row("PQclosePrepared", [more, "close"], texts=None, failed=1, expect=told(rows_libpq.READ, rows_libpq.UNKNOWN)),
            row("PQcancelBlocking", [more, "cancel_blocking"], failed=1, touched=Counter(user_ip_log=1), expect=rows_libpq.cancelled,
                cancels={"unix", "tcp TLS"}),
        ]
    return rows


def mysql_rows(g, root, label, c, client, oracle=False):
    def row(way, argv, name=client, **kw):
        return Row(f"{name}, {label}", way, argv, root=root, **kw)

    def program(way, times=3):
        return lambda case: [c, way, str(times), *g.target(case)]

    def shell(*more):
        return lambda case: ["/usr/bin/mariadb", "--no-defaults", "-u", "root", *g.options(case), "social", *more]

    rows = [
        row("mysql_query", program("query"), touched=THREE, rows=12),
        row("mysql_real_query", program("real_query"), touched=THREE, rows=12),
        row("mysql_use_result", program("use_result"), touched=THREE, rows=12),
        row("mysql_stmt_*", program("stmt"), touched=THREE, rows=12, texts=False, expect=parameters(["1"])),
        row("mysql_stmt_*, types", program("types"), touched=THREE, texts=False,
            expect=parameters(["1", "-2", "text", None, "2.5", "2024-02-29 12:34:56", "18446744073709551615", "long long data"])),
        row("several statements", program("several"), touched=Counter(user_ip_log=3, users=3), rows=15),
        row("cursor", program("cursor"), touched=THREE, rows=12, texts=False),
        row("cursor, left after two rows", program("cursor_left"), touched=THREE, rows=6, texts=False),
        row("mysql_stmt_fetch, not stored", program("unstored"), touched=THREE, rows=12, texts=False),
        row("LOAD DATA LOCAL", program("load_local"), touched=Counter(contacts=3), expect=rows_mysql.local_file),
        row("mysql_select_db", program("select_db", 1), connection={"db.namespace": "mysql"}),
        row("mysql_query, error", program("error"), touched=THREE, failed=3),
    ]
    if not oracle:
        rows += [row("mysql_change_user", program("change_user", 1), touched=Counter(user_ip_log=1), rows=4, connection={"destination.user.name": "other"}),
                 row("mariadb_stmt_execute_direct", program("direct"), touched=THREE, texts=False),
                 row("-e", shell("-e", LIT), "mariadb", touched=Counter(user_ip_log=1), rows=4),
                 row("stdin", shell(), "mariadb", text=f"{LIT};\n{JOIN};\n", touched=Counter(user_ip_log=2, users=1), rows=8)]
    return rows


class Sqlite(rows_sqlite.Sqlite):
    links = (Link("file", n=1),)

    def __init__(self, root):
        super().__init__()
        self.path = "/tmp/social.db"
        make_sqlite(root + self.path) if not os.path.exists(root + self.path) else None


# Releases whose shell has SQLite inside, stripped.
INSIDE = {"bullseye", "sid"}
# What the shell asks for itself, of a database that is no file.
ASKS = {"sid": ["SELECT count(*) FROM sqlite_schema"]}


def sqlite_rows(g, root, release, label):
    c = build(root, "lite_client", "lite_client.c", ["sqlite3"])
    path = g.path

    def row(way, argv, client=f"C sqlite3, {label}", **kw):
        kw = {"touched": THREE, "sent": [LIT] * 3, **kw}
        return Row(client, way, argv, root=root, **kw)

    if release in INSIDE:
        g.hooked = (root + "/usr/bin/sqlite3",)
    return [
        row("argument", ["/usr/bin/sqlite3", path, LIT], f"sqlite3, {label}", touched=Counter(user_ip_log=1), sent=[*ASKS.get(release, []), LIT],
            connection={"file.path": lambda p: p == path or (p is None and release in ASKS)}),
        row("sqlite3_exec", [c, "exec", "3", path]),
        row("prepare, step, finalize", [c, "step", "3", path]),
        row("step, reset, step", [c, "reset", "3", path]),
        row("bind", [c, "bind", "3", path], sent=[rows_sqlite.BOUND] * 3, expect=parameters(["1", "text", None, "-2.5", "9007199254740993", "?"])),
        row("sqlite3_get_table", [c, "get_table", "3", path]),
        row("sqlite3_blob_open", [c, "blob", "3", path], sent=['SELECT "ip" FROM "user_ip_log" WHERE rowid = 1'] * 3),
        row("UTF-16", [c, "wide", "3", path]),
    ]


def live_in(root):
    """A process whose root it is, until the end."""
    program = build(root, "wait_stdin", "wait_stdin.c", [])
    p = subprocess.Popen(["chroot", root, program], stdin=subprocess.PIPE)
    _closers.append(lambda: (p.stdin.close(), p.wait()))


def load(suite):
    found = {}
    for release, label in roots.SUITES.items():
        try:
            found[roots.root_of(release)] = (release, label)
        except (roots.Unreachable, OSError, subprocess.CalledProcessError) as e:  # no network, or a container that may make no device
            skip(f"releases, {label}", e)
    if not found:
        return []
    pg, my, groups = Libpq(), Mysql(), []
    groups += [pg, my]
    for root, (release, label) in found.items():
        roots.accounts(root, suite.humans)
        live_in(root)
        for library, packages in LIBRARIES.items():
            unpacked[(root, library)] = f"{roots.package(root, packages)}, {label}"
        pg.rows += libpq_rows(root, label)
        my.rows += mysql_rows(my, root, label, build(root, "my_client", "my_client.c", ["mariadb"], ["usr/include/mariadb"]), "C libmariadb")
        lite = Sqlite(root)
        lite.rows = sqlite_rows(lite, root, release, label)
        groups.append(lite)
        if release in roots.ALONE:
            try:
                oracle = Oracle(root, suite.humans)
            except subprocess.CalledProcessError as e:
                skip(f"libmysqlclient, {label}", f"the server's folder cannot be mounted there: {e}")
                continue
            c = build(root, "mysql_client", "my_client.c", [":libmysqlclient.so.24"], [roots.MYSQL + "/usr/include/mysql", roots.MYSQL + "/usr/include"])
            oracle.rows = mysql_rows(oracle, root, label, c, "C libmysqlclient", oracle=True)
            groups.append(oracle)
    return groups
