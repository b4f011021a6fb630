"""Real ways in and up for test_ways.py: daemons on loopback with their own configuration, sessions that outlive their login.

Each way ends in the same statement with a name of its own in it, by which its event is found.
"""
import os
import pty
import select
import shutil
import sqlite3
import subprocess

from harness import DEADLINE, Human, _closers, check, folder, free_port, wait_until

SQLITE = "/usr/bin/sqlite3"
UNSET = "4294967295"


def unset_login():
    """In a child: no login uid, whoever runs the tests. The kernel lets root take it back unless it was made immutable."""
    if open("/proc/self/loginuid").read().strip() != UNSET:
        with open("/proc/self/loginuid", "w") as f:
            f.write(UNSET)


def installed(*paths):
    for path in paths:
        check(os.path.exists(path), f"{path} is missing: scripts/deps test installs it")


def make_table(where, name):
    """A database with one small table."""
    path = os.path.join(where, name + ".db")
    c = sqlite3.connect(path)
    c.executescript(f"CREATE TABLE {name} (ip TEXT); INSERT INTO {name} VALUES ('192.0.2.1'), ('192.0.2.2');")
    c.close()
    os.chmod(path, 0o666)
    return path


class Ground:
    """Accounts, a database, a gate that held sessions wait at, and the daemons."""

    def __init__(self, agent):
        installed(SQLITE, "/usr/sbin/sshd", "/usr/bin/sudo", "/usr/sbin/cron", "/usr/sbin/atd", "/usr/bin/at", "/usr/bin/tmux", "/usr/bin/screen",
                  "/usr/bin/login", "/usr/bin/unshare")
        self.agent = agent
        self.dir = folder(0o755)
        self.db = make_table(self.dir, "qprov_ways")
        self.alice, self.other = Human("qprov-ways-a"), Human("qprov-ways-b")
        for h in (self.alice, self.other):
            subprocess.run(["usermod", "-p", "*", "-d", self.home(h), h.name], check=True, stderr=subprocess.DEVNULL)
        self.sudoers = "/etc/sudoers.d/qprov-ways"
        with open(self.sudoers, "w") as f:
            f.write(f"{self.alice.name} ALL=(ALL) NOPASSWD: ALL\nDefaults:{self.alice.name} !requiretty\n")
        os.chmod(self.sudoers, 0o440)
        _closers.append(lambda: os.unlink(self.sudoers))

    def home(self, human):
        path = os.path.join(self.dir, human.name)
        os.makedirs(path, exist_ok=True)
        os.chown(path, human.uid, human.gid)
        return path

    def sql(self, way):
        return f"SELECT ip AS {way} FROM qprov_ways"

    def command(self, way):
        """For a shell. No quotes but these: it goes through several shells."""
        return f"{SQLITE} {self.db} '{self.sql(way)}' > /dev/null"

    def script(self, way, held=False):
        """A shell script that runs the statement, held: not before open_gate(), and once each time that it is opened, until "end" comes."""
        path = os.path.join(self.dir, way + ".sh")
        gate = os.path.join(self.dir, way + ".gate")
        with open(path, "w") as f:
            f.write("#!/bin/sh\n")
            if held:
                # A FIFO with nobody at its other end holds the reader: no polling.
                os.mkfifo(gate)
                os.chmod(gate, 0o666)
                f.write(f"while :; do\nwhile ! read go < {gate}; do :; done\n[ $go = end ] && exit\n")
            f.write(self.command(way) + "\n")
            if held:
                f.write("done\n")
        os.chmod(path, 0o755)
        return path

    def wait_at_gate(self, way):
        """Until the held session is there: then somebody reads the FIFO."""
        def waits():
            try:
                os.close(os.open(os.path.join(self.dir, way + ".gate"), os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                return False
            return True
        # Opening and closing it ends the reader's open(2), and its read(2) with it: the script reads in a loop.
        wait_until(waits, f"{way}: the held session is there")

    def open_gate(self, way, word=b"go"):
        gate = os.path.join(self.dir, way + ".gate")

        def opened():
            try:
                fd = os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody waits at it yet
                return False
            os.write(fd, word + b"\n")
            os.close(fd)
            return True
        wait_until(opened, f"{way}: the held session waits at its gate")

    def run(self, argv, **kw):
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, **kw)
        check(p.returncode == 0, f"{argv}: exit {p.returncode}: {p.stdout.decode(errors='replace')[-800:]}")
        return p.stdout.decode(errors="replace")

    def daemon(self, argv, log=None):
        out = open(log, "ab") if log else subprocess.DEVNULL
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=unset_login)

        def end():
            if p.poll() is None:
                p.terminate()
                p.wait(20)
        _closers.append(end)
        return p


class Sshd:
    """An sshd on loopback that knows one key."""

    def __init__(self, ground, pam):
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        self.ground, self.dir, self.port = ground, folder(0o755), free_port()
        host, self.key = os.path.join(self.dir, "host"), os.path.join(self.dir, "key")
        for path in (host, self.key):
            ground.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path])
        shutil.copy(self.key + ".pub", os.path.join(self.dir, "known"))
        conf, log = os.path.join(self.dir, "conf"), os.path.join(self.dir, "log")
        with open(conf, "w") as f:
            f.write(f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {host}\nUsePAM {'yes' if pam else 'no'}\nPidFile none\n"
                    f"AuthorizedKeysFile {self.dir}/known\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\n"
                    "PrintMotd no\n")
        self.p = ground.daemon(["/usr/sbin/sshd", "-D", "-e", "-f", conf], log)
        wait_until(lambda: b"Server listening" in open(log, "rb").read(), "sshd listens")
        self.log = log

    def argv(self, *options):
        return ["ssh", "-F", "none", "-p", str(self.port), "-i", self.key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", *options, f"{self.ground.alice.name}@127.0.0.1"]

    def run(self, command, *options):
        return self.ground.run(self.argv(*options) + [command])


def on_terminal(argv, text, preexec_fn=None):
    """A program on a terminal of its own into which text is typed; returns what it showed when it has ended."""
    master, slave = pty.openpty()
    p = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=preexec_fn,
                         env={"TERM": "dumb", "PATH": "/usr/bin:/bin"})
    os.close(slave)
    shown, typed = b"", False
    while select.select([master], [], [], DEADLINE)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:  # the last one closed the terminal
            break
        shown += data
        if not typed and b"$ " in shown:  # the shell's prompt
            os.write(master, text.encode())
            typed = True
    os.close(master)
    p.wait(20)
    return shown.decode(errors="replace")
