"""What a process's BPF maps hold: entries of the hash maps, and the memory that the kernel accounts to all of them."""
import ctypes
import os
import platform
import struct

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
GET_NEXT_KEY, GET_FD_BY_ID, OBJ_GET_INFO_BY_FD = 4, 14, 15
HASH, LRU_HASH = 1, 9
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attr):
    data = ctypes.create_string_buffer(attr, 128)
    r = _libc.syscall(SYS_BPF, command, data, len(data))
    return r, ctypes.get_errno()


def _name(fd):
    info = ctypes.create_string_buffer(128)
    r, err = _bpf(OBJ_GET_INFO_BY_FD, struct.pack("=IIQ", fd, len(info), ctypes.addressof(info)))
    if r < 0:
        raise OSError(err, "BPF_OBJ_GET_INFO_BY_FD")
    key_size = struct.unpack_from("=I", info.raw, 8)[0]
    return info.raw[24:40].split(b"\0")[0].decode(), key_size


def _count(fd, key_size, at_most):
    """Walks all keys; others may come and go meanwhile, so it ends after so many."""
    key, following, n = None, ctypes.create_string_buffer(key_size), 0
    while n < at_most:
        r, _ = _bpf(GET_NEXT_KEY, struct.pack("=IIQQ", fd, 0, ctypes.addressof(key) if key else 0, ctypes.addressof(following)))
        if r < 0:
            break
        key = ctypes.create_string_buffer(following.raw[:key_size], key_size)
        n += 1
    return n


def held(pid):
    """({name: (entries, most)} of the hash maps of a process, bytes of all its maps)."""
    entries, memory = {}, {}  # a map that several objects share has a descriptor in each of them
    for name in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}") as f:
                said = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
        except FileNotFoundError:  # closed meanwhile
            continue
        if "map_id" not in said or said["map_id"] in memory:
            continue
        memory[said["map_id"]] = int(said["memlock"])
        if int(said["map_type"]) not in (HASH, LRU_HASH):
            continue
        fd, err = _bpf(GET_FD_BY_ID, struct.pack("=I", int(said["map_id"])))
        if fd < 0:
            raise OSError(err, "BPF_MAP_GET_FD_BY_ID")
        try:
            map_name, key_size = _name(fd)
            most = int(said["max_entries"])
            entries[map_name] = (_count(fd, key_size, most), most)
        finally:
            os.close(fd)
    return entries, sum(memory.values())
