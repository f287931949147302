"""What somebody wrote before us, and supervisord was never told of, is noticed by the first run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from supervised import SECTIONS, VARIANTS, Site, sites

from hardener.host.door.system import System
from hardener.host.supervisor import daemon, loaded, running, server
from hardener.host.supervisor.config import load
from hardener.host.supervisor.running import Running


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with sites(tmp_path) as make:
        yield make()


def programs(site: Site) -> dict[str, int]:
    return {c["name"]: c["startretries"] for c in site.call("getAllConfigInfo")}


def test_an_edit_that_was_never_reread(site: Site) -> None:
    site.program("web"), site.program("other")
    site.start()
    before = site.pids()
    site.program("web", "startretries=5\n")
    call = site.step(programs="web", options={"startretries": 5})
    assert site.host.play(call, dry_run=True) == "pending", site.host.errors()
    assert site.host.changes("preview") == [f"change supervisor_update:{site.config}"]
    assert "supervisord will restart web" in site.host.notes()
    assert site.pids() == before
    assert programs(site)["web"] == 3
    assert site.host.play(call) == "changed", site.host.errors()
    assert "supervisord will restart web" in site.host.notes()
    assert programs(site) == {"web": 5, "other": 3}
    after = site.pids()
    assert after["web"] != before["web"]
    assert after["other"] == before["other"]
    assert site.host.play(call) == "ok", site.host.changes("preview")
    assert site.host.rollback() == "rolled back", site.host.events
    assert site.pids() == after
    assert site.host.play(call) == "ok", site.host.changes("preview")


def test_it_is_told_with_what_we_change(site: Site) -> None:
    """An update takes over all that was written: so all of it is said before."""
    for name in ("web", "other", "mine", "gone", "back"):
        site.program(name)
    site.start()
    before = site.pids()
    site.program("web", "startretries=5\n")
    site.program("new")
    (site.folder / "conf.d/gone.conf").unlink()
    site.program("back", "startretries=9\n")
    calls = [
        site.step(1, programs="mine", options={"startretries": 7}),
        site.step(2, programs="back", options={"startretries": 3}),
    ]
    assert site.host.play(*calls, dry_run=True) == "pending", site.host.errors()
    assert site.host.notes() == [
        "supervisord will restart back mine web, start new, stop gone",
        "supervisord will restart back",
    ]
    assert site.host.play(*calls) == "changed", site.host.errors()
    after = site.pids()
    assert sorted(after) == ["back", "mine", "new", "other", "web"]
    assert [name for name in after if after[name] == before.get(name)] == ["other"]
    assert site.host.play(*calls) == "ok", site.host.changes("preview")


def test_an_edit_that_we_take_back_restarts_nothing(site: Site) -> None:
    site.program("web")
    site.start()
    before = site.pids()
    site.program("web", "startretries=5\n")
    call = site.step(programs="web", options={"startretries": 3})
    assert site.host.play(call) == "changed", site.host.errors()
    assert not [note for note in site.host.notes() if "restart" in note]
    assert site.pids() == before


def test_one_that_must_not_stop_is_no_reason(site: Site) -> None:
    site.program("web")
    site.start()
    site.program("web", "startretries=5\n")
    call = site.step(programs="web", options={"startretries": 5}, keep_running=["web"])
    assert site.host.play(call) == "ok", site.host.changes("preview")


def test_an_edit_back_to_what_we_once_told_it(site: Site) -> None:
    site.program("web")
    site.start()
    call = site.step(programs="web", options={"startretries": 5})
    assert site.host.play(call) == "changed", site.host.errors()
    ours = (site.folder / "conf.d/web.conf").read_text()
    site.program("web", "startretries=9\n")
    site.call("reloadConfig")
    (site.folder / "conf.d/web.conf").write_text(ours)
    assert site.host.play(call) == "changed", site.host.errors()
    assert programs(site) == {"web": 5}


def test_what_we_misread_does_not_keep_it_restless(site: Site) -> None:
    """supervisor knows more of a path than we do (~); what is so after a reread, is so."""
    site.program("web", "stdout_logfile=~/hardener-test.log\n")
    site.start()
    call = site.step(programs="web", options={"startretries": 5})
    try:
        assert site.host.play(call) == "changed", site.host.errors()
        assert site.host.play(call) == "ok", site.host.changes("preview")
    finally:
        (Path.home() / "hardener-test.log").unlink()


def unread(site: Site, who: Running) -> list[tuple[object, ...]]:
    found, host = running.talk(System("/"), who), site.as_it_is()
    known = server.names(dict(found.environment), host)
    config = load(str(site.config), host, dict(found.environment))
    return loaded.unread(config, found, known, host.uid)


def reread(who: Running) -> Any:
    return daemon.call(System("/"), who.server, "reloadConfig")[0]


def test_every_option_is_understood_as_supervisor_does(site: Site) -> None:
    """Each variant is a difference before the reread, if it is one that is told, and none after it."""
    site.program("a", 'environment=X="1",Y=2\n')
    site.program("b")
    site.program("one", "process_name=%(program_name)s_%(process_num)02d\nnumprocs=2\n")
    site.program("two", "directory=%(here)s\nstdout_logfile=%(here)s/%(program_name)s.log\n")
    for name, section in SECTIONS.items():
        (site.folder / f"conf.d/{name}.conf").write_text(section)
    site.start()
    who = site.found()
    assert unread(site, who) == []
    seen = 0
    for name, lines in VARIANTS.items():
        path = site.folder / f"conf.d/{name}.conf"
        was = path.read_text()
        for line in lines:
            path.write_text(was + line + "\n")
            before, untold = loaded.groups_of(unread(site, who)), UNTOLD & {line.split("=")[0]}
            added, changed, _ = map(set, reread(who))
            assert before == added | changed or (untold and not before), line
            seen += bool(before)
            left = [each for each in unread(site, who) if each[2] != loaded.IN_USE]
            assert left == [], line
            path.write_text(was)
            reread(who)
    assert seen > 15


UNTOLD = {
    "environment", "umask", "events", "buffer_size", "result_handler", "socket", "autorestart",
    "stopasgroup", "priority", "programs",
}  # fmt: skip
