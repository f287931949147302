"""Single lines and marked blocks, by example and by law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text import block, lines
from hardener.host.text.block import Comment

SSHD = "Port 22\n#PermitRootLogin yes\nPermitRootLogin yes\nMatch User x\n"


@pytest.mark.parametrize(
    "options,old,new",
    [
        (
            {"line": "PermitRootLogin no", "regexp": "^#?PermitRootLogin "},
            "\nPermitRootLogin yes",
            "\nPermitRootLogin no",
        ),
        ({"line": "Port 22"}, "", ""),
        ({"line": "X 1", "insertafter": "^Port"}, "Port 22\n", "Port 22\nX 1\n"),
        ({"line": "X 1", "insertbefore": "^Match"}, "Match", "X 1\nMatch"),
        ({"line": "X 1", "insertbefore": "BOF"}, "Port", "X 1\nPort"),
        ({"line": "X 1", "insertafter": "EOF", "regexp": "^X"}, "User x\n", "User x\nX 1\n"),
        ({"line": "X 1", "insertafter": "^Nowhere"}, "User x\n", "User x\nX 1\n"),
    ],
)
def test_ensure_changes_these_bytes(options, old, new):
    assert lines.ensure(SSHD, **options) == SSHD.replace(old, new)
    assert lines.ensure(SSHD.replace("\n", "\r\n"), **options) == SSHD.replace(old, new).replace(
        "\n", "\r\n"
    )


def test_a_last_line_without_newline_gets_one():
    assert lines.ensure("a\r\nb", "c") == "a\r\nb\r\nc\r\n"
    assert lines.ensure("a\nb", "c", regexp="[bc]") == "a\nc"


def test_a_regexp_that_misses_the_line_it_writes_is_refused():
    with pytest.raises(Refused) as caught:
        lines.ensure(SSHD, "PermitRootLogin no", regexp="^PermitRootLogin yes")
    assert "add it again" in caught.value.why


@pytest.mark.parametrize("line,regexp", [("a\nb", None), ("a\r", None), ("a", "(")])
def test_more_than_a_line_and_a_bad_regexp_are_refused(line, regexp):
    with pytest.raises(Refused):
        lines.ensure("", line, regexp=regexp)


def test_remove_takes_exact_lines_and_matches():
    assert lines.remove(SSHD, line="Port 22", regexp="Root") == "Match User x\n"
    assert lines.remove(SSHD, line="Port 2") == SSHD


TEXTS = st.lists(
    st.sampled_from(["a", "b", "x1", "x2", "\n", "\n", "\r\n", "\x0c"]), max_size=12
).map("".join)
ANCHORS = st.sampled_from([None, "a", "x"])


@given(TEXTS, st.sampled_from([None, "^x", "1"]), ANCHORS, ANCHORS)
def test_a_second_ensure_changes_nothing(text, regexp, after, before):
    once = lines.ensure(text, "x1", regexp, after, before)
    assert lines.ensure(once, "x1", regexp, after, before) == once
    assert "x1" in [line.rstrip("\r\n") for line in once.split("\n")]


HOSTS = "127.0.0.1 localhost\n"
BLOCK = HOSTS + "# BEGIN hardener peers\n10.0.0.1 a\n# END hardener peers\n"


def test_a_block_is_added_changed_in_place_and_removed():
    assert block.put(HOSTS, "peers", "10.0.0.1 a\n") == BLOCK
    assert block.put(BLOCK + "end", "peers", "b\nc") == (BLOCK + "end").replace(
        "10.0.0.1 a", "b\nc"
    )
    assert block.put(BLOCK, "peers", "10.0.0.1 a") == BLOCK
    assert block.remove(BLOCK, "peers") == HOSTS
    assert block.get(BLOCK, "peers") == ["10.0.0.1 a"]
    assert block.get(BLOCK, "other") is None


def test_the_marks_are_comments_of_the_file():
    added = block.put("<a>\r\n</a>\r\n", "x", "<b/>", Comment("<!--", "-->"), insertafter="^<a>")
    assert (
        added == "<a>\r\n<!-- BEGIN hardener x -->\r\n<b/>\r\n<!-- END hardener x -->\r\n</a>\r\n"
    )
    assert block.put(added, "x", "<b/>", Comment("<!--", "-->")) == added
    assert block.get(block.put(added, "x", "<b/>", Comment(";")), "x") == ["<b/>"]


BROKEN = [
    "# BEGIN hardener peers\n",
    "# END hardener peers\n",
    BLOCK + BLOCK,
    "# BEGIN hardener peers\n# BEGIN hardener x\n# END hardener x\n# END hardener peers\n",
    "# BEGIN hardener x\n# END hardener peers\n",
    "# BEGIN hardener x\n# BEGIN hardener peers\n# END hardener peers\n",
]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize(
    "edit", [lambda t: block.put(t, "peers", "a"), lambda t: block.remove(t, "peers")]
)
def test_broken_marks_are_an_error_that_names_the_line(text, edit):
    with pytest.raises(Refused) as caught:
        edit(text)
    assert caught.value.what.startswith("line ")


@pytest.mark.parametrize(
    "text,id,content,options",
    [
        ("", "", "a", {}),
        ("", "a b", "a", {}),
        ("", "a", "# END hardener b", {}),
        ("", "a", "x\r\r\n", {}),
        ("", "a", "x", {"comment": Comment("rem")}),
        (BLOCK, "a", "x", {"insertafter": "^10"}),
    ],
)
def test_what_would_break_the_marks_is_refused(text, id, content, options):
    with pytest.raises(Refused):
        block.put(text, id, content, **options)


@given(
    TEXTS,
    st.lists(st.sampled_from(["a", "", " b"]), max_size=3),
    st.lists(st.sampled_from(["c", ""]), max_size=3),
    ANCHORS,
    ANCHORS,
)
def test_a_block_goes_in_and_out_and_leaves_the_rest(text, one, two, after, before):
    put = block.put(
        text, "id", "".join(line + "\n" for line in one), insertafter=after, insertbefore=before
    )
    assert block.get(put, "id") == one
    changed = block.put(put, "id", "".join(line + "\n" for line in two))
    assert block.get(changed, "id") == two
    assert block.put(changed, "id", "".join(line + "\n" for line in one)) == put
    assert block.remove(put, "id") in (text, text + "\n", text + "\r\n")
