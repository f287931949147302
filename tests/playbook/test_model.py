from pathlib import Path

import pytest

from hardener.playbook import LoopControl, Playbook, read_playbook, validate_params
from hardener.playbook.schemas import Language

WHOLE = Path(__file__).parent / "plays" / "whole.yml"


@pytest.fixture
def playbook(words: Language, monkeypatch: pytest.MonkeyPatch) -> Playbook:
    monkeypatch.chdir(WHOLE.parent)
    return read_playbook("whole.yml", words)


def test_play(playbook: Playbook) -> None:
    first, second = playbook.plays
    assert playbook.path == "whole.yml"
    assert (first.name, first.hosts, first.where) == ("Everything", "web,db*", "whole.yml:1:3")
    assert first.environment == ({"LC_ALL": "C", "DEBUG": "1"},)
    assert first.serial == (1, "50%")
    assert first.tags == ("a", "b", "c")
    assert (first.become, first.on_failure, first.any_errors_fatal) == (True, "keep", True)
    assert (second.name, second.hosts) == ("all", "all")
    assert (second.become, second.on_failure, second.gather_facts) == (False, "rollback_host", True)
    assert (second.serial, second.max_fail_percentage, second.become_user) == ((), None, "root")


def test_step(playbook: Playbook) -> None:
    step = playbook.plays[0].steps[0]
    assert not hasattr(step, "__dict__"), "a dict for each of ten thousand steps"
    assert (step.number, step.name, step.type) == (1, "Motd", "file")
    assert step.when == (('facts.os == "x"', "whole.yml:21:13"),)
    assert step.until == ("motd is success", True)
    assert (step.retries, step.delay) == (3, 5)
    assert (step.loop, step.loop_control) == ("{{ users }}", LoopControl("user"))
    assert (step.tags, step.notify, step.controls) == (("x", "y"), ("reload",), ("CIS 1.7",))
    assert (step.become, step.become_user, step.register) == (False, None, "motd")
    assert (step.environment, step.vars) == (({"N": "5"},), {"port": 1})
    assert (step.why, step.guarded, step.no_log, step.ignore_errors) == (
        "Lawyers",
        True,
        False,
        False,
    )


def test_places(playbook: Playbook) -> None:
    step = playbook.plays[0].steps[0]
    assert step.where == "whole.yml:16:7"
    assert step.place.at("when") == "whole.yml:21:13"
    assert step.params_place.at("content") == "whole.yml:19:18"
    assert step.params_place.at("mode") == "whole.yml:18:9"
    assert step.verify[0].params_place.at("status") == "whole.yml:36:52"


def test_short_step(playbook: Playbook) -> None:
    step = playbook.plays[0].steps[1]
    assert (step.number, step.name) == (2, "command")
    assert (step.loop, step.changed_when) == ((1, 2), (False,))
    assert (step.retries, step.until, step.become) == (0, (), None)
    assert playbook.plays[1].steps[1].retries == 7


def test_handler(playbook: Playbook) -> None:
    (handler,) = playbook.plays[0].handlers
    assert (handler.number, handler.name, handler.listen) == (3, "reload", ("motd changed",))
    assert handler.params == {"cmd": "systemctl reload motd"}


def test_checks(playbook: Playbook) -> None:
    (check,) = playbook.plays[0].preflight
    assert (check.type, check.name, check.params) == (
        "http",
        "http",
        {"url": "http://localhost/"},
    )
    assert (check.retries, check.delay) == (3, 5)
    assert playbook.plays[0].steps[0].verify[0].name == "It answers"
    assert playbook.plays[1].verify[0].where == "whole.yml:51:7"


def test_nested_defaults(playbook: Playbook, words: Language) -> None:
    step = playbook.plays[1].steps[0]
    params = validate_params(step.type, step.params, step.params_place, words=words)
    assert params["create"] == {"mode": "0644"}
    assert params["rules"] == [{"port": 22}, {"port": 80}]
    assert params["lines"] == []
    assert "size" not in params


def test_defaults_are_not_shared(playbook: Playbook, words: Language) -> None:
    step = playbook.plays[1].steps[0]
    validate_params(step.type, step.params, step.params_place, words=words)["lines"].append("x")
    assert words.schema("step", "section").properties["lines"]["default"] == []


def test_templates_pass_for_what_they_will_be(words: Language) -> None:
    (play,) = read_playbook(WHOLE.with_name("templated.yml"), words).plays
    reboot, file, *_ = play.steps
    assert reboot.params == {}
    assert (file.loop, file.retries, file.become) == ("{{ users }}", "{{ g }}", "{{ f }}")
    assert (play.serial, play.become) == (("{{ batch }}",), "{{ root }}")
