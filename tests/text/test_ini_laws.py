"""Laws of the ini editor, with Python's own parser (the one inside supervisor) as oracle."""

import configparser
import io

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text import dialects
from hardener.host.text.ini import Ini

DIALECTS = [
    getattr(dialects, name)
    for name in ["GENERIC", "PYTHON", "SUPERVISOR", "PHP", "MYCNF", "SYSTEMD", "GIT"]
]
PIECES = st.sampled_from(
    [
        "a",
        "B",
        "key",
        "=",
        " = ",
        ":",
        " ",
        "  ",
        "\t",
        ";",
        " ;",
        "#",
        " # ",
        "[s]",
        "[t]",
        "[DEFAULT]",
    ]
    + [
        "\\",
        '"',
        "'",
        "%",
        "\r",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\n\n",
        "\n ",
        "\x0b",
        "\u00a0",
        "\udcff",
        "é",
    ]
)
ANYTHING = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40)

HEADERS = st.sampled_from(["[s]", "[t]", "[s] ; note", " [u x] #", "[DEFAULT]", "[s]#"])
NAMES = st.sampled_from(["a", "b", "Key", "KEY", "long name", "x;y"])
SPACES = st.sampled_from(["", " ", "  ", "\t"])
WORDS = st.sampled_from(["1", "x", "p;q", "r#", '"a', 'b"', "%(here)s", "=", ":", ";", "é\udcff"])
VALUES = st.lists(WORDS, max_size=3).map(" ".join)
NOTES = st.sampled_from(["", "", " ; note", "\t# note", " ;a #b", " "])
OPTIONS = st.tuples(SPACES, NAMES, SPACES, st.sampled_from("=:"), SPACES, VALUES, NOTES).map(
    "".join
)
OTHERS = st.sampled_from(["", " ", "; comment", "  # comment", "    more", "\tmore ; note", "#a=1"])
BODY = st.lists(OPTIONS | OPTIONS | HEADERS | OTHERS, max_size=14)
ENDS = st.sampled_from(["\n", "\r\n", "\n", "\r"])
FILES = st.tuples(st.lists(OTHERS, max_size=1), HEADERS, BODY, ENDS, st.booleans()).map(
    lambda t: t[3].join(t[0] + [t[1]] + t[2]) + (t[3] if t[4] else "")
)


def supervisor_parser():
    """What supervisor/options.py makes of RawConfigParser."""
    return configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)


def python_parser():
    return configparser.RawConfigParser(strict=False)


ORACLES = [(dialects.SUPERVISOR, supervisor_parser), (dialects.PYTHON, python_parser)]


def oracle(make, text):
    """{section: {key: value}} as the parser reads the file; None if it can't."""
    parser = make()
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        return None
    read = {section: dict(parser._sections[section]) for section in parser.sections()}
    read["DEFAULT"] = dict(parser.defaults())
    return read


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@given(text=ANYTHING | FILES)
@example(text="")
@example(text="[a]\r\nb = c ; d\r\n\td")
def test_what_was_read_prints_the_same(dialect, text):
    assert str(Ini.parse(text, dialect)) == text


@pytest.mark.parametrize("dialect,make", ORACLES, ids=lambda d: getattr(d, "name", ""))
@given(text=FILES | ANYTHING)
@example(text="[s]\na=x ;y #z\nb=a;b ;c #d")
def test_reads_what_the_oracle_reads(dialect, make, text):
    expected = oracle(make, text)
    assume(expected is not None)
    ini = Ini.parse(text, dialect)
    assert ini.sections() == [name for name in expected if name != "DEFAULT"]
    for section in ini.sections():
        own = dict(expected["DEFAULT"])
        own.update(expected[section])
        assert dict(ini.options(section)) == own


@pytest.mark.parametrize("dialect,make", ORACLES, ids=lambda d: getattr(d, "name", ""))
@given(text=FILES, section=st.sampled_from(["s", "t", "u x", "new"]), key=NAMES, value=VALUES)
@example(text="[s]\na = 1 ; note", section="s", key="a", value='bash -c "a ; b"')
@example(text="[s]\na=x ;y #z", section="s", key="a", value="p;q")
def test_set_changes_that_option_only(dialect, make, text, section, key, value):
    before = oracle(make, text)
    assume(before is not None)
    try:
        after = oracle(make, str(Ini.parse(text, dialect).set(section, key, value)))
    except Refused:
        return
    before.setdefault(section, {})[key.lower()] = value
    assert after == before


@pytest.mark.parametrize("dialect,make", ORACLES, ids=lambda d: getattr(d, "name", ""))
@given(text=FILES, section=st.sampled_from(["s", "t", "u x", "new"]), key=NAMES)
def test_remove_removes_that_option_only(dialect, make, text, section, key):
    before = oracle(make, text)
    assume(before is not None)
    before.get(section, {}).pop(key.lower(), None)
    assert oracle(make, str(Ini.parse(text, dialect).remove(section, key))) == before


@pytest.mark.parametrize("dialect,make", ORACLES, ids=lambda d: getattr(d, "name", ""))
@given(text=FILES, section=st.sampled_from(["s", "t", "u x", "new"]))
def test_remove_section_removes_that_section_only(dialect, make, text, section):
    before = oracle(make, text)
    assume(before is not None)
    before.pop(section, None)
    try:
        new = Ini.parse(text, dialect).remove_section(section)
    except Refused:  # an indented header below would go on with an option above
        return
    assert oracle(make, str(new)) == before


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@given(
    text=FILES | ANYTHING,
    section=st.sampled_from(["s", "t"]),
    key=NAMES,
    value=st.sampled_from(["1", "x y"]),
)
def test_a_set_touches_no_other_line(dialect, text, section, key, value):
    old = Ini.parse(text, dialect)
    try:
        new = old.set(section, key, value)
    except Refused:
        return
    assert new.get(section, key) == value
    assert str(new.set(section, key, value)) == str(new)
    lines, kept = [str(line) for line in old.lines], [str(line) for line in new.lines]
    touched = set(old.occurrences(section, key)[-1].lines) if old.line_of(section, key) else set()
    unterminated = {len(lines) - 1} if not text.endswith("\n") else set()
    rest = iter(kept)
    assert all(line in rest for at, line in enumerate(lines) if at not in touched | unterminated)


@given(text=FILES)
@example(text="[s]\n [u x] #")
@example(text="[s]\na=p;q ;a #b")
@example(text="[s]\ra=p;q ;a #b\r")
def test_plain_values_are_never_refused(text):
    assume(oracle(supervisor_parser, text) is not None)
    ini = Ini.parse(text, dialects.SUPERVISOR)
    assert ini.set("s", "stopasgroup", "true").get("s", "stopasgroup") == "true"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@given(
    parts=st.lists(FILES, min_size=2, max_size=4),
    at=st.integers(0, 60),
    gone=st.integers(0, 2),
    new=st.lists(st.tuples(OPTIONS | HEADERS | OTHERS | PIECES, ENDS).map("".join), max_size=2),
)
@example(parts=["[s]\na=1\n", "[t]\n"], at=2, gone=0, new=["b=\\\n"])
@example(parts=["[s]\na=1\n", " [t]\n", "[u x]\n"], at=1, gone=1, new=["\n"])
def test_what_is_read_in_part_is_read_as_the_whole(dialect, parts, at, gone, new):
    ini = Ini("\n".join(parts), dialect)
    lines = [str(line) for line in ini.lines]
    lines[at : at + gone] = new
    part, whole = ini._with(lines), Ini("".join(lines), dialect)
    assert part.lines == whole.lines
    assert part.found == whole.found
    assert str(part) == str(whole)
