#!/usr/bin/python3
"""Ways in and up, really done on this machine: for each the person, the chain of accounts, the door and the source address that qprov must name.

test_ways.py PROGRAM [--doc] [NAME...]; --doc also writes the table into doc/attribution.md.
"""
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import ROOT, Agent, Case, check, equal, finish, queries, skip  # noqa: E402
from ways import Ground, Sshd, on_terminal, unset_login  # noqa: E402
import harness  # noqa: E402

# A table of our own: what others on the machine query meanwhile is none of our business.
ONLY_OURS = "uncertain: log\ntables:\n  - match: qprov_ways\n"
ALICE, OTHER = "qprov-ways-a", "qprov-ways-b"
SHOWN = {ALICE: "alice", OTHER: "bob"}
LOOPBACK = "127.0.0.1"
LATER = 30
MINUTES = 150 # cron looks at its table once a minute


def way(name, person, method, chain, entry, source=None, **more):
    """What is expected. chain: accounts and the programs between them, as one text; source: (address, who says so)."""
    return dict(name=name, person=person, method=method, chain=chain, entry=entry, source=source, **more)


class Ways:
    def __init__(self, ground):
        self.g = ground
        self.ssh, self.bare = Sshd(ground, pam=True), Sshd(ground, pam=False)

    # Each does what its name says, and returns when the statement has run or soon will.

    def ssh_command(self, w):
        self.ssh.run(self.g.command(w))

    def ssh_terminal(self, w):
        on_terminal(self.ssh.argv("-tt"), self.g.command(w) + "; exit\n")

    def ssh_without_loginuid(self, w):
        self.bare.run(self.g.command(w))

    def ssh_sudo(self, w):
        self.ssh.run("sudo -n " + self.g.script(w))

    def ssh_sudo_login_shell(self, w):
        self.ssh.run(f"sudo -n -i {self.g.script(w)}")

    def ssh_sudo_su(self, w):
        self.ssh.run(f"sudo -n su -s /bin/sh {OTHER} -c {self.g.script(w)}")

    def ssh_sudo_without_loginuid(self, w):
        self.bare.run("sudo -n " + self.g.script(w))

    def ssh_tmux(self, w):
        self.ssh.run(f"tmux -L {w} new-session -d {self.g.script(w, held=True)}")
        self.g.open_gate(w)

    def ssh_screen(self, w):
        self.ssh.run(f"screen -dmS {w} {self.g.script(w, held=True)}")
        self.g.open_gate(w)

    def ssh_nohup(self, w):
        self.ssh.run(f"nohup {self.g.script(w, held=True)} > /dev/null 2>&1 &")
        self.g.open_gate(w)

    def ssh_setsid(self, w):
        self.ssh.run(f"setsid --fork {self.g.script(w, held=True)} > /dev/null 2>&1")
        self.g.open_gate(w)

    def ssh_double_fork(self, w):
        self.ssh.run(f"( ( {self.g.script(w, held=True)} & ) & ) > /dev/null 2>&1")
        self.g.open_gate(w)

    def ssh_at(self, w):
        self.g.daemon(["/usr/sbin/atd", "-f", "-b", "1"])
        self.ssh.run(f"echo {self.g.script(w)} | at now 2> /dev/null")

    def cron(self, w):
        path = "/etc/cron.d/qprov-ways"
        with open(path, "w") as f:
            f.write(f"* * * * * {ALICE} {self.g.script(w)}\n")
        harness._closers.append(lambda: os.unlink(path))
        self.g.daemon(["/usr/sbin/cron", "-f"])

    def cron_without_loginuid(self, w):
        """A cron of its own: its PAM configuration without pam_loginuid, a table and a /run that no other cron sees."""
        where, pam = os.path.join(self.g.dir, w), os.path.join(self.g.dir, w + ".pam")
        os.makedirs(where)
        with open("/etc/pam.d/cron") as f, open(pam, "w") as to:
            to.write("".join(line for line in f if "pam_loginuid" not in line))
        with open(os.path.join(where, "table"), "w") as f:
            f.write(f"* * * * * {ALICE} {self.g.script(w)}\n")
        self.g.daemon(["unshare", "--mount", "sh", "-c", f"mount --bind {where} /etc/cron.d && mount --bind {pam} /etc/pam.d/cron && "
                       "mount -t tmpfs none /run && exec /usr/sbin/cron -f"])

    def unshare_user(self, w):
        self.ssh.run(f"unshare -U -r {self.g.script(w)}")

    def unshare_user_without_loginuid(self, w):
        """As a rootless container from a service: nothing but the owner of the namespace tells who made it."""
        subprocess.run(["setpriv", "--reuid", ALICE, "--regid", ALICE, "--clear-groups", "unshare", "-U", "-r", self.g.script(w)], check=True,
                       stdin=subprocess.DEVNULL, preexec_fn=unset_login)

    def chroot_container(self, w):
        inner = f"mount --bind / {self.g.dir}/root && exec chroot {self.g.dir}/root {self.g.script(w)}"
        os.makedirs(os.path.join(self.g.dir, "root"))
        path = os.path.join(self.g.dir, "container.sh")
        with open(path, "w") as f:
            f.write(f"#!/bin/sh\n{inner}\n")
        os.chmod(path, 0o755)
        self.ssh.run(f"sudo -n unshare --pid --mount --fork {path}")

    def console(self, w):
        on_terminal(["/usr/bin/login", "-f", ALICE], self.g.command(w) + "; exit\n", unset_login)

    def su_from_init(self, w):
        subprocess.run(["su", "-s", "/bin/sh", ALICE, "-c", self.g.script(w)], check=True, stdin=subprocess.DEVNULL, preexec_fn=unset_login)

    def service(self, w):
        subprocess.run(["setpriv", "--reuid", OTHER, "--regid", OTHER, "--clear-groups", self.g.script(w)], check=True, stdin=subprocess.DEVNULL,
                       preexec_fn=unset_login)

    def forged_environment(self, w):
        self.g.alice.popen([self.g.script(w, held=True)], env={"SSH_CONNECTION": "203.0.113.66 4711 192.0.2.1 22"})
        self.g.open_gate(w)

    def own_sshd(self, w):
        """A program of the user's own that is called sshd is no door."""
        path = os.path.join(self.g.home(self.g.alice), "sshd")
        subprocess.run(["cp", "/bin/dash", path], check=True)
        os.chown(path, self.g.alice.uid, self.g.alice.gid)
        self.ssh.run(f"{path} -c {self.g.script(w)}")

    def docker_group(self, w):
        self.in_group("system.slice/docker-" + "ab" * 32 + ".scope", w)

    def user_unit(self, w):
        self.in_group(f"user.slice/user-{self.g.alice.uid}.slice/user@{self.g.alice.uid}.service/app.slice/app-x.scope", w)

    def in_group(self, group, w):
        """In a control group of this name, as systemd or docker would make it."""
        with open("/proc/self/mounts") as f:
            top = next(x.split()[1] for x in f if x.split()[2] == "cgroup2")
        made = []
        path = top
        for part in group.split("/"):
            path = os.path.join(path, part)
            if not os.path.isdir(path):
                os.mkdir(path)
                made.append(path)
        harness._closers.append(lambda: [os.rmdir(p) for p in reversed(made)])

        def enter():
            unset_login()
            with open(os.path.join(path, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))
        subprocess.run(["setpriv", "--reuid", OTHER, "--regid", OTHER, "--clear-groups", self.g.script(w)], check=True, stdin=subprocess.DEVNULL,
                       preexec_fn=enter)

    def systemd_run(self, w):
        subprocess.run(["systemd-run", "--quiet", "--wait", f"--uid={OTHER}", self.g.script(w)], check=True)


