"""Small wheels, made from nothing: a folder of them is an index for pip (`--find-links`)."""

import os
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import needs

PYTHON = "/usr/bin/python3"

WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(
    folder: Path, name: str, version: str, *requires: str, files: dict[str, str] | None = None
) -> Path:
    """Write NAME-VERSION-py3-none-any.whl, with a module that knows its version."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    content = {
        f"{name}/__init__.py": f"version = {version!r}\n",
        **(files or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": WHEEL,
    }
    made = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
        record = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
        archive.writestr(f"{info}/RECORD", record)
    return made


@cache
def packages() -> Path:
    """The folder of packages of a whole environment, with a pip that others can borrow."""
    folder = Path(tempfile.mkdtemp(prefix="pip-", dir="/var/tmp"))
    folder.chmod(0o755)
    venv(folder / "venv")
    return next(folder.glob("venv/lib/python3*/site-packages"))


def venv(folder: Path, *options: str) -> None:
    argv = [PYTHON, "-m", "venv", *options, str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        needs.missing(f"needs python3-venv: {done.stdout}")


def small_venv(folder: Path, owner: int) -> None:
    """Make an environment of a few files that borrows its pip: a whole one takes a thousand."""
    venv(folder, "--without-pip")
    site = next(folder.glob("lib/python3*/site-packages"))
    (site / "borrowed.pth").write_text(f"{packages()}\n")
    for each in (folder, *folder.rglob("*")):
        os.chown(each, owner, owner, follow_symlinks=False)
