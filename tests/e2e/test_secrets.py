"""Nothing secret in the output: passwords and tokens are planted in arguments, environment, URIs and SQL of real clients, and are in no event, in
no recorded file and not in the log; literals that are no secrets stay where they are asked for."""
import os
import subprocess
import sys

from harness import PYTHON, Agent, Case, Human, MariaDB, Postgres, check, equal, finish, folder, queries

PROGRAM = os.path.abspath(sys.argv[1])
PLAIN = "plain-literal-4711"


class Planter:
    """Gives secrets that can be found again."""

    def __init__(self):
        self.all = []

    def __call__(self, form="Hunter2x%04dQz"):
        self.all.append(form % (7000 + len(self.all)))
        return self.all[-1]


def pg_runs(pg, s):
    psql = [f"{pg.bin}/psql", "-X", "-q"]
    env = pg.env("secrets")
    where = f"host={pg.dir} port={pg.port} user=postgres dbname=postgres"
    statements = [
        f"CREATE ROLE qp_a LOGIN PASSWORD '{s()}'", f"ALTER ROLE qp_a PASSWORD '{s()}' VALID UNTIL '2030-01-01'",
        f"ALTER USER qp_a WITH ENCRYPTED PASSWORD $x${s()}$x$", f"DO $$ BEGIN EXECUTE 'ALTER ROLE qp_a PASSWORD ''{s()}'''; END $$",
        f"CREATE USER MAPPING FOR qp_a SERVER qp_s OPTIONS (user 'a', password '{s()}')", f"SET qp.token = '{s()}'",
        f"ALTER ROLE qp_a VALID UNTIL 'infinity' ENCRYPTED PASSWORD U&'{s()}'",
        f"ALTER USER MAPPING FOR qp_a SERVER qp_s OPTIONS (SET password '{s()}')",
        f"CREATE SUBSCRIPTION qp_sub CONNECTION 'host=h password={s()}' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        f"ALTER SUBSCRIPTION qp_sub CONNECTION 'postgresql://u:{s('Hunter2%%2F%04d')}@[2001:db8::7]/d'",
        f"/* password={s()} */ SELECT 'ghp_{s()}{s()}' AS token", "SELECT '" + PLAIN + "' AS shown",
        f"SELECT set_config('qp.secret', '{s()}', false)", f"SELECT 'Bearer {s()}' AS header",
        f"COPY (SELECT 1) TO PROGRAM 'cat >/dev/null # --password={s()}'",
    ]
    runs = [(psql + ["-c", x], env) for x in statements]
    runs += [(psql + [f"{where} password={s()}", "-c", "SELECT 1"], {}),
             (psql + [f"{where} password='{s('Hunter2 %04d Qz')}'", "-c", "SELECT 1"], {}),
             (psql + [f"postgresql://postgres:{s()}@127.0.0.1:{pg.port}/postgres", "-c", "SELECT 1"], {}),
             (psql + [f"postgresql://127.0.0.1:{pg.port}/postgres?user=postgres&password={s()}", "-c", "SELECT 1"], {}),
             (psql + ["-c", "SELECT 1"], {**env, "PGPASSWORD": s()}),
             (["/bin/sh", "-c", f"PGPASSWORD={s()} {psql[0]} -X -c \"ALTER ROLE qp_a PASSWORD '{s()}'\""], env),
             ([PYTHON, "-c", f"import psycopg2\nc = psycopg2.connect('{where}', password='{s()}')\n"
               f"c.cursor().execute(\"ALTER ROLE qp_a PASSWORD '{s()}'\")"], {})]
    return runs


def my_runs(my, s):
    shell = ["/usr/bin/mariadb", "--no-defaults", "-S", my.socket]
    root = shell + ["-u", "root"]
    first, second = s(), s()
    return [(root + ["-e", f"CREATE USER qp_b@localhost IDENTIFIED BY '{first}'"], {}),
            (shell + ["-uqp_b", f"-p{first}", "-e", "SELECT 1"], {}),
            (shell + ["-uqp_b", f"--password={first}", "-e", "SELECT 1"], {}),
            (shell + ["-uqp_b", f"-Bp{first}", "-e", "SELECT 1"], {}),
            (shell + ["-uqp_b", "-e", "SELECT 1"], {"MYSQL_PWD": first}),
            ([PYTHON, "-c", f"import MySQLdb\nMySQLdb.connect('localhost', 'qp_b', '{first}', unix_socket='{my.socket}')"], {}),
            (root + ["-e", f"SET @pw = '{s()}'"], {}),
            (root + ["-e", f"SET PASSWORD FOR qp_b@localhost = PASSWORD(\"{second}\")"], {}),
            (shell + ["-uqp_b", f"--password={second}", "-e", "SELECT 1"], {}),
            (["/bin/sh", "-c", f"MYSQL_PWD={second} {' '.join(shell)} -uqp_b -e 'SELECT 1'"], {}),
            (root + ["-e", f"ALTER USER qp_b@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('{s()}')"], {}),
            (root + ["-e", f"CREATE OR REPLACE SERVER qp_x FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h', PASSWORD '{s()}')"], {}),
            (root + ["-e", f"GRANT SELECT ON *.* TO qp_b@localhost IDENTIFIED BY '{s()}'"], {}),
            (["/bin/sh", "-c", f"{' '.join(root)} -e 'SELECT AES_ENCRYPT(1, \"{s()}\")'"], {})]