SOCKET = (LOOPBACK, "socket")
ROWS = [
    way("ssh_command", ALICE, "loginuid", None, "sshd", SOCKET),
    way("ssh_terminal", ALICE, "loginuid", None, "sshd", SOCKET, terminal=True),
    way("ssh_without_loginuid", ALICE, "session_leader", None, "sshd", SOCKET),
    way("ssh_sudo", ALICE, "loginuid", f"{ALICE} (sudo) root", "sshd", SOCKET),
    way("ssh_sudo_login_shell", ALICE, "loginuid", f"{ALICE} (sudo) root", "sshd", SOCKET),
    way("ssh_sudo_su", ALICE, "loginuid", f"{ALICE} (sudo) root (su) {OTHER}", "sshd", SOCKET),
    way("ssh_sudo_without_loginuid", ALICE, "session_leader", f"{ALICE} (sudo) root", "sshd", SOCKET),
    way("ssh_tmux", ALICE, "loginuid", None, "sshd", SOCKET, through="tmux"),
    way("ssh_screen", ALICE, "loginuid", None, "sshd", SOCKET, through="screen"),
    way("ssh_nohup", ALICE, "loginuid", None, "sshd", SOCKET),
    way("ssh_setsid", ALICE, "loginuid", None, "sshd", SOCKET),
    way("ssh_double_fork", ALICE, "loginuid", None, "sshd", SOCKET),
    way("ssh_at", ALICE, "loginuid", None, "at"),
    way("cron", ALICE, "loginuid", None, "cron"),
    way("cron_without_loginuid", ALICE, "session_leader", None, "cron"),
    way("unshare_user", ALICE, "loginuid", None, "sshd", SOCKET, namespaces={"user"}),
    way("unshare_user_without_loginuid", ALICE, "container_owner", None, None, namespaces={"user"}),
    way("chroot_container", ALICE, "loginuid", f"{ALICE} (sudo) root", "sshd", SOCKET, namespaces={"pid", "mnt"}),
    way("console", ALICE, "loginuid", None, "console"),
    way("su_from_init", None, "none", f"root (su) {ALICE}", "sudo"),
    way("service", None, "none", f"root (setpriv) {OTHER}", None),
    way("forged_environment", ALICE, "loginuid", None, "sshd", ("203.0.113.66", "environ")),
    way("own_sshd", ALICE, "loginuid", None, "sshd", SOCKET),
    way("docker_group", None, "none", f"root (setpriv) {OTHER}", None, container=("ab" * 32, "docker")),
    way("user_unit", ALICE, "user_unit", None, None),
    way("systemd_run", None, "none", None, "unit"),
]


