"""FreeTDS: DB-Library, CT-Library, its ODBC driver under unixODBC, its tools. What answers is tests/e2e/tds_server.py, a stand-in: no free server
of this protocol is packaged; the client libraries are real."""
import json
import os
import subprocess
import sys
from collections import Counter

from harness import PYTHON, compile_client, folder, _closers
from recall import Group, Link, Row, parameters, whole
from rows_odbc import DRIVERS, layers
from social import LIT

HERE = os.path.dirname(os.path.abspath(__file__))
THREE = Counter(user_ip_log=3)
RPC = "EXEC read_user_ip_log"
TYPES = "SELECT ip FROM user_ip_log WHERE a = ? AND b = ? AND c = ? AND d = ? AND e = ?"
VALUES = ["ann", "-7", "9000000000", "1.5", "2026-11-25 04:15:00"]


class Tds(Group):
    system = "microsoft.sql_server"
    links = (Link("tcp", n=1), Link("tcp", n=2))  # once by each account

    def __init__(self):
        super().__init__()
        self.dir = folder(0o755)
        self.log = os.path.join(self.dir, "log")
        self.server = subprocess.Popen([PYTHON, os.path.join(os.path.dirname(HERE), "e2e", "tds_server.py"), self.log], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE)
        _closers.append(self.stop)
        self.port = int(self.server.stdout.readline())
        self.conf = os.path.join(self.dir, "freetds.conf")
        with open(self.conf, "w") as f:
            f.write(f"[standin]\nhost = 127.0.0.1\nport = {self.port}\ntds version = 7.4\nencryption = off\n")

        self.floor = {"ports": {"microsoft.sql_server": [self.port]}}

    def stop(self):
        if self.server.poll() is None:
            self.server.kill()
            self.server.wait()

    close = stop

    def env(self, case):
        return {"FREETDSCONF": self.conf}

    def begin(self, case):
        self.before = len(self.ran())

    def end(self, case):
        if case.sent is None:
            case.sent = self.ran()[self.before:]

    def ran(self):
        with open(self.log) as f:
            return [json.loads(line) for line in f]

    def string(self, case):
        return f"DRIVER={DRIVERS}libtdsodbc.so;SERVER=127.0.0.1;PORT={self.port};UID=sa;PWD=***;TDS_Version=7.4;Encryption=off"

    def connection(self, case):
        """What the program named; of DB-Library also what the connection itself knows."""
        found = {"destination.user.name": "sa"}
        if "ODBC" in case.row.client or case.row.client == "isql":
            return {**found, "destination.address": "127.0.0.1", "destination.port": self.port}
        if "CT-" in case.row.client:
            return {**found, "destination.address": "standin"}
        return {**found, "destination.address": "standin", "destination.ip": "127.0.0.1", "destination.port": self.port, "source.ip": "127.0.0.1",
                "db.namespace": "master"}


def bound(want):
    """What every event of the run says was bound."""
    def expect(case, events):
        got = [e["qprov"]["query"].get("parameters") for e in events]
        return [] if got and all(g == want for g in got) else [f"parameters {got}"]
    return expect


def odbc_rows(g, c):
    def argv(way, times=3):
        return lambda case: [c, way, str(times), g.string(case)]

    def told(symbol, *more):
        found = (layers(symbol, "libtdsodbc.so", (f"libtdsodbc.so:{symbol}",)), *more)
        return dict(touched=THREE, rows=12, expect=lambda case, events: [c for f in found for c in f(case, events)])

    def state(case, events):
        """The driver's SQLSTATE, that the manager asked for."""
        got = [e["db"].get("response", {}).get("status_code") for e in events]
        return [] if got == ["42S22"] * 3 else [f"states {got}"]

    return [
        Row("C unixODBC, FreeTDS", "SQLExecDirect", argv("direct"), **told("SQLExecDirect")),
        Row("C unixODBC, FreeTDS", "SQLExecDirect", argv("direct", 100), touched=Counter(user_ip_log=100), rows=400, life="long"),
        Row("C unixODBC, FreeTDS", "SQLExecDirect, length", argv("length"), **told("SQLExecDirect")),
        Row("C unixODBC, FreeTDS", "SQLExecDirectW", argv("wide"), touched=Counter(user_ip_log=6), rows=24),
        Row("C unixODBC, FreeTDS", "SQLExecDirectW, 200,000 characters", argv("wide-long"), touched=THREE, rows=12, expect=whole),
        Row("C unixODBC, FreeTDS", "SQLPrepare + SQLExecute", argv("prepare"), sent=[LIT.replace("= 1", "= ?")] * 3, **told("SQLExecute", parameters(["1"]))),
        Row("C unixODBC, FreeTDS", "SQLPrepareW + SQLExecute", argv("prepare-wide"), sent=[LIT.replace("= 1", "= ?")] * 3, **told("SQLExecute", parameters(["1"]))),
        Row("C unixODBC, FreeTDS", "SQLPrepare, never run", argv("unused"), **told("SQLExecDirect")),
        Row("C unixODBC, FreeTDS", "SQLExecDirect, error", argv("error"), touched=THREE, failed=3, expect=state),
        Row("C unixODBC, FreeTDS", "SQLPrepare, all types", argv("types"), sent=[TYPES] * 3, expect=bound(VALUES)),
        Row("C unixODBC, FreeTDS", "SQLMoreResults", argv("more"), touched=THREE, rows=24, sent=[LIT + "; " + LIT] * 3),
        Row("C unixODBC, FreeTDS", "SQLColumns", argv("catalogue", 1), sent=["CALL SQLColumns('user_ip_log')"]),
        Row("isql", "stdin", lambda case: ["/usr/bin/isql", "-b", "-k", g.string(case)], text=LIT + "\n", touched=Counter(user_ip_log=1), rows=4),
    ]


