"""A role: a folder of steps, handlers, variables, templates and files, under a name.

roles/web/steps/main.yml (or tasks/main.yml), handlers/, defaults/, vars/, meta/main.yml (dependencies),
roles/web/templates/, roles/web/files/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PARTS = ("steps", "handlers", "defaults", "vars", "meta")
FOLDERS = {"steps": ("steps", "tasks")}
ENDINGS = (".yml", ".yaml", "")


@dataclass(frozen=True, eq=False)
class Role:
    """`variables` holds those of `defaults` and of `vars`."""

    name: str
    folder: Path
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def main(self, part: str) -> Path | None:
        """Find the file that a part of the role begins with."""
        for folder in FOLDERS.get(part, (part,)):
            for ending in ENDINGS:
                path = self.folder / folder / f"main{ending}"
                if path.is_file():
                    return path
        return None

    @property
    def search(self) -> tuple[Path, ...]:
        """Where `src` and `template` of its steps are looked for first."""
        folder = self.folder.absolute()
        return (folder / "templates", folder / "files", folder)


def places(name: str, home: Path) -> tuple[Path, ...]:
    """Return where a role may be, for a playbook in the folder `home`."""
    return (home / "roles" / name, home / ".." / "roles" / name, home / name)


def folder(name: str, home: Path) -> Path | None:
    return next((each for each in places(name, home) if each.is_dir()), None)
