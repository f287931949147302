"""The laws of the text formats, led by what code an input reaches: run by `scripts/fuzz --led`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[3])]
atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["hardener.host.text", "hardener.host.edits"]):
    from faults.fuzz.formats import EDITS, FORMATS
    from faults.fuzz.laws import edited, printed
    from faults.fuzz.texts import BYTES

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402


@settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(BYTES, st.sampled_from(sorted(FORMATS)), st.sampled_from(sorted(EDITS)), st.data())
def hold(data: bytes, name: str, edit: str, draw: st.DataObject) -> None:
    printed(name, data)
    edited(EDITS[edit], data, draw.draw(EDITS[edit].arguments))


if __name__ == "__main__":
    target: Any = hold
    atheris.Setup(sys.argv, target.hypothesis.fuzz_one_input)
    atheris.Fuzz()
