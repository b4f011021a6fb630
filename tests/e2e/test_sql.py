"""The SQL reader against the databases themselves: for every golden case and every evasion that a real PostgreSQL or MariaDB accepts, the
tables told must be those the server touches (tests/golden/truth.py says how it is asked). SQLite is asked in the golden run."""
import json
import os
import subprocess
import sys

from harness import Case, MariaDB, Postgres, check, finish

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
sys.path.insert(0, GOLDEN)
import evasions  # noqa: E402
import truth  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
LONG = 100000  # a longer text is not given to a server


def cases(dialects):
    """(sql, dialect) of the golden files and of the evasions, each text once."""
    found = {}
    for d in dialects:
        with open(os.path.join(GOLDEN, "sql", d + ".jsonl"), encoding="utf-8") as f:
            for line in f:
                case = json.loads(line)
                if case.get("certainty") == "parsed":
                    found.setdefault(case["sql"], d)
    for case in evasions.all_cases():
        if case.dialect in dialects and isinstance(case.sql, str) and case.exact and len(case.sql) < LONG:
            found.setdefault(case.sql, case.dialect)
    return list(found.items())


def answers(texts):
    lines = "".join(json.dumps({"id": n, "dialect": d, "sql": sql}) + "\n" for n, (sql, d) in enumerate(texts))
    p = subprocess.run([PROGRAM, "sql"], input=lines.encode(), stdout=subprocess.PIPE, timeout=300)
    found = [json.loads(x) for x in p.stdout.split(b"\n") if x]
    check(len(found) == len(texts), f"qprov sql: {len(found)} answers to {len(texts)} texts")
    return found


def compare(name, texts, opinion, schema, least, **how):
    """least: how many the server must have judged, so that a checker that refuses all is no success."""
    wrong, judged = [], 0
    for (sql, dialect), answer in zip(texts, answers(texts)):
        t = opinion(sql)
        if t is None:
            continue
        judged += 1
        odd = truth.disagreement(answer, t, schema, **how)
        if odd:
            wrong.append(f"{dialect}: {sql[:300]!r}: {name} {odd}")
    print(f"| {name}: {len(texts)} statements, {judged} judged by the server, {len(wrong)} told otherwise")
    check(judged >= least, f"{name} judged {judged} statements, {least} were expected")
    check(not wrong, "\n".join(wrong[:60]))


def system(t):
    """Without the system's own relations (they are pinned, no dependency tells of them); temporary ones as if in the default schema."""
    own = ("pg_catalog", "information_schema")
    here = lambda names: names and {("public" if s.startswith("pg_temp") else s, n) for s, n in names if s not in own}  # noqa: E731
    return t and {"all": here(t["all"]), "writes": here(t["writes"])}


def postgres():
    import psycopg2
    server = Postgres(log=False)
    env = server.env()
    c = psycopg2.connect(host=env["PGHOST"], port=env["PGPORT"], user=env["PGUSER"], dbname=env["PGDATABASE"])
    c.autocommit = True
    t = truth.PostgresTruth(c)
    texts = [(s, d) for s, d in cases(["postgres"]) if "pg_c" not in s and "information_schema" not in s]
    compare("PostgreSQL", texts, lambda sql: system(t.opinion(sql)), "public", least=1500)
    c.close()


def mariadb():
    import MySQLdb
    server = MariaDB()
    root = MySQLdb.connect(unix_socket=server.socket, user="root", charset="utf8mb4")
    t = truth.MariaDBTruth(root, lambda: MySQLdb.connect(unix_socket=server.socket, user="qprov_probe", db=truth.DB, charset="utf8mb4"))
    compare("MariaDB", cases(["mariadb", "mysql"]), t.opinion, truth.DB, least=400, fold=True)
    root.close()


with Case("PostgreSQL's own account of the golden cases and evasions"):
    postgres()
with Case("MariaDB's own account of the golden cases and evasions"):
    mariadb()
finish()
