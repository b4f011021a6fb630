"""The incident: four employees read the addresses and contacts of two journalists, over and over, for four months, by ssh, from cron, in a
notebook, with sudo and into a file, all as one database role; ten colleagues do their work beside them.

Real sessions are recorded once. Their calls are then laid out over the months: records copied with other times, nothing else changed, and
replayed. qprov must name the four, whom and what they read, how often, from when to when, and where it went; and accuse nobody else.
"""
import datetime
import json
import os
import struct
import subprocess
import sys
import zlib

import harness
from harness import PYTHON, Agent, Case, Human, Postgres, check, equal, finish, folder, validate, wait_until
from recording import REC_CALL, REC_CONN, REC_EXIT, REC_STOP, REC_TICK, TASK_LOGINUID, records
from social import SCHEMA
from ways import Ground, Sshd

PROGRAM = os.path.abspath(sys.argv[1])
DAY = 86400 * 10**9
MONTHS = 120  # days
COLLEAGUES = 10
HARMLESS = 24  # statements of colleagues a day

JOURNALISTS = {"journalist-a": 71, "journalist-b": 72}
CONTACTS_OF = {71: (81, 82), 72: (83,)}
QUERY = {
    "ssh": "SELECT ip FROM user_ip_log WHERE user_id = 71",
    "cron": "SELECT l.ip, u.name FROM user_ip_log l JOIN users u ON u.id = l.user_id WHERE l.user_id IN (71, 72)",
    "kernel": "SELECT contact_id FROM contacts WHERE user_id = 72",
    "sudo": "SELECT * FROM user_ip_log WHERE user_id = 81",
}
# Every so many days, in which hours; how many days of the four months that makes is reckoned below.
HABIT = {"ssh": (2, 9), "cron": (7, 3), "kernel": (3, 15), "sudo": (11, 22)}
CONFIG = """tables:
  - match: "*.user_ip_log"
    tags: [pii, ip_address]
    severity: high
  - {match: contacts, tags: [pii]}
subjects:
  file: %s/subjects
rules:
  - name: support looks up addresses
    when: {tables: ["user_ip_log"]}
    action: log
thresholds:
  - {name: burst, queries: 50, within: 1d}
  - {name: slow drip, queries: 10, within: 120d, per: subject, severity: critical}
capture: {all_queries: true}
"""


# ---- one of each, really done ----------------------------------------------------------------------------------------------


def populate(pg):
    pg.psql(SCHEMA + "INSERT INTO users SELECT i, 'user' || i FROM generate_series(10, 99) i;"
            "INSERT INTO posts SELECT i, i, 'text' FROM generate_series(10, 99) i;"
            "INSERT INTO user_ip_log SELECT 100 + i, i, '198.51.100.' || i FROM generate_series(10, 99) i;"
            "INSERT INTO contacts VALUES (71, 81), (71, 82), (72, 83);"
            "CREATE ROLE analyst_ro LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO analyst_ro;")


def subjects(where):
    for label, user in JOURNALISTS.items():
        for name, ids in ((label, (user,)), (f"{label}-contacts", CONTACTS_OF[user])):
            subprocess.run([PROGRAM, "subjects", "add", "-l", name, "-k", "id", "-f", f"{where}/subjects"], check=True,
                           input="".join(f"{i}\n" for i in ids).encode(), stdout=subprocess.DEVNULL)


