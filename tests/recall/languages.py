"""Drivers of the languages analysts use beside Python (Perl, Ruby, PHP, Lua, R) and GDAL's tools: rows for the modules of their families.

What their scripts do is in tests/e2e/clients. The first way of each driver runs over every link of its group, the others over one each in turn.
"""
import itertools
import os
import subprocess
from collections import Counter

from harness import tables
from recall import Row, has, parameters
from social import HARMLESS, LIT

ONE, THREE = Counter(user_ip_log=1), Counter(user_ip_log=3)
BOUND, UPDATE = LIT.replace("= 1", "= ?"), "UPDATE user_ip_log SET ip = ip WHERE user_id = 1"
R_HOME = "/usr/lib/R"
R_ENV = {"R_HOME": R_HOME, "LD_LIBRARY_PATH": R_HOME + "/lib"}  # what R's wrapper, a shell script, sets

# What runs the script, and the arguments between the script and those of the client.
LANGUAGES = {
    "perl": ("perl_client.pl", lambda script: ["/usr/bin/perl", script]),
    "ruby": ("ruby_client.rb", lambda script: ["/usr/bin/ruby", script]),
    "php": ("php_client.php", lambda script: ["/usr/bin/php", script]),
    "lua": ("lua_client.lua", lambda script: ["/usr/bin/lua5.4", script]),
    "R": ("r_client.R", lambda script: [R_HOME + "/bin/exec/R", "--vanilla", "--no-echo", "--file=" + script, "--args"]),
}
# The name under which a language knows a driver, where it is another than the one its script takes.
MODULES = {"perl": "DBD::{}", "lua": "luasql.{}"}


def of_script(script, more=None):
    """For Row.expect: each event names the script that ran; and what else is expected."""
    def expect(case, events):
        got = {(e["qprov"].get("script"), e["qprov"].get("program", {}).get("script_kind")) for e in events}
        return ([] if got == {(script, "file")} else [f"scripts {got}"]) + (more(case, events) if more else [])
    return expect


class Driver:
    """Makes the rows of one driver of a language."""

    def __init__(self, suite, language, name, target=()):
        self.suite, self.language, self.name, self.target = suite, language, name, target
        self.needs = f"{language} " + MODULES.get(language, "{}").format(name)

    def row(self, way, expect=None, env=None, **kw):
        source, command = LANGUAGES[self.language]
        script = self.suite.script(source)

        def argv(case):
            return [*command(script), self.name, way, *(self.target(case) if callable(self.target) else self.target)]
        env = {**(R_ENV if self.language == "R" else {}), **(env or {})}
        return Row(f"{self.language} {self.name}", way, argv, needs=self.needs, expect=of_script(script, expect), env=env, **kw)


def in_turn(rows, links):
    """The first of these rows runs over all the links, the others over one each."""
    for row, link in zip(rows[1:], itertools.cycle(links)):
        row.links = row.links or [link]
    return rows


def is_fetch(text):
    return text.startswith("FETCH")


def one_cursor(fetches):
    """The event of the DECLARE says how often was fetched."""
    def expect(case, events):
        got = [(c["fetches"], c["end"]) for c in (e["qprov"].get("cursor") for e in events) if c]
        return [] if got == [(fetches, "close")] else [f"cursors {got}"]
    return dict(touched=ONE, rows=4, folded=is_fetch, expect=expect)


def copied_in(case, events):
    got = [(e["qprov"].get("copy"), e["db"].get("response", {}).get("returned_rows")) for e in events if "contacts" in tables(e)]
    return [] if got == [({"direction": "in", "bytes": 8, "state": "done"}, 2)] * 3 else [f"copies {got}"]


def rscript(suite, target, **kw):
    """Through Rscript, which becomes a shell script that becomes R: what the events name is R."""
    script = suite.script("r_client.R")
    args = ["--args", *target]
    return Row("Rscript", target[1], ["/usr/bin/Rscript", "--vanilla", script, *target], needs="R " + target[0], expect=of_script(script),
               became=[R_HOME + "/bin/exec/R", "--no-echo", "--no-restore", "--vanilla", "--file=" + script, *args], **kw)


def gdal(tool, way, args, **kw):
    return Row("GDAL " + tool, way, lambda case: [f"/usr/bin/{tool}", *(args(case) if callable(args) else args)], needs=f"program /usr/bin/{tool}", **kw)


