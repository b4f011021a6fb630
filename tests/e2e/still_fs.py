"""A FUSE filesystem whose program can be made to stand still: the files of one folder, and what is written goes nowhere.

    still_fs.py SOURCE WHERE UID    serves until it is killed; "mounted" on stdout. UID: whose mount it is to the kernel.

Speaks the kernel's protocol (linux/fuse.h) itself: attributes and names are valid for no time, so that each look asks it, as a network
filesystem's do after some seconds; and a write is never answered, so that whoever waits for it holds his memory's lock.
"""
import ctypes
import errno
import os
import struct
import subprocess
import sys

LOOKUP, FORGET, GETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, BATCH_FORGET = (
    1, 2, 3, 14, 15, 16, 17, 18, 25, 26, 27, 28, 29, 42)
IN = struct.Struct("<IIQQIIIHH")
ROOT = 1
DIRECTORY = 0o040755


class Server:
    def __init__(self, source, where, uid):
        self.names = sorted(os.listdir(source))
        self.files = [open(os.path.join(source, n), "rb") for n in self.names]
        self.fd = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.fd},rootmode=40000,user_id={uid},group_id={uid},allow_other"
        if ctypes.CDLL(None, use_errno=True).mount(b"still", where.encode(), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount", where)

    def attr(self, node):
        st = os.fstat(self.files[node - 2].fileno()) if node > ROOT else None
        size, mode, t = (st.st_size, st.st_mode | 0o222, int(st.st_mtime)) if st else (4096, DIRECTORY, 0)
        return struct.pack("<6Q10I", node, size, (size + 511) // 512, t, t, t, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(self, op, node, body):
        if op == INIT:
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 1 << 17, 0, 16, 12, 1 << 17, 1, 0, 0, 0)
        if op == LOOKUP:
            name = body[:-1].decode()
            if name not in self.names:
                return -errno.ENOENT
            node = self.names.index(name) + 2
            return struct.pack("<5Q", node, 0, 0, 0, 0)[:32] + struct.pack("<II", 0, 0) + self.attr(node)
        if op == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + self.attr(node)
        if op in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, 0, 0)
        if op == READ:
            offset, size = struct.unpack_from("<8xQI", body)
            return os.pread(self.files[node - 2].fileno(), size, offset)
        if op == STATFS:
            return struct.pack("<5Q4I24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0)
        return b"" if op in (RELEASE, RELEASEDIR, FLUSH, READDIR) else -errno.ENOSYS

    def serve(self):
        print("mounted", flush=True)
        while True:
            try:
                request = os.read(self.fd, (1 << 17) + 8192)
            except OSError as e:
                if e.errno == errno.ENODEV:  # unmounted
                    return
                continue
            _, op, unique, node, *_ = IN.unpack_from(request)
            if op in (FORGET, BATCH_FORGET, WRITE):
                continue
            out = self.answer(op, node, request[IN.size:])
            error, out = (out, b"") if isinstance(out, int) else (0, out)
            os.write(self.fd, struct.pack("<IiQ", 16 + len(out), error, unique) + out)


def mount(closers, source, where, uid=0):
    """
    The serving process, to be sent SIGSTOP and SIGCONT. It ends, and what waits for it is released, at close(), and when we are killed: then
    somebody reads the end of a pipe of ours.
    """
    p = subprocess.Popen([sys.executable, os.path.abspath(__file__), source, where, str(uid)], stdout=subprocess.PIPE)
    guard = subprocess.Popen(["sh", "-c", 'read _; kill -KILL "$1"; umount -l "$2"', "sh", str(p.pid), where], stdin=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, start_new_session=True)
    closers.append(lambda: (guard.stdin.close(), guard.wait(20), p.wait(20)))
    if p.stdout.readline() != b"mounted\n":
        raise RuntimeError(f"no filesystem at {where}")
    return p


if __name__ == "__main__":
    Server(sys.argv[1], sys.argv[2], int(sys.argv[3])).serve()
