#!/usr/bin/python3
"""Broken statements: mutations.py PROGRAM [-v] [SEED [OF_EACH]].

The golden cases with a word dropped, doubled, put in or moved, or cut off at any byte. Whatever such a text means: a table of the case that still
stands where a table stands (behind FROM, JOIN, INTO, UPDATE, TABLE) must be told, in whatever way, or the answer must not be "parsed".
The words are cut here by a few lines that know nothing of the reader's grammar."""
import glob
import json
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SEED, OF_EACH = 7, 20  # a case has its own random numbers: one more case changes nothing for the others
WORD = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[\w[\w ]*\]|[A-Za-z_@#][\w$#]*|\d[\w.]*|\s+|.", re.S)
BEFORE = {"from", "join", "into", "update", "table"}
# FROM inside these is no clause: EXTRACT(year FROM t)
CALLS = {"extract", "trim", "substring", "substr", "overlay", "position", "nth_value", "normalize", "ltrim", "rtrim", "btrim", "ceil", "floor"}
INSERTED = ["(", ")", ",", ".", ";", "=", "*", "SELECT", "FROM", "WHERE", "JOIN", "ON", "AND", "NOT", "AS", "IN", "BY", "ORDER", "GROUP", "UNION", "WITH",
            "INTO", "VALUES", "SET", "UPDATE", "DELETE", "INSERT", "TABLE", "CASE", "END", "THEN", "BEGIN", "IF", "LATERAL", "USING", "x", "1", "'s'",
            "LEFT", "OVER", "PARTITION", "LIMIT", "FOR", "ALL", "EXISTS", "DISTINCT", "VIEW", "CREATE", "EXPLAIN", "RETURNING"]
# Texts whose words these few lines cannot cut: escapes, dollar quotes, comments, other languages inside strings.
HARD = re.compile(r"\\|\$|--|/\*|#|[uUnNqQ]&?'|&\"|\{|<<|'''|\"\"\"|`.*`\.|^\.|:|@|;|\x00|!", re.S)


def load():
    for path in sorted(glob.glob(os.path.join(HERE, "sql", "*.jsonl"))):
        dialect = os.path.basename(path)[:-6]
        for line in open(path, encoding="utf-8"):
            c = json.loads(line)
            if c.get("certainty", "parsed") == "parsed" and (c.get("reads") or c.get("writes")) and not HARD.search(c["sql"]) and len(c["sql"]) < 2000:
                yield dialect, c["sql"], {n.split(".")[-1].lower() for n in c.get("reads", []) + c.get("writes", [])}


def mutate(words, rnd):
    real = [i for i, w in enumerate(words) if not w.isspace()]
    kind, i = rnd.randrange(5), rnd.choice(real)
    if kind == 0:
        return "".join(words[:i] + words[i + 1:])
    if kind == 1:
        return "".join(words[:i] + [words[i], " "] + words[i:])
    if kind == 2:
        return "".join(words[:i] + [" ", rnd.choice(INSERTED), " "] + words[i:])
    if kind == 3:
        j = rnd.choice(real)
        w = list(words)
        w[i], w[j] = w[j], w[i]
        return " ".join(w)
    text = "".join(words).encode()
    return text[:rnd.randrange(1, len(text) + 1)].decode(errors="ignore")


def bare(word):
    return word[1:-1] if word[:1] in "\"`[" else word


def standing(text, names):
    """Names of the case that stand where a table stands in this text. Not those that are (also) the name of a CTE."""
    if re.match(r"\s*(fetch|move|close)\b", text, re.I):  # of a cursor
        return set()
    words = [w for w in WORD.findall(text) if not w.isspace()]
    names = {n for n in names if n != "user" and not n.startswith("current_") and not re.search(rf"\b{re.escape(n)}\b\W?\s*(\([^()]*\))?\s*as\s+(not\s+)?(materialized\s*)?\(", text, re.I)}
    calls, found = [], set()
    for i, w in enumerate(words):
        if w == "(":
            calls.append(words[i - 1].lower() if i else "")
        elif w == ")" and calls:
            calls.pop()
        if w.lower() not in BEFORE or (i and words[i - 1].lower() in (".", "distinct", "for", "key", "on", "no", "as", "do", "then", ",", "using", "view", "exists", *(BEFORE if w.lower() == "update" else ()))):
            continue
        if w.lower() == "from" and calls and calls[-1] in CALLS:
            continue
        if w.lower() == "update" and "set" not in (x.lower() for x in words[i + 2:]) or w.lower() == "join" and i and words[i - 1].lower() == "array":
            continue
        n = i + 1
        while n + 2 < len(words) and words[n + 1] == "." and re.match(r"\w|[\"`\[]", words[n + 2]):
            n += 2
        if n >= len(words) or bare(words[n]).lower() not in names:
            continue
        if n + 1 < len(words) and words[n + 1] in ("(", ".", "'"):  # a function, a longer name
            continue
        found.add(bare(words[n]).lower())
    return found


def told(answer):
    return {r["name"].split(".")[-1].lower() for s in answer.get("statements", []) for r in s["relations"]} | {
        n.split(".")[-1].lower() for n in answer["reads"] + answer["writes"]}


def main():
    args = [a for a in sys.argv[2:] if a != "-v"]
    seed, of_each = int(args[0]) if args else SEED, int(args[1]) if len(args) > 1 else OF_EACH
    cases, texts = list(load()), []
    for dialect, sql, names in cases:
        words, rnd = WORD.findall(sql), random.Random(f"{seed} {dialect} {sql}")
        texts += [(dialect, mutate(words, rnd), names) for _ in range(of_each)]
    lines = "".join(json.dumps({"id": i, "dialect": d, "sql": t}) + "\n" for i, (d, t, _) in enumerate(texts))
    p = subprocess.run([sys.argv[1], "sql"], input=lines.encode(), stdout=subprocess.PIPE, timeout=300)
    answers = [json.loads(x) for x in p.stdout.splitlines()]
    failed = judged = parsed = 0
    if p.returncode or len(answers) != len(texts):
        print(f"{sys.argv[1]} sql: exit {p.returncode}, {len(answers)} answers to {len(texts)}")
        failed = 1
    for (dialect, text, names), answer in zip(texts, answers):
        want = standing(text, names)
        judged += bool(want)
        parsed += answer["certainty"] == "parsed"
        lost = want - told(answer)
        if lost and answer["certainty"] == "parsed":
            failed += 1
            if failed < 20 or "-v" in sys.argv:
                print(f"{dialect}: {text!r}\n    parsed, and nothing of {', '.join(sorted(lost))}")
    print(f"| {len(texts)} broken statements of {len(cases)} cases, {judged} with a table in its place, {parsed} parsed; {failed} hid one")
    print(f"{judged - failed} passed, {failed} failed")
    return failed != 0


sys.exit(main())
