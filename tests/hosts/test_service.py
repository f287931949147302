"""Units on booted hosts, by their real systemd."""

from typing import Any

import pytest
from inside import Inside
from sandbox import call, filled, step

UNIT = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target new.target\nAlias=other.service\n"
PATH = "/etc/systemd/system/app.service"
OURS = ("var/lib/hardener", "var/log", "run", "tmp", "var/lib/systemd")


@pytest.fixture
def inside(any_host: Any) -> Inside:
    return Inside(any_host)


def is_(inside: Inside, what: str, unit: str = "app") -> str:
    return str(inside.host.run(["systemctl", f"is-{what}", unit], check=False).stdout.strip())


def changed(before: Any, after: Any) -> list[str]:
    paths = {p for p in set(before) | set(after) if before.get(p) != after.get(p)}
    return sorted(p for p in paths if not p.lstrip("/").startswith(OURS))


def test_enable_and_start_and_back(inside: Inside) -> None:
    inside.host.write(PATH, UNIT)
    before = inside.host.hash()
    wish = step("service", name="app", enabled=True, running=True)
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    assert inside.changes("preview") == ["change service:app"]
    assert inside.diff() == ["- enabled: no", "+ enabled: yes", "- running: no", "+ running: yes"]
    assert inside.play(wish) == "changed", inside.errors()
    assert (is_(inside, "enabled"), is_(inside, "active")) == ("enabled", "active")
    assert inside.play(wish) == "ok"
    assert changed(before, inside.host.hash())
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (is_(inside, "enabled"), is_(inside, "active")) == ("disabled", "inactive")
    assert changed(before, inside.host.hash()) == []


def test_a_unit_that_an_earlier_step_writes(inside: Inside) -> None:
    """Previewed, loaded after a daemon-reload, started; all of it undone."""
    before = inside.host.hash()
    calls = [
        step("file", 1, path=PATH, content=UNIT),
        step("service", 2, name="app", enabled=True, running=True),
    ]
    inside.foretold(*calls)
    assert is_(inside, "active") == "active"
    assert inside.play(*calls) == "ok", inside.changes("preview")
    calls[0] = step("file", 1, path=PATH, content=UNIT + "# more\n")
    assert inside.play(*calls) == "changed", inside.errors()
    assert "change daemon_reload:app.service" in inside.changes("apply")
    assert inside.host.sh("systemctl show -p NeedDaemonReload app") == "NeedDaemonReload=no\n"
    assert inside.rollback() == "rolled back"
    assert inside.host.sh("systemctl show -p NeedDaemonReload app") == "NeedDaemonReload=no\n"
    assert inside.rollback() == "rolled back", inside.trouble()
    assert is_(inside, "active") == "inactive"
    assert changed(before, inside.host.hash()) == []


def test_mask_what_runs_and_is_enabled(inside: Inside) -> None:
    before = inside.host.hash()
    assert is_(inside, "active", "cron") == "active"
    wish = step("service", name="cron", enabled=False, running=False, masked=True)
    assert inside.play(wish) == "changed", inside.errors()
    assert (is_(inside, "enabled", "cron"), is_(inside, "active", "cron")) == ("masked", "inactive")
    assert inside.play(wish) == "ok", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (is_(inside, "enabled", "cron"), is_(inside, "active", "cron")) == ("enabled", "active")
    assert changed(before, inside.host.hash()) == []


def test_what_is_masked_and_runs_is_stopped_and_comes_back(inside: Inside) -> None:
    """Somebody has masked what ran; a rollback has to start it, which a mask forbids."""
    inside.host.sh("systemctl mask cron")
    before = inside.host.hash()
    assert inside.play(step("service", name="cron", running=False)) == "changed", inside.errors()
    assert (is_(inside, "enabled", "cron"), is_(inside, "active", "cron")) == ("masked", "inactive")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (is_(inside, "enabled", "cron"), is_(inside, "active", "cron")) == ("masked", "active")
    assert changed(before, inside.host.hash()) == []


def test_a_mask_that_systemctl_would_refuse_is_refused_before(inside: Inside) -> None:
    inside.host.write(PATH, UNIT)
    assert inside.play(step("service", name="app", masked=True), dry_run=True) == "refused"
    assert "its own file lies in /etc/systemd/system" in inside.errors()
    inside.host.sh("systemctl start logrotate.timer")
    timer = step("service", name="logrotate.timer", enabled=False, masked=True)
    assert inside.play(timer, dry_run=True) == "refused"
    assert "can't run once it is masked" in inside.errors()


def test_a_unit_that_is_taken_along_is_a_change_of_its_own(inside: Inside) -> None:
    """systemctl enables what stands in `Also=` too; the preview says so, a rollback knows both."""
    inside.host.write(PATH, UNIT + "Also=along.service\n")
    along = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n"
    inside.host.write("/etc/systemd/system/along.service", along)
    before = inside.host.hash()
    wishes = (
        step("service", 1, name="app", enabled=True),
        step("service", 2, name="along", enabled=True, running=True),
    )
    predicted = inside.foretold(*wishes)
    assert predicted == ["change service:along", "change service:app", "change service:along"]
    assert inside.play(*wishes) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (is_(inside, "enabled", "along"), is_(inside, "active", "along")) == (
        "disabled",
        "inactive",
    )
    assert changed(before, inside.host.hash()) == []


