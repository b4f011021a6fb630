"""ODBC: unixODBC and iODBC over the drivers of PostgreSQL and MariaDB: a program in C for each way of calling, isql, pyodbc.

The manager, the driver and the client library below all have probes: one event for a statement, whose qprov.probe tells the layers.
"""
import os
from collections import Counter

import desktop
import languages
from harness import MariaDB, Postgres, compile_client, folder
from recall import Group, Link, Row
from social import LIT, SCHEMA

THREE, SIX = Counter(user_ip_log=3), Counter(user_ip_log=6)
WRONG = "SELECT ip FROM user_ip_log WHERE nothing = 1"
DRIVERS = "/usr/lib/x86_64-linux-gnu/odbc/"


def layers(symbol, driver, below):
    """The first event on the table names the manager's function, the driver's and the library's below it."""
    def expect(case, events):
        probes = [e["qprov"].get("probe", {}) for e in events if any(t["name"] == "user_ip_log" for t in e["qprov"].get("tables", []))]
        return [f"layers {p}" for p in probes if p.get("symbol") != symbol or f"{driver}:{symbol}" not in p.get("via", []) or
                not any(v in p.get("via", []) for v in below)][:1]
    return expect


class OverPostgres(Group):
    system = "postgresql"
    links = (Link("unix"), Link("tcp"))

    def __init__(self, driver):
        super().__init__()
        self.pg = Postgres()
        self.pg.psql(SCHEMA)
        os.chmod(self.pg.dir, 0o755)
        self.driver = DRIVERS + driver
        self.settings = folder()  # none: Debian's make the driver write a log of each connection into /tmp

    def env(self, case):
        return {**self.pg.env(case.name), "ODBCSYSINI": self.settings}

    def string(self, case, *more):
        host = self.pg.dir if case.link.name == "unix" else "127.0.0.1"
        return ";".join([f"DRIVER={self.driver}", f"SERVER={host}", f"PORT={self.pg.port}", "UID=postgres", "DATABASE=postgres", *more])

    def close(self):
        self.pg.stop()
        self.logged = self.pg.log()

    def truth(self, case):
        return self.logged.get(case.name, [])


class OverMariadb(Group):
    system = "mariadb"
    links = (Link("unix"), Link("tcp"))

    def __init__(self):
        super().__init__()
        self.db = MariaDB()
        self.db.sql("CREATE DATABASE social; USE social; " + SCHEMA)

    def begin(self, case):
        self.first = self.db.mark()

    def end(self, case):
        # What cannot be prepared is not logged as run.
        case.sent = [text for _, text in self.db.ran(self.first, self.db.mark())] + [WRONG] * case.row.failed

    def string(self, case, *more):
        where = f"SOCKET={self.db.socket}" if case.link.name == "unix" else f"SERVER=127.0.0.1;PORT={self.db.port}"
        return ";".join([f"DRIVER={DRIVERS}libmaodbc.so", where, "UID=root", "DATABASE=social", *more])


def rows(group, c, name, driver, below, wide=True, texts=True):
    def argv(way, times=3):
        return lambda case: [c, way, str(times), group.string(case)]

    direct = dict(touched=THREE, texts=texts, expect=layers("SQLExecDirect", driver, below))
    executed = dict(touched=THREE, texts=False, expect=layers("SQLExecute", driver, below))
    found = [
        Row(name, "SQLExecDirect", argv("direct"), rows=12, **direct),
        Row(name, "SQLExecDirect", argv("direct", 100), life="long", touched=Counter(user_ip_log=100), texts=texts),
        Row(name, "SQLExecDirect, length", argv("length"), rows=12, **direct),
        Row(name, "SQLPrepare + SQLExecute", argv("prepare"), **executed),
        Row(name, "SQLPrepare, never run", argv("unused"), **{**direct, "texts": False}),
        Row(name, "SQLExecDirect, error", argv("error"), touched=THREE, failed=3, texts=False),
        Row(name, "SQLColumns", argv("catalogue"), texts=False),
        Row(name, "SQLTables and seven others", argv("catalogues"), texts=False),
    ]
    if wide:
        found += [
            Row(name, "SQLExecDirectW", argv("wide"), touched=SIX, rows=24, texts=texts),
            Row(name, "SQLPrepareW + SQLExecute", argv("prepare-wide"), **executed),
            Row(name, "SQLTablesW and eight others", argv("catalogues-wide"), texts=False),
        ]
    return found


def by_name(group, c, name, string):
    """SQLConnect: the data source and the user are the program's words, whatever library tells the event."""
    ini = os.path.join(folder(0o755), "odbc.ini")
    with open(ini, "w") as f:
        f.write("[crm]\n" + "\n".join(part.replace("DRIVER", "Driver").replace("SERVER", "Servername").replace("=", " = ", 1) for part in string.split(";")) + "\n")

    def named(case, events):
        """All but what the driver says when it ends."""
        got = {e["qprov"]["connection"].get("data_source") for e in events if not e["db"]["query"]["text"].startswith("DEALLOCATE")}
        return [] if got == {"crm"} else [f"data sources {got}"]

    told = dict(touched=THREE, rows=12, texts=False, env={"ODBCINI": ini}, expect=named, links=["unix"],
                connection={"destination.user.name": "postgres"})
    return [Row(name, "SQLConnect", [c, "direct", "3", "crm/postgres"], **told),
            Row(name, "SQLConnectW", [c, "prepare-wide", "3", "crm/postgres"], **told)]


def load(suite):
    unix = compile_client("odbc_client.c", ["odbc"])
    iodbc = compile_client("odbc_client.c", [":libiodbc.so.2"], more=["-DWIDE32"])
    wide, ansi, maria = OverPostgres("psqlodbcw.so"), OverPostgres("psqlodbca.so"), OverMariadb()
    libpq, libmariadb = ("PQsendQuery", "PQsendQueryPrepared", "PQsendQueryParams"), ("mysql_real_query", "mysql_stmt_execute", "mariadb_stmt_execute_direct")
    wide.rows = rows(wide, unix, "C unixODBC, psqlODBC", "psqlodbcw.so", libpq)
    ansi.rows = rows(ansi, unix, "C unixODBC, psqlODBC ANSI", "psqlodbca.so", libpq)
    # Debian's drivers expect UTF-16 in their W functions, where iODBC hands down wchar_t: only the ANSI one goes with it.
    ansi.rows += rows(ansi, iodbc, "C iODBC, psqlODBC ANSI", "psqlodbca.so", libpq)
    wide.rows += by_name(wide, unix, "C unixODBC, psqlODBC", f"DRIVER={wide.driver};SERVER={wide.pg.dir};PORT={wide.pg.port};UID=postgres;DATABASE=postgres")
    maria.rows = rows(maria, unix, "C unixODBC, MariaDB", "libmaodbc.so", libmariadb, texts=False)
    for g in (wide, maria):
        g.rows += [
            Row("isql", "stdin", lambda case, g=g: ["/usr/bin/isql", "-b", "-k", g.string(case)], text=LIT + "\n", touched=Counter(user_ip_log=1), texts=False),
            suite.python("pyodbc", "simple", lambda case, g=g: [g.string(case)], touched=THREE, rows=12, texts=False),
            suite.python("pyodbc", "params", lambda case, g=g: [g.string(case)], touched=THREE, rows=12, texts=False),
            *languages.odbc(suite, lambda case, g=g: [g.string(case)], [str(link) for link in g.links]),
            *desktop.odbc(suite, lambda case, g=g: [g.string(case)], [str(link) for link in g.links]),
        ]
    return [wide, ansi, maria]
