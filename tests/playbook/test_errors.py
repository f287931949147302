"""Every errors/NAME.yml gives exactly what errors/NAME.txt says (D27, D28).

After a change of words: HARDENER_UPDATE=1 pytest tests/playbook, then read the difference.
"""

import os
from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.playbook import read_playbook
from hardener.playbook.schemas import Language

CASES = sorted((Path(__file__).parent / "errors").glob("*.yml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_errors(case: Path, words: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case.parent)
    with pytest.raises(PlaybookError) as caught:
        read_playbook(case.name, words)
    expected = case.with_suffix(".txt")
    if os.environ.get("HARDENER_UPDATE"):
        expected.write_text(f"{caught.value}\n", "utf-8")
    assert f"{caught.value}\n" == expected.read_text("utf-8")
    assert caught.value.exit_code == 64
