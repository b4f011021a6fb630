"""Root folders with the client libraries of other Debian releases: what Debian's packages hold, unpacked and not configured, kept in
BUILD/releases. Programs are compiled here against what lies there (gcc --sysroot), so that they need no newer C library than it has.
"""
import glob
import os
import shutil
import stat
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.abspath(os.path.join(ROOT, os.environ.get("BUILD", "build"), "releases"))
SUITES = {"bullseye": "Debian 11", "trixie": "Debian 13", "sid": "Debian sid"}
PACKAGES = ["libc6-dev", "libpq-dev", "libmariadb-dev", "libsqlite3-dev", "postgresql-client", "mariadb-client", "sqlite3"]
MORE = {"sid": ["libmysqlclient24"]}  # the only release with Oracle's library
ALONE = {"sid": ["libmysqlclient-dev"]}  # stands against libmariadb-dev: only its headers are used, from MYSQL below
MYSQL = "opt/mysql"
LIBS = "usr/lib/x86_64-linux-gnu"


class Unreachable(Exception):
    pass


def apt(where, *argv):
    """An apt of its own, on a machine where nothing is installed."""
    options = ["Dir::Etc::SourceList=" + os.path.join(where, "sources.list"), "Dir::Etc::SourceParts=/dev/null", "Dir::Etc::PreferencesParts=/dev/null",
               "Dir::State::Lists=" + os.path.join(where, "lists"), "Dir::State::status=" + os.path.join(where, "status"),
               "Dir::Cache=" + where, "APT::Sandbox::User=root"]
    return [argv[0], *sum((["-o", o] for o in options), []), *argv[1:]]


def run(argv, where=None):
    p = subprocess.run(argv, cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise Unreachable(f"{argv[0]}: {p.stdout.decode(errors='replace')[-300:].strip()}")


def download(suite, where):
    for part in ("lists/partial", "archives/partial", "alone"):
        os.makedirs(os.path.join(where, part), exist_ok=True)
    open(os.path.join(where, "status"), "w").close()
    with open(os.path.join(where, "sources.list"), "w") as f:
        f.write(f"deb http://deb.debian.org/debian {suite} main\n")
    run(apt(where, "apt-get", "-qq", "update"))
    run(apt(where, "apt-get", "-qq", "-y", "--no-install-recommends", "--download-only", "install", *PACKAGES, *MORE.get(suite, [])))
    for name in ALONE.get(suite, []):
        run(apt(where, "apt-get", "-qq", "download", name), os.path.join(where, "alone"))


def unpack(deb, root):
    """As dpkg would on a system whose /lib is /usr/lib."""
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], stdin=tar.stdout, check=True)
    tar.stdout.close()
    if tar.wait():
        raise Unreachable(f"{deb} is damaged")


def mend_links(root):
    """Absolute links of the loader and the libraries would lead to ours when something is linked against them."""
    for folder in ("usr/lib64", LIBS):
        for name in os.listdir(os.path.join(root, folder)):
            path = os.path.join(root, folder, name)
            if os.path.islink(path) and os.readlink(path).startswith("/"):
                target = os.path.join(root, os.readlink(path)[1:])
                os.unlink(path)
                os.symlink(os.path.relpath(os.path.realpath(target), os.path.dirname(path)), path)


def make(suite, where):
    """The root is put in its place when it is whole."""
    root = tempfile.mkdtemp(prefix="new-", dir=where)
    os.chmod(root, 0o755)
    for name in ("bin", "sbin", "lib", "lib64"):
        os.makedirs(os.path.join(root, "usr", name))
        os.symlink("usr/" + name, os.path.join(root, name))
    os.makedirs(os.path.join(root, MYSQL))
    for deb in sorted(glob.glob(os.path.join(glob.escape(where), "archives/*.deb"))):
        unpack(deb, root)
    for deb in glob.glob(os.path.join(glob.escape(where), "alone/*.deb")):
        unpack(deb, os.path.join(root, MYSQL))
    mend_links(root)
    for part in ("usr/share", "usr/lib/gcc", "usr/lib/systemd", "var"):
        shutil.rmtree(os.path.join(root, part), ignore_errors=True)
    for name in glob.glob(os.path.join(glob.escape(root), LIBS, "*.a")):
        if os.path.basename(name) not in ("libc_nonshared.a", "libpthread.a", "libdl.a", "libm.a"):
            os.unlink(name)
    os.makedirs(os.path.join(root, "tmp"), exist_ok=True)
    os.makedirs(os.path.join(root, "dev"), exist_ok=True)
    os.mknod(os.path.join(root, "dev/null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.chmod(os.path.join(root, "dev/null"), 0o666)
    os.makedirs(os.path.join(root, "clients"))
    if suite != "sid":  # there are systems with the loader's cache, and without
        subprocess.run(["ldconfig", "-r", root], check=True)
    with open(os.path.join(root, "packages"), "w") as f:
        for deb in glob.glob(os.path.join(glob.escape(where), "archives/*.deb")):
            name, version, _ = os.path.basename(deb).split("_")
            f.write(f"{name} {version.replace('%3a', ':')}\n")
    os.rename(root, os.path.join(where, "root"))


def root_of(suite):
    """The root folder of a release; made when it is not there. Raises Unreachable when Debian cannot be asked."""
    where = os.path.join(CACHE, suite)
    root = os.path.join(where, "root")
    if os.path.isdir(root):
        return root
    os.makedirs(where, exist_ok=True)
    download(suite, where)
    make(suite, where)
    for part in ("archives", "alone", "lists"):
        shutil.rmtree(os.path.join(where, part), ignore_errors=True)
    return root


def package(root, names):
    """ "libpq5 17.12-0+deb13u1": the first of these packages that is there. """
    with open(os.path.join(root, "packages")) as f:
        found = dict(line.split() for line in f)
    return next((f"{n} {found[n]}" for n in names if n in found), None)


def accounts(root, humans):
    """The people who run programs there."""
    with open(os.path.join(root, "etc/passwd"), "w") as f:
        f.write("root:x:0:0::/:/bin/sh\n" + "".join(f"{h.name}:x:{h.uid}:{h.gid}::/:/bin/sh\n" for h in humans))


def compile_client(root, source, libs, more=(), name=None):
    """Builds a program for that root; its path there."""
    name = name or os.path.splitext(os.path.basename(source))[0]
    out = os.path.join(root, "clients", name)
    there = os.path.join(root, LIBS)  # before our own compiler's folders
    argv = ["gcc", f"--sysroot={root}", f"-B{there}", f"-L{there}", "-Wl,--allow-shlib-undefined", "-std=gnu11", "-O1", "-Wall", "-Wextra",
            "-o", out, source, *more, *[f"-l{x}" for x in libs]]
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise AssertionError(p.stdout.decode(errors="replace")[-2000:])
    return "/clients/" + name
