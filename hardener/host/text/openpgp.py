"""OpenPGP keys, armored or not, and their fingerprints: RFC 9580 §4.2, §5.5.4 and §6."""

import base64
import binascii
import hashlib
import re

BLOCK = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n:]+: [^\r\n]*\r?\n)*[ \t]*\r?\n"
    rb"([A-Za-z0-9+/=\s]+?)(?:\r?\n=[A-Za-z0-9+/]{4}\s*)?-----END PGP PUBLIC KEY BLOCK-----"
)
BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
END = "-----END PGP PUBLIC KEY BLOCK-----"
PRIMARY = 6  # the tag of a public key that is no subkey


def fingerprints(data):
    """Return the fingerprints (hexadecimal, upper case) of the keys; raises ValueError where it is no key."""
    armored = b"".join(map(_decoded, BLOCK.findall(data)))
    found = [_fingerprint(body) for tag, body in _packets(armored or data) if tag == PRIMARY]
    if not found:
        raise ValueError("there is no public key in it")
    return found


def armored(data):
    """Return the keys armored, as text, of either form; raises ValueError where there is none."""
    blocks = [found.group() for found in BLOCK.finditer(data)]
    if blocks:
        return "".join(block.decode("ascii").replace("\r\n", "\n") + "\n" for block in blocks)
    if not data or not data[0] & 0x80:
        raise ValueError("there is no public key in it")
    text = base64.b64encode(data).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    check = base64.b64encode(_crc24(data).to_bytes(3, "big")).decode("ascii")
    return "%s\n\n%s\n=%s\n%s\n" % (BEGIN, "\n".join(lines), check, END)


def _crc24(data):
    """RFC 9580 §6.1.1; gpg and apt of today still look at it."""
    crc = 0xB704CE
    for octet in data:
        crc ^= octet << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc & 0xFFFFFF


def _decoded(text):
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("its armor is damaged")


def _packets(data):
    """Yield (tag, body) of each packet."""
    at = 0
    while at < len(data):
        if not data[at] & 0x80:
            raise ValueError("it is no OpenPGP key")
        tag, start, length = (_new if data[at] & 0x40 else _old)(data, at)
        if start + length > len(data):
            raise ValueError("it is cut off")
        yield tag, data[start : start + length]
        at = start + length


def _old(data, at):
    octets = {0: 1, 1: 2, 2: 4}.get(data[at] & 3)
    if octets is None:
        raise ValueError("it is no OpenPGP key")
    start = at + 1 + octets
    return data[at] >> 2 & 15, start, int.from_bytes(data[at + 1 : start], "big")


def _new(data, at):
    tag, first = data[at] & 63, data[at + 1] if at + 1 < len(data) else 224
    if first < 192:
        return tag, at + 2, first
    if first < 224:
        return tag, at + 3, (first - 192 << 8) + int.from_bytes(data[at + 2 : at + 3], "big") + 192
    if first == 255:
        return tag, at + 6, int.from_bytes(data[at + 2 : at + 6], "big")
    raise ValueError("it is no OpenPGP key")


def _fingerprint(body):
    if body[:1] == b"\x04":
        hashed = b"\x99%s%s" % (len(body).to_bytes(2, "big"), body)
        return hashlib.sha1(hashed).hexdigest().upper()  # noqa: S324 - as all version 4 keys have it
    if body[:1] == b"\x06":
        return (
            hashlib.sha256(b"\x9b%s%s" % (len(body).to_bytes(4, "big"), body)).hexdigest().upper()
        )
    raise ValueError("it is a key of a version that is not known")
