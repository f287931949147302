"""What a schema calls secret is shown by no mistake, as whatever it was written (D20)."""

from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.playbook import read_playbook
from hardener.playbook.marks import Document, Place
from hardener.playbook.params import validate_params

PLAY = """\
- hosts: all
  steps:
    - user: {name: deploy, password: hunter2}
    - user:
        name: deploy
        password: 12345
"""


def test_in_a_playbook(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(PLAY)
    with pytest.raises(PlaybookError) as caught:
        read_playbook(tmp_path / "play.yml")
    told = str(caught.value)
    assert "play.yml:3:38: `password` has another form than is expected here" in told
    assert "play.yml:6:19: `password` has another form than is expected here" in told
    assert "expected a hash such as $6$…" in told
    assert "hunter2" not in told
    assert "12345" not in told


def test_as_a_template_gave_it() -> None:
    nowhere = Place(Document("x", (), {}, {}, {}))
    with pytest.raises(PlaybookError) as caught:
        validate_params("user", {"name": "deploy", "password": "hunter2"}, nowhere)
    assert "`password`" in str(caught.value)
    assert "hunter2" not in str(caught.value)
