"""The laws that every kind of resource keeps, each tried on many states (D18, D23).

1 after a write, read gives the wanted state    6 an unrelated later edit survives the rollback,
2 a second run writes nothing                     a related one is a conflict
3 what was not asked for stays                  7 a dry run writes nothing
4 rollback restores the state, and the bytes    8 the canonical form is what read gives
5 killed at any write, law 4 holds              9 a secret appears in no event and no journal
"""

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import needs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from killing import dying_at, in_child
from laws import worlds
from laws.world import SECRET, World, counting, play, spread
from laws.worlds import effects

from hardener.host import kinds
from hardener.host.undo import history, recovery

KINDS = {m.name for m in pkgutil.iter_modules(kinds.__path__)} - {"base", "effect"}
MODULES = [
    importlib.import_module(f"laws.worlds.{m.name}") for m in pkgutil.iter_modules(worlds.__path__)
]
EFFECTS = {n for n in KINDS if importlib.import_module(f"hardener.host.kinds.{n}").KIND.effect}
WORLDS = {m.WORLD.kind: m.WORLD for m in MODULES if hasattr(m, "WORLD")} | {
    n: effects.of(n) for n in EFFECTS
}
# Those of test_read_only.py.
READ_ONLY = {"log_host", "pidfile", "port", "running_as", "sshd", "web", "supervisord"}
# On a booted host: its one kind that needs such a host, a real systemd or dpkg.
HERE = os.environ.get("HARDENER_LAWS_HERE")


def test_every_kind_has_a_world() -> None:
    """A new kind comes with tests/laws/worlds/KIND.py, or is on the short list, and why."""
    assert set(WORLDS) | READ_ONLY == KINDS
    assert not set(WORLDS) & READ_ONLY


def law(*numbers: int) -> Any:
    """Run a test on the world of every kind for which these laws are."""
    these = [n for n in sorted(WORLDS) if (n == HERE if HERE else not WORLDS[n].booted)]
    found = [n for n in these if set(numbers) - set(WORLDS[n].without)]
    return pytest.mark.parametrize("name", found)


@contextmanager
def made(kind: type[World], ground: Path) -> Iterator[World]:
    folder = ground / str(len(list(ground.iterdir())))
    folder.mkdir()
    world = kind(folder)
    try:
        yield world
    finally:
        world.close()


def before(kind: type[World]) -> st.SearchStrategy[Any]:
    return kind.wishes if kind.first is None else kind.first


def tried(
    kind: type[World],
    thorough: bool,
    share: float,
    given_what: st.SearchStrategy[Any],
    work: Callable[[Any], None],
    least: int = 1,
) -> None:
    number = max(least, min(2, kind.examples), round(kind.examples * share))
    number *= 20 if thorough else 1
    profile = settings.get_profile("thorough" if thorough else "ci")
    settings(profile, max_examples=number)(given(given_what)(work))()


@pytest.fixture(autouse=True)
def as_root() -> None:
    needs.root()


@law(1, 2, 3, 4, 7, 8)
def test_round(name: str, ground: Path, thorough: bool) -> None:
    """What is on the host before is what an earlier run left there: any state may follow any other."""
    kind = WORLDS[name]

    def work(drawn: Any) -> None:
        with made(kind, ground) as world:
            world.sandbox().play(play(world, drawn[0]))
            one_round(world, drawn[1])

    tried(kind, thorough, 1, st.tuples(before(kind), kind.wishes), work)


def one_round(world: World, wishes: list[Any]) -> None:
    before = world.look()
    predicted = preview(world, wishes)
    assert world.look() == before, "law 7: the dry run changed something"
    host = world.sandbox(first=10)
    status = host.play(play(world, wishes))
    assert status == ("changed" if predicted else "ok"), host.errors()
    assert host.changes("apply") == predicted
    as_wanted(world, wishes)
    assert not [k for k in differing(before, world.look()) if not world.asked(k, wishes)], "law 3"
    if predicted:
        rests(world, wishes)
        assert host.rollback(host.run) == "rolled back", host.events
    assert world.look() == before, "law 4"


def differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def preview(world: World, wishes: list[Any]) -> list[str]:
    seen, watch = counting()
    host = world.sandbox(watch)
    status = host.play(play(world, wishes), dry_run=True)
    assert status in ("pending", "ok"), host.errors()
    assert not seen, "law 7: the dry run wrote"
    return host.changes("preview")


def as_wanted(world: World, wishes: list[Any]) -> None:
    for wish in () if 1 in world.without else wishes:
        wanted, found, canonical = world.proof(wish)
        assert found == wanted, "law 1"
        assert found == canonical, "law 8"


def rests(world: World, wishes: list[Any]) -> None:
    if 2 in world.without:
        return
    seen, watch = counting()
    host = world.sandbox(watch, first=20)
    assert host.play(play(world, wishes)) == "ok", "law 2"
    notes = host.engine().store.base  # what is noted of runs is no part of the host
    assert not [path for _, path in seen if not path.startswith(notes)], (
        "law 2: the second run wrote"
    )


