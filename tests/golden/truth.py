"""What a database itself says a statement touches: the checkers behind the golden cases and the evasions.

Each checker makes the tables a statement asks for as the database complains of them, until it accepts the statement or complains of
something else (then it has no opinion: None). An opinion is {"all": tables, "writes": tables or None}, a table is (schema or None, name).

    sqlite    the authorizer callback
    postgres  pg_depend of a procedure with the statement as its body (BEGIN ATOMIC), ModifyTable nodes of EXPLAIN
    mariadb   the privileges a user without any is refused, one by one, until the statement runs
"""
import json
import re
import sqlite3

ATTEMPTS = 40
COLUMNS = ("a", "b", "c", "i", "x", "id", "user_id", "name", "ip", "body")


# ---- SQLite ------------------------------------------------------------------------------------------------------------
READS, WRITES = {sqlite3.SQLITE_READ}, {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
WORDS = re.compile(r"^(\s|;|--[^\n]*\n|/\*.*?\*/|\()*(WITH|SELECT|VALUES|INSERT|REPLACE|UPDATE|DELETE|EXPLAIN)\b", re.S | re.I)


class Lite:
    """Tables made so far: (schema, name) -> columns."""

    def __init__(self, sql):
        self.sql, self.tables = sql, {}

    def attempt(self):
        db = sqlite3.connect(":memory:", cached_statements=0)
        touched = {"reads": set(), "writes": set()}

        def authorizer(action, table, column, database, trigger):
            named = table and (not table.startswith("sqlite_") or table in self.sql)  # a table function reads sqlite_master by itself
            if action in READS | WRITES and named and not table.startswith(("json_", "pragma_", "generate_series")):
                touched["writes" if action in WRITES else "reads"].add((None, table))
            return sqlite3.SQLITE_OK

        try:
            for schema in {s for s, _ in self.tables if s and s.lower() not in ("main", "temp")}:
                db.execute(f"ATTACH ':memory:' AS {quote(schema)}")
            for (schema, name), columns in self.tables.items():
                db.execute(f"CREATE TABLE {quote(schema) + '.' if schema else ''}{quote(name)} ({', '.join(map(quote, columns))})")
            db.set_authorizer(authorizer)
            db.execute(self.sql if re.match(r"(?i)\s*explain\b", self.sql) else "EXPLAIN " + self.sql)
        finally:
            db.close()
        return {"all": touched["reads"] | touched["writes"], "writes": touched["writes"]}

    def missing(self, text):
        """Makes what this complaint asks for; False when it asks for nothing we make."""
        m = re.match(r"no such table: (?:(.+?)\.)?([^.]+)$", text)
        if m and (m[1], m[2]) not in self.tables:
            self.tables[m[1], m[2]] = list(COLUMNS)
            return True
        m = re.match(r"no such column: (.+)$", text) or re.match(r"table \S+ has no column named (\S+)$", text)
        column = m and m[1].split(".")[-1]
        lacking = [c for c in self.tables.values() if column and column.lower() not in map(str.lower, c)]
        for columns in lacking:
            columns.append(column)
        m = re.match(r"ambiguous column name: (\w+)$", text)
        for columns in list(self.tables.values())[1:] if m else ():
            if m[1] in columns:
                columns.remove(m[1])
                lacking.append(columns)
        m = re.match(r"table (\S+) has (\d+) columns but (\d+) values", text)
        for (_, name), columns in self.tables.items():
            if m and name == m[1] and int(m[2]) != int(m[3]):
                columns[:] = (columns + [f"y{n}" for n in range(int(m[3]))])[:int(m[3])]
                lacking.append(columns)
        return bool(lacking)


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def sqlite(sql):
    if not WORDS.match(sql) or "\0" in sql:
        return None
    lite = Lite(sql)
    for _ in range(ATTEMPTS):
        try:
            return lite.attempt()
        except sqlite3.OperationalError as e:
            if not lite.missing(str(e)):
                return None
        except (sqlite3.Error, sqlite3.Warning, RecursionError, UnicodeError):
            return None
    return None


# ---- PostgreSQL --------------------------------------------------------------------------------------------------------
DEPENDS = """SELECT DISTINCT n.nspname, c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND d.classid = %s::regclass AND d.objid = """


class PostgresTruth:
    def __init__(self, connection):
        """connection: of psycopg2, to a database nobody needs."""
        self.c, self.made, self.last = connection, [], None

    def run(self, sql, args=None):
        with self.c.cursor() as cur:
            cur.execute(sql, args)
            return cur.fetchall() if cur.description else []

    def guarded(self, sql):
        """Makes tables until the server takes it; True, or False when it does not."""
        import psycopg2
        for _ in range(ATTEMPTS):
            self.run("SAVEPOINT q")
            try:
                self.last = self.run(sql)
                return True
            except (psycopg2.Error, ValueError, UnicodeError) as e:
                self.run("ROLLBACK TO q")
                if not self.missing(getattr(e, "pgcode", None), str(e)):
                    return False
        return False

    def missing(self, code, text):
        if code == "42P01":
            m = re.match(r'relation "(.*)" does not exist', text)
            return bool(m) and self.make(*(m[1].split(".", 1) if "." in m[1] else (None, m[1])))
        if code == "3F000":
            m = re.match(r'schema "(.*)" does not exist', text)
            return bool(m) and self.schema(m[1])
        if code == "42703":
            m = re.match(r'column "?(?:[^".]*\.)?([^".]+)"?(?: of relation "(.*)")? does not exist', text)
            return bool(m) and self.column(m[1], m[2])
        return False

    def schema(self, name):
        self.run(f"CREATE SCHEMA IF NOT EXISTS {quote(name)}")
        return True

    def make(self, schema, name):
        table = (quote(schema) + "." if schema else "") + quote(name)
        if table in self.made:
            return False
        if schema:
            self.schema(schema)
        self.run(f"CREATE TABLE {table} ({', '.join(c + ' int' for c in COLUMNS[:6])}, user_id int, name text, ip text, body text)")
        self.made.append(table)
        return True

    def column(self, name, relation):
        more = False
        for table in self.made:
            if relation and not table.endswith(quote(relation)):
                continue
            before = self.run("SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass", (table,))
            self.run(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {quote(name)} int")
            more |= self.run("SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass", (table,)) != before
        return more

    def depends(self, catalog, objid):
        return set(map(tuple, self.run(DEPENDS + objid, (catalog,))))

    def opinion(self, sql):
        if "\0" in sql or not sql.strip():
            return None
        self.run("BEGIN")
        self.made = []
        try:
            return self.body(sql) or self.view(sql)
        finally:
            self.run("ROLLBACK")

    def body(self, sql):
        # what is sent may not end in the middle of a comment or be several statements that close the body
        if not self.guarded(f"CREATE PROCEDURE qprov_probe(int, int, int) BEGIN ATOMIC {sql}\n; END"):
            return None
        touched = self.depends("pg_proc", "'qprov_probe'::regproc")
        writes = None
        if ";" not in sql and self.guarded(f"EXPLAIN (VERBOSE, FORMAT JSON) {sql}") and self.last:
            writes = modified(self.last[0][0])
        return {"all": touched, "writes": writes}

    def view(self, sql):
        m = re.match(r'(?is)\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\w*\s+)?(?:RECURSIVE\s+)?(?:MATERIALIZED\s+)?VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_0-9.]+)', sql)
        if not m or not self.guarded(sql):
            return None
        rule = "ANY (SELECT oid FROM pg_rewrite WHERE ev_class = '" + m[1] + "'::regclass)"
        name = tuple(self.run(f"SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = '{m[1]}'::regclass")[0])
        return {"all": self.depends("pg_rewrite", rule) - {name} | {name}, "writes": {name}}


def modified(plan):
    plans = json.loads(plan) if isinstance(plan, str) else plan
    found, todo = set(), [p["Plan"] for p in plans if "Plan" in p]
    while todo:
        node = todo.pop()
        if node["Node Type"] == "ModifyTable":
            for t in [node] + node.get("Target Tables", []):
                if "Relation Name" in t:
                    found.add((t["Schema"], t["Relation Name"]))
        todo += node.get("Plans", [])
    return found


# ---- MariaDB -----------------------------------------------------------------------------------------------------------
DENIED, UNKNOWN_TABLE, UNKNOWN_COLUMN, DATABASE_DENIED, UNKNOWN_DATABASE, COLUMN_COUNT = 1142, 1146, 1054, 1044, 1049, 1136
DB = "golden"


class MariaDBTruth:
    def __init__(self, root, connect):
        """root: a connection with all rights; connect(): a new one as the user qprov_probe, who has none."""
        self.root, self.connect, self.touched, self.made = root, connect, {}, {}

    def do(self, sql):
        cur = self.root.cursor()
        cur.execute(sql)
        while cur.nextset() is not None:
            pass
        cur.close()

    def reset(self):
        for db in {DB} | {d for d, _ in self.made}:
            self.do(f"DROP DATABASE IF EXISTS {tick(db)}")
        self.do(f"CREATE DATABASE {DB} CHARACTER SET utf8mb4")
        self.do("DROP USER IF EXISTS qprov_probe@localhost")
        self.do("CREATE USER qprov_probe@localhost")
        self.do("GRANT EXECUTE, CREATE TEMPORARY TABLES, SHOW VIEW, LOCK TABLES ON *.* TO qprov_probe@localhost")
        self.touched, self.made = {}, {}

    def opinion(self, sql):
        """None when the server does not run it. Several statements are not given to it, nor triggers: their body runs later."""
        if "\0" in sql or re.search(r"(?i)\b(outfile|dumpfile|infile|sleep|shutdown|flush|kill|lock|prepare|execute|delimiter|show|temporary|sequence|dual|trigger)\b", sql):
            return None
        self.reset()
        probe = self.connect()
        try:
            for _ in range(ATTEMPTS):
                again = self.attempt(probe, sql)
                if again is None:
                    return None
                if not again:
                    if re.match(r"(?i)\s*analyze\s+(no_write_to_binlog\s+|local\s+)?table\b", sql):  # it wants the right to insert, for its statistics alone
                        return {"all": set(self.touched), "writes": set()}
                    writes = {t for t, commands in self.touched.items() if commands - {"SELECT", "SHOW VIEW", "REFERENCES", "SHOW"}}
                    return {"all": set(self.touched), "writes": writes}
        finally:
            probe.close()
        return None

    def attempt(self, probe, sql):
        """True: something was made, try again. False: it ran. None: refused for good."""
        import MySQLdb
        cur = probe.cursor()
        try:
            cur.execute(sql)
            while cur.nextset() is not None:
                pass
            return False
        except (MySQLdb.Error, UnicodeError) as e:
            return self.missing(*e.args) if isinstance(e, MySQLdb.Error) and len(e.args) == 2 else None
        finally:
            try:
                cur.close()
            except MySQLdb.Error:
                pass

    def missing(self, code, text):
        if code == DENIED:
            m = re.match(r"([A-Z ,]+) command denied to user '[^']*'@'[^']*' for table `(.*?)`\.`(.*)`$", text)
            return self.grant(m) if m else None
        if code == UNKNOWN_TABLE:
            m = re.match(r"Table '(.*?)\.(.*)' doesn't exist", text)
            return self.make(m[1], m[2]) if m else None
        if code == UNKNOWN_COLUMN:
            m = re.match(r"Unknown column '(?:.*\.)?([^.']+)' in", text)
            return self.column(m[1]) if m else None
        if code in (DATABASE_DENIED, UNKNOWN_DATABASE):
            m = re.search(r"database '(.*)'", text)
            if m and m[1] not in (DB, "mysql") and (m[1], "") not in self.made:
                self.made[m[1], ""] = []
                self.do(f"CREATE DATABASE IF NOT EXISTS {tick(m[1])}")
                return True
        return None

    def grant(self, m):
        import MySQLdb
        table = (m[2], m[3])
        commands = {c.strip() for c in m[1].split(",")}
        if self.touched.get(table, set()) >= commands:
            return None
        self.touched.setdefault(table, set()).update(commands)
        self.made.setdefault((m[2], ""), [])
        self.do(f"CREATE DATABASE IF NOT EXISTS {tick(m[2])}")
        try:
            if table not in self.made and not commands & {"CREATE", "CREATE VIEW"}:
                self.make(*table)
            self.do(f"GRANT {', '.join(commands)} ON {tick(m[2])}.{tick(m[3])} TO qprov_probe@localhost")
        except MySQLdb.Error:
            return None
        return True

    def make(self, db, name):
        if (db, name) in self.made:
            return None
        self.made.setdefault((db, ""), [])
        self.made[db, name] = list(COLUMNS)
        self.do(f"CREATE DATABASE IF NOT EXISTS {tick(db)}")
        self.do(f"CREATE TABLE IF NOT EXISTS {tick(db)}.{tick(name)} ({', '.join(c + ' varchar(20)' for c in COLUMNS)}) ENGINE=MyISAM")
        return True

    def column(self, name):
        more = None
        for (db, table), columns in self.made.items():
            if table and name.lower() not in columns:
                columns.append(name.lower())
                self.do(f"ALTER TABLE {tick(db)}.{tick(table)} ADD COLUMN {tick(name)} varchar(20)")
                more = True
        return more


def tick(name):
    return "`" + name.replace("`", "``") + "`"


# ---- Comparison --------------------------------------------------------------------------------------------------------
WRITING = {"insert", "update", "delete", "truncate", "create", "alter", "drop", "copy in"}


def told(answer, schema, by_last=False):
    """(all, writes) of an answer of "qprov sql": the relations named by the text itself, with the schema they have by default."""
    everything, writes = set(), set()
    for st in answer["statements"]:
        for r in st["relations"]:
            if r.get("via", "name") not in ("name", "dynamic"):
                continue
            everything.add((None if by_last else r.get("schema", schema), r["name"]))
    for name in answer["writes"]:
        for r in everything:
            if name == r[1] or name.endswith("." + r[1]):
                writes.add(r)
    return everything, writes


def disagreement(answer, truth, schema, by_last=False, fold=False, more=False):
    """A sentence, or None. Nothing the database touches may be missing, nothing it does not touch be told (unless more), writes be the same."""
    everything, writes = told(answer, schema, by_last)
    want, wrote = truth["all"], truth["writes"]
    if fold:
        lower = lambda s: {(a and a.lower(), b.lower()) for a, b in s}  # noqa: E731
        everything, writes, want, wrote = lower(everything), lower(writes), lower(want), wrote and lower(wrote)
    if want - everything:
        return f"touches {sorted(map(str, want))}, not told: {sorted(map(str, want - everything))}"
    if wrote is not None and wrote != writes:
        return f"writes {sorted(map(str, wrote))}, told {sorted(map(str, writes))}"
    if everything - want and not more:
        return f"touches {sorted(map(str, want))}, told too: {sorted(map(str, everything - want))}"
    return None
