"""Playbooks of a few lines on this very machine: the real loader, composer and engine, no connection."""

from pathlib import Path
from typing import Any

from sandbox import Sandbox

from hardener.connect.packing import whole
from hardener.fleet.compose.composer import Composer
from hardener.fleet.session import answer
from hardener.host import facts
from hardener.host.errors import HostError
from hardener.host.record.store import Store
from hardener.host.run.engine import Engine
from hardener.inventory import load
from hardener.playbook import read_playbook
from hardener.render import Renderer
from hardener.render.variables import for_host


class Answers:
    """What the controller answers to a host that asks in the middle of a play."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer

    def resolve(self, call: dict[str, Any], results: dict[str, Any]) -> list[dict[str, Any]]:
        asked = {"event": "resolve", "number": call["number"], "stage": call["stage"]}
        return self._ask(**asked, results=results)["calls"]

    def judge(self, call: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        return self._ask(event="judge", number=call["number"], result=result)["verdict"]

    def _ask(self, **event: Any) -> Any:
        said = answer(event, self._composer)
        if "error" in said:
            raise HostError(**said["error"])
        return said


class Played(Sandbox):
    """Runs one play of YAML text; `{{ here }}` is the folder of the test, which is all it touches."""

    def __init__(self, here: Path, watch: Any = None) -> None:
        super().__init__("/", watch)
        self.here = here
        self.store = Store(self.system, str(here / "state"))
        self.store.prepare()

    def text(self, name: str) -> str | None:
        file = self.here / name
        return file.read_text() if file.exists() else None

    def do(self, text: str, dry_run: bool = False) -> str:
        """Run the playbook; `run` is kept as the newest id."""
        self._runs += 1
        self.run = f"run-{self._runs:03}"
        self.events.clear()
        composer = self._composer(text)
        gathered = facts.gather(self.system)
        engine = Engine(self.system, gathered, self.events.append, Answers(composer), self.store)
        return str(engine.play(self.run, whole(composer.message("play.yml")), dry_run))

    def _composer(self, text: str) -> Composer:
        path = self.here / "play.yml"
        path.write_text(text)
        inventory = load(())
        play = read_playbook(path).plays[0]
        given = for_host(
            inventory.localhost, inventory, play_vars={"here": str(self.here), **play.vars}
        )
        return Composer(play, 1, Renderer(given, (self.here,)))

    def said(self, stage: str) -> list[tuple[str, str]]:
        """(title, status) of every step of this stage, in the order in which it was said."""
        steps = [e for e in self.events if e["event"] == "step" and e["stage"] == stage]
        return [(e["title"], e["status"]) for e in steps]

    def undone(self) -> list[tuple[str, str]]:
        return [(e["resource"], e["status"]) for e in self.events if e["event"] == "undone"]
