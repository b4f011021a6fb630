#!/usr/bin/env python3
"""Policies against statements, as somebody thinks of them who does not trust either: who is let through, and by which rule.

policy.py PROGRAM: each row is a policy, what "qprov policy test" is asked, and the rule that must decide ("": nothing is told).
"""
import json
import os
import subprocess
import sys
import tempfile

LOG = "tables: [{match: crm.public.user_ip_log, tags: [pii]}]\n"
BARE = "tables: [{match: user_ip_log}]\n"
COLUMNS = "tables: [{match: '*.user_ip_log', columns: [ip, lat]}]\n"
ETL = BARE + "rules: [{name: etl, when: {user: svc_etl, exe: '/usr/bin/air*', tables: ['*.user_ip_log']}, action: log}]\n"
NIGHT = BARE + "rules: [{name: night, when: {hours: '22:00-06:00'}, action: log}]\n"
FRIDAY = BARE + "rules: [{name: friday night, when: {hours: '22:00-06:00', days: fri}, action: log}]\n"
ROWS = BARE + "rules: [{name: few, when: {max_rows: 10}, action: log}, {name: many, when: {min_rows: 1000}, action: alert}, {name: rest, action: log}]\n"
EXPIRED = BARE + "rules: [{name: audit, when: {user: alice}, action: ignore, expires: 2026-11-20, reason: the audit of autumn}]\n"
EXPORT = BARE + "rules: [{name: look, when: {export: false, star: false}, action: log}]\n"
WHERE = BARE + "rules: [{name: here, when: {server: 'db7*', database: crm, role: crm_ro}, action: log}]\n"
SERVER = BARE + "rules: [{name: here, when: {server: 'db7*'}, action: log}]\n"
NIGHTLY = ("tables: [{match: user_ip_log}, {match: contacts}]\nrules: [{name: nightly, when: {user: svc_etl, hours: '01:00-03:00', server: 'db7*', "
           "tables: user_ip_log, operations: read, export: false, max_rows: 1000}, action: log, expires: 2026-12-31, reason: the nightly count}]\n")
ON = "-u svc_etl --server db7.example.org --at 2026-11-23T02:00 --rows 5"
GROUPS = BARE + "rules: [{name: team, when: {group: 'crm-*'}, action: log}]\n"
READ = BARE + "rules: [{name: read, when: {operations: read}, action: log}]\n"
ORDER = BARE + "rules: [{name: first, when: {user: 'a*'}, action: alert}, {name: second, when: {user: alice}, action: ignore}]\n"
TWO = "tables: [{match: user_ip_log}, {match: contacts}]\nrules: [{name: one, when: {tables: contacts}, action: log}]\n"
VIEW = BARE + "views: {public.v: [public.user_ip_log], w: [public.v]}\n"
LET_VIEW = VIEW + "rules: [{name: over v, when: {tables: public.v}, action: log}]\n"
SCRIPT = BARE + "rules: [{name: job, when: {script: /srv/jobs/*, exe: /usr/bin/python3*}, action: log}]\n"
UNSET = BARE + "rules: [{name: nobody, when: {user: unset}, action: log}]\n"
UNCERTAIN = BARE + "uncertain: log\n"
FUNCTION = BARE + "functions: [pg_read_file]\nrules: [{name: tables only, when: {tables: user_ip_log}, action: log}]\n"

HERE = ["--server", "db7.example.org", "--database", "crm", "--role", "crm_ro"]
SENSITIVE, DOUBT, MENTION = "sensitive table", "uncertain statement", "table named in a string"

