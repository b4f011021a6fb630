"""DuckDB: the libduckdb.so of the package @duckdb/node-api, by its Node client and by a program in C. Nothing logs: a row says what it runs."""
import os
import shutil
import subprocess
from collections import Counter

from harness import CLIENTS, ROOT, check, compile_client, folder
from recall import Group, Link, Row, parameters
from social import LIT, SCHEMA

THREE = Counter(user_ip_log=3)
PARAM = LIT.replace("= 1", "= ?")
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

    def close(self):
        self.holder.communicate()

    def connection(self, case):
        return {"file.path": self.path}

    @staticmethod
    def node():
        found = shutil.which("node")
        check(found, "node is missing: scripts/deps test")
        return os.path.realpath(found)


def files(case, events):
    read = [f["path"] for e in events for f in e["qprov"].get("external", [])]
    return [] if read == ["/etc/passwd"] * 3 else [f"files {read}"]


def load(suite):
    g = DuckDB()
    c = compile_client("duck_client.c", [], more=[f"-L{g.lib}", "-l:libduckdb.so", f"-Wl,-rpath,{g.lib}"])
    append = "INSERT INTO main.user_ip_log FROM __duckdb_internal_appended_data"

    def node(way):
        return [g.node(), g.script, way, g.modules, g.path]

    # Opening a database begins and ends a transaction.
    def sent(*texts):
        return ["BEGIN TRANSACTION", "COMMIT", *texts]

    g.rows = [
        Row("C DuckDB", "duckdb_query", [c, "query", "3", g.path], touched=THREE, rows=12, sent=sent(*[LIT] * 3)),
        Row("C DuckDB", "duckdb_query", [c, "query", "100", g.path], touched=Counter(user_ip_log=100), rows=400, sent=sent(*[LIT] * 100), life="long"),
        Row("C DuckDB", "duckdb_prepare + execute", [c, "prepare", "3", g.path], touched=THREE, rows=12, expect=parameters(["1"]), sent=sent(*[PARAM] * 3)),
        Row("C DuckDB", "extract, prepare, execute", [c, "extract", "3", g.path], touched=Counter(user_ip_log=3, users=3), rows=12, sent=sent(*[LIT, " SELECT name FROM users"] * 3)),
        Row("C DuckDB", "appender", [c, "append", "3", g.path], touched=Counter(user_ip_log=1), sent=sent(append), connection={"file.path": lambda path: path in (None, g.path)}),
        Row("C DuckDB", "duckdb_query, error", [c, "wrong", "3", g.path], touched=THREE, failed=3, sent=sent(*[LIT.replace("user_id", "nothing")] * 3)),
        Row("node @duckdb/node-api", "run", node("run"), touched=THREE, rows=12, sent=sent(*[LIT] * 3)),
        Row("node @duckdb/node-api", "run, parameters", node("params"), touched=THREE, rows=12, sent=sent(*[LIT.replace("= 1", "= $1")] * 3)),
        Row("node @duckdb/node-api", "stream", node("stream"), touched=THREE, sent=sent(*[LIT] * 3)),
        Row("node @duckdb/node-api", "prepare, bind, run", node("prepared"), touched=THREE, rows=12, sent=sent(*[LIT.replace("= 1", "= $1")] * 3)),
        Row("node @duckdb/node-api", "reads a file", node("file"), touched=Counter(), sent=sent(*["SELECT * FROM read_csv('/etc/passwd', sep=':', header=false)"] * 3)),
    ]
    return [g]
