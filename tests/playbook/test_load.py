import inspect
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.errors import PlaybookError, UsageError
from hardener.inventory.marked import Unsafe, Vaulted
from hardener.playbook.load import load, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("off", "off"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("0644", "0644"),
        ("0o14", "0o14"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("22:22", "22:22"),
        ("2026-01-01", "2026-01-01"),
        (".inf", ".inf"),
        ("9" * 18, int("9" * 18)),
        ("9" * 5000, "9" * 5000),
        ("~", None),
        ("", None),
        ('""', ""),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!bool 'true'", True),
    ],
)
def test_types(text: str, value: object) -> None:
    found = parse(f"key: {text}", "x.yml").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text() -> None:
    assert parse("on: 1\n80: 2\ntrue: 3\n~: 4", "x.yml").data == {
        "on": 1,
        "80": 2,
        "true": 3,
        "~": 4,
    }


def test_tags() -> None:
    data = parse("a: !vault abc\nb: !unsafe '{{ x }}'", "x.yml").data
    assert data == {"a": Vaulted("abc"), "b": "{{ x }}"}
    assert type(data["b"]) is Unsafe


def test_marks() -> None:
    document = parse("- a: 1\n  b:\n    - x\n    - {c: y}\n", "x.yml")
    assert document.where((0, "a")) == "x.yml:1:6"
    assert document.where((0, "a"), key=True) == "x.yml:1:3"
    assert document.where((0, "b", 1, "c")) == "x.yml:4:11"
    assert document.where((0, "b", 1, "c", "no", "such")) == "x.yml:4:11"
    assert document.where((0, "b"), key=True) == "x.yml:2:3"


def test_marks_of_wide_text() -> None:
    document = parse("é: {ö: 1, ü: 2}", "x.yml")
    assert document.where(("é", "ü")) == "x.yml:1:14"


def test_other_line_breaks() -> None:
    """What YAML takes for a line break ends a line of ours too."""
    document = parse("a: 'x\u2028  y'\r\nb: 1\n", "x.yml")
    line, _ = document.mark(("b",))
    assert document.lines[line] == "b: 1"


def test_an_alias_has_marks_at_each_use() -> None:
    document = parse("a: &a {x: 1}\nb: *a\n", "x.yml")
    assert document.data["b"] == {"x": 1}
    assert document.where(("b", "x")) == "x.yml:1:11"


def test_merge() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: {<<: *a}\n"
    data = parse(text, "x.yml").data
    assert data["c"] == {"x": 3, "y": 1, "z": 2}
    assert data["d"] == {"x": 1, "y": 1}


def test_a_quoted_merge_key_is_text() -> None:
    assert parse("'<<': {a: 1}", "x.yml").data == {"<<": {"a": 1}}


def test_bom_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    document = load(path)
    assert document.data == {"a": 1}
    assert document.lines[0] == "a: 1"


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "[" * 50_000 + "]" * 50_000, "- " * 50_000, "{a: " * 50_000]
)
def test_depth(text: str) -> None:
    with pytest.raises(PlaybookError, match="nested deeper"):
        parse(text, "x.yml")


def test_a_long_playbook_is_not_deep() -> None:
    assert len(parse("- {a: [b]}\n" * 5_000, "x.yml").data) == 5_000


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load(tmp_path / "none.yml")


@given(st.text(alphabet="ab1:-,[]{}&*!|>'\"%@`# \n\t", max_size=60))
def test_any_text_gives_data_or_a_place(text: str) -> None:
    try:
        document = parse(text, "x.yml")
    except PlaybookError as error:
        assert all(each.line >= 1 and each.column >= 1 and each.what for each in error.problems)
    else:
        assert set(document.keys) <= set(document.values)


def test_what_a_merge_brings_brings_its_own_too() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [*b, {z: 3, y: 3}]}"
    assert parse(text, "x.yml").data["c"] == {"y": 2, "x": 1, "z": 3}


@pytest.mark.parametrize(
    "text",
    [
        "a: &a {<<: *a}",
        "a: &a {b: [*a]}",
        "a0: &a0 {x: 1}\n"
        + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)),
    ],
)
def test_a_merge_without_end_is_an_error(text: str) -> None:
    with pytest.raises(PlaybookError, match="inside what it names|nested deeper|aliases expand"):
        parse(text, "x.yml")


