"""Steps that no variable has a part in are composed once for all hosts: as each host would have them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from hardener.connect.packing import whole
from hardener.errors import HardenerError
from hardener.fleet.compose import fixed
from hardener.fleet.compose.composer import Composer
from hardener.fleet.rights import Rights
from hardener.playbook import Play, read_playbook
from hardener.playbook.schemas import language
from hardener.render import Renderer

FILE = {"file": {"path": "/srv/new", "content": "new"}}
ALONE = (
    {}, {"name": "a name"}, {"register": "found"}, {"tags": ["a", "b"]}, {"no_log": True},
    {"ignore_errors": True}, {"if_possible": True}, {"guarded": True}, {"why": "so", "risk": "it could break"},
    {"controls": ["CIS-1"]}, {"changed_when": False}, {"failed_when": "result.failed"},
    {"vars": {"own": "{{ n }}"}},
)  # fmt: skip
BY_HOST = (
    {"name": "for {{ n }}"}, {"when": "n == 1"}, {"loop": ["a", "b"]}, {"notify": "again"},
    {"become": False}, {"no_log": "{{ n == 1 }}"}, {"until": "result.changed"}, {"run_once": True},
    {"delegate_to": "localhost"}, {"ignore_errors": "{{ n == 2 }}"},
    {"preflight": [{"disk": {"path": "/", "free": "1M"}}]},
    {"file": {"path": "/srv/{{ n }}", "content": "new"}}, {"file": {"path": "/srv/new", "template": "a.j2"}},
)  # fmt: skip


def play_of(folder: Path, *steps: Mapping[str, object]) -> Play:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "a.j2").write_text("{{ n }}\n")
    handlers = [{"name": "again", "command": "true"}]
    book = [{"hosts": "all", "steps": list(steps), "handlers": handlers}]
    (folder / "play.yml").write_text(json.dumps(book))
    (one,) = read_playbook(folder / "play.yml").plays
    return one


def said(play: Play, folder: Path, **variables: object) -> object:
    """What is sent, or what is wrong."""
    renderer = Renderer(variables, [folder / "templates"])
    made = Composer(play, 1, renderer, rights=Rights(everything=True, became=True))
    try:
        return whole(made.message("play.yml"))
    except HardenerError as error:
        return str(error)


@pytest.mark.parametrize("more", [*ALONE, *BY_HOST], ids=str)
def test_said_as_each_host_would_have_it(
    more: Mapping[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = play_of(tmp_path, {**FILE, **more})
    assert fixed.is_fixed(play.steps[0]) is (more in ALONE)
    once = said(play, tmp_path, n=1)
    monkeypatch.setattr(fixed, "is_fixed", lambda step: False)
    assert said(play, tmp_path, n=1) == once


def test_all_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of all step types that name no file beside the playbook."""
    examples = [
        {kind: each}
        for kind in sorted(language().names("step"))
        for each in language().schema("step", kind).data["examples"]
        if not re.search(r'"(src|template)":', json.dumps(each))
    ]
    plays = [play_of(tmp_path, each) for each in examples]
    assert len([each for each in plays if fixed.is_fixed(each.steps[0])]) > 50
    once = [said(each, tmp_path) for each in plays]
    monkeypatch.setattr(fixed, "is_fixed", lambda step: False)
    assert [said(each, tmp_path) for each in plays] == once


def test_hosts_share_it_and_one_turns_it_off(tmp_path: Path) -> None:
    play = play_of(tmp_path, FILE)
    shared = fixed.Fixed()
    shared.foresee(play.steps)
    first, second = (
        Composer(play, 1, Renderer({"n": n}), fixed=shared).message("play.yml") for n in (1, 2)
    )
    assert first["steps"][0] is second["steps"][0]


def test_a_step_that_is_turned_off_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(
        json.dumps(
            [{"hosts": "all", "turned_off": {"a": "{{ why }}"}, "steps": [{**FILE, "tags": "a"}]}]
        )
    )
    (play,) = read_playbook(tmp_path / "play.yml").plays
    shared = fixed.Fixed()
    off, on = (
        whole(Composer(play, 1, Renderer({"why": why}), fixed=shared).message("play.yml"))["steps"][
            0
        ]
        for why in ("not here", "")
    )
    assert off["calls"] == [{"skip": "not here", "as": "off"}]
    assert "params" in on["calls"][0]
