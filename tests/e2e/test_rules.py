#!/usr/bin/python3
"""Rules on who asks, with real accounts, groups of the system, scripts and ways in: which rule decides each query.

test_rules.py PROGRAM
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import PYTHON, Agent, Case, Human, dataset, equal, finish, folder, queries  # noqa: E402
from social import LIT, make_sqlite  # noqa: E402
from ways import on_terminal, unset_login  # noqa: E402
import harness  # noqa: E402

GROUP, ALICE, BOB = "qprov-team", "qprov-rules-a", "qprov-rules-b"
SCRIPT = "import sqlite3, sys\nprint(len(sqlite3.connect(sys.argv[1]).execute(%r).fetchall()))\n" % LIT
CONFIG = """tables: [{match: user_ip_log}]
rules:
  - {name: job, when: {script: %(approved)s/*, exe: /usr/bin/python3*, group: GROUP}, action: log}
  - {name: team, when: {group: GROUP, exe: /usr/bin/sqlite3}, action: log}
  - {name: by console, when: {session: [console, display]}, action: log}
  - {name: by cron, when: {session: cron}, action: alert}
""".replace("GROUP", GROUP)


def rule_of(events, pid):
    found = queries(events, pid)
    equal(len(found), 1, f"queries of {pid}")
    return found[0]["event"]["kind"], found[0]["rule"]["name"]


def script(path):
    with open(path, "w") as f:
        f.write(SCRIPT)
    os.chmod(path, 0o755)
    return path


class Stage:
    """Two people, one of them in the team; a script that is approved and one that is not."""

    def __init__(self):
        self.alice, self.bob = Human(ALICE), Human(BOB)
        subprocess.run(["groupadd", "--force", GROUP], check=True)
        harness._closers.append(lambda: subprocess.run(["groupdel", GROUP], check=False))
        subprocess.run(["gpasswd", "--add", ALICE, GROUP], check=True, stdout=subprocess.DEVNULL)
        self.db = os.path.join(folder(0o777), "social.db")
        make_sqlite(self.db)
        approved, own = folder(0o755), folder(0o755)
        self.approved, self.own = script(os.path.join(approved, "pull.py")), script(os.path.join(own, "pull.py"))
        self.agent = Agent(sys.argv[1], CONFIG % {"approved": approved})
        self.pids = {}

    def known(self):
        """Groups are looked up beside the stream: what a person runs first may come before the answer, and alerts."""
        for human in (self.alice, self.bob):
            human.run(["/usr/bin/sqlite3", self.db, LIT])
        self.agent.wait_events(lambda e: len(queries(e)) >= 2, "the first queries")

    def run(self, name, human, argv):
        self.pids[name] = human.run(argv)[0]


def main():
    s = Stage()
    s.known()
    s.run("of the team", s.alice, ["/usr/bin/sqlite3", s.db, LIT])
    s.run("not of the team", s.bob, ["/usr/bin/sqlite3", s.db, LIT])
    s.run("approved script", s.alice, [PYTHON, s.approved, s.db])
    s.run("own script", s.alice, [PYTHON, s.own, s.db])
    s.run("approved path with ..", s.alice, [PYTHON, os.path.dirname(s.approved) + "/../" + s.own.lstrip("/").split("/", 1)[1], s.db])
    s.run("approved script, not of the team", s.bob, [PYTHON, s.approved, s.db])
    on_terminal(["/usr/bin/login", "-f", BOB], f"/usr/bin/sqlite3 {s.db} '{LIT}'; exit\n", unset_login)
    events = s.agent.stop()
    alert, log = "alert", "event"
    for name, want in (("of the team", (log, "team")),
                       ("not of the team", (alert, "by cron")),  # how the test was started is not known: it could be cron
                       ("approved script", (log, "job")),
                       ("own script", (alert, "by cron")),
                       ("approved path with ..", (alert, "by cron")),
                       ("approved script, not of the team", (alert, "by cron"))):
        with Case(name):
            equal(rule_of(events, s.pids[name]), want, "who decided")
    with Case("by the console"):
        equal([e["user"]["name"] for e in queries(events) if e["rule"]["name"] == "by console"], [BOB], "who came by the console")
    with Case("nothing lost"):
        equal(len(dataset(events, "loss")), 0, "losses")
    finish()


main()
