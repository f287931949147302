from pathlib import Path

import pytest

from hardener.playbook.schemas import Language, shipped

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def words() -> Language:
    """`file` and `command` as shipped and some types of the tests: it does not grow."""
    own = shipped().paths["step"]
    steps = {name: own[name] for name in ("command", "file")}
    return Language(steps | _in("steps"), _in("checks"))


def _in(kind: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((HERE / "words" / kind).glob("*.json"))}
