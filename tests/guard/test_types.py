"""A step type is three things with one name; a check too. Neither half stands alone."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NAMED = [
    (kind, path.stem)
    for kind in ("steps", "checks")
    for folder in (f"schemas/{kind}", f"hardener/host/{kind}")
    for path in sorted((ROOT / folder).glob("[!_]*.*"))
]
TESTS = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize(("kind", "name"), sorted(set(NAMED)))
class TestType:
    def test_has_code_schema_and_page(self, kind: str, name: str) -> None:
        for path in (f"hardener/host/{kind}/{name}.py", f"schemas/{kind}/{name}.json"):
            assert (ROOT / path).is_file(), path
        assert (ROOT / f"docs/{kind}/{name}.md").is_file(), "run scripts/make-docs"

    def test_is_tested(self, kind: str, name: str) -> None:
        if kind == "checks":
            assert (ROOT / f"tests/checks/test_{name}.py").is_file()
        else:
            cases = list((ROOT / "tests" / kind / name).glob("*.yml"))
            assert cases or any(name in stem.split("_") for stem in TESTS)

    def test_code_is_named_as_people_call_it(self, kind: str, name: str) -> None:
        entry = "def plan(" if kind == "steps" else "def check("
        assert entry in (ROOT / f"hardener/host/{kind}/{name}.py").read_text("utf-8")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/steps").glob("*/*.yml")), ids=lambda path: path.stem
)
def test_a_case_tells_what_it_shows(path: Path) -> None:
    assert yaml.safe_load(path.read_text("utf-8"))["what"]
    assert (ROOT / "schemas/steps" / f"{path.parent.name}.json").is_file()
