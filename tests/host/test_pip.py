"""Environments of another user's by the step `pip`, from wheels in a folder; all as it was after a rollback."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import listing
from wheels import PYTHON, small_venv, wheel

from hardener.host.record.store import Store

OWNER = 1000
OLD = Path("/root/.pyenv/versions/3.7.16/bin/python3.7")


class Ground:
    """A folder of wheels, and a place for an environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.venv = folder / "venv"

    def look(self) -> dict[str, Any]:
        return listing(self.folder, ("wheels", "state"))

    def installed(self) -> dict[str, str]:
        argv = [
            f"{self.venv}/bin/python",
            "-m",
            "pip",
            "list",
            "--format=freeze",
            "--disable-pip-version-check",
        ]
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        found = dict(line.split("==") for line in said.splitlines())
        return {
            name: version for name, version in found.items() if name not in ("pip", "setuptools")
        }


@pytest.fixture
def ground() -> Iterator[Ground]:
    needs.root()
    folder = Path(tempfile.mkdtemp(prefix="pip-", dir="/var/tmp"))
    folder.chmod(0o755)
    made = Ground(folder)
    wheel(made.wheels, "lib", "1.0")
    wheel(made.wheels, "lib", "1.1")
    wheel(made.wheels, "app", "1.0", "lib>=1.0")
    wheel(made.wheels, "app", "2.0", "lib>=1.1")
    wheel(made.wheels, "alone", "1.0")
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def host(ground: Ground) -> Sandbox:
    made = Sandbox("/")
    made.store = Store(made.system, str(ground.folder / "state"))
    return made


@pytest.fixture
def there(ground: Ground) -> Ground:
    """With an environment of the user's that is there already."""
    small_venv(ground.venv, OWNER)
    return ground


def pip(ground: Ground, *names: str, **more: Any) -> dict[str, Any]:
    more = {"name": list(names), **more} if names else more
    own = {
        "virtualenv": str(ground.venv),
        "find_links": [str(ground.wheels)],
        "no_index": True,
        "python": PYTHON,
    }
    return step("pip", **{**own, **more})


def test_new(ground: Ground, host: Sandbox) -> None:
    ground.venv.mkdir()
    os.chown(ground.venv, OWNER, OWNER)
    before = ground.look()
    made = host.foretold(pip(ground, "app"))
    assert made == [f"create venv:{ground.venv}", f"change pip:{ground.venv}"]
    assert {"+ app 2.0", "+ lib 1.1"} <= set(host.diff("apply"))
    assert ground.installed() == {"app": "2.0", "lib": "1.1"}
    assert {each.lstat().st_uid for each in ground.venv.rglob("*")} == {OWNER}
    assert host.play(pip(ground, "app")) == "ok"
    assert host.rollback("run-002") == "rolled back", host.events
    assert ground.look() == before


def test_other_versions(there: Ground, host: Sandbox) -> None:
    assert host.play(pip(there, "app==1.0", "lib==1.0")) == "changed", host.errors()
    before = there.look()
    assert host.foretold(pip(there, "app==2.0", "alone")) == [f"change pip:{there.venv}"]
    assert host.diff("apply") == ["- app 1.0", "- lib 1.0", "+ alone 1.0", "+ app 2.0", "+ lib 1.1"]
    assert there.installed() == {"alone": "1.0", "app": "2.0", "lib": "1.1"}
    assert host.rollback("run-003") == "rolled back", host.events
    assert there.look() == before
    assert there.installed() == {"app": "1.0", "lib": "1.0"}


def test_latest_and_absent(there: Ground, host: Sandbox) -> None:
    assert host.play(pip(there, "lib==1.0")) == "changed", host.errors()
    assert host.play(pip(there, "lib")) == "ok"
    host.foretold(pip(there, "lib", state="latest"))
    assert there.installed() == {"lib": "1.1"}
    before = there.look()
    host.foretold(pip(there, "Lib==9", state="absent"))
    assert there.installed() == {}
    assert host.play(pip(there, "lib", state="absent")) == "ok"
    assert host.rollback("run-006") == "rolled back", host.events
    assert there.look() == before


def test_a_file_that_is_only_foretold(there: Ground, host: Sandbox) -> None:
    path = there.folder / "requirements.txt"
    file = step("file", path=str(path), content="app<2  # not yet\nalone==1.0\n")
    made = host.foretold(file, pip(there, requirements=str(path)))
    assert made == [f"create file:{path}", f"change pip:{there.venv}"]
    assert there.installed() == {"alone": "1.0", "app": "1.0", "lib": "1.1"}
    assert host.play(pip(there, requirements=str(path))) == "ok"


def test_two_steps_are_foretold_together(there: Ground, host: Sandbox) -> None:
    """The second step's pip is asked before the first has brought anything."""
    first, second, third = (
        pip(there, "lib==1.0"),
        pip(there, "app"),
        pip(there, "app==1.0", "alone"),
    )
    assert host.play(first, second, dry_run=True) == "refused"
    assert "fight over pip:" in host.errors()
    host.foretold(first, third)
    assert host.diff("preview") == ["+ lib 1.0", "+ alone 1.0", "+ app 1.0"]
    assert there.installed() == {"alone": "1.0", "app": "1.0", "lib": "1.0"}


def test_hashes_hold(there: Ground, host: Sandbox) -> None:
    path = there.folder / "requirements.txt"
    path.write_text(f"alone==1.0 --hash=sha256:{'0' * 64}\n")
    assert host.play(pip(there, requirements=str(path))) == "refused"
    assert "DO NOT MATCH THE HASHES" in host.errors()


def test_nothing_that_fits(there: Ground, host: Sandbox) -> None:
    before = there.look()
    assert host.play(pip(there, "app==3")) == "refused"
    assert "No matching distribution found for app==3" in host.errors()
    assert there.look() == before


def test_work_since_is_not_lost(there: Ground, host: Sandbox) -> None:
    assert host.play(pip(there, "alone")) == "changed", host.errors()
    argv = [
        f"{there.venv}/bin/python",
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        f"--find-links={there.wheels}",
        "lib",
    ]
    subprocess.run([*argv, "--disable-pip-version-check"], check=True)
    before = there.look()
    assert host.rollback("run-001") == "partly rolled back"
    assert there.look() == before


def test_a_pip_that_can_not_be_asked(ground: Ground, host: Sandbox) -> None:
    if not OLD.exists():
        needs.missing(f"needs {OLD}, whose pip is older than 22.2")
    old = {"python": str(OLD)}
    assert host.play(pip(ground, "app", **old)) == "refused"
    assert "can't tell beforehand what `app` will bring" in host.errors()
    host.foretold(pip(ground, "app==1.0", "lib==1.0", **old))
    before = ground.look()
    assert host.play(pip(ground, "app==1.0", "lib==1.0", **old)) == "ok"
    assert host.play(pip(ground, "alone==1.0", "lib", **old)) == "refused"
    wheel(ground.wheels, "more", "1.0", "alone")
    assert host.play(pip(ground, "more==1.0", **old)) == "rolled back", host.errors()
    assert "+ alone 1.0" in host.errors()
    assert ground.look() == before
