#!/usr/bin/python3
"""Storage that stands still, whoever it belongs to: the agent goes on, tells what it could not see, and sees it later.

    test_still.py PROGRAM

still_fs.py is the storage: it answers as a file server does, until it is sent SIGSTOP.
"""
import glob
import os
import shutil
import signal
import subprocess
import sys
import time

import harness
import still_fs
from harness import ALL_QUERIES, PYTHON, Agent, Case, Human, check, dataset, equal, finish, folder, queries, tables, wait_until
from social import make_sqlite

SQLITE = os.path.realpath("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0")
READ = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.execute('SELECT ip FROM user_ip_log WHERE user_id = 1').fetchall()\n"
HOLD = f"import sqlite3\nprint('mapped', flush=True)\ninput()\n{READ}print('done', flush=True)\ninput()\n"
CONNECT = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\nprint('trying', flush=True)\ns.connect(sys.argv[1])"
OPEN = "import sys\nf = open(sys.argv[1], 'rb')\nprint('open', flush=True)\nsys.stdin.read()"
# Whoever takes away a mapping that has to be written back holds his memory's lock meanwhile; the next one who wants it bars all readers.
LOCK = """
import ctypes, os, sys, threading
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
size, page = ctypes.c_size_t(8192), ctypes.c_size_t(4096)
p = libc.mmap(None, size, 3, 1, os.open(sys.argv[1], os.O_RDWR), ctypes.c_long(0))
ctypes.memset(p, 65, 4)
ctypes.CDLL(sys.argv[2])
threading.Thread(target=libc.munmap, args=(ctypes.c_void_p(p), size)).start()
stat = f"/proc/self/task/{threading.get_native_id()}"
def waiting():
    return [t for t in os.listdir("/proc/self/task") if open(f"/proc/self/task/{t}/stat").read().rsplit(") ", 1)[1][0] == "D"]
while not waiting():
    pass
one = threading.Thread(target=libc.mmap, args=(None, page, 3, 0x22, -1, ctypes.c_long(0)))
print("held", flush=True)
one.start()
one.join()
"""
STILL = "mapped, but cannot be opened: its storage does not answer"
PROGRAM = "the program's storage does not answer: what it carries is not known"
FOR_S = 5  # longer than two sweeps and some looks through open files


class Bench:
    """The agent, a person whose queries must be told whatever happens, and the storage that stops."""

    def __init__(self, program):
        self.program, self.human, self.db = program, Human("qprov-still"), os.path.join(folder(0o777), "social.db")
        make_sqlite(self.db)
        source, self.where = folder(), folder()
        for name in ("first.so", "second.so"):
            shutil.copy(SQLITE, os.path.join(source, name))
        make_sqlite(os.path.join(source, "there.db"))
        shutil.copy("/bin/sleep", os.path.join(source, "sleeper"))
        self.mine = folder()
        with open(os.path.join(self.mine, "page"), "wb") as f:
            f.write(b"x" * 8192)
        self.own = folder()
        self.server = still_fs.mount(harness._closers, source, self.where)
        still_fs.mount(harness._closers, self.mine, self.own, self.human.uid)
        self.agent = Agent(program, ALL_QUERIES, args=["-v"])

    def path(self, name):
        return os.path.join(self.where, name)

    def start(self, argv, env=None, says=None):
        p = self.human.popen(argv, env=env, stdin=subprocess.PIPE)
        harness._closers.append(p.kill)
        if says:
            equal(p.stdout.readline(), says + b"\n", str(argv))
        return p

    def others_are_told(self, seconds=0):
        end = time.monotonic() + seconds
        while True:
            pid, _ = self.human.run([PYTHON, "-c", READ, self.db])
            self.told(pid, "the statement of somebody else", 10)
            if time.monotonic() >= end:
                return

    def told(self, pid, what, seconds=harness.DEADLINE):
        self.agent.wait_events(lambda ev: [e for e in queries(ev, pid) if tables(e) == ["user_ip_log"]], what, seconds)

    def says(self, reason, pid=None, path=None, seconds=30):
        def there(events):
            return [c for e in dataset(events, "coverage") for c in [e["qprov"]["coverage"]]
                    if c["reason"] == reason and pid in (None, e.get("process", {}).get("pid")) and (not path or path in c.get("path", ""))]
        self.agent.wait_events(there, f"a record: {reason}", seconds)

    def while_agent_looks_away(self, act):
        """What act did has come to the agent's rings, and the storage stands still, when the agent looks again."""
        self.agent.p.send_signal(signal.SIGSTOP)
        try:
            out = act()
            self.server.send_signal(signal.SIGSTOP)
        finally:
            self.agent.p.send_signal(signal.SIGCONT)
        return out

    def go(self):
        self.server.send_signal(signal.SIGCONT)


