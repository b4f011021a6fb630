#!/usr/bin/python3
"""Variables: variables.py PROGRAM [SEED [COUNT]]. Random programs that put texts into variables, overwrite them, branch, loop and run them.

Which texts each EXECUTE may run is worked out here for all ways through the program. An answer "parsed" of "PROGRAM sql" must name the tables of all
of them, and none of them may be unknown. Most programs whose texts are plain must be "parsed" (FLOOR).
"""
import json
import random
import subprocess
import sys

FLOOR = 90.0  # per cent of the programs whose every text is one that is known
VARS = ("v", "w")
UNKNOWN = "?"


def program(r, depth=3):
    out = []
    for _ in range(r.randint(1, 4)):
        k, x = r.random(), r.choice(VARS)
        if k < 0.22:
            out.append(("set", x, f"t{r.randint(1, 6)}"))
        elif k < 0.30:
            out.append(("append", x, f"t{r.randint(1, 6)}"))
        elif k < 0.37:
            out.append(("copy", x, r.choice(VARS)))
        elif k < 0.47:
            out.append(("overwrite", x, r.randrange(4)))
        elif depth and 0.70 <= k < 0.82:
            out.append(("if", program(r, depth - 1), program(r, depth - 1) if r.random() < 0.5 else None))
        elif depth and 0.82 <= k < 0.92:
            out.append(("loop", program(r, depth - 1)))
        elif depth and 0.92 <= k < 0.96:
            out.append(("block", program(r, depth - 1)))
        else:
            out.append(("run", x))
    return out


def follow(steps, state, ran):
    """All values of the variables behind the steps; ran: those that were run."""
    for s in steps:
        if s[0] == "set":
            state = {**state, s[1]: {(s[2],)}}
        elif s[0] == "append":
            state = {**state, s[1]: {v if v == UNKNOWN else (v + (s[2],))[:6] for v in state[s[1]]}}
        elif s[0] == "copy":
            state = {**state, s[1]: state[s[2]]}
        elif s[0] == "overwrite":
            state = {**state, s[1]: {UNKNOWN}}
        elif s[0] == "run":
            ran |= state[s[1]]
        elif s[0] == "block":
            state = follow(s[1], state, ran)
        elif s[0] == "if":
            ways = [follow(s[1], state, ran), follow(s[2], state, ran) if s[2] is not None else state]
            state = {k: ways[0][k] | ways[1][k] for k in state}
        else:
            for _ in range(4):
                once = follow(s[1], state, ran)
                state = {k: state[k] | once[k] for k in state}
    return state


class Form:
    """How a dialect writes the steps; {x}, {y}: variables, {t}: a table."""

    def __init__(self, dialect, head, tail, var, steps, overwrites, loop, end=("; ",)):
        self.dialect, self.head, self.tail, self.var, self.loop, self.end = dialect, head, tail, var, loop, end
        self.steps, self.overwrites = dict(zip(("set", "append", "copy", "run"), steps)), overwrites

    def write(self, steps, end):
        return "".join(self.one(s, end) + end for s in steps)

    def one(self, s, end):
        if s[0] == "overwrite":
            return self.overwrites[s[2] % len(self.overwrites)].format(x=self.var + s[1])
        if s[0] in self.steps:
            y = s[2] if len(s) > 2 else ""
            return self.steps[s[0]].format(x=self.var + s[1], y=self.var + y, t=y)
        inner = self.write(s[1], end)
        if s[0] == "block":
            return f"BEGIN {inner}END"
        if s[0] == "loop":
            return self.loop.format(inner)
        other = None if s[2] is None else self.write(s[2], end)
        if self.dialect == "tsql":
            return f"IF @z = 1 BEGIN {inner}END" + ("" if other is None else f" ELSE BEGIN {other}END")
        return f"IF z THEN {inner}" + ("" if other is None else f"ELSE {other}") + "END IF"


