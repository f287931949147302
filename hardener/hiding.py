"""What came out of a vault is masked wherever text is printed, whoever wrote it there.

This is the second net: a step that uses such a value shows nothing of what it does in the first
place (hardener/render/secrecy.py). Short values are left to that, since they are everyday words.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Mapping
from typing import Any

MASK = "********"
LEAST = 6  # characters


class Hidden:
    """The values of this process that are never printed, and one pattern that finds them."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.RLock()  # hosts are prepared side by side

    def hide(self, value: object) -> None:
        """Hide a value, and all values in it."""
        if isinstance(value, Mapping):
            for each in value.values():
                self.hide(each)
        elif isinstance(value, (list, tuple)):
            for each in value:
                self.hide(each)
        elif isinstance(value, (str, int, float)):
            with self._lock:
                self._forms.update(form for form in _forms(str(value)) if len(form) >= LEAST)
                self._pattern = None

    def masked(self, data: Any) -> Any:
        """Copy plain data or text with every hidden value masked."""
        if not self._forms:
            return data
        if isinstance(data, str):
            return self._compiled().sub(MASK, data)
        if isinstance(data, Mapping):
            return {key: self.masked(each) for key, each in data.items()}
        if isinstance(data, (list, tuple)):
            return [self.masked(each) for each in data]
        return data

    def _compiled(self) -> re.Pattern[str]:
        """The longest first: one value may begin with another."""
        with self._lock:
            if self._pattern is None:
                longest = sorted(self._forms, key=lambda form: (-len(form), form))
                self._pattern = re.compile("|".join(map(re.escape, longest)))
            return self._pattern


def _forms(text: str) -> set[str]:
    """A value as it stands in text, line by line, and as quoting changes it."""
    parts = {text, text.strip(), *map(str.strip, text.splitlines())}
    quoted = {json.dumps(part)[1:-1] for part in parts}
    quoted |= {json.dumps(part, ensure_ascii=False)[1:-1] for part in parts}
    return parts | quoted | {repr(part)[1:-1] for part in parts} | set(map(shlex.quote, parts))


HIDDEN = Hidden()
hide = HIDDEN.hide
masked = HIDDEN.masked
