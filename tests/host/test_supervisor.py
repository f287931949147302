"""The supervisor step with a real supervisord, on this very machine, in a folder of the test."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from supervised import SECTIONS, VARIANTS, Site, alive, kill, sites, wait

from hardener.host.door.system import System
from hardener.host.supervisor import groups, hosts
from hardener.host.supervisor.config import load

BAD = ("failed", "refused")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    with sites(tmp_path) as site:
        yield site


@pytest.fixture
def site(make: Callable[..., Site]) -> Site:
    return make()


def text(path: Path) -> str:
    return path.read_text()


def test_only_groups_that_differ_restart(site: Site) -> None:
    web, other = site.program("web"), site.program("other")
    site.start()
    before = site.pids()
    call = site.step(programs="web", options={"startretries": 5})
    assert site.host.play(call, dry_run=True) == "pending", site.host.errors()
    assert site.host.changes("preview") == [
        f"change file:{web}",
        f"change supervisor_update:{site.config}",
    ]
    assert "supervisord will restart web" in site.host.notes()
    assert site.pids() == before
    assert site.host.play(call) == "changed", site.host.errors()
    after = site.pids()
    assert after["web"] != before["web"]
    assert after["other"] == before["other"]
    assert "startretries=5" in text(web)
    assert "startretries" not in text(other)
    assert site.host.play(call) == "ok"
    assert site.pids() == after


def test_a_group_that_must_not_stop_keeps_running(site: Site) -> None:
    web, _ = site.program("web"), site.program("other")
    site.start()
    before = site.pids()
    call = site.step(programs="*", options={"startretries": 5}, keep_running=["we?"])
    assert site.host.play(call) == "changed", site.host.errors()
    assert any("web keeps running as it is" in note for note in site.host.notes())
    after = site.pids()
    assert after["web"] == before["web"]
    assert after["other"] != before["other"]
    assert "startretries=5" in text(web)
    assert site.host.play(call) == "ok"
    assert site.host.rollback() == "rolled back", site.host.events
    assert site.pids()["web"] == before["web"]
    assert "startretries" not in text(web)


def test_a_rollback_rereads_too(site: Site) -> None:
    web = site.program("web")
    was = text(web)
    site.program("other")
    site.start()
    before = site.pids()
    assert site.host.play(site.step(programs="web", options={"startretries": 5})) == "changed"
    changed = site.pids()
    assert site.host.rollback() == "rolled back", site.host.events
    assert text(web) == was
    assert site.pids()["web"] not in (changed["web"], before["web"])
    assert site.pids()["other"] == before["other"]
    assert [c["startretries"] for c in site.call("getAllConfigInfo") if c["name"] == "web"] == [3]


def test_an_option_at_its_default_restarts_nothing(site: Site) -> None:
    site.program("web")
    site.start()
    before = site.pids()
    assert site.host.play(site.step(programs="*", options={"startretries": 3})) == "changed"
    assert not [note for note in site.host.notes() if "restart" in note]
    assert site.pids() == before


def test_children_die_with_their_parents(site: Site) -> None:
    """With stopasgroup and killasgroup no orphan is left; the update that sets them leaves one."""
    site.family("old")
    site.family("new", "stopasgroup=true\nkillasgroup=true\n")
    site.start()
    old, new = site.child("old"), site.child("new")
    assert alive(old)
    assert alive(new)
    assert site.host.play(site.step(programs="*", options={"startretries": 7})) == "changed", (
        site.host.errors()
    )
    wait(lambda: not alive(new))
    assert alive(old)  # an orphan: so the line above can fail
    kill(old)


def test_after_the_step_a_stop_leaves_no_orphan(site: Site) -> None:
    site.family("web")
    site.start()
    orphan = site.child("web")
    (site.folder / "run/web.child").unlink()
    call = site.step(
        programs="*", options={"startretries": 3, "stopasgroup": True, "killasgroup": True}
    )
    assert site.host.play(call) == "changed", site.host.errors()
    child = site.child("web")
    assert child != orphan
    kill(orphan)
    site.call("stopProcess", "web")
    wait(lambda: not alive(child))


def test_a_new_program_gets_a_file_of_its_own_and_runs(site: Site) -> None:
    site.program("other")
    site.start()
    before = site.pids()
    call = site.step(
        program={"name": "web", "command": "/bin/sleep 600", "environment": {"A": "x,y", "B": 2}}
    )
    assert site.host.play(call) == "changed", site.host.errors()
    assert "supervisord will start web" in site.host.notes()
    assert (
        text(site.folder / "conf.d/web.conf")
        == '[program:web]\ncommand=/bin/sleep 600\nenvironment=A="x,y",B="2"\n'
    )
    assert site.states() == {"web": "RUNNING", "other": "RUNNING"}
    assert site.pids()["other"] == before["other"]
    environment = Path(f"/proc/{site.pids()['web']}/environ").read_text()
    assert "A=x,y\0" in environment
    assert site.host.play(call) == "ok"
    assert site.host.rollback() == "rolled back", site.host.events
    assert site.states() == {"other": "RUNNING"}
    assert not (site.folder / "conf.d/web.conf").exists()


def test_an_absent_program_stops_and_comes_back(site: Site) -> None:
    web = site.program("web")
    site.program("other")
    site.start()
    both = [
        site.step(program={"name": "web", "state": "absent"}),
        site.step(programs="other", options={"priority": 5}),
    ]
    assert site.host.play(both[0], dry_run=True) == "pending", site.host.errors()
    assert site.host.play(*both) == "changed", site.host.errors()
    assert site.states() == {"other": "RUNNING"}
    assert not web.exists()
    assert site.host.play(*both) == "ok", site.host.changes("preview")
    assert site.host.rollback() == "rolled back", site.host.events
    assert site.states() == {"web": "RUNNING", "other": "RUNNING"}


def test_a_program_that_does_not_run_is_rolled_back(site: Site) -> None:
    web = site.program("web", "startretries=0\n")
    was = text(web)
    site.start()
    call = site.step(
        program={"name": "web", "command": "/bin/false", "startsecs": 1, "startretries": 0}
    )
    assert site.host.play(call) == "rolled back"
    assert "not every program runs" in site.host.errors()
    assert "web is FATAL" in site.host.errors() or "web is BACKOFF" in site.host.errors()
    assert text(web) == was
    assert site.states() == {"web": "RUNNING"}


def test_what_supervisor_itself_refuses_is_rolled_back(site: Site) -> None:
    """A fault that our rules do not know: its own words are shown."""
    web = site.program("web", "stdout_logfile=NONE\n")
    was = text(web)
    (site.folder / "conf.d/zz.conf").write_text("[program:zz]\ncommand=/bin/sleep 600\n")
    site.start()
    (site.folder / "conf.d/zz.conf").write_text(
        "[program:zz]\ncommand=/bin/sleep 600\nstartsecs=often\n"
    )
    assert site.host.play(site.step(programs="web", options={"priority": 1})) in (
        "rolled back",
        "partly rolled back",
    )
    assert "CANT_REREAD" in site.host.errors()
    assert "often" in site.host.errors()
    assert text(web) == was


def test_a_one_shot_program_may_have_ended(site: Site) -> None:
    site.program("once", "autorestart=false\n", "/bin/true")
    site.program("manual", "autostart=false\n")
    site.start()
    wait(lambda: site.states()["once"] == "EXITED")
    call = site.step(programs="*", options={"stopwaitsecs": 3})
    assert site.host.play(call) == "changed", site.host.errors()
    wait(lambda: site.states() == {"once": "EXITED", "manual": "STOPPED"})


def test_groups_restart_as_a_whole(site: Site) -> None:
    site.program("a")
    site.program("b")
    site.program("c")
    (site.folder / "conf.d/group.conf").write_text("[group:pair]\nprograms=a,b\n")
    site.start()
    before = site.pids()
    assert site.host.play(site.step(programs="a", options={"priority": 1})) == "changed", (
        site.host.errors()
    )
    assert "supervisord will restart pair" in site.host.notes()
    after = site.pids()
    assert {name for name in after if after[name] != before[name]} == {"a", "b"}


def test_the_predicted_groups_are_those_that_supervisor_says(site: Site) -> None:
    """Our comparison against supervisor's own: nothing is restarted here, only asked."""
    site.program("a", 'environment=X="1",Y=2\n')
    site.program("b")
    site.program("one")
    site.program("two")
    for name, section in SECTIONS.items():
        (site.folder / f"conf.d/{name}.conf").write_text(section)
    site.start()
    live = hosts.as_it_is(System("/"))
    before = load(str(site.config), live, {})
    for name, lines in VARIANTS.items():
        path = site.folder / f"conf.d/{name}.conf"
        was = text(path)
        verdicts = set()
        for line in lines:
            path.write_text(was + line + "\n")
            added, changed, _ = site.call("reloadConfig")[0]
            parts = [
                f"{verb} {' '.join(g)}" for verb, g in (("restart", changed), ("start", added)) if g
            ]
            ours = groups.told(before, load(str(site.config), hosts.as_it_is(System("/")), {}))
            assert ours == ", ".join(parts), f"{name}: {line}"
            verdicts.add(bool(changed))
        assert verdicts == {True, False}
        path.write_text(was)