def load(suite):
    g = Tds()
    db, ct = compile_client("db_client.c", ["sybdb"]), compile_client("ct_client.c", ["ct"])
    login = ["-S", "standin", "-U", "sa", "-P", "***"]  # as qprov writes it
    out = "SELECT * FROM user_ip_log"
    asked = ["set textsize 4096 ", "SET FMTONLY ON select * from user_ip_log SET FMTONLY OFF"]  # freebcp's own
    data = os.path.join(g.dir, "data")
    with open(data, "w") as f:
        f.write("203.0.113.9\n")
    g.rows = odbc_rows(g, compile_client("odbc_client.c", ["odbc"])) + [
        Row("C DB-Library", "dbcmd, dbfcmd, dbsqlexec", [db, "exec", "3", "standin"], touched=THREE, rows=12),
        Row("C DB-Library", "dbcmd, dbfcmd, dbsqlexec", [db, "exec", "100", "standin"], touched=Counter(user_ip_log=100), rows=400, life="long"),
        Row("C DB-Library", "dbsqlsend", [db, "send", "3", "standin"], touched=THREE, rows=12),
        Row("C DB-Library", "dbrpcinit, dbrpcsend", [db, "rpc", "3", "standin"], sent=[RPC] * 3),
        Row("C DB-Library", "dbrpcparam", [db, "rpc-param", "3", "standin"], sent=[RPC] * 3, expect=bound(["7", "ann"])),
        Row("C DB-Library", "dbuse", [db, "use", "3", "standin"]),
        Row("C DB-Library", "bcp out", [db, "bcp-out", "3", "standin"], touched=THREE, rows=12, sent=[out] * 3),
        Row("C CT-Library", "ct_command", [ct, "command", "3", "standin"], touched=THREE, rows=12),
        Row("C CT-Library", "ct_command, length", [ct, "length", "3", "standin"], touched=THREE, rows=12),
        Row("C CT-Library", "ct_command, RPC", [ct, "rpc", "3", "standin"], sent=[RPC] * 3),
        Row("C CT-Library", "ct_param", [ct, "param", "3", "standin"], sent=[RPC] * 3, expect=bound(["7", "ann", "ann and more", "1.5", None, "?"])),
        Row("C CT-Library", "ct_setparam", [ct, "setparam", "3", "standin"], sent=[RPC] * 3, expect=bound(["7", "ann", "ann", None])),
        Row("C CT-Library", "ct_dynamic", [ct, "dynamic", "3", "standin"], touched=THREE, rows=12, sent=[LIT] * 3),
        Row("defncopy", "an object", ["/usr/bin/defncopy", *login, "user_ip_log"]),
        Row("tsql", "stdin", ["/usr/bin/tsql", *login], text=LIT + "\ngo\nexit\n", known_miss="the protocol is linked into it"),
        Row("bsqldb", "stdin", ["/usr/bin/bsqldb", *login], text=LIT + "\n", touched=Counter(user_ip_log=1), rows=4),
        Row("fisql", "stdin", ["/usr/bin/fisql", *login], text=LIT + "\ngo\nexit\n", touched=Counter(user_ip_log=1), rows=4),
        Row("freebcp", "out", ["/usr/bin/freebcp", "user_ip_log", "out", "/dev/null", "-c", *login], touched=Counter(user_ip_log=2),
            sent=[*asked, out]),
        Row("freebcp", "in", ["/usr/bin/freebcp", "user_ip_log", "in", data, "-c", *login], touched=Counter(user_ip_log=2),
            sent=[*asked, f"BULK INSERT user_ip_log FROM '{data}'"]),
    ]
    return [g]
