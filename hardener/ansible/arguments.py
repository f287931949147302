"""The arguments of one module: each is taken by name, and what nobody takes is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hardener.ansible import by_hand
from hardener.ansible.notes import Left
from hardener.ansible.source import Octal
from hardener.dataclass import dataclass, field
from hardener.playbook.templates import has_template

Params = dict[str, Any]
TRUE = ("true", "yes", "on", "1", "y", "t")
FALSE = ("false", "no", "off", "0", "n", "f")
FALSE_COUNTS = ("install_weak_deps", "best", "sslverify", "validate_certs", "expand_argument_vars")
"""Options of which `false` asks for something, too."""
SYMBOLIC = {"r": 4, "w": 2, "x": 1}

Turned = tuple[str, Params]
"""A step type with its parameters."""


@dataclass
class Arguments:
    """`differs` takes notes; `handler` tells where the task stands; `find` finds files of theirs.

    What a module becomes may need keywords `beside` it, and be `without` some of the task's.
    """

    module: str
    given: Mapping[str, Any]
    differs: Callable[[str], None]
    handler: bool = False
    keywords: Mapping[str, Any] = field(default_factory=dict)
    find: Callable[[str, str], Path | None] = lambda name, folder: None
    taken: set[str] = field(default_factory=set)
    beside: Params = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def take(self, *names: str) -> Any:
        """Return the value of the first of these names that is given, or None."""
        found = [self.given[name] for name in names if self.given.get(name) is not None]
        self.taken.update(names)
        return found[0] if found else None

    def text(self, *names: str) -> str | None:
        value = self.take(*names)
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, dict | list):
            raise Left(f"`{names[0]}` is no text")
        return value if value is None or isinstance(value, str) else str(value)

    def number(self, name: str) -> Any:
        """Return a number, which `key=value` gives as text; a template stays one."""
        value = self.text(name)
        return int(value) if value and value.lstrip("-").isdigit() else value

    def whole(self, name: str, default: int, base: int = 10) -> int:
        """Return a number that decides what the step becomes."""
        value = self.choice(name, "")
        try:
            return int(value, base) if value else default
        except ValueError:
            raise Left(f"`{name}: {value}` is no number") from None

    def needed(self, *names: str) -> str:
        value = self.text(*names)
        if not value:
            raise Left(f"`{names[0]}` is missing")
        return value

    def flag(self, *names: str) -> Any:
        """Return true, false, None where it is not given, or a template."""
        value = self.take(*names)
        if value is None or isinstance(value, bool) or has_template(value):
            return value
        word = str(value).lower()
        if word not in TRUE + FALSE:
            raise Left(f"`{names[0]}: {value}` is neither true nor false")
        return word in TRUE

    def known(self, *names: str) -> Any:
        """Return a flag that decides what the step becomes: a template will not do."""
        value = self.flag(*names)
        if isinstance(value, str):
            raise Left(f"whether `{names[0]}` holds is known only on a host")
        return value

    def choice(self, name: str, default: str) -> str:
        """Return a word that decides what the step becomes."""
        value = self.text(name) or default
        if has_template(value):
            raise Left(f"`{name}: {value}` is known only on a host")
        return value

    def present_or_absent(self) -> tuple[bool, Params]:
        """Tell whether it is to be gone, and what to write: a template may say either."""
        state = self.text("state") or "present"
        if has_template(state):
            return False, {"state": state}
        if state not in ("present", "absent"):
            raise Left(f"`state: {state}`")
        return state == "absent", {"state": "absent"} if state == "absent" else {}

    def spare(self, **reasons: str) -> None:
        """Tell of each argument that is given and not needed here, and why."""
        for name, why in reasons.items():
            if self.take(name) not in (None, False, "no", "false"):
                self.differs(f"`{name}` is left out: {why}")

    def rest(self) -> None:
        """Refuse what nobody has taken."""
        left = [name for name, value in self.given.items()
                if name not in self.taken and _counts(name, value)]  # fmt: skip
        if left:
            raise Left(by_hand.of_options(self.module, left))

    def attributes(self, *, mode: Any = None) -> Params:
        """Return mode, owner and group."""
        self.spare(
            backup="each change has its snapshot",
            unsafe_writes="a file is always written whole, beside its place",
        )
        mode = self.mode() if mode is None else mode
        found = {"mode": mode, "owner": self.text("owner"), "group": self.text("group")}
        return given(found)

    def mode(self) -> str | None:
        value = self.take("mode")
        if value is None or has_template(value):
            return None if value is None else str(value)
        if isinstance(value, Octal):
            return f"{int(value):04o}"
        if isinstance(value, int):
            self.differs(f"`mode: {value}` is {value:o} for Ansible, which reads it as a decimal "
                         f"number; here it is {value:04d}")  # fmt: skip
            return octal(f"{value:04d}")
        return octal(str(value))


def _counts(name: str, value: Any) -> bool:
    """Tell whether an option asks for something: most that are false do not."""
    return name in FALSE_COUNTS or value not in (None, False, "no", "false", "False")


def octal(value: str) -> str:
    """Return a mode as octal digits, where it needs no look at what is there."""
    if value and len(value) <= 5 and set(value) <= set("01234567"):
        return value[-4:] if len(value) == 5 and value[0] == "0" else value
    bits = dict.fromkeys("ugo", -1)
    for clause in value.split(","):
        who, _, what = clause.partition("=")
        if not who or set(what) - set(SYMBOLIC) or set(who) - set("ugoa"):
            raise Left(f"`mode: {value}` depends on what is there: write it in octal")
        for each in "ugo" if "a" in who else who:
            bits[each] = sum(SYMBOLIC[letter] for letter in set(what))
    if min(bits.values()) < 0:
        raise Left(f"`mode: {value}` depends on what is there: write it in octal")
    return "0" + "".join(str(bits[each]) for each in "ugo")


def given(params: Params) -> Params:
    """Return what is there of some parameters."""
    return {name: value for name, value in params.items() if value is not None}


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
