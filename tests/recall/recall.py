#!/usr/bin/python3
"""The recall table: real clients against real servers, counted against what the server logged or the library was told.

    recall.py PROGRAM [MODULE...] [--update-docs]

Rows live in modules of this folder, rows_NAME.py, one for each client family; to add a family, add a file. A module has

    def load(suite):        # starts its servers, compiles its clients; returns a list of Group

A Group holds rows and knows its server: which links lead to it (UNIX socket, TCP, TLS, a file), what a client needs in its
environment, and what really ran. A Row is one client and one way of calling. Every row runs over every link of its group, the links
by turns as two accounts; a run is one Case. It is caught when the agent made exactly one event for each statement that ran, with its text,
on the expected tables, with the right human, process, executable, arguments, system, row counts and outcome.
"""
import argparse
import functools
import glob
import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "e2e")]
sys.dont_write_bytecode = True
sys.modules["recall"] = sys.modules[__name__]  # what the row modules import is this one

from harness import CLIENTS, PYTHON, Agent, Human, _closers, dataset, finish, folder, losses, queries, skip, tables, verdict  # noqa: E402

# Texts are compared byte by byte: nothing is masked here.
CONFIG = """capture: {all_queries: true, connections: true, literals: keep, mysql_rows: true}
tables:
  - match: user_ip_log
    tags: [pii, ip_address]
    severity: high
"""
SOCIAL = ("users", "posts", "user_ip_log", "contacts")
DOC = os.path.join(ROOT, "doc", "recall.md")


class Link:
    """A way to the server: "unix", "tcp" or "file", encrypted or not. What else a module hangs on it is its own business."""

    def __init__(self, name, tls=False, **kw):
        self.name, self.tls = name, tls
        self.__dict__.update(kw)

    def __str__(self):
        return self.name + (" TLS" if self.tls else "")


class Row:
    """One client and one way of calling.

    argv         list, or function of the Case that gives it
    touched      Counter of table -> events that name it (only those of the social network); None: not compared
    rows         sum of rows over the events on user_ip_log; None: the client never reads the result
    folded       function(text) -> True for a statement that has no event of its own
    root         root folder in which the client runs: argv and environment are those of that system
    dies         True: the client does not end by itself
    sent         texts that run; None: what the group's server logged
    texts        False: what the server logged is not what the client sent, only the number of statements is compared; None: not even that
    failed       how many of the statements fail; None: not compared
    env          what the client has in its environment beside what the group says; a function of the Case stands for a value
    text, typed  what the client gets on standard input, or typed into its terminal
    needs        "python NAME", "perl DBD::Pg", "program /usr/bin/x": without it the row is skipped; see NEEDS
    became       argv of the program that the client replaced itself with, list or function of the Case
    cancels      it has a statement cancelled: the links over which that connection is told, as its bytes do not prove it
    known_miss   why nothing is expected to be caught: such a row is shown, and is no failure when a coverage record names the process,
                 its human and the connection
    life         "short": the process ends after its statements; "long": the same process runs many
    links        names of links ("unix", "tcp", "tcp TLS", ...) to run over; None: all of the group
    expect       function(case, events) -> list of further complaints
    """

    def __init__(self, client, way, argv, touched=None, rows=None, sent=None, texts=True, failed=0, text=None, typed=None, env=None,
                 needs=None, known_miss=None, life="short", links=None, expect=None, connection=None, folded=None, dies=False, root=None,
                 cancels=None, became=None):
        self.client, self.way, self.argv = client, way, argv
        self.touched, self.rows, self.sent, self.texts, self.failed = touched, rows, sent, texts, failed
        self.text, self.typed, self.env, self.needs = text, typed, env or {}, needs
        self.connection = connection or {}  # where a run differs from what its group says
        self.cancels, self.became = cancels, became
        self.known_miss, self.life, self.links, self.expect, self.folded, self.dies, self.root = known_miss, life, links, expect, folded, dies, root


def parameters(want):
    """For Row.expect: what every event on user_ip_log says was bound."""
    def expect(case, events):
        got = [e["qprov"]["query"].get("parameters") for e in events if "user_ip_log" in tables(e)]
        return [f"parameters {got[:3]} not {want}"] if any(g != want for g in got) or not got else []
    return expect