def asked(*wanted):
    """For Row.expect, of tools that ask the library for much besides: each of these texts ran, and was told by its own event."""
    def expect(case, events):
        missing = Counter(wanted) - Counter(e["db"]["query"].get("text") for e in events)
        return [f"missing {list(missing)}"] if missing else []
    return expect


def libpq(suite, links):
    bound = dict(touched=THREE, rows=12, expect=parameters(["1"]))
    read, copy_in = dict(touched=THREE, rows=12), dict(touched=Counter(contacts=3), expect=copied_in)
    pg = Driver(suite, "perl", "Pg")
    perl = [pg.row("simple", **read), pg.row("params", **bound), pg.row("prepared", **bound), pg.row("async", **read),
            pg.row("cursor", **one_cursor(3)), pg.row("copy_out", touched=THREE, rows=15), pg.row("copy_in", **copy_in),
            pg.row("error", touched=THREE, failed=3)]
    pg = Driver(suite, "ruby", "pg")
    ruby = [pg.row("simple", **read), pg.row("params", **bound), pg.row("prepared", **bound), pg.row("single", **read),
            pg.row("cursor", **one_cursor(3)), pg.row("copy_out", touched=THREE, rows=15), pg.row("copy_in", **copy_in)]
    pg = Driver(suite, "php", "pgsql")
    php = [pg.row("simple", **read), pg.row("params", **bound), pg.row("prepared", **bound), pg.row("async", **read), pg.row("select"),
           pg.row("cursor", **one_cursor(3)), pg.row("copy_out", touched=THREE, rows=15), pg.row("copy_in", **copy_in)]
    pg = Driver(suite, "php", "pdo_pgsql")
    pdo = [pg.row("simple", **read), pg.row("prepared", **bound), pg.row("emulated", **read), pg.row("cursor", touched=THREE, rows=12, folded=is_fetch),
           pg.row("copy_out", touched=THREE, rows=15)]
    pg = Driver(suite, "lua", "postgres")
    lua = [pg.row("simple", **read), pg.row("transaction", **read)]
    pg = Driver(suite, "R", "RPostgreSQL")
    r = [pg.row("simple", **read), pg.row("params", **bound), pg.row("fetch", **read), pg.row("table")]
    r.append(rscript(suite, ["RPostgreSQL", "simple"], **read))
    ogr = [gdal("ogrinfo", "PG: -sql", ["-ro", "-al", "-sql", LIT, "PG:dbname=postgres"], folded=is_fetch),
           gdal("ogr2ogr", "PG: table", ["-f", "CSV", "/vsistdout/", "PG:dbname=postgres", "user_ip_log"], folded=is_fetch)]
    return [row for rows in (perl, ruby, php, pdo, lua, r, ogr) for row in in_turn(rows, links)]


def mysql(suite, g):
    target, links = g.target, [str(link) for link in g.links]

    def source(case):
        return "MYSQL:social,user=root" + (f",host=127.0.0.1,port={g.db.port}" if case.link.name == "tcp" else "")
    read = dict(touched=THREE, rows=12)
    bound = dict(touched=THREE, rows=12, texts=False, expect=parameters(["1"]))
    plain = ["unix", "tcp"]  # of drivers that know no TLS
    found = []
    my = Driver(suite, "perl", "mysql", target)
    found.append([my.row("simple", **read), my.row("params", **read), my.row("prepared", **bound), my.row("unstored", **read),
                  my.row("error", touched=THREE, failed=3)])
    my = Driver(suite, "perl", "MariaDB", target)
    found.append([my.row("simple", **read), my.row("params", **read), my.row("prepared", **bound), my.row("error", touched=THREE, failed=3)])
    my = Driver(suite, "ruby", "mysql2", target)
    found.append([my.row("simple", **read), my.row("stream", **read), my.row("prepared", **bound)])
    my = Driver(suite, "lua", "mysql", target)
    found.append([my.row("simple", links=plain, **read), my.row("transaction", links=["unix"], **read)])
    my = Driver(suite, "R", "RMySQL", target)
    found.append([my.row("simple", links=plain, **read), my.row("fetch", links=["unix"], **read), my.row("table", links=["tcp"], touched=THREE)])
    # It asks for the geometry of each of the four tables where there is no such catalogue, and its texts end in a blank that the server drops.
    ogr = dict(env={"MYSQL_UNIX_PORT": g.db.socket}, failed=4)
    found.append([gdal("ogrinfo", "MYSQL: -sql", lambda case: ["-ro", "-al", "-sql", LIT, source(case)], links=plain, expect=asked(LIT), **ogr),
                  gdal("ogr2ogr", "MYSQL: table", lambda case: ["-f", "CSV", "/vsistdout/", source(case), "user_ip_log"], links=["unix"],
                       texts=False, **ogr)])
    own = dict(links=["unix"], known_miss="speaks the protocol itself, without a client library")
    found.append([Driver(suite, "php", name, target).row("simple", **own) for name in ("mysqli", "pdo_mysql")])
    return [row for rows in found for row in in_turn(rows, links)]