class Company:
    """Who does what; each way leaves its statements in one process, told by the account."""

    def __init__(self, pg, where):
        self.pg, self.dir = pg, where
        self.url = f"host={pg.dir} port={pg.port} user=analyst_ro dbname=postgres"
        self.psql = f"{pg.bin}/psql -X"
        self.colleagues = [Human(f"qprov-work{i}") for i in range(COLLEAGUES)]
        self.culprits = {}

    def script(self, name, text, mode=0o755):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def ssh(self, ground):
        """psql over ssh, with a key."""
        self.culprits["ssh"] = ground.alice
        Sshd(ground, pam=True).run(self.script("ask.sh", f"#!/bin/sh\n{self.psql} -c '{QUERY['ssh']}' '{self.url}'\n"))

    def sudo(self, ground):
        """As another account, into a file on a stick."""
        self.culprits["sudo"] = ground.other
        with open(ground.sudoers, "a") as f:
            f.write(f"{ground.other.name} ALL=(ALL) NOPASSWD: ALL\n")
        copy = self.script("copy.sh", f"#!/bin/sh\numask 022\n{self.psql} -At -c '{QUERY['sudo']}' '{self.url}' > {self.dir}/stick/x.csv\n")
        os.mkdir(os.path.join(self.dir, "stick"))
        ground.other.run(["/usr/bin/sudo", "-n", copy])

    def cron(self, ground, human):
        """A Python script by a cron daemon of its own: in a mount namespace where nothing but this table is there. @reboot runs at once."""
        self.culprits["cron"] = human
        pull = self.script("pull.py", f"import psycopg2\nc = psycopg2.connect('{self.url}')\nq = c.cursor()\nq.execute('{QUERY['cron']}')\n"
                           f"q.fetchall()\nopen('{self.dir}/cron.done', 'w').close()\n")
        table = self.script("crontab", f"@reboot {human.name} {PYTHON} {pull}\n", 0o644)
        os.chmod(self.dir, 0o777)
        ground.daemon(["unshare", "-m", "sh", "-c", f"mount -t tmpfs none /run && mount -t tmpfs none /etc/cron.d && mount -t tmpfs none /var/spool/cron && "
                       f"mkdir /var/spool/cron/crontabs && mount --bind {table} /etc/crontab && exec cron -f"])
        wait_until(lambda: os.path.exists(f"{self.dir}/cron.done"), "the script of cron ran", 90)

    def kernel(self, human):
        """A notebook's kernel: long-lived, started by a server, fed with cells."""
        self.culprits["kernel"] = human
        kernel = ("import sys, psycopg2\nc = psycopg2.connect(sys.argv[1])\nq = c.cursor()\n"
                  "for cell in sys.stdin:\n q.execute(cell)\n print(len(q.fetchall()), flush=True)\n")
        server = (f"import subprocess, sys\nk = subprocess.Popen(['{PYTHON}', '-c', sys.argv[1], sys.argv[2]], stdin=0, stdout=1)\nk.wait()\n")
        human.run([PYTHON, "-c", server, kernel, self.url], text=f"{QUERY['kernel']}\n")

    def work(self):
        """Harmless: posts and names; one or two looks at an address that is nobody's under watch."""
        for i, h in enumerate(self.colleagues):
            statements = [f"SELECT body FROM posts WHERE user_id = {20 + i}", f"SELECT name FROM users WHERE id = {30 + i}"]
            if i < 4:
                statements.append(f"SELECT ip FROM user_ip_log WHERE user_id = {40 + i}")
            h.run(["/bin/sh", "-c", f"{self.psql} '{self.url}' <<'END'\n" + "".join(s + ";\n" for s in statements) + "END\n"])


# ---- four months of it -----------------------------------------------------------------------------------------------------


def at_time(record, ts):
    return record[:8] + struct.pack("<Q", ts) + record[16:]