# (policy, options, statement, action, rule)
ROWS_OF = [
    # names
    (LOG, "", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (LOG, "", "SELECT * FROM public.user_ip_log", "alert", SENSITIVE),
    (LOG, "", "SELECT * FROM crm.public.user_ip_log", "alert", SENSITIVE),
    (LOG, "", "SELECT * FROM erp.public.user_ip_log", "none", ""),
    (LOG, "", "SELECT * FROM crm.private.user_ip_log", "none", ""),
    (LOG, "", 'SELECT * FROM "user_ip_log"', "alert", SENSITIVE),
    (LOG, "", 'SELECT * FROM "public.user_ip_log"', "none", ""),
    (LOG, "", 'SELECT * FROM "User_IP_Log"', "alert", SENSITIVE),
    (LOG, "", 'SELECT * FROM PUBLIC . "user_ip_log"', "alert", SENSITIVE),
    (LOG, "", 'SELECT * FROM U&"user!005Fip_log" UESCAPE \'!\'', "alert", SENSITIVE),
    (LOG, "", "SELECT * FROM usеr_ip_log", "none", ""),  # a Cyrillic letter: another table
    (LOG, "mysql", "SELECT * FROM `public`.`user_ip_log`", "alert", SENSITIVE),
    (LOG, "mysql", "SELECT * FROM USER_IP_LOG", "alert", SENSITIVE),
    (LOG, "tsql", "SELECT * FROM crm..user_ip_log", "alert", SENSITIVE),
    (LOG, "tsql", "SELECT * FROM [srv].[crm].[public].[user_ip_log]", "alert", SENSITIVE),
    (LOG, "oracle", "SELECT * FROM PUBLIC.USER_IP_LOG@crm_link", "alert", SENSITIVE),
    (LOG, "", "SELECT * FROM user_ip_log_2024", "none", ""),
    (LOG, "", "WITH user_ip_log AS (SELECT 1) SELECT * FROM user_ip_log", "none", ""),
    (LOG, "", "WITH user_ip_log AS (SELECT * FROM user_ip_log) SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (LOG, "", "SELECT user_ip_log FROM posts user_ip_log", "none", ""),
    (LOG, "", "EXPLAIN ANALYZE SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (LOG, "", "SELECT 'user_ip_log'", "log", MENTION),
    (LOG, "", "DO $$ BEGIN EXECUTE 'SELECT * FROM user_ip_log'; END $$", "alert", SENSITIVE),
    (LOG, "", "DO $$ BEGIN EXECUTE 'SELECT * FROM ' || quote_ident(x); END $$", "alert", DOUBT),
    # columns
    (COLUMNS, "", "SELECT id FROM user_ip_log", "none", ""),
    (COLUMNS, "", "SELECT IP FROM user_ip_log", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT id FROM user_ip_log ORDER BY ip", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT u.* FROM user_ip_log u", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT u FROM user_ip_log u", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT row_to_json(u) FROM user_ip_log u", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT count(*) FROM user_ip_log", "none", ""),
    (COLUMNS, "", "TABLE user_ip_log", "alert", SENSITIVE),
    (COLUMNS, "", "COPY user_ip_log TO STDOUT", "alert", SENSITIVE),
    (COLUMNS, "", "COPY user_ip_log (id) TO STDOUT", "alert", SENSITIVE),  # a copy counts whole
    (COLUMNS, "", "SELECT a FROM user_ip_log a, user_ip_log b", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT to_jsonb(user_ip_log) FROM user_ip_log", "alert", SENSITIVE),
    (COLUMNS, "mysql", "SELECT u FROM user_ip_log u", "none", ""),
    (COLUMNS, "", "SELECT id FROM user_ip_log JOIN posts ON user_ip_log.IP = posts.ip", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT id FROM user_ip_log JOIN posts USING (ip)", "alert", SENSITIVE),
    # who
    (ETL, "-u svc_etl --exe /usr/bin/airflow", "SELECT * FROM x.user_ip_log", "log", "etl"),
    (ETL, "-u svc_etl --exe /usr/bin/../../tmp/airflow", "SELECT * FROM x.user_ip_log", "alert", SENSITIVE),
    (ETL, "-u svc_etl", "SELECT * FROM x.user_ip_log", "alert", SENSITIVE),
    (ETL, "-u SVC_ETL --exe /usr/bin/airflow", "SELECT * FROM x.user_ip_log", "alert", SENSITIVE),
    (ETL, "--exe /usr/bin/airflow", "SELECT * FROM x.user_ip_log", "alert", SENSITIVE),
    (ORDER, "-u alice", "SELECT * FROM user_ip_log", "alert", "first"),
    (UNSET, "", "SELECT * FROM user_ip_log", "log", "nobody"),
    (UNSET, "-u alice", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (GROUPS, "-u alice --group crm-eu,staff", "SELECT * FROM user_ip_log", "log", "team"),
    (GROUPS, "-u alice --group staff", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (GROUPS, "--group crm-eu", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (SCRIPT, "-u alice --exe /usr/bin/python3.11 --script /srv/jobs/a.py", "SELECT * FROM user_ip_log", "log", "job"),
    (SCRIPT, "-u alice --exe /usr/bin/python3.11 --script /srv/jobs/../../home/a.py", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (SCRIPT, "-u alice --exe /usr/bin/python3.11", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    # when
    (NIGHT, "--at 2026-11-23T22:00", "SELECT * FROM user_ip_log", "log", "night"),
    (NIGHT, "--at 2026-11-23T21:59", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (NIGHT, "--at 2026-11-24T05:59", "SELECT * FROM user_ip_log", "log", "night"),
    (NIGHT, "--at 2026-11-24T06:00", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (FRIDAY, "--at 2026-11-27T23:00", "SELECT * FROM user_ip_log", "log", "friday night"),
    (FRIDAY, "--at 2026-11-28T23:00", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (EXPIRED, "-u alice --at 2026-11-20T23:59", "SELECT * FROM user_ip_log", "ignore", "audit"),
    (EXPIRED, "-u alice --at 2026-11-21T00:00", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    # how much, how
    (ROWS, "--rows 10", "SELECT * FROM user_ip_log", "log", "few"),
    (ROWS, "--rows 999", "SELECT * FROM user_ip_log", "log", "rest"),
    (ROWS, "--rows 1000", "SELECT * FROM user_ip_log", "alert", "many"),
    (ROWS, "", "SELECT * FROM user_ip_log", "alert", "many"),
    (EXPORT, "", "SELECT ip FROM user_ip_log", "log", "look"),
    (EXPORT, "", "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (EXPORT, "", "SELECT u.* FROM user_ip_log u", "alert", SENSITIVE),
    (EXPORT, "", "SELECT u FROM user_ip_log u", "alert", SENSITIVE),
    (EXPORT, "", "COPY (SELECT ip FROM user_ip_log) TO PROGRAM 'curl'", "alert", SENSITIVE),
    (EXPORT, "", "CREATE TEMP TABLE t AS SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (EXPORT, "", "INSERT INTO t SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (EXPORT, "", "SELECT ip INTO t FROM user_ip_log", "alert", SENSITIVE),
    (EXPORT, "mysql", "SELECT ip FROM user_ip_log INTO OUTFILE '/tmp/x'", "alert", SENSITIVE),
    (READ, "", "SELECT * FROM user_ip_log FOR UPDATE", "log", "read"),
    (READ, "", "DELETE FROM user_ip_log RETURNING *", "alert", SENSITIVE),
    (READ, "", "WITH x AS (DELETE FROM user_ip_log RETURNING *) SELECT * FROM x", "alert", SENSITIVE),
    (READ, "", "SELECT 1 FROM user_ip_log; TRUNCATE user_ip_log", "alert", SENSITIVE),
    # where
    (WHERE, HERE, "SELECT * FROM user_ip_log", "log", "here"),
    (WHERE, HERE, "SELECT * FROM erp.public.user_ip_log", "alert", SENSITIVE),
    (WHERE, HERE, "SET ROLE boss; SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (WHERE, HERE[:4], "SELECT * FROM user_ip_log", "alert", SENSITIVE),
    (SERVER, "--server db7.example.org", "SELECT ip FROM user_ip_log", "log", "here"),
    (SERVER, "--server db7.example.org", "SELECT * FROM dblink('host=db9', 'SELECT ip FROM user_ip_log') AS t(ip text)", "alert", SENSITIVE),
    (SERVER, "oracle --server db7.example.org", "SELECT ip FROM user_ip_log@lnk", "alert", SENSITIVE),
    (SERVER, "tsql --server db7", "SELECT ip FROM [srv].crm.dbo.user_ip_log", "alert", SENSITIVE),
    (SERVER, "tsql --server db7", "SELECT ip FROM user_ip_log JOIN srv.crm.dbo.posts ON 1 = 1", "log", "here"),
    (SERVER, "tsql --server db7", "SELECT * FROM OPENQUERY(srv, 'SELECT ip FROM user_ip_log')", "alert", SENSITIVE),
    (WHERE, HERE, "SELECT * FROM dblink('host=db9', 'SELECT ip FROM user_ip_log') AS t(ip text)", "alert", SENSITIVE),
    # several at once
    (NIGHTLY, ON, "SELECT ip FROM user_ip_log", "log", "nightly"),
    (NIGHTLY, ON, "SELECT ip FROM user_ip_log, contacts", "alert", SENSITIVE),
    (NIGHTLY, ON.replace("02:00", "03:00"), "SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON.replace("2026-11-23", "2027-01-01"), "SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON.replace("--rows 5", ""), "SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON.replace("--rows 5", "--rows 1001"), "SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON.replace("db7", "db8"), "SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON, "INSERT INTO t SELECT ip FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON, "SELECT ip FROM user_ip_log; DELETE FROM user_ip_log", "alert", SENSITIVE),
    (NIGHTLY, ON, "SELECT ip FROM user_ip_log WHERE (", "alert", DOUBT),
    (NIGHTLY, ON, "DO $$ BEGIN EXECUTE x; END $$; SELECT ip FROM user_ip_log", "alert", DOUBT),
    (NIGHTLY, ON, "SELECT * FROM dblink('host=db9', 'SELECT ip FROM user_ip_log') AS t(ip text)", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT b FROM user_ip_log AS l (a, b)", "alert", SENSITIVE),
    (COLUMNS, "", "SELECT id FROM user_ip_log NATURAL JOIN posts", "alert", SENSITIVE),
    # what is left over
    (TWO, "", "SELECT * FROM contacts", "log", "one"),
    (TWO, "", "SELECT * FROM contacts, user_ip_log", "alert", SENSITIVE),
    (TWO, "", "SELECT * FROM contacts WHERE EXISTS (SELECT FROM user_ip_log)", "alert", SENSITIVE),
    (TWO, "", "SELECT * FROM contacts; SELECT 1 FROM user_ip_log", "alert", SENSITIVE),
    (FUNCTION, "", "SELECT ip FROM user_ip_log", "log", "tables only"),
    (FUNCTION, "", "SELECT ip, pg_read_file('/etc/passwd') FROM user_ip_log", "alert", "watched function"),
    (UNCERTAIN, "", "SELECT ip FROM user_ip_log WHERE (", "alert", SENSITIVE),
    # what stands behind a name
    (VIEW, "", "SELECT * FROM v", "alert", SENSITIVE),
    (VIEW, "", "SELECT * FROM w", "alert", SENSITIVE),
    (VIEW, "", "SELECT * FROM private.v", "none", ""),
    (LET_VIEW, "", "SELECT * FROM public.v", "alert", SENSITIVE),
    (BARE, "", "CREATE TEMP VIEW a AS SELECT * FROM user_ip_log; SELECT * FROM a", "alert", SENSITIVE),
]


def ask(program, path, policy, options, sql):
    dialect = "postgresql"
    options = options if isinstance(options, list) else options.split()
    if options and options[0] in ("mysql", "tsql", "oracle"):
        dialect = options.pop(0)
    with open(path, "w") as f:
        f.write(policy)
    p = subprocess.run([program, "policy", "test", "-c", path, "--json", "--dialect", dialect, *options, "-e", sql],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode not in (0, 1):
        return f"exit {p.returncode}: {p.stderr.decode()}", "", []
    answers = [json.loads(line) for line in p.stdout.splitlines()]
    return answers[-1]["action"], answers[-1].get("rule", ""), answers[-1]["explanation"]


def main():
    program, wrong = os.path.abspath(sys.argv[1]), 0
    with tempfile.TemporaryDirectory() as where:
        for policy, options, sql, action, rule in ROWS_OF:
            got = ask(program, os.path.join(where, "p.yaml"), policy, list(options) if isinstance(options, list) else options, sql)
            if got[:2] == (action, rule):
                continue
            wrong += 1
            print(f"{policy}{options}\n  {sql}\n  got {got[0]} by {got[1]!r}, expected {action} by {rule!r}\n    " + "\n    ".join(got[2]))
    print(f"{len(ROWS_OF)} questions, {wrong} answered otherwise")
    return wrong != 0


sys.exit(main())
