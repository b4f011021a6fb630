"""The agent as a process: load, short-lived clients, signals, sinks that fail, reload, missing rights."""
import json
import os
import re
import signal
import subprocess
import sys
import time

from harness import (ALL_QUERIES, PYTHON, Agent, Case, Human, Postgres, check, compile_client, dataset, equal, filled, finish, folder, losses,
                     queries, small_disk, tables, wait_until)
from social import HARMLESS, LIT, SCHEMA, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
SENSITIVE = "tables:\n  - match: user_ip_log\n    tags: [pii]\n    severity: high\n"


def sqlite_setup():
    path = os.path.join(folder(), "social.db")
    make_sqlite(path)
    return path, compile_client("lite_client.c", ["sqlite3"])


def load(human):
    """200,000 queries by four clients: events + counted losses = queries, losses 0 with the default ring."""
    pg = Postgres(log=False)
    pg.psql(SCHEMA)
    work = os.path.join(pg.dir, "work.sql")
    with open(work, "w") as f:
        f.write("SELECT ip FROM user_ip_log WHERE id = 1;\n")
    os.chmod(pg.dir, 0o755)
    agent = Agent(PROGRAM, SENSITIVE)
    pid, _ = human.run([f"{pg.bin}/pgbench", "-n", "-c", "4", "-j", "2", "-t", "50000", "-f", work], env=pg.env())
    began = time.monotonic()
    agent.p.send_signal(signal.SIGTERM)
    agent.p.wait(60)
    drained = time.monotonic() - began
    pg.stop()
    equal(agent.p.returncode, 0, "exit status")
    lines = agent.text().splitlines()
    its = re.compile(rb'"process":\{"entity_id":"[^"]*","pid":%d,' % pid)  # the agent sees whatever else runs on the machine
    seen = sum(b'"dataset":"qprov.query"' in x and b'"name":"user_ip_log"' in x and bool(its.search(x)) for x in lines)
    lost = losses([json.loads(x) for x in lines if b'"dataset":"qprov.loss"' in x])
    equal(seen + lost, 200000, f"events ({seen}) + losses ({lost})")
    equal(lost, 0, "losses")
    order = [int(re.search(rb'"sequence":(\d+)', x)[1]) for x in lines]
    equal(order, list(range(order[0], order[0] + len(order))), "sequence without holes")
    check(drained < 30, f"{drained:.1f} s to drain and stop")


def short_lived(human, path, client):
    """The client starts after the agent and is gone within 20 ms; it is attributed in full all the same."""
    agent = Agent(PROGRAM, SENSITIVE)
    lives = []
    for _ in range(5):
        p = human.popen([client, "exec", "1", path])
        began = time.monotonic()
        p.communicate()
        lives.append((time.monotonic() - began, p.pid))
    events = agent.stop()
    check(min(lives)[0] < 0.02, f"no client ended within 20 ms: {lives}")
    for _, pid in lives:
        got = queries(events, pid)
        equal(len(got), 1, f"events of process {pid}")
        e = got[0]
        equal((e["user"]["name"], e["process"]["executable"], e["process"]["args"], e["process"]["working_directory"]),
              (human.name, client, [client, "exec", "1", path], "/"), "attribution")
        equal(e["process"]["parent"]["pid"], os.getpid(), "parent")


def harmless(human, path):
    agent = Agent(PROGRAM, SENSITIVE)
    human.run(["/usr/bin/sqlite3", path, HARMLESS])
    pid, _ = human.run(["/usr/bin/sqlite3", path, LIT])
    events = agent.stop()
    equal([(e["process"]["pid"], tables(e)) for e in queries(events)], [(pid, ["user_ip_log"])], "events")


def unset_loginuid(path):
    agent = Agent(PROGRAM, SENSITIVE)
    if open("/proc/self/loginuid").read().strip() != "4294967295":
        agent.stop()
        return
    p = subprocess.Popen(["/usr/bin/sqlite3", path, LIT], stdout=subprocess.DEVNULL)
    p.wait()
    e = queries(agent.stop(), p.pid)[0]
    equal(e["qprov"]["attribution"]["method"], "none", "attribution.method")
    check("name" not in e.get("user", {}) and "id" not in e.get("user", {}), f"an unset loginuid became {e.get('user')}")


