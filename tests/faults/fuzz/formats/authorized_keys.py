"""Keys that log in."""

from typing import Any

from faults.fuzz.formats.edit import Edit, none, one
from hypothesis import strategies as st

from hardener.host.text import authorized_keys, newlines

KEYS = st.builds(
    authorized_keys.Key,
    st.sampled_from(["ssh-rsa", "ssh-ed25519"]),
    st.sampled_from(["AAAAa", "AAAAb="]),
    st.sampled_from([None, "", "restrict", 'from="a b"']),
    st.sampled_from([None, "", "x y", "é\udcff"]),
)


def authorized(text: str) -> Any:
    return authorized_keys.AuthorizedKeys.parse(text)


def is_authorized(text: str, key: Any) -> bool:
    """What the key says stands there; an empty option or comment is none."""
    found = [each for each in authorized(text).keys if key.same(each)]
    said = [
        getattr(found[0], name) == (getattr(key, name) or None)
        for name in ("options", "comment")
        if getattr(key, name) is not None
    ]
    return all(said) and (key.options is None or len(found) == 1)


def key_of(text: str, key: Any) -> set[int]:
    lines = newlines.split(text)
    return {n for n, line in enumerate(lines) if key.same(authorized_keys.read(line))}


FORMATS = {
    "authorized_keys": lambda text: str(authorized(text)),
}
EDITS = {
    "authorized_keys": Edit(
        st.tuples(KEYS),
        lambda text, key: str(authorized(text).put(key)),
        is_authorized,
        key_of,
        one,
        newlines.split,
    ),
    "authorized_keys remove": Edit(
        st.tuples(KEYS),
        lambda text, key: str(authorized(text).remove(key)),
        lambda text, key: not key_of(text, key),
        key_of,
        none,
        newlines.split,
    ),
}
