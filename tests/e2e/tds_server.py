#!/usr/bin/python3
"""A stand-in for SQL Server: as much of TDS 7.4 as FreeTDS' libraries need to log in and run statements.

No free server of this protocol is packaged; the client libraries under test are real, only what answers them is not. It knows no SQL: a
statement that names user_ip_log gives four rows of one column, one that names a column "nothing" an error, every other one no rows.
What ran is written to the log, one JSON object a line. Source: [MS-TDS] 2.2.

    tds_server.py LOG        prints its port on loopback
"""
import json
import re
import socketserver
import struct
import sys
import threading

ROWS = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]
COLLATION = b"\x09\x04\xd0\x00\x34"
PROCEDURES = {1: "sp_cursor", 2: "sp_cursoropen", 3: "sp_cursorprepare", 10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec",
              15: "sp_unprepare"}
BATCH, RPC, ATTENTION, BULK, LOGIN, PRELOGIN = 1, 3, 6, 7, 0x10, 0x12
log_lock = threading.Lock()


def b_varchar(s):
    return bytes([len(s)]) + s.encode("utf-16le")


def done(token=0xFD, status=0, count=0):
    return struct.pack("<BHHQ", token, status | (token == 0xFF), 0xC1, count)  # after DONEINPROC comes more


def metadata(column="ip"):
    return struct.pack("<BHIHBH", 0x81, 1, 0, 9, 0xE7, 80) + COLLATION + b_varchar(column)


def row(text):
    data = text.encode("utf-16le")
    return struct.pack("<BH", 0xD1, len(data)) + data


def error(text, token, number=207):
    body = struct.pack("<IBB", number, 1, 16) + struct.pack("<H", len(text)) + text.encode("utf-16le") + b_varchar("standin") + b_varchar("")
    body += struct.pack("<I", 1)
    return struct.pack("<BH", 0xAA, len(body)) + body + done(token, status=2)


def answer(sql, token=0xFD):
    """Inside a procedure a statement ends in DONEINPROC."""
    if re.search(r"\bnothing\b", sql):
        return error("Invalid column name 'nothing'.", token)
    if re.search(r"\bFMTONLY ON\b", sql, re.I):
        return metadata() + done(token)
    if "syscomments" in sql:  # the text of an object, and its number, as defncopy asks for them
        text = "create view v as select 1".encode("utf-16le")
        columns = struct.pack("<BHIHBH", 0x81, 2, 0, 9, 0xE7, 510) + COLLATION + b_varchar("text") + struct.pack("<IHB", 0, 8, 0x38) + b_varchar("number")
        return columns + struct.pack("<BH", 0xD1, len(text)) + text + struct.pack("<i", 1) + done(token, status=0x10, count=1)
    results = sql.count("user_ip_log") if re.search(r"\bselect\b", sql, re.I) else 0
    if results:  # each a result of its own: more follow on all but the last
        one = metadata() + b"".join(row(x) for x in ROWS)
        return b"".join(one + done(token, status=0x11, count=len(ROWS)) for _ in range(results - 1)) + one + done(token, status=0x10, count=len(ROWS))
    return done(token)


