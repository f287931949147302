"""`lookup(…)`, `query(…)`: what a template may read from the controller."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardener.hiding import hide
from hardener.inventory.nearest import did_you_mean
from hardener.render import absent
from hardener.render.errors import RenderError
from hardener.render.filters.names import fileglob
from hardener.render.secrecy import used
from hardener.render.undefined import Missing
from hardener.vault.reading import read_text

if TYPE_CHECKING:
    from hardener.render.renderer import Renderer

Found = Iterator[object]


def lookup(
    renderer: Renderer, kind: str, *terms: Any, wantlist: bool = False, **options: Any
) -> object:
    """Read each term; several are joined with commas, as Ansible has it."""
    kind = absent.plain_name(kind)
    if kind not in LOOKUPS:
        hint = absent.LOOKUPS.get(kind) or did_you_mean(kind, LOOKUPS)
        why = "" if kind in absent.LOOKUPS else f"there are {', '.join(LOOKUPS)}"
        raise RenderError(f"no lookup {kind!r}", why=why, hint=hint)
    errors = options.pop("errors", "strict")
    try:
        found = list(LOOKUPS[kind](renderer, terms, **options))
    except TypeError as error:
        raise RenderError(f"lookup('{kind}', …): {error}") from error
    except RenderError:
        if errors == "strict":
            raise
        return [] if wantlist else None
    return found if wantlist else _joined(found)


def _joined(found: list[object]) -> object:
    if len(found) == 1:
        return found[0]
    return ",".join(map(str, found)) if all(isinstance(each, str) for each in found) else found


def find(name: str, search: Sequence[Path]) -> Path:
    """Find a file by its path, or in the folders of the play; RenderError says where it looked."""
    places = [folder / Path(name).expanduser() for folder in search] or [Path(name).expanduser()]
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(str(place) for place in places)
    raise RenderError(f"no file {name!r}", why=f"looked for {looked}")


def _env(renderer: Renderer, names: Sequence[str], default: object = None) -> Found:
    """An unset variable is undefined: an empty password by mistake would be worse than an error."""
    for name in names:
        unset = Missing(f"the environment has no {name}", name=name)
        yield os.environ.get(name, unset if default is None else default)


def _file(
    renderer: Renderer, names: Sequence[str], rstrip: bool = True, lstrip: bool = False
) -> Found:
    for name in names:
        text = _read(renderer, name)
        text = text.rstrip() if rstrip else text
        yield text.lstrip() if lstrip else text


def _read(renderer: Renderer, name: str) -> str:
    text, secret = read_text(find(name, renderer.search))
    if secret:
        used()
        hide(text.rstrip("\n"))
    return text


def _template(
    renderer: Renderer, names: Sequence[str], template_vars: Mapping[str, Any] | None = None
) -> Found:
    for name in names:
        yield renderer.template(find(name, renderer.search), template_vars)


def _pipe(renderer: Renderer, commands: Sequence[str]) -> Found:
    for command in commands:
        yield _run(renderer, "pipe", command)


def _lines(renderer: Renderer, commands: Sequence[str]) -> Found:
    for command in commands:
        yield from _run(renderer, "lines", command).splitlines()


def _run(renderer: Renderer, kind: str, command: str) -> str:
    if not renderer.allow_pipe:
        raise RenderError(f"lookup('{kind}', …) runs a program here and is not allowed",
                          hint="allow it with --allow-pipe")  # fmt: skip
    done = subprocess.run(  # noqa: S602 - the playbook asked for a shell, and the user allowed it
        command, shell=True, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RenderError(f"lookup('{kind}', …) ended with {done.returncode}",
                          why=done.stderr.strip())  # fmt: skip
    return done.stdout.rstrip("\n")


def _first_found(
    renderer: Renderer,
    terms: Sequence[Any],
    files: Any = (),
    paths: Any = (),
    skip: bool = False,
) -> Found:
    """Find the first of these files; a term may be a mapping with `files`, `paths` and `skip`."""
    names, folders = [*_texts(files)], [*_texts(paths)]
    for term in _flat(terms):
        if isinstance(term, Mapping):
            names += _texts(term.get("files", ()))
            folders += _texts(term.get("paths", ()))
            skip = bool(term.get("skip", skip))
        else:
            names.append(str(term))
    places = [folder / inner for inner in folders or [""] for folder in _folders(renderer)]
    for name in names:
        for place in places:
            if (place / Path(name).expanduser()).is_file():
                yield str(place / Path(name).expanduser())
                return
    if not skip:
        looked = ", ".join(str(place) for place in places)
        raise RenderError(f"none of the files {', '.join(names)}", why=f"looked in {looked}")


def _folders(renderer: Renderer) -> list[Path]:
    """Where files are looked for, those of variables too."""
    found = renderer.search or (Path(),)
    return [*found, *(folder / "vars" for folder in found)]


def _fileglob(renderer: Renderer, patterns: Sequence[str]) -> Found:
    for pattern in patterns:
        for folder in renderer.search or (Path(),):
            if files := fileglob(str(folder / Path(pattern).expanduser())):
                yield from sorted(files)
                break


def _dict(renderer: Renderer, mappings: Sequence[Any]) -> Found:
    for mapping in _flat(mappings):
        if not isinstance(mapping, Mapping):
            raise RenderError(f"lookup('dict', …) needs mappings, found {mapping!r}")
        yield from ({"key": key, "value": value} for key, value in mapping.items())


SHORT = re.compile(r"(?:(\w+)-)?(\w+)(?:/(\w+))?(?::(.+))?")


def _sequence(renderer: Renderer, terms: Sequence[str], **given: Any) -> Found:
    """Count: `start=1 end=5`, `count=3 format=web%02d`, or short `1-5`, `2-10/2:web%02d`."""
    for term in terms or [""]:
        words = dict(each.split("=", 1) for each in str(term).split() if "=" in each)
        short = SHORT.fullmatch(str(term)) if term and not words else None
        if short:
            keys = ("start", "end", "stride", "format")
            words = {key: each for key, each in zip(keys, short.groups(), strict=True) if each}
        yield from _counted({**words, **given})


def _counted(words: Mapping[str, Any]) -> Found:
    unknown = words.keys() - {"start", "end", "count", "stride", "format"}
    if unknown or ("end" in words) == ("count" in words):
        raise RenderError("lookup('sequence', …) needs `end` or `count`, such as 'start=1 end=5'")
    start, stride = (int(str(words.get(key, 1)), 0) for key in ("start", "stride"))
    end = int(str(words["end"]), 0) if "end" in words else start
    numbers = range(start, end + (1 if stride > 0 else -1), stride)
    if "count" in words:
        count = int(str(words["count"]), 0)
        numbers = range(start, start + count * stride, stride)
    yield from (str(words.get("format", "%d")) % number for number in numbers)


def _vars(renderer: Renderer, names: Sequence[str], default: object = None) -> Found:
    for name in names:
        if name in renderer.scope:
            yield renderer.scope[name]
        elif default is None:
            yield Missing(name=name)
        else:
            yield default


def _varnames(renderer: Renderer, patterns: Sequence[str]) -> Found:
    for pattern in patterns:
        yield from (name for name in renderer.scope if re.search(pattern, name))


def _password(renderer: Renderer, terms: Sequence[str], **_: Any) -> Found:
    """Read a password that was made: made here, a preview would write, and two machines differ."""
    for term in terms:
        name = str(term).split()[0]
        try:
            first = _read(renderer, name).splitlines()[0]
        except (RenderError, IndexError):
            hint = f"make it once: openssl rand -base64 18 > {name}; harden vault encrypt {name}"
            raise RenderError(f"there is no password in {name}", hint=hint) from None
        used()
        password = first.rpartition(" salt=")[0] or first
        hide(password)
        yield password


def _ini(
    renderer: Renderer,
    keys: Sequence[str],
    file: str = "ansible.ini",
    section: str = "global",
    default: str = "",
    re: bool = False,
    type: str = "ini",
    encoding: str = "utf-8",
    case_sensitive: bool = False,
) -> Found:
    """Read options of an ini file, or of `type='properties'`."""
    from configparser import ConfigParser

    parser = ConfigParser(interpolation=None, allow_no_value=True)
    if case_sensitive:
        parser.optionxform = str  # type: ignore[method-assign, assignment]
    text = _read(renderer, file)
    parser.read_file(StringIO(f"[java_properties]\n{text}" if type == "properties" else text))
    section = "java_properties" if type == "properties" else section
    for key in keys:
        yield parser.get(section, key, fallback=default)


def _csvfile(
    renderer: Renderer,
    keys: Sequence[str],
    file: str = "ansible.csv",
    delimiter: str = "TAB",
    col: int | str = 1,
    default: object = None,
    keycol: int | str = 0,
    encoding: str = "utf-8",
) -> Found:
    """Read a column of the row whose first one is the key."""
    mark = "\t" if delimiter in ("TAB", "t") else delimiter
    rows = list(csv.reader(StringIO(_read(renderer, file)), delimiter=mark))
    for key in keys:
        found = [row[int(col)] for row in rows if row and row[int(keycol)] == key]
        yield found[0] if found else [] if default is None else default


def _texts(value: Any) -> list[str]:
    """Return names of a list of them, or of a text with commas, colons or semicolons between."""
    if isinstance(value, str):
        return [each.strip() for each in re.split(r"[,;:]", value)]
    return [str(each) for each in value]


def _flat(terms: Sequence[Any]) -> Iterator[Any]:
    for term in terms:
        yield from _flat(term) if isinstance(term, list | tuple) else [term]


LOOKUPS: Mapping[str, Callable[..., Found]] = {
    "env": _env, "file": _file, "template": _template, "pipe": _pipe, "lines": _lines,
    "first_found": _first_found, "fileglob": _fileglob, "dict": _dict, "sequence": _sequence,
    "vars": _vars, "varnames": _varnames, "password": _password, "ini": _ini,
    "csvfile": _csvfile,
}  # fmt: skip
