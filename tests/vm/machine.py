"""A whole Debian with systemd in QEMU under software emulation, for tests/vm/ways: its disk, made once by debootstrap, and one run of it."""
import glob
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CACHE = os.path.abspath(os.path.join(ROOT, os.environ.get("BUILD", "build"), "vm"))
SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
PACKAGES = """systemd systemd-sysv dbus dbus-user-session libpam-systemd udev kmod initramfs-tools linux-image-cloud-amd64 iproute2 procps
    login passwd util-linux util-linux-extra openssh-server openssh-client sudo cron at tmux screen auditd greetd polkitd sqlite3
    systemd-container podman crun uidmap netavark passt docker.io docker-cli lxc
    libbpf1 libelf1t64 libsodium23 libyaml-0-2 libjson-c5""".split()
DISK_BYTES = 3 << 30  # sparse
KEPT = ("vmlinuz", "initrd", "disk")
MEMORY_MIB = 2048


class Skip(Exception):
    pass


def need(*tools):
    for t in tools:
        if not shutil.which(t) and not os.path.exists("/usr/sbin/" + t):
            raise Skip(f"{t} is not installed (scripts/deps test)")


def run(argv, log, **kw):
    with open(log, "ab") as out:
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **kw)
    if p.returncode:
        with open(log, errors="replace") as f:
            raise RuntimeError(f"{argv[0]} failed ({p.returncode}): {f.read()[-1500:]}")


def image():
    """The folder with kernel, initrd and disk, from the cache or made of Debian's packages; another list of packages is another image."""
    with open(os.path.join(HERE, "guest", "build"), "rb") as f:
        mark = hashlib.sha256(f.read() + " ".join([SUITE] + PACKAGES).encode()).hexdigest()[:12]
    where = os.path.join(CACHE, "ways-" + mark)
    if all(os.path.exists(os.path.join(where, x)) for x in KEPT):
        return where
    need("debootstrap", "mke2fs")
    os.makedirs(CACHE, exist_ok=True)
    made = tempfile.mkdtemp(prefix="ways-", dir=CACHE)
    try:
        make(made)
        shutil.rmtree(where, ignore_errors=True)
        os.rename(made, where)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return where


def make(where):
    root, log = os.path.join(where, "root"), os.path.join(where, "log")
    try:
        run(["debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES), SUITE, root, MIRROR], log)
    except RuntimeError as e:
        raise Skip(f"Debian's {SUITE} cannot be had: {str(e)[-400:]}")
    shutil.copy(os.path.join(HERE, "guest", "build"), os.path.join(root, "build"))
    run(["chroot", root, "/build"], log)
    os.unlink(os.path.join(root, "build"))
    for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd", "initrd.img-*")):
        shutil.move(glob.glob(os.path.join(root, "boot", pattern))[0], os.path.join(where, name))
    run(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", root, os.path.join(where, "disk"), str(DISK_BYTES >> 10)], log)
    shutil.rmtree(root)


def share(files, where):
    """A small disk with these files ({name: path, or text}), which the machine writes its own into."""
    top, disk = os.path.join(where, "share"), os.path.join(where, "share.ext4")
    os.makedirs(os.path.join(top, "sessions"))
    os.chmod(top, 0o755)
    for name, what in files.items():
        path = os.path.join(top, name)
        if os.path.isabs(what):
            shutil.copy(what, path)
        else:
            with open(path, "w") as f:
                f.write(what)
    run(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", top, disk, "131072"], os.path.join(where, "log"))
    return disk


def fetch(disk, name, where):
    """A file that the machine left on its share; None: there is none."""
    path = os.path.join(where, "got")
    subprocess.run(["debugfs", "-R", f"dump /{name} {path}", disk], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        data = f.read()
    os.unlink(path)
    return data


def type_at_console(path, dialogue):
    """Answers what the second serial line shows, as a person there would: [(what is waited for, what is typed)]."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        shown = b""
        for wanted, typed in dialogue:
            while wanted not in shown:
                data = s.recv(4096)
                if not data:
                    return
                shown += data
            shown = b""
            s.sendall(typed)
        while s.recv(4096):
            pass


def boot(where, disk, dialogue, seconds, progress=None):
    """Runs the machine to its end; what its console showed. progress(line) as it goes."""
    with tempfile.TemporaryDirectory(prefix="qprov-vm-") as tmp:
        line = os.path.join(tmp, "s1")
        argv = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MIB), "-display", "none",
                "-no-reboot", "-nic", "none", "-kernel", os.path.join(where, "vmlinuz"), "-initrd", os.path.join(where, "initrd"),
                "-append", "root=/dev/vda rw console=tty0 console=ttyS0 quiet panic=-1 audit=1 systemd.show_status=no systemd.getty_auto=no",
                "-drive", f"file={where}/disk,format=raw,if=virtio,snapshot=on", "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe",
                "-serial", "stdio", "-serial", f"unix:{line},server=on,wait=off", "-monitor", "none"]
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        timer = threading.Timer(seconds, p.kill)
        timer.start()
        shown, typing = [], None
        try:
            for raw in p.stdout:
                text = raw.decode(errors="replace").rstrip()
                shown.append(text)
                if progress:
                    progress(text)
                if typing is None and os.path.exists(line):
                    typing = threading.Thread(target=type_at_console, args=(line, dialogue), daemon=True)
                    typing.start()
            p.wait()
        finally:
            timer.cancel()
            if p.poll() is None:
                p.kill()
                p.wait()
    return "\n".join(shown)