def hooked(b):
    """A library that is hooked already: the sweep looks whether it is still the same."""
    with Case("still: a library on a file server is hooked"):
        p = b.start([PYTHON, "-c", HOLD, b.db], {"LD_PRELOAD": b.path("first.so")}, b"mapped")
        b.agent.wait_events(lambda ev: [e for e in dataset(ev, "coverage") if e["qprov"]["coverage"].get("path", "").endswith("first.so")], "hooked")
        p.stdin.write(b"\n")
        p.stdin.flush()
        b.told(p.pid, "its statement")
    with Case("still: the server of a hooked library stands still: the others' statements are told"):
        b.server.send_signal(signal.SIGSTOP)
        b.others_are_told(FOR_S)
    b.go()


def mapped(b):
    with Case("still: a library mapped from a server that stands still then: told, and the others' statements are"):
        p = b.while_agent_looks_away(lambda: b.start([PYTHON, "-c", HOLD, b.db], {"LD_PRELOAD": b.path("second.so")}, b"mapped"))
        b.others_are_told(FOR_S)
        b.says(STILL, path="second.so")
    with Case("still: it answers again: the library is hooked, and the time until then told"):
        b.go()
        b.says("hooked while it was in use: statements before that were not seen", path="second.so")
        p.stdin.write(b"\n")
        p.stdin.flush()
        b.told(p.pid, "its statement")


def looked_at(b):
    with Case("still: a UNIX socket's path leads there: the others' statements are told"):
        b.server.send_signal(signal.SIGSTOP)
        b.start([PYTHON, "-c", CONNECT, b.path(".s.PGSQL.5432")], says=b"trying")
        b.others_are_told(FOR_S)
    b.go()
    with Case("still: a database file there is open: the others' statements are told"):
        b.while_agent_looks_away(lambda: b.start([PYTHON, "-c", OPEN, b.path("there.db")], says=b"open"))
        b.others_are_told(FOR_S)
    with Case("still: it answers again: the file is known as a database"):
        b.go()
        b.agent.wait_events(lambda ev: "there.db" in str([e for e in dataset(ev, "coverage")]), "a record about the file")
    with Case("still: a program was started from there: told, and the others' statements are"):
        b.while_agent_looks_away(lambda: wait_for_program(b.start([b.path("sleeper"), "600"])))
        b.others_are_told(FOR_S)
        b.says(PROGRAM, path="sleeper")
    b.go()


def wait_for_program(p):
    wait_until(lambda: os.readlink(f"/proc/{p.pid}/exe").endswith("sleeper"), "the program has started")


def locked(b):
    """Nobody's storage but his own, which root may not even enter."""
    copy = shutil.copy(SQLITE, os.path.join(folder(), "third.so"))
    with Case("still: a program that holds the lock of its memory by a file of its own: told, and the others' statements are"):
        b.agent.p.send_signal(signal.SIGSTOP)
        try:
            p = b.start([PYTHON, "-c", LOCK, os.path.join(b.own, "page"), copy], says=b"held")
            wait_until(lambda: is_barred(p.pid), "nobody may read its memory")
        finally:
            b.agent.p.send_signal(signal.SIGCONT)
        b.others_are_told(FOR_S)
        b.says(STILL, path="third.so")
    with Case("still: it ends while all of that stands still, and starts again"):
        b.server.send_signal(signal.SIGSTOP)
        b.agent.stop(seconds=20)
        b.agent = Agent(b.program, ALL_QUERIES, args=["-v"])
        check(b.agent.start_seconds < 20, f"ready after {b.agent.start_seconds:.0f} s")
        b.others_are_told(FOR_S)
    b.go()
    p.kill()


def is_barred(pid):
    q = subprocess.run(["timeout", "-s", "KILL", "1", "cat", f"/proc/{pid}/cmdline"], stdout=subprocess.DEVNULL)
    return q.returncode != 0


def main():
    if not os.path.exists("/dev/fuse"):
        harness.skip("still", "no /dev/fuse")
        finish()
    b = Bench(os.path.abspath(sys.argv[1]))
    hooked(b)
    mapped(b)
    looked_at(b)
    locked(b)
    with Case("still: none of its children is left"):
        mine = fetchers()
        check(mine, "there was none")
        b.agent.stop(seconds=20)
        wait_until(lambda: not mine & fetchers(), "they have ended", 20)
    finish()


def fetchers():
    """Not by pgrep, which reads the memory of all processes, and waits."""
    found = set()
    for name in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(name) as f:
                if f.read() == "qprov-fetch\n":
                    found.add(name)
        except OSError:
            pass
    return found


main()
