"""The laws of the kinds that need a booted host, run by pytest and hypothesis inside of one."""

import base64
import io
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inside import add_code

TESTS = Path(__file__).resolve().parents[1]
NEEDED = ("laws", "host/test_postgres_index.py", *(path.name for path in TESTS.glob("*.py")))
PLACE = "/run/laws"
SETTINGS = "[pytest]\npythonpath = . tests\naddopts = --import-mode=importlib -p no:cacheprovider\n"


@pytest.fixture
def inside(make_host: Callable[..., Any]) -> Any:
    host = make_host(packages=["python3-pytest", "python3-hypothesis"])
    data = base64.b64encode(packed()).decode("ascii")
    host.run(["sh", "-ec", f"mkdir {PLACE}; base64 -d | tar -xC {PLACE}"], input=data)
    host.write(f"{PLACE}/pytest.ini", SETTINGS)
    return host


def packed() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        add_code(archive)
        for name in NEEDED:
            archive.add(TESTS / name, f"tests/{name}")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["package", "service"])
def test_laws(inside: Any, kind: str, tally: Callable[..., None]) -> None:
    run = f"cd {PLACE}; CI=true HARDENER_LAWS_HERE={kind} python3 -m pytest -q tests/laws/test_laws.py"
    ran = inside.run(["sh", "-c", run], check=False, timeout=900)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = re.search(r"^(\d+) passed", ran.stdout, re.MULTILINE)
    assert passed, ran.stdout
    tally(f"laws of {kind}", tried=int(passed[1]))
