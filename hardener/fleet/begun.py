"""Where a run has begun, as whom, and what of it stands there: what a rollback needs to know."""

from __future__ import annotations

from functools import reduce

from hardener.dataclass import dataclass, field

UNFINISHED = "unfinished"  # it was begun, and how it ended was not heard
NOTHING_LEFT = frozenset({"ok", "refused", "rolled back", "unreachable"})


@dataclass
class Begun:
    """The words of plays, by number, for every host and user; `""` is whoever logs in."""

    _plays: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)

    def copy(self) -> Begun:
        """Return what is known by now."""
        return Begun({key: dict(words) for key, words in self._plays.items()})

    def note(self, host: str, user: str, word: str, play: int = 0) -> None:
        """Note how a play ended; what an earlier play of the run has left stands all the same."""
        words = self._plays.setdefault((host, user), {})
        words[play] = worth(words.get(play, "ok"), word)

    def undone(self, host: str, user: str, play: int) -> None:
        """Note that what a play had left was put back after its end."""
        self._plays[host, user][play] = "rolled back"

    @property
    def _words(self) -> dict[tuple[str, str], str]:
        return {key: reduce(worth, words.values(), "ok") for key, words in self._plays.items()}

    @property
    def hosts(self) -> dict[str, str]:
        """Return a word for each host: of several users' the one that leaves something to undo."""
        found: dict[str, str] = {}
        for (host, _), word in self._words.items():
            if found.get(host, "ok") in NOTHING_LEFT:
                found[host] = word
        return found

    @property
    def users(self) -> dict[str, list[str]]:
        """Return those as whom something was left on each host; all, where nothing was."""
        every: dict[str, list[str]] = {}
        left: dict[str, list[str]] = {}
        for (host, user), word in self._words.items():
            every.setdefault(host, []).append(user)
            if word not in NOTHING_LEFT:
                left.setdefault(host, []).append(user)
        return {host: left.get(host, users) for host, users in every.items()}

    def can_be_undone(self) -> bool:
        """Is there something to undo, that was not tried in vain just now?"""
        return not set(self.hosts.values()) <= {*NOTHING_LEFT, "partly rolled back"}


def worth(before: str, word: str) -> str:
    """Return which of two words counts: the later one, unless the earlier one says that something stands."""
    return word if before in NOTHING_LEFT or before == UNFINISHED else before