def sqlite(suite, path):
    target = [path]

    def ways(language, name, ways, first=(), times=1):
        """first: what the driver runs when it connects; times: of each statement with a result, see below."""
        d = Driver(suite, language, name, target)
        return [d.row(way, touched=Counter(user_ip_log=len(sent) * (1 if way in ("exec", "single", "update") else times)),
                      sent=[*first, *sent * (1 if way in ("exec", "single", "update") else times)],
                      expect=parameters(["1"]) if "?" in sent[0] else None) for way, sent in ways]
    simple, params, prepared = ("simple", [LIT] * 3), ("params", [BOUND] * 3), ("prepared", [BOUND] * 3)
    found = ways("perl", "SQLite", [simple, params, prepared, ("do", [UPDATE.replace("= 1", "= ?")] * 3)], ["SELECT fts3_tokenizer(?, ?)"])
    found += ways("ruby", "sqlite3", [simple, params, prepared], ["PRAGMA encoding"])
    # SQLite3::query and LuaSQL's execute run to the first row, to know whether there is one, and begin anew when rows are asked for.
    found += ways("php", "sqlite3", [simple, prepared, ("exec", [UPDATE] * 3), ("single", [LIT] * 3)], times=2)
    found += ways("php", "pdo_sqlite", [simple, prepared, ("exec", [UPDATE] * 3)])
    found += ways("lua", "sqlite3", [simple, ("update", [UPDATE] * 3)], times=2)
    found += ways("R", "RSQLite", [simple, params, ("fetch", [LIT] * 3)], ["PRAGMA synchronous=off"])  # a stripped SQLite of its own
    searched = [text for i in (1, 2, 3) for text in (f"CREATE VIRTUAL TABLE temp.s{i} USING fts5(body)", f"INSERT INTO s{i} VALUES ('one two')",
                                                     f"SELECT body FROM s{i} WHERE s{i} MATCH 'two'")]
    found.append(Driver(suite, "R", "RSQLite", target).row("search", touched=Counter(), sent=["PRAGMA synchronous=off", *searched]))
    found.append(Driver(suite, "ruby", "sqlite3", target).row("batch", touched=Counter(user_ip_log=2, users=1),
                                                              sent=["PRAGMA encoding", LIT + ";", HARMLESS + ";", LIT]))
    return found


def geographic(path, package):
    """GDAL on SQLite. It asks for much besides what it is told to: that was asked is compared, not that nothing else was."""
    told = dict(sent=[LIT], texts=None, failed=None, expect=asked(LIT))

    def either(file):
        return {"file.path": lambda p: p == file or p.endswith("/proj.db")}  # the list of coordinate systems is another database
    rows = [gdal("ogrinfo", "SQLite -sql", ["-ro", "-al", "-sql", LIT, path], connection=either(path), **told),
            gdal("ogrinfo", "GPKG -sql", ["-ro", "-al", "-sql", LIT, package], connection=either(package), **told)]
    if has(rows[0].needs):
        subprocess.run(["ogr2ogr", "-f", "GPKG", package, path, "user_ip_log"], check=True, stdout=subprocess.DEVNULL)
        os.chmod(package, 0o644)
    return rows


def odbc(suite, string, links):
    read = dict(touched=THREE, rows=12, texts=False)
    found = []
    for language, name, ways in (("perl", "ODBC", ("simple", "params", "prepared")), ("php", "odbc", ("simple", "prepared")),
                                 ("php", "pdo_odbc", ("simple", "prepared")), ("R", "RODBC", ("simple", "fetch"))):
        d = Driver(suite, language, name, string)
        found.append([d.row(way, **read) for way in ways])
    return [row for rows in found for row in in_turn(rows, links)]
