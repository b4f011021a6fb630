"""What sessions and values add, with real clients and servers: laundering through views and copies, roles, prepared statements, protected
people in literals and parameters. The clear text of an identifier must not be in any line, and not in the list on disk."""
import json
import os
import shutil
import signal
import subprocess
import sys

from harness import (CLIENTS, PYTHON, Agent, Case, Human, MariaDB, Postgres, check, dataset, equal, filled, finish, folder, losses, queries,
                     small_disk)
from social import SCHEMA, make_sqlite

PROGRAM = os.path.abspath(sys.argv[1])
PEOPLE = "journalist-a"
EMAIL, PHONE, ADDRESS, NETWORK, ID = "Maria.Muster@Example.ORG", "+49 151 1234567", "192.0.2.77", "198.51.100.0/24", "7654321"
CONFIG = """
tables:
  - match: user_ip_log
functions: [pg_read_file, load_extension]
files:
  - {match: "*", kind: program, tags: [shell]}
subjects: {file: %s}
rules:
  - name: looks for a protected person
    when: {subjects: "*"}
    action: alert
capture: {all_queries: true}
"""


def subjects():
    path = os.path.join(folder(), "subjects")
    values = "\n".join((EMAIL, PHONE, ADDRESS, NETWORK, ID)) + "\n"
    p = subprocess.run([PROGRAM, "subjects", "add", "--label", PEOPLE, "--file", path], input=values.encode(), stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    equal((p.returncode, p.stdout.decode()), (0, "added 5 (1 id, 1 email, 1 phone, 1 ip, 1 network)\n"), "subjects add")
    for name in (path, path + ".key"):
        equal(os.stat(name).st_mode & 0o777, 0o600, name)
        with open(name, "rb") as f:
            text = f.read().lower()
        for value in (EMAIL, "1511234567", ADDRESS, "198.51", ID):
            check(value.lower().encode() not in text, f"{value} in {name}")
    p = subprocess.run([PROGRAM, "subjects", "list", "--count", "--file", path], stdout=subprocess.PIPE, check=True)
    check(p.stdout.decode().endswith("total 5\n"), p.stdout.decode())
    return path


class Watch:
    """One agent around some runs; then questions about the events of one process."""

    def __init__(self, people):
        self.agent = Agent(PROGRAM, CONFIG % people)
        self.events = None

    def stop(self):
        self.events = self.agent.stop()
        equal(losses(self.events), 0, "losses")
        text = self.agent.text().decode().lower()
        # Arguments of a process are masked as its statements are; identifiers must not be in any form that a person would search for.
        for value in (EMAIL, "1511234567", ADDRESS, "198.51.100.9", ID):
            check(value.lower() not in text, f"{value} stands in a line")

    def of(self, pid):
        return queries(self.events, pid)


def reached(event, name="user_ip_log"):
    """How each sensitive relation was reached."""
    return sorted((t.get("via", "name"), t.get("through", "")) for t in event["qprov"].get("tables", []) if t["sensitive"] and t["name"] == name)


def find(events, word):
    found = [e for e in events if word in e["db"].get("query", {}).get("text", "")]
    check(found, f"no event with {word}: {[e['db'].get('query', {}).get('text') for e in events]}")
    return found[-1]


def postgresql(human, people):
    pg = Postgres(log=False)
    pg.psql(SCHEMA + "CREATE ROLE boss; GRANT ALL ON ALL TABLES IN SCHEMA public TO boss;")
    os.chmod(pg.dir, 0o755)
    env, watch = pg.env("session"), Watch(people)
    psql = [f"{pg.bin}/psql", "-X", "-q"]
    one, _ = human.run(psql, env=env, text="""
        CREATE TEMP VIEW mine AS SELECT * FROM user_ip_log;
        SELECT ip AS a1 FROM mine;
        SELECT ip INTO keepsake FROM mine;
        BEGIN; CREATE TEMP TABLE undone AS SELECT * FROM user_ip_log; ROLLBACK;
        SET ROLE boss;
        SELECT id AS a2 FROM posts;
        RESET ROLE;
        PREPARE q AS SELECT ip AS a3 FROM mine;
        EXECUTE q;
        CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.user_ip_log';
        """)
    two, _ = human.run(psql, env=env, text="SELECT ip AS a4 FROM keepsake;\nSELECT peek() AS a5;\nSELECT pg_read_file('/etc/hostname') AS a6;\n"
                                           "COPY posts TO PROGRAM 'cat >/dev/null';\n", ok=False)
    people_runs, _ = human.run(psql, env=env, text=f"""
        SELECT id AS b1 FROM posts WHERE body = '{EMAIL.lower()}';
        SELECT id AS b2 FROM user_ip_log WHERE ip IN ('10.1.1.1', '{ADDRESS}');
        SELECT id AS b3 FROM user_ip_log WHERE ip = '198.51.100.9';
        SELECT ip AS b4 FROM user_ip_log WHERE user_id = {ID};
        SELECT id AS b5 FROM posts WHERE id = {ID};
        SELECT id AS b6 FROM posts WHERE body = ANY ('{{nobody@example.org,{EMAIL}}}');
        """)
    watch.stop()
    e = watch.of(one)
    equal(reached(find(e, "AS a1")), [("session", "mine")], "a temporary view")
    equal(find(e, "AS a2")["qprov"]["session"]["role"], "boss", "the role in force")
    check("session" not in find(e, "EXECUTE q")["qprov"], "after RESET ROLE there is none")
    equal(reached(find(e, "EXECUTE q")), [("session", "mine")], "a prepared statement over a temporary view")
    e = watch.of(two)
    equal(reached(find(e, "AS a4")), [("memory", "keepsake")], "a copy, in another session")
    equal(reached(find(e, "AS a5")), [("memory", "peek")], "a function that was seen to be made")
    equal([f["name"] for f in find(e, "AS a6")["qprov"]["functions"] if f["sensitive"]], ["pg_read_file"], "a watched function")
    f = find(e, "COPY posts")["qprov"]["external"][0]
    equal((f["kind"], f["access"], f["sensitive"], f["path"]), ("program", "write", True, "cat"), "a program, without its arguments")
    e = watch.of(people_runs)
    for word, expected in (("b1", True), ("b2", True), ("b3", True), ("b4", True), ("b5", False), ("b6", True)):
        q = find(e, "AS " + word)
        equal("subjects" in q["qprov"], expected, f"{word}: somebody is looked for")
        if expected:
            equal((q["qprov"]["subject_labels"], q["rule"]["name"]), ([PEOPLE], "looks for a protected person"), word)
            check(q["qprov"]["query"]["hmac"].startswith("hmac:"), "the text's own hash")


def parameters(human, people):
    """The same values bound and not written: libpq by psycopg, SQLite by Python."""
    path, script = os.path.join(folder(), "social.db"), os.path.join(folder(), "bound.py")
    make_sqlite(path)
    with open(script, "w") as f:
        f.write("import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n"
                "for sql, v in (('SELECT id AS c1 FROM posts WHERE body = ?', sys.argv[2]), ('SELECT id AS c2 FROM user_ip_log WHERE user_id = ?', int(sys.argv[3])),"
                " ('SELECT id AS c3 FROM posts WHERE body = ?', 'nobody')):\n    c.execute(sql, (v,)).fetchall()\n")
    os.chmod(script, 0o644)
    # Values come through a file: the arguments of a process are in its events, masked only where they look like SQL.
    values = os.path.join(folder(), "values.py")
    with open(values, "w") as f:
        f.write(f"import runpy, sys\nsys.argv = ['x', {path!r}, {EMAIL!r}, {ID!r}]\nrunpy.run_path({script!r}, run_name='__main__')\n")
    os.chmod(values, 0o644)
    watch = Watch(people)
    pid, _ = human.run([PYTHON, values])
    watch.stop()
    e = watch.of(pid)
    for word, expected in (("c1", True), ("c2", True), ("c3", False)):
        equal("subjects" in find(e, "AS " + word)["qprov"], expected, f"{word}: somebody is looked for")


def mariadb(human, people):
    my, watch = MariaDB(), Watch(people)
    my.sql("CREATE DATABASE social; USE social; " + SCHEMA)
    shell = ["/usr/bin/mariadb", "--no-defaults", "-u", "root", "-S", my.socket, "social"]
    pid, _ = human.run(shell, text="""
        CREATE TEMPORARY TABLE mine SELECT * FROM user_ip_log;
        SELECT ip AS a1 FROM mine;
        SET sql_mode = 'ANSI_QUOTES';
        SELECT "ip" AS a2 FROM "user_ip_log";
        SET sql_mode = '';
        CREATE VIEW v AS SELECT * FROM user_ip_log;
        """)
    two, _ = human.run(shell, text="SELECT ip AS a3 FROM v;\nSELECT ip AS a4 FROM mine;\n", ok=False)
    watch.stop()
    e = watch.of(pid)
    equal(reached(find(e, "AS a1")), [("session", "mine")], "a temporary table")
    equal(reached(find(e, "AS a2")), [("name", "")], "double quotes are names after SET sql_mode")
    e = watch.of(two)
    equal(reached(find(e, "AS a3")), [("memory", "v")], "a view, in another session")
    equal(reached(find(e, "AS a4")), [], "the temporary table of another session is not this one")


def sqlite(human, people):
    path, out, watch = os.path.join(folder(0o777), "social.db"), os.path.join(folder(0o777), "out.db"), Watch(people)
    make_sqlite(path)
    pid, _ = human.run(["/usr/bin/sqlite3", path], text=f"""
CREATE TEMP VIEW mine AS SELECT * FROM user_ip_log;
SELECT ip AS a1 FROM mine;
ATTACH '{out}' AS o;
CREATE TABLE o.copy AS SELECT * FROM user_ip_log;
SELECT ip AS a2 FROM o.copy;
""")
    two, _ = human.run(["/usr/bin/sqlite3", out], text="SELECT ip AS a3 FROM copy;\n")
    watch.stop()
    e = watch.of(pid)
    equal(reached(find(e, "AS a1")), [("session", "mine")], "a temporary view")
    equal(reached(find(e, "AS a2")), [("memory", "copy")], "a copy in an attached file")
    t = [t for t in find(e, "AS a2")["qprov"]["tables"] if t["name"] == "copy"][0]
    check(t.get("file", "").endswith("out.db"), f"the attached file: {t}")
    equal(reached(find(watch.of(two), "AS a3")), [("memory", "copy")], "the copy, opened as a file of its own")


def derived(*args):
    p = subprocess.run([PROGRAM, "policy", "derived", *args], stdout=subprocess.PIPE, check=True)
    return p.stdout.decode()


def kept(human, _):
    """A copy is known after a restart of the agent, with who made it; a dropped one and one that people take out are not."""
    path, state = os.path.join(folder(0o777), "social.db"), os.path.join(folder(), "repetition")
    make_sqlite(path)
    config = f"tables: [{{match: user_ip_log}}]\ncapture: {{all_queries: true}}\nstate: {state}\n"

    def session(agent, text):
        pid = human.run(["/usr/bin/sqlite3", path], text=text)[0]
        return queries(agent.stop(), pid)

    session(Agent(PROGRAM, config), "CREATE TABLE keepsake AS SELECT * FROM user_ip_log;\nCREATE TABLE gone AS SELECT * FROM user_ip_log;\n"
            "CREATE TABLE twin AS SELECT * FROM user_ip_log;\nDROP TABLE gone;\n")
    equal(os.stat(state + ".derived").st_mode & 0o777, 0o600, "mode of the file")
    agent = Agent(PROGRAM, config)
    listed = [json.loads(line) for line in derived("-c", agent.config, "--json").splitlines()]
    equal([(x["name"], x["bases"], x["user"], x["database"]) for x in listed if x["database"] == "social.db"],
          [(x, ["user_ip_log"], human.name, "social.db") for x in ("keepsake", "twin")], "what is kept")
    e = session(agent, "SELECT ip AS k1 FROM keepsake;\nSELECT 1 AS k2 FROM twin;\nCREATE TABLE gone (ip);\nSELECT 1 AS k3 FROM gone;\n")
    equal(reached(find(e, "AS k1")), [("memory", "keepsake")], "after a restart")
    equal(reached(find(e, "AS k3")), [], "dropped before the restart")
    agent = Agent(PROGRAM, config)
    derived("-c", agent.config, "--forget", "twin")
    agent.p.send_signal(signal.SIGHUP)
    agent.wait_events(lambda all_events: any(x["event"]["action"] == "forgotten" for x in all_events), "that it is forgotten")
    e = session(agent, "SELECT ip AS k4 FROM keepsake;\nSELECT 1 AS k5 FROM twin;\n")
    told = [x["qprov"]["policy"] for x in agent.events() if x["event"]["action"] == "forgotten"]
    equal([(x["name"], x["count"]) for x in told], [("twin", 1)], "who took it out leaves a record")
    equal((reached(find(e, "AS k4")), reached(find(e, "AS k5"))), ([("memory", "keepsake")], []), "one is kept, one is not")


def told_of_store(events):
    return [(e["event"]["action"], e["qprov"]["state"]["file"], e["message"]) for e in dataset(events, "summary")
            if e["qprov"].get("state", {}).get("file", "").endswith(".derived")]


def broken(human, _):
    """A damaged store, a killed agent and a full disk leave a record each, and the agent goes on."""
    path, disk = os.path.join(folder(0o777), "social.db"), small_disk("64k")
    make_sqlite(path)
    store = os.path.join(disk, "state.derived")
    config = f"tables: [{{match: user_ip_log}}]\ncapture: {{all_queries: true}}\nstate: {disk}/state\n"

    def make(name, ready=None):
        agent = Agent(PROGRAM, config)
        human.run(["/usr/bin/sqlite3", path, f"CREATE TABLE {name} AS SELECT * FROM user_ip_log"])
        if ready:
            ready(agent)
        return agent

    def names(of):
        return sorted(json.loads(line)["name"] for line in derived("-c", of.config, "--json").splitlines())

    agent = make("one", lambda a: a.wait_events(lambda _: os.path.exists(store) and names(a) == ["one"], "the store"))
    agent.kill()
    agent = make("two")
    told = told_of_store(agent.stop())
    equal([(a, f) for a, f, _ in told], [("state_behind", store)], "after a kill")
    equal(names(agent), ["one", "two"], "what was written before the kill is there")
    with filled(disk):
        told = told_of_store(make("three").stop())
    check(len(told) == 1 and told[0][0] == "state_lost" and "No space left" in told[0][2], f"a full disk: {told}")
    equal(names(agent), ["one", "two"], "the old store stays")
    with open(store, "r+b") as f:
        f.seek(-1, os.SEEK_END)
        byte = f.read(1)
        f.seek(-1, os.SEEK_END)
        f.write(bytes([byte[0] ^ 1]))
    p = subprocess.run([PROGRAM, "policy", "derived", "-c", agent.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((p.returncode, p.stdout), (2, b""), "a damaged store is not listed")
    told = told_of_store(make("four").stop())
    check(len(told) == 1 and told[0][0] == "state_lost" and "damaged" in told[0][2], f"a damaged store: {told}")
    equal(names(agent), ["four"], "and the store is whole again")


def main():
    human, people = Human("qprov-ses"), subjects()
    with Case("PostgreSQL: views, copies, roles, functions, people"):
        postgresql(human, people)
    with Case("bound parameters: people"):
        parameters(human, people)
    with Case("MariaDB: temporary tables, sql_mode, views"):
        mariadb(human, people)
    with Case("SQLite: temporary views, attached files"):
        sqlite(human, people)
    with Case("relations made from sensitive ones, over a restart"):
        kept(human, people)
    with Case("the same, with a killed agent, a full disk, a damaged store"):
        broken(human, people)
    finish()


main()
