"""Ignore files: a person's lines and exceptions stay; git itself is the oracle."""

import atexit
import functools
import os
import subprocess
import tempfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text.gitignore import Gitignore
from hardener.host.text.globs import meet

OWN = "# mine\n*.pyc\nbuild/  \n\n*.log\n!keep.log\n"


def test_a_section_goes_to_the_end_and_grows():
    once = Gitignore.parse(OWN).add("Secrets", [".env", "*.pyc", "build/", "*.pem"])
    assert str(once) == OWN + "\n# --- Secrets (hardener) ---\n.env\n*.pem\n"
    more = Gitignore.parse(str(once) + "\n# after\nx\n").add("Secrets", ["*.key", ".env"])
    assert str(more) == str(once) + "*.key\n\n# after\nx\n"
    assert str(once.add("Secrets", [".env"])) == str(once)


def test_a_pattern_goes_above_an_exception_that_it_meets():
    doc = Gitignore.parse(OWN).add("Logs", ["keep.*", ".env"])
    assert str(doc) == OWN.replace("*.log\n", "# --- Logs (hardener) ---\nkeep.*\n\n*.log\n") + (
        "\n# --- Logs (hardener) ---\n.env\n"
    )
    assert [(rule.line, rule.pattern) for rule in doc.shadowed("keep.*")] == [(9, "keep.log")]
    assert doc.shadowed(".env") == []


def test_what_goes_above_an_exception_later_goes_to_the_same_section():
    once = Gitignore.parse(OWN).add("Logs", ["keep.*", ".env"])
    assert str(once.add("Logs", ["*eep.log"])) == str(once).replace(
        "keep.*\n", "keep.*\n*eep.log\n"
    )


def test_an_exception_below_an_ignored_folder_is_told():
    doc = Gitignore.parse("build/*\n!build/keep\n!other\n")
    assert [rule.pattern for rule in doc.overruled("build/")] == ["build/keep"]
    assert doc.overruled("*.o") == []


def test_empty_files_crlf_and_marks_of_byte_order():
    assert str(Gitignore.parse("").add("A", ["x"])) == "# --- A (hardener) ---\nx\n"
    assert (
        str(Gitignore.parse("a\r\nb").add("A", ["x"]))
        == "a\r\nb\r\n\r\n# --- A (hardener) ---\r\nx\r\n"
    )
    assert (
        str(Gitignore.parse("\ufeff!a\n").add("A", ["a"]))
        == "\ufeff# --- A (hardener) ---\na\n\n!a\n"
    )


@pytest.mark.parametrize(
    "text,pattern",
    [("x\\ \n", "x\\ "), ("\\#x   \n", "\\#x"), ("\\!x\r\n", "\\!x"), ("x\\\\  \n", "x\\\\")],
)
def test_known_patterns_are_known_in_any_spelling(text, pattern):
    assert Gitignore.parse(text).missing([pattern]) == []


@pytest.mark.parametrize("pattern", ["", "#x", "x ", "!", "a\nb", "   "])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(Refused):
        Gitignore.parse("").add("A", [pattern])


NAMES = ["a", "b", "ab", "a b", "#a", "!a", "abc"]
PATTERNS = st.sampled_from(
    [
        "a",
        "b",
        "a*",
        "*b",
        "?b",
        "[ab]",
        "/a",
        "**/ab",
        "*",
        "\\#a",
        "\\!a",
        "a\\ b",
        "*c",
        "a/",
        "a/**",
    ]
)
RULES = PATTERNS | PATTERNS.map("!{}".format)
FILES = st.tuples(
    st.lists(RULES | st.sampled_from(["", "# note", "a  ", "a\\ ", "x\t"]), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
).map(lambda t: t[1].join(t[0]) + t[1] * t[2])


@functools.lru_cache(maxsize=None)
def checkout():
    """An empty repository, removed when the tests end."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    subprocess.check_call(["git", "init", "-q", folder.name], stdout=subprocess.DEVNULL)
    return folder.name


def verdicts(text):
    """{name: (ignored, the pattern that says so)} as git says."""
    folder = checkout()
    with open(os.path.join(folder, ".gitignore"), "w", newline="") as file:
        file.write(text)
    command = ["git", "-c", "core.excludesFile=", "check-ignore", "-z", "-v", "-n", "--no-index"]
    git = subprocess.Popen(
        command + ["--stdin"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    fields = git.communicate("\0".join(NAMES).encode())[0].decode().split("\0")
    found = zip(fields[2::4], fields[3::4])
    return {
        name: (bool(pattern) and not pattern.startswith("!"), pattern) for pattern, name in found
    }


@given(FILES | st.text())
@example("")
def test_what_was_read_prints_the_same(text):
    assert str(Gitignore.parse(text)) == text


@settings(max_examples=120)
@given(FILES, st.lists(PATTERNS, min_size=1, max_size=3))
def test_exceptions_stay_and_new_patterns_hold(text, patterns):
    old = Gitignore.parse(text)
    new = old.add("A", patterns)
    assert str(new.add("A", patterns)) == str(new)
    rest = iter(line.rstrip("\r\n") for line in new.lines)
    assert all(line.rstrip("\r\n") in rest for line in old.lines)
    before, after = verdicts(text), verdicts(str(new))
    alone = verdicts("\n".join(old.missing(patterns)))
    for name in NAMES:
        if before[name][0] or before[name][1]:  # a rule of the person's decided: it still does so
            assert after[name][0] == before[name][0] or not before[name][1].startswith("!")
        elif alone[name][0]:
            assert after[name][0]


@settings(max_examples=60)
@given(PATTERNS, PATTERNS)
def test_patterns_that_match_one_path_meet(one, other):
    ignored = [verdicts(pattern) for pattern in (one, other)]
    if any(ignored[0][name][0] and ignored[1][name][0] for name in NAMES):
        assert meet(one, other)


@pytest.mark.parametrize(
    "one,other,expected",
    [
        ("*.log", "keep.log", True), ("a*c", "*b*", True), ("*.log", "*.txt", False), ("a", "b/a", True),
        ("/a", "b/a", False), ("a/**/b", "a/b", True), ("a/**", "/a", False), ("a/**", "a/x/y", True), ("/*", "a/b", False),
    ],
)  # fmt: skip
def test_meet(one, other, expected):
    assert meet(one, other) is expected is meet(other, one)
