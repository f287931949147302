"""A file that a playbook names and that is not there, or cannot be read, is a mistake of the playbook."""

from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.playbook import read_playbook

PLAY = """\
- hosts: all
  vars_files: [vars.yml, none.yml, "{{ os }}.yml", broken.yml]
  steps:
    - file: {path: /etc/a, src: a}
    - file: {path: /etc/b, src: b}
    - file: {path: /etc/c, template: c.j2}
    - file: {path: /etc/d, template: d.j2}
    - file: {path: /etc/e, template: "{{ item }}"}
      loop: [e.j2]
    - file: {path: /etc/f, src: ~nobody-of-this-name/x}
  handlers:
    - name: h
      file: {path: /etc/g, template: latin.j2}
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "files/a").write_text("a")
    (tmp_path / "templates/d.j2").write_text("first\n{{ x | uper }}\n")
    (tmp_path / "templates/latin.j2").write_bytes(b"\xe9")
    (tmp_path / "vars.yml").write_text("x: 1\n")
    (tmp_path / "broken.yml").write_text("- x\n")
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path / "play.yml"


def test_every_file_is_looked_for(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(book.parent)
    with pytest.raises(PlaybookError) as caught:
        read_playbook("play.yml")
    said = [(each.file, each.line, each.what) for each in caught.value.problems]
    templates = book.parent / "templates"
    assert said == [
        (str(templates / "d.j2"), 2, "there is no filter `uper`"),
        ("broken.yml", 1, "expected variables (`name: value`)"),
        ("play.yml", 2, "cannot read none.yml"),
        ("play.yml", 5, "there is no file b"),
        ("play.yml", 6, "there is no file c.j2"),
        ("play.yml", 10, "there is no file ~nobody-of-this-name/x"),
        ("play.yml", 13, f"{templates / 'latin.j2'} cannot be read"),
    ]
    hints = [each.hint for each in caught.value.problems]
    assert str(book.parent / "files" / "b") in hints[3]


def test_a_file_of_the_working_folder_is_not_taken_for_one_beside_the_playbook(
    book: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "b").write_text("not this one")
    monkeypatch.chdir(elsewhere)
    with pytest.raises(PlaybookError, match="there is no file b"):
        read_playbook(book)
