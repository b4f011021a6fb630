"""qprov trace: filters, output forms, limits, the closing line; and that it leaves nothing behind."""
import json
import os
import subprocess
import sys

from harness import Agent, Case, Human, check, equal, finish, folder, queries, tables
from social import HARMLESS, JOIN, LIT, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = "tables:\n  - match: user_ip_log\n"


def trace(*args):
    return Agent(PROGRAM, CONFIG, command="trace", args=args)


def ask(human, path, *statements):
    return [human.run(["/usr/bin/sqlite3", path, s])[0] for s in statements]


def lines(agent):
    found = []
    for line in agent.text().splitlines():
        if line.startswith(b"{"):
            found.append(json.loads(line))
    return queries(found)


def count(one, path):
    agent = trace("-o", "json", "-n", "2")
    ask(one, path, LIT, JOIN)
    agent.p.wait(20)
    equal((agent.p.returncode, len(lines(agent))), (0, 2), "exit status and events with -n 2")


def duration(one, path):
    agent = trace("-o", "json", "-d", "2")
    ask(one, path, LIT)
    agent.p.wait(20)
    equal((agent.p.returncode, len(lines(agent))), (0, 1), "exit status and events with -d 2")


def by_user(one, two, path):
    agent = trace("-o", "json", "-u", two.name)
    _, pid = ask(one, path, LIT), ask(two, path, LIT)[0]
    agent.p.terminate()
    agent.p.wait(20)
    equal([e["process"]["pid"] for e in lines(agent)], [pid], "events with -u")


def by_table(one, path):
    agent = trace("-o", "json", "--table", "pos*")
    ask(one, path, LIT, "SELECT body FROM posts", HARMLESS)
    agent.p.terminate()
    agent.p.wait(20)
    equal([tables(e) for e in lines(agent)], [["posts"]], "events with --table")


def pretty(one, path):
    agent = trace("-o", "pretty")
    ask(one, path, LIT)
    agent.p.terminate()
    agent.p.wait(20)
    text = agent.text().decode() + agent.log()
    for word in (one.name, "user_ip_log", "sqlite3"):
        check(word in text, f"no {word!r} in:\n{text}")
    check("lost" in text or "loss" in text, f"no closing line with losses in:\n{text}")


def terminal(one):
    """Names are chosen by those who are watched; the responder's terminal must not obey them."""
    sneaky = "import ctypes, sqlite3, sys; ctypes.CDLL(None).prctl(15, b'\\x1b[2J\\x9b\\n'); sqlite3.connect(sys.argv[1]).execute(sys.argv[2])"
    agent = trace("-o", "pretty")
    one.run(["/usr/bin/python3", "-c", sneaky, ":memory:", 'CREATE TABLE IF NOT EXISTS "a\x1b]0;owned\x07\nroot" (x)'])
    agent.p.terminate()
    agent.p.wait(20)
    text = agent.text()
    check(b"owned" in text, f"the statement is not told: {text!r}")
    check(not any(c < 0x20 and c != 0x0a or c == 0x7f for c in text), f"control characters: {text!r}")
    check(all(line[2:3] == b":" for line in text.splitlines()), f"a line of somebody else's: {text!r}")


def leaves_nothing(one, path):
    def probes():
        try:
            with open("/sys/kernel/tracing/uprobe_events") as f:
                return f.read()
        except OSError:
            return ""
    before = probes()
    agent = trace("-d", "1")
    agent.p.wait(20)
    equal(probes(), before, "uprobe_events")
    ask(one, path, LIT)


def usage():
    for args in (["trace", "-o", "xml"], ["trace", "-n", "x"], ["trace", "--no-such"], ["no-such"], ["trace", "-d", "-1"]):
        p = subprocess.run([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
        equal((p.returncode, p.stdout), (2, b""), f"exit status and output of {args}")
        check(p.stderr.strip(), f"{args}: no message")


def main():
    one, two = Human("qprov-t1"), Human("qprov-t2")
    path = os.path.join(folder(), "social.db")
    make_sqlite(path)
    for name, fn in (("-n", lambda: count(one, path)), ("-d", lambda: duration(one, path)), ("-u", lambda: by_user(one, two, path)),
                     ("--table", lambda: by_table(one, path)), ("-o pretty", lambda: pretty(one, path)),
                     ("names with control characters", lambda: terminal(one)),
                     ("leaves nothing behind", lambda: leaves_nothing(one, path)), ("wrong usage", usage)):
        with Case(name):
            fn()
    finish()


main()
