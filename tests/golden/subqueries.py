#!/usr/bin/python3
"""Subqueries wherever one might stand: subqueries.py PROGRAM [-v].

Each constant and each short name of the golden cases, one at a time, is replaced by a subquery of a table the case does not name. Whatever such a
text means to the database, if anything: that table must be told, in whatever way, or the answer must not be "parsed". So each place of each
statement that the cases hold is tried, also where the grammar wants a number, a file, a name."""
import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE, LONG = "user_ip_log", 1500
QUERY = f" (SELECT x FROM {TABLE}) "
WORD = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[\w[\w ]*\]|[A-Za-z_@#][\w$#]*|\d[\w.]*|\s+|.", re.S)
CONSTANT, NAME = re.compile(r"\d[\w.]*|'(?:[^']|'')*'"), re.compile(r"[a-z]\w?")
# Texts whose words these few lines cannot cut: escapes, dollar quotes, comments, other languages inside strings.
HARD = re.compile(r"\\|\$|--|//|/\*|#|[uUnNqQ]&?'|&\"|\{|<<|'''|\"\"\"|`.*`\.|^\.|:|@|;|\x00|!", re.S)


def texts():
    for path in sorted(glob.glob(os.path.join(HERE, "sql", "*.jsonl"))):
        for line in open(path, encoding="utf-8"):
            case = json.loads(line)
            sql = case["sql"]
            if case.get("certainty") != "parsed" or HARD.search(sql) or len(sql) > LONG or TABLE in sql.lower():
                continue
            words = WORD.findall(sql)
            for i, w in enumerate(words):
                if CONSTANT.fullmatch(w) or NAME.fullmatch(w) and i and (words[i - 1].isspace() or words[i - 1] in "=,("):
                    yield os.path.basename(path)[:-6], "".join(words[:i]) + QUERY + "".join(words[i + 1:])


def told(answer):
    return {r["name"].lower() for s in answer.get("statements", []) for r in s["relations"]}


def main():
    cases = list(texts())
    lines = "".join(json.dumps({"id": i, "dialect": d, "sql": t}) + "\n" for i, (d, t) in enumerate(cases))
    p = subprocess.run([sys.argv[1], "sql"], input=lines.encode(), stdout=subprocess.PIPE, timeout=300)
    answers = [json.loads(x) for x in p.stdout.splitlines()]
    failed = parsed = 0
    if p.returncode or len(answers) != len(cases) or not cases:
        print(f"{sys.argv[1]} sql: exit {p.returncode}, {len(answers)} answers to {len(cases)}")
        failed = 1
    for (dialect, text), answer in zip(cases, answers):
        parsed += answer["certainty"] == "parsed"
        if answer["certainty"] == "parsed" and TABLE not in told(answer):
            failed += 1
            if failed < 20 or "-v" in sys.argv:
                print(f"{dialect}: {text!r}\n    parsed, and nothing of {TABLE}")
    print(f"| {len(cases)} statements with a subquery somewhere, {parsed} parsed; {failed} hid it")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
