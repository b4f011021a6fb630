"""Rows of the site's own: a library that qprov does not know, described in the configuration."""
import os
import shutil
import signal
import subprocess
import sys

from harness import CLIENTS, Agent, Case, Human, check, compile_client, dataset, equal, finish, folder, queries, tables, wait_until

PROGRAM = os.path.abspath(sys.argv[1])
LIT = "SELECT ip FROM user_ip_log WHERE user_id = "
TABLES = "capture: {all_queries: true, literals: keep}\ntables:\n  - match: user_ip_log\n    systems: [acmebase]\n    severity: high\n"
PROBES = """
probes:
  - library: acme
    system: acmebase
    dialect: postgresql
    exports: [acme_free]
    functions:
      - {symbol: acme_query, operation: submit, text: 1}
      - {symbol: acme_query_size, operation: submit, handle: 2, text: 0, length: 1, length_type: size}
      - {symbol: acme_query_late, operation: submit, text: 6, length: 7}
      - {symbol: acme_query_wide, operation: submit, text: 1, length: 2, length_type: short, encoding: utf-32}
      - {symbol: acme_prepare, operation: prepare, text: 1, length: 2}
      - {symbol: acme_run, operation: execute}
      - {symbol: acme_rows, operation: result}
      - {symbol: acme_error, operation: error}
      - {symbol: acme_free, operation: close}
      - {symbol: acme_not_there, operation: end}
      - {symbol: acme_not_there_either, operation: end, optional: true}
"""
ABSENT = "  - {library: other, system: otherbase, functions: [{symbol: other_query, operation: submit, text: 1}]}\n"


def build():
    where = folder(0o755)
    lib = os.path.join(where, "libacme.so")
    p = subprocess.run(["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", lib, os.path.join(CLIENTS, "acme_lib.c")],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check(p.returncode == 0, p.stdout.decode(errors="replace"))
    return lib, compile_client("acme_client.c", [], more=[f"-L{where}", "-lacme", f"-Wl,-rpath,{where}"])


def known(human, lib, client):
    """A library in no cache is hooked when it is first mapped: another process holds it, until a call of its is told."""
    agent = Agent(PROGRAM, TABLES + PROBES + ABSENT)
    holder = human.popen([client, "hold"], stdin=subprocess.PIPE)

    def told(events):
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        return any(e["qprov"]["query"]["certainty"] == "dynamic" for e in queries(events, holder.pid))
    agent.wait_events(told, "a call of the holding process")
    pid, _ = human.run([client])
    holder.communicate()
    events = agent.stop()
    got = sorted(queries(events, pid), key=lambda e: e["@timestamp"])
    equal([e["db"]["query"]["text"] for e in got], [LIT + str(i) for i in (1, 2, 3, 4, 5, 6, 6)], "texts")
    equal({e["db"]["system"]["name"] for e in got}, {"acmebase"}, "system")
    equal([e["qprov"]["probe"]["symbol"] for e in got],
          ["acme_query", "acme_query_size", "acme_query_late", "acme_query_wide", "acme_query_wide", "acme_run", "acme_run"], "symbols")
    equal([e["event"]["outcome"] for e in got][-2:], ["success", "failure"], "outcomes of the prepared ones")
    equal({e["event"]["kind"] for e in got}, {"alert"}, "sensitive by the system's name")
    check(all("user_ip_log" in tables(e) for e in got), "tables")
    equal({e["user"]["name"] for e in got}, {human.name}, "user")
    cover = [(x["qprov"]["coverage"]["reason"], x["qprov"]["coverage"].get("symbols")) for x in dataset(events, "coverage")]
    check(any(r == "symbols missing" and "acme_not_there" in s and "acme_not_there_either" not in s for r, s in cover if s), f"missing: {cover}")
    check(any(r.startswith("no library with the configured functions") and "other_query" in str(s) for r, s in cover), f"absent: {cover}")


def unknown(human, client):
    """The same client without rows: nothing, and nothing falls over."""
    agent = Agent(PROGRAM, TABLES.replace("acmebase", "postgresql"))
    pid, _ = human.run([client])
    equal(queries(agent.stop(), pid), [], "events")


def reload(client):
    """New rows need a new start, and the record of the reload says so."""
    agent = Agent(PROGRAM, TABLES.replace("acmebase", "postgresql"))
    agent.write_config(TABLES + PROBES)
    agent.p.send_signal(signal.SIGHUP)
    wait_until(lambda: "loaded again" in agent.log(), "reload")
    events = agent.stop()
    check(any("starts again" in e.get("message", "") for e in dataset(events, "policy")), "the record of the reload")
    check("take effect when qprov starts again" in agent.log(), agent.log())


def listed(lib):
    config = os.path.join(folder(), "c.yaml")
    with open(config, "w") as f:
        f.write(TABLES + PROBES)
    out = subprocess.run([PROGRAM, "probes", "-c", config, lib], stdout=subprocess.PIPE, check=True).stdout.decode()
    check("acme" in out and "acme_query_late" in out, out)


def trapped(human):
    """The root folder of a process is whoever's made it: what stands where the linker's cache should be is not waited for."""
    root = folder()
    for d in ("bin", "etc"):
        os.mkdir(os.path.join(root, d))
    shutil.copy("/usr/bin/busybox", os.path.join(root, "bin"))
    os.mkfifo(os.path.join(root, "etc/ld.so.cache"))
    p = human.popen(["/usr/bin/unshare", "-U", "-r", "/usr/sbin/chroot", root, "/bin/busybox", "sh", "-c", "echo in; read x"], stdin=subprocess.PIPE)
    equal(p.stdout.readline(), b"in\n", "the process in its root")
    subprocess.run([PROGRAM, "probes"], stdout=subprocess.DEVNULL, check=True, timeout=60)
    p.communicate()


def main():
    human = Human("qprov-own")
    lib, client = build()
    with Case("a library of the site's own"):
        known(human, lib, client)
    with Case("without its rows"):
        unknown(human, client)
    with Case("reload says that rows need a start"):
        reload(client)
    with Case("probes lists it"):
        listed(lib)
    with Case("a FIFO in the place of the linker's cache"):
        trapped(human)
    finish()


main()
