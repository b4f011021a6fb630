#!/usr/bin/python3
"""Libraries where the linker's cache does not lead: never seen before, on an overlay, in a mounted image, of another C library.

    test_places.py PROGRAM [--late N]     N: never-seen libraries of each kind, each in a process of its own (default 20; 0: none)
"""
import argparse
import os
import shutil
import signal
import subprocess

import harness
from harness import ALL_QUERIES, Agent, Case, Human, Postgres, check, compile_client, dataset, equal, finish, folder, queries, tables, wait_until
from social import SCHEMA, make_sqlite

LIBPQ = os.path.realpath("/usr/lib/x86_64-linux-gnu/libpq.so.5")
SQLITE = os.path.realpath("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0")
IN_USE = "hooked while it was in use: statements before that were not seen"
CARRIES = "the program carries a library that reads database files, without the names of its functions"
UNKNOWN = "the program's file could not be opened any more: what it carries is not known"
HEARD = "the program's file could not be opened any more: its calls were seen, whether it carries a library without names is not known"
REFUSED = "mapped, but cannot be opened"
FOREIGN = REFUSED + ": its filesystem is a user's own (FUSE)"


def said(events, reason):
    return [e["qprov"]["coverage"] for e in dataset(events, "coverage") if e["qprov"]["coverage"]["reason"].startswith(reason)]


