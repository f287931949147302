"""Stands in for the host's loop: sends each message back with what it knows of itself."""

import atexit
import json
import os
import sys
import traceback

from hardener.host.wire.frames import Frames


def main(reader, writer, root):
    frames = Frames(reader, writer)
    while True:
        message = frames.receive()
        if message is None:
            return
        globals()[message.get("do", "echo")](message, writer)
        frames.send(dict(message, pid=os.getpid(), uid=os.geteuid(), root=root, file=place()))


def place():
    """Where this was imported from: a file, or memory."""
    return globals().get("__file__", "memory")


def echo(message, writer):
    pass


def shout(message, writer):
    """More on stderr than a pipe holds, and a stray print."""
    sys.stderr.write("x" * message["count"])
    sys.stderr.flush()
    print("stray")
    sys.stdout.flush()


def mute(message, writer):
    """End stderr, as a daemon does, and stay."""
    os.close(1)
    os.close(2)


def die(message, writer):
    sys.stderr.write("last words\n")
    sys.exit(5)


def babble(message, writer):
    writer.write(b"\0\0\0\3{x}")
    writer.flush()


def boast(message, writer):
    writer.write(b"\xff\xff\xff\xff")
    writer.flush()


def sleep(message, writer):
    import time

    time.sleep(message["seconds"])


def work(message, writer):
    """Say nothing until a file is there."""
    import time

    while not os.path.exists(message["until"]):
        time.sleep(0.05)


def load(message, writer):
    __import__(message["module"])


def alone(*words):
    """An entry that no controller has asked for; only a Python that is taken apart says the second."""
    atexit.register(print, "taken apart")
    print(json.dumps(words))


def fall():
    """Tell of an error as the loop does, and fail."""
    try:
        raise ValueError("it fell")
    except ValueError:
        traceback.print_exc()
    return True


def environment(message, writer):
    message["environment"] = dict(os.environ)
    message["utf8"] = getattr(sys.flags, "utf8_mode", 1)
    with open("/proc/self/cmdline") as file:
        message["argv"] = file.read()