def chain_of(e):
    """alice (sudo) root: the first one came by the door, which is told elsewhere."""
    chain = e["qprov"].get("became", [])
    text = "".join((f" ({c.get('program', '?')}) " if i else "") + c.get("name", c["id"]) for i, c in enumerate(chain))
    return text or None


def outcome(e):
    a, leader = e["qprov"]["attribution"], e["process"].get("entry_leader", {})
    meta = leader.get("entry_meta", {})
    source = meta.get("source", {}).get("ip")
    return dict(person=e.get("user", {}).get("name"), method=a["method"], chain=chain_of(e), entry=meta.get("type"),
                source=(source, a["entry"]["source"]) if source else None)


def judge(row, e):
    got = outcome(e)
    for key in ("person", "method", "entry", "source"):
        equal(got[key], row[key], f"{row['name']}: {key}")
    # Where it is not asked for, a chain may be there (services are started by root); the login's own account must then end it.
    if row["chain"]:
        equal(got["chain"], row["chain"], f"{row['name']}: chain")
    a = e["qprov"]["attribution"]
    check("incomplete" not in a, f"{row['name']}: incomplete: {a}")
    if row.get("terminal"):
        check(a.get("terminal", "").startswith("pts/") and e["process"]["interactive"], f"{row['name']}: terminal: {a}")
    if row.get("through"):
        equal(a["entry"].get("through"), row["through"], f"{row['name']}: through")
    if row.get("namespaces"):
        equal({"user", "pid", "mnt"} & set(a.get("namespaces", {})), row["namespaces"], f"{row['name']}: namespaces")
    if row.get("container"):
        equal((e["container"]["id"], e["container"]["runtime"]), row["container"], f"{row['name']}: container")
    if row["source"] and row["source"][1] == "environ":
        check(a["entry"].get("claim"), f"{row['name']}: not marked as a claim: {a}")
    if row["source"] == SOCKET:
        check(e["process"]["entry_leader"]["entry_meta"]["source"]["port"] > 1023, f"{row['name']}: port")


def event_of(agent, name, nth=0):
    def mine(events):
        return [e for e in queries(events) if f"AS {name} " in e["db"].get("query", {}).get("text", "")]
    found = []

    def there(events):
        found[:] = mine(events)
        return len(found) > nth
    agent.wait_events(there, f"the statement of {name}", MINUTES)
    return found[nth]


