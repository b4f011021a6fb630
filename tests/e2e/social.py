"""The small social network that the tests and the demo query."""

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER, body VARCHAR(200));
CREATE TABLE user_ip_log (id INTEGER PRIMARY KEY, user_id INTEGER, ip VARCHAR(40));
CREATE TABLE contacts (user_id INTEGER, contact_id INTEGER);
INSERT INTO users VALUES (1, 'journalist'), (2, 'reader'), (3, 'editor');
INSERT INTO posts VALUES (1, 1, 'a post'), (2, 2, 'another');
INSERT INTO user_ip_log VALUES (1, 1, '192.0.2.1'), (2, 1, '192.0.2.2'), (3, 1, '192.0.2.3'), (4, 1, '192.0.2.4'), (5, 2, '198.51.100.7');
INSERT INTO contacts VALUES (1, 2), (1, 3);
"""
LIT = "SELECT ip FROM user_ip_log WHERE user_id = 1"
JOIN = "SELECT u.name, l.ip FROM users u JOIN user_ip_log l ON l.user_id = u.id WHERE u.id = 1"
HARMLESS = "SELECT name FROM users WHERE id = 2"


def make_sqlite(path):
    import os
    import sqlite3
    c = sqlite3.connect(path)
    c.executescript(SCHEMA)
    c.close()
    os.chmod(path, 0o666)
