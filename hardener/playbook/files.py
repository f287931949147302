"""The files that a playbook names: where they are looked for, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from hardener.errors import PlaybookError, Problem, SecretError, UsageError
from hardener.playbook.marks import Place
from hardener.playbook.references import texts
from hardener.playbook.schemas import Language
from hardener.playbook.templates import has_template, unreadable
from hardener.playbook.tree import Node, PlayNode
from hardener.resources import data_dir


def search_path(playbook: Path) -> tuple[Path, ...]:
    """Where `src` and `template` are looked for: beside the playbook, its neighbours, what ships."""
    here = playbook.absolute().parent
    near = (here, here / "templates", here / "files", here.parent / "templates")
    return (*near, data_dir("templates"))


def step_search(around: Sequence[Node], place: Place, play: str) -> tuple[Path, ...]:
    """Where a step's files are looked for before that: in its roles, beside the included file."""
    roles = [folder for node in reversed(around) if node.role for folder in node.role.search]
    file = place.document.file
    return (*roles, *(() if file == play else (Path(file).absolute().parent,)))


def file_problems(plays: Sequence[PlayNode], words: Language) -> Iterator[Problem]:
    """Yield the files that are not there, and the mistakes in those that are.

    A name that holds a template is known only for a host.
    """
    for play in plays:
        if isinstance(play.data, dict):
            yield from _vars_files(play)
            file = play.place.document.file
            near = search_path(Path(file))
            for node, around in (*play.all_steps(), *play.all_handlers()):
                if node.kind == "step" and isinstance(node.data, dict):
                    yield from _step(node, words, (*step_search(around, node.place, file), *near))


def _vars_files(play: PlayNode) -> Iterator[Problem]:
    names = play.data.get("vars_files")
    for number, name in enumerate(names if isinstance(names, list) else ()):
        place, each = play.place / "vars_files" / number, texts(name)
        if each and not any(map(has_template, each)):
            paths = [Path(play.place.document.file).parent / path for path in each]
            first = next((path for path in paths if path.is_file()), None)
            if first is None and len(paths) > 1:
                hint = f"looked for {', '.join(map(str, paths))}"
                yield place.problem("none of these files is there", hint=hint)
            else:
                yield from _vars_file(first or paths[0], place)


def _step(node: Node, words: Language, search: tuple[Path, ...]) -> Iterator[Problem]:
    step, place = node.data, node.place
    for name in step.keys() & words.paths["step"]:
        schema = words.schema("step", name)
        params = schema.expand(step[name])
        for key, (how, _) in schema.data.get("brings", {}).items():
            value = params.get(key) if isinstance(params, dict) else None
            if isinstance(value, str) and value and not has_template(value):
                yield from _brought(how, value, place / name / key, search)


def _brought(how: str, name: str, place: Place, search: tuple[Path, ...]) -> Iterator[Problem]:
    path = found(name, search)
    if path is None:
        yield place.problem(f"there is no file {name}", hint=looked_for(name, search))
    elif how == "template":
        yield from _template(path, place)


def places(name: str, search: tuple[Path, ...]) -> list[Path]:
    """Name the places of a file; a path that is absolute or begins with `~` has one."""
    return list(dict.fromkeys(folder / os.path.expanduser(name) for folder in search))


def found(name: str, search: tuple[Path, ...]) -> Path | None:
    """Return the first of its places at which there is a file."""
    looked = places(name, search)
    return next((path for path in looked if os.path.isfile(path)), None)  # noqa: PTH113 - never raises


def looked_for(name: str, search: tuple[Path, ...]) -> str:
    """Say where a file was looked for."""
    return f"looked for {', '.join(map(str, places(name, search)))}"


def _template(path: Path, place: Place) -> Iterator[Problem]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield place.problem(f"{path} cannot be read", hint=str(error))
        return
    mistake = unreadable(text)
    if mistake:
        line, what, hint = mistake
        source = text.splitlines()[line - 1 : line]
        yield Problem(str(path), line, 1, what, hint, *source)


def _vars_file(path: Path, place: Place) -> Iterator[Problem]:
    from hardener.render.variables import vars_file

    try:
        vars_file(path)
    except PlaybookError as error:
        yield from error.problems
    except UsageError as error:
        yield place.problem(error.what, hint=error.why)
    except SecretError:
        return  # it is encrypted: who applies it is asked for the password
