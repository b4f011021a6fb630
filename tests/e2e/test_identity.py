#!/usr/bin/python3
"""Attribution under odd starts and storms: exec in threads, zombies, vfork, clone3, changes of uid, 100,000 processes, lost records.

Also what is told of a program: script, hash, build id, owner of its file, a file that is gone, one in memory, a Jupyter kernel.
"""
import hashlib
import os
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
from harness import (PYTHON, Agent, Case, Human, check, compile_client, dataset, equal, finish, folder, queries,  # noqa: E402
                     wait_until)
from ways import make_table  # noqa: E402

ONLY_OURS = "uncertain: log\ntables:\n  - match: qprov_identity\n"
PROGRAM = os.path.abspath(sys.argv[1])
SQLITE = "/usr/bin/sqlite3"
STORM = 100000


class World:
    def __init__(self):
        self.dir = folder(0o755)
        self.db = make_table(self.dir, "qprov_identity")
        self.human = Human("qprov-id")
        self.odd = compile_client("odd_starts.c", ["pthread"])

    def sql(self, mark):
        return f"SELECT ip AS {mark} FROM qprov_identity"

    def argv(self, mark):
        return [SQLITE, self.db, self.sql(mark)]


def event_of(agent, mark):
    found = []

    def there(events):
        found[:] = [e for e in queries(events) if f"AS {mark} " in e["db"].get("query", {}).get("text", "")]
        return found
    agent.wait_events(there, f"the statement of {mark}")
    return found[0]


def chain(e):
    return [(c.get("name", c["id"]), c.get("program"), c.get("effective", False)) for c in e["qprov"].get("became", [])]


def odd_starts(w, agent):
    for way in ("thread", "zombie", "vfork", "clone-parent", "clone3"):
        with Case("start: " + way):
            mark = "odd_" + way.replace("-", "_")
            pid, _ = w.human.run([w.odd, way] + w.argv(mark))
            e = event_of(agent, mark)
            p, a = e["process"], e["qprov"]["attribution"]
            equal((e["user"]["name"], a["method"], a["process"]), (w.human.name, "loginuid", "exec"), "attribution")
            equal((p["executable"], p["args"][0], p["real_user"]["id"]), (SQLITE, SQLITE, str(w.human.uid)), "program")
            check("incomplete" not in a, f"incomplete: {a}")
            if way == "thread":
                equal((p["pid"], p["thread"]["id"], p["parent"]["pid"]), (pid, pid, os.getpid()), "the thread took over its process")
            elif way == "clone-parent":
                equal(p["parent"]["pid"], os.getpid(), "the parent is the maker's parent")
            else:
                equal(p["parent"]["pid"], pid, "parent")
            if way == "clone3":
                equal((a["namespaces"]["inner_pid"], a["namespaces"]["user_owner"]), (1, str(w.human.uid)), "namespaces")


def uid_changes(w, agent):
    with Case("setuid in a child"):
        subprocess.run([w.odd, "setuid", str(w.human.uid)] + w.argv("by_setuid"), check=True, stdout=subprocess.DEVNULL)
        e = event_of(agent, "by_setuid")
        equal(chain(e)[-1], (w.human.name, "odd_starts", False), "chain")
        equal(e["process"]["user"]["name"], w.human.name, "effective account")
    with Case("seteuid before the exec"):
        subprocess.run([w.odd, "seteuid", str(w.human.uid)] + w.argv("by_seteuid"), check=True, stdout=subprocess.DEVNULL)
        e = event_of(agent, "by_seteuid")
        equal((e["process"]["real_user"]["id"], e["process"]["user"]["id"]), ("0", str(w.human.uid)), "real and effective account")
        equal(chain(e)[-1], (w.human.name, "sqlite3", True), "chain")


def script(w, text, name):
    path = os.path.join(w.dir, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)
    return path