def ends_by(sig, human, path):
    agent = Agent(PROGRAM, SENSITIVE)
    pid, _ = human.run(["/usr/bin/sqlite3", path, LIT])
    events = agent.stop(sig)
    equal(len(queries(events, pid)), 1, "a query right before the signal")
    last = events[-1]
    equal((last["event"]["dataset"], last["event"]["action"]), ("qprov.agent", "stop"), "last record")
    check(sig.name in json.dumps(last), f"the stop record does not name {sig.name}: {last}")
    check(agent.stop_seconds < 2, f"stopped after {agent.stop_seconds:.1f} s")


def killed(human, path, client):
    """SIGKILL: a client in the middle of its work and one that starts later go on unhurt."""
    agent = Agent(PROGRAM, ALL_QUERIES)
    busy = human.popen([client, "reset", "30000", path])
    agent.wait_events(lambda es: len(queries(es, busy.pid)) > 100, "the client is in the middle of its work")
    agent.p.kill()
    agent.p.wait()
    _, err = busy.communicate(timeout=120)
    equal((busy.returncode, err), (0, b""), "client during the kill")
    human.run([client, "step", "100", path])


def stdout_closed(human, path):
    reader, writer = os.pipe()
    agent = Agent(PROGRAM, SENSITIVE, stdout=writer)
    os.close(writer)
    os.close(reader)
    for _ in range(3):
        human.run(["/usr/bin/sqlite3", path, LIT])
    wait_until(lambda: agent.p.poll() is not None, "the agent ends when nobody reads its output", 20)
    check(agent.p.returncode >= 0, f"ended by signal {-agent.p.returncode}")
    check(agent.log().strip() != "ready", "no word in the log about the closed output")


def dev_full(human, path):
    with open("/dev/full", "wb") as full:
        agent = Agent(PROGRAM, SENSITIVE, stdout=full)
    human.run(["/usr/bin/sqlite3", path, LIT])
    agent.p.send_signal(signal.SIGTERM)
    agent.p.wait(20)
    check(agent.p.returncode in (0, 1), f"exit status {agent.p.returncode}")
    check("No space left" in agent.log() or "ENOSPC" in agent.log(), f"the log is silent about it: {agent.log()!r}")


def disk_full(human, path, client):
    """The disk fills up and gets room again: whole lines only, and a record that tells how many were lost."""
    small = small_disk("1m")
    out = os.path.join(small, "events.jsonl")
    agent = Agent(PROGRAM, ALL_QUERIES + f"sinks:\n  - file: {out}\n")
    with filled(small):
        human.run([client, "step", "200", path])
        wait_until(lambda: "No space left" in agent.log(), "the log tells that the disk is full", 20)
    pid, _ = human.run([client, "step", "5", path])
    agent.stop()
    with open(out, "rb") as f:
        text = f.read()
    events, torn = [], 0
    for line in text.splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            torn += 1
    check(torn <= 1, f"{torn} torn lines")
    equal(len(queries(events, pid)), 5, "events after there was room again")
    seen = len(queries(events))
    check(losses(events) > 0, "no loss record")
    check(seen + losses(events) + torn >= 205, f"{seen} events + {losses(events)} lost of 205: " +
          str([e["qprov"]["loss"] for e in dataset(events, "loss")]))
    equal(oct(os.stat(out).st_mode & 0o777), "0o600", "mode of the file")


def closed_descriptors():
    """Without standard descriptors nothing of ours gets their numbers."""
    p = subprocess.run(["sh", "-c", '"$1" run -d 1 <&- >&- 2>&-', "sh", PROGRAM], timeout=30)
    equal(p.returncode, 2, "exit status without a standard output")


