"""Repetition over restarts: counts are kept, a threshold is crossed across them, a damaged file is told of, one that cannot be written too."""
import os
import sys

from harness import Agent, Case, Human, check, dataset, equal, finish, folder
from social import LIT, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = """tables:
  - match: user_ip_log
thresholds:
  - {name: five, queries: 5, within: 30d}
state: %s
"""


def ask(human, path, state, times):
    """One run of the agent; its summaries."""
    agent = Agent(PROGRAM, CONFIG % state)
    for _ in range(times):
        human.run(["/usr/bin/sqlite3", path, LIT])
    return [e for e in dataset(agent.stop(), "summary") if "state" in e["qprov"] or e.get("user", {}).get("name") == human.name]


def kept(human, path, where):
    state = os.path.join(where, "new", "repetition")
    events = ask(human, path, state, 3)
    equal([(e["event"]["action"], e["qprov"]["summary"]["queries"]) for e in events], [("summary", 3)], "the first run")
    equal(oct(os.stat(state).st_mode & 0o777), "0o600", "mode of the file")
    first = events[0]["qprov"]["summary"]["first_seen"]
    events = ask(human, path, state, 2)
    equal([e["event"]["action"] for e in events], ["threshold", "summary"], "the second run")
    equal((events[0]["event"]["kind"], events[0]["rule"]["name"]), ("alert", "five"), "the alert")
    s = events[1]["qprov"]["summary"]
    equal((s["queries"], s["period"]["queries"], s["first_seen"]), (5, 2, first), "counts go on")
    equal(sorted(os.listdir(os.path.dirname(state))), ["repetition"], "nothing is left beside the file")


def damaged(human, path, where):
    state = os.path.join(where, "damaged")
    ask(human, path, state, 1)
    with open(state, "r+b") as f:
        f.seek(100)
        byte = f.read(1)
        f.seek(100)
        f.write(bytes([byte[0] ^ 1]))
    events = ask(human, path, state, 1)
    equal([e["event"]["action"] for e in events], ["state_lost", "summary"], "a damaged file")
    equal((events[0]["qprov"]["state"]["file"], events[1]["qprov"]["summary"]["queries"]), (state, 1), "counting begins anew")
    equal([e["event"]["action"] for e in ask(human, path, state, 1)], ["summary"], "and the file is whole again")


def unwritable(human, path, where):
    state = os.path.join(where, "not", "there", "repetition")
    events = ask(human, path, state, 1)
    lost = [e for e in events if e["event"]["action"] == "state_lost"]
    check(len(lost) == 1 and "cannot be written" in lost[0]["qprov"]["state"]["error"], events)


def main():
    human = Human("qprov-again")
    where = folder(0o755)
    path = os.path.join(folder(0o777), "social.db")
    make_sqlite(path)
    for name, fn in (("counts survive a restart", kept), ("a damaged file", damaged), ("a file that cannot be written", unwritable)):
        with Case(name):
            fn(human, path, where)
    finish()


main()
