"""Mistakes of a playbook that come to light host by host."""

from __future__ import annotations

from collections.abc import Sequence

from hardener.errors import HardenerError, PlaybookError, UsageError


def joined(mistakes: Sequence[HardenerError]) -> HardenerError:
    """Join the mistakes that rendering found for several hosts, each said once."""
    problems = [p for error in mistakes if isinstance(error, PlaybookError) for p in error.problems]
    rest = [error for error in mistakes if not isinstance(error, PlaybookError)]
    if problems and not rest:
        return PlaybookError(problems)
    texts = list(dict.fromkeys(map(str, mistakes)))
    return UsageError("\n".join([*texts, f"{count(len(texts))}; no host was changed"]))


def count(mistakes: int) -> str:
    return "1 problem" if mistakes == 1 else f"{mistakes} problems"
