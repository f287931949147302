"""What completes the words of a command line: playbooks, hosts, tags, runs, names.

Asked at each press of a key, so nothing costly is imported and no program is run; what can't be
read completes to nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

NEWEST = 50  # runs
YAML = (".yml", ".yaml")


def playbooks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete YAML files, those in folders that begin so too; else whatever the shell would."""
    folder, _, begun = incomplete.rpartition("/")
    folder = f"{folder}/" if folder or incomplete.startswith("/") else ""
    found: list[str] = []
    with contextlib.suppress(OSError):
        for entry in sorted(os.scandir(folder or "."), key=lambda entry: entry.name):
            if entry.name.startswith(begun) and (begun or not entry.name.startswith(".")):
                found += _yaml(folder + entry.name, is_dir=entry.is_dir())
    return items(found) or files(ctx, param, incomplete)


def _yaml(path: str, *, is_dir: bool) -> list[str]:
    if not is_dir:
        return [path] if path.endswith(YAML) else []
    with contextlib.suppress(OSError):
        names = sorted(entry.name for entry in os.scandir(path))
        return [f"{path}/{name}" for name in names if name.endswith(YAML)]
    return []


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Have the shell complete files."""
    return [CompletionItem(incomplete, type="file")]


def hosts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete hosts and groups of the inventories named before, or the hosts of earlier runs."""
    given = ctx.params.get("inventory") or ctx.params.get("sources") or ()
    with contextlib.suppress(Exception):
        return parts(_of_inventory(tuple(given)) if given else _of_records(), incomplete)
    return []


def _of_inventory(sources: tuple[str, ...]) -> list[str]:
    from hardener.inventory import load, script

    paths = [path for source in sources for path in (Path(source), *Path(source).rglob("*"))]
    if any(script.is_script(path) for path in paths if path.is_file()):
        return []  # a program may take long, or do anything
    inventory = load(sources, patient=True)
    return [*inventory.hosts, *inventory.groups]


def _of_records() -> list[str]:
    return sorted({host for record in _records() for host in record.hosts})


def tags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the tags of the playbook named before."""
    # click gives up at an option that has no value yet: the playbook is among what is left.
    named = [str(ctx.params.get("playbook") or ""), *ctx.args]
    with contextlib.suppress(Exception):
        path = next(Path(each) for each in named if Path(each).is_file())
        return parts(sorted(tags_of(path)), incomplete)
    return []


def tags_of_run(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete the tags of the playbook of the run named before, or of the newest one."""
    named = [str(ctx.params.get("run") or ""), *ctx.args]
    with contextlib.suppress(Exception):
        runs = _records()
        record = next((each for each in runs if each.run in named), runs[0])
        return parts(sorted(tags_of(Path(record.playbook))), incomplete)
    return []


def tags_of(path: Path) -> set[str]:
    """Return the tags in a playbook and in the files that it names."""
    return _tags(path, set())


def _tags(path: Path, seen: set[Path]) -> set[str]:
    """Read the tags of a file and of those that it brings in; what is computed is passed over."""
    import yaml

    if path in seen or not path.is_file():
        return set()
    seen.add(path)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: set[str] = set()
    for key, value in _pairs(yaml.compose(path.read_text("utf-8"), loader)):
        if key == "tags":
            found.update(_words(value))
        elif key in ("include", "import_playbook", "role", "roles"):
            for name in _words(value):
                for brought in _brought(path.parent, name):
                    found |= _tags(brought, seen)
    return found


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield each key with its value, however deep."""
    for each in node.value if isinstance(getattr(node, "value", None), list) else ():
        if isinstance(each, tuple):
            yield str(each[0].value), each[1]
            yield from _pairs(each[1])
        else:
            yield from _pairs(each)


def _words(node: Any) -> list[str]:
    nodes = node.value if isinstance(node.value, list) else [node]
    texts = [each.value for each in nodes if isinstance(getattr(each, "value", None), str)]
    words = [word.strip() for text in texts for word in text.split(",")]
    return [word for word in words if word and "{" not in word]


def _brought(folder: Path, name: str) -> list[Path]:
    """A file by its path, a role by its name."""
    role = folder / "roles" / name / "steps"
    return [folder / name, *(sorted(role.glob("*.yml")) if role.is_dir() else ())]


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the newest runs, with what they were."""
    return [
        CompletionItem(record.run, help=f"{record.what} {Path(record.playbook).name}".strip())
        for record in _records()
        if record.run.startswith(incomplete)
    ][:NEWEST]


def _records() -> list[Any]:
    from hardener.fleet import records

    found: list[Any] = []
    with contextlib.suppress(Exception):
        for record in records.every():
            found.append(record)  # noqa: PERF402 - those before a damaged one count
    return found


def words(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of step types and checks."""
    from hardener.playbook.schemas import language

    known = language()
    return items(
        sorted(name for kind in ("step", "check") for name in known.names(kind)), incomplete
    )


def items(names: Iterable[str], incomplete: str = "") -> list[CompletionItem]:
    """Return those names that begin so, each once."""
    return [CompletionItem(name) for name in dict.fromkeys(names) if name.startswith(incomplete)]


def parts(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Complete the last of several names that stand between commas."""
    before, comma, last = incomplete.rpartition(",")
    names = [name for name in names if name not in before.split(",")]
    return [CompletionItem(f"{before}{comma}{item.value}") for item in items(names, last)]
