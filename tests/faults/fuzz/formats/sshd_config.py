"""What sshd is told."""

from typing import Any

from faults.fuzz.formats.edit import Edit, none
from hypothesis import strategies as st

from hardener.host.text import newlines
from hardener.host.text.sshd_config import SshdConfig, arguments

SSHD = st.sampled_from(["UsePAM", "x11forwarding", "AllowUsers", "Port", "ForceCommand", "Banner"])
SSHD_VALUES = st.lists(
    st.sampled_from(["no", "22", "a b", '"c d"', "x # y", "\udcff", "", "a\nb", '"open']),
    min_size=1, max_size=3,
)  # fmt: skip
CRITERIA = st.sampled_from(["", "User x", "all"])


def ssh_set(text: str, keyword: str, values: list[str], criteria: str) -> str:
    values = values if keyword == "Port" else values[:1]
    return str(SshdConfig(text).set(keyword, values, criteria))


def ssh_remove(text: str, keyword: str, criteria: str) -> str:
    return str(SshdConfig(text).remove(keyword, criteria))


def ssh_found(text: str, keyword: str, criteria: str) -> list[Any]:
    config = SshdConfig(text)
    block = config.block(criteria) if criteria else 0
    return [] if block is None else config.found(keyword, block)


def ssh_says(text: str, keyword: str, values: list[str], criteria: str) -> bool:
    found = ssh_found(text, keyword, criteria)
    wanted = [list(arguments(keyword.lower(), value)) for value in values]
    if keyword == "Port":
        return [list(each.args) for each in found] == wanted
    args = [
        word for each in (found if keyword == "AllowUsers" else found[:1]) for word in each.args
    ]
    return ["no" if word.lower() == "no" else word for word in args] == wanted[0]


def ssh_lines(text: str, keyword: str, *rest: Any) -> set[int]:
    return {each.line - 1 for each in ssh_found(text, keyword, rest[-1])}


def ssh_gone(text: str, keyword: str, criteria: str) -> set[int]:
    """And the Match line of a block that says nothing any more, with the blank line above it."""
    config = SshdConfig(text)
    block = config.block(criteria) if criteria else None
    inside = [d.line - 1 for d in config.directives if block and d.block == block]
    above = {inside[0], inside[0] - 1} if inside else set()
    return ssh_lines(text, keyword, criteria) | above


FORMATS = {
    "sshd_config": lambda text: str(SshdConfig(text)),
}
EDITS = {
    "sshd_config": Edit(
        st.tuples(SSHD, SSHD_VALUES, CRITERIA),
        ssh_set,
        ssh_says,
        ssh_lines,
        lambda keyword, values, criteria: 2 + len(values),
        newlines.split,
    ),
    "sshd_config remove": Edit(
        st.tuples(SSHD, CRITERIA),
        ssh_remove,
        lambda text, keyword, criteria: not ssh_found(text, keyword, criteria),
        ssh_gone,
        none,
        newlines.split,
    ),
}
