"""What hardener.dataclass makes is what the standard library would have made, but for what mypy sees."""

import dataclasses
import pickle
from typing import Any

import pytest

from hardener import dataclass as ours


def declared(by: Any) -> tuple[type, ...]:
    @by.dataclass(frozen=True)
    class Place:
        path: str
        line: int = 0
        secret: str = by.field(default="", repr=False)
        cache: dict[str, str] = by.field(default_factory=dict, hash=False, compare=False)

    @by.dataclass
    class Draft:
        lines: list[str] = by.field(default_factory=list)

    @by.dataclass(frozen=True)
    class Nothing:
        pass

    @by.dataclass(frozen=True)
    class Named:
        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self))

        def __hash__(self) -> int:
            return 1

    @by.dataclass(frozen=True, eq=False)
    class One:
        name: str

    @by.dataclass(frozen=True, order=True)
    class Ranked:
        rank: int

    return Place, Draft, Nothing, Named, One, Ranked


@pytest.fixture
def both() -> list[tuple[Any, Any]]:
    return list(zip(declared(ours), declared(dataclasses), strict=True))


def test_the_same_is_shown_and_said_of_fields(both: list[tuple[Any, Any]]) -> None:
    given = (("/etc/motd", 3, "hush"), (["x"],), (), ("me",), ("me",), (2,))
    for (mine, theirs), values in zip(both, given, strict=True):
        assert repr(mine(*values)) == repr(theirs(*values))
        assert [f.name for f in dataclasses.fields(mine)] == [
            f.name for f in dataclasses.fields(theirs)
        ]


def test_the_same_are_equal(both: list[tuple[Any, Any]]) -> None:
    for each in zip(*both, strict=True):
        place, draft, nothing, named, one, ranked = each
        assert place("a", 1) == place("a", 1, cache={"x": "y"})
        assert place("a", 1) != place("a", 1, "hush")
        assert place("a") != draft() != nothing()
        assert nothing() == nothing()
        assert named("a") == named("b")
        assert one("a") != one("a")
        assert ranked(1) < ranked(2)


def test_the_same_have_the_same_hash(both: list[tuple[Any, Any]]) -> None:
    for each in zip(*both, strict=True):
        place, draft, nothing, named, one, ranked = each
        assert hash(place("a", 1)) == hash(place("a", 1, cache={"x": "y"}))
        assert hash(named("a")) == 1
        assert len({nothing(), nothing(), ranked(1), ranked(1), one("a"), one("a")}) == 4
        with pytest.raises(TypeError, match="unhashable"):
            hash(draft())


def test_one_that_holds_itself_is_shown(both: list[tuple[Any, Any]]) -> None:
    shown = []
    for kind in both[1]:
        draft = kind()
        draft.lines.append(draft)
        shown.append(repr(draft))
    assert shown[0] == shown[1]


@ours.dataclass(frozen=True, slots=True)
class Slotted:
    name: str


def test_slots_are_kept_and_go_to_a_worker() -> None:
    assert not hasattr(Slotted("a"), "__dict__")
    assert pickle.loads(pickle.dumps(Slotted("a"))) == Slotted("a")