def programs(w, agent):
    run = "import sqlite3, sys\nc = sqlite3.connect({db!r})\nfor i in range(2):\n    c.execute({sql!r}).fetchall()\n    sys.stdin.readline()\n"

    def text(mark):
        return run.format(db=w.db, sql=w.sql(mark))
    with Case("python script, relative path; hash and build id"):
        path = script(w, text("py_script"), "pull.py")
        p = w.human.popen([PYTHON, "-u", "pull.py"], cwd=w.dir, stdin=subprocess.PIPE)
        first = event_of(agent, "py_script")
        equal((first["qprov"]["script"], first["qprov"]["program"]["script_kind"]), (path, "file"), "script")
        # The second statement comes after the hash has: the answer is waited for by asking until it is there.

        def hashed():
            p.stdin.write(b"\n")
            p.stdin.flush()
            agent.wait_events(lambda es: len(mine(es)) >= 2, "second statement")
            return True

        def mine(es):
            return [e for e in queries(es) if "AS py_script " in e["db"].get("query", {}).get("text", "")]
        hashed()
        p.communicate()
    with Case("hash, build id and package of the executable"):
        real = os.path.realpath(PYTHON)
        with open(real, "rb") as f:
            want = hashlib.sha256(f.read()).hexdigest()

        def seen(events):
            return [e for e in queries(events) if e["process"].get("executable") == real and e["process"].get("hash", {}).get("sha256") == want and
                    "package" in e["qprov"]["program"]]
        # A statement after the answer has come carries it; the answer comes beside the stream.
        tries = []

        def again():
            tries.append(1)
            w.human.run([PYTHON, "-c", text(f"hash_{len(tries)}")], text="\n\n")
            return seen([e for e in agent.events(strict=False)])
        wait_until(again, "a line with the hash of python")
        e = seen(agent.events(strict=False))[0]
        owner = subprocess.run(["dpkg", "-S", real], stdout=subprocess.PIPE, check=True).stdout.decode().split(":")[0]
        equal(e["qprov"]["program"]["package"], owner, "package")
        build = subprocess.run(["readelf", "-n", real], stdout=subprocess.PIPE, check=True).stdout.decode().split("Build ID: ")[1].split()[0]
        equal(e["qprov"]["program"]["build_id"], build, "build id")
        equal(e["qprov"]["program"]["writable_by_user"], False, "writable")
    with Case("a shell script that calls the client"):
        path = script(w, f"#!/bin/sh\n{SQLITE} {w.db} '{w.sql('sh_script')}'\ntrue\n", "export.sh")
        pid, _ = w.human.run([path])
        e = event_of(agent, "sh_script")
        equal((e["qprov"]["script"], e["qprov"]["program"]["script_pid"]), (path, pid), "script of the parent")
    with Case("a program of the user's own"):
        own = os.path.join(w.dir, "own")
        shutil.copy(SQLITE, own)
        os.chown(own, w.human.uid, w.human.gid)
        w.human.run([own] + w.argv("own_program")[1:])
        e = event_of(agent, "own_program")
        equal((e["process"]["executable"], e["qprov"]["program"]["writable_by_user"]), (own, True), "own program")
        later = []

        def looked_up():
            later.append(f"own_program_{len(later)}")
            w.human.run([own] + w.argv(later[-1])[1:])
            return event_of(agent, later[-1])["qprov"]["program"].get("unpackaged")
        wait_until(looked_up, "no package owns it")
    with Case("a program that is deleted, one in memory"):
        code = ("import os, sys\nfd = os.memfd_create('hidden', 0)\nos.write(fd, open(sys.argv[1], 'rb').read())\n"
                "os.execv(f'/proc/self/fd/{fd}', ['innocent'] + sys.argv[2:])\n")
        w.human.run([PYTHON, "-c", code] + [SQLITE] + w.argv("in_memory")[1:])
        e = event_of(agent, "in_memory")
        equal((e["process"]["executable"], e["qprov"]["program"]["in_memory"]), ("/memfd:hidden", True), "memfd")
        gone = os.path.join(w.dir, "gone")
        shutil.copy(SQLITE, gone)
        os.chmod(gone, 0o755)
        p = w.human.popen(["/bin/sh", "-c", f"exec 3< {gone}; read go; exec /proc/self/fd/3 {w.db} '{w.sql('deleted')}'"], stdin=subprocess.PIPE)
        # Not any descriptor 3: before the shell begins, the process has those of this one.
        wait_until(lambda: os.path.exists(f"/proc/{p.pid}/fd/3") and os.path.realpath(f"/proc/{p.pid}/fd/3") == gone, "the shell holds the file")
        os.unlink(gone)
        p.communicate(b"go\n")
        equal(p.returncode, 0, "exit of the deleted program")
        e = event_of(agent, "deleted")
        equal((e["process"]["executable"], e["qprov"]["program"]["deleted"]), (gone, True), "deleted")
    with Case("a Jupyter kernel"):
        # The launcher's name and arguments as Jupyter's server gives them; the kernel itself is not needed to be told one.
        launcher = os.path.join(w.dir, "ipykernel_launcher.py")
        with open(launcher, "w") as f:
            f.write(text("notebook").replace("range(2)", "range(500)"))
        connection = os.path.join(w.dir, "kernel-7f1c2d3e-aaaa-bbbb-cccc-000000000001.json")
        p = w.human.popen([PYTHON, "-m", "ipykernel_launcher", "-f", connection], cwd=w.dir, stdin=subprocess.PIPE,
                          env={"JPY_SESSION_NAME": "/home/a/leak.ipynb"})
        e = event_of(agent, "notebook")
        equal((e["qprov"]["script"], e["qprov"]["program"]["script_kind"], e["qprov"]["program"]["kernel_id"]),
              (connection, "notebook", "7f1c2d3e-aaaa-bbbb-cccc-000000000001"), "kernel")
        # The notebook's path is looked up beside the stream: a later statement has it, marked as what it is.
        told = []

        def later(events):
            told[:] = [x["qprov"]["program"] for x in queries(events) if "AS notebook " in x["db"].get("query", {}).get("text", "")]
            return len(told) > said[0]
        said = [1]
        while "notebook" not in told[-1] if told else True:
            check(said[0] < 500, "no notebook in any line")
            p.stdin.write(b"\n")
            p.stdin.flush()
            agent.wait_events(later, "the next statement")
            said[0] += 1
        equal((told[-1]["notebook"], told[-1]["notebook_source"], told[-1]["notebook_claim"]), ("/home/a/leak.ipynb", "environ", True), "notebook")
        p.communicate()


