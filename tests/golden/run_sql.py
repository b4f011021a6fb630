#!/usr/bin/python3
"""Golden SQL cases: run_sql.py PROGRAM. Each tests/golden/sql/DIALECT.jsonl line is {"sql","operation","certainty","reads","writes"}; the
answer of "PROGRAM sql" must be the same. What SQLite itself says it touches (the authorizer) is checked too, where it accepts the statement."""
import glob
import json
import os
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = ("operation", "certainty", "reads", "writes")
SCHEMA = """CREATE TABLE users(id, name, email); CREATE TABLE posts(id, user_id, body); CREATE TABLE user_ip_log(id, user_id, ip);
CREATE TABLE contacts(id, user_id, phone); CREATE TABLE t(a, b, c); CREATE TABLE u(a, b, c);"""
ACTIONS = {sqlite3.SQLITE_READ: "reads", sqlite3.SQLITE_INSERT: "writes", sqlite3.SQLITE_UPDATE: "writes", sqlite3.SQLITE_DELETE: "writes"}


def load():
    for path in sorted(glob.glob(os.path.join(HERE, "sql", "*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f, 1):
                case = json.loads(line)
                case["dialect"] = os.path.basename(path)[:-6]
                case["where"] = f"{os.path.basename(path)}:{n}"
                yield case


def authorized(sql):
    """Tables SQLite touches when it prepares this statement; None when it does not accept it."""
    touched = {"reads": set(), "writes": set()}

    def authorizer(action, table, column, database, trigger):
        if action in ACTIONS and not table.startswith(("sqlite_", "json_")):
            touched[ACTIONS[action]].add(table)
        return sqlite3.SQLITE_OK

    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    db.set_authorizer(authorizer)
    try:
        db.execute("EXPLAIN " + sql if not sql.upper().startswith("EXPLAIN") else sql)
    except (sqlite3.Error, sqlite3.Warning):
        return None
    return touched


def problems(case, got):
    found = [f"{k}: got {got.get(k)!r}, want {case[k]!r}" for k in KEYS if got.get(k) != case[k]]
    truth = authorized(case["sql"]) if case["dialect"] == "sqlite" and case["certainty"] == "parsed" else None
    if truth:
        told = {k: {x.split(".")[-1] for x in got.get(k, [])} for k in ("reads", "writes")}
        missed = (truth["reads"] | truth["writes"]) - (told["reads"] | told["writes"])
        if missed or truth["writes"] - told["writes"]:
            found.append(f"SQLite touches {truth}, told {told}")
    return found


def main():
    cases = list(load())
    lines = "".join(json.dumps({"id": i, "dialect": c["dialect"], "sql": c["sql"]}) + "\n" for i, c in enumerate(cases))
    p = subprocess.run([sys.argv[1], "sql"], input=lines.encode(), stdout=subprocess.PIPE, timeout=120)
    answers = [json.loads(x) for x in p.stdout.splitlines()]
    failed = 0
    if p.returncode or len(answers) != len(cases) or not cases:
        print(f"{sys.argv[1]} sql: exit {p.returncode}, {len(answers)} answers to {len(cases)} cases")
        failed = 1
    for case, got in zip(cases, answers):
        found = problems(case, got)
        failed += bool(found)
        if found:
            print(f"{case['where']}: {case['sql']}\n    " + "\n    ".join(found))
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
