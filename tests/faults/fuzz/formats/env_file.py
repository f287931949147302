"""Keys of a file of environment variables, by each who reads it."""

from faults.fuzz.formats.edit import Edit, none, one
from hypothesis import strategies as st

from hardener.host.text import newlines
from hardener.host.text.env_file import ASSIGNED, EnvFile

KEYS = st.sampled_from(["A", "B_1", "x"])
VALUES = st.sampled_from(["1", "", "a b", "a#b", 'q"q', "it's", "$x", " é "])


def lines_of(text: str, key: str, dialect: str) -> list[set[int]]:
    """The numbers of the lines of each place where a key is set."""
    found = [each for each in EnvFile(text, dialect).settings if each.key == key]
    spans = [
        (text.count("\n", 0, e.start), text.count("\n", 0, max(e.closes, e.end - 1))) for e in found
    ]
    return [set(range(first, last + 1)) for first, last in spans]


def setting(dialect: str) -> Edit:
    return Edit(
        st.tuples(KEYS, VALUES),
        lambda text, key, value: str(EnvFile(text, dialect).set(key, value)),
        lambda text, key, value: EnvFile(text, dialect).values().get(key) == value,
        lambda text, key, value: (lines_of(text, key, dialect) or [set()])[-1],
        one,
        newlines.split,
    )


def removing(dialect: str) -> Edit:
    return Edit(
        st.tuples(KEYS),
        lambda text, key: str(EnvFile(text, dialect).remove(key)),
        lambda text, key: key not in EnvFile(text, dialect).values(),
        lambda text, key: set().union(*lines_of(text, key, dialect)),
        none,
        newlines.split,
    )


FORMATS = {
    f"env_file {dialect}": lambda text, dialect=dialect: str(EnvFile(text, dialect))
    for dialect in ASSIGNED
}
EDITS = {f"env_file {dialect} set": setting(dialect) for dialect in ASSIGNED}
EDITS |= {f"env_file {dialect} remove": removing(dialect) for dialect in ASSIGNED}
