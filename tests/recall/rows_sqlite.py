"""SQLite: the shell, Python's module, a program in C for each way of calling. Nothing logs: a row says what the program runs."""
import os
import subprocess
from collections import Counter

import desktop
import languages
from harness import CLIENTS, compile_client, folder
from recall import Group, Link, Row, parameters, whole
from social import HARMLESS, JOIN, LIT, make_sqlite

THREE = Counter(user_ip_log=3)
BOUND = "SELECT ip, ?2, ?3, ?4, ?5, ?6 FROM user_ip_log WHERE user_id = ?1"
PADDED = "SELECT /*" + "x" * 900000 + "*/ ip FROM user_ip_log WHERE user_id = 1"


def alert(case, events):
    return [] if all(e["event"]["kind"] == "alert" for e in events) else ["no alert"]


class Sqlite(Group):
    system = "sqlite"
    links = (Link("file", n=1), Link("file", n=2))  # once by each account

    def __init__(self):
        super().__init__()
        self.path = os.path.join(folder(0o777), "social.db")
        make_sqlite(self.path)
        make_sqlite(self.path + "-other")

    def connection(self, case):
        return {"file.path": self.path, "destination": None}


FULL_TEXT = [text for name, kind in (("a", "fts4"), ("b", "fts5")) for text in
             (f"CREATE VIRTUAL TABLE temp.{name} USING {kind}(body)", f"INSERT INTO {name} VALUES ('one two')",
              f"SELECT body FROM {name} WHERE {name} MATCH 'two'")]


OTHER = "SELECT ip FROM other.user_ip_log WHERE user_id = 1"


# Each run copies to a file of its own.
COPY = f"VACUUM INTO '{folder(0o777)}/' || hex(randomblob(8))"


def no_words(case, events):
    """What a statement that is not understood says of tables: not each word of it."""
    return alert(case, events) + [f"tables {e['qprov']['tables']}" for e in events if e["qprov"].get("tables")]


def other_file(path):
    def expect(case, events):
        got = [t.get("file") for e in events for t in e["qprov"].get("tables", [])]
        return [] if got == [path + "-other"] * 3 else [f"files {got}"]
    return expect