def test_the_daemon_is_told_of_as_needing_a_restart(site: Site) -> None:
    site.program("web")
    site.start()
    before = site.pids()
    call = site.step(sections={"supervisord": {"loglevel": "debug"}})
    assert site.host.play(call) == "changed", site.host.errors()
    assert any(
        "needs a restart of supervisord" in note and "reload" in note for note in site.host.notes()
    )
    assert site.pids() == before


def test_what_supervisor_does_not_compare_is_told_of_too(site: Site) -> None:
    """It keeps the socket of an fcgi-program as long as its address is the same."""
    section = (
        "[fcgi-program:web]\ncommand=/bin/sleep 600\nstartsecs=0\nsocket=unix://%(here)s/w.sock\n"
    )
    (site.folder / "conf.d/web.conf").write_text(section)
    site.start()
    before = site.pids()
    call = site.step(sections={"fcgi-program:web": {"socket_mode": "0600"}})
    assert site.host.play(call) == "changed", site.host.errors()
    assert any(
        note.startswith("[fcgi-program:web] socket_mode needs a") for note in site.host.notes()
    )
    assert site.pids() == before


def test_names_that_are_no_ascii(site: Site) -> None:
    """supervisor counts the characters of an answer and sends bytes."""
    site.program("café")
    site.start(LC_ALL="C.UTF-8")
    before = site.pids()
    assert site.host.play(site.step(programs="café", options={"startretries": 5})) == "changed", (
        site.host.errors()
    )
    assert site.states() == {"café": "RUNNING"}
    assert site.pids() != before


