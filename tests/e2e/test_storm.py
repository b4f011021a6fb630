#!/usr/bin/python3
"""Processes made as fast as the machine can, by an ordinary user, while two persons query.

The agent stays, within its memory; each record of a process has come or was counted; each query is told once, of its own person, and one
whose process' records were lost says so. Then the same with a reader that stands still now and then, and with a pid that another person gets.
"""
import os
import signal
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from harness import Agent, Case, Human, check, compile_client, dataset, equal, finish, folder, queries  # noqa: E402
from recording import REC_EXIT, REC_FORK, TASK_PPID, records  # noqa: E402
from ways import make_table  # noqa: E402

ONLY_OURS = "uncertain: log\ntables:\n  - match: qprov_storm\n"
PROGRAM = os.path.abspath(sys.argv[1])
SQLITE = "/usr/bin/sqlite3"
SECONDS = 6
THREADS = 2 * (os.cpu_count() or 1)
MEMORY_KIB = 160 << 10
FILLS = (2 << 20) // 64  # so many processes fill the ring of process records (bpf/maps.h), whatever one of them takes


class World:
    def __init__(self):
        self.db = make_table(folder(0o755), "qprov_storm")
        self.people = [Human("qprov-st1"), Human("qprov-st2")]
        self.attacker = Human("qprov-st3")
        self.storm = compile_client("storm.c", ["pthread"])
        self.asked = {}  # mark: person, pid

    def argv(self, mark):
        return [SQLITE, self.db, f"SELECT ip AS {mark} FROM qprov_storm"]

    def ask(self, who, at_pid=None):
        """A query with a mark of its own; at_pid: in a process of that number."""
        mark = f"mark{len(self.asked)}x"
        if at_pid:
            subprocess.run([self.storm, "as", str(at_pid), str(who.uid)] + self.argv(mark), check=True, stdout=subprocess.DEVNULL)
            self.asked[mark] = (who.name, at_pid)
        else:
            pid, _ = who.run(self.argv(mark))
            self.asked[mark] = (who.name, pid)
        return mark

    def told(self, events):
        """{mark: events}"""
        found = {m: [] for m in self.asked}
        for e in queries(events):
            text = e["db"].get("query", {}).get("text", "")
            if " AS mark" in text:
                found[text.split(" AS ")[1].split(" ")[0]].append(e)
        return found

    def wait_told(self, agent):
        """Until every query is told; else says which ones are missing, and what was lost."""
        try:
            agent.wait_events(lambda es: all(self.told(es).values()), "every query")
        except AssertionError:
            events = agent.events()
            missing = {m: self.asked[m] for m, es in self.told(events).items() if not es}
            raise AssertionError(f"{len(missing)} of {len(self.asked)} queries are missing: {list(missing.items())[:5]}; "
                                 f"lost: {[x['qprov']['loss'] for x in dataset(events, 'loss')]}") from None

    def check_told(self, events):
        """The number of events that say that records of their process are missing."""
        incomplete = 0
        for mark, es in self.told(events).items():
            equal(len(es), 1, f"events of {mark}")
            e = es[0]
            person, pid = self.asked[mark]
            a, p = e["qprov"]["attribution"], e["process"]
            equal((e["user"]["name"], a["method"], p["pid"], p["name"]), (person, "loginuid", pid, "sqlite3"), f"person and process of {mark}")
            if a.get("incomplete"):
                incomplete += 1
                check("executable" not in p or p["executable"] == SQLITE, f"another program: {p}")
            else:
                equal((a["process"], p["executable"]), ("exec", SQLITE), f"program of {mark}")
                check(mark in p["args"][-1], f"arguments of another process: {p['args']}")
        return incomplete


def memory(agent):
    with open(f"/proc/{agent.p.pid}/status") as f:
        return next(int(x.split()[1]) for x in f if x.startswith("VmHWM:"))


def lost_of_processes(events):
    return sum(x["qprov"]["loss"]["count"] for x in dataset(events, "loss") if "process" in x["qprov"]["loss"]["kind"])


