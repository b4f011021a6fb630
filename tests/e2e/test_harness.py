#!/usr/bin/python3
"""A test that is killed leaves nothing behind: no agent, no server, no account, no folder.

    test_harness.py PROGRAM
"""
import os
import pwd
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import HERE, PYTHON, Case, check, equal, finish, wait_until  # noqa: E402

VICTIM = """
import sys
sys.path.insert(0, sys.argv[1])
from harness import Agent, Human, Postgres, folder
human, pg, agent, where = Human("qprov-victim"), Postgres(log=False), Agent(sys.argv[2]), folder()
with open(pg.data + "/postmaster.pid") as f:
    print(agent.p.pid, f.readline().strip(), where, agent.dir, pg.dir, flush=True)
sys.stdin.read()
"""


def is_account(name):
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def victim(program):
    p = subprocess.Popen([PYTHON, "-c", VICTIM, HERE, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said = p.stdout.readline().decode().split()
    equal(len(said), 5, "what it made")
    check(all(os.path.exists(f"/proc/{pid}") for pid in said[:2]) and all(map(os.path.isdir, said[2:])) and is_account("qprov-victim"), "it made nothing")
    return p, said


def main():
    program = os.path.abspath(sys.argv[1])
    for name, end in (("killed", lambda p: p.send_signal(signal.SIGKILL)), ("terminated", lambda p: p.send_signal(signal.SIGTERM)),
                      ("ended", lambda p: p.stdin.close())):
        with Case(f"harness: nothing is left of a test that is {name}"):
            p, said = victim(program)
            end(p)
            p.wait(120)
            for pid in said[:2]:
                wait_until(lambda: not os.path.exists(f"/proc/{pid}"), f"the end of process {pid}")
            for path in said[2:]:
                wait_until(lambda: not os.path.exists(path), f"the end of {path}")
            wait_until(lambda: not is_account("qprov-victim"), "the end of the account")
    finish()


main()
