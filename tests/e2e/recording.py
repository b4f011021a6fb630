"""Recordings (qprov run --record) as the tests read them: include/record.h, user/capture/recfile.c."""
import struct

REC_CALL, REC_FORK, REC_EXIT, REC_TICK, REC_STOP, REC_CONN = 5, 7, 8, 11, 14, 20
TASK_PID, TASK_PPID, TASK_LOGINUID = 16 + 24, 16 + 32, 16 + 48  # in rec_hdr and rec_task


def records(path):
    """Each record: kind, time, all of its bytes."""
    with open(path, "rb") as f:
        data = f.read()
    at = 16
    while at < len(data):
        size, kind, _, ts = struct.unpack_from("<IHHQ", data, at)
        yield kind, ts, data[at:at + size]
        at += size + 8
