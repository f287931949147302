"""Which keys a play, step or check has, and what to say of those it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from hardener.dataclass import dataclass
from hardener.errors import Problem
from hardener.playbook.habits import HABITS, OTHERWISE
from hardener.playbook.marks import Place
from hardener.playbook.modules import MODULES
from hardener.playbook.nearest import nearest, short
from hardener.playbook.schemas import Language, Schema

NOUN = {"play": "play", "step": "step type", "check": "check"}
TYPED = ("step", "check")
GROUPS = ("include", "role", "include_vars")  # keys that make a group of what would be a step


@dataclass(frozen=True, eq=False)
class Keys:
    """The keys of one mapping of the envelope, sorted by what they are."""

    words: Language
    kind: str
    data: dict[str, Any]
    place: Place

    @property
    def envelope(self) -> Schema:
        return self.words.envelope[self.kind]

    @cached_property
    def types(self) -> list[str]:
        """The step types or checks among the keys."""
        known = self.words.paths.get(self.kind, {})
        found = [key for key in self.data if key in known]
        return [key for key in found if not self._strayed(key, found)]

    def _strayed(self, key: str, types: list[str]) -> bool:
        """Is this type's name rather a parameter of another, indented too little: `group: root`?"""
        if isinstance(self.data[key], dict):
            return False
        others = (self.words.schema(self.kind, name) for name in types if name != key)
        return any(key in schema.properties for schema in others)

    @cached_property
    def unknown(self) -> list[str]:
        own = self.envelope.properties
        return [key for key in self.data if key not in own and key not in self.types]

    def meant(self, key: str) -> str:
        """Guess which word was meant by a key."""
        known = [*self.envelope.properties, *self.words.paths.get(self.kind, {})]
        known += GROUPS if self.kind == "step" else ()
        synonyms = self.envelope.data["synonyms"]
        free = [each for each in known if each not in self.data]
        found = "" if self._instead(key) else nearest(key, free, synonyms)
        return found if found in free else ""

    def _instead(self, key: str) -> str:
        """Say what a word or a module of Ansible is done by that is none here."""
        own = HABITS.get(self.kind, {}).get(key, "")
        named = self.kind == "step" and short(key) not in self.envelope.data["synonyms"]
        return own or (MODULES.get(short(key), "") if named else "")

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the keys themselves."""
        for key in self.unknown:
            yield self._unknown(key)
        if self.kind in TYPED:
            yield from self._count()

    def _unknown(self, key: str) -> Problem:
        later = self._later(short(key))
        if later:
            what = f"`{key}`: this version does not {later} yet"
            return self.place.problem(what, key, key=True)
        noun = self._noun(key) if self.kind in TYPED else f"a key of {ARTICLE[self.kind]}"
        return self.place.problem(f"`{key}` is not {noun}", key, hint=self._hint(key), key=True)

    def _later(self, key: str) -> str:
        """Say what a word is for that is known and not made yet."""
        return str(self.envelope.data["later"].get(key, ""))

    def _noun(self, key: str) -> str:
        """Name what an unknown key was meant to be: with a type beside it, no type."""
        return f"a key of a {self.kind}" if self.types or self._of_envelope(key) else self._type()

    def _type(self) -> str:
        return f"a {NOUN[self.kind]}"

    def _of_envelope(self, key: str) -> bool:
        return self.meant(key) in self.envelope.properties

    def _hint(self, key: str) -> str:
        for name in self.types:
            if key in self.words.schema(self.kind, name).properties:
                return f"it is a parameter of `{name}`: indent it below `{name}:`"
        if self._instead(key):
            return self._instead(key)
        for kind, advice in ELSEWHERE.items():
            if kind != self.kind and key in self.words.paths[kind] and not self.types:
                return advice if self.kind in (*TYPED, "play") else APART
        if self.kind == "step" and key in ("rescue", "always"):
            return "it stands beside `block:`, which holds a list of steps"
        meant = self.meant(key)
        if meant:
            return f"did you mean `{meant}`? {OTHERWISE.get(self.kind, '')}".rstrip()
        if self.kind in OTHERWISE:
            return OTHERWISE[self.kind]
        check = self.words.envelope["check"].data["synonyms"].get(short(key), "")
        if self.kind == "step" and check in self.words.paths["check"]:
            return f"did you mean the check `{check}`, below `verify:`?"
        return "" if self.kind not in TYPED or self.types else "`harden doc` lists all there are"

    def _count(self) -> Iterator[Problem]:
        if len(self.types) > 1:
            first, second, *_ = self.types
            what = f"one {self.kind} does one thing, not both `{first}` and `{second}`"
            hint = f"begin another {self.kind} with `- `"
            yield self.place.problem(what, second, hint=hint, key=True)
        elif not self.types and all(map(self._of_envelope, self.unknown)):
            what = f"this {self.kind} has no {NOUN[self.kind]}" if self.kind == "step" else _EMPTY
            yield self.place.problem(
                what, hint=f"`harden doc` lists them, `{self._example}` is one"
            )

    @property
    def _example(self) -> str:
        names = self.words.names(self.kind)
        return next((each for each in ("file", "http") if each in names), names[0] if names else "")


ARTICLE = {
    "play": "a play",
    "block": "a block",
    "include": "an include",
    "role": "a role",
    "include_vars": "an include_vars",
    "import_playbook": "an import_playbook",
}
ELSEWHERE = {
    "step": "it is a step type: it goes below `steps:`",
    "check": "it is a check: it goes below `preflight:` or `verify:`",
}
APART = "a group holds only what its steps share: give that step an entry of its own"
_EMPTY = "this check asks nothing"
