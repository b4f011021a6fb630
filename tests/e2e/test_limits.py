#!/usr/bin/python3
"""Machines that give less than we would like, and a second agent: each leads to a clear word and a record, and nothing is lost silently.

    test_limits.py PROGRAM [WORD]
"""
import json
import os
import signal
import subprocess
import sys

from harness import ALL_QUERIES, Agent, Case, Human, check, compile_client, dataset, equal, finish, folder, losses, queries, tables, validate, wait_until
from social import LIT, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
SQLITE = "/usr/bin/sqlite3"


class World:
    def __init__(self):
        self.human, self.db = Human("qprov-lim"), os.path.join(folder(0o777), "social.db")
        make_sqlite(self.db)

    def query(self):
        return self.human.run([SQLITE, self.db, LIT])[0]

    def is_told(self, agent, lines=None):
        pid = self.query()
        if lines is None:
            agent.wait_events(lambda ev: queries(ev, pid), "a query")
        else:
            wait_until(lambda: queries(lines(), pid), "a query in the file")
        return pid


def under(*commands):
    """The program behind commands of a shell: limits, mounts of its own."""
    path = os.path.join(folder(), "qprov")
    with open(path, "w") as f:
        f.write("#!/bin/sh\n" + "".join(c + "\n" for c in commands) + f'exec {PROGRAM} "$@"\n')
    os.chmod(path, 0o755)
    return path


def within_mounts(*commands):
    inner = under("mount --make-rprivate /", *commands)
    path = os.path.join(folder(), "qprov")
    with open(path, "w") as f:
        f.write(f'#!/bin/sh\nexec unshare -m {inner} "$@"\n')
    os.chmod(path, 0o755)
    return path


def start_refused(config, status, *words, program=PROGRAM):
    where = os.path.join(folder(), "qprov.yaml")
    with open(where, "w") as f:
        f.write(config)
    p = subprocess.run([program, "run", "-c", where], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    equal((p.returncode, p.stdout), (status, b""), f"exit status and output (log: {p.stderr!r})")
    for w in words:
        check(str(w) in p.stderr.decode(), f"{w} is not named: {p.stderr!r}")


def reader(path):
    def lines():
        with open(path, "rb") as f:
            text = f.read()
        return [json.loads(x) for x in text[:text.rfind(b"\n") + 1].splitlines() if x]  # a torn line is ended by a newline
    return lines


def one_file(w):
    out = os.path.join(folder(), "events.jsonl")
    config = ALL_QUERIES + f"sinks:\n  - file: {out}\n"
    agent = Agent(PROGRAM, config)
    start_refused(config, 2, out, agent.p.pid)
    w.is_told(agent, reader(out))
    agent.stop()
    events = reader(out)()
    equal([e["event"]["sequence"] for e in events], list(range(1, len(events) + 1)), "sequence of the one that runs")
    validate(out)
    agent = Agent(PROGRAM, config)  # when it is gone the next one may
    w.is_told(agent, reader(out))
    agent.stop()


def one_state(w):
    config = ALL_QUERIES + f"state: {os.path.join(folder(), 'kept')}\n"
    agent = Agent(PROGRAM, config)
    start_refused(config, 2, "kept", agent.p.pid)
    w.is_told(agent)
    agent.p.kill()  # a lock does not outlive its holder
    agent.p.wait()
    agent = Agent(PROGRAM, config)
    w.is_told(agent)
    agent.stop()


def two_agents(w):
    """With files of their own both work, and each tells all."""
    agents = [Agent(PROGRAM, ALL_QUERIES + f"state: {os.path.join(folder(), 'kept')}\n") for _ in range(2)]
    pids = [w.query() for _ in range(5)]
    for a in agents:
        events = a.stop()
        equal([len(queries(events, p)) for p in pids], [1] * 5, "events of each query")


def few_descriptors(w):
    start_refused(ALL_QUERIES, 3, "no more than 64 files", "LimitNOFILE", program=under("ulimit -n 64"))
    agent = Agent(under("ulimit -n 256"), ALL_QUERIES)
    w.is_told(agent)
    agent.stop()


def soft_descriptors(_w):
    """What we may have is taken: each hooked file needs one."""
    agent = Agent(under("ulimit -S -n 128"), ALL_QUERIES)
    with open(f"/proc/{agent.p.pid}/limits") as f:
        soft = next(line.split()[3] for line in f if line.startswith("Max open files"))
    agent.stop()
    check(int(soft) > 128, f"{soft} descriptors")


def little_memory(w):
    """Files that cannot be read for lack of it are told; the others are watched."""
    agent = Agent(under("ulimit -v 80000"), ALL_QUERIES)
    w.is_told(agent)
    agent.stop()


def small_files(w):
    """A limit on the size of files is a full disk, and no end."""
    out = os.path.join(folder(), "events.jsonl")
    agent = Agent(under("ulimit -f 64"), ALL_QUERIES + f"sinks:\n  - file: {out}\n")
    client = compile_client("lite_client.c", ["sqlite3"])
    w.human.run([client, "step", "100", w.db])
    wait_until(lambda: "File too large" in agent.log(), "the log tells it")
    os.truncate(out, 0)  # room again
    w.is_told(agent, reader(out))
    check(losses(reader(out)()) > 0, "no record of what the file lost")
    agent.stop()


def without_debug(w):
    agent = Agent(within_mounts("mount -t tmpfs none /sys/kernel/debug", "mount -t tmpfs none /sys/kernel/tracing", "umount -l /sys/fs/bpf 2>/dev/null"),
                  ALL_QUERIES)
    w.is_told(agent)
    agent.stop()


def state_not_writable(w):
    where = folder()
    agent = Agent(within_mounts(f"mount --bind {where} {where}", f"mount -o remount,ro,bind {where}"), ALL_QUERIES + f"state: {where}/kept\n")
    wait_until(lambda: "Read-only file system" in agent.log(), "the log tells it")
    w.is_told(agent)
    events = agent.stop()
    check("Read-only file system" in json.dumps([e for e in events if e["event"]["dataset"] not in ("qprov.query", "qprov.coverage")]), "no record of it")


def stopped(w):
    """As a suspended machine's: others query meanwhile, and each query is told once when it goes on."""
    client = compile_client("lite_client.c", ["sqlite3"])
    agent = Agent(PROGRAM, ALL_QUERIES)
    agent.p.send_signal(signal.SIGSTOP)
    try:
        pids = [w.query() for _ in range(50)]
        many = w.human.run([client, "step", "1000", w.db])[0]
    finally:
        agent.p.send_signal(signal.SIGCONT)
    last = w.is_told(agent)
    events = agent.stop()
    for p in pids + [last]:
        found = queries(events, p)
        equal([(tables(e), e["user"]["name"]) for e in found], [(["user_ip_log"], w.human.name)], f"events of {p}")
    equal((len(queries(events, many)), losses(events)), (1000, 0), "events of the long one, and losses")
    check(not dataset(events, "loss"), "a loss record")


CASES = (("two agents, one file", one_file), ("two agents, one state", one_state), ("two agents, files of their own", two_agents),
         ("few descriptors", few_descriptors), ("a low soft limit of descriptors", soft_descriptors), ("little memory", little_memory),
         ("files may not grow", small_files), ("no tracefs, debugfs and bpffs", without_debug), ("state that cannot be written", state_not_writable),
         ("an agent that stands still", stopped))


def main():
    w = World()
    for name, fn in CASES:
        if len(sys.argv) < 3 or sys.argv[2] in name:
            with Case("limits: " + name):
                fn(w)
    finish()


main()
