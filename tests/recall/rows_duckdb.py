"""DuckDB: the libduckdb.so of the package @duckdb/node-api, by its Node client and by a program in C. Nothing logs: a row says what it runs."""
import os
import shutil
import struct
import subprocess
from collections import Counter

from harness import CLIENTS, ROOT, check, compile_client, folder
from recall import Group, Link, Row, parameters
from social import LIT, SCHEMA

THREE = Counter(user_ip_log=3)
PARAM = LIT.replace("= 1", "= ?")
TYPES = "SELECT ip FROM user_ip_log WHERE user_id = ? AND ? = 2 AND ? = 3 AND ? < 0 AND ? IS NOT NULL AND ? = 'text' AND ? IS NULL"
INNER = b"_ZN6duckdb13ClientContext43PendingStatementOrPreparedStatementInternal"
INSTALLED = os.path.join(ROOT, "build", "duckdb", "node_modules", "@duckdb")


class DuckDB(Group):
    system = "duckdb"
    links = (Link("file", n=1), Link("file", n=2))  # once by each account

    def __init__(self):
        super().__init__()
        check(os.path.isdir(INSTALLED), "the package @duckdb/node-api is missing: scripts/deps test")
        self.modules = folder(0o755)
        shutil.copytree(INSTALLED, os.path.join(self.modules, "node_modules", "@duckdb"))
        self.lib = os.path.join(self.modules, "node_modules", "@duckdb", "node-bindings-linux-x64")
        self.script = shutil.copy(os.path.join(CLIENTS, "duck_client.js"), self.modules)
        self.path = os.path.join(folder(0o777), "social.duckdb")
        p = subprocess.run([self.node(), self.script, "setup", self.modules, self.path], input=SCHEMA.encode(), stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        check(p.returncode == 0, p.stdout.decode(errors="replace"))
        os.chmod(self.path, 0o666)
        # A library of 70 MB in a folder of its own takes longer to read than its first process may live: this one has it mapped before.
        self.holder = subprocess.Popen([self.node(), self.script, "hold", self.modules, ":memory:"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        check(self.holder.stdout.readline() == b"ready\n", "the holding process")

        self.holders = [self.holder]

    def keep(self, program):
        """The same for a program in C and its library."""
        p = subprocess.Popen([program, "hold", "1", ":memory:"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        check(p.stdout.readline() == b"ready\n", "the holding process")
        self.holders.append(p)

    def close(self):
        for p in self.holders:
            p.communicate()

    def connection(self, case):
        return {"file.path": self.path}

    @staticmethod
    def node():
        found = shutil.which("node")
        check(found, "node is missing: scripts/deps test")
        return os.path.realpath(found)


def without_inner(lib):
    """A copy of the library whose one C++ entry is no function by its symbol, as in a build that hides it: what is left are the C functions."""
    with open(lib, "rb") as f:
        data = bytearray(f.read())
    at, size, n = struct.unpack_from("<Q", data, 0x28)[0], *struct.unpack_from("<HH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, at + size * i) for i in range(n)]
    for h in headers:
        if h[1] not in (2, 11):  # SHT_SYMTAB, SHT_DYNSYM
            continue
        names = headers[h[6]][4]
        for sym in range(h[4], h[4] + h[5], 24):
            name = names + struct.unpack_from("<I", data, sym)[0]
            if data.startswith(INNER, name):
                data[sym + 4] &= 0xF0  # STT_NOTYPE
    where = os.path.join(folder(0o755), "libduckdb.so")
    with open(where, "wb") as f:
        f.write(data)
    os.chmod(where, 0o644)
    return os.path.dirname(where)


def external(*want):
    """The files that the events say were read or written."""
    def expect(case, events):
        got = [(f["path"], f["access"]) for e in events for f in e["qprov"].get("external", [])]
        return [] if got == list(want) else [f"files {got}"]
    return expect


def values(case, events):
    """What was bound; each of these functions makes an object of it for duckdb_bind_value()."""
    got = [e["qprov"]["query"].get("parameters") for e in events if "?" in e["db"]["query"]["text"]]
    return [] if got == [["1", "2", "3", "-4", "1970-01-02 00:00:00", "text", None]] * 3 else [f"parameters {got}"]


def files(case, events):
    read = [f["path"] for e in events for f in e["qprov"].get("external", [])]
    return [] if read == ["/etc/passwd"] * 3 else [f"files {read}"]


def load(suite):
    g = DuckDB()
    c = compile_client("duck_client.c", [], more=[f"-L{g.lib}", "-l:libduckdb.so", f"-Wl,-rpath,{g.lib}"])
    append = "INSERT INTO main.user_ip_log FROM __duckdb_internal_appended_data"

    def node(way):
        return [g.node(), g.script, way, g.modules, g.path]

    place = folder(0o777)
    data, parquet, other, copied = (os.path.join(place, name) for name in ("data.csv", "data.parquet", "other.duckdb", "copied.parquet"))
    with open(data, "w") as f:
        f.write("ip\n203.0.113.9\n")
    os.chmod(data, 0o666)
    asked = [
        ("FROM 'file'", f"SELECT * FROM '{data}'", [(data, "read")]),
        ("COPY TO", f"COPY (SELECT 1 AS a) TO '{parquet}' (FORMAT parquet)", [(parquet, "write")]),
        ("read_parquet", f"SELECT * FROM read_parquet('{parquet}')", [(parquet, "read")]),
        ("ATTACH", f"ATTACH '{other}' AS other (READ_ONLY)", [(other, "read")]),
        ("read_csv of a list", f"SELECT * FROM read_csv(['{data}', '{data}'])", [(data, "read")]),
        ("SUMMARIZE 'file'", f"SUMMARIZE '{data}'", [(data, "read")]),
    ]
    named = [
        ("SUMMARIZE", "SUMMARIZE user_ip_log", []),
        ("DESCRIBE", "DESCRIBE user_ip_log", []),
        ("PIVOT", "PIVOT user_ip_log ON user_id IN (1, 2) USING count(*)", []),
        ("FROM first", "FROM user_ip_log", []),
        ("COPY table TO", f"COPY user_ip_log TO '{copied}' (FORMAT parquet)", [(copied, "write")]),
    ]
    shutil.copy(g.path, other)
    hidden = without_inner(os.path.join(g.lib, "libduckdb.so"))
    alone = compile_client("duck_client.c", [], more=[f"-L{hidden}", "-l:libduckdb.so", f"-Wl,-rpath,{hidden}"])
    g.keep(alone)

    # Opening a database begins and ends a transaction.
    def sent(*texts):
        return ["BEGIN TRANSACTION", "COMMIT", *texts]

    g.rows = [
        Row("C DuckDB", "duckdb_query", [c, "query", "3", g.path], touched=THREE, rows=12, sent=sent(*[LIT] * 3)),
        Row("C DuckDB", "duckdb_query", [c, "query", "100", g.path], touched=Counter(user_ip_log=100), rows=400, sent=sent(*[LIT] * 100), life="long"),
        Row("C DuckDB", "duckdb_prepare + execute", [c, "prepare", "3", g.path], touched=THREE, rows=12, expect=parameters(["1"]), sent=sent(*[PARAM] * 3)),
        Row("C DuckDB", "extract, prepare, execute", [c, "extract", "3", g.path], touched=Counter(user_ip_log=3, users=3), rows=12, sent=sent(*[LIT, " SELECT name FROM users"] * 3)),
        Row("C DuckDB", "Arrow, values of seven types", [c, "arrow", "3", g.path], touched=Counter(user_ip_log=6), rows=None, expect=values,
            sent=sent(*[LIT, TYPES] * 3)),
        Row("C DuckDB", "appender", [c, "append", "3", g.path], touched=Counter(user_ip_log=1), sent=sent(append), connection={"file.path": lambda path: path in (None, g.path)}),
        Row("C DuckDB", "duckdb_query, error", [c, "wrong", "3", g.path], touched=THREE, failed=3, sent=sent(*[LIT.replace("user_id", "nothing")] * 3)),
        *[Row("C DuckDB", way, [c, "sql", "1", g.path, sql], touched=Counter(), sent=sent(sql), expect=external(*told)) for way, sql, told in asked],
        *[Row("C DuckDB", way, [c, "sql", "1", g.path, sql], touched=Counter(user_ip_log=1), sent=sent(sql), expect=external(*told)) for way, sql, told in named],
        Row("C DuckDB, C functions alone", "Arrow, values of seven types", [alone, "arrow", "3", g.path], touched=Counter(user_ip_log=6), rows=None,
            expect=values, sent=[LIT, TYPES] * 3),
        Row("C DuckDB, C functions alone", "duckdb_query", [alone, "query", "3", g.path], touched=THREE, rows=12, sent=[LIT] * 3),
        # Two are prepared before one runs: told with the texts of both.
        Row("C DuckDB, C functions alone", "duckdb_prepare + execute", [alone, "prepare", "3", g.path], touched=Counter(user_ip_log=3, contacts=3), rows=12,
            sent=[PARAM] * 3, texts=False, expect=parameters(["1"])),
        Row("node @duckdb/node-api", "run", node("run"), touched=THREE, rows=12, sent=sent(*[LIT] * 3)),
        Row("node @duckdb/node-api", "run, parameters", node("params"), touched=THREE, rows=12, expect=parameters(["1"]), sent=sent(*[LIT.replace("= 1", "= $1")] * 3)),
        Row("node @duckdb/node-api", "run, several parameters", node("values"), touched=THREE, rows=12, expect=parameters(["1", "none", "2.5"]),
            sent=sent(*[LIT.replace("= 1", "= $1 AND ip <> $2 AND 2.5 = $3")] * 3)),
        Row("node @duckdb/node-api", "extract, prepare, bind, run", node("two"), touched=Counter(user_ip_log=3, users=3), rows=12, expect=parameters(["1"]),
            sent=sent(*["SELECT name FROM users", " " + LIT.replace("= 1", "= $1")] * 3), texts=False),
        Row("node @duckdb/node-api", "stream", node("stream"), touched=THREE, sent=sent(*[LIT] * 3)),
        Row("node @duckdb/node-api", "prepare, bind, run", node("prepared"), touched=THREE, rows=12, expect=parameters(["1"]), sent=sent(*[LIT.replace("= 1", "= $1")] * 3)),
        Row("node @duckdb/node-api", "reads a file", node("file"), touched=Counter(), sent=sent(*["SELECT * FROM read_csv('/etc/passwd', sep=':', header=false)"] * 3)),
    ]
    return [g]