@law(5)
@pytest.mark.parametrize("word", ["apply", "rollback"])
def test_killed(name: str, word: str, ground: Path, thorough: bool) -> None:
    """At a few of the writes of each example; at every one in tests/engine."""
    kind = WORLDS[name]

    def work(drawn: Any) -> None:
        first, wishes, offset = drawn
        with made(kind, ground) as world:
            seen = writes(kind, ground, first, wishes, word)
            world.sandbox().play(play(world, first))
            before = world.after_death()
            for turn, number in enumerate(deaths(seen, offset), 1):
                killed(world, wishes, word, number, 100 * turn)
                assert world.after_death() == before, f"law 5: killed at {seen[number - 1]}"

    drawn = st.tuples(before(kind), kind.wishes, st.integers(0, 30))
    tried(kind, thorough, 0.3, drawn, work)


def writes(
    kind: type[World], ground: Path, first: list[Any], wishes: list[Any], word: str
) -> list[str]:
    """The writes that an apply, or the rollback after it, makes in this world; "" is one of our notes."""
    seen, watch = counting()
    with made(kind, ground) as twin:
        twin.sandbox().play(play(twin, first))
        host = twin.sandbox(watch, first=50)
        if host.play(play(twin, wishes)) == "changed" and word == "rollback":
            seen.clear()
            host.rollback(host.run)
        notes = host.engine().store.base
    return ["" if path.startswith(notes) else f"{operation} {path}" for operation, path in seen]


def deaths(seen: list[str], offset: int) -> list[int]:
    """Numbers of writes to die at: two of the kind's own, and one of any."""
    own = [number for number, write in enumerate(seen, 1) if write]
    return [own[n - 1] for n in spread(len(own), 2, offset)] + spread(len(seen), 1, offset)


def killed(world: World, wishes: list[Any], word: str, number: int, turn: int) -> None:
    """Die at the write, and come back: by the next start, or by the same rollback."""
    dying = world.sandbox(dying_at(number), first=turn)
    if world.sandbox(first=turn).play(play(world, wishes), dry_run=True) == "ok":
        return  # the first state is the wanted one
    again, run = world.sandbox(first=turn + 30), f"run-{turn + 1:03}"
    if word == "apply":
        in_child(lambda: dying.play(play(world, wishes)))
        records, _ = again.engine().store.journal(run).survey()
        if recovery.status(records) == "applied":
            # It had ended: what was kept before is not kept again, and the room is given back last.
            assert again.rollback(run) == "rolled back", again.events
        empty = {"number": 1, "name": "next", "steps": []}
        # A child that works on a database lives a moment longer, and holds the lock as long.
        assert again.engine().play(f"next-{turn}", empty, wait=30) == "ok"
        return
    host = world.sandbox(first=turn + 20)
    assert host.play(play(world, wishes)) == "changed", host.errors()
    in_child(lambda: dying.rollback(host.run))
    assert again.engine().rollback(host.run, f"next-{turn}", wait=30) == "rolled back", again.events


@law(6)
def test_others_work(name: str, ground: Path, thorough: bool) -> None:
    """Unrelated: as if only they had worked there. Related: left as it is, and said."""
    kind = WORLDS[name]
    assert kind.meddling is not None

    def work(meddling: Any) -> None:
        with made(kind, ground) as world:
            host = world.sandbox()
            assert host.play(play(world, meddling.wishes)) == "changed", host.errors()
            meddling.edit(world)
            edited = world.look()
            status = host.rollback(host.run)
            if meddling.related:
                assert status == "partly rolled back", "law 6"
                assert "conflict" in [e["status"] for e in host.events if e["event"] == "undone"]
                assert world.look() == edited, "law 6"
                return
            assert status == "rolled back", host.events
            there = world.meaning()
        with made(kind, ground) as twin:
            meddling.edit(twin)
            assert there == twin.meaning(), "law 6"

    tried(kind, thorough, 1, kind.meddling, work, least=4)


@law(6)
def test_others_work_is_of_both_sorts(name: str) -> None:
    sorts: set[bool] = set()
    assert WORLDS[name].meddling is not None
    tried(WORLDS[name], False, 0, WORLDS[name].meddling, lambda drawn: sorts.add(drawn.related), 20)
    assert sorts == ({False} if WORLDS[name].always_merged else {True, False})


@law(9)
def test_secret(name: str, ground: Path) -> None:
    """Through preview, apply, show, diff, a conflict or not, rollback."""
    assert WORLDS[name].secret
    for wish in WORLDS[name].secret:
        with made(WORLDS[name], ground) as world:
            said = everything_said(world, [wish])
            assert any("********" in text for text in said), "the change was not shown at all"
            assert not [text for text in said if SECRET in text], "law 9"


def everything_said(world: World, wishes: list[Any]) -> list[str]:
    step = play(world, wishes)
    step["calls"][0]["no_log"] = True
    host, said = world.sandbox(), []
    for status, work in (
        ("pending", lambda: host.play(step, dry_run=True)),
        ("changed", lambda: host.play(step)),
        ("rolled back", lambda: host.rollback("run-002", dry_run=True)),
        (None, lambda: history.show(host.engine(), "run-002", host.events.append)),
        (None, lambda: history.since(host.engine(), "run-002", host.events.append)),
        ("rolled back", lambda: host.rollback("run-002")),
    ):
        assert work() == status, host.events
        said += [repr(event) for event in host.events]
    texts = [
        path
        for path in world.state_folder.rglob("*")
        if path.is_file() and path.parent.name != "blobs"
    ]
    return said + [path.read_text("utf-8", "replace") for path in texts]
