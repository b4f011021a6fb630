"""What else of a workstation goes through the same libraries: Qt's SQL plugins, Tcl's TDBC, APSW, the shells pgcli, litecli,
SpatiaLite and SQLCipher. Rows for the modules of their families.
"""
import os
from collections import Counter

from harness import PYTHON, folder
from languages import asked, in_turn
from recall import Row, parameters
from social import LIT

ONE, THREE = Counter(user_ip_log=1), Counter(user_ip_log=3)
BOUND = LIT.replace("= 1", "= ?")
READ = dict(touched=THREE, rows=12)
# They ask for much besides what they are told to: that this was asked is compared, not that nothing else was.
TOLD = dict(touched=None, rows=None, texts=None, failed=None)


def qt(suite, driver, way, target=(), **kw):
    script = suite.script("qt_client.py")
    return Row(f"Qt {driver}", way, lambda case: [PYTHON, script, driver, way, *(target(case) if callable(target) else target)],
               needs="python PyQt5.QtSql", **kw)


def tcl(suite, driver, way, target=(), **kw):
    script = suite.script("tcl_client.tcl")
    return Row(f"Tcl tdbc::{driver}", way, lambda case: ["/usr/bin/tclsh8.6", script, driver, way, *(target(case) if callable(target) else target)],
               needs="tcl " + driver, **kw)


def home():
    """A folder of each account's own, for what a program keeps there."""
    where = folder(0o777)

    def of(case):
        path = os.path.join(where, case.human.name)
        if not os.path.isdir(path):
            os.mkdir(path)
            os.chown(path, case.human.uid, -1)
        return path
    return {"HOME": of}


def python_tool(name, args, **kw):
    """A program whose first line asks for Python."""
    def became(case):
        return ["/usr/bin/python3", f"/usr/bin/{name}", *(args(case) if callable(args) else args)]
    return Row(name, kw.pop("way"), lambda case: became(case)[1:], became=became, needs=f"program /usr/bin/{name}", env=home(), **kw)


def libpq(suite, g):
    links = [str(link) for link in g.links]
    # It sends numbers as binary without saying of which type: the server knows that from the statement.
    bound = dict(touched=THREE, rows=12, expect=parameters(["?"]))

    return [*in_turn([qt(suite, "QPSQL", "simple", **READ), qt(suite, "QPSQL", "prepared", touched=Counter(user_ip_log=6), rows=12), qt(suite, "QPSQL", "forward", **READ)], links),
            *in_turn([tcl(suite, "postgres", "allrows", texts=False, **READ), tcl(suite, "postgres", "params", texts=False, **bound)], ["unix", "tcp"]),
            python_tool("pgcli", [], way="interactive", typed=LIT + ";\n\\q\n", links=["unix"], sent=[LIT], expect=asked(LIT),
                        connection={"qprov.connection.application_name": "pgcli", "qprov.connection.server_id": bool}, **TOLD)]


def mysql(suite, g):
    links = ["unix", "tcp"]  # this plugin knows TLS by certificates only
    bound = dict(touched=THREE, rows=12, texts=False, expect=parameters(["1"]))
    return [*in_turn([qt(suite, "QMYSQL", "simple", g.target, links=links, **READ), qt(suite, "QMYSQL", "prepared", g.target, **bound)], links),
            *[tcl(suite, "mysql", way, g.target, links=[link], **more) for way, link, more in
              (("allrows", "unix", dict(READ, texts=False)), ("params", "tcp", bound))]]


def sqlite(suite, path):
    bound = dict(touched=THREE, sent=[BOUND] * 3, expect=parameters(["1"]))
    return [qt(suite, "QSQLITE", "simple", [path], touched=THREE, sent=[LIT] * 3),
            qt(suite, "QSQLITE", "prepared", [path], **{**bound, "sent": [LIT.replace("= 1", "= :a")] * 3}),
            tcl(suite, "sqlite3", "allrows", [path], touched=THREE, sent=[LIT] * 3),
            tcl(suite, "sqlite3", "params", [path], **{**bound, "sent": [LIT.replace("= 1", "= :id")] * 3}),
            suite.python("apsw", "simple", [path], touched=THREE, sent=[LIT] * 3), suite.python("apsw", "params", [path], **bound),
            python_tool("litecli", ["-e", LIT, path], way="-e", sent=[LIT], expect=asked(LIT), **TOLD),
            Row("spatialite", "argument", ["/usr/bin/spatialite", path, LIT], needs="program /usr/bin/spatialite", sent=[LIT], expect=asked(LIT),
                connection={"file.path": lambda p: p in (path, None) or p.endswith("/proj.db")}, **TOLD),
            # SQLite 3.15 inside, which does not count how often a statement ran
            Row("sqlcipher", "argument", ["/usr/bin/sqlcipher", path, LIT], touched=ONE, needs="program /usr/bin/sqlcipher", sent=[LIT],
                connection={"file.path": None})]


def odbc(suite, string, links):
    read = dict(touched=THREE, rows=12, texts=False)
    return [row for rows in ([qt(suite, "QODBC", "simple", string, **read), qt(suite, "QODBC", "prepared", string, **read)],
                             [tcl(suite, "odbc", "allrows", string, **read), tcl(suite, "odbc", "params", string, **read)]) for row in in_turn(rows, links)]
