"""Ini files, in every dialect."""

from functools import partial
from typing import Any

from faults.fuzz.formats.edit import Edit, none
from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import dialects, encoding, newlines
from hardener.host.text.ini import Ini

NAMES = ("GENERIC", "PYTHON", "SUPERVISOR", "PHP", "MYCNF", "GIT", "SYSTEMD")
INI = [getattr(dialects, name) for name in NAMES]
SECTIONS = st.sampled_from(["s", "t", 'u "v"', "", "new"])
KEYS = st.sampled_from(["a", "B", "long name", "k-1", "x;y"])
VALUES = st.sampled_from(
    ["1", "x y", "", None, "p;q", "é\udcff", '"q ; r"', "1\n2", "a\\", "=", "#"]
)


def ini_split(dialect: Any, text: str) -> list[str]:
    return newlines.split(encoding.parted(text)[1], dialect.lone_cr)


def of(dialect: Any, text: str) -> Ini:
    return Ini.parse(encoding.parted(text)[1], dialect)


def printed(dialect: Any, text: str) -> str:
    return str(Ini.parse(text, dialect))


def ini_edit(method: str, dialect: Any, text: str, *arguments: Any) -> str:
    return changed("/x", text, lambda body: str(getattr(Ini(body, dialect), method)(*arguments)))


def occurrences(dialect: Any, text: str, section: str, key: str) -> list[Any]:
    return of(dialect, text).occurrences(section, key)


def ini_last(dialect: Any, text: str, section: str, key: str, *_: Any) -> set[int]:
    return {n for option in occurrences(dialect, text, section, key)[-1:] for n in option.lines}


def ini_all(dialect: Any, text: str, section: str, key: str, *_: Any) -> set[int]:
    return {n for option in occurrences(dialect, text, section, key) for n in option.lines}


def says(dialect: Any, text: str, section: str, key: str, value: Any) -> bool:
    return [option.value for option in occurrences(dialect, text, section, key)][-1:] == [value]


def says_all(dialect: Any, text: str, section: str, key: str, values: list[Any]) -> bool:
    return [option.value for option in occurrences(dialect, text, section, key)] == values


def says_nothing(dialect: Any, text: str, section: str, key: str) -> bool:
    return not occurrences(dialect, text, section, key)


def no_section(dialect: Any, text: str, section: str) -> bool:
    fold = dialect.fold_section
    ini = of(dialect, text)
    return not section or fold(section) not in map(fold, ini.sections())


def section_lines(dialect: Any, text: str, section: str) -> set[int]:
    """All from each of its headers to the next header."""
    fold, found, inside = dialect.fold_section, set(), False
    for number, line in enumerate(of(dialect, text).lines):
        if line.kind == "section":
            inside = bool(section) and fold(line.name) == fold(section)
        found |= {number} if inside else set()
    return found


def grown(*arguments: Any) -> int:
    """A header with a blank line above it, and the lines of the values; a last lone CR gets an end."""
    values = arguments[-1] if isinstance(arguments[-1], list) else [arguments[-1]]
    return 3 + sum((value or "").count("\n") + 1 for value in values)


def ini_edits(dialect: Any) -> dict[str, Edit]:
    def bound(function: Any) -> Any:
        return partial(function, dialect)

    def edit(method: str, arguments: Any, found: Any, touched: Any, added: Any) -> Edit:
        run = partial(ini_edit, method, dialect)
        return Edit(arguments, run, bound(found), bound(touched), added, bound(ini_split))

    lists = st.lists(VALUES, min_size=1, max_size=4)
    both = SECTIONS, KEYS
    return {
        f"ini {dialect.name} set": edit("set", st.tuples(*both, VALUES), says, ini_last, grown),
        f"ini {dialect.name} list": edit("set_all", st.tuples(*both, lists), says_all, ini_all, grown),
        f"ini {dialect.name} remove": edit(
            "remove", st.tuples(*both), says_nothing, ini_all, none
        ),
        f"ini {dialect.name} remove section": edit(
            "remove_section", st.tuples(SECTIONS), no_section, section_lines, none
        ),
    }  # fmt: skip


FORMATS = {f"ini {each.name}": partial(printed, each) for each in INI}
EDITS = {name: edit for each in INI for name, edit in ini_edits(each).items()}
