#!/usr/bin/python3
"""Golden SQL cases: run_sql.py PROGRAM. Each line of tests/golden/sql/DIALECT.jsonl is {"sql", "operation", "certainty", "reads", "writes"}, of which all
but "sql" may be left out; the answer of "PROGRAM sql" must be the same. What SQLite itself says it touches (its authorizer) is compared too,
for the golden cases and for the evasions; PostgreSQL and MariaDB are asked in tests/e2e/test_sql.py. traps.json says which cases stand for which
of the things that readers of SQL are known to get wrong: each must be there."""
import glob
import json
import os
import subprocess
import sys

import evasions
import truth

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = ("operation", "certainty", "reads", "writes")
LEAST = {"postgres": 400}  # cases of a dialect; of others 150
JUDGED = 300  # statements SQLite must have an opinion on
LONG = 20000  # a longer text is not given to SQLite


def load():
    for path in sorted(glob.glob(os.path.join(HERE, "sql", "*.jsonl"))):
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f, 1):
                case = json.loads(line)
                case["dialect"] = os.path.basename(path)[:-6]
                case["where"] = f"{os.path.basename(path)}:{n}"
                yield case


def answers(program, cases):
    lines = "".join(json.dumps({"id": i, "dialect": c["dialect"], "sql": c["sql"]}) + "\n" for i, c in enumerate(cases))
    p = subprocess.run([program, "sql"], input=lines.encode(), stdout=subprocess.PIPE, timeout=120)
    found = [json.loads(x) for x in p.stdout.split(b"\n") if x]
    if p.returncode or len(found) != len(cases) or not cases:
        print(f"{program} sql: exit {p.returncode}, {len(found)} answers to {len(cases)} cases")
        print("0 passed, 1 failed")
        sys.exit(1)
    return found


def golden(program):
    failed, cases = 0, list(load())
    for case, got in zip(cases, answers(program, cases)):
        wrong = [f"{k}: got {got.get(k)!r}, want {case[k]!r}" for k in KEYS if k in case and got.get(k) != case[k]]
        if wrong:
            failed += 1
            print(f"{case['where']}: {case['sql']}\n    " + "\n    ".join(wrong))
    known = {f"{c['dialect']}: {c['sql']}" for c in cases}
    with open(os.path.join(HERE, "traps.json"), encoding="utf-8") as f:
        for trap, of in json.load(f).items():
            if not of or not known.issuperset(of):
                failed += 1
                print(f"traps.json: {trap}: no such case: {[c for c in of if c not in known]}")
    for dialect in sorted({c["dialect"] for c in cases}):
        n = sum(c["dialect"] == dialect for c in cases)
        if n < LEAST.get(dialect, 150):
            failed += 1
            print(f"{dialect}: only {n} cases")
    return cases, failed


def asked_sqlite(program, cases):
    """Statements SQLite accepts: what it touches is what is told."""
    texts = [c for c in cases if c["dialect"] == "sqlite" and c.get("certainty") == "parsed"]
    texts += [{"dialect": "sqlite", "sql": c.sql} for c in evasions.all_cases() if c.dialect == "sqlite" and isinstance(c.sql, str) and c.exact]
    texts = [c for c in texts if len(c["sql"]) < LONG]
    judged = failed = 0
    for case, got in zip(texts, answers(program, texts)):
        opinion = truth.sqlite(case["sql"])
        if opinion is None:
            continue
        judged += 1
        natural = "NATURAL" in case["sql"].upper()  # then all columns may be taken from one side, and the authorizer hears of no other
        wrong = truth.disagreement(got, opinion, None, by_last=True, fold=True, more=natural)
        if wrong:
            failed += 1
            print(f"SQLite: {case['sql']!r}: {wrong}")
    if judged < JUDGED:
        failed += 1
        print(f"SQLite judged only {judged} of {len(texts)} statements")
    return judged, failed


def main():
    program = sys.argv[1]
    cases, failed = golden(program)
    judged, other = asked_sqlite(program, cases)
    print(f"| {len(cases)} golden cases, {failed} told otherwise; {judged} statements judged by SQLite, {other} told otherwise")
    print(f"{len(cases) + judged - failed - other} passed, {failed + other} failed")
    sys.exit(1 if failed + other else 0)


main()
