"""The three-way merge: its laws, and `git merge-file` as oracle."""

import os
import subprocess
import tempfile

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hardener.host.text.diff3 import merge

TEXTS = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"d"]), max_size=9)


@given(TEXTS, TEXTS)
def test_a_side_that_changed_nothing_gives_way(base, new):
    for one, other in [(base, new), (new, base), (new, new)]:
        found = merge(base, one, other)
        assert found.clean
        assert list(found.lines) == new


@given(TEXTS, TEXTS, TEXTS)
def test_both_sides_are_equal(base, ours, theirs):
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert one.lines == other.lines
    assert [(c.start, c.base, c.theirs, c.ours) for c in one.conflicts] == list(other.conflicts)


NUMBERED = st.integers(2, 9).map(lambda n: [b"%d\n" % i for i in range(n)])
PATCH = st.lists(st.sampled_from([b"x\n", b"y\n"]), max_size=2)


@given(NUMBERED, st.data())
def test_edits_apart_from_each_other_both_survive(base, data):
    middle = data.draw(st.integers(0, len(base) - 1))
    cuts = sorted(data.draw(st.tuples(*[st.integers(0, middle)] * 2)))
    more = sorted(data.draw(st.tuples(*[st.integers(middle + 1, len(base))] * 2)))
    first, second = data.draw(PATCH), data.draw(PATCH)
    ours = base[: cuts[0]] + first + base[cuts[1] :]
    theirs = base[: more[0]] + second + base[more[1] :]
    found = merge(base, ours, theirs)
    assert found.clean
    assert (
        list(found.lines)
        == base[: cuts[0]] + first + base[cuts[1] : more[0]] + second + base[more[1] :]
    )


def test_a_conflict_says_what_each_side_made_of_what():
    found = merge([b"1\n", b"2\n", b"3\n"], [b"1\n", b"b\n", b"3\n"], [b"1\n", b"c\n", b"3\n"])
    assert found.conflicts == ((1, (b"2\n",), (b"b\n",), (b"c\n",)),)


def git_merge(base, ours, theirs):
    """The merged bytes, or None in a conflict."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("ours", "base", "theirs")]
        for path, lines in zip(paths, (ours, base, theirs)):
            with open(path, "wb") as file:
                file.write(b"".join(lines))
        done = subprocess.Popen(
            ["git", "merge-file", "-p", *paths], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        merged = done.communicate()[0]
        return merged if done.returncode == 0 else None


# git merges these by the one reading its diff takes; the added `a` may stand before the `x`
def lines(*texts):
    """One line a letter."""
    return tuple([b"%c\n" % letter for letter in text] for text in texts)


SLIDING = lines(b"aab", b"aaab", b"xaab")


def test_a_line_added_beside_its_equals_is_a_conflict_if_they_could_be_one():
    assert git_merge(*SLIDING) is not None
    assert not merge(*SLIDING).clean


@st.composite
def edited(draw):
    """A base whose lines are all different, and two edits of it."""
    base = draw(NUMBERED)
    sides = []
    for words in ([b"x\n", b"z\n"], [b"y\n", b"z\n"]):
        kept = [line for line in base if draw(st.integers(0, 5))]
        at = draw(st.integers(0, len(kept)))
        sides.append(
            kept[:at] + draw(st.lists(st.sampled_from(words), max_size=2, unique=True)) + kept[at:]
        )
    return base, sides[0], sides[1]


@settings(max_examples=200)
@given(edited() | st.tuples(TEXTS, TEXTS, TEXTS))
@example(lines(b"acaaa", b"aacaaaa", b"acaxaa"))
@example(lines(b"cdadadc", b"adadaac", b"cdaadadc"))
def test_a_clean_merge_is_git_s_merge(texts):
    found = merge(*texts)
    theirs = git_merge(*texts)
    assume(found.clean and theirs is not None)
    assert b"".join(found.lines) == theirs


@settings(max_examples=200)
@given(edited())
def test_where_git_sees_a_conflict_so_do_we(texts):
    if git_merge(*texts) is None:
        assert not merge(*texts).clean
