"""The bytes of a file, as a digest that knows where to get them."""

import hashlib

from hardener.host.door import layout

CHUNK = 1 << 20


class Hole(bytes):
    """Zeros that lie nowhere: a part of a sparse file."""


class Lying:
    """The chunks of a file that lies on a disk: who wants all of them may share its blocks instead."""

    def __init__(self, open_file):
        self.open_file = open_file

    def __iter__(self):
        return read_chunks(self.open_file)


class Content:
    """File content: equal by SHA-256, loaded only when asked for.

    A large file is never held in memory: `chunks()` streams it from where it
    lies and `sha256` stands for it everywhere else.
    """

    __slots__ = ("_chunks", "sha256", "size")

    def __init__(self, sha256, size, chunks):
        self.sha256 = sha256
        self.size = size
        self._chunks = chunks

    @classmethod
    def of(cls, data):
        """Content of these bytes."""
        return cls(hashlib.sha256(data).hexdigest(), len(data), lambda: iter((data,)))

    @classmethod
    def streamed(cls, open_file):
        """Content of the file that `open_file()` opens; read once now for its digest."""
        digest, size = hashlib.sha256(), 0
        for chunk in read_chunks(open_file):
            digest.update(chunk)
            size += len(chunk)
        return cls(digest.hexdigest(), size, lambda: Lying(open_file))

    def chunks(self):
        return self._chunks()

    def bytes(self):
        return b"".join(self.chunks())

    def __eq__(self, other):
        return isinstance(other, Content) and self.sha256 == other.sha256

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.sha256)

    def __repr__(self):
        return "Content(%s…, %d bytes)" % (self.sha256[:12], self.size)


def read_chunks(open_file):
    """Yield the bytes of a file, in a sparse one a Hole where nothing lies."""
    with open_file() as file:
        for start, length, stored in layout.stretches(file.fileno()):
            file.seek(start)
            yield from _stored(file, length) if stored else _holes(length)


def _stored(file, left):
    while left:
        chunk = file.read(min(left, CHUNK))
        if not chunk:
            return  # it was cut down meanwhile
        yield chunk
        left -= len(chunk)


def _holes(left):
    while left:
        yield Hole(min(left, CHUNK))
        left -= min(left, CHUNK)
