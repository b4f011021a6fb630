#!/usr/bin/python3
"""A program whose memory does not come (a file of its own FUSE mount, a server that is gone): it waits, and nobody else does.

    test_held.py PROGRAM
"""
import os
import shutil
import subprocess
import sys

import harness
from harness import ALL_QUERIES, PYTHON, Agent, Case, Human, check, compile_client, dataset, finish, folder, queries, tables, wait_until
from social import make_sqlite

SQLITE = os.path.realpath("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0")
READ = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT ip FROM user_ip_log WHERE user_id = 1').fetchall()"


def told(agent, pid):
    agent.wait_events(lambda ev: [e for e in queries(ev, pid) if tables(e) == ["user_ip_log"]], "the statement of the other", 20)


def hold(client, what):
    p = subprocess.Popen([client, what], stdout=subprocess.PIPE)
    harness._closers.append(p.kill)
    check(p.stdout.readline() == b"held\n", f"{what}: no page was asked for")
    return p


def main():
    human, client, db = Human("qprov-held"), compile_client("held_page.c", ["sqlite3", "pthread"]), os.path.join(folder(), "social.db")
    make_sqlite(db)
    agent = Agent(os.path.abspath(sys.argv[1]), ALL_QUERIES, args=["-v"])
    held = []
    for what in ("text", "end", "handle"):
        with Case(f"held: {what} in a page that does not come: another's statement is told"):
            held.append(hold(client, what))
            pid, _ = human.run([PYTHON, "-c", READ, db])
            told(agent, pid)
    with Case("held: probes that cannot be taken away, as that one is still inside: the others' statements are told"):
        held.append(hold(client, "text"))
        copy = shutil.copy(SQLITE, folder())
        pid, _ = human.run([PYTHON, "-c", READ, db], env={"LD_PRELOAD": copy})
        os.unlink(copy)  # the file loses its probes
        agent.wait_events(lambda ev: any(c["qprov"]["coverage"].get("path", "").startswith(copy) for c in dataset(ev, "coverage")), "the copy is hooked")
        wait_until(lambda: f'no longer used: "{copy}' in agent.log(), "the copy lost its probes", 20)
        pid, _ = human.run([PYTHON, "-c", READ, db])
        told(agent, pid)
    with Case("held: the agent ends"):
        agent.stop(seconds=20)
    with Case("held: what was held ends when its user ends it"):
        for p in held:
            p.kill()
            check(p.wait(20) != 0, "it did not end")
    finish()


main()
