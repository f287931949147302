"""Names that nothing defines: usable with `default` and `is defined`, an error elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from jinja2 import StrictUndefined, UndefinedError
from jinja2.utils import missing

from hardener.inventory.nearest import did_you_mean
from hardener.render.ansible_names import instead

FEW = 8  # keys of a mapping that an error lists


class UnknownName(UndefinedError):
    """Use of an undefined name; keeps what was asked for, to find the nearest one."""

    def __init__(self, undefined: Missing, message: str | None = None) -> None:
        key: object = undefined._undefined_name
        if isinstance(key, Missing):  # `a[b]`, where there is no `b`
            undefined, message = key, key._undefined_message
        super().__init__(message)
        self.name = undefined._undefined_name
        self.obj = undefined._undefined_obj

    def hint(self, names: Iterable[str]) -> str:
        """Ask for the nearest variable, or the nearest key of what the name was looked up in."""
        known: Iterable[object] = ()
        if self.obj is missing:
            known = set(names)
            theirs = "" if self.name in known else instead(str(self.name))
            if theirs:
                return theirs
        if isinstance(self.obj, Mapping):
            known = self.obj
        return did_you_mean(str(self.name), known) or self._choice()

    def _choice(self) -> str:
        """Name all keys of what it was looked up in, where they are few: a table to choose from."""
        keys = sorted(map(str, self.obj)) if isinstance(self.obj, Mapping) else []
        return "there is: " + ", ".join(keys) if 0 < len(keys) <= FEW else ""


class Missing(StrictUndefined):
    """What Ansible does: `a.b.c | default(1)` holds even where `a` is not defined."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: object = missing,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        make = partial(UnknownName, self) if exc is UndefinedError else exc
        called = getattr(type(obj), "called", None)
        found = hint or (f"there is no {name!r} in {called}" if called else None)
        super().__init__(found, obj, name, make)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> Missing:  # type: ignore[override]
        return self
