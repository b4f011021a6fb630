"""A server's port as it is seen through ssh: what somebody does who may not reach the server itself, or would not be seen doing so."""
import os
import shutil
import socket
import subprocess

import harness
import ways
from harness import free_port, wait_until


class Place:
    """What ways.Sshd asks for: who logs in, how programs are started."""

    def __init__(self, human):
        self.alice = human

    @staticmethod
    def run(argv):
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

    @staticmethod
    def daemon(argv, log):
        with open(log, "wb") as f:
            p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f, stderr=f)
        harness._closers.append(lambda: (p.terminate(), p.wait()))
        return p


def tunnel(human, to):
    """A port, as text, that ssh carries to port `to`, as it would from another host; "" when there is no ssh here."""
    if not (os.path.exists("/usr/sbin/sshd") and shutil.which("ssh")):
        return ""
    subprocess.run(["usermod", "-p", "*", human.name], check=True)  # a locked account may not log in
    sshd, port = ways.Sshd(Place(human), pam=False), free_port()
    os.chmod(sshd.key, 0o600)
    shutil.chown(sshd.key, human.name)
    p = human.popen(sshd.argv("-N", "-L", f"127.0.0.1:{port}:127.0.0.1:{to}"))
    harness._closers.append(lambda: (p.terminate(), p.wait()))

    def listens():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0
    wait_until(listens, "the tunnel")
    return str(port)
