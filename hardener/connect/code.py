"""The host's part of the program: as it is sent, sorted JSON of path → source text.

Unlike a zip its bytes do not depend on a zlib version, and a host needs no zipfile to read it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path

import hardener
from hardener.connect.bare import bare
from hardener.dataclass import dataclass

TOP = Path(hardener.__file__).parent


@dataclass(frozen=True)
class Code:
    """Source files, by their path, and the hash under which a host keeps them."""

    files: Mapping[str, str]
    digest: str

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Code:
        """Name these files; equal ones have equal names. Nothing is packed: most hosts keep them."""
        hashed = hashlib.sha256()
        for name, text in sorted(files.items()):
            data = text.encode()
            hashed.update(b"%s\0%d\0" % (name.encode(), len(data)))
            hashed.update(data)
        return cls(files, hashed.hexdigest())

    @functools.cached_property
    def packed(self) -> bytes:
        """What goes over the wire to a host that has it not: a hash of what follows, and that packed."""
        return hashlib.sha256(self._sent).digest() + zlib.compress(self._sent, 6)

    @functools.cached_property
    def packed_small(self) -> bytes:
        """The same by bzip2: a quarter less, for hosts that know it. Packed once a version and user."""
        from hardener.connect import packed  # costs those nothing whose hosts keep the code

        way = hashlib.sha256(_read(f"{TOP}/connect/bare.py").encode()).hexdigest()
        return packed.kept(f"{self.digest[:32]}-{way[:8]}.bz2", self._packed_small)

    def _packed_small(self) -> bytes:
        import bz2

        return hashlib.sha256(self._sent).digest() + bz2.compress(self._sent)

    @functools.cached_property
    def _sent(self) -> bytes:
        """Without comments, which are left out only where it is sent: its name is that of the sources."""
        files = {name: bare(text) for name, text in self.files.items()}
        return json.dumps(files, sort_keys=True).encode()


def host_files() -> dict[str, str]:
    """Return the sources that run on a host, by their path in the package."""
    folders = os.walk(TOP / "host")
    paths = [f"{folder}/{name}" for folder, _, names in folders for name in names]
    sources = [f"{TOP}/__init__.py", *(path for path in paths if path.endswith(".py"))]
    return {path[len(f"{TOP.parent}/") :]: _read(path) for path in sources}


def _read(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - a third of the time, for hundreds in each run
        return file.read().decode()


_building = threading.Lock()


def host_code() -> Code:
    """Return the code for hosts, built once a process, however many ask at the same time."""
    with _building:
        return _host_code()


@functools.cache
def _host_code() -> Code:
    return Code.of(host_files())
