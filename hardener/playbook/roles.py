"""A role: a folder of steps, handlers, variables, templates and files, under a name.

roles/web/steps/main.yml (or tasks/main.yml), handlers/, defaults/, vars/, meta/main.yml (dependencies),
roles/web/templates/, roles/web/files/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hardener.dataclass import dataclass, field
from hardener.inventory.placed import Placed, merged

PARTS = ("steps", "handlers", "meta")
VARIABLES = ("defaults", "vars")
FOLDERS = {"steps": ("steps", "tasks")}
ENDINGS = (".yml", ".yaml", "")


@dataclass(frozen=True, eq=False)
class Role:
    """`variables` holds those of `defaults` and of `vars`, `needs` the roles that come before it."""

    name: str
    folder: Path
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    needs: list[Role] = field(default_factory=list)

    def known(self, part: str) -> Placed:
        """Return its variables of a part, over those of the roles that it needs."""
        return merged(*(each.known(part) for each in self.needs), self.variables[part])

    @property
    def itself(self) -> dict[str, str]:
        """What its steps know it by: its name, and where it is on this machine."""
        return {"role_name": self.name, "role_path": str(self.folder.absolute())}

    def main(self, part: str) -> Path | None:
        """Find the file that a part of the role begins with."""
        for folder in FOLDERS.get(part, (part,)):
            for ending in ENDINGS:
                path = self.folder / folder / f"main{ending}"
                if path.is_file():
                    return path
        return None

    def variables_files(self, part: str) -> list[Path]:
        """Find the files of `defaults` or `vars`: a folder `main` holds several, in their order."""
        folder = self.folder / part / "main"
        if not folder.is_dir():
            return list(filter(None, [self.main(part)]))
        return sorted(path for path in folder.rglob("*") if is_read(path))

    @property
    def search(self) -> tuple[Path, ...]:
        """Where `src` and `template` of its steps are looked for first."""
        folder = self.folder.absolute()
        return (folder / "templates", folder / "files", folder)


def is_read(path: Path) -> bool:
    """Is it a file of variables? Ansible passes over hidden files, and those that editors leave."""
    shown = not path.name.startswith(".") and not path.name.endswith("~")
    return shown and path.suffix in (".yml", ".yaml", ".json", "") and path.is_file()


def places(name: str, home: Path) -> tuple[Path, ...]:
    """Return where a role may be, for a playbook in the folder `home`."""
    return (home / "roles" / name, home / ".." / "roles" / name, home / name)


def folder(name: str, home: Path) -> Path | None:
    return next((each for each in places(name, home) if each.is_dir()), None)
