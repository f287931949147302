"""Kernel parameters."""

from typing import Any

from faults.fuzz.formats.edit import Edit, none, one
from hypothesis import strategies as st

from hardener.host.text import newlines
from hardener.host.text.sysctl import SysctlConf

KERNEL = st.sampled_from(["k", "a.b", "net/x.y/z", "B"])
NUMBERS = st.sampled_from(["1", "2 3", "x=y", "", "é"])


def tuned(text: str, key: str, value: str) -> bool:
    return bool(SysctlConf(text).get(key) == " ".join(value.split()))


def winning(text: str, key: str, *_: Any) -> set[int]:
    at = SysctlConf(text).line_of(key)
    return {at - 1} if at else set()


def key_lines(text: str, key: str) -> set[int]:
    settings, own = SysctlConf(text).settings, SysctlConf(f"{key} = 1").settings[0].key
    return {setting.line - 1 for setting in settings if setting.key == own}


FORMATS = {
    "sysctl": lambda text: str(SysctlConf.parse(text)),
}
EDITS = {
    "sysctl": Edit(
        st.tuples(KERNEL, NUMBERS),
        lambda text, key, value: str(SysctlConf(text).set(key, value)),
        tuned,
        winning,
        one,
        newlines.split,
    ),
    "sysctl remove": Edit(
        st.tuples(KERNEL),
        lambda text, key: str(SysctlConf(text).remove(key)),
        lambda text, key: SysctlConf(text).line_of(key) is None,
        key_lines,
        none,
        newlines.split,
    ),
}
