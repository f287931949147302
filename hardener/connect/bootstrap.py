"""Start Python on the far end of a pipe and bring it the host's code.

One exec starts host/wire/bootstrap.py from its own command line. It answers with a line that
begins with a random mark, so whatever a login shell prints before is passed over; only
then is anything sent. A host that keeps the code under its hash costs one round trip.
"""

from __future__ import annotations

import binascii
import functools
import json
import os
import re
import struct
import zlib
from pathlib import Path

import hardener
from hardener.connect.bare import bare
from hardener.connect.channel import Hello
from hardener.connect.code import Code
from hardener.connect.pipe import Pipe
from hardener.connect.target import Target
from hardener.errors import PythonMissing, UsageError

ENTRY = "hardener.host.wire.loop:main"
NOISE = 1 << 20
UNPACK = "import binascii,sys,zlib;exec(zlib.decompress(binascii.a2b_base64(sys.argv[1])))"
PYTHONS = ("python3", *(f"python3.{minor}" for minor in range(14, 5, -1)))
PLATFORM_PYTHON = "/usr/libexec/platform-python"


def new_mark() -> str:
    """Return a mark that no banner holds by accident."""
    return f"hardener-{os.urandom(12).hex()}:"


@functools.cache
def program() -> str:
    """Return the packed text of host/wire/bootstrap.py, without comments, with the call that starts it."""
    source = (Path(hardener.__file__).parent / "host" / "wire" / "bootstrap.py").read_text("utf-8")
    return _base64(zlib.compress((bare(source) + "\nmain(sys.argv[2])\n").encode(), 9))


def arguments(target: Target, code: Code, mark: str, entry: str) -> list[str]:
    """Return what follows the interpreter: isolated, no site, UTF-8, our program, its wishes."""
    wishes = {"mark": mark, "code": code.digest, "root": target.root, "entry": entry}
    packed = _base64(json.dumps({**wishes, "keep": not target.looks_only}).encode())
    no_bytecode = ["-B"] if target.looks_only else []
    return ["-I", "-S", *no_bytecode, "-X", "utf8", "-c", UNPACK, program(), packed]


def shell_line(target: Target, code: Code, mark: str, entry: str) -> str:
    """Return a /bin/sh script, free of ' \\ ! and newlines, that runs the first fit Python.

    csh and fish read what stands between ' as sh does if none of these is in it. An interpreter
    too old for `-I` exits with 2, as bootstrap.py does; 126 and 127 are a shell's and pyenv's.
    """
    pythons = " ".join(f'"{name}"' for name in candidates(target))
    words = " ".join(f'"{word}"' for word in arguments(target, code, mark, entry))
    return (
        f"LC_ALL=C.UTF-8; export LC_ALL; for p in {pythons}; do "
        f'command -v "$p" >/dev/null 2>&1 || continue; "$p" {words}; r=$?; '
        f"case $r in 2|126|127) ;; *) exit $r;; esac; done; echo {mark}none"
    )


def candidates(target: Target) -> list[str]:
    """Return the interpreters to try, the configured one alone first."""
    if target.python and not re.fullmatch(r"[\w./+@%,: -]+", target.python):
        raise UsageError(f"{target.python!r} can't be the path of a Python", where=target.name)
    named = [target.python] if target.python else []
    return [*named, *PYTHONS, PLATFORM_PYTHON]


def arrive(pipe: Pipe, target: Target, code: Code, mark: str, seconds: float) -> Hello:
    """Wait for the bootstrap's line and send the code if the host has not got it."""
    pipe.skip_to(mark.encode(), NOISE, seconds)
    line = pipe.read_line(1 << 16, seconds)
    if line.strip() == b"none":
        raise python_missing(target)
    hello = _hello(pipe, line)
    if not hello.kept:
        sent = code.packed_small if hello.bz2 else code.packed
        pipe.write(struct.pack(">I", len(sent)) + sent)
    return hello


def python_missing(target: Target) -> PythonMissing:
    """Return the error for a host without a Python that can run our code."""
    looked = ", ".join(candidates(target))
    return PythonMissing(
        f"no Python >= 3.6 on {target.name}",
        where=target.name,
        why=f"looked for {looked}",
        hint="install the package python3, or name its path as `python` in the inventory",
    )


def _hello(pipe: Pipe, line: bytes) -> Hello:
    try:
        said = json.loads(line)
        version, kept = said["python"], said["kept"]
        euid, state = said["euid"], said["state"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise pipe.lost("the host's first line makes no sense") from error
    numbers = isinstance(version, list) and [type(each) for each in (*version, euid)] == [int] * 4
    if not (numbers and isinstance(state, str) and isinstance(kept, bool)):
        raise pipe.lost("the host's first line makes no sense")
    major, minor, micro = version
    return Hello((major, minor, micro), euid, state, kept, said.get("bz2") is True)


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
