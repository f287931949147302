"""The wheel, alone in a fresh environment, holds all that the commands need."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Harden = Callable[..., str]


@pytest.fixture(scope="module")
def harden(tmp_path_factory: pytest.TempPathFactory) -> Harden:
    """The program installed from the wheel; it runs where no checkout is near."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("hardener-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    run(*pip, "--python", folder / "venv/bin/python", "install", wheel)
    return lambda *words: run(folder / "venv/bin/harden", *words, cwd=folder)


def run(*words: object, cwd: Path | None = None) -> str:
    done = subprocess.run(
        list(map(str, words)), check=False, capture_output=True, text=True, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_the_wheel(harden: Harden) -> None:
    assert harden("--version").startswith("harden, version ")
    assert "logrotate" in harden("doc")
    assert "rotate" in harden("doc", "logrotate")
    assert ": ok: " in harden("validate", ROOT / "playbooks/droplet.yml")
    assert '"$schema"' in harden("schema")
    assert "site/site.yml" in harden("init", "site")
    assert ": ok: " in harden("validate", "site/site.yml")
