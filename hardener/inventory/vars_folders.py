"""group_vars/ and host_vars/: files and folders of variables beside an inventory or a playbook.

The first of NAME, NAME.yml, NAME.yaml and NAME.json counts, as in Ansible; a folder is read
whole, sorted by name, without hidden files and `~` backups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hardener.errors import PlaybookError, Problem, SecretError
from hardener.inventory.draft import Given
from hardener.inventory.marked import Opened, parse
from hardener.inventory.quiet import quiet
from hardener.vault import reading

_ENDINGS = ("", ".yml", ".yaml", ".json")


class VarsFolders:
    """Reads each file once, however many hosts ask for it."""

    def __init__(self, *, patient: bool = False) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.closed: list[Path] = []  # vaults that no password opened, where that is borne
        self._patient = patient
        self._read: dict[Path, dict[str, Given]] = {}
        self._names: dict[Path, frozenset[str]] = {}  # what is in a folder

    def group(self, folder: Path, name: str) -> dict[str, Given]:
        """Return what `folder/group_vars` says of a group."""
        return self._find(folder / "group_vars", name)

    def host(self, folder: Path, name: str) -> dict[str, Given]:
        """Return what `folder/host_vars` says of a host."""
        return self._find(folder / "host_vars", name)

    def _find(self, folder: Path, name: str) -> dict[str, Given]:
        found: dict[str, Given] = {}
        if "/" in name:  # a chroot's path as host name must not lead out of the folder
            return found
        for path in _files(folder, name, self._inside(folder)):
            found.update(self._file(path))
        return found

    def _inside(self, folder: Path) -> frozenset[str]:
        if folder not in self._names:
            self._names[folder] = self._listed(folder)
        return self._names[folder]

    def _listed(self, folder: Path) -> frozenset[str]:
        try:
            return frozenset(path.name for path in folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()
        except OSError as error:
            self.problems.append(Problem(str(folder), 1, 1, f"cannot be read: {error}"))
            return frozenset()

    def _file(self, path: Path) -> dict[str, Given]:
        if path not in self._read:
            try:
                self._read[path] = self._parse(path)
            except PlaybookError as error:
                self.problems += error.problems
                self._read[path] = {}
            except SecretError:
                if not self._patient:
                    raise
                self.closed.append(path)
                self._read[path] = {}
        return self._read[path]

    def _parse(self, path: Path) -> dict[str, Given]:
        text, secret = read_text(path)
        with quiet(secret):
            marked = parse(str(path), text)
            if not isinstance(marked.data, Mapping | None):
                raise PlaybookError([marked.problem("expected variables (`name: value`)")])
        self.warnings += [] if secret else marked.warnings
        return {
            str(key): Given(Opened(value) if secret else value, marked.where(key))
            for key, value in (marked.data or {}).items()
        }


def read_text(path: Path) -> tuple[str, bool]:
    """Read a file, and tell whether it was in a vault; PlaybookError if it is no text."""
    try:
        return reading.read_text(path, "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError([Problem(str(path), 1, 1, f"cannot be read: {error}")]) from error


def _files(folder: Path, name: str, names: frozenset[str]) -> Iterator[Path]:
    """Return the files of a name in a folder, of which these are all names."""
    for each in [name + ending for ending in _ENDINGS if name + ending in names]:
        path = folder / each
        if path.is_dir():
            return _inside(path)
        if path.is_file():
            return iter([path])
    return iter([])


def _inside(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir() and not path.suffix:
            yield from _inside(path)
        elif path.is_file() and path.suffix in _ENDINGS:
            yield path