def test_a_file_that_is_read_twice_counts_where_it_is_read_last(site: Site) -> None:
    site.config.write_text(
        text(site.config).replace("conf.d/*.conf", "conf.d/*.conf conf.d/a.conf")
    )
    first = site.program("web", "startretries=1\n").rename(site.folder / "conf.d/a.conf")
    (site.folder / "conf.d/b.conf").write_text("[program:web]\nstartretries=2\n")
    site.start()
    assert site.host.play(site.step(programs="web", options={"startretries": 5})) == "changed"
    assert "startretries=5" in text(first)
    assert [c["startretries"] for c in site.call("getAllConfigInfo")] == [5]


def test_the_daemons_environment_restarts_every_program(site: Site) -> None:
    site.program("a")
    site.program("b")
    site.start()
    before = site.pids()
    call = site.step(sections={"supervisord": {"environment": {"STAGE": "live"}}})
    assert site.host.play(call) == "changed", site.host.errors()
    assert "supervisord will restart a b" in site.host.notes()
    assert not set(site.pids().values()) & set(before.values())


def test_a_new_socket_is_left_to_the_restart(site: Site) -> None:
    site.program("web")
    site.start()
    call = site.step(sections={"unix_http_server": {"file": f"{site.folder}/run/new.sock"}})
    assert site.host.play(call) == "changed", site.host.errors()
    assert not any("supervisor_update" in change for change in site.host.changes("apply"))
    assert any("old address" in note for note in site.host.notes())
    assert site.host.rollback() == "rolled back"


