"""PostgreSQL's protocol by hand: raw_pg.py HOST PORT or raw_pg.py PATH."""
import socket
import struct
import sys

MARKED = b"SELECT ip FROM user_ip_log WHERE user_id = 1"


def read(s, n):
    data = b""
    while len(data) < n:
        data += s.recv(n - len(data)) or sys.exit("closed")
    return data


def answer(s):
    rows = 0
    while True:
        kind, n = struct.unpack("!cI", read(s, 5))
        read(s, n - 4)
        rows += kind == b"D"
        if kind == b"Z":
            return rows


if len(sys.argv) > 2:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
else:
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
hello = struct.pack("!I", 196608) + b"user\0postgres\0database\0postgres\0\0"
s.sendall(struct.pack("!I", len(hello) + 4) + hello)
answer(s)
s.sendall(b"Q" + struct.pack("!I", len(MARKED) + 5) + MARKED + b"\0")
sys.exit(0 if answer(s) == 4 else 1)
