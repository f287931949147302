"""Messages of which parts are packed already are what they are when packed whole."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.connect.packing import gathered, packed, spliced, unpacked, whole
from hardener.errors import HardenerError
from hardener.host.wire.frames import CHUNK, unpack

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
STEPS = st.lists(st.dictionaries(st.text("ab", max_size=2), VALUES, max_size=3), max_size=5)


@given(st.dictionaries(st.text("cd", max_size=2), VALUES, max_size=3), STEPS, STEPS)
def test_a_message_is_what_it_is_whole(
    head: dict[str, Any], one: list[dict[str, Any]], two: list[dict[str, Any]]
) -> None:
    parts = spliced(head, one=list(map(packed, one)), two=list(map(packed, two)))
    assert unpack(b"".join(parts)) == {**head, "one": one, "two": two}


def test_it_can_be_had_whole() -> None:
    step = {"number": 1, "params": {"content": b"\xff"}}
    assert unpacked(packed(step)) == step
    assert whole({"name": "play", "steps": [packed(step)]}) == {"name": "play", "steps": [step]}


def test_many_small_parts_are_sent_as_few() -> None:
    parts = [b"x" * 1000] * 1000
    pieces = list(gathered(parts))
    assert b"".join(pieces) == b"".join(parts)
    assert max(map(len, pieces)) < CHUNK + 1000
    assert len(pieces) <= 1_000_000 // CHUNK + 1


@pytest.mark.parametrize("value", [float("nan"), {"$bytes": "x"}, object()])
def test_what_cannot_be_sent_is_told_with_its_place(value: object) -> None:
    with pytest.raises(HardenerError, match="can't be sent") as error:
        packed({"where": "play.yml:3:7", "params": {"x": value}})
    assert error.value.where == "play.yml:3:7"


def test_bytes_travel_as_base64() -> None:
    assert base64.b64encode(b"\xff") in packed({"x": b"\xff"})