def lay_out(raw, out, people):
    """What is no call stands at the beginning, once; each person's calls and connections come again and again. Returns the days of each culprit."""
    head, calls, ticks, end = [], {}, [], []
    for kind, ts, record in records(raw):
        if kind == REC_TICK:
            ticks.append(record)
        elif kind == REC_STOP:
            end.append(record)
        elif kind in (REC_CALL, REC_CONN):  # each time on a connection of its own, which ends with PQfinish
            uid = struct.unpack_from("<I", record, TASK_LOGINUID)[0]
            if uid in people:
                calls.setdefault(people[uid], []).append((ts, record))
        elif kind != REC_EXIT:  # the processes live on
            head.append((ts, record))
    first = max(ts for ts, _ in head + [c for v in calls.values() for c in v]) + 10**9
    plan = []
    for day in range(MONTHS):
        base = first + day * DAY
        plan += [(base + hour * DAY // 24, ticks[0]) for hour in range(24)]
        for name, v in calls.items():
            if name in HABIT:
                every, hour = HABIT[name]
                moments = [hour * DAY // 24] if day % every == 0 else []
            else:
                n = int(name.rsplit("work", 1)[1])
                some = [x for x in v if n >= 4 or b"user_ip_log" not in x[1]]
                # An address now and then: twice in the four months.
                v = v if day in (10 + n, 70 + n) else some
                moments = [(8 + i) * DAY // 24 + n * 60 * 10**9 for i in range(HARMLESS // 2 // COLLEAGUES + 1)]
            for m in moments:
                plan += [(base + m + i * 10**6, record) for i, (_, record) in enumerate(v)]
                plan.append((base + m + 10**10, ticks[0]))
    plan.sort(key=lambda x: x[0])
    with open(raw, "rb") as f:
        data = [f.read(16)]
    for ts, record in sorted(head, key=lambda x: x[0]) + plan + [(first + MONTHS * DAY, ticks[-1]), (first + MONTHS * DAY, end[-1])]:
        record = at_time(record, ts)
        data += [record, struct.pack("<II", zlib.crc32(record), len(record))]
    with open(out, "wb") as f:
        f.write(b"".join(data))
    return {name: (MONTHS + every - 1) // every for name, (every, _) in HABIT.items()}


# ---- what must be told ------------------------------------------------------------------------------------------------------


def check_story(company, lines, days):
    names = {h.name: way for way, h in company.culprits.items()}
    accused = {}
    for e in lines:
        if e["event"]["kind"] == "alert":
            accused.setdefault(e.get("user", {}).get("name"), []).append(e)
    equal(set(accused), set(names), "who is accused")
    for name, alerts in accused.items():
        way = names[name]
        queries = [e for e in alerts if e["event"]["dataset"] == "qprov.query"]
        equal(len(queries), days[way], f"{way}: alerts of queries")
        want = {"ssh": {"journalist-a"}, "cron": {"journalist-a", "journalist-b"}, "kernel": {"journalist-b"},
                "sudo": {"journalist-a-contacts"}}[way]
        equal({s for e in queries for s in e["qprov"]["subject_labels"]}, want, f"{way}: protected people")
        tables = {t["name"] for e in queries for t in e["qprov"]["tables"] if t["sensitive"]}
        equal(tables, {"contacts"} if way == "kernel" else {"user_ip_log"}, f"{way}: tables")
        equal({e["destination"]["user"]["name"] for e in queries}, {"analyst_ro"}, f"{way}: database role")
        summary = [e for e in lines if e["event"]["dataset"] == "qprov.summary" and e.get("user", {}).get("name") == name][-1]["qprov"]["summary"]
        equal((summary["queries"], {s["id"] for s in summary.get("subjects", [])}), (days[way], want), f"{way}: the last summary")
        first, last = (datetime.datetime.fromisoformat(summary[k][:19]) for k in ("first_seen", "last_seen"))
        equal(round((last - first).total_seconds() / 86400), (days[way] - 1) * HABIT[way][0], f"{way}: days from the first to the last")
        equal((summary["first_seen"], summary["last_seen"]), (queries[0]["@timestamp"], queries[-1]["@timestamp"]), f"{way}: first and last")
        drips = [e for e in alerts if e["event"]["action"] == "threshold"]
        equal(bool(drips), days[way] >= 10, f"{way}: a slow drip")
        check(all(e["rule"]["name"] == "slow drip" for e in drips), drips)
        ends = {"sudo": f"{company.dir}/stick/x.csv"}.get(way)
        check(not ends or {e["qprov"]["stdout"] for e in queries} == {ends}, f"{way}: where it went: {queries[0]['qprov'].get('stdout')}")
    entries = {names[n]: a[0]["process"].get("entry_leader", {}).get("entry_meta", {}).get("type") for n, a in accused.items()}
    equal((entries["ssh"], entries["cron"]), ("sshd", "cron"), "the ways in")
    check("root" in json.dumps([e["process"]["user"] for e in accused[company.culprits["sudo"].name] if "process" in e]), "sudo: ran as root")


def incident():
    where = folder(0o755)
    pg = Postgres(log=False)
    os.chmod(pg.dir, 0o755)
    populate(pg)
    subjects(where)
    raw, months = os.path.join(where, "raw.rec"), os.path.join(where, "months.rec")
    agent = Agent(PROGRAM, CONFIG % where, args=["--record", raw])
    ground, company = Ground(agent), Company(pg, where)
    company.work()
    company.ssh(ground)
    company.sudo(ground)
    company.kernel(Human("qprov-kernel"))
    company.cron(ground, Human("qprov-cron"))
    agent.wait_events(lambda events: len([e for e in events if e["event"]["kind"] == "alert"]) >= 4, "the four queries")
    agent.stop()
    people = {h.uid: h.name for h in company.colleagues}
    people.update({h.uid: way for way, h in company.culprits.items()})
    days = lay_out(raw, months, people)
    out = os.path.join(where, "months.jsonl")
    with open(out, "wb") as f:
        p = subprocess.run([PROGRAM, "replay", months, "-c", agent.config], stdout=f, stderr=subprocess.PIPE, timeout=120)
    equal(p.returncode, 0, p.stderr.decode(errors="replace")[-800:])
    validate(out)
    with open(out) as f:
        lines = [json.loads(x) for x in f]
    queries = [e for e in lines if e["event"]["dataset"] == "qprov.query"]
    check(len(queries) > 2000, f"only {len(queries)} statements")
    check_story(company, lines, days)
    losses = [e["message"] for e in lines if e["event"]["dataset"] == "qprov.loss"]
    equal(losses, [], "losses")
    print(f"| {len(queries)} statements of 14 people in {MONTHS} days; alerts: " + ", ".join(f"{w} {d}" for w, d in days.items()))


with Case("the incident: four months, four of fourteen"):
    incident()
harness.close()
finish()
