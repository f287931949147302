"""A supervisord that runs and can't be told is never taken for one that does not run."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from killing import in_child
from supervised import Site, sites

REFUSED = ("failed", "refused")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    with sites(tmp_path) as site:
        yield site


@pytest.fixture
def site(make: Callable[..., Site]) -> Site:
    site = make()
    site.program("web")
    return site


def wish(site: Site, **more: Any) -> dict[str, Any]:
    return site.step(programs="web", options={"priority": 1}, **more)


def change(site: Site, old: str, new: str) -> None:
    site.config.write_text(site.config.read_text().replace(old, new))


def test_its_socket_was_deleted(site: Site) -> None:
    """What cleans up /tmp does that."""
    site.start()
    (site.folder / "run/supervisor.sock").unlink()
    assert site.host.play(wish(site), dry_run=True) in REFUSED
    assert "supervisord.conf can't be told of the change (process" in site.host.errors()
    assert "nobody answers at unix://" in site.host.errors()
    assert site.host.play(wish(site, apply="none")) == "changed", site.host.errors()


def test_it_has_no_server_at_all(site: Site) -> None:
    change(site, "[unix_http_server]", "[nothing]")
    site.start(wait_for_answer=False)
    assert site.host.play(wish(site)) in REFUSED
    assert "names no server by which it can be told" in site.host.errors()


def test_it_wants_another_password(make: Any) -> None:
    site = make(login="username = me\npassword = s3cret\n")
    site.program("web")
    site.start()
    change(site, "s3cret", "secret-2")
    assert site.host.play(wish(site), dry_run=True) in REFUSED
    assert "refuses the name or password" in site.host.errors()
    assert "secret-2" not in site.host.errors()
    change(site, "secret-2", "s3cret")


def test_its_socket_and_password_come_from_its_environment(make: Any) -> None:
    site = make(login="username = me\npassword = %(ENV_SECRET)s\n")
    site.program("web")
    change(site, "run/supervisor.sock", "run/%(ENV_STAGE)s.sock")
    site.start(SECRET="a%b", STAGE="live")
    assert (site.folder / "run/live.sock").exists()
    assert site.host.play(wish(site)) == "changed", site.host.errors()
    assert site.check(all="RUNNING") is None


def test_another_user_may_not_ask(make: Callable[..., Site], public: Path) -> None:
    """Its socket is root's, as Debian has it."""
    needs.root()
    site = make(folder=public / "site")
    site.program("web")
    site.start()

    def asks() -> None:
        os.setgid(1000)
        os.setuid(1000)
        found = site.found()
        assert site.process
        assert found.pid == site.process.pid
        assert "Permission denied" in found.why

    assert in_child(asks)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that an ordinary user can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_none_runs(site: Site) -> None:
    assert site.host.play(wish(site)) == "changed", site.host.errors()
    assert any("no supervisord runs with" in note for note in site.host.notes())


def test_another_one_runs(make: Callable[..., Site]) -> None:
    """With a main file of its own it is none of ours."""
    site, other = make(), make()
    for each in (site, other):
        each.program("web")
    other.start()
    assert site.host.play(wish(site)) == "changed", site.host.errors()
    assert any("no supervisord runs with" in note for note in site.host.notes())


@pytest.mark.parametrize(
    "words",
    [
        ["-c", "supervisord.conf"],
        ["--configuration=supervisord.conf"],
        ["-c./supervisord.conf"],
        [],
    ],
)
def test_however_it_was_started(site: Site, words: list[str]) -> None:
    """By a path from its own folder, or by none at all."""
    site.start(words=words)
    (site.folder / "run/supervisor.sock").unlink()
    assert site.host.play(wish(site), dry_run=True) in REFUSED
    assert site.process
    assert f"(process {site.process.pid})" in site.host.errors()
