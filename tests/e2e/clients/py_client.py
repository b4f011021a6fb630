"""Python drivers, one way of calling per run: py_client.py DRIVER WAY [TARGET]. Each way reads user_ip_log three times."""
import os
import sys

LIT = "SELECT ip FROM user_ip_log WHERE user_id = 1"
IDS = [(1,), (1,), (1,)]
TIMES = 3


def psycopg2_client(way):
    import psycopg2
    c = psycopg2.connect("")
    cur = c.cursor("named") if way == "named" else c.cursor()
    if way == "simple":
        for _ in range(TIMES):
            cur.execute(LIT)
            assert len(cur.fetchall()) == 4
    elif way == "params":
        for _ in range(TIMES):
            cur.execute("SELECT ip FROM user_ip_log WHERE user_id = %s", (1,))
            assert len(cur.fetchall()) == 4
    elif way == "named":
        cur.itersize = 2
        cur.execute(LIT)
        assert len(list(cur)) == 4
    elif way == "executemany":
        cur.executemany("UPDATE user_ip_log SET ip = ip WHERE user_id = %s", IDS)
    elif way == "copy":
        with open(os.devnull, "w") as f:
            for _ in range(TIMES):
                cur.copy_expert("COPY user_ip_log TO STDOUT", f)
    cur.close()
    c.commit()
    c.close()


def psycopg3_client(way):
    import psycopg
    c = psycopg.connect("")
    cur = c.cursor()
    if way == "simple":
        for _ in range(TIMES):
            assert len(cur.execute(LIT).fetchall()) == 4
    elif way == "params":
        for _ in range(TIMES):
            assert len(cur.execute("SELECT ip FROM user_ip_log WHERE user_id = %s", (1,), prepare=False).fetchall()) == 4
    elif way == "prepared":
        for _ in range(TIMES):
            assert len(cur.execute("SELECT ip FROM user_ip_log WHERE user_id = %s", (1,), prepare=True).fetchall()) == 4
    elif way == "pipeline":
        cur.executemany("UPDATE user_ip_log SET ip = ip WHERE user_id = %s", IDS)
    elif way == "copy":
        for _ in range(TIMES):
            with cur.copy("COPY user_ip_log TO STDOUT") as copy:
                assert len(list(copy)) == 5
    c.commit()
    c.close()


def pyodbc_client(way, string):
    import pyodbc
    c = pyodbc.connect(string)
    cur = c.cursor()
    for _ in range(TIMES):
        if way == "simple":
            assert len(cur.execute(LIT).fetchall()) == 4
        else:
            assert len(cur.execute("SELECT ip FROM user_ip_log WHERE user_id = ?", 1).fetchall()) == 4
    c.commit()
    c.close()


def sqlite_client(way, path):
    import sqlite3
    c = sqlite3.connect("file:" + path + "?mode=ro", uri=True, isolation_level=None)
    for i in range(TIMES):
        if way == "params":
            rows = c.execute("SELECT ip FROM user_ip_log WHERE user_id = ?", (1,)).fetchall()
        elif way == "simple":
            # A different text each time: no statement of the driver's cache is used again.
            rows = c.execute(LIT + " AND 1 = 1" * i).fetchall()
        else:
            rows = c.execute(LIT).fetchall()
        assert len(rows) == 4
    c.close()


def sqlite_executemany(path):
    import sqlite3
    c = sqlite3.connect(path, isolation_level=None)
    c.executemany("UPDATE user_ip_log SET ip = ip WHERE user_id = ?", IDS)
    c.close()


def apsw_client(way, path):
    import apsw
    c = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    for _ in range(TIMES):
        rows = c.cursor().execute("SELECT ip FROM user_ip_log WHERE user_id = ?", (1,)) if way == "params" else c.cursor().execute(LIT)
        assert len(list(rows)) == 4
    c.close()


def where(target):
    """A socket's path, or host:port, with :tls."""
    if target.startswith("/"):
        return dict(unix_socket=target)
    host, port, *tls = target.split(":")
    return dict(host=host, port=int(port), **({"ssl": {"cipher": "DEFAULT"}} if tls else {}))


def mysqldb_client(way, path):
    import MySQLdb
    c = MySQLdb.connect(user="root", db="social", read_default_file="/dev/null", **where(path))
    my_cursor(c, way)


def pymysql_client(way, path):
    import pymysql
    c = pymysql.connect(user="root", db="social", **where(path))
    my_cursor(c, way)


def my_cursor(c, way):
    cur = c.cursor()
    if way == "executemany":
        cur.executemany("UPDATE user_ip_log SET ip = ip WHERE user_id = %s", IDS)
    else:
        for _ in range(TIMES):
            cur.execute(*(("SELECT ip FROM user_ip_log WHERE user_id = %s", (1,)) if way == "params" else (LIT,)))
            assert len(cur.fetchall()) == 4
    c.commit()
    c.close()


def asyncpg_client():
    import asyncio
    import asyncpg

    async def main():
        c = await asyncpg.connect(ssl=False)
        for _ in range(TIMES):
            assert len(await c.fetch(LIT)) == 4
        await c.close()
    asyncio.run(main())


def main():
    driver, way = sys.argv[1], sys.argv[2]
    if driver == "psycopg2":
        psycopg2_client(way)
    elif driver == "psycopg3":
        psycopg3_client(way)
    elif driver == "sqlite3" and way == "executemany":
        sqlite_executemany(sys.argv[3])
    elif driver == "sqlite3":
        sqlite_client(way, sys.argv[3])
    elif driver == "apsw":
        apsw_client(way, sys.argv[3])
    elif driver == "MySQLdb":
        mysqldb_client(way, sys.argv[3])
    elif driver == "pymysql":
        pymysql_client(way, sys.argv[3])
    elif driver == "pyodbc":
        pyodbc_client(way, sys.argv[3])
    elif driver == "asyncpg":
        asyncpg_client()


main()