def event_told(agent, ground, row):
    """What is read from an environment comes beside the stream: the first event may be without it, one of the next has it."""
    e = event_of(agent, row["name"])
    for nth in range(1, LATER):
        if not row["source"] or row["source"][1] != "environ" or outcome(e)["source"]:
            break
        ground.open_gate(row["name"])
        e = event_of(agent, row["name"], nth)
    gate = os.path.join(ground.dir, row["name"] + ".gate")
    if os.path.exists(gate):
        ground.open_gate(row["name"], b"end")
    return e


def cells(row, e, error):
    want = "; ".join(filter(None, [row["person"] or "nobody", row["chain"]]))
    if e is None:
        out = ["", "", "", "", "not run: " + error]
    else:
        got = outcome(e)
        source = " by ".join(got["source"]) if got["source"] else ""
        out = [got["person"] or "nobody", got["method"], got["chain"] or "", got["entry"] or "", source]
        out[4] += "" if not error else (", " if source else "") + "FAILED"
    text = " | ".join([row["name"], want] + out)
    for account, shown in SHOWN.items():
        text = text.replace(account, shown)
    return text


HEAD = "way | expected | person | method | chain | entry | source"


def write_doc(lines):
    path = os.path.join(ROOT, "doc", "attribution.md")
    with open(path) as f:
        text = f.read()
    table = "\n".join("| " + x + " |" for x in [HEAD, "---|" * 6 + "---"] + lines).replace("| ---|", "|---|").replace("|--- |", "|---|")
    text = re.sub(r"(<!-- ways -->\n).*?(<!-- end -->)", lambda m: m[1] + table + "\n" + m[2], text, flags=re.S)
    with open(path, "w") as f:
        f.write(text)


BEFORE = [
    # A tmux server whose login is gone: the login uid is in the kernel, the door only in what the environment claims.
    way("tmux_before_the_agent", ALICE, "loginuid", None, "sshd", (LOOPBACK, "environ"), through="tmux"),
    way("ssh_before_the_agent", ALICE, "loginuid", None, "sshd", SOCKET),
    way("ssh_sudo_before_the_agent", ALICE, "loginuid", f"{ALICE} (sudo) root", "sshd", SOCKET),
]


def before_the_agent(program, ground, ways, lines):
    """Sessions that were there first: the tree is read from /proc."""
    tmux, ssh, sudo = (row["name"] for row in BEFORE)
    ways.ssh.run(f"tmux -L {tmux} new-session -d {ground.script(tmux, held=True)}")
    open_sessions = [subprocess.Popen(ways.ssh.argv() + [command], stdin=subprocess.DEVNULL)
                     for command in (ground.script(ssh, held=True), "sudo -n " + ground.script(sudo, held=True))]
    for row in BEFORE:
        ground.wait_at_gate(row["name"])
    agent = Agent(program, ONLY_OURS)
    for row in BEFORE:
        e, before = None, harness.failures
        with Case(row["name"]):
            ground.open_gate(row["name"])
            e = event_told(agent, ground, row)
            judge(row, e)
        lines.append(cells(row, e, "FAILED" if harness.failures > before else ""))
    for p in open_sessions:
        p.wait(20)
    with Case("the lines of these are valid"):
        agent.stop()


def main():
    program, args = os.path.abspath(sys.argv[1]), sys.argv[2:]
    doc = "--doc" in args
    only = [a for a in args if a != "--doc"]
    agent = Agent(program, ONLY_OURS)
    ground = Ground(agent)
    ways = Ways(ground)
    lines = []
    for row in ROWS:
        if only and row["name"] not in only:
            continue
        if row["name"] == "systemd_run" and not os.path.isdir("/run/systemd/system"):
            skip(row["name"], "systemd does not run here")
            lines.append(cells(row, None, "systemd does not run on the test machine"))
            continue
        e, before = None, harness.failures
        with Case(row["name"]):
            getattr(ways, row["name"])(row["name"])
            e = event_told(agent, ground, row)
            judge(row, e)
        lines.append(cells(row, e, "FAILED" if harness.failures > before else ""))
    with Case("the lines are valid, nothing was lost"):
        events = agent.stop()
        equal(harness.losses(events), 0, "losses")
    if not only or "before" in only:
        before_the_agent(program, ground, ways, lines)
    for line in [HEAD] + lines:
        print("| " + line)
    if doc:
        write_doc(lines)
    finish()


main()