class Params:
    """The parameters of an RPC that hold text or integers; ends at the first of another type."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, fmt):
        v = struct.unpack_from("<" + fmt, self.data, self.at)
        self.at += struct.calcsize("<" + fmt)
        return v[0]

    def text(self, n):
        s = self.data[self.at:self.at + n].decode("utf-16le", "replace")
        self.at += n
        return s

    def value(self):
        self.text(2 * self.take("B"))  # name
        self.take("B")
        kind = self.take("B")
        if kind in (0x26, 0x68):  # INTN, BITN
            self.take("B")
            n = self.take("B")
            raw = self.data[self.at:self.at + n]
            self.at += n
            return int.from_bytes(raw, "little")
        if kind in (0xE7, 0xEF):
            self.take("H")
            self.at += 5
            n = self.take("H")
            return None if n == 0xFFFF else self.text(n)
        if kind == 0x63:
            self.take("I")
            self.at += 5
            n = self.take("I")
            return None if n == 0xFFFFFFFF else self.text(n)
        return StopIteration

    def all(self):
        found = []
        while self.at < len(self.data):
            try:
                v = self.value()
            except struct.error:
                break
            if v is StopIteration:
                break
            found.append(v)
        return found


class Session(socketserver.BaseRequestHandler):
    def packet(self):
        """(type, payload) of a whole message; None at the end."""
        kind, payload = None, b""
        while True:
            head = self.exactly(8)
            if head is None:
                return None
            kind, status, size = struct.unpack(">BBH", head[:4])
            body = self.exactly(size - 8)
            if body is None:
                return None
            payload += body
            if status & 1:
                return kind, payload

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.request.recv(n - len(data))
            if not more:
                return None
            data += more
        return data

    def send(self, data, size=4000):
        for i in range(0, max(len(data), 1), size):
            part, last = data[i:i + size], i + size >= len(data)
            self.request.sendall(struct.pack(">BBHHBB", 4, 1 if last else 0, len(part) + 8, 0, 1, 0) + part)

    def ran(self, text):
        with log_lock:
            self.server.log.write(json.dumps(text) + "\n")
            self.server.log.flush()

    def login(self):
        body = b"\x01\x74\x00\x00\x04" + b_varchar("Microsoft SQL Server") + b"\x0f\x00\x00\x00"
        change = b"\x01" + b_varchar("master") + b_varchar("master")
        packet = b"\x04" + b_varchar("4096") + b_varchar("4096")
        self.send(struct.pack("<BH", 0xE3, len(change)) + change + struct.pack("<BH", 0xE3, len(packet)) + packet +
                  struct.pack("<BH", 0xAD, len(body)) + body + done())

    def prelogin(self):
        options = [(0, b"\x0f\x00\x00\x00\x00\x00"), (1, b"\x02"), (2, b"\x00"), (3, b""), (4, b"\x00")]
        at, head, data = 5 * len(options) + 1, b"", b""
        for token, value in options:
            head += struct.pack(">BHH", token, at + len(data), len(value))
            data += value
        self.send(head + b"\xff" + data)

    def batch(self, payload):
        skip = struct.unpack_from("<I", payload)[0]
        sql = payload[skip:].decode("utf-16le", "replace")
        self.ran(sql)
        self.send(answer(sql))

    def rpc(self, payload):
        at = struct.unpack_from("<I", payload)[0]
        n = struct.unpack_from("<H", payload, at)[0]
        if n == 0xFFFF:
            name, at = PROCEDURES.get(struct.unpack_from("<H", payload, at + 2)[0], "?"), at + 4
        else:
            name, at = payload[at + 2:at + 2 + 2 * n].decode("utf-16le"), at + 2 + 2 * n
        values = Params(payload[at + 2:]).all()
        result, out = self.call(name, values)
        self.send(result + b"\x79\0\0\0\0" + out + done(token=0xFE))

    def call(self, name, values):
        """(tokens of the result, tokens of output parameters)"""
        texts = [v for v in values if isinstance(v, str)]
        if name == "sp_executesql":
            self.ran(texts[0])
            return answer(texts[0], 0xFF), b""
        if name in ("sp_prepare", "sp_prepexec"):
            self.prepared.append(texts[-1])
            handle = struct.pack("<BH", 0xAC, 0) + b_varchar("") + struct.pack("<BIHBBBI", 1, 0, 0, 0x26, 4, 4, len(self.prepared))
            if name == "sp_prepare":
                return b"", handle
            self.ran(texts[-1])
            return answer(texts[-1], 0xFF), handle
        if name == "sp_execute":
            sql = self.prepared[values[0] - 1]
            self.ran(sql)
            return answer(sql, 0xFF), b""
        if name != "sp_unprepare":
            self.ran("EXEC " + name)
        return (metadata() + done(0xFF) if name == "sp_columns" else b""), b""

    def handle(self):
        self.prepared = []
        while (message := self.packet()) is not None:
            kind, payload = message
            if kind == PRELOGIN:
                self.prelogin()
            elif kind == LOGIN:
                self.login()
            elif kind == BATCH:
                self.batch(payload)
            elif kind == RPC:
                self.rpc(payload)
            elif kind == ATTENTION:
                self.send(done(status=0x20))
            elif kind == BULK:
                self.send(done(status=0x10, count=1))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True


def main():
    with Server(("127.0.0.1", 0), Session) as server, open(sys.argv[1], "a") as log:
        server.log = log
        print(server.server_address[1], flush=True)
        server.serve_forever()


main()
