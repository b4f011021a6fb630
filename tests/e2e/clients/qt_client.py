"""Qt's SQL plugins, by PyQt: qt_client.py DRIVER WAY [TARGET]. Each way reads user_ip_log three times."""
import os
import sys

from PyQt5.QtCore import QCoreApplication
from PyQt5.QtSql import QSqlDatabase, QSqlQuery

LIT = "SELECT ip FROM user_ip_log WHERE user_id = 1"


def connect(driver, target):
    db = QSqlDatabase.addDatabase(driver)
    db.setDatabaseName({"QPSQL": "postgres", "QMYSQL": "social"}.get(driver, target))
    if driver == "QPSQL":
        db.setHostName(os.environ["PGHOST"])
        db.setPort(int(os.environ["PGPORT"]))
        db.setUserName("postgres")
        db.setConnectOptions("application_name=" + os.environ["PGAPPNAME"])
    elif driver == "QMYSQL":
        db.setUserName("root")
        if target.startswith("/"):
            db.setConnectOptions("UNIX_SOCKET=" + target)
        else:
            host, port, *tls = target.split(":")
            db.setHostName(host)
            db.setPort(int(port))
            db.setConnectOptions("CLIENT_SSL=1" if tls else "")
    assert db.open(), db.lastError().text()
    return db


def main():
    driver, way, target = sys.argv[1], sys.argv[2], (sys.argv[3:] or [""])[0]
    app = QCoreApplication(sys.argv[:1])
    db = connect(driver, target)
    for _ in range(3):
        q = QSqlQuery(db)
        q.setForwardOnly(way == "forward")
        if way == "prepared":
            assert q.prepare(LIT.replace("= 1", "= ?")), q.lastError().text()
            q.addBindValue(1)
            assert q.exec_(), q.lastError().text()
        else:
            assert q.exec_(LIT), q.lastError().text()
        n = 0
        while q.next():
            n += 1
        assert n == 4, n
        del q
    db.close()
    del app


main()
