"""Every example of every schema does what it says on a host: previewed there, each as a play of its own.

examples.yml says what a host, or the controller, must have for some of them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from inside import DRIVER, Inside
from repository import build

from hardener.connect.packing import whole
from hardener.fleet.compose.composer import Composer
from hardener.inventory import load
from hardener.playbook import read_playbook
from hardener.playbook.schemas import shipped
from hardener.render import Renderer
from hardener.render.variables import for_host

NEEDED = yaml.safe_load(Path(__file__).with_name("examples.yml").read_text())
ROOT = Path(__file__).parents[2]
WORDS = shipped()
EXAMPLES = {
    f"{kind} {name} {number}": (kind, name, example)
    for kind in WORDS.paths
    for name in WORDS.names(kind)
    for number, example in enumerate(WORDS.schema(kind, name).data["examples"])
}
ALL = """
import ast
for name, message in ast.literal_eval(order["with"]):
    said = []
    engine = Engine(system, facts.gather(system), said.append, nobody)
    try:
        status = engine.play("example", message, True)
    except Exception as error:
        status = "%s: %s" % (type(error).__name__, error)
    why = [e["why"] for e in said if e.get("why")]
    why += [e["error"]["what"] + " " + e["error"]["why"] for e in said if isinstance(e.get("error"), dict)]
    print(json.dumps([name, status, why]), flush=True)
sys.exit()
"""


def message(kind: str, name: str, example: Any, folder: Path) -> dict[str, Any]:
    """Return what a host would be sent for a play of this example alone."""
    play: dict[str, Any] = {"hosts": "all", "vars": NEEDED["vars"]}
    play["steps" if kind == "step" else "preflight"] = [{name: example}]
    (folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    read, inventory = read_playbook(folder / "play.yml").plays[0], load(())
    given = for_host(inventory.localhost, inventory, play_vars=read.vars)
    return whole(Composer(read, 1, Renderer(given, (folder,))).message("play.yml"))


def test_every_example_can_be_planned(make_host: Callable[..., Any], tmp_path: Path) -> None:
    for path, text in NEEDED["beside"].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    messages = [(name, message(*each, tmp_path)) for name, each in EXAMPLES.items()]
    host = make_host(packages=NEEDED["installed"])
    Inside(host)
    build(host, NEEDED["packages"])
    host.sh(NEEDED["host"])
    order = json.dumps({"before": ALL, "with": repr(messages)})
    before = DRIVER.replace('order["before"]', '"pass"').replace('exec("pass")\n', "")
    driver = before.rpartition("engine = ")[0] + 'exec(order["before"])\n'
    ran = host.run(["python3", "-c", driver], input=order, timeout=300)
    said = {name: (status, why) for name, status, why in map(json.loads, ran.stdout.splitlines())}
    assert said.keys() == EXAMPLES.keys()
    failed = [f"{name}: {status}: {why}" for name, (status, why) in said.items()
              if not as_meant(name, status, why)]  # fmt: skip
    assert not failed, "\n".join(failed)


def as_meant(name: str, status: str, why: list[str]) -> bool:
    if name in NEEDED["elsewhere"]:
        reason, tried = NEEDED["elsewhere"][name]
        assert (ROOT / tried).exists(), tried
        return status == "refused" and any(reason in each for each in why)
    busy = NEEDED["perhaps"].get(name)
    return status in ("ok", "pending") or bool(busy and any(busy in each for each in why))