def static(suite, *flags):
    """SQLite inside the program, as it is linked into many: found by its symbols, or without them by its table for extensions."""
    out = os.path.join(suite.place(), "lite_static")
    p = subprocess.run(["gcc", "-O1", "-static", *flags, "-o", out, os.path.join(CLIENTS, "lite_client.c"), "-l:libsqlite3.a", "-lm", "-lpthread", "-ldl"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return out if p.returncode == 0 else None


def load(suite):
    g = Sqlite()
    path, target = g.path, [g.path]
    c = compile_client("lite_client.c", ["sqlite3"])
    g.rows = [
        Row("sqlite3", "argument", ["/usr/bin/sqlite3", path, LIT], touched=Counter(user_ip_log=1), sent=[LIT]),
        Row("sqlite3", "argument, several", ["/usr/bin/sqlite3", path, LIT + "; " + HARMLESS], touched=Counter(user_ip_log=1, users=1),
            sent=[LIT + ";", HARMLESS]),
        Row("sqlite3", "stdin", ["/usr/bin/sqlite3", path], text=f"{LIT};\n{JOIN};\n", touched=Counter(user_ip_log=2, users=1),
            sent=[LIT + ";", JOIN + ";"]),
        Row("sqlite3", "interactive", ["/usr/bin/sqlite3", path], typed=f"{LIT};\n{JOIN};\n.quit\n", touched=Counter(user_ip_log=2, users=1),
            sent=[LIT + ";", JOIN + ";"]),
        Row("sqlite3", "VACUUM INTO", ["/usr/bin/sqlite3", path, COPY], sent=[COPY], expect=no_words),
        suite.python("sqlite3", "simple", target, touched=THREE, sent=[LIT + " AND 1 = 1" * i for i in range(3)]),
        suite.python("sqlite3", "params", target, touched=THREE, sent=[LIT.replace("= 1", "= ?")] * 3, expect=parameters(["1"])),
        suite.python("sqlite3", "cached", target, touched=THREE, sent=[LIT] * 3),
        suite.python("sqlite3", "executemany", target, touched=THREE, sent=["UPDATE user_ip_log SET ip = ip WHERE user_id = ?"] * 3,
                     expect=parameters(["1"])),
        Row("C sqlite3", "sqlite3_exec", [c, "exec", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("C sqlite3", "sqlite3_exec", [c, "exec", "200", path], touched=Counter(user_ip_log=200), sent=[LIT] * 200, life="long"),
        Row("C sqlite3", "prepare, step, finalize", [c, "step", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("C sqlite3", "step, reset, step", [c, "reset", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("C sqlite3", "bind", [c, "bind", "3", path], touched=THREE, sent=[BOUND] * 3,
            expect=parameters(["1", "text", None, "-2.5", "9007199254740993", "?"])),
        Row("C sqlite3", "sqlite3_get_table", [c, "get_table", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("C sqlite3", "sqlite3_backup_init", [c, "backup", "3", path], sent=['BACKUP "main" TO "main"'] * 3, expect=alert),
        Row("C sqlite3", "sqlite3_blob_open", [c, "blob", "3", path], touched=THREE, sent=['SELECT "ip" FROM "user_ip_log" WHERE rowid = 1'] * 3),
        Row("C sqlite3", "full text search", [c, "fts", "1", path], touched=Counter(), sent=FULL_TEXT),
        Row("C sqlite3", "sqlite3_serialize", [c, "serialize", "3", path], sent=['SERIALIZE "main"'] * 3, expect=alert),
        Row("C sqlite3", "sqlite3_deserialize", [c, "deserialize", "3", path], touched=THREE, sent=['SERIALIZE "main"', 'DESERIALIZE "main"', LIT] * 3,
            connection={"file.path": lambda p: p in (":memory:", None, path)}),
        Row("C sqlite3", "ATTACH", [c, "attach", "3", path], touched=THREE, sent=[f"ATTACH '{path}-other' AS other", OTHER, "DETACH other"] * 3,
            expect=other_file(path)),
        Row("C sqlite3", "comment of 900 KB", [c, "pad:900000", "1", path], touched=Counter(user_ip_log=1), sent=[PADDED], expect=whole),
        Row("C sqlite3", "first row only", [c, "partial", "3", path], touched=THREE, sent=[LIT] * 3),
        Row("C sqlite3", "UTF-16", [c, "wide", "3", path], touched=THREE, sent=[LIT] * 3),
        *[Row("C sqlite3", name, [c, way, "3", path], touched=THREE, sent=[LIT] * 3) for name, way in
          (("sqlite3_prepare", "old"), ("sqlite3_prepare_v3", "v3"), ("sqlite3_prepare16", "wide_old"), ("sqlite3_prepare16_v3", "wide_v3"))],
        *languages.sqlite(suite, path),
        *desktop.sqlite(suite, path),
        *languages.geographic(path, path + ".gpkg"),
    ]
    for name, flags in (("C sqlite3, linked statically", ()), ("C sqlite3, linked statically, stripped", ("-s",))):
        embedded = static(suite, *flags)
        if embedded:
            g.hooked += (embedded,)
            g.rows += [Row(name, way, [embedded, how, "3", path], touched=THREE, sent=[LIT] * 3, **more)
                       for way, how, more in (("sqlite3_exec", "exec", {}), ("prepare, step, finalize", "step", {}), ("step, reset, step", "reset", {}),
                                              ("first row only", "partial", {}), ("UTF-16", "wide", {}))]
            if flags:  # with names, what stands under others than sqlite3_* is taken for the program's
                g.rows.append(Row(name, "full text search", [embedded, "fts", "1", path], touched=Counter(), sent=FULL_TEXT))
            g.rows.append(Row(name, "bind", [embedded, "bind", "3", path], touched=THREE, sent=[BOUND] * 3,
                              expect=parameters(["1", "text", None, "-2.5", "9007199254740993", "?"])))
    return [g]
