"""OCI, Db2 CLI and Cassandra's driver by stand-ins with the same functions (the real ones are in no package); the real libmongoc, without a server."""
import os
import subprocess
import sys

from harness import CLIENTS, Agent, Case, Human, check, compile_client, equal, finish, folder, queries, skip, tables

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = "capture: {all_queries: true, literals: keep}\ntables:\n  - match: user_ip_log\n    severity: high\n"
LIT = "SELECT ip FROM user_ip_log WHERE user_id = "
SOCIAL = {"destination": {"address": "db7", "port": 9042, "user": {"name": "ann"}}, "namespace": "social"}
ANN = {"destination": {"address": "db7", "port": 1521, "user": {"name": "ann"}}}
# What each event says: texts, where it went, what was bound.
CASES = {
    "OCI": ("oracle.db", "libclntsh.so.21.1", [LIT + "1", LIT + ":1", LIT + ":1", LIT + ":id", LIT + ":id", LIT + ":1"], "OCIStmtExecute",
            [ANN] * 5 + [{"destination": {"address": "db8", "port": 1521, "user": {"name": "ben"}}}],
            [None, ["1"], ["2"], ["5", "ann", "?"], ["7", None, "?"], ["9", "ben"]]),
    "DB2": ("ibm.db2", "libdb2.so.1", [LIT + "1", LIT + "?", LIT + "?"], "SQLExec",
            {"destination": {"user": {"name": "ann"}}, "source": "crm"}, [None, None, None]),
    "CASSANDRA": ("cassandra", "libcassandra.so.2", [LIT + "1", LIT + "?", "SELECT ip FROM user_ip_log"], "cass_session_execute", SOCIAL,
                  [None, ["1"], None]),
}
MONGO_AT = {"destination": {"address": "127.0.0.1", "port": 1, "user": {"name": "ann"}}, "namespace": "social"}
READ, ADD, CHANGE, DELETE = ('SELECT * FROM "user_ip_log"', 'INSERT INTO "user_ip_log" VALUES (?)', 'UPDATE "user_ip_log" SET document = ?',
                             'DELETE FROM "user_ip_log"')
THERE = 'SELECT * FROM "social"."{}"'
# What clients/mongo_client.c asks for, and whether more may stand in what is not seen of it.
MONGO = [
    (READ, False), (READ, True), (ADD, False), (CHANGE, False), (DELETE, False),
    *[(READ, False)] * 6, *[(ADD, False)] * 3, *[(CHANGE, False)] * 8, *[(DELETE, False)] * 3, (CHANGE, False), *[(DELETE, False)] * 2,
    (THERE.format("user_ip_log"), False), (THERE.format("posts"), True), (THERE.format("user_ip_log"), False),
    ('CALL "ping"()', False), ('CALL "aggregate"()', True), (THERE.format("user_ip_log"), False), ("CALL \"create\"('user_ip_log')", False),
    (READ, False), (READ, False), ('CALL "mongoc_database_aggregate"()', True), ('CALL "mongoc_client_watch"()', True), (READ, False), (READ, False),
    ('CALL "mongoc_database_drop_with_opts"()', True),  # the other ends in a jump to it
]


def build(kind, name):
    where = folder(0o755)
    lib = os.path.join(where, name)
    p = subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", f"-D{kind}", "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", lib,
                        os.path.join(CLIENTS, "standin_lib.c")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(p.returncode == 0, p.stdout.decode(errors="replace"))
    return compile_client("standin_client.c", [], more=[f"-D{kind}", f"-L{where}", f"-l:{name}", f"-Wl,-rpath,{where}"])


def events_of(human, client):
    """The process has the library mapped before the agent starts, and works after."""
    p = human.popen([client, "wait"], stdin=subprocess.PIPE)
    agent = Agent(PROGRAM, CONFIG)
    p.communicate(b"\n", timeout=60)
    equal(p.returncode, 0, "the client's status")
    return sorted(queries(agent.stop(), p.pid), key=lambda e: e["@timestamp"])


def judge(human, events, system, texts, symbol, where, bound):
    equal([e["db"]["query"]["text"] for e in events], texts, "texts")
    equal({e["db"]["system"]["name"] for e in events}, {system}, "system")
    check(all("user_ip_log" in tables(e) for e in events), "tables")
    equal({e["user"]["name"] for e in events}, {human.name}, "user")
    for e, want in zip(events, where if isinstance(where, list) else [where] * len(events)):
        found = {"destination": e.get("destination"), "namespace": e["db"].get("namespace"), "source": e["qprov"].get("connection", {}).get("data_source")}
        equal({k: v for k, v in found.items() if v is not None}, want, "connection")
    equal([e["qprov"]["query"].get("parameters") for e in events], bound, "parameters")
    check("geheim" not in str(events), "a password")
    check(all(e["qprov"]["probe"]["symbol"].startswith(symbol) for e in events), [e["qprov"]["probe"] for e in events])


def judge_mongo(human, events):
    got = [(e["db"]["query"]["text"], e["qprov"]["query"]["certainty"] == "dynamic") for e in events]
    equal(got, MONGO, "commands")
    check(all(("user_ip_log" in tables(e)) == ("user_ip_log" in text) for e, (text, _) in zip(events, MONGO)), "tables")
    equal({(e["user"]["name"], e["db"]["system"]["name"]) for e in events}, {(human.name, "mongodb")}, "user and system")
    found = [{"destination": e.get("destination"), "namespace": e["db"].get("namespace")} for e in events]
    equal(found[:5], [MONGO_AT] * 5, "connection")
    check("geheim" not in str(events), "a password")


def main():
    human = Human("qprov-standin")
    for kind, (system, name, *want) in CASES.items():
        with Case(f"{name} (a stand-in)"):
            events = events_of(human, build(kind, name))
            judge(human, events, system, *want)
            if kind == "OCI":  # rows were asked of it, or it was let go
                equal([e["event"]["outcome"] for e in events], ["unknown", "success", "success", "unknown", "success", "success"], "outcomes")
    flags = subprocess.run(["pkg-config", "--cflags", "libmongoc-1.0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if flags.returncode:
        skip("libmongoc", "libmongoc-dev is not here")
    else:
        with Case("libmongoc"):
            client = compile_client("mongo_client.c", ["mongoc-1.0", "bson-1.0"],
                                    more=["-Wno-deprecated-declarations", *flags.stdout.decode().split()])
            judge_mongo(human, events_of(human, client))
    finish()


main()
