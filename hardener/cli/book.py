"""A playbook as a run of it needs it: its questions answered, the tags that were asked for known."""

from __future__ import annotations

from pathlib import Path

from hardener.cli.complete import tags_of
from hardener.cli.prompts import asked
from hardener.errors import UsageError
from hardener.fleet.compose.choice import Choice
from hardener.fleet.options import Options
from hardener.inventory.nearest import did_you_mean
from hardener.playbook import Playbook, read_playbook

OF_ALL = {"all", "always", "never", "tagged", "untagged"}
"""Tags that mean something whether a step has them or not."""


def read(path: Path, options: Options) -> Playbook:
    """Read a playbook; PlaybookError for its mistakes, UsageError for a tag that nothing in it has."""
    book = read_playbook(path)
    require_known(options.choice, book)
    return asked(book, options.extra_vars)


def require_known(choice: Choice, book: Playbook) -> None:
    """Raise UsageError for a misspelt tag: by `--tags` nothing would be done, by `--skip-tags` too much."""
    words = dict.fromkeys(choice.tags, "--tags") | dict.fromkeys(choice.skip, "--skip-tags")
    unknown = words.keys() - OF_ALL - {tag for play in book.plays for tag in play.tags}
    unknown -= {tag for play in book.plays for step in play.steps for tag in step.tags}
    if not unknown or any(play.waits for play in book.plays):
        return  # which steps there are, some hosts' variables decide
    known = tags_of(Path(book.path))
    for word in sorted(unknown - known):
        what = f"{words[word]}: nothing in {book.path} has the tag `{word}`"
        raise UsageError(what, hint=did_you_mean(word, known))