def other_runs(s, path):
    return [(["/usr/bin/sqlite3", path, f"PRAGMA key = '{s()}'"], {}), (["/usr/bin/sqlite3", path, f"PRAGMA key = {s()}; SELECT 1"], {}),
            ([PYTHON, "-c", f"import sqlite3; sqlite3.connect('{path}').execute(\"PRAGMA rekey('{s()}')\")"], {}),
            (["/usr/bin/env", f"API_TOKEN={s()}", "/bin/true", "--client-secret", s(), "-H", f"Authorization: Bearer {s()}"], {}),
            (["/usr/bin/env", "/bin/true", "--password", s(), f"--url=jdbc:postgresql://h/d?user=a&password={s()}&ssl=true",
              f"jdbc:sqlserver://h:1433;user=a;password={{{s('Hun;%04dQz')}}};encrypt=true", f"jdbc:oracle:thin:a/{s()}@//h:1521/x",
              f"h:5432:d:a:{s()}", f"Driver={{x}};UID=a;pWd={{{s('Hun}};%04dQz')}}};Port=1"], {}),
            (["/bin/sh", "-c", f"echo 'h:5432:d:a:{s()}' > /dev/null; true"], {}),
            (["/bin/sh", "-c", f"export PGPASSWORD=\"{s('Hunter2 %04d Qz')}\"; true"], {}),
            (["/bin/true", "-pw", s(), f"jdbc:oracle:thin:u/{s()}@h:1521/x", f"u:{s()}@tcp(h:3306)/d", f"https://h/x?sv=1&sig={s()}"], {})]


def find(secrets, data, what):
    """Also as UTF-16: SQLite's wide functions."""
    found = [x for x in secrets if x.encode() in data or x.encode("utf-16-le") in data]
    check(not found, f"in {what}: {found}" + "".join(f"\n  {line[:600]!r}" for line in data.splitlines()
                                                    if any(x.encode() in line for x in found))[:3000])


def planted(human, pg, my, literals):
    s = Planter()
    record = os.path.join(folder(), "raw.rec")
    agent = Agent(PROGRAM, f"capture: {{all_queries: true, literals: {literals}}}\n", args=["--record", record, "--verbose"])
    runs = pg_runs(pg, s) + my_runs(my, s) + other_runs(s, os.path.join(folder(0o777), "a.db"))
    for argv, env in runs:
        human.run(argv, env=env, ok=not argv[0].endswith("sqlite3"))
    pg.psql("DROP SUBSCRIPTION qp_sub")
    my.sql("DROP SERVER qp_x")
    pg.psql("DROP OWNED BY qp_a; DROP ROLE qp_a")
    my.sql("DROP USER qp_b@localhost")
    events = agent.stop()
    texts = [e["db"]["query"].get("text", "") for e in queries(events) if "query" in e["db"]]
    for what in ("ALTER ROLE qp_a PASSWORD", "CREATE USER qp_b", "CREATE USER MAPPING", "PRAGMA key", "SET PASSWORD FOR", "CREATE SUBSCRIPTION", "CREATE OR REPLACE SERVER"):
        check(any(what in t for t in texts), f"the test saw no {what}: {texts}")
    find(s.all, agent.text(), "the events")
    find(s.all, agent.log().encode(), "the log")
    with open(record, "rb") as f:
        raw = f.read()
    find(s.all, raw, "the recorded file")
    check(PLAIN.encode() in raw, "the recorded file holds no literals at all")
    equal(any(PLAIN in t for t in texts), literals == "keep", "literals that are no secrets")
    p = subprocess.run([PROGRAM, "replay", record, "-c", agent.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((p.returncode, p.stdout == agent.text()), (0, True), "replay of the recording gives the same lines")


def main():
    human = Human("qprov-plant")
    pg, my = Postgres(log=False), MariaDB()
    os.chmod(pg.dir, 0o755)
    pg.psql("CREATE FOREIGN DATA WRAPPER qp_f; CREATE SERVER qp_s FOREIGN DATA WRAPPER qp_f")
    for literals in ("mask", "keep"):
        with Case(f"no secret anywhere, literals: {literals}"):
            planted(human, pg, my, literals)
    finish()


main()