def late(program, human, pg, n):
    """A library that nobody has met is copied, loaded and used by a process that ends at once."""
    client, db = compile_client("late_client.c", ["dl"]), os.path.join(folder(0o777), "social.db")
    make_sqlite(db)
    agent = Agent(program, ALL_QUERIES, args=["-v"])
    wait_until(lambda: "searched" in agent.log(), "the walk is over")
    env = {**pg.env("late"), "TMPDIR": folder(0o777)}
    human.run([client, str(n), "pg", LIBPQ], env=env)
    human.run([client, str(n), "lite", SQLITE, db], env=env)
    events = agent.stop()
    seen = {s: sum(e["db"]["system"]["name"] == s for e in dataset(events, "query") if tables(e) == ["user_ip_log"])
            for s in ("postgresql", "sqlite")}
    told, gone = len([c for c in said(events, IN_USE) if "/late-" in c.get("path", "")]), 0
    for e in dataset(events, "coverage"):
        reason = e["qprov"]["coverage"]["reason"]
        if reason.endswith("mapped files were gone before they could be looked at"):
            gone += int(reason.split()[0])
    beat = dataset(events, "heartbeat")[-1]["qprov"]["heartbeat"].get("late", {})
    print(f"      {n} of each: {seen['postgresql']} statements of libpq, {seen['sqlite']} of SQLite; {told} files told as late, {gone} as gone; "
          f"mapped to hooked: {beat}", flush=True)
    # How many is a race against a process of milliseconds, printed above and measured by --late; that none is silent is the next case.
    with Case(f"late: {n} never-seen copies of libpq that connect first: the first statement of most"):
        check(n // 2 <= seen["postgresql"] <= n, f"{seen['postgresql']} of {n}")
    with Case(f"late: {n} never-seen copies of SQLite: each is an event, or its file is told as late or gone"):
        check(told + gone >= 2 * n, f"{told} files told as late, {gone} as gone, of {2 * n}")
        check(seen["sqlite"] <= n, f"{seen['sqlite']} statements of {n}")
    with Case("late: the heartbeat tells how long it took"):
        check(beat.get("files", 0) >= told, f"{beat}, {told} records")
        check(0 < beat["p50_us"] <= beat["p99_us"] <= beat["max_us"], str(beat))


def tiny(compiler, where):
    """The stand-in for libpq and its client, built into a folder."""
    lib, client = os.path.join(where, "libtiny.so"), os.path.join(where, "held_query")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-Wl,-soname,libtiny.so", "-o", lib, os.path.join(harness.CLIENTS, "tiny_pq.c")], check=True)
    subprocess.run([compiler, "-O1", "-o", client, os.path.join(harness.CLIENTS, "held_query.c"), lib, "-Wl,-rpath,$ORIGIN"], check=True)
    return client


def about_tiny(events):
    return sum("libtiny.so" in c.get("path", "") for reason in (IN_USE, REFUSED) for c in said(events, reason))


def held(agent, human, client):
    """Runs it until its library is hooked (which is told after the probes are in place) or refused, then lets it send; its pid."""
    before = about_tiny(agent.events(strict=False))
    p = human.popen([client], stdin=subprocess.PIPE)
    harness._closers.append(p.kill)
    equal(p.stdout.readline(), b"mapped\n", client)
    agent.wait_events(lambda ev: about_tiny(ev) > before, "a record about the library")
    p.stdin.close()
    check(p.wait(30) == 0, "the client failed")
    return p.pid


def caught(agent, human, client, what):
    with Case(what):
        pid = held(agent, human, client)
        agent.wait_events(lambda ev: queries(ev, pid), "its statement")
        equal(tables(queries(agent.events(strict=False), pid)[0]), ["user_ip_log"], "tables")


def mounted(argv, where):
    subprocess.run(argv, check=True, timeout=60)
    wait_until(lambda: os.path.ismount(where), where)
    harness._closers.append(lambda: subprocess.run(["umount", "-l", where], check=False, stderr=subprocess.DEVNULL))


def overlay(agent, human):
    top = folder()
    parts = [os.path.join(top, x) for x in ("lower", "upper", "work", "merged")]
    for part in parts:
        os.makedirs(part, 0o755)
    tiny("gcc", parts[0])
    mounted(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir={parts[0]},upperdir={parts[1]},workdir={parts[2]}", parts[3]], parts[3])
    caught(agent, human, os.path.join(parts[3], "held_query"), "places: a library on an overlay, from the layer below")
    with open(os.path.join(parts[3], "libtiny.so"), "ab") as f:
        f.write(b"\0")  # now it is copied up, another inode
    caught(agent, human, os.path.join(parts[3], "held_query"), "places: the same, copied up")


def image():
    """A program with a squashfs behind it, as AppImages are built; (file, offset)."""
    inside, out = folder(), os.path.join(folder(), "tool.AppImage")
    tiny("gcc", inside)
    shutil.copy("/bin/true", out)
    size = (os.path.getsize(out) + 4095) // 4096 * 4096
    os.truncate(out, size)
    os.chmod(out, 0o755)
    subprocess.run(["mksquashfs", inside, out + ".sq", "-quiet", "-no-progress", "-all-root"], check=True, stdout=subprocess.DEVNULL)
    with open(out, "ab") as f, open(out + ".sq", "rb") as sq:
        shutil.copyfileobj(sq, f)
    return out, size


def still(agent, human, file, size):
    """A user's filesystem that root may enter, too, and that does not answer when the agent comes to look: it must not wait for it."""
    where, conf = os.path.join("/tmp", f".mount_qprov{os.getpid()}s"), os.path.join(folder(), "fuse.conf")
    os.makedirs(where)
    os.chown(where, human.uid, human.gid)
    harness._closers.append(lambda: os.path.isdir(where) and os.rmdir(where))
    with open(conf, "w") as f:
        f.write("user_allow_other\n")
    subprocess.run(["mount", "--bind", conf, "/etc/fuse.conf"], check=True)
    try:
        server = human.popen(["squashfuse", "-f", "-o", f"offset={size},allow_other", file, where])
        harness._closers.append(server.kill)
        wait_until(lambda: os.path.ismount(where), where)
        harness._closers.append(lambda: subprocess.run(["umount", "-l", where], check=False, stderr=subprocess.DEVNULL))
    finally:
        subprocess.run(["umount", "/etc/fuse.conf"], check=True)
    agent.p.send_signal(signal.SIGSTOP)
    try:
        p = human.popen([os.path.join(where, "held_query")], stdin=subprocess.PIPE)
        harness._closers.append(p.kill)
        equal(p.stdout.readline(), b"mapped\n", where)
        server.send_signal(signal.SIGSTOP)
    finally:
        agent.p.send_signal(signal.SIGCONT)
    with Case("places: a filesystem of a user, open to root, whose program does not answer: told, and the agent goes on"):
        agent.wait_events(lambda ev: [c for c in said(ev, FOREIGN) if where in c.get("path", "")], "a record about it")
        server.send_signal(signal.SIGCONT)
        p.stdin.close()
        check(p.wait(30) == 0, "the client failed")
    caught(agent, human, tiny("gcc", folder()), "places: a library used right after that")


def appimage(agent, human):
    file, size = image()
    for options, what in ((["-o", f"offset={size},allow_other"], "places: an image mounted by FUSE"),):
        where = os.path.join("/tmp", f".mount_qprov{os.getpid()}")
        os.makedirs(where)
        harness._closers.append(lambda w=where: os.path.isdir(w) and os.rmdir(w))
        mounted(["squashfuse", *options, file, where], where)
        caught(agent, human, os.path.join(where, "held_query"), what)
    mode = os.stat("/dev/fuse").st_mode & 0o777  # everybody's by udev's rules; a /dev without udev may be narrower
    os.chmod("/dev/fuse", 0o666)
    harness._closers.append(lambda: os.chmod("/dev/fuse", mode))
    where = os.path.join("/tmp", f".mount_qprov{os.getpid()}u")
    os.makedirs(where)
    os.chown(where, human.uid, human.gid)
    harness._closers.append(lambda: os.path.isdir(where) and os.rmdir(where))
    with Case("places: an image that its user mounted, which is not opened, is told"):
        human.run(["squashfuse", "-o", f"offset={size}", file, where])
        harness._closers.append(lambda: subprocess.run(["umount", "-l", where], check=False, stderr=subprocess.DEVNULL))
        pid = held(agent, human, os.path.join(where, "held_query"))
        about = [e["qprov"]["coverage"] for e in dataset(agent.events(strict=False), "coverage") if where in str(e)]
        check(any(c["reason"] == FOREIGN for c in about), f"no record: {about}")
        equal(queries(agent.events(strict=False), pid), [], "statements")
    if os.path.exists("/etc/fuse.conf"):
        still(agent, human, file, size)
    else:
        harness.skip("places: a filesystem of a user that does not answer", "no /etc/fuse.conf (Debian: fuse3)")


def heard(agent, human, unseen):
    """A new program in a root of its own that is over and gone when it is looked for, but whose library was hooked before: its statement is there."""
    top = folder()
    client = tiny("gcc", top)
    held(agent, human, client)
    for path in [w for w in subprocess.run(["ldd", client], check=True, stdout=subprocess.PIPE).stdout.decode().split() if w.startswith("/")]:
        if not path.startswith(top):
            os.makedirs(top + os.path.dirname(path), exist_ok=True)
            shutil.copy(path, top + path)
        if "/libc." in path:  # without /proc there is no $ORIGIN
            os.rename(os.path.join(top, "libtiny.so"), top + os.path.dirname(path) + "/libtiny.so")
    shutil.copy(client, os.path.join(top, "fresh"))
    with Case("stripped: a program that nobody can find any more, of whose statements one was seen, is not told as if none was"):
        pid = unseen(human, ["/fresh"], root=top)
        agent.wait_events(lambda ev: queries(ev, pid), "its statement")

        def reasons(events):
            return [e["qprov"]["coverage"]["reason"] for e in dataset(events, "coverage") if e.get("process", {}).get("pid") == pid]
        agent.wait_events(reasons, "a record about it")
        equal(reasons(agent.events(strict=False)), [HEARD], "what is told")


def stripped(program, human):
    """A program with SQLite inside, whose functions cannot be found, that is over before anything can be looked at: here the agent stands still meanwhile."""
    other, db = Human("qprov-place2"), os.path.join(folder(0o777), "social.db")
    make_sqlite(db)
    agent = Agent(program, ALL_QUERIES, args=["-v"])
    wait_until(lambda: "searched" in agent.log(), "the walk is over")

    def reader(where):
        out = os.path.join(where, "reader")
        harness.static_sqlite(out, "-s", *harness.UNFOUND)
        return out

    def root():
        top = folder()
        shutil.copy(db, os.path.join(top, "db"))
        os.chmod(os.path.join(top, "db"), 0o644)
        reader(top)
        return top

    def unseen(who, argv, root=None):
        agent.p.send_signal(signal.SIGSTOP)
        try:
            return who.run(argv, root=root)[0]
        finally:
            agent.p.send_signal(signal.SIGCONT)

    def named(pid, who, reason):
        def about(events):
            return [e for e in dataset(events, "coverage") if e.get("process", {}).get("pid") == pid and e["qprov"]["coverage"]["reason"] == reason]
        agent.wait_events(about, f"{reason}: {pid}")
        equal(about(agent.events(strict=False))[0].get("user", {}).get("name"), who.name, "the person")

    path, inside = reader(folder()), root()
    with Case("stripped: the first run of a program in a place that is seen from here"):
        named(unseen(human, [path, db, "0"]), human, CARRIES)
    with Case("stripped: the same, of another person"):
        named(unseen(other, [path, db, "0"]), other, CARRIES)
    with Case("stripped: the first run in a root of its own, whose file nobody can find any more, is told as unknown"):
        named(unseen(human, ["/reader", "/db", "0"], root=inside), human, UNKNOWN)
    with Case("stripped: in a root of its own, the file being known"):
        human.run(["/reader", "/db", "1"], root=inside)
        named(unseen(other, ["/reader", "/db", "0"], root=inside), other, CARRIES)
    heard(agent, human, unseen)
    with Case("stripped: thirty new programs at once"):
        paths = [reader(folder()) for _ in range(30)]
        for p in [unseen(human, [p, db, "0"]) for p in paths]:
            agent.wait_events(lambda ev, p=p: any(e.get("process", {}).get("pid") == p for e in dataset(ev, "coverage")), f"a record about {p}")
        agent.stop()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--late", type=int, default=20)
    args = ap.parse_args()
    program = os.path.abspath(args.program)
    human, pg = Human("qprov-place"), Postgres(log=False)
    pg.psql(SCHEMA)
    os.chmod(pg.dir, 0o755)
    if args.late:
        late(program, human, pg, args.late)
    stripped(program, human)
    agent = Agent(program, ALL_QUERIES)
    overlay(agent, human)
    if shutil.which("musl-gcc"):
        caught(agent, human, tiny("musl-gcc", folder()), "places: a program of musl, which has no linker's cache")
    else:
        harness.skip("places: musl", "no musl-gcc (Debian: musl-tools)")
    if shutil.which("squashfuse") and shutil.which("mksquashfs") and os.path.exists("/dev/fuse"):
        appimage(agent, human)
    else:
        harness.skip("places: AppImage", "no squashfuse, mksquashfs (Debian: squashfuse, squashfs-tools) or /dev/fuse")
    agent.stop()
    finish()


main()
