#!/usr/bin/python3
"""A directory service that takes four seconds for each name: no event waits for it, the number is always there, the name comes when it comes."""
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from harness import Agent, Case, Human, check, compile_client, equal, finish, folder, losses, queries, wait_until  # noqa: E402
from ways import SQLITE, make_table  # noqa: E402

PROGRAM = os.path.abspath(sys.argv[1])
ONLY_OURS = "uncertain: log\ntables:\n  - match: qprov_names\n"
SLOW = 70001  # clients/nss_slow.c
SLOW_SECONDS = 4.0
PROMPT_SECONDS = 2.0  # an event waits for its query's end and the reader's next look; this machine may be busy


def agent_with_directory(where):
    """The agent in a mount namespace of its own, whose nsswitch.conf names our module."""
    os.rename(compile_client("nss_slow.c", [], more=["-shared", "-fPIC"]), os.path.join(where, "libnss_slow.so.2"))
    with open(os.path.join(where, "nsswitch.conf"), "w") as f:
        f.write("passwd: files slow\ngroup: files\nhosts: files\n")
    wrapper = os.path.join(where, "agent")
    with open(wrapper, "w") as f:
        f.write(f"#!/bin/sh\nexec unshare --mount /bin/sh -c 'mount --bind {where}/nsswitch.conf /etc/nsswitch.conf && "
                f"LD_LIBRARY_PATH={where} exec {PROGRAM} \"$@\"' sh \"$@\"\n")
    os.chmod(wrapper, 0o755)
    return Agent(wrapper, ONLY_OURS)


def query_as(uid, db, mark):
    """A statement of an account that only the directory knows; when it was over."""
    def become():
        with open("/proc/self/loginuid", "w") as f:
            f.write(str(uid))
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    subprocess.run([SQLITE, "-readonly", db, f"SELECT ip AS {mark} FROM qprov_names"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   preexec_fn=become)
    return time.monotonic()


def event_of(agent, mark, seconds=60.0):
    found = []

    def there(events):
        found[:] = [e for e in queries(events) if f"AS {mark} " in e["db"].get("query", {}).get("text", "")]
        return found
    agent.wait_events(there, f"the statement of {mark}", seconds)
    return found[0]


def main():
    where = folder(0o755)
    db = make_table(where, "qprov_names")
    human = Human("qprov-names")
    agent = agent_with_directory(where)
    with Case("an event does not wait for a name"):
        began = query_as(SLOW, db, "first")
        e = event_of(agent, "first", PROMPT_SECONDS)
        check(time.monotonic() - began < SLOW_SECONDS, "the directory answered first: this shows nothing")
        equal(e["user"], {"id": str(SLOW)}, "the number alone")
        equal(e["qprov"]["attribution"]["loginuid"], SLOW, "loginuid")
    with Case("meanwhile others have their names at once"):
        human.run([SQLITE, "-readonly", db, "SELECT ip AS local FROM qprov_names"])
        equal(event_of(agent, "local", PROMPT_SECONDS)["user"]["name"], human.name, "a local account's name")
    with Case("a name comes when the directory has answered"):
        tries = []

        def named():
            tries.append(f"later_{len(tries)}")
            query_as(SLOW, db, tries[-1])
            return event_of(agent, tries[-1]).get("user", {}).get("name") == "slow0"
        wait_until(named, "the name of the directory")
    with Case("names that are all slow hold up nobody, and none is lost"):
        for i in range(1, 9):  # 32 s of answers, one behind the other: the child answers all the time and is not replaced
            query_as(SLOW + i, db, f"many_{i}")
        for i in range(1, 9):
            equal(event_of(agent, f"many_{i}", PROMPT_SECONDS)["user"]["id"], str(SLOW + i), "the number")

        def all_named():
            tries.append(f"last_{len(tries)}")
            query_as(SLOW + 8, db, tries[-1])
            return event_of(agent, tries[-1]).get("user", {}).get("name") == "slow8"
        wait_until(all_named, "the last name")
        check("took too long" not in agent.log(), agent.log())
    with Case("the lines are valid, nothing was lost"):
        equal(losses(agent.stop()), 0, "losses")
    finish()


main()
