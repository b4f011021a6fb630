"""What the system tests share: two human accounts, the agent, real servers in temporary folders, checks.

Nothing sleeps: each start waits for its "ready" line or an answered connection, each end for the exit. Everything that was
made (accounts, servers, folders) is taken away by close(), also after a failure; by reaper.py when the test is killed.
"""
import atexit
import contextlib
import csv
import fcntl
import glob
import json
import os
import pty
import pwd
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

from reaper import Reaper

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CLIENTS = os.path.join(HERE, "clients")
PYTHON = "/usr/bin/python3"
DEADLINE = 60.0

csv.field_size_limit(64 << 20)

# What the tests print, for scripts/run-tests.
failures = 0


def verdict(ok, name, detail=""):
    global failures
    if not ok:
        failures += 1
    print(f"{'PASS' if ok else 'FAIL'} {name}", flush=True)
    if not ok and detail:
        print("      " + str(detail).replace("\n", "\n      "), flush=True)
    return ok


def skip(name, why):
    print(f"SKIP {name}: {why}", flush=True)


class Case:
    """with Case("name"): an exception is a failed test, not the end of the others."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            verdict(True, self.name)
        elif issubclass(kind, (KeyboardInterrupt, SystemExit)):
            return False
        else:
            import traceback
            verdict(False, self.name, "".join(traceback.format_exception(kind, value, trace)))
        return True


def check(ok, text):
    if not ok:
        raise AssertionError(text)


def equal(got, want, what):
    check(got == want, f"{what}: got {got!r}, want {want!r}")


def finish():
    close()
    sys.exit(1 if failures else 0)


_closers = []
_owner = os.getpid()
_reaper = Reaper()


def close():
    while _closers:
        fn = _closers.pop()
        try:
            fn()
        except Exception as e:  # one that fails must not keep the others from being taken away
            print(f"cleanup: {e}", file=sys.stderr)


def _end():
    if os.getpid() == _owner:  # not a child between fork and exec
        close()
        _reaper.done()


atexit.register(_end)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def folder(mode=0o755):
    path = tempfile.mkdtemp(prefix="qprov-e2e-")
    os.chmod(path, mode)
    _reaper.folder(path)
    _closers.append(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def small_disk(size):
    """The folder of a file system with so little room."""
    where = folder()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "none", where], check=True)
    _closers.append(lambda: subprocess.run(["umount", "-l", where], check=False))
    return where


@contextlib.contextmanager
def filled(disk):
    """As long as it lasts, there is no room on it."""
    ballast = os.path.join(disk, "ballast")
    with open(ballast, "wb", buffering=0) as f:
        try:
            while f.write(b"x" * 4096):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        os.unlink(ballast)


def wait_until(fn, what, seconds=DEADLINE):
    """Polls a condition that has no file descriptor to wait on."""
    end = time.monotonic() + seconds
    while not fn():
        check(time.monotonic() < end, f"{what}: not within {seconds} s")
        select.select([], [], [], 0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- humans ------------------------------------------------------------------------------------------------------------


class Human:
    """A temporary system account; run() starts a program as that human, with the login uid that PAM would have set."""

    def __init__(self, name):
        self.name = name
        subprocess.run(["userdel", name], stderr=subprocess.DEVNULL, check=False)
        mark = f"qprov test {os.getpid()}"
        subprocess.run(["useradd", "--system", "--no-create-home", "--user-group", "--shell", "/bin/sh", "--comment", mark, name], check=True)
        _reaper.account(name, mark)
        _closers.append(lambda: subprocess.run(["userdel", name], check=False, stderr=subprocess.DEVNULL))
        entry = pwd.getpwnam(name)
        self.uid, self.gid = entry.pw_uid, entry.pw_gid

    def _become(self, root=None, login=True):
        with open("/proc/self/loginuid", "w") as f:
            f.write(str(self.uid if login else 4294967295))
        if root:
            os.chroot(root)
            os.chdir("/")
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)

    def popen(self, argv, env=None, root=None, login=True, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        kw.setdefault("cwd", "/")
        full = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", **(env or {})}
        return subprocess.Popen(argv, preexec_fn=lambda: self._become(root, login), env=full, **kw)

    def run(self, argv, env=None, text=None, ok=True, root=None):
        """Ends with (pid, stdout); raises when the program fails and ok is asked for. root: in that root folder."""
        p = self.popen(argv, env=env, root=root, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL)
        out, err = p.communicate(text.encode() if text is not None else None, timeout=120)
        check(not ok or p.returncode == 0, f"{argv}: exit {p.returncode}: {err.decode(errors='replace')[-800:]}")
        return p.pid, out.decode(errors="replace")

    def type(self, argv, text, env=None):
        """An interactive session: text is typed into a terminal of its own. Ends with (pid, what the screen showed)."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 50, 200, 0, 0))  # on a screen without lines everything goes to a pager, which waits
        p = self.popen(argv, env={"TERM": "dumb", **(env or {})}, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        os.write(master, text.encode())
        shown, end = b"", time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:  # the last one closed the terminal
                break
            shown += data
        os.close(master)
        check(p.wait(10) == 0, f"{argv}: exit {p.returncode}: {shown[-800:]!r}")
        return p.pid, shown.decode(errors="replace")


# ---- the agent ---------------------------------------------------------------------------------------------------------


class Agent:
    """qprov with its lines in a file; __init__ returns when it is ready."""

    def __init__(self, program, config=None, command="run", args=(), stdout=None, wait=True):
        self.dir = folder()
        self.out = os.path.join(self.dir, "events.jsonl")
        self.err = os.path.join(self.dir, "log")
        argv = [program, command]
        if config is not None:
            self.config = os.path.join(self.dir, "qprov.yaml")
            self.write_config(config)
            argv += ["--config", self.config]
        out = stdout if stdout is not None else open(self.out, "wb")
        began = time.monotonic()
        self.p = subprocess.Popen(argv + list(args), stdin=subprocess.DEVNULL, stdout=out, stderr=open(self.err, "wb"))
        _reaper.process(self.p.pid)
        _closers.append(self.kill)
        if stdout is None:
            out.close()
        if wait:
            wait_until(lambda: "ready" in self.log().split("\n") or self.p.poll() is not None, "ready line")
            check(self.p.poll() is None, f"qprov ended early ({self.p.returncode}):\n{self.log()}")
        self.start_seconds = time.monotonic() - began

    def write_config(self, text):
        with open(self.config, "w") as f:
            f.write(text)

    def log(self):
        with open(self.err, errors="replace") as f:
            return f.read()

    def kill(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.wait()

    def stop(self, sig=signal.SIGTERM, expect=0, seconds=DEADLINE):
        began = time.monotonic()
        if self.p.poll() is None:
            self.p.send_signal(sig)
        self.p.wait(seconds)
        self.stop_seconds = time.monotonic() - began
        equal(self.p.returncode, expect, f"exit status of qprov (log: {self.log()[-800:]!r})")
        return self.events()

    def text(self):
        with open(self.out, "rb") as f:
            return f.read()

    def events(self, strict=True):
        """Every line, parsed; checks the sequence and, when the validator is there, the schema."""
        data = self.text()
        check(not strict or data.endswith(b"\n") or not data, f"torn last line: {data[-200:]!r}")
        events = [json.loads(line) for line in data.splitlines()]
        if strict:
            got = [e["event"]["sequence"] for e in events]
            equal(got, list(range(got[0], got[0] + len(got))) if got else [], "sequence without holes")
            validate(self.out)
        return events

    def wait_events(self, fn, what, seconds=DEADLINE):
        """Waits until fn(events so far) holds."""
        def now():
            data = self.text()
            return fn([json.loads(x) for x in data[:data.rfind(b"\n") + 1].splitlines()])
        wait_until(now, what, seconds)


def validate(path):
    tool = os.path.join(ROOT, "tests", "validate.py")
    p = subprocess.run([PYTHON, tool, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(p.returncode == 0, "schema: " + p.stdout.decode(errors="replace")[-1500:])


def dataset(events, name):
    return [e for e in events if e["event"]["dataset"] == "qprov." + name]


def queries(events, pid=None):
    """One for each query: continuation lines (event.part above 1) belong to the event before them."""
    found = {}
    for e in dataset(events, "query"):
        if pid is None or e["process"]["pid"] == pid:
            if e["event"]["id"] in found:
                tables = found[e["event"]["id"]]["qprov"].setdefault("tables", [])
                tables.extend(e["qprov"].get("tables", []))
            else:
                found[e["event"]["id"]] = e
    return list(found.values())


def tables(event):
    return sorted({t["name"] for t in event["qprov"].get("tables", [])})


def losses(events):
    return sum(e["qprov"]["loss"]["count"] for e in dataset(events, "loss"))


ALL_QUERIES = """capture: {all_queries: true}
tables:
  - match: user_ip_log
    tags: [pii, ip_address]
    severity: high
"""


# ---- servers -----------------------------------------------------------------------------------------------------------


def certificate(where, owner):
    """A key and a certificate signed with itself, for a server on loopback: the paths of certificate and key."""
    cert, key = os.path.join(where, "server.crt"), os.path.join(where, "server.key")
    p = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", key, "-out", cert], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(p.returncode == 0, p.stdout.decode(errors="replace"))
    os.chmod(key, 0o600)
    for path in (cert, key):
        shutil.chown(path, owner, owner)
    return cert, key


class Postgres:
    """A private cluster: trust, loopback and a UNIX socket in its folder, every statement in a CSV log."""

    def __init__(self, log=True, tls=False):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(p.split("/")[4]))
        check(found, "PostgreSQL's initdb is missing: scripts/deps test")
        self.bin = os.path.dirname(found[-1])
        self.dir = folder()
        shutil.chown(self.dir, "postgres", "postgres")
        self.data = os.path.join(self.dir, "data")
        self.port = free_port()
        self._as_postgres([f"{self.bin}/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync"])
        with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
            f.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.dir}'\nfsync = off\n"
                    "max_connections = 50\nshared_buffers = 32MB\nautovacuum = off\n")
            if tls:
                cert, key = certificate(self.dir, "postgres")
                f.write(f"ssl = on\nssl_cert_file = '{cert}'\nssl_key_file = '{key}'\n")
            if log:
                f.write("logging_collector = on\nlog_destination = 'csvlog'\nlog_directory = 'log'\nlog_filename = 'all'\n"
                        "log_rotation_size = 0\nlog_rotation_age = 0\nlog_statement = 'all'\n")
        self.up = True
        _closers.append(self.stop)
        self._as_postgres([f"{self.bin}/pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", f"{self.dir}/start.log", "start"])
        with open(os.path.join(self.data, "postmaster.pid")) as f:
            _reaper.process(int(f.readline()))

    def _as_postgres(self, argv):
        p = subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] + argv, cwd="/",
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        check(p.returncode == 0, f"{argv}: {p.stderr.decode(errors='replace')}")

    def env(self, name="setup", tcp=False, tls=False):
        return {"PGHOST": "127.0.0.1" if tcp else self.dir, "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": "postgres",
                "PGAPPNAME": name, "PSQLRC": "/nonexistent", "PGSSLMODE": "require" if tls else "disable"}

    def psql(self, sql):
        p = subprocess.run([f"{self.bin}/psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=sql.encode(),
                           env={**os.environ, **self.env()}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(p.returncode == 0, p.stderr.decode(errors="replace"))
        return p.stdout.decode()

    def stop(self):
        if self.up:
            self.up = False
            self._as_postgres([f"{self.bin}/pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop"])

    def log(self):
        """application_name -> texts of the statements that ran, in order. The server must have been stopped."""
        ran = {}
        self.backends, self.ports = {}, {}  # application_name -> server processes, client ports
        with open(os.path.join(self.data, "log", "all.csv"), newline="", errors="replace") as f:
            for row in csv.reader(f):
                message, name = row[13], row[22]
                self.backends.setdefault(name, set()).add(int(row[3]))
                if ":" in row[4]:
                    self.ports.setdefault(name, set()).add(int(row[4].rsplit(":", 1)[1]))
                if message.startswith("statement: "):
                    ran.setdefault(name, []).append(message[len("statement: "):])
                elif message.startswith("execute ") and ": " in message:
                    ran.setdefault(name, []).append(message.split(": ", 1)[1])
        return ran


class MariaDB:
    """A private server with the general log in a table; runs are told apart by ranges of connection ids."""

    def __init__(self, tls=False):
        for tool in ("mariadbd", "mariadb-install-db"):
            check(shutil.which(tool) or os.path.exists("/usr/sbin/" + tool), f"{tool} is missing: scripts/deps test")
        self.server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
        self.dir = folder()
        shutil.chown(self.dir, "mysql", "mysql")
        self.socket = os.path.join(self.dir, "s")
        self.port = free_port()
        self.log = open(os.path.join(self.dir, "log"), "wb")
        common = ["--no-defaults", f"--datadir={self.dir}/data", "--user=mysql"]
        subprocess.run(["mariadb-install-db"] + common + ["--auth-root-authentication-method=normal", "--skip-test-db"], check=True,
                       stdout=self.log, stderr=self.log)
        more = []
        if tls:
            cert, key = certificate(self.dir, "mysql")
            more = [f"--ssl-cert={cert}", f"--ssl-key={key}"]
        self.p = subprocess.Popen([self.server] + common + more + [
            f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve", "--general-log=1",
            "--log-output=TABLE", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--local-infile=1",
            f"--pid-file={self.dir}/pid"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        _reaper.process(self.p.pid)
        _closers.append(self.stop)
        wait_until(self._answers, "MariaDB")

    def _answers(self):
        check(self.p.poll() is None, "mariadbd ended: " + open(os.path.join(self.dir, "log"), errors="replace").read()[-1500:])
        return subprocess.run(self.client() + ["-e", "select 1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def client(self):
        return ["/usr/bin/mariadb", "--no-defaults", "-u", "root", "-S", self.socket, "--batch", "--raw", "--skip-column-names"]

    def sql(self, text):
        p = subprocess.run(self.client(), input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(p.returncode == 0, p.stderr.decode(errors="replace"))
        return p.stdout.decode()

    def mark(self):
        return int(self.sql("select connection_id()").strip())

    def ran(self, first, last):
        """(Query or Execute, text) of the connections made between two marks."""
        rows = self.sql(f"select command_type, hex(argument) from mysql.general_log where thread_id > {first} and thread_id < {last}"
                        " and command_type in ('Query', 'Execute')")
        return [(kind, bytes.fromhex(text).decode(errors="replace")) for kind, text in (line.split("\t") for line in rows.splitlines())]

    def stop(self):
        if self.p.poll() is None:
            self.p.terminate()
            self.p.wait(60)


# ---- clients in C ------------------------------------------------------------------------------------------------------


UNFOUND = ("-DUNFOUND", "-Wl,-z,muldefs")  # for static_sqlite(): stripped, its functions are not found


def static_sqlite(out, *flags):
    """Builds clients/hold_sqlite.c with SQLite linked in."""
    subprocess.run(["gcc", "-O1", "-static", *flags, "-o", out, os.path.join(CLIENTS, "hold_sqlite.c"), "-l:libsqlite3.a", "-lm", "-lpthread", "-ldl"],
                   check=True, stderr=subprocess.DEVNULL)


def compile_client(source, libs, include=(), more=()):
    """Builds tests/e2e/clients/SOURCE in a temporary folder; the path of the program."""
    out = os.path.join(folder(), os.path.splitext(os.path.basename(source))[0])
    argv = ["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o", out, os.path.join(CLIENTS, source)]
    argv += [*more] + [f"-I{i}" for i in include] + [f"-l{x}" for x in libs]
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(p.returncode == 0, p.stdout.decode(errors="replace"))
    return out