def whole(case, events):
    """For Row.expect: nothing of the text is missing, and it was understood."""
    got = [(e["qprov"]["query"]["truncated"], e["qprov"]["query"]["certainty"]) for e in events]
    return [f"truncated, certainty {got}"] if any(g != (False, "parsed") for g in got) else []


def uncut(case, events):
    """The same, where the reader of SQL may give up somewhere: so many values are beyond what it lists."""
    got = [e["qprov"]["query"]["truncated"] for e in events]
    return ["truncated"] if any(got) else []


def cut(case, events):
    """For Row.expect: longer than capture.max_statement: told as cut, with its true length, as a match."""
    sent = len(case.group.truth(case)[0].encode())
    got = [(e["qprov"]["query"]["truncated"], e["qprov"]["query"]["certainty"], e["qprov"]["query"]["bytes"], e["event"]["kind"]) for e in events]
    return [f"{got}, not a truncated alert of {sent} bytes"] if got != [(True, "truncated", sent, "alert")] else []


def told(*want, **fields):
    """For Row.expect: each event as "OPERATION TABLES OUTCOME CERTAINTY", in order; and fields of the last one: copy={...}."""
    def expect(case, events):
        got = [" ".join([e["db"].get("operation", {}).get("name", "-"), "+".join(tables(e)) or "-", e["event"]["outcome"],
                         e["qprov"]["query"]["certainty"]]) for e in events]
        found = [] if got == list(want) else [f"{got}"]
        last = events[-1]["qprov"] if events else {}
        return found + [f"{k} {last.get(k)} not {v}" for k, v in fields.items() if last.get(k) != v]
    return expect


class Group:
    """Rows on one server. A module derives from it what its server needs."""

    system = "other_sql"  # db.system.name of its events
    links = ()
    floor = {}  # configuration of the floor for this group's server: {"ports": {system: [...]}, "sockets": {system: [...]}}

    def __init__(self):
        self.rows = []

    def prepare(self, agent):
        """The agent runs; nothing of the group has yet."""

    hooked = ()  # libraries and programs that the agent has to have found before anything runs

    def env(self, case):
        """Environment of the client of this run."""
        return {}

    def begin(self, case):
        """Before the run."""

    def end(self, case):
        """After the run: may set case.sent."""

    def close(self):
        """After the agent has stopped, before truth() is asked: a server may have to write its log."""

    def connection(self, case):
        """What every event of the run must say of its connection: {"destination.port": 5432, ...}; a function stands for a condition."""
        return {}

    def truth(self, case):
        """The texts that ran, in any order."""
        return case.sent


class Case:
    def __init__(self, group, row, link, human, name):
        self.group, self.row, self.link, self.human, self.name = group, row, link, human, name
        self.sent = row.sent
        self.pid, self.broken = 0, None
        self.argv = row.argv(self) if callable(row.argv) else row.argv
        self.became = row.became(self) if callable(row.became) else row.became or self.argv

    def __str__(self):
        return f"{self.row.client}, {self.row.way}, {self.link}, {self.human.name}"


class Suite:
    """What modules get: the two accounts, and scripts every account can read."""

    def __init__(self, program):
        self.program = program
        self.humans = [Human("qprov-t1"), Human("qprov-t2")]

    def place(self):
        """A folder where environments and programs lie, taken away at the end."""
        top = tempfile.mkdtemp(prefix="qprov-e2e-", dir="/opt")
        os.chmod(top, 0o755)
        _closers.append(lambda: shutil.rmtree(top, ignore_errors=True))
        return top

    @functools.cache
    def script(self, name):
        """A copy of tests/e2e/clients/NAME that every account can read, wherever the checkout lies."""
        return shutil.copy(os.path.join(CLIENTS, name), folder())

    def python(self, driver, way, target=(), **kw):
        """A Row of clients/py_client.py; target: list, or function of the Case."""
        module = {"psycopg3": "psycopg"}.get(driver, driver)
        script = self.script("py_client.py")

        def argv(case):
            return [PYTHON, script, driver, way, *(target(case) if callable(target) else target)]
        return Row(f"python {driver}", way, argv, needs="python " + module, **kw)