def during_storm(w, agent, work):
    """work() again and again while the storm lasts; how many processes it made, and its pid."""
    p = w.attacker.popen([w.storm, str(SECONDS), str(THREADS)])
    while p.poll() is None:
        work()
    out, err = p.communicate()
    check(p.returncode == 0, f"storm: exit {p.returncode} {err!r}")
    check(agent.p.poll() is None, f"the agent ended: {agent.log()[-800:]}")
    return int(out), p.pid


def both(w):
    for who in w.people:
        w.ask(who)


def full_speed(w):
    raw = os.path.join(folder(), "raw.rec")
    agent = Agent(PROGRAM, ONLY_OURS, args=["--record", raw])
    w.asked.clear()
    made, pid = during_storm(w, agent, lambda: both(w))
    w.wait_told(agent)
    peak = memory(agent)
    events = agent.stop()
    incomplete, lost = w.check_told(events), lost_of_processes(events)
    came = sum(kind in (REC_FORK, REC_EXIT) and struct.unpack_from("<I", r, TASK_PPID)[0] == pid for kind, _, r in records(raw))
    print(f"| full speed: {made} processes in {SECONDS} s, {len(w.asked)} queries, {lost} process records lost, {incomplete} events incomplete, "
          f"peak of memory {peak >> 10} MiB", flush=True)
    check(0 <= 2 * made - came <= lost, f"{made} processes, {came} records of their begin and end, {lost} lost: some are unaccounted for")
    check(lost or not incomplete, f"{incomplete} incomplete, and nothing lost")
    check(peak < MEMORY_KIB, f"peak of resident memory: {peak} KiB")


def pausing(w, agent):
    """The reader stands still until its ring has overflowed; queries in that time."""
    agent.p.send_signal(signal.SIGSTOP)
    end = time.monotonic() + 2
    try:
        while time.monotonic() < end:
            both(w)
    finally:
        agent.p.send_signal(signal.SIGCONT)
    both(w)


def overflow(w):
    agent = Agent(PROGRAM, ONLY_OURS)
    w.asked.clear()
    made, _ = during_storm(w, agent, lambda: pausing(w, agent))
    w.wait_told(agent)
    peak = memory(agent)
    events = agent.stop()
    incomplete, lost = w.check_told(events), lost_of_processes(events)
    print(f"| a reader that stands still: {made} processes in {SECONDS} s, {len(w.asked)} queries, {lost} process records lost, "
          f"{incomplete} events incomplete, peak of memory {peak >> 10} MiB", flush=True)
    check(lost and incomplete, f"{lost} lost, {incomplete} incomplete: the ring did not overflow")
    check(peak < MEMORY_KIB, f"peak of resident memory: {peak} KiB")


def pid_again(w):
    """One person's pid is taken by another one; also when all that was recorded between the two is lost, as it is when the ring is full."""
    agent = Agent(PROGRAM, ONLY_OURS)
    w.asked.clear()
    first, second = w.people
    for _ in range(20):
        w.ask(second, w.asked[w.ask(first)][1])
    w.wait_told(agent)
    p = first.popen([SQLITE, w.db], stdin=subprocess.PIPE)
    try:
        agent.p.send_signal(signal.SIGSTOP)
        made = 0
        while made < FILLS:  # on a busy machine one storm may not be enough
            made += during_storm(w, agent, lambda: both(w))[0]
        p.communicate()
        last = w.ask(second, p.pid)
    finally:
        agent.p.send_signal(signal.SIGCONT)
    w.wait_told(agent)
    events = agent.stop()
    check(w.check_told(events), "no event is incomplete: nothing was lost")
    e = w.told(events)[last][0]
    check(e["qprov"]["attribution"].get("incomplete"), f"its records were lost, and it does not say so: {e['qprov']['attribution']}")


def main():
    w = World()
    for name, fn in (("full speed", full_speed), ("a reader that stands still", overflow), ("a pid that another person gets", pid_again)):
        if len(sys.argv) < 3 or sys.argv[2] in name:
            with Case(name):
                fn(w)
    finish()


if __name__ == "__main__":
    main()
