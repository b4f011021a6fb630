"""Repetition over restarts: counts are kept, a threshold is crossed across them, a damaged file is told of, one that cannot be written too."""
import os
import sys

from harness import Agent, Case, Human, check, dataset, equal, filled, finish, folder, queries, small_disk
from social import LIT, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = """tables:
  - match: user_ip_log
thresholds:
  - {name: five, queries: 5, within: 30d}
state: %s
"""


def ask(human, path, state, times):
    """One run of the agent; its summaries. What befalls the store beside it, of derived relations, has the same records (test_session.py)."""
    agent = Agent(PROGRAM, CONFIG % state)
    for _ in range(times):
        human.run(["/usr/bin/sqlite3", path, LIT])
    return [e for e in dataset(agent.stop(), "summary")
            if e["qprov"].get("state", {}).get("file") == state or e.get("user", {}).get("name") == human.name]


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
    equal(sorted(os.listdir(os.path.dirname(state))), ["repetition", "repetition.derived", "repetition.lock"], "nothing is left beside the files")


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


def killed(human, path, where):
    """What was written before is there again, and that something may be missing is told; a torn copy beside it harms nothing."""
    state = os.path.join(where, "killed")
    ask(human, path, state, 2)
    agent = Agent(PROGRAM, CONFIG % state)
    pid = human.run(["/usr/bin/sqlite3", path, LIT])[0]
    agent.wait_events(lambda events: queries(events, pid), "the query before the end")
    agent.kill()
    with open(state + ".new", "wb") as f:
        f.write(b"torn")
    events = ask(human, path, state, 1)
    equal([e["event"]["action"] for e in events], ["state_behind", "summary"], "after a kill")
    check(events[1]["qprov"]["summary"]["queries"] in (3, 4), events[1])
    equal([e["event"]["action"] for e in ask(human, path, state, 1)], ["threshold", "summary"][-1 if events[1]["qprov"]["summary"]["queries"] == 3 else 0:],
          "and the next run goes on")


def full(human, path, _):
    """No room for the new file: told, the old one stays, and what was in it is there again."""
    disk = small_disk("64k")
    state = os.path.join(disk, "repetition")
    ask(human, path, state, 2)
    with filled(disk):
        events = ask(human, path, state, 1)
        lost = [e for e in events if e["event"]["action"] == "state_lost"]
        check(len(lost) == 1 and "No space left" in lost[0]["qprov"]["state"]["error"], events)
    events = ask(human, path, state, 1)
    equal([(e["event"]["action"], e["qprov"]["summary"]["queries"]) for e in events], [("summary", 3)], "the old state")


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
    for name, fn in (("counts survive a restart", kept), ("a damaged file", damaged), ("a file that cannot be written", unwritable),
                     ("a killed agent", killed), ("a full disk", full)):
        with Case(name):
            fn(human, path, where)
    finish()


main()
