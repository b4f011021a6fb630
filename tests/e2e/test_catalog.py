"""qprov catalog against real servers: what it writes is a policy, and the policy then sees through views, functions and partitions."""
import json
import os
import shutil
import stat
import subprocess
import sys

from harness import DEADLINE, Case, MariaDB, Postgres, check, equal, finish, folder, wait_until

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
# What runs without being called, what is elsewhere, names of all kinds, several parents, and a role that may do nothing.
POSTGRES_FAR = """
CREATE SCHEMA far; CREATE EXTENSION postgres_fdw SCHEMA far; CREATE EXTENSION file_fdw SCHEMA far;
CREATE TABLE far.users (id int, mail text); CREATE TABLE far.copy (id int, mail text); CREATE TABLE far.bulk (id int); CREATE TABLE far.ruled (id int);
CREATE TABLE far.counters (n int); CREATE TABLE far.dynamic (id int);
CREATE FUNCTION far.put(i int, m text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO far.copy VALUES (i, m); END $$;
CREATE FUNCTION far.on_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN /* $qprov$ */ PERFORM far.put(NEW.id, NEW.mail); RETURN NEW; END $$;
CREATE FUNCTION far.on_bulk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO far.bulk SELECT id FROM fresh; RETURN NULL; END $$;
CREATE FUNCTION far.on_count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE far.counters SET n = n + 1; RETURN NULL; END $$;
CREATE FUNCTION far.on_dynamic() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('INSERT INTO %I SELECT $1', TG_ARGV[0]) USING NEW.id; RETURN NULL; END $$;
CREATE TRIGGER a AFTER INSERT ON far.users FOR EACH ROW EXECUTE FUNCTION far.on_row();
CREATE TRIGGER b AFTER INSERT ON far.users REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION far.on_bulk();
CREATE TRIGGER c AFTER INSERT ON far.users FOR EACH STATEMENT EXECUTE FUNCTION far.on_count();
CREATE TRIGGER d AFTER INSERT ON far.dynamic FOR EACH ROW EXECUTE FUNCTION far.on_dynamic('copy');
CREATE RULE also AS ON INSERT TO far.users DO ALSO INSERT INTO far.ruled VALUES (NEW.id);
CREATE VIEW far.instead AS SELECT 1 AS id; CREATE RULE r AS ON INSERT TO far.instead DO INSTEAD INSERT INTO far.users VALUES (NEW.id);
CREATE FUNCTION far.found(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM far.users WHERE id = $1)';
CREATE OPERATOR far.@@@@ (FUNCTION = far.found, LEFTARG = int, RIGHTARG = int);
CREATE VIEW far.by_operator AS SELECT 1 OPERATOR(far.@@@@) 2 AS x;
CREATE FUNCTION far.listed() RETURNS TABLE (i int, m text) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT u.id, u.mail FROM far.users u; END $$;
CREATE TABLE far.left_parent (id int); CREATE TABLE far.right_parent (id int); CREATE TABLE far.child () INHERITS (far.left_parent, far.right_parent);
CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'hr');
CREATE FOREIGN TABLE far.renamed (id int) SERVER there OPTIONS (schema_name 'staff', table_name 'people');
CREATE FOREIGN TABLE far.people (id int) SERVER there OPTIONS (schema_name 'staff');
CREATE VIEW far.v_renamed AS TABLE far.renamed;
CREATE VIEW far."tab	new
line ""quoted"" and a.dot" AS SELECT id FROM far.users;
CREATE VIEW far."ünï: [#] {x}, 'q" AS SELECT id FROM far.users; CREATE VIEW far."漢字 - &*!|>%@~" AS SELECT id FROM far.users;
CREATE VIEW far."ünï: [#] {x}, - &!|>%@~" AS SELECT id FROM far.users;
CREATE VIEW far.behind AS SELECT a.id FROM far."tab	new
line ""quoted"" and a.dot" a;
CREATE ROLE nobody LOGIN; REVOKE ALL ON SCHEMA far FROM PUBLIC;
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
CREATE TABLE other.users (id int);
"""

