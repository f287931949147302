"""The variables of values.yml, for all tests of rendering."""

from pathlib import Path

import pytest
import yaml

from hardener.render import Renderer, Variables

HERE = Path(__file__).parent
DATA = yaml.safe_load((HERE / "values.yml").read_text())


@pytest.fixture
def renderer(monkeypatch):
    monkeypatch.setenv("RENDER_TEST", "from the environment")
    monkeypatch.delenv("RENDER_TEST_NOT_SET", raising=False)
    given = {**DATA["vars"], **DATA["literal"]}
    variables = Variables(given, frozenset(DATA["literal"]), {"broken": "vars.yml:3:1"})
    return Renderer(variables, [HERE / "files"])