def storm(w, agent):
    with Case(f"{STORM} processes"):
        w.human.run([w.odd, "storm", str(STORM)])
        pid, _ = w.human.run(w.argv("after_storm"))
        e = event_of(agent, "after_storm")
        equal((e["user"]["name"], e["process"]["pid"], e["qprov"]["attribution"]["process"], e["process"]["parent"]["pid"]),
              (w.human.name, pid, "exec", os.getpid()), "attribution after the storm")
        with open(f"/proc/{agent.p.pid}/status") as f:
            peak = next(int(x.split()[1]) for x in f if x.startswith("VmHWM:"))
        check(peak < 160 << 10, f"peak of resident memory: {peak} KiB")


def lost_records(w):
    """The agent stands still until its ring of process records is full: what starts then is known by its calls only, and the event says so."""
    agent = Agent(PROGRAM, ONLY_OURS)
    agent.p.send_signal(signal.SIGSTOP)
    try:
        w.human.run([w.odd, "storm", str(STORM)])
        pid, _ = w.human.run(w.argv("while_lost"))
    finally:
        agent.p.send_signal(signal.SIGCONT)
    e = event_of(agent, "while_lost")
    a = e["qprov"]["attribution"]
    equal((e["user"]["name"], e["process"]["pid"], e["process"]["name"]), (w.human.name, pid, "sqlite3"), "what the call itself says")
    equal((a["process"], a.get("incomplete")), ("unknown", True), "incomplete")
    check("executable" not in e["process"], f"an executable out of nothing: {e['process']}")
    w.human.run(w.argv("well_again"))
    equal(event_of(agent, "well_again")["qprov"]["attribution"]["process"], "exec", "afterwards")
    events = agent.stop()
    told = [x["qprov"]["loss"] for x in dataset(events, "loss")]
    check(any("process" in x["kind"] for x in told), f"no loss of process records was told: {told}")


def main():
    w = World()
    agent = Agent(PROGRAM, ONLY_OURS)
    odd_starts(w, agent)
    uid_changes(w, agent)
    programs(w, agent)
    storm(w, agent)
    with Case("the lines are valid, no process record was lost"):
        told = [x["qprov"]["loss"] for x in dataset(agent.stop(), "loss")]
        equal(told, [], "losses")
    with Case("lost process records are told in the events they concern"):
        lost_records(w)
    finish()


main()