def test_apply_none_writes_files_only(site: Site) -> None:
    web = site.program("web")
    site.start()
    before = site.pids()
    assert (
        site.host.play(site.step(programs="web", options={"priority": 1}, apply="none"))
        == "changed"
    )
    assert site.host.changes("apply") == [f"change file:{web}"]
    assert site.pids() == before


def test_without_a_daemon_files_are_written_and_it_is_said(site: Site) -> None:
    web = site.program("web")
    assert site.host.play(site.step(programs="web", options={"priority": 1})) == "changed", (
        site.host.errors()
    )
    assert site.host.changes("apply") == [f"change file:{web}"]
    assert any("no supervisord runs" in note for note in site.host.notes())


def test_names_of_the_environment_are_asked_of_the_running_daemon(site: Site) -> None:
    site.program("web")
    site.start(KNOWN="yes")
    assert (
        site.host.play(
            site.step(programs="web", options={"directory": "/%(ENV_UNKNOWN)s"}), dry_run=True
        )
        in BAD
    )
    assert "supervisord has no UNKNOWN in its environment" in site.host.errors()
    call = site.step(programs="web", options={"environment": {"COPY": "%(ENV_KNOWN)s"}})
    assert site.host.play(call) == "changed", site.host.errors()
    # Between fork and exec a child has the environment of its parent still.
    wait(lambda: "COPY=yes\0" in Path(f"/proc/{site.pids()['web']}/environ").read_text())


def test_include_by_the_environment(site: Site) -> None:
    site.config.write_text(
        text(site.config).replace("conf.d/*", "%(ENV_STAGE)s.d/*.conf %(here)s/conf.d/*")
    )
    (site.folder / "live.d").mkdir()
    (site.folder / "live.d/web.conf").write_text("[program:web]\ncommand=/bin/sleep 600\n")
    site.start(STAGE="live")
    assert site.host.play(site.step(programs="web", options={"priority": 1})) == "changed", (
        site.host.errors()
    )
    assert "priority=1" in text(site.folder / "live.d/web.conf")


@pytest.mark.parametrize("login", ["username = me\npassword = s3cret\n"])
def test_a_server_with_a_password(make: Any, login: str) -> None:
    site = make(login=login)
    site.program("web")
    site.start()
    assert site.host.play(site.step(programs="web", options={"priority": 1})) == "changed", (
        site.host.errors()
    )
    site.config.write_text(text(site.config).replace("s3cret", "other"))
    assert "refuses the name or password" in str(site.check(all="RUNNING"))
    site.config.write_text(text(site.config).replace("other", "s3cret"))


def test_an_inet_server(site: Site) -> None:
    port = free_port()
    main = text(site.config).replace("[unix_http_server]", "[inet_http_server]")
    site.config.write_text(
        main.replace("file = %(here)s/run/supervisor.sock", f"port = 127.0.0.1:{port}")
    )
    site.program("web")
    site.start()
    before = site.pids()
    assert site.host.play(site.step(programs="web", options={"priority": 1})) == "changed", (
        site.host.errors()
    )
    assert site.pids() != before
    assert site.check(all="RUNNING") is None


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that an ordinary user can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_daemon_of_an_ordinary_user(make: Any, public: Path) -> None:
    needs.root()
    site = make(user=1000, folder=public / "site")
    web = site.program("web")
    site.start()
    assert site.host.play(site.step(programs="*", options={"stopasgroup": True})) == "changed", (
        site.host.errors()
    )
    assert (web.stat().st_uid, site.states()) == (1000, {"web": "RUNNING"})