# What ends well when the language has the module. R takes half a second to say so, and its modules are folders.
NEEDS = {
    "python": lambda name: [PYTHON, "-c", "import " + name],
    "perl": lambda name: ["/usr/bin/perl", "-e", f"require {name}"],
    "ruby": lambda name: ["/usr/bin/ruby", "-e", f"require '{name}'"],
    "php": lambda name: ["/usr/bin/php", "-r", f"exit(extension_loaded('{name}') ? 0 : 1);"],
    "lua": lambda name: ["/usr/bin/lua5.4", "-e", f"require '{name}'"],
    "tcl": lambda name: ["/bin/sh", "-c", f"test -x /usr/bin/tclsh8.6 && ls -d /usr/lib/tcltk/*/tdbc{name}* /usr/share/tcltk/tcl8/8.6/tdbc/{name}-* 2>/dev/null | grep -q ."],
    "R": lambda name: ["/usr/bin/test", "-x", "/usr/lib/R/bin/exec/R", "-a", "-d", f"/usr/lib/R/site-library/{name}"],
    "program": lambda path: ["/usr/bin/test", "-x", path],
}


@functools.cache
def has(need):
    kind, name = need.split(" ", 1)
    try:
        return subprocess.run(NEEDS[kind](name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:  # not even the language
        return False


# ---- running ------------------------------------------------------------------------------------------------------------


def run_case(case):
    row = case.row
    case.group.begin(case)
    env = {**case.group.env(case), **{k: v(case) if callable(v) else v for k, v in row.env.items()}}
    if row.typed:
        case.pid, _ = case.human.type(case.argv, row.typed, env=env)
    else:
        case.pid, _ = case.human.run(case.argv, env=env, text=row.text, ok=not row.failed and not row.dies, root=row.root)
    case.group.end(case)


def run_all(groups, humans):
    cases = []
    for group in groups:
        for row in group.rows:
            if row.needs and not has(row.needs):
                skip(f"{row.client}, {row.way}", f"no {row.needs} here")
                continue
            for link in group.links:
                if row.links is not None and str(link) not in row.links:
                    continue
                case = Case(group, row, link, humans[len(cases) % len(humans)], f"run{len(cases)}")
                try:
                    run_case(case)
                except AssertionError as e:  # it is a fault of this run alone
                    case.broken = str(e)
                cases.append(case)
    return cases


# ---- judging ------------------------------------------------------------------------------------------------------------


def text_of(event):
    return event["db"].get("query", {}).get("text", "")


def same_text(event, sent):
    text = text_of(event)
    if event["qprov"]["query"].get("text_cut"):
        return sent.startswith(text) and event["qprov"]["query"]["bytes"] == len(sent.encode())
    return text == sent


def match_texts(sent, events):
    """How many events have the text of a statement that ran, each statement used once; and what was left over on both sides."""
    left, extra = list(sent), []
    for e in events:
        found = next((s for s in left if same_text(e, s)), None)
        if found is None:
            extra.append(e)
        else:
            left.remove(found)
    return len(events) - len(extra), left, extra


def who_of(event):
    return (event.get("user", {}).get("name"), event.get("user", {}).get("id"), event["process"]["pid"], event["process"].get("args"),
            event["process"].get("executable"), event["db"]["system"]["name"])


def dig(event, path):
    for key in path.split("."):
        event = event.get(key, {}) if isinstance(event, dict) else {}
    return None if event == {} else event


def connection_of(case, events):
    """Complaints about the connection that events name."""
    for e in events:
        for path, want in {**case.group.connection(case), **case.row.connection}.items():
            got = dig(e, path)
            if not (want(got) if callable(want) else got == want):
                return [f"{path}: {got!r}" + ("" if callable(want) else f" not {want!r}")]
    return []


def tables_of(events):
    return Counter(t for e in events for t in tables(e) if t in SOCIAL)


def rows_of(events):
    return sum(e["db"].get("response", {}).get("returned_rows", 0) for e in events if "user_ip_log" in tables(e))


def executable(case):
    root = case.row.root or ""
    return os.path.realpath(root + case.became[0])[len(root):]


def judge(case, sent, events):
    """Fills case.cell and case.found."""
    row, human = case.row, case.human
    texts, missing, extra = match_texts(sent, events)
    want = (human.name, str(human.uid), case.pid, list(case.became), executable(case), case.group.system)
    users = sum(who_of(e) == want for e in events)
    failed = sum(e["event"].get("outcome") == "failure" for e in events)
    named, rows, found = tables_of(events), rows_of(events), [case.broken] if case.broken else []
    if not sent:
        found.append("the server saw nothing of this run")
    if row.texts is not None and (len(events) != len(sent) or (row.texts and (missing or extra))):
        found.append(f"{len(events)} events for {len(sent)} statements; missing {[s[:80] for s in missing][:4]}, "
                     f"extra {[text_of(e)[:80] for e in extra][:4]}")
    if users != len(events):
        found.append(f"who: {[who_of(e) for e in events if who_of(e) != want][0]} not {want}")
    if row.failed is not None and failed != row.failed:
        found.append(f"{failed} failures, not {row.failed}")
    if row.touched is not None and named != row.touched:
        found.append(f"tables {dict(named)} not {dict(row.touched)}")
    if os.environ.get("RECALL_DEBUG"):
        print("\n".join("DEBUG " + json.dumps(e) for e in events))
    if row.rows is not None and rows != row.rows:
        found.append(f"rows {rows} not {row.rows}")
    if not row.known_miss:
        found += connection_of(case, events)
    if row.expect and not found:
        found += row.expect(case, events)
    case.found = found
    case.cell = dict(sent=len(sent), events=len(events), texts=texts if row.texts else None, users=users, rows=rows,
                     tables=" ".join(f"{k}:{v}" for k, v in sorted(named.items())))
    case.library = build_of(events[0]["qprov"].get("probe", {}).get("library", "")) if events else "-"


@functools.cache
def build_of(path):
    """ "libpq.so.5.15 (libpq5 15.18-0+deb12u1)": the file, and the package it came from; a module may tell of unpacked ones. """
    name = os.path.basename(path)
    for (root, prefix), label in unpacked.items():
        if root in path and name.startswith(prefix):
            return f"{name} ({label})"
    for p in (path, path.replace("/usr/lib/", "/lib/", 1)):
        q = subprocess.run(["dpkg-query", "-S", p], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if q.returncode == 0:
            package = q.stdout.decode().split(": ")[0].split(",")[0]
            v = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], stdout=subprocess.PIPE)
            return f"{name} ({package.split(':')[0]} {v.stdout.decode()})"
    return name


unpacked = {}  # (root folder, beginning of the file's name) -> "libpq5 17.12, Debian 13"


# ---- the table ----------------------------------------------------------------------------------------------------------


HEAD = ("client", "library", "way of calling", "link", "life", "sent", "events", "text", "user", "tables", "rows", "verdict")
WIDTH = (18, 46, 28, 8, 5, 4, 6, 4, 4, 28, 4, 0)


def cells(case):
    c = case.cell
    if case.row.known_miss and not c["events"]:
        end = f"known miss: {case.row.known_miss}; " + (f"coverage record: {c['coverage']}" if c["coverage"] else "NO COVERAGE RECORD")
    elif case.row.known_miss:
        end = "caught (was a known miss)"
    else:
        end = "caught" if not case.found else "WRONG: " + "; ".join(case.found)
    return (case.row.client, case.library, case.row.way, str(case.link), case.row.life, c["sent"], c["events"],
            "-" if c["texts"] is None else c["texts"], c["users"], c["tables"], c["rows"], end)


def print_line(values):
    print("| " + " | ".join(f"{str(v):{w}}" for v, w in zip(values, WIDTH)), flush=True)


def distribution():
    with open("/etc/os-release") as f:
        found = re.search(r'^PRETTY_NAME="?([^"\n]*)', f.read(), re.M)
    return found[1] if found else "Linux"


def write_docs(cases):
    # Where the server logs other things than the program calls, there is nothing to compare the number with.
    caught = [c for c in cases if not c.row.known_miss and c.row.texts is not None]
    sent, events = sum(c.cell["sent"] for c in caught), sum(c.cell["events"] for c in caught if not c.found)
    with open(DOC, "w") as f:
        f.write(f"""# Recall

Written by `make recall RECALL="--update-docs"` on {distribution()}, kernel {platform.release().split("-")[0]}. Each line is one run of a real client
against a real server. *sent* is what the server logged for that run (for SQLite, which logs nothing, what the program asked of the library);
*events* what qprov made of it; *text*, *user* how many of these carry exactly the text that was sent, and the right human, process, executable and
arguments; *tables* how many events name the table; *rows* the sum of the rows that events on `user_ip_log` report. A `-` under *text* means that
the server does not log the text as the client sent it, so only the number is compared. A run is *caught* when all of it is right.

{sent} statements sent through a client library, {events} caught in runs without fault. What speaks the protocol itself, or carries a stripped library, is a
known miss and stands in the table too.

""")
        f.write("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD) + "\n")
        for c in cases:
            f.write("| " + " | ".join(str(v).replace("|", "\\|") for v in cells(c)) + " |\n")


def connected(case, got, connects):
    """Each connection that the server numbers is told when it is met and when it ends, both once."""
    used = {dig(e, "qprov.connection.server_id") for e in got} - {None}
    found = []
    for action in ("connect", "disconnect"):
        lines = [dig(e, "qprov.connection.server_id") for e in connects if e["process"]["pid"] == case.pid and e["event"]["action"] == action]
        if Counter(n for n in lines if n in used) != Counter(used):
            found.append(f"{action} {lines} of {sorted(used)}")
    return found


def report(groups, cases, events):
    for group in groups:
        group.close()
    print_line(HEAD)
    connects = dataset(events, "connect")
    for case in cases:
        got = queries(events, case.pid)
        judge(case, [t for t in case.group.truth(case) or [] if not (case.row.folded and case.row.folded(t))], got)
        if not case.row.known_miss:
            case.found += connected(case, got, connects)
        uncovered = [e for e in dataset(events, "coverage") if e.get("process", {}).get("pid") == case.pid]
        # On a busy machine a client of milliseconds in a root of its own is gone before its file is looked at. That is told, and no word about
        # its statements.
        uncovered = [e for e in uncovered if not (got and e["qprov"]["coverage"]["reason"].endswith("is not known"))]
        if case.row.cancels is not None:
            # Their bytes do not show it: told as such, and not as a gap.
            cancels = [e for e in uncovered if e["qprov"]["coverage"].get("connection", {}).get("cancel")]
            uncovered = [e for e in uncovered if e not in cancels]
            if bool(cancels) != (str(case.link) in case.row.cancels):
                case.found.append(f"{len(cancels)} requests to cancel")
        case.cell["coverage"] = "; ".join(sorted({e["qprov"]["coverage"]["reason"] for e in uncovered
                                                  if e.get("user", {}).get("name") == case.human.name}))
        print_line(cells(case))
        if case.row.known_miss and not got:
            verdict(bool(case.cell["coverage"]), f"{case}: known miss, named by a coverage record", uncovered)
        elif case.row.known_miss:
            skip(str(case), "caught now: no longer a known miss")
        else:
            if uncovered and not case.found:
                case.found.append("called uncovered: " + uncovered[0]["message"])
            verdict(not case.found, str(case), "; ".join(case.found))
    verdict(losses(events) == 0, "nothing lost", losses(events))
    verdict(len(dataset(events, "agent")) == 2, "one start and one stop record")


def modules():
    return sorted(os.path.basename(p)[5:-3] for p in glob.glob(os.path.join(HERE, "rows_*.py")))


def floor_of(groups):
    """The servers of the groups, none of which listens where databases do."""
    found = {"ports": {}, "sockets": {}}
    for g in groups:
        for kind, systems in g.floor.items():
            for system, places in systems.items():
                found[kind].setdefault(system, []).extend(str(p) for p in places)
    return "floor: " + json.dumps({k: v for k, v in found.items() if v}) + "\n"


def main(argv=None):
    ap = argparse.ArgumentParser(description="the recall table", epilog="modules: " + " ".join(modules()))
    ap.add_argument("program")
    ap.add_argument("module", nargs="*")
    ap.add_argument("--update-docs", action="store_true", help="write doc/recall.md")
    ap.add_argument("--only", metavar="WORD", help="rows whose client or way holds it; several: WORD|WORD")
    args = ap.parse_args(argv)
    suite = Suite(os.path.abspath(args.program))
    groups = []
    for name in args.module or modules():
        groups += importlib.import_module("rows_" + name).load(suite)
    if args.only:
        for g in groups:
            g.rows = [r for r in g.rows if any(w in r.client or w in r.way for w in args.only.split("|"))]
    agent = Agent(suite.program, CONFIG + floor_of(groups))
    for g in groups:
        g.prepare(agent)
    for path in [p for g in groups for p in g.hooked]:
        agent.wait_events(lambda ev: any(e["qprov"]["coverage"].get("path") == path for e in dataset(ev, "coverage")), f"{path} hooked")
    cases = run_all(groups, suite.humans)
    events = agent.stop()
    report(groups, cases, events)
    if args.update_docs:
        write_docs(cases)
    finish()


if __name__ == "__main__":
    main()
