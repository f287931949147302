"""The code for hosts is packed once a version; what is kept of it is never believed blindly."""

import bz2
import sys
from pathlib import Path

import pytest

from hardener.connect.code import Code

FILES = {"a/b.py": "X = 1\n"}
OTHER = {"a/b.py": "X = 2\n"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "cache" / "hardener"


@pytest.fixture
def packings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was packed."""
    made: list[bytes] = []
    compress = bz2.compress

    def counted(data: bytes) -> bytes:
        made.append(data)
        return compress(data)

    monkeypatch.setattr(bz2, "compress", counted)
    return made


def test_is_packed_once(folder: Path, packings: list[bytes]) -> None:
    first, again = (Code.of(FILES).packed_small for _ in range(2))
    assert first == again
    assert len(packings) == 1
    assert folder.stat().st_mode & 0o777 == 0o700


def test_only_the_newest_is_kept(folder: Path, packings: list[bytes]) -> None:
    for files in (FILES, OTHER, OTHER):
        assert Code.of(files).packed_small
    assert len(packings) == 2
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 100])
def test_what_is_damaged_is_made_anew(folder: Path, packings: list[bytes], damage: bytes) -> None:
    whole = Code.of(FILES).packed_small
    (kept,) = folder.iterdir()
    kept.write_bytes(damage)
    assert Code.of(FILES).packed_small == Code.of(FILES).packed_small == whole
    assert len(packings) == 2


def test_what_others_may_write_is_not_believed(folder: Path, packings: list[bytes]) -> None:
    assert Code.of(FILES).packed_small
    folder.chmod(0o770)
    assert Code.of(FILES).packed_small
    assert len(packings) == 2


def test_a_link_is_not_followed(folder: Path, tmp_path: Path, packings: list[bytes]) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.parent.mkdir()
    folder.symlink_to(elsewhere)
    assert Code.of(FILES).packed_small
    assert not list(elsewhere.iterdir())


def test_nothing_is_kept_where_bytecode_is_not(
    folder: Path, packings: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert Code.of(FILES).packed_small
    assert not folder.exists()


def test_goes_on_where_nothing_can_be_kept(folder: Path, packings: list[bytes]) -> None:
    folder.parent.write_text("no folder")
    assert Code.of(FILES).packed_small == Code.of(FILES).packed_small
    assert len(packings) == 2