# ANSI_QUOTES of the routine, not of who asks; copies by triggers and events; engines that hide what they read; a user who may see little.
MARIADB_FAR = """
CREATE DATABASE far; USE far;
CREATE TABLE users (id int, mail text); CREATE TABLE copy LIKE users; CREATE TABLE nightly LIKE users; CREATE TABLE counters (n int);
CREATE TABLE old_a (id int) ENGINE=MyISAM; CREATE TABLE old_b LIKE old_a; CREATE TABLE old_all (id int) ENGINE=MERGE UNION=(old_a, old_b);
CREATE TRIGGER a AFTER INSERT ON users FOR EACH ROW INSERT INTO copy VALUES (NEW.id, NEW.mail);
CREATE TRIGGER b AFTER DELETE ON users FOR EACH ROW UPDATE counters SET n = n - 1;
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO nightly SELECT * FROM users;
CREATE ALGORITHM=MERGE VIEW v_merge AS SELECT id FROM users; CREATE ALGORITHM=TEMPTABLE SQL SECURITY INVOKER VIEW v_temp AS SELECT id FROM v_merge;
SET sql_mode = 'ANSI_QUOTES'; CREATE PROCEDURE quoted() SELECT id FROM "users"; SET sql_mode = '';
CREATE PROCEDURE unquoted() SELECT "users";
CREATE VIEW `tab	in it` AS SELECT id FROM users;
CREATE USER little IDENTIFIED BY 'correct horse'; GRANT SELECT ON far.v_merge TO little; GRANT EXECUTE ON PROCEDURE far.quoted TO little;
"""

SQLITE = """
CREATE TABLE users(id, email); CREATE TABLE user_ip_log(user_id, ip); CREATE TABLE posts(id, user_id, body);
CREATE VIEW v_ips AS SELECT ip, user_id FROM user_ip_log;
CREATE VIEW v_over_view AS SELECT p.body, v.ip FROM posts p JOIN v_ips v USING (user_id);
CREATE VIRTUAL TABLE search USING fts5(body, content='posts');
CREATE VIEW "v.dot" AS SELECT * FROM v_ips;
CREATE VIEW "v*glob" AS SELECT * FROM "v.dot";
CREATE VIEW behind_odd_names AS SELECT 1 FROM "v*glob", posts;
CREATE TABLE shadow(id); CREATE TRIGGER t AFTER INSERT ON users BEGIN INSERT INTO shadow VALUES (NEW.id); END;
"""


