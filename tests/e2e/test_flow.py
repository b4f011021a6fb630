"""Where the data went: files, pipelines, terminals, sockets, \\o and late files, told by real shells and clients."""
import os
import socket
import subprocess
import sys

from harness import PYTHON, Agent, Case, Human, Postgres, check, dataset, equal, finish, folder, losses, queries, skip
from social import LIT, SCHEMA, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
CONFIG = "tables:\n  - match: user_ip_log\n"


def of(human, events):
    """Others use this machine too."""
    return [e for e in queries(events) if e.get("user", {}).get("name") == human.name]


def ask(human, pg, script, env=None, **kw):
    """A shell script of the human under the agent; its query events."""
    agent = Agent(PROGRAM, CONFIG)
    human.run(["/bin/sh", "-c", script], env={**pg.env("flow"), **(env or {})}, **kw)
    events = agent.stop()
    found = of(human, events)
    check(found, f"no event for {script!r}")
    return found[-1]["qprov"], found[-1], events


def names(q):
    return [r.get("name") for r in q.get("pipeline", [])]


def to_file(human, pg, out):
    q, e, _ = ask(human, pg, f"{pg.bin}/psql -X -c '{LIT}' > {out}/x.csv 2>/dev/null")
    equal((q["stdout"], q["stdio"]), (f"{out}/x.csv", {"stdin": "null", "stdout": "file", "stderr": "null"}), "stdout")
    check("pipeline" not in q and e["message"].find(f" > {out}/x.csv") > 0, e["message"])


def to_pipeline(human, pg, out):
    q, e, _ = ask(human, pg, f"{pg.bin}/psql -X -c '{LIT}' | gzip | cat > {out}/x.gz")
    equal((q["stdout"], names(q)), ("pipe", ["gzip", "cat"]), "stdout and pipeline")
    equal([r["stdout"] for r in q["pipeline"]], ["pipe", f"{out}/x.gz"], "where the readers write")
    check(f" | gzip | cat > {out}/x.gz" in e["message"], e["message"])


def to_curl(human, pg, out):
    """psql | gzip | curl, to a listener that takes the upload; the network is where it went."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        script = f"{pg.bin}/psql -X -c '{LIT}' | gzip | curl -s --max-time 5 telnet://127.0.0.1:{s.getsockname()[1]}"
        agent = Agent(PROGRAM, CONFIG)
        p = human.popen(["/bin/sh", "-c", script], env=pg.env("flow"))
        c, _ = s.accept()
        check(c.recv(2) == b"\x1f\x8b", "no gzip arrived")
        c.close()
        p.communicate(timeout=60)
        q = of(human, agent.stop())[-1]["qprov"]
    equal((q["stdout"], names(q)), ("pipe", ["gzip", "curl"]), "stdout and pipeline")


def to_parent(human, pg, out):
    """A script that reads the client's output itself."""
    code = f"import subprocess; subprocess.check_output(['{pg.bin}/psql', '-X', '-c', '{LIT}'])"
    q, _, _ = ask(human, pg, f'{PYTHON} -c "{code}"')
    equal((q["stdout"], names(q)), ("pipe", ["python3"]), "stdout and reader")


def to_shell(human, pg, out):
    """while read: the reader is a shell that never ran another program. It is looked for in /proc, so the query has to last a moment."""
    q, _, _ = ask(human, pg, f"{pg.bin}/psql -X -At -c 'SELECT ip, pg_sleep(0.3) FROM user_ip_log LIMIT 1' | while read -r ip; do echo \"$ip\" >> {out}/loop; done; cat {out}/loop >/dev/null")
    equal(q["stdout"], "pipe", "stdout")
    equal(names(q), ["sh"], "reader")


def to_terminal(human, pg, out):
    agent = Agent(PROGRAM, CONFIG)
    human.type([f"{pg.bin}/psql", "-X"], f"{LIT};\n\\q\n", env=pg.env("flow"))
    q = of(human, agent.stop())[-1]["qprov"]
    check(q["stdout"].startswith("/dev/pts/"), q["stdout"])
    equal(q["stdio"], {"stdin": "terminal", "stdout": "terminal", "stderr": "terminal"}, "stdio")


def to_socket(human, pg, out):
    a, b = socket.socketpair()
    with a, b:
        agent = Agent(PROGRAM, CONFIG)
        p = human.popen([f"{pg.bin}/psql", "-X", "-c", LIT], env=pg.env("flow"), stdout=b)
        equal(p.wait(60), 0, "psql")
        q = of(human, agent.stop())[-1]["qprov"]
    equal((q["stdout"], q["stdio"]["peer"]["pid"]), ("socket", os.getpid()), "stdout and who made the other end")


def psql_o(human, pg, out):
    """-o FILE, and \\o and \\copy in a script from stdin."""
    q, _, _ = ask(human, pg, f"{pg.bin}/psql -X -o {out}/o.txt -c '{LIT}'")
    equal(q["outputs"], [f"{out}/o.txt"], "files of -o")
    with open(f"{out}/s.sql", "w") as f:
        f.write(f"\\o {out}/o2.txt\n{LIT};\n")
    q, _, _ = ask(human, pg, f"{pg.bin}/psql -X < {out}/s.sql")
    equal(q["outputs"], [f"{out}/o2.txt"], "files of \\o")
    equal(q["stdio"]["stdin_path"], f"{out}/s.sql", "stdin")
    q, _, _ = ask(human, pg, f"{pg.bin}/psql -X -c \"\\copy user_ip_log to '{out}/c.csv'\"")
    check(f"{out}/c.csv" in q.get("outputs", []), q.get("outputs"))


