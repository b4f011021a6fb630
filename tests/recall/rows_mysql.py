"""libmariadb and libmysqlclient: the mariadb shell, MySQLdb, a program in C for each way of calling; UNIX socket, TCP, TLS."""
from collections import Counter

import desktop
import languages
from harness import MariaDB, compile_client
from recall import Group, Link, Row, parameters, whole
from social import JOIN, LIT, SCHEMA

THREE = Counter(user_ip_log=3)


class Mysql(Group):
    system = "mariadb"
    links = (Link("unix"), Link("tcp"), Link("tcp", tls=True))

    def __init__(self):
        super().__init__()
        self.db = MariaDB(tls=True)
        self.db.sql("CREATE DATABASE social; USE social; " + SCHEMA)
        self.db.sql("CREATE ROLE analyst")
        self.db.sql("CREATE USER other@'%'; CREATE USER other@localhost; GRANT ALL ON social.* TO other@'%'; GRANT ALL ON social.* TO other@localhost")
        self.floor = {"ports": {"mysql": [self.db.port]}, "sockets": {"mysql": [self.db.socket]}}

    def begin(self, case):
        case.first = self.db.mark()

    def end(self, case):
        case.last = self.db.mark()
        case.sent = [text for _, text in self.db.ran(case.first, case.last)]

    def connection(self, case):
        want = {"db.namespace": "social", "destination.user.name": "root", "qprov.connection.tls": case.link.tls,
                "qprov.connection.server_id": lambda n: n is not None and case.first < n < case.last}
        if case.link.name == "unix":
            return {**want, "destination.address": self.db.socket, "destination.ip": None, "source.port": None}
        return {**want, "destination.address": "127.0.0.1", "destination.ip": "127.0.0.1", "destination.port": self.db.port,
                "source.ip": "127.0.0.1"}

    def target(self, case):
        """What the clients of tests/e2e/clients get: the socket's path, or host:port with ":tls"."""
        if case.link.name == "unix":
            return [self.db.socket]
        return [f"127.0.0.1:{self.db.port}" + (":tls" if case.link.tls else "")]

    def options(self, case):
        """The same as options of the shell and its kin."""
        if case.link.name == "unix":
            return ["-S", self.db.socket, "--skip-ssl"]  # it would encrypt here too
        return ["--protocol=tcp", "-h", "127.0.0.1", "-P", str(self.db.port)] + (["--ssl"] if case.link.tls else ["--skip-ssl"])


def last_session(database, role):
    """The last event's database, and the role that a statement set."""
    def expect(case, events):
        e = events[-1] if events else {}
        got = (e.get("db", {}).get("namespace"), e.get("qprov", {}).get("session", {}).get("role"))
        return [] if got == (database, role) else [f"database and role {got}"]
    return expect


def local_file(case, events):
    got = [[f["path"] for f in e["qprov"].get("external", [])] for e in events]
    return [] if got == [["/dev/null"]] * 3 else [f"files {got}"]


def load(suite):
    g = Mysql()
    c = compile_client("my_client.c", ["mariadb"], ["/usr/include/mariadb"])

    def shell(*more):
        return lambda case: ["/usr/bin/mariadb", "--no-defaults", "-u", "root", *g.options(case), "social", *more]

    def program(way, times=3):
        return lambda case: [c, way, str(times), *g.target(case)]

    g.rows = [
        Row("mariadb", "-e", shell("-e", LIT), touched=Counter(user_ip_log=1), rows=4),
        Row("mariadb", "-e several", shell("-e", LIT + "; " + JOIN), touched=Counter(user_ip_log=2, users=1), rows=8),
        Row("mariadb", "stdin", shell(), text=f"{LIT};\n{JOIN};\n", touched=Counter(user_ip_log=2, users=1), rows=8),
        Row("mariadb", "interactive", shell(), typed=f"{LIT};\n{JOIN};\nexit\n", touched=Counter(user_ip_log=2, users=1), rows=8),
        suite.python("MySQLdb", "simple", g.target, touched=THREE, rows=12),
        suite.python("MySQLdb", "params", g.target, touched=THREE, rows=12),
        suite.python("MySQLdb", "executemany", g.target, touched=THREE),
        Row("C libmariadb", "mysql_query", program("query"), touched=THREE, rows=12),
        Row("C libmariadb", "mysql_query", program("query", 200), touched=Counter(user_ip_log=200), rows=800, life="long"),
        Row("C libmariadb", "mysql_real_query", program("real_query"), touched=THREE, rows=12),
        Row("C libmariadb", "mysql_use_result", program("use_result"), touched=THREE, rows=12),
        Row("C libmariadb", "mysql_stmt_*", program("stmt"), touched=THREE, rows=12, texts=False, expect=parameters(["1"])),
        Row("C libmariadb", "mysql_stmt_*, types", program("types"), touched=THREE, texts=False,
            expect=parameters(["1", "-2", "text", None, "2.5", "2024-02-29 12:34:56", "18446744073709551615", "long long data"])),
        Row("C libmariadb", "mariadb_stmt_execute_direct", program("direct"), touched=THREE, texts=False),
        Row("C libmariadb", "several statements", program("several"), touched=Counter(user_ip_log=3, users=3), rows=15),
        Row("C libmariadb", "cursor", program("cursor"), touched=THREE, rows=12, texts=False),
        Row("C libmariadb", "cursor, left after two rows", program("cursor_left"), touched=THREE, rows=6, texts=False),
        Row("C libmariadb", "mysql_stmt_fetch, not stored", program("unstored"), touched=THREE, rows=12, texts=False),
        Row("C libmariadb", "bound to arrays", program("bulk", 1), touched=Counter(user_ip_log=1), texts=None, expect=parameters(["?", "?"])),
        Row("C libmariadb", "LOAD DATA LOCAL", program("load_local"), touched=Counter(contacts=3), expect=local_file),
        Row("C libmariadb", "mysql_change_user", program("change_user", 1), touched=Counter(user_ip_log=1), rows=4, connection={"destination.user.name": "other"}),
        Row("C libmariadb", "mysql_select_db", program("select_db", 1), connection={"db.namespace": "mysql"}),
        Row("C libmariadb", "mysql_select_db after USE", program("use_select_db", 1), touched=Counter(user_ip_log=1), rows=4,
            connection={"db.namespace": lambda name: name in ("mysql", "social")}, expect=last_session("social", None)),
        Row("C libmariadb", "SET ROLE, mysql_reset_connection", program("reset", 1), touched=Counter(user_ip_log=1), rows=4, links=["unix"],
            expect=last_session("social", None)),
        Row("C libmariadb", "comment of 1 MiB", program("pad:1048576", 1), touched=Counter(user_ip_log=1), rows=None, texts=False, expect=whole),
        Row("C libmariadb", "mysql_query, error", program("error"), touched=THREE, failed=3),
        *languages.mysql(suite, g),
        *desktop.mysql(suite, g),
        Row("mariadb-dump", "whole", lambda case: ["/usr/bin/mariadb-dump", "--no-defaults", "-u", "root", *g.options(case), "social"],
            known_miss="the client library is linked in and stripped", links=["unix"]),
        suite.python("pymysql", "simple", g.target, known_miss="speaks the protocol itself, without a client library", links=["unix"]),
    ]
    return [g]
