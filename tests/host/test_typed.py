"""A state that is declared without `typing` is what `typing` would have made of it."""

import typing
from typing import Any

import pytest

from hardener.host import typed


def plain(kind: Any) -> type:
    class State(kind.NamedTuple):  # type: ignore[misc]
        """What is there."""

        path: str
        mode: kind.Optional[int] = None
        owners: kind.Tuple[str, ...] = ()

        @property
        def name(self) -> str:
            return str(self.path.rpartition("/")[2])

        @classmethod
        def of(cls, path: str) -> Any:
            return cls(path)

        def __str__(self) -> str:
            return f"{self.path}!"

    return State


@pytest.fixture
def both() -> tuple[type, type]:
    return plain(typed), plain(typing)


def test_the_same_names_and_defaults(both: tuple[Any, Any]) -> None:
    ours, real = both
    assert ours._fields == real._fields == ("path", "mode", "owners")
    assert ours.__new__.__defaults__ == real.__new__.__defaults__ == (None, ())
    assert (ours.__name__, ours.__module__) == (real.__name__, real.__module__)
    assert ours.__doc__ == real.__doc__


def test_the_same_values(both: tuple[Any, Any]) -> None:
    ours, real = (each.of("/etc/motd")._replace(mode=0o644) for each in both)
    assert tuple(ours) == tuple(real) == ("/etc/motd", 0o644, ())
    assert ours == real
    assert ours.name == real.name == "motd"
    assert str(ours) == str(real) == "/etc/motd!"
    assert repr(ours) == repr(real)


def test_the_same_errors(both: tuple[Any, Any]) -> None:
    for each in both:
        with pytest.raises(TypeError, match="path"):
            each()
        with pytest.raises(TypeError, match="colour"):
            each("/etc", colour="red")
        with pytest.raises(AttributeError):
            each("/etc").path = "/"


def test_nothing_may_be_declared(both: tuple[Any, Any]) -> None:
    class Question(typed.NamedTuple):
        pass

    assert Question() == ()
