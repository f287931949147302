"""The keys that let somebody in: options, type, key, comment on a line each (sshd(8), AUTHORIZED_KEYS).

A key is itself by its type and its bytes; options and comment are what is said of it.
"""

import base64
import binascii
import re
import struct

from hardener.host.errors import StepError
from hardener.host.text import newlines
from hardener.host.typed import NamedTuple, Optional

OPTIONS = re.compile(r'((?:[^\s"]|"(?:[^"\\]|\\.)*")+)\s+(.*)', re.DOTALL)
KEY = re.compile(r"([a-z0-9][a-z0-9@.-]*)[ \t]+(AAAA[A-Za-z0-9+/]+={0,3})(?:[ \t]+(.*))?$")


class Key(NamedTuple):
    """One line; options or comment that are None are as they are there."""

    type: str
    blob: str
    options: Optional[str] = None
    comment: Optional[str] = None

    def same(self, other):
        return other is not None and (self.type, self.blob) == (other.type, other.blob)

    def over(self, other):
        """This key with what it does not say itself taken from another."""
        options = other.options if self.options is None else self.options
        comment = other.comment if self.comment is None else self.comment
        return self._replace(options=options, comment=comment)

    def __str__(self):
        return " ".join(filter(None, [self.options, self.type, self.blob, self.comment]))


def read(line):
    """Return the Key of a line; None for comments, blank lines, and what is none."""
    line = newlines.bare(line).strip(" \t")
    if not line or line.startswith("#"):
        return None
    found, options = KEY.match(line), None
    if not found:
        parted = OPTIONS.match(line)
        found = parted and KEY.match(parted.group(2))
        options = parted and parted.group(1)
    if not found:
        return None
    return Key(found.group(1), found.group(2), options, found.group(3) or None)


def given(text):
    """Return the Keys of a text that a playbook gives; raises StepError for what is none."""
    if "PRIVATE KEY" in text:
        raise StepError(
            "this is a private key, which belongs on no host",
            hint="give the public one: the file that ends in .pub",
        )
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    return [checked(read(line), line) for line in lines]


def checked(key, line):
    """The bytes of a key begin with its type (RFC 4253, 6.6)."""
    try:
        data = base64.b64decode(key.blob.encode("ascii"), validate=True)
        length = struct.unpack(">I", data[:4])[0]
        whole = data[4 : 4 + length].decode("ascii", "replace") == key.type
    except (AttributeError, binascii.Error, struct.error):
        whole = False
    if not whole:
        raise StepError(
            "this is no public key: %.30s…" % line,
            hint="a line of a .pub file, such as: ssh-ed25519 AAAA… name",
        )
    return key


class AuthorizedKeys(newlines.Lines):
    """The lines of such a file."""

    @property
    def keys(self):
        return [key for key in map(read, self.lines) if key]

    def put(self, key):
        """Have this key. With options, in one line only: another could let in more than that one."""
        at = [n for n, line in enumerate(self.lines) if key.same(read(line))]
        if not at:
            return AuthorizedKeys(newlines.insert(self.lines, len(self.lines), [str(key)]))
        others = at[1:] if key.options is not None else []
        there = self.lines[at[0]]
        new = key.over(read(there))
        kept = [
            self._line(new, line) if n == at[0] else line
            for n, line in enumerate(self.lines)
            if n not in others
        ]
        return AuthorizedKeys(kept)

    def _line(self, key, line):
        """The line as it stands where it says the same: blanks in it are nobody's business."""
        now = read(line)
        if (now.options or "", now.comment or "") == (key.options or "", key.comment or ""):
            return line
        return str(key) + newlines.ending(line)

    def remove(self, key):
        return AuthorizedKeys(line for line in self.lines if not key.same(read(line)))

    def only(self, keys):
        """Take out all lines but those of these keys, comments and blank lines."""
        return AuthorizedKeys(line for line in self.lines if self._stays(line, keys))

    def _stays(self, line, keys):
        text = line.strip()
        return not text or text.startswith("#") or any(key.same(read(line)) for key in keys)
