"""The table of file systems."""

from faults.fuzz.formats.edit import Edit, one
from hypothesis import strategies as st

from hardener.host.text import newlines
from hardener.host.text.fstab import Entry, Fstab

ENTRIES = st.builds(
    Entry,
    st.sampled_from(["/dev/a", "UUID=1", "/sw ap", "\udcff"]),
    st.sampled_from(["/", "/mnt", "none", "/a b"]),
    st.sampled_from(["ext4", "swap"]),
    st.sampled_from([("defaults",), ("ro", "nodev")]),
)


def mounted(text: str, entry: Entry) -> bool:
    return entry in [each for _, each in Fstab(text).entries]


def mount_lines(text: str, entry: Entry) -> set[int]:
    return {at - 1 for at, each in Fstab(text).entries if each.identity() == entry.identity()}


FORMATS = {
    "fstab": lambda text: str(Fstab.parse(text)),
}
EDITS = {
    "fstab": Edit(
        st.tuples(ENTRIES),
        lambda text, entry: str(Fstab(text).set(entry)),
        mounted,
        mount_lines,
        one,
        newlines.split,
    ),
}