def test_an_alias_and_a_static_unit(inside: Inside) -> None:
    assert inside.play(step("service", name="sshd", enabled=True, running=True)) == "ok", (
        inside.errors()
    )
    assert inside.play(step("service", name="sshd", enabled=False), dry_run=True) == "refused"
    assert "sshd is but another name of ssh.service" in inside.errors()
    assert inside.play(step("service", name="systemd-journald", enabled=True)) == "refused"
    assert "it has no [Install]" in inside.errors()
    assert inside.play(step("service", name="crom", running=True)) == "refused"
    assert "did you mean cron.service?" in inside.errors()


def test_what_is_not_there_is_at_rest(inside: Inside) -> None:
    assert inside.play(step("service", name="nonesuch", enabled=False, running=False)) == "ok", (
        inside.errors()
    )
    assert "there is no unit nonesuch.service" in inside.notes()
    before = inside.host.hash()
    assert inside.play(step("service", name="nonesuch", masked=True)) == "changed", inside.errors()
    assert inside.play(step("service", name="nonesuch", masked=True)) == "ok", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert changed(before, inside.host.hash()) == []


def test_a_unit_that_fails_says_why_and_is_undone(inside: Inside) -> None:
    bad = "[Service]\nExecStart=/bin/sh -c 'echo no such luck; exit 3'\nType=oneshot\n[Install]\nWantedBy=multi-user.target\n"
    inside.host.write(PATH, bad)
    assert inside.play(step("service", name="app", enabled=True, running=True)) == "rolled back"
    assert "no such luck" in inside.errors()
    assert is_(inside, "enabled") == "disabled"


def test_a_socket_can_still_start_it(inside: Inside) -> None:
    inside.host.write("/etc/systemd/system/app.socket", "[Socket]\nListenStream=/run/app\n")
    inside.host.write(PATH, UNIT.replace("Alias=other.service\n", ""))
    inside.host.sh("systemctl daemon-reload; systemctl start app.socket app.service")
    assert inside.play(step("service", name="app", running=False)) == "changed", inside.errors()
    assert "app.socket stays able to start app: stop it too" in inside.notes()


def test_restart_in_a_handler(inside: Inside) -> None:
    pid = "systemctl show -p MainPID --value cron"
    before = inside.host.sh(pid)
    handler = {
        "name": "again",
        "names": ["again"],
        "steps": [step("service", 2, name="cron", state="restarted")],
    }
    config = call(
        "file",
        filled("file", {"path": "/etc/default/cron", "content": "# new\n"}),
        notify=["again"],
    )
    assert inside.play(config, handlers=[handler]) == "changed", inside.errors()
    middle = inside.host.sh(pid)
    assert middle != before
    assert inside.play(config, handlers=[handler]) == "ok"
    assert inside.rollback() == "rolled back", inside.trouble()
    assert inside.host.sh(pid) != middle


def test_a_unit_at_rest_that_a_handler_starts(inside: Inside) -> None:
    """What the step did not ask, whether it runs, is not what the handler looks at: the play comes to rest."""
    host = inside.host
    host.sh("systemctl stop cron")
    restart = [step("service", 3, name="cron", state="restarted")]
    handlers = [{"name": "again", "names": ["again"], "steps": restart}]
    limit = {"Service": {"LimitNOFILE": 2048}}
    drop_in = {"name": "cron.service", "drop_in": "own", "enabled": True, "sections": limit}
    call_ = call("systemd_unit", filled("systemd_unit", drop_in), notify=["again"])
    assert inside.play(call_, handlers=handlers) == "changed", inside.errors()
    assert host.sh("cat /proc/$(systemctl show -p MainPID --value cron)/limits | grep 2048")
    assert inside.play(call_, handlers=handlers) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert host.sh("systemctl is-active cron || true") == "inactive\n"


def test_a_script_of_init_d(inside: Inside) -> None:
    script = "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: old\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\nexit 0\n"
    inside.host.write("/etc/init.d/old", script, mode="0755")
    inside.host.sh("systemctl daemon-reload")
    before = inside.host.hash()
    assert inside.play(step("service", name="old", enabled=True)) == "changed", inside.errors()
    assert inside.host.sh("ls /etc/rc2.d").count("old") == 1
    assert inside.play(step("service", name="old", enabled=True)) == "ok", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert changed(before, inside.host.hash()) == []


def test_a_unit_from_elsewhere_is_linked_and_then_enabled(inside: Inside) -> None:
    """`linked` lets it be started, no more: it would not come up at boot."""
    inside.host.write("/opt/app/app.service", UNIT.replace("Alias=other.service\n", ""))
    inside.host.sh("systemctl link /opt/app/app.service")
    assert is_(inside, "enabled") == "linked"
    before = inside.host.hash()
    wish = step("service", name="app", enabled=True, running=True)
    assert inside.play(wish) == "changed", inside.errors()
    assert is_(inside, "enabled") == "enabled"
    assert inside.play(wish) == "ok", inside.errors()
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (is_(inside, "enabled"), is_(inside, "active")) == ("linked", "inactive")
    assert changed(before, inside.host.hash()) == []
