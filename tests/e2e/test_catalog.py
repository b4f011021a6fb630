"""qprov catalog against real servers: what it writes is a policy, and the policy then sees through views, functions and partitions."""
import json
import os
import stat
import subprocess
import sys

from harness import Case, MariaDB, Postgres, check, equal, finish, folder

PROGRAM = os.path.abspath(sys.argv[1])

POSTGRES = """
CREATE SCHEMA app;
CREATE TABLE app.users (id int, email text);
CREATE TABLE app.user_ip_log (user_id int, ip text, at date) PARTITION BY RANGE (at);
CREATE TABLE app.log_2025 PARTITION OF app.user_ip_log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.log_2026 PARTITION OF app.user_ip_log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (user_id);
CREATE TABLE app.log_2026_rest PARTITION OF app.log_2026 DEFAULT;
CREATE TABLE app.posts (id int, user_id int, body text);
CREATE TABLE app.archived_posts () INHERITS (app.posts);
CREATE VIEW app.v_ips AS SELECT ip, user_id FROM app.user_ip_log;
CREATE VIEW app.v_over_view AS SELECT p.body, v.ip FROM app.posts p JOIN app.v_ips v USING (user_id);
CREATE MATERIALIZED VIEW app.m_ips AS SELECT count(*) FROM app.v_over_view;
CREATE VIEW app."Odd | näme" AS SELECT * FROM app.users;
CREATE VIEW app."a.b" AS SELECT * FROM app.users;
CREATE FUNCTION app.get_ips(int) RETURNS SETOF text LANGUAGE sql AS 'SELECT ip FROM app.user_ip_log WHERE user_id = $1';
CREATE FUNCTION app.get_mail(i int) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN SELECT email INTO r FROM users WHERE id = i; RETURN r; END $$;
CREATE FUNCTION app.dynamic(i int) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN EXECUTE 'SELECT email FROM ' || 'users' INTO r; RETURN r; END $$;
CREATE FUNCTION app.by_function(int) RETURNS text LANGUAGE sql AS 'SELECT app.get_mail($1)';
CREATE FUNCTION app.nothing() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW app.v_function AS SELECT app.get_mail(1) AS mail;
"""
ATOMIC = "CREATE FUNCTION app.atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM app.users; END;"

MARIADB = """
CREATE DATABASE app; CREATE DATABASE other; USE app;
CREATE TABLE users (id int, email text); CREATE TABLE user_ip_log (user_id int, ip text); CREATE TABLE posts (id int, user_id int);
CREATE VIEW v_ips AS SELECT ip, user_id FROM user_ip_log;
CREATE VIEW other.v_over_view AS SELECT p.id, v.ip FROM app.posts p JOIN app.v_ips v USING (user_id);
CREATE VIEW `odd | näme` AS SELECT * FROM users;
CREATE FUNCTION get_mail(i int) RETURNS text READS SQL DATA RETURN (SELECT email FROM users WHERE id = i);
DELIMITER //
CREATE PROCEDURE get_ips(i int) BEGIN SELECT ip FROM user_ip_log WHERE user_id = i; END //
DELIMITER ;
"""

SQLITE = """
CREATE TABLE users(id, email); CREATE TABLE user_ip_log(user_id, ip); CREATE TABLE posts(id, user_id, body);
CREATE VIEW v_ips AS SELECT ip, user_id FROM user_ip_log;
CREATE VIEW v_over_view AS SELECT p.body, v.ip FROM posts p JOIN v_ips v USING (user_id);
CREATE VIRTUAL TABLE search USING fts5(body, content='posts');
CREATE VIEW "v.dot" AS SELECT * FROM v_ips;
CREATE VIEW "v*glob" AS SELECT * FROM "v.dot";
CREATE VIEW behind_odd_names AS SELECT 1 FROM "v*glob", posts;
"""