def copy_to(human, pg, out):
    q, _, _ = ask(human, pg, f"{pg.bin}/psql -X -c \"COPY user_ip_log TO '{pg.dir}/server.csv'\"")
    equal([(f["path"], f["access"], f["side"]) for f in q["external"]], [(f"{pg.dir}/server.csv", "write", "server")], "files of COPY TO")


def late_file(human, pg, out):
    """A script asks first and opens its file then; it waits until qprov has told."""
    path = os.path.join(out, "social.db")
    make_sqlite(path)
    agent = Agent(PROGRAM, CONFIG)
    code = (f"import sqlite3, sys; rows = sqlite3.connect('{path}').execute('{LIT}').fetchall()\n"
            f"sys.stdin.readline(); f = open('{out}/late.csv', 'w'); f.write(str(rows)); sys.stdin.readline()")
    p = human.popen([PYTHON, "-c", code], stdin=subprocess.PIPE)
    agent.wait_events(lambda events: len(of(human, events)) == 1, "the query")
    p.stdin.write(b"open\n")
    p.stdin.flush()
    agent.wait_events(lambda events: dataset(events, "output"), "the file")
    p.communicate(b"end\n", timeout=60)
    e = dataset(agent.stop(), "output")
    equal([(x["user"]["name"], x["qprov"]["output"]) for x in e], [(human.name, {"path": f"{out}/late.csv", "queries": 1})], "output")


def to_loop(human, pg, out):
    """while read < <(...): the shell that reads has the pipe at a high descriptor."""
    agent = Agent(PROGRAM, CONFIG)
    script = f"while read -r ip; do echo \"$ip\" >> {out}/loop2; done < <({pg.bin}/psql -X -At -c 'SELECT ip, pg_sleep(0.3) FROM user_ip_log LIMIT 1')"
    human.run(["/bin/bash", "-c", script], env=pg.env("flow"))
    q = of(human, agent.stop())[-1]["qprov"]
    equal((q["stdout"], names(q)), ("pipe", ["bash"]), "stdout and reader")


def quick_files(human, pg, out):
    """Opened, written and closed right after the query, by a program that ends then: nothing is left to look at."""
    path = os.path.join(out, "quick.db")
    make_sqlite(path)
    agent = Agent(PROGRAM, CONFIG)
    code = (f"import sqlite3; rows = sqlite3.connect('{path}').execute('{LIT}').fetchall()\n"
            f"open('{out}/quick.csv', 'w').write(str(rows)); open('{out}/both.csv', 'w+').write(str(rows)); open('{out}/quick.csv').read()\n"
            # Its own file, which is written through a journal and a descriptor for reading and writing, is not where data went.
            f"c = sqlite3.connect('{path}'); c.execute('CREATE TABLE more (x)'); c.execute('INSERT INTO more VALUES (1)'); c.commit()\n")
    human.run([PYTHON, "-B", "-c", code])
    events = agent.stop()
    if any("closed at once" in e.get("message", "") for e in dataset(events, "coverage")):
        skip("files closed at once, in full", "this kernel takes no fentry program; tests/vm/run has it on others")
        return
    told = {}
    for e in of(human, events):
        told.update({x: False for x in e["qprov"].get("outputs", [])})
        told.update({x: True for x in e["qprov"].get("outputs_read_write", [])})
    for e in dataset(events, "output"):
        told[e["qprov"]["output"]["path"]] = e["qprov"]["output"].get("read_write", False)
    equal(told, {f"{out}/quick.csv": False, f"{out}/both.csv": True}, "files, and whether they were opened for reading, too")


HOLD = """
import os, resource, sqlite3, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
first = os.open("/dev/null", os.O_RDONLY)
for _ in range(4000):
    os.dup(first)
for _ in range(63):
    if os.fork() == 0:
        break
sqlite3.connect(":memory:").execute("SELECT 1").fetchall()
sys.stdin.read()
"""


def many_files(human, pg, out):
    """Whoever opens files without end does not stop the agent: it does not look through all of them, and says so."""
    del pg
    path = os.path.join(out, "x.db")
    make_sqlite(path)
    agent = Agent(PROGRAM, CONFIG)
    p = human.popen([PYTHON, "-c", HOLD], stdin=subprocess.PIPE)
    agent.wait_events(lambda ev: any("to look through open files" in e["qprov"]["coverage"]["reason"] and e["user"]["name"] == human.name
                                     for e in dataset(ev, "coverage")), "that not all is looked through")
    pid, _ = human.run(["/usr/bin/sqlite3", path, LIT])
    agent.wait_events(lambda ev: queries(ev, pid), "a statement meanwhile")
    p.communicate(b"")
    equal(losses(agent.stop()), 0, "losses")


def main():
    human = Human("qprov-flow")
    pg = Postgres(log=False)
    os.chmod(pg.dir, 0o755)
    pg.psql(SCHEMA)
    for name, fn in (("psql > file", to_file), ("psql | gzip | cat > file", to_pipeline), ("psql | gzip | curl", to_curl),
                     ("read by a parent", to_parent), ("read by a shell's loop", to_shell), ("read by a loop of its parent", to_loop), ("terminal", to_terminal),
                     ("socket", to_socket), ("-o, \\o, \\copy", psql_o), ("COPY TO", copy_to), ("a file opened later", late_file), ("files closed at once", quick_files),
                     ("files without end", many_files)):
        with Case(name):
            fn(human, pg, folder(0o777))
    finish()


main()
