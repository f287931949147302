"""Keys in both forms, by the checksum that RFC 9580 §6.1.1 gives."""

import base64

import pytest

from hardener.host.text import openpgp

KEY = """-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawi2TxYJKwYBBAHaRw8BAQdA3Rp5Ez1SSy5V8i+q6b0jSssovfLIQYdysQkb
Er8bsSi0DWFAZXhhbXBsZS5vcmeIkAQTFggAOBYhBDxexlZU+RfV2M037VXVi/AV
6OdvBQJrCLZPAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEFXVi/AV6Odv
r60A/3qWWEpXdUF7PW8RagOewM7MBv2v+jLB2j+mB1m3YqWqAQDIqsUYzsKEkOOA
bgcgqDMtbSWm/rvtio2T9rrLekWTCg==
=hG40
-----END PGP PUBLIC KEY BLOCK-----
"""
BINARY = base64.b64decode("".join(KEY.splitlines()[2:-2]))


def test_as_gpg_armors_it():
    assert openpgp.armored(BINARY) == KEY


def test_what_is_armored_stays_and_what_stands_around_it_goes():
    assert openpgp.armored(b"Hello\n" + KEY.encode("ascii") + b"\nbye\n") == KEY
    assert openpgp.armored(KEY.replace("\n", "\r\n").encode("ascii")) == KEY


@pytest.mark.parametrize("data", [b"", b"<html></html>"])
def test_what_is_none(data):
    with pytest.raises(ValueError, match="no public key"):
        openpgp.armored(data)