def test_a_key_of_a_merge_that_is_no_text_is_told() -> None:
    with pytest.raises(PlaybookError, match="a key must be text"):
        parse("a: {<<: {[1]: 2}}", "x.yml")


def test_long_chains_of_merges_in_each_other() -> None:
    """They take no more of Python's stack than the mappings that they bring."""
    text, value = "", "1"
    for name in "abcdefgh":
        text += f"{name}0: &{name}0 {{{name}: {value}}}\n"
        for n in range(1, 30):
            text += f"{name}{n}: &{name}{n} {{<<: *{name}{n - 1}}}\n"
        value = f"*{name}29"
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        found = parse(text, "x.yml").data["h29"]
    finally:
        sys.setrecursionlimit(limit)
    for name in "hgfedcba":
        found = found[name]
    assert found == 1


@pytest.mark.parametrize(
    ("text", "what", "column"),
    [
        ("[&x 1, &x 2]", "this anchor .* is here twice", 8),
        ("[&x 1, *y]", "no anchor .* of this name", 8),
        ("{a: &a [*a]}", "inside what it names", 9),
        ("{<<: 1}", "`<<` takes a mapping", 6),
        ("{<<: [&a {}, *a, [b]]}", "`<<` takes a mapping", 18),
        ("{[a]: 1}", "a key must be text", 2),
        ("{a: 1, a: {b: 2}}", "`a` is here twice", 8),
        ("!odd {a: [1]}", "the tag `!odd` is not known", 1),
        ("a: 1\n--- b", "a second document", 1),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, what: str, column: int) -> None:
    with pytest.raises(PlaybookError, match=what) as error:
        parse(text, "x.yml")
    assert [each.column for each in error.value.problems] == [column]


def mappings(inner: st.SearchStrategy[str], *sources: str) -> st.SearchStrategy[str]:
    """Write mappings of these, into which some of the sources are merged, at any place."""
    pairs = st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
        lambda found: [f"{key}: {value}" for key, value in found.items()]
    )
    lists = st.lists(st.sampled_from(sources), max_size=3).map(
        lambda found: f"[{', '.join(found)}]"
    )
    merges = st.lists((lists | st.sampled_from(sources)).map("<<: {}".format), max_size=2)
    lines = st.tuples(pairs, merges).flatmap(lambda found: st.permutations([*found[0], *found[1]]))
    return lines.map(lambda found: f"{{{', '.join(found)}}}")


def values(*sources: str) -> st.SearchStrategy[str]:
    """Write lists, and mappings into which some of the sources are merged."""
    scalars = st.sampled_from(["1", "~", "k", "'q'", "!!str 1", *sources])

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        lists = st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]")
        return lists | mappings(inner, *sources)

    return st.recursive(scalars, more, max_leaves=6)


INLINE = "{a: 2}"
X = mappings(values(INLINE), INLINE).map("&x {}".format)
Y = mappings(values("*x"), "*x", INLINE).map("&y {}".format)
ALL = values("*x", "*y", INLINE)
DOCUMENTS = st.tuples(X, Y, ALL, ALL).map(lambda found: f"[{', '.join(found)}]")


@settings(max_examples=300)
@given(DOCUMENTS)
def test_what_is_read_is_what_the_nodes_of_pyyaml_say(text: str) -> None:
    """Without a graph of nodes, which PyYAML makes of a text."""
    assert parse(text, "x.yml").data == plain(yaml.compose(text, yaml.SafeLoader))


def plain(node: Any) -> Any:
    """Turn a node into data."""
    if isinstance(node, yaml.SequenceNode):
        return [plain(each) for each in node.value]
    if isinstance(node, yaml.MappingNode):
        return {name: plain(value) for name, value in brought(node).items()}
    known = {"1": 1, "2": 2, "~": None}
    return node.value if node.style or node.tag.endswith(":str") else known[node.value]


def brought(node: yaml.MappingNode) -> dict[str, Any]:
    """What a mapping says, over what is merged into it: what is named first wins."""
    found: dict[str, Any] = {}
    for value in [value for key, value in node.value if key.value == "<<"]:
        for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            found = brought(source) | found
    return found | {key.value: value for key, value in node.value if key.value != "<<"}
