"""Host keys that are strong: ed25519, and rsa of 3072 bits (ANSSI, ssh-audit).

Weak ones stay on the disk, unused: sshd-keygen of Red Hat makes missing ones anew at every boot.
"""

import base64
import binascii
import re
import struct

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.sshd.order import FOLDER

RSA_BITS = 3072


def strong(view):
    """Return the paths of the strong host keys, the best first."""
    found = [(kind(view, path), path) for path in view.glob(FOLDER + "/ssh_host_*_key")]
    good = sorted((name, path) for (name, bits), path in found if is_strong(name, bits))
    if not good:
        raise StepError(
            "this host has no strong host key",
            why="; ".join("%s: %s, %d bits" % (path, name, bits) for (name, bits), path in found),
            hint="make one: ssh-keygen -t ed25519 -N '' -f %s/ssh_host_ed25519_key" % FOLDER,
        )
    return [path for _, path in good]


def is_strong(name, bits):
    return name == "ssh-ed25519" or (name == "ssh-rsa" and bits >= RSA_BITS)


def kind(view, path):
    """Return (type, bits) of a key by its public half (RFC 4253, 6.6); ("", 0) without one."""
    found = re.match(r"(\S+)\s+(\S+)", view.read(File(path + ".pub")).text())
    try:
        parts = fields(base64.b64decode(found.group(2))) if found else []
    except (binascii.Error, struct.error):
        parts = []
    if not parts:
        return "", 0
    number = parts[-1] if parts[0] == b"ssh-rsa" else b""
    return found.group(1), int.from_bytes(number, "big").bit_length()


def fields(blob):
    """Return the strings of an SSH blob (RFC 4251, 5)."""
    found = []
    while blob:
        (size,) = struct.unpack(">I", blob[:4])
        found.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    return found