def own_pid_namespace():
    p = subprocess.run(["unshare", "-p", "-f", "--mount-proc", PROGRAM, "run"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=30)
    equal((p.returncode, p.stdout), (3, b""), "exit status and output in a pid namespace of its own")
    check(b"pid namespace" in p.stderr, f"unclear: {p.stderr!r}")


def no_rights(human):
    p = human.popen([PROGRAM_COPY, "run"])
    out, err = p.communicate(timeout=20)
    equal((p.returncode, out), (3, b""), "exit status and output without rights")
    check(re.search(rb"root|privilege|permi|capab", err, re.I), f"unclear: {err!r}")


def no_btf():
    """A kernel that was built without type information, as a process sees it."""
    p = subprocess.run(["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh", PROGRAM, "run"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
    equal((p.returncode, p.stdout), (3, b""), "exit status and output without BTF")
    check(b"/sys/kernel/btf/vmlinux" in p.stderr and b"CONFIG_DEBUG_INFO_BTF" in p.stderr, f"unclear: {p.stderr!r}")


def reload(human, path):
    agent = Agent(PROGRAM, SENSITIVE)
    loaded = len(dataset(agent.events(strict=False), "policy"))
    agent.write_config("tables:\n  - match: user_ip_log\n    colour: red\n")
    agent.p.send_signal(signal.SIGHUP)
    agent.wait_events(lambda es: len(dataset(es, "policy")) > loaded, "a record about the refused policy")
    first, _ = human.run(["/usr/bin/sqlite3", path, LIT])
    agent.wait_events(lambda es: queries(es, first), "the old policy stays in force")
    agent.write_config("tables:\n  - match: posts\n")
    agent.p.send_signal(signal.SIGHUP)
    agent.wait_events(lambda es: len(dataset(es, "policy")) > loaded + 1, "a record about the new policy")
    second, _ = human.run(["/usr/bin/sqlite3", path, LIT])
    third, _ = human.run(["/usr/bin/sqlite3", path, "SELECT body FROM posts"])
    events = agent.stop()
    equal([len(queries(events, p)) for p in (first, second, third)], [1, 0, 1], "events by policy in force")
    refused = dataset(events, "policy")[loaded]
    check("colour" in json.dumps(refused), f"the refusal does not name the key: {refused}")
    equal(refused["event"]["action"], "refused", "action")


def exact_rows(human, path):
    """capture.sqlite_rows counts steps: of a statement read to its end, of one that was left (Python reads one row ahead), of one that
    got the memory of an older statement."""
    agent = Agent(PROGRAM, ALL_QUERIES.replace("all_queries: true", "all_queries: true, sqlite_rows: true"))
    script = ("import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT ip FROM user_ip_log WHERE id > 1').fetchall();"
              "c.execute('SELECT ip FROM user_ip_log').fetchone(); c.execute('SELECT ip FROM user_ip_log').fetchall()")
    pid, _ = human.run([PYTHON, "-c", script, path])
    rows = subprocess.run(["/usr/bin/sqlite3", path, "SELECT count(*), count(id > 1 OR NULL) FROM user_ip_log"], check=True,
                          stdout=subprocess.PIPE).stdout.decode().strip().split("|")
    got = sorted(e["db"]["response"]["returned_rows"] for e in queries(agent.stop(), pid))
    equal(got, sorted([int(rows[1]), 2, int(rows[0])]), "rows")


def rotation(human, path, client):
    where = folder()
    out = os.path.join(where, "events.jsonl")
    agent = Agent(PROGRAM, ALL_QUERIES + f"sinks:\n  - file: {out}\n    max_size: 64KiB\n    keep: 50\n")
    human.run([client, "step", "300", path])
    agent.stop()
    files = sorted(os.listdir(where))
    check(len(files) > 2, f"no rotation: {files}")
    events = [json.loads(x) for name in files for x in open(os.path.join(where, name), "rb")]
    order = sorted(e["event"]["sequence"] for e in events)
    equal(order, list(range(order[0], order[0] + len(order))), "sequence over all files")
    equal(len(queries(events)), 300, "events over all files")


def script(human, path):
    """A script is given to SQLite whole for each of its statements: that must not fill the ring, and what it reads is told all the same."""
    code = ("import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n"
            "rows = ''.join(f\"INSERT INTO harmless VALUES ({i}, 'as long as the rows of a dump mostly are, and a bit');\" for i in range(10000))\n"
            "c.executescript('CREATE TEMP TABLE harmless (a, b);BEGIN;' + rows + 'COMMIT;SELECT ip FROM user_ip_log;')\n")
    agent = Agent(PROGRAM, SENSITIVE)
    pid, _ = human.run([PYTHON, "-c", code, path])
    events = agent.stop()
    equal(losses(events), 0, "losses")
    equal([(e["db"]["query"]["text"], e["qprov"]["query"]["certainty"]) for e in queries(events, pid)],
          [("SELECT ip FROM user_ip_log;", "parsed")], "events")


def touched(human, path):
    """Somebody renames, removes and truncates the file of a sink: that is told, and what follows is in a new file."""
    where = folder()
    out = os.path.join(where, "events.jsonl")
    agent = Agent(PROGRAM, ALL_QUERIES + f"sinks:\n  - file: {out}\n")

    def events():
        with open(out, "rb") as f:
            return [json.loads(x) for x in f.read().splitlines() if x.startswith(b"{")]

    def told(word):
        wait_until(lambda: os.path.exists(out) and any(word in e["qprov"]["coverage"]["reason"] and e["qprov"]["coverage"]["path"] == out
                                                       for e in dataset(events(), "coverage")), word)
        pid, _ = human.run(["/usr/bin/sqlite3", path, LIT])
        wait_until(lambda: queries(events(), pid), f"a statement after it was {word}")

    os.rename(out, out + ".old")
    told("renamed")
    os.unlink(out)
    told("removed")
    os.truncate(out, 0)
    told("truncated")
    agent.stop()


def losers(human, other, path, client):
    """A ring that overflows: everybody whose calls were lost is named, with their number."""
    agent = Agent(PROGRAM, SENSITIVE + "capture: {all_queries: true, ring: 256KiB}\n")
    agent.p.send_signal(signal.SIGSTOP)
    many, _ = human.run([client, "step", "2000", path])
    few, _ = other.run([client, "step", "3", path])
    agent.p.send_signal(signal.SIGCONT)
    events = agent.stop()
    named = {}
    for e in dataset(events, "coverage"):
        m = re.match(r"(\d+) calls found no room in the ring", e["qprov"]["coverage"]["reason"])
        if m:
            who = (e["process"]["pid"], e.get("user", {}).get("name"))
            named[who] = named.get(who, 0) + int(m[1])
    equal(sum(named.values()), losses(events), f"calls of those named ({named}) and losses")
    check(named.get((many, human.name), 0) > 1000 and named.get((few, other.name), 0) > 2, f"named: {named}")


def main():
    global PROGRAM_COPY
    human = Human("qprov-t1")
    # The checkout may lie where another account cannot reach.
    PROGRAM_COPY = os.path.join(folder(), "qprov")
    subprocess.run(["install", "-m", "755", PROGRAM, PROGRAM_COPY], check=True)
    path, client = sqlite_setup()
    cases = [
        ("harmless tables give no event", lambda: harmless(human, path)),
        ("unset loginuid is nobody", lambda: unset_loginuid(path)),
        ("process of 20 ms", lambda: short_lived(human, path, client)),
        ("SIGTERM", lambda: ends_by(signal.SIGTERM, human, path)),
        ("SIGINT", lambda: ends_by(signal.SIGINT, human, path)),
        ("SIGKILL leaves clients working", lambda: killed(human, path, client)),
        ("stdout closed", lambda: stdout_closed(human, path)),
        ("/dev/full", lambda: dev_full(human, path)),
        ("disk full", lambda: disk_full(human, path, client)),
        ("closed descriptors", closed_descriptors), ("a pid namespace of its own", own_pid_namespace),
        ("no rights", lambda: no_rights(human)),
        ("no BTF", no_btf),
        ("SIGHUP, bad and good policy", lambda: reload(human, path)),
        ("exact rows of SQLite", lambda: exact_rows(human, path)),
        ("the file is renamed, removed, truncated", lambda: touched(human, path)),
        ("calls that found no room are somebody's", lambda: losers(human, Human("qprov-t2"), path, client)),
        ("a script of 10,000 statements", lambda: script(human, path)),
        ("rotation", lambda: rotation(human, path, client)),
        ("200,000 queries of pgbench", lambda: load(human)),
    ]
    for name, fn in cases:
        if len(sys.argv) < 3 or sys.argv[2] in name:
            with Case(name):
                fn()
    finish()


main()
