#!/usr/bin/python3
# SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
"""Checks event lines: validate.py [--unordered] FILE... ("-": standard input).

Every line is strict JSON that fits doc/event.schema.json and stays below 8,000 bytes; event.sequence has no holes
from one start of the agent to the next; the parts of an event follow each other (both not asked of --unordered
collections of lines). Exit 1 when something is wrong, 2
when a file cannot be read or jsonschema (Debian: python3-jsonschema) is not there.
"""

import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("validate.py: python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(2)

LINE_MAX = 8000
SHOWN_MAX = 20
SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "doc", "event.schema.json")


def no_duplicates(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("duplicate key in %s" % keys)
    return dict(pairs)


def no_constant(name):
    raise ValueError("%s is not JSON" % name)


def parse(raw):
    text = raw.decode("utf-8")
    return json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constant)


class Stream:
    """What must hold from line to line."""

    def __init__(self, unordered):
        self.unordered = unordered
        self.sequence = None
        self.event_id = None
        self.part = None

    def check(self, line):
        event = line["event"]
        start = event["dataset"] == "qprov.agent" and event["action"] == "start"
        if self.unordered:
            return
        if self.sequence is not None and not start and event["sequence"] != self.sequence + 1:
            yield "sequence %d after %d" % (event["sequence"], self.sequence)
        self.sequence = event["sequence"]
        part = event.get("part")
        if part is not None and part > 1 and (event["id"] != self.event_id or self.part != part - 1):
            yield "part %d without the one before it" % part
        self.event_id, self.part = event["id"], part


def problems_of(validator, stream, raw):
    if not raw.endswith(b"\n"):
        yield "the line does not end"
    if len(raw) >= LINE_MAX:
        yield "%d bytes long" % len(raw)
    try:
        line = parse(raw)
    except ValueError as e:
        yield "not JSON: %s" % e
        return
    errors = sorted(validator.iter_errors(line), key=lambda e: list(map(str, e.absolute_path)))
    for e in errors:
        yield "/%s: %s" % ("/".join(map(str, e.absolute_path)), e.message[:300])
    if not errors:
        yield from stream.check(line)


def validate(validator, name, unordered):
    stream, lines, bad = Stream(unordered), 0, 0
    with open(0 if name == "-" else name, "rb") as f:
        for lines, raw in enumerate(f, 1):
            for problem in problems_of(validator, stream, raw):
                bad += 1
                if bad <= SHOWN_MAX:
                    print("%s:%d: %s" % (name, lines, problem), file=sys.stderr)
    if bad:
        print("%s: %d problems in %d lines" % (name, bad, lines))
    else:
        print("%s: %d lines valid" % (name, lines))
    return bad == 0


def main(names):
    unordered = names[:1] == ["--unordered"]
    names = names[unordered:]
    if not names:
        print(__doc__, file=sys.stderr)
        return 2
    with open(SCHEMA, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    try:
        return 0 if all([validate(validator, n, unordered) for n in names]) else 1
    except OSError as e:
        print("validate.py: %s" % e, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
