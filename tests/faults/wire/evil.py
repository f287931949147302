"""A host of an attacker: greets as ours does, then does what its name says. Speaks without our code.

Named as `python` of a host in an inventory; takes its own fault from the name that it is run by.
"""

import base64
import json
import os
import struct
import sys

FACTS = {
    "os": {"id": "debian", "family": "debian"},
    "memory": {"total": 1, "available": 1, "swap_total": 0, "swap_free": 0},
    "cpu": {"count": 1},
    "network": {"hostname": "h"},
    "system": {
        "booted": True,
        "init": "",
        "container": "",
        "uid": 0,
        "date": "2026-11-26",
        "python": "3.11.0",
    },
    "packages": {"manager": "apt"},
}
BAD = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\r\n\udcff"
CHANGE = {
    "resource": "file:/x" + BAD,
    "action": "change" + BAD,
    "reverse": "exact",
    "risk": "",
    "diff": ["+" + BAD],
}
STEP = {
    "event": "step", "stage": "apply", "number": 1, "title": "T" + BAD, "type": "file", "where": BAD,
    "controls": [BAD],
    "status": "ok" + BAD, "changes": [CHANGE], "notes": [BAD], "why": BAD, "because": BAD,
    "error": {"type": "X", "what": BAD, "where": BAD, "why": BAD, "hint": BAD},
}  # fmt: skip
DONE = {
    "event": "done",
    "status": "ok",
    "counts": {},
    "error": None,
    "left": [],
    "journal": "",
    "within": None,
}
END = {"event": "end"}


def frame(message):
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body


def write(data):
    while data:
        data = data[os.write(1, data) :]


def tell(*messages):
    write(b"".join(map(frame, messages)))


def listen():
    """Wait for the next message; its text."""
    (count,) = struct.unpack(">I", sys.stdin.buffer.read(4))
    return sys.stdin.buffer.read(count)


def hello(mark, **more):
    said = {"python": [3, 11, 0], "euid": 0, "state": "/x", "kept": True, **more}
    write((mark + json.dumps(said) + "\n").encode())


def play(*messages):
    """Say what one is, take the play, answer with these."""
    listen()
    tell({"event": "facts", "facts": FACTS}, END)
    listen()
    tell(*messages)


def for_ever(data):
    while True:
        write(data)


def noise(mark):
    for_ever(b"Welcome to the machine\n" * 100)


def no_newline(mark):
    write(mark.encode())
    for_ever(b"x" * 1000)


def odd_hello(mark):
    write((mark + '["3"]\n').encode())


def deep_hello(mark):
    write(mark.encode() + b"[" * 60_000 + b"\n")


def typed_hello(mark):
    hello(mark, python=["3", BAD, 0])


def stderr_flood(mark):
    hello(mark)
    while True:
        os.write(2, b"\x1b[31mred\n" * 1000)


def oversized(mark):
    hello(mark)
    for_ever(b"\xff" * 1000)


def no_json(mark):
    hello(mark)
    listen()
    tell(b"{x}")


def nested(mark):
    hello(mark)
    tell(b'{"event":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


def bomb(mark):
    hello(mark)
    tell(b'{"event":"facts","facts":{"x":[' + b"{}," * 9_000_000 + b"{}]}}")


def out_of_range(mark):
    hello(mark)
    listen()
    tell(b'{"event":"facts","facts":{"memory":{"total":1e999}}}')


def ends_early(mark):
    hello(mark)
    os._exit(0)


def ends_in_a_frame(mark):
    hello(mark)
    write(frame(END)[:6])
    os._exit(0)


def no_facts(mark):
    hello(mark)
    tell(END)


def wrong_facts(mark):
    hello(mark)
    tell({"event": "facts", "facts": {**FACTS, "memory": {"total": "much"}}}, END)


def facts_for_ever(mark):
    hello(mark)
    for_ever(frame({"event": "facts", "facts": FACTS}))


def unknown_event(mark):
    hello(mark)
    play({"event": "recap", "hosts": {}}, END)


def a_play_of_its_own(mark):
    hello(mark)
    play({"event": "play", "name": "x", "hosts": ["honest"]}, END)


def no_event(mark):
    hello(mark)
    play({"what": 1}, END)


def missing_field(mark):
    hello(mark)
    play({"event": "step", "title": "x"}, END)


def speaks_for_another(mark):
    hello(mark)
    play({**STEP, "host": "honest"}, END)


def wrong_type(mark):
    hello(mark)
    play({**STEP, "changes": "all"}, END)


def wrong_status(mark):
    hello(mark)
    play({**DONE, "status": "won"}, END)


def error_without_words(mark):
    hello(mark)
    play({"event": "error"}, END)


def asks_of_another_step(mark):
    hello(mark)
    play({"event": "resolve", "number": 99, "stage": "preview", "results": {}}, END)


def asks_with_odd_results(mark):
    hello(mark)
    play({"event": "resolve", "number": 1, "stage": "preview", "results": {"x": "{{ 1 }}"}}, END)


def mute(mark):
    """Does not even greet."""


def silent(mark):
    hello(mark)
    play()
    while b'"play"' not in listen():
        pass
    open(os.environ["SAYS"] + "-play", "w").close()


def endless(mark):
    hello(mark)
    play()
    for_ever(frame({**STEP, "stage": "preview", "title": "x" * 200_000}))


def ends_without_end(mark):
    hello(mark)
    play(DONE)
    os._exit(0)


def facts_for_a_play(mark):
    hello(mark)
    play({"event": "facts", "facts": FACTS}, END)


def controls(mark):
    """All of it well formed: only the terminal is attacked."""
    sys.stderr.write(BAD.encode("utf-8", "replace").decode())
    hello(mark)
    play(
        {**STEP},
        {**STEP, "status": "changed", "changes": [{**CHANGE, "diff": ["+" + "x" * 5_000_000] * 3}]},
        {"event": "started", "number": 1, "title": BAD},
        {"event": "phase", "phase": BAD, "why": BAD},
        {"event": "check", "when": BAD, "title": BAD, "ok": False, "why": BAD},
        {"event": "diverged", "resource": BAD, "why": BAD},
        {"event": "undone", "stage": "apply", "resource": BAD, "title": BAD, "status": "conflict", "why": BAD,
         "diff": [BAD]},
        {"event": "error", "type": "X", "what": BAD, "where": BAD, "why": BAD * 10_000, "hint": BAD},
        {**DONE, "status": "failed", "counts": {BAD: 1}, "left": [[BAD, BAD, BAD]]},
        END,
    )  # fmt: skip


def main():
    wishes = json.loads(base64.b64decode(sys.argv[-1]))
    fault = os.environ["EVIL"]
    open(os.environ["SAYS"], "w").close()
    try:
        globals()[fault](wishes["mark"])
        sys.stdin.buffer.read()  # let the other side hear the last word
    except (BrokenPipeError, struct.error):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
