"""`harden audit`: hosts compared with a playbook, and nothing written."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from hardener.cli import complete
from hardener.cli.options import choice_options, play_options_from, playbook_argument, reach_options
from hardener.errors import UsageError
from hardener.report.audit import FORMATS

if TYPE_CHECKING:
    from hardener.report.audit.findings import Audit


def pairs(ctx: object, param: object, values: tuple[str, ...]) -> list[tuple[str, str]]:
    """Split each FORMAT=FILE; the file is "" where there is none."""
    found = [(style, file) for style, _, file in (value.partition("=") for value in values)]
    for style, _ in found:
        if style not in FORMATS:
            raise click.BadParameter(f"{style!r} is none of {', '.join(FORMATS)}")
    return found


@click.command()
@playbook_argument
@reach_options
@choice_options
@click.option(
    "--format",
    "wanted",
    callback=pairs,
    shell_complete=lambda ctx, param, begun: complete.items(FORMATS, begun),
    multiple=True,
    metavar="FORMAT[=FILE]",
    help=f"{', '.join(FORMATS)}; may be repeated, each with a file. Without: text.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=complete.files,
    help="Where the format without a file is written.",
)
@click.option("-q", "--quiet", is_flag=True, help="Of text, only what is not as it should be.")
def command(playbook: Path, **given: Any) -> int:
    """Tell how far hosts are from what PLAYBOOK says, and write nothing there.

    Of each step: ok, differs (with the diff), unknown (only its run could tell), unseen (it can't
    be read with these rights), failed, or skipped. Commands of the playbook are not run, but for
    guards and those with `query`; checks are not asked (`harden health` does).

    Exits with 2 if anything differs, with 5 if all that could be seen is as it should be.
    """
    from hardener.cli.book import read
    from hardener.cli.connectors import connector_from
    from hardener.fleet import outcome
    from hardener.fleet.audit import AuditRun
    from hardener.fleet.hosts import inventory_for
    from hardener.report.audit.controls import coverage
    from hardener.report.audit.findings import Audit, Gathering
    from hardener.report.audit.text import AuditText

    options = play_options_from(given, dry_run=True, looks_only=True)
    outputs = outputs_of(given["wanted"], given["output"])
    book = read(playbook, options)
    inventory = inventory_for(options, playbook.parent)
    audit = Audit(str(playbook))
    with ExitStack() as stack:
        shown = [
            AuditText(given["quiet"], stack.enter_context(open_for(file)))
            for file in texts(outputs)
        ]
        report = stack.enter_context(Gathering(audit, shown))
        run = AuditRun(book, inventory, options, connector_from(given), report, "audit")
        work = stack.enter_context(run)
        statuses = work.go(dry_run=True)
        report.recap(statuses, "")
        for each in shown:
            each.cover(coverage(audit))
    audit.exit_code = outcome.exit_code(statuses)
    audit.exit_meaning = outcome.EXIT_CODES[audit.exit_code]
    write(audit, outputs)
    return audit.exit_code


def write(audit: Audit, outputs: Mapping[str, str]) -> None:
    """Write the formats that are a document of all of it."""
    from hardener.report.audit import renderer

    for file, style in outputs.items():
        if style != "text":
            with open_for(file) as stream:
                (stream or sys.stdout).write(renderer(style)(audit))


def outputs_of(wanted: Sequence[tuple[str, str]], output: str | None) -> dict[str, str]:
    """Return {file: format}; the file "" is standard output."""
    found: dict[str, str] = {}
    for style, named in wanted or (("text", ""),):
        file = named or output or ""
        file = "" if file == "-" else file
        if file in found:
            raise UsageError(f"{found[file]} and {style} would go to the same place: name a FILE")
        if file and not Path(file).absolute().parent.is_dir():
            raise UsageError(f"there is no folder for {file}")
        found[file] = style
    return found


def texts(outputs: Mapping[str, str]) -> list[str]:
    """Return where text goes: to standard output too, if that is free and no other place is named."""
    named = [file for file, style in outputs.items() if style == "text"]
    return named or ([] if "" in outputs else [""])


@contextmanager
def open_for(file: str) -> Iterator[TextIO | None]:
    """Open a file that appears whole, or what is there and no plain file; None is standard output."""
    path = Path(file)
    if not file:
        yield None
    elif path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as stream:
            yield stream
    else:
        staged = path.with_name(f".{path.name}.new")
        with staged.open("w", encoding="utf-8") as stream:
            yield stream
        staged.rename(path)