def catalog(system, *args, env=None):
    """Without a terminal: setsid leaves it behind."""
    p = subprocess.run([PROGRAM, "catalog", system, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       env={**os.environ, **(env or {})}, start_new_session=True, timeout=DEADLINE)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def entries(text, section):
    """{"schema.name": ["schema.base", ...]} of one section; the output is plain enough to be read by lines."""
    found, here = {}, False
    for line in text.splitlines():
        if not line.startswith((" ", "#")):
            here = line == section + ":"
        elif here and line.startswith('  "'):
            name, bases = line.strip().rsplit('": [', 1)
            found[json.loads(name + '"')] = json.loads("[" + bases)
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


def far(server):
    code, text, said = catalog("postgresql", env=server.env())
    views, parts = entries(text, "views"), entries(text, "partitions")
    equal(code, 1, "exit status: " + said)
    for copy, through in (("copy", "a function that the trigger calls"), ("bulk", "a transition table"), ("ruled", "a rule")):
        check("far.users" in views["far." + copy], f"a copy made by {through}")
    check("far.counters" not in views, "a trigger that counts copies nothing")
    check('"far"."dynamic": what a trigger or rule of it writes is not wholly known' in text, "a trigger that runs text is told:\n" + text)
    equal(views["far.instead"], ["far.users"], "a view with a rule of its own")
    equal(views["far.by_operator"], ["far.found"], "a function behind an operator")
    equal(views["far.listed"], ["far.users"], "a function that returns a table")
    equal(views["far.renamed"], ["staff.people"], "a foreign table of another name")
    equal(views["far.people"], ["staff.people"], "a foreign table of another schema")
    equal(parts["far.left_parent"] + parts["far.right_parent"], ["far.child", "far.child"], "several parents")
    equal(views["far.ünï: [#] {x}, - &!|>%@~"], ["far.users"], "a name full of YAML")
    equal(views["far.behind"], ["far.users"], "behind a name with a line break, quotes and dots")
    equal(sum(name.startswith("far.") and "字" in name for name in views), 0, "a name with a glob is not written")
    policy = Policy("postgresql", text)
    for sql, expected in (("SELECT 1 FROM far.by_operator", ["users"]), ("SELECT mail FROM copy", ["users"]), ("TABLE far.counters", [])):
        equal(policy.sensitive(sql), expected, sql)
    unprivileged = catalog("postgresql", env={**server.env(), "PGUSER": "nobody"})
    equal(unprivileged[1], text, "what a role without any right sees: " + unprivileged[2])


def unanswered(server):
    """The server asks for a password, is silent, or is gone in the middle: said at once, and a good file stays."""
    out = os.path.join(folder(), "views.yaml")
    equal(catalog("postgresql", "--output", out, env=server.env())[0], 1, "a good file")
    with open(out) as f:
        good = f.read()
    with open(os.path.join(server.data, "pg_hba.conf"), "r+") as f:
        trust = f.read()
        f.seek(0)
        f.write("local all nobody scram-sha-256\n" + trust)
    server.psql("ALTER ROLE nobody PASSWORD 'correct horse'; SELECT pg_reload_conf()")
    nobody = {**server.env(), "PGUSER": "nobody"}
    for env, says in ((nobody, "no password supplied"), ({**nobody, "PGPASSWORD": "wrong horse"}, "password authentication failed")):
        code, _, said = catalog("postgresql", "--output", out, env=env)
        equal(code, 2, "exit status: " + said)
        check(says in said and "horse" not in said, said)
    code, _, said = catalog("postgresql", "--output", out, "-W", env=nobody)
    check(code == 2 and "there is no terminal" in said and ".pgpass" in said, said)
    equal(catalog("postgresql", env={**nobody, "PGPASSWORD": "correct horse"})[0], 1, "the right password")

    lock = subprocess.Popen([f"{server.bin}/psql", "-XqAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **server.env()})
    lock.stdin.write(b"BEGIN; LOCK TABLE far.users; SELECT 'locked';\n")
    lock.stdin.flush()
    equal(lock.stdout.readline(), b"locked\n", "the lock")
    code, _, said = catalog("postgresql", "--output", out, "--timeout", "1", env=server.env())
    check(code == 2 and "said nothing for 1 seconds" in said, said)
    p = subprocess.Popen([PROGRAM, "catalog", "postgresql", "--output", out], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, env={**os.environ, **server.env("dies")})
    wait_until(lambda: "t" in server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dies' "
                                          "AND wait_event_type = 'Lock'"), "the catalog waits for the lock")
    said = p.communicate(timeout=DEADLINE)[1].decode()
    check(p.returncode == 2 and "terminat" in said, f"exit status {p.returncode} when the server is gone: {said}")
    lock.communicate(timeout=DEADLINE)
    with open(out) as f:
        equal(f.read(), good, "the good file after all that")


def cut(server):
    """A client that ends early and says that all went well; one that has less to tell than the last time."""
    where, out = folder(), os.path.join(folder(), "views.yaml")
    equal(catalog("postgresql", "--output", out, env=server.env())[0], 1, "a good file")
    real = shutil.which("psql")
    for lines, code, says in (("head -n 20", 2, "ends in its middle, at line 21"), ("grep -v '^D'", 1, "entries and has")):
        with open(os.path.join(where, "psql"), "w") as f:
            f.write(f'#!/bin/sh\n{real} "$@" | {lines}\n')
        os.chmod(f.name, 0o755)
        with open(out) as f:
            before = f.read()
        got, _, said = catalog("postgresql", "--output", out, env={**server.env(), "PATH": where + ":" + os.environ["PATH"]})
        check(got == code and says in said, f"{lines}: exit status {got}: {said}")
        with open(out) as f:
            equal(f.read() == before, code == 2, f"{lines}: is the file the old one")


def mariadb_far(server):
    where = ["--no-defaults", "-u", "root", "-S", server.socket]
    code, text, said = catalog("mariadb", *where)
    views = entries(text, "views")
    equal(code, 1, "exit status: " + said)
    equal(views["far.copy"], ["far.users"], "a copy made by a trigger")
    equal(views["far.nightly"], ["far.users"], "a copy made by an event")
    check("far.counters" not in views, "a trigger that counts copies nothing")
    equal(views["far.v_temp"], ["far.v_merge"], "a view over a view")
    equal(views["far.quoted"], ["far.users"], "a routine made under ANSI_QUOTES")
    check("far.unquoted" not in views, "a routine with a string")
    check('"far"."old_all": its engine reads other tables' in text and '"far"."old_a":' not in text, text)
    check('"*"' not in text, "root may see everything")
    Policy("mariadb", text)


def mariadb_little(server):
    secret = os.path.join(folder(), "my.cnf")
    for password, ok in (("correct horse", True), ("wrong horse", False)):
        with open(secret, "w") as f:
            f.write(f"[client]\nuser=little\npassword={password}\nsocket={server.socket}\n")
        code, text, said = catalog("mariadb", "--defaults-file=" + secret)
        equal(code, 1 if ok else 2, "exit status: " + said)
        check("horse" not in text + said, "the password")
        if ok:
            check('"far"."v_merge": its text cannot be read with these rights' in text, text)
            check('"far"."quoted": its text cannot be read with these rights' in text, text)
            check('"*": what this user has no rights for is missing' in text, text)
    code, _, said = catalog("mariadb", "-u", "little", "-S", server.socket, "-pcorrect horse")
    check(code == 2 and "holds a password" in said and "horse" not in said, said)
    code, _, said = catalog("mariadb", "-u", "little", "-S", server.socket, "-p")
    check(code == 2 and "there is no terminal" in said, said)


def mariadb(server):
    where = ["--no-defaults", "-u", "root", "-S", server.socket]
    code, text, said = catalog("mariadb", *where)
    equal(code, 0, "exit status: " + said)
    views = entries(text, "views")
    equal(views["app.v_ips"], ["app.user_ip_log"], "a view")
    equal(views["other.v_over_view"], ["app.posts", "app.v_ips"], "a view over a view of another database")
    equal(views["app.odd | näme"], ["app.users"], "an odd name")
    equal(views["app.get_mail"], ["app.users"], "a function, in its own database")
    equal(views["app.get_ips"], ["app.user_ip_log"], "a procedure")
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
    equal(entries(text, "views")["shadow"], ["users"], "a copy made by a trigger")
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
    pg.psql(POSTGRES_FAR)
    my.sql(MARIADB_FAR)
    with Case("catalog of PostgreSQL: triggers, rules, foreign tables, operators, odd names, no rights"):
        far(pg)
    with Case("catalog of PostgreSQL: passwords, silence, a server that dies"):
        unanswered(pg)
    with Case("catalog of PostgreSQL: answers that are not whole"):
        cut(pg)
    with Case("catalog of MariaDB: triggers, events, ANSI_QUOTES, engines"):
        mariadb_far(my)
    with Case("catalog of MariaDB: a user with few rights, passwords"):
        mariadb_little(my)
    with Case("catalog of SQLite: views, --output"):
        sqlite()
    with Case("catalog without client or server"):
        missing()
    finish()


main()
