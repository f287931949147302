"""What ssh_config asks for and paramiko can't do: then the user's own ssh is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hardener.connect.ssh_options import Options

# Options by the name that `ssh -G` prints, ssh_config(5)'s own, and the value that means: not wanted.
LACKS = (
    ("knownhostscommand", "KnownHostsCommand", "none"),
    ("pkcs11provider", "PKCS11Provider", "none"),
    ("proxyusefdpass", "ProxyUseFdpass", "no"),
    ("hostbasedauthentication", "HostbasedAuthentication", "no"),
)


def paramiko(options: Options, identities: Sequence[Path]) -> str:
    """Return the option that it lacks, by its name in ssh_config(5); "" where it does all."""
    for key, name, off in LACKS:
        if next(iter(options.get(key, (off,)))) != off:
            return name
    there = [kind for kind in map(_kind, identities) if kind]
    only_by_touch = there and all(kind.startswith("sk-") for kind in there)
    return "IdentityFile of a security key" if only_by_touch else ""


def _kind(identity: Path) -> str:
    """Return the type of a private key that is there, by the public one beside it; "" if it is not."""
    if not identity.exists():
        return ""
    try:
        return identity.with_name(identity.name + ".pub").read_text("utf-8", "replace")
    except OSError:
        return "unknown"