def catalog(system, *args, env=None):
    p = subprocess.run([PROGRAM, "catalog", system, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def entries(text, section):
    """{"schema.name": ["schema.base", ...]} of one section; the output is plain enough to be read by lines."""
    found, here = {}, False
    for line in text.splitlines():
        if not line.startswith((" ", "#")):
            here = line == section + ":"
        elif here and line.startswith('  "'):
            name, bases = line.strip().split(": ", 1)
            found[json.loads(name)] = json.loads(bases)
    return found


class Policy:
    """A configuration with the written file in its policy.d."""

    def __init__(self, system, text):
        self.system = system
        self.main = os.path.join(folder(), "qprov.yaml")
        with open(self.main, "w") as f:
            f.write("tables: [{match: user_ip_log}, {match: users}]\n")
        os.mkdir(os.path.join(os.path.dirname(self.main), "policy.d"))
        with open(os.path.join(os.path.dirname(self.main), "policy.d", "views.yaml"), "w") as f:
            f.write(text)
        p = subprocess.run([PROGRAM, "policy", "check", self.main], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        equal(p.returncode, 0, "policy check: " + p.stdout.decode())

    def sensitive(self, sql):
        p = subprocess.run([PROGRAM, "policy", "test", "-c", self.main, "--dialect", self.system, "--json", "-e", sql],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(p.returncode in (0, 1), p.stderr.decode())
        return sorted({r["name"] for r in json.loads(p.stdout)["relations"] if r["sensitive"]})


def postgresql(server):
    code, text, said = catalog("postgresql", env=server.env())
    views, parts = entries(text, "views"), entries(text, "partitions")
    equal(views["app.v_ips"], ["app.user_ip_log"], "a view")
    equal(views["app.v_over_view"], ["app.posts", "app.v_ips"], "a view over a view")
    equal(views["app.m_ips"], ["app.v_over_view"], "a materialized view")
    equal(views["app.Odd | näme"], ["app.users"], "an odd name")
    equal(views["app.get_ips"], ["app.user_ip_log"], "a function in SQL")
    equal(views["app.get_mail"], ["app.users"], "a function in PL/pgSQL")
    check("app.users" in views["app.dynamic"], "a function that runs text names the table in it")
    check("app.nothing" not in views, "a function that reads nothing")
    if "atomic" in text:
        equal(views["app.atomic"], ["app.users"], "a function with a parsed body")
    equal(parts, {"app.user_ip_log": ["app.log_2025", "app.log_2026"], "app.log_2026": ["app.log_2026_rest"],
                  "app.posts": ["app.archived_posts"]}, "partitions and inheritance")
    check("a.b" in text and "cannot hold this name" in text, "a name that no policy can hold is told")
    equal(code, 1, "exit status: " + said)
    policy = Policy("postgresql", text)
    for sql, expected in (("SELECT ip FROM app.v_ips", ["user_ip_log"]), ("SELECT body FROM v_over_view", ["user_ip_log"]),
                          ("TABLE app.m_ips", ["user_ip_log"]), ("SELECT ip FROM app.log_2026_rest", ["user_ip_log"]),
                          ("SELECT id FROM app.archived_posts", []), ('SELECT 1 FROM app."Odd | näme"', ["users"]),
                          ("SELECT id FROM app.posts", [])):
        equal(policy.sensitive(sql), expected, sql)


def calls(server):
    policy = Policy("postgresql", catalog("postgresql", env=server.env())[1])
    for sql, expected in (("SELECT * FROM app.get_ips(1)", ["user_ip_log"]), ("SELECT app.get_mail(1)", ["users"]),
                          ("SELECT app.by_function(1)", ["users"]), ("SELECT mail FROM app.v_function", ["users"])):
        equal(policy.sensitive(sql), expected, sql)


def mariadb(server):
    where = ["--no-defaults", "-u", "root", "-S", server.socket]
    code, text, said = catalog("mariadb", *where)
    equal(code, 0, "exit status: " + said)
    views = entries(text, "views")
    equal(views["app.v_ips"], ["app.user_ip_log"], "a view")
    equal(views["other.v_over_view"], ["app.posts", "app.v_ips"], "a view over a view of another database")
    equal(views["app.odd | näme"], ["app.users"], "an odd name")
    check("app.users" in views["app.get_mail"], "a function")
    check("app.user_ip_log" in views["app.get_ips"], "a procedure")
    policy = Policy("mariadb", text)
    equal(policy.sensitive("SELECT id FROM other.v_over_view"), ["user_ip_log"], "through two views")
    code, _, said = catalog("mariadb", *where, "no_such_database")
    equal(code, 2, "exit status for a database that is not there")
    check("no_such_database" in said, "the client's own words: " + said)


def sqlite():
    path, out = os.path.join(folder(), "x.db"), os.path.join(folder(), "views.yaml")
    subprocess.run(["/usr/bin/sqlite3", path], input=SQLITE.encode(), check=True)
    code, text, said = catalog("sqlite", "--output", out, path)
    equal((code, text), (1, ""), "exit status (names that no policy can hold) and stdout with --output: " + said)
    equal(stat.S_IMODE(os.stat(out).st_mode), 0o600, "mode of the output")
    equal(os.listdir(os.path.dirname(out)), ["views.yaml"], "nothing else is left in the folder")
    with open(out) as f:
        text = f.read()
    equal(entries(text, "views")["v_over_view"], ["posts", "v_ips"], "a view over a view")
    equal(entries(text, "views")["search"], ["posts"], "a virtual table over another table")
    equal(entries(text, "views")["behind_odd_names"], ["posts", "v_ips"], "behind names that no policy can hold: what they read")
    policy = Policy("sqlite", text)
    equal(policy.sensitive("SELECT 1 FROM behind_odd_names"), ["user_ip_log"], "through such names")
    equal(policy.sensitive("SELECT body FROM v_over_view"), ["user_ip_log"], "through two views")
    code, text, said = catalog("sqlite", os.path.join(folder(), "none"))
    equal((code, text), (2, ""), "a file that is not there: " + said)


def missing():
    code, _, said = catalog("postgresql", env={"PATH": folder()})
    equal(code, 2, "exit status without psql")
    check("there is no psql here" in said, said)
    code, _, said = catalog("postgresql", "-h", folder())
    equal(code, 2, "exit status without a server")
    check("client:" in said and "ended with status 2" in said, said)
    for args in ((), ("oracle",), ("sqlite",), ("sqlite", "--output")):
        equal(subprocess.run([PROGRAM, "catalog", *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode, 2, str(args))


def main():
    pg, my = Postgres(log=False), MariaDB()
    pg.psql(POSTGRES)
    if int(pg.psql("SHOW server_version_num")) >= 140000:
        pg.psql(ATOMIC)
    my.sql(MARIADB)
    with Case("catalog of PostgreSQL: views, functions, partitions"):
        postgresql(pg)
    with Case("catalog of PostgreSQL: calls lead to tables"):
        calls(pg)
    with Case("catalog of MariaDB: views and routines"):
        mariadb(my)
    with Case("catalog of SQLite: views, --output"):
        sqlite()
    with Case("catalog without client or server"):
        missing()
    finish()


main()