FORMS = [
    Form("postgres", "DO $$ DECLARE v text := 'SELECT a FROM t0'; w text; BEGIN ", "END $$", "",
         ("{x} := 'SELECT a FROM {t}'", "{x} := {x} || ', {t}'", "{x} := {y}", "EXECUTE {x}"),
         ("SELECT q INTO {x} FROM x", "FETCH c INTO {x}", "{x} := f(1)", "CALL p({x})"), "LOOP {}END LOOP"),
    Form("oracle", "DECLARE v VARCHAR2(99) := 'SELECT a FROM t0'; w VARCHAR2(99); BEGIN ", "END;", "",
         ("{x} := 'SELECT a FROM {t}'", "{x} := {x} || ', {t}'", "{x} := {y}", "EXECUTE IMMEDIATE {x}"),
         ("SELECT q INTO {x} FROM x", "FETCH c BULK COLLECT INTO {x}", "{x} := f(1)", "p({x})"), "WHILE z LOOP {}END LOOP"),
    Form("tsql", "DECLARE @v nvarchar(max) = 'SELECT a FROM t0', @w nvarchar(max) ", "", "@",
         ("SET {x} = 'SELECT a FROM {t}'", "SET {x} += ', {t}'", "SET {x} = {y}", "EXEC({x})"),
         ("SELECT {x} = q FROM x", "FETCH NEXT FROM c INTO {x}", "SET {x} = dbo.f(1)", "EXEC p {x} OUTPUT"), "WHILE @z = 1 BEGIN {}END", (" ", "; ")),
    Form("mysql", "CREATE PROCEDURE m() BEGIN SET @v = 'SELECT a FROM t0'; ", "END", "@",
         ("SET {x} = 'SELECT a FROM {t}'", "SET {x} = CONCAT({x}, ', {t}')", "SET {x} = {y}", "PREPARE p FROM {x}"),
         ("SELECT q INTO {x} FROM x", "FETCH c INTO {x}", "SET {x} = f(1)", "CALL p({x})"), "WHILE z DO {}END WHILE"),
    Form("bigquery", "DECLARE v STRING DEFAULT 'SELECT a FROM t0'; DECLARE w STRING; ", "", "",
         ("SET {x} = 'SELECT a FROM {t}'", "SET {x} = {x} || ', {t}'", "SET {x} = {y}", "EXECUTE IMMEDIATE {x}"),
         ("EXECUTE IMMEDIATE 'SELECT q FROM x' INTO {x}", "SET ({x}, z) = (1, 2)", "SET {x} = f(1)", "CALL p({x})"), "LOOP {}END LOOP"),
    Form("snowflake", "DECLARE v STRING := 'SELECT a FROM t0'; w STRING; BEGIN ", "END", "",
         ("{x} := 'SELECT a FROM {t}'", "{x} := {x} || ', {t}'", "{x} := {y}", "EXECUTE IMMEDIATE {x}"),
         ("SELECT q INTO :{x} FROM x", "FETCH c INTO {x}", "{x} := f(1)", "CALL p() INTO :{x}"), "LOOP {}END LOOP"),
]


def main():
    r = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    cases = []
    for i in range(int(sys.argv[3]) if len(sys.argv) > 3 else 6000):
        form, steps, ran = FORMS[i % len(FORMS)], program(r), set()
        follow(steps, {"v": {("t0",)}, "w": {UNKNOWN}}, ran)
        cases.append((form.dialect, form.head + form.write(steps, r.choice(form.end)) + form.tail, ran))
    text = "".join(json.dumps({"dialect": d, "sql": s}) + "\n" for d, s, _ in cases)
    out = subprocess.run([sys.argv[1], "sql"], input=text.encode(), stdout=subprocess.PIPE, check=True, timeout=300).stdout
    failed = plain = told = 0
    for (dialect, sql, ran), line in zip(cases, out.splitlines(), strict=True):
        got = json.loads(line)
        tables = {t for v in ran if v != UNKNOWN for t in v}
        if got["certainty"] == "parsed" and (UNKNOWN in ran or not tables <= set(got["reads"])):
            failed += 1
            print(f"{dialect}: {sql!r}\n    parsed, reads {got['reads']}, but may run {sorted(map(str, ran))}")
        if got["certainty"] not in ("parsed", "dynamic"):
            failed += 1
            print(f"{dialect}: {sql!r}: {got['certainty']}")
        if UNKNOWN not in ran and len(ran) == 1:
            plain += 1
            told += got["certainty"] == "parsed"
    share = 100.0 * told / max(plain, 1)
    if share < FLOOR:
        failed += 1
    print(f"| {len(cases)} programs; of {plain} that run one text {told} are parsed ({share:.1f} %)")
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
