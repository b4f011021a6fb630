"""Somebody who wants to be somebody else: what an ordinary user can do so that the event names another person, or another way in.

Each attempt is really made, by alice, in a session whose login uid is hers; what she aims at is bob. The event has to name her.
"""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import PYTHON, Agent, Case, Human, check, equal, finish, folder, queries  # noqa: E402
from ways import make_table  # noqa: E402

ONLY_OURS = "uncertain: log\ntables:\n  - match: qprov_impostor\n"
PROGRAM = os.path.abspath(sys.argv[1])
SQLITE = "/usr/bin/sqlite3"
FORGED = "198.51.100.7 4711 192.0.2.1 22"

# Title and name of the process are overwritten before the query; argv[0] was chosen by the caller.
RENAME = """
import ctypes, sqlite3, sys
libc = ctypes.CDLL(None)
libc.prctl(15, b"sshd: bob", 0, 0, 0)
with open("/proc/self/maps") as f:
    low, high = next(x.split()[0].split("-") for x in f if x.rstrip().endswith("[stack]"))
with open("/proc/self/stat") as f:
    start, end = (int(x) for x in f.read().rsplit(")", 1)[1].split()[45:47])
ctypes.memset(start, ord("b"), end - start - 1)
sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()
"""


class Stage:
    def __init__(self):
        self.dir = folder(0o777)
        self.db = make_table(self.dir, "qprov_impostor")
        self.alice, self.bob = Human("qprov-imp-a"), Human("qprov-imp-b")

    def sql(self, mark):
        return f"SELECT ip AS {mark} FROM qprov_impostor"

    def query(self, mark):
        """For a shell."""
        return f"{SQLITE} {self.db} '{self.sql(mark)}'"

    def shell(self, text, env=None):
        return self.alice.run(["/bin/sh", "-c", text], env=env)


def renamed(s, mark):
    p = s.alice.popen(["sshd: bob [priv]", "-c", RENAME, s.db, s.sql(mark)], executable=PYTHON)
    _, err = p.communicate()
    check(p.returncode == 0, err)


def login_uid(s, mark):
    s.shell(f"echo {s.bob.uid} > /proc/self/loginuid; echo 4294967295 > /proc/self/loginuid; {s.query(mark)}")


def unset_login_uid(s, mark):
    """Who has no login uid yet, as in a container or after a login without pam_loginuid, may set it to anybody's."""
    p = s.alice.popen(["/bin/sh", "-c", f"echo {s.bob.uid} > /proc/self/loginuid && [ $(cat /proc/self/loginuid) = {s.bob.uid} ] && {s.query(mark)}"],
                      login=False)
    _, err = p.communicate()
    check(p.returncode == 0, err)


def mapped(s, mark):
    s.shell(f"unshare --user --map-user={s.bob.uid} sh -c \"[ \\$(id -u) = {s.bob.uid} ] && {s.query(mark)}\"")


def mapped_root(s, mark):
    s.shell(f"unshare --user --map-root-user sh -c \"echo {s.bob.uid} > /proc/self/loginuid; {s.query(mark)}\"")


def mounts(s, mark):
    """A /proc, a /run and an /etc/passwd of her own, in which she is bob and came from elsewhere."""
    fake = os.path.join(s.dir, "fake")
    for d in ("proc/self", "run/systemd/sessions"):
        os.makedirs(os.path.join(fake, d), exist_ok=True)
    files = {"proc/self/loginuid": str(s.bob.uid), "run/systemd/sessions/1": f"UID={s.bob.uid}\nUSER={s.bob.name}\nREMOTE_HOST=198.51.100.7\n",
             "passwd": f"{s.bob.name}:x:{s.alice.uid}:{s.alice.gid}::/:/bin/sh\n"}
    for name, text in files.items():
        with open(os.path.join(fake, name), "w") as f:
            f.write(text)
    s.shell(f"unshare --user --map-root-user --mount sh -c \"mount --bind {fake}/passwd /etc/passwd && mount --bind {fake}/run /run && "
            f"mount --bind {fake}/proc /proc && {s.query(mark)}\"")


def environment(s, mark):
    s.shell(s.query(mark), env={"SSH_CONNECTION": FORGED, "USER": s.bob.name, "LOGNAME": s.bob.name, "SUDO_USER": s.bob.name,
                                "SUDO_UID": str(s.bob.uid), "XDG_SESSION_ID": "1"})


def own_door(s, mark):
    """A shell of her own that is called sshd, in a path like the real one's."""
    where = os.path.join(s.dir, "usr/sbin")
    os.makedirs(where, exist_ok=True)
    subprocess.run(["cp", "/bin/dash", where + "/sshd"], check=True)
    s.alice.run([where + "/sshd", "-c", s.query(mark) + "; true"])


def setsid(s, mark):
    s.shell(f"setsid --wait nohup {s.query(mark)} 2> /dev/null")


def foreign_process(s, mark):
    """bob's process is not hers to trace, nor to write to."""
    p = s.bob.popen(["/bin/cat"], stdin=subprocess.PIPE)
    code = (f"import ctypes, os\nassert ctypes.CDLL(None).ptrace(16, {p.pid}, 0, 0) == -1\n"
            f"try:\n    os.open('/proc/{p.pid}/mem', os.O_RDWR)\nexcept PermissionError:\n    pass\nelse:\n    raise SystemExit(1)\n")
    try:
        s.alice.run([PYTHON, "-c", code])
    finally:
        p.communicate(b"")
    s.shell(s.query(mark))


ATTEMPTS = [renamed, login_uid, unset_login_uid, mapped, mapped_root, mounts, environment, own_door, setsid, foreign_process]


def judge_claim(s, e):
    """Nothing else tells who it was: nobody, and by no means bob."""
    a = e["qprov"]["attribution"]
    equal((a["method"], a["loginuid_claimed"]), ("none", s.bob.uid), "the person")
    check("id" not in e.get("user", {}) and "name" not in e.get("user", {}), f"somebody is named: {e}")
    equal((e["rule"]["name"], e["event"]["kind"]), ("sensitive table", "alert"), "bob's allowance is not for her")


def judge(s, e):
    a, text = e["qprov"]["attribution"], str(e)
    equal((e["user"].get("name"), e["user"]["id"], a["method"], a["loginuid"]), (s.alice.name, str(s.alice.uid), "loginuid", s.alice.uid), "the person")
    equal(e["process"]["real_user"]["id"] if "real_user" in e["process"] else str(s.alice.uid), str(s.alice.uid), "the account, as the host numbers it")
    check(s.bob.name not in str(e.get("related", {})) and f"'id': '{s.bob.uid}'" not in text, f"bob is in it: {e}")
    meta = e["process"].get("entry_leader", {}).get("entry_meta", {})
    check("source" not in meta or a["entry"].get("claim"), f"an address without a proof: {meta} {a}")


def main():
    s = Stage()
    agent = Agent(PROGRAM, ONLY_OURS + f"rules:\n  - name: bob may\n    when: {{user: {s.bob.name}}}\n    action: log\n")
    for fn in ATTEMPTS:
        if len(sys.argv) > 2 and sys.argv[2] not in fn.__name__:
            continue
        with Case(fn.__name__):
            mark = "by_" + fn.__name__
            found = []
            fn(s, mark)

            def there(events):
                found[:] = [e for e in queries(events) if f"AS {mark} " in e["db"].get("query", {}).get("text", "")]
                return found
            agent.wait_events(there, f"the statement of {mark}")
            equal(len(found), 1, "events")
            (judge_claim if fn is unset_login_uid else judge)(s, found[0])
    agent.stop()
    finish()


main()
