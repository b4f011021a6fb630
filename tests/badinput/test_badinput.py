"""Bad input without root's rights: policies, SQL, recorded files. Each with a clear error, its exit status, and no crash."""
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
failures = 0


def run(args, data=b"", timeout=120):
    p = subprocess.run([PROGRAM, *args], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def verdict(ok, name, detail=""):
    global failures
    failures += not ok
    print(f"{'PASS' if ok else 'FAIL'} {name}")
    if not ok:
        print("      " + str(detail)[-1500:].replace("\n", "\n      "), flush=True)


POLICIES = [  # name, text, what the message must hold
    ("unknown key", b"tables:\n  - match: t\n    colour: red\n", [":3:5:", "colour"]),
    ("unknown top-level key", b"tabels:\n  - match: t\n", [":1:1:", "tabels", "tables"]),
    ("wrong type", b"tables: yes\n", [":1:9:", "tables"]),
    ("wrong type in a list", b"tables:\n  - match: [a, b]\n", [":2:", "match"]),
    ("broken YAML", b"tables:\n  - match: 'x\n", [":"]),
    ("tab as indent", b"tables:\n\t- match: x\n", [":2:"]),
    ("unknown severity", b"tables:\n  - match: t\n    severity: dreadful\n", [":3:", "severity", "high"]),
    ("unknown action", b"tables:\n  - match: t\nrules:\n  - name: r\n    when: {user: x}\n    action: maybe\n", [":6:", "action"]),
    ("missing match", b"tables:\n  - tags: [pii]\n", ["match"]),
    ("NUL byte", b"tables:\n  - match: a\0b\n", [":"]),
    ("invalid UTF-8", b"tables:\n  - match: \xff\xfe\n", [":"]),
    ("a list of lists of lists", b"[" * 5000, [":"]),
    ("aliases without end", b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a, *a]\n" % (i, i) for i in range(200)), [":"]),
]


def policies(where):
    for name, text, words in POLICIES:
        path = os.path.join(where, "policy.yaml")
        with open(path, "wb") as f:
            f.write(text)
        status, out, err = run(["policy", "check", path])
        missing = [w for w in words + ["policy.yaml"] if w not in err + out.decode(errors="replace")]
        verdict(status in (1, 2) and not missing, f"policy: {name}", f"exit {status}, missing {missing}: {err}")
    status, _, err = run(["policy", "check", os.path.join(where, "none.yaml")])
    verdict(status == 2 and "none.yaml" in err, "policy: no such file", f"{status} {err}")
    status, _, err = run(["run", "-c", os.path.join(where, "policy.yaml")])
    verdict(status == 2 and "policy.yaml" in err, "run with a broken policy", f"{status} {err}")


SQL = [
    ("invalid UTF-8", "SELECT \udcff\udcfe FROM user_ip_log", "user_ip_log"),
    ("NUL byte", "SELECT 1 \0 FROM user_ip_log", None),
    ("10 MB comment before the table", "SELECT /*" + "x" * 10_000_000 + "*/ ip FROM user_ip_log", "user_ip_log"),
    ("10 MB of a list", "SELECT ip FROM user_ip_log WHERE id IN (" + "1," * 5_000_000 + "1)", "user_ip_log"),
    ("10,000 nested parentheses", "SELECT " + "(" * 10000 + "SELECT ip FROM user_ip_log" + ")" * 10000, "user_ip_log"),
    ("10,000 nested parentheses, not closed", "SELECT " + "(" * 10000 + "SELECT ip FROM user_ip_log", "user_ip_log"),
    ("string without end", "SELECT ip FROM user_ip_log WHERE a = 'x", "user_ip_log"),
    ("comment without end", "SELECT ip FROM user_ip_log /* x", "user_ip_log"),
    ("empty", "", None),
    ("only operators", "= = <> || ;;;; ::", None),
]


def sql():
    for name, text, table in SQL:
        # json.dumps writes a lone surrogate as \udcff: no valid text either, which is what is to be tested
        line = json.dumps({"id": "x", "dialect": "postgres", "sql": text}).encode() + b"\n"
        status, out, err = run(["sql"], line)
        try:
            got = json.loads(out.decode(errors="replace").splitlines()[0])
        except (ValueError, IndexError):
            verdict(False, f"sql: {name}", f"exit {status}, output {out[:300]!r}, log {err}")
            continue
        named = table is None or table in json.dumps(got)
        verdict(status in (0, 1) and got.get("id") == "x" and named, f"sql: {name}", f"exit {status}: {json.dumps(got)[:600]} {err}")
    for name, line in (("not JSON", b"{\n"), ("not an object", b"[1]\n"), ("no sql", b'{"id":"x"}\n'), ("wrong type", b'{"id":"x","sql":7}\n'),
                       ("raw bytes", b'{"id":"x","sql":"SELECT \xff"}\n'), ("deep JSON", b"[" * 100000 + b"\n")):
        status, out, err = run(["sql"], line + b'{"id":"y","dialect":"sqlite","sql":"SELECT 1 FROM t"}\n')
        verdict(0 <= status <= 2 and (err.strip() or out.strip()), f"sql input: {name}", f"exit {status} {out!r} {err}")


def recorded(where):
    """Every recorded file, cut and with bits turned over: an error that names the place, or fewer lines; never a crash."""
    path = os.path.join(where, "x.rec")
    for name, data in (("empty file", b""), ("text", b"hello\n" * 100), ("zeroes", bytes(4096)), ("a lying size", b"\xff" * 64)):
        with open(path, "wb") as f:
            f.write(data)
        status, _, err = run(["replay", path])
        verdict(status in (1, 2) and "x.rec" in err, f"replay: {name}", f"exit {status} {err}")
    status, _, err = run(["replay", os.path.join(where, "none.rec")])
    verdict(status == 2 and "none.rec" in err, "replay: no such file", f"exit {status} {err}")
    dice = random.Random(1)
    for source in sorted(glob.glob(os.path.join(HERE, "..", "replay", "*.rec"))):
        with open(source, "rb") as f:
            whole = f.read()
        bad = []
        for i in range(40):
            data = bytearray(whole[:dice.randrange(1, len(whole))] if i % 2 else whole)
            for _ in range(0 if i % 4 == 1 else 8):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            with open(path, "wb") as f:
                f.write(data)
            status, _, err = run(["replay", path])
            if status not in (0, 1, 2) or (status and not err.strip()):
                bad.append((i, status, err[-600:]))
        verdict(not bad, f"replay: 40 damaged copies of {os.path.basename(source)}", bad[:2])


def usage():
    for args in ([], ["no-such"], ["replay"], ["policy"], ["policy", "check"], ["policy", "test"], ["sql", "--dialect", "cobol"],
                 ["run", "--no-such"], ["run", "-c"]):
        status, out, err = run(args)
        verdict(status == 2 and err.strip() and not out, f"usage: qprov {' '.join(args)}", f"exit {status} {out!r} {err}")
    for args in (["--help"], ["--version"]):
        status, out, err = run(args)
        verdict(status == 0 and out and len(out.splitlines()) <= 50, f"usage: qprov {' '.join(args)}", f"exit {status} {err}")


def main():
    with tempfile.TemporaryDirectory(prefix="qprov-bad-") as where:
        policies(where)
        sql()
        recorded(where)
        usage()
    sys.exit(1 if failures else 0)


main()
