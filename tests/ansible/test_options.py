"""No option of a module is lost unseen: it changes the step, or is told of, or means nothing here.

`options.yml` says how each module is called, which values a sample needs, and what means nothing here.
"""

from pathlib import Path
from typing import Any

import needs
import pytest
import yaml
from module_options import builtin, of_collection, sample
from real_ansible import ansible

from hardener.ansible.modules import MODULES
from hardener.ansible.notes import Left
from hardener.ansible.source import Map
from hardener.ansible.task import Surroundings, step_of

KNOWN = yaml.safe_load((Path(__file__).parent / "options.yml").read_text())


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, Any]]]:
    if not ansible.program("ansible-doc").exists():
        needs.missing("needs ansible: python tests/inventory/ansible.py installs it")
    ours = sorted(MODULES.keys() - KNOWN["elsewhere"])
    collections = {
        Path(each).stem: ansible.COLLECTIONS / ansible.OF_ALL / each for each in ansible.MODULES
    }
    names = [name for name in ours if name not in collections]
    found = builtin(ansible.program("ansible-doc"), names, tmp_path_factory.mktemp("ansible"))
    return {
        **found,
        **{name: of_collection(collections[name]) for name in ours if name in collections},
    }


def turned(module: str, given: dict[str, Any]) -> str:
    """Return the step with its notes, or why there is none."""
    notes: list[str] = []
    task = Map()
    task.update({"name": "x", module: given})
    try:
        return f"{step_of(task, Surroundings(lambda name, kind: None), notes.append)} {notes}"
    except Left as left:
        return str(left)


def test_each_option_is_seen(documented: dict[str, dict[str, dict[str, Any]]]) -> None:
    lost, bare = [], []
    assert documented.keys() == KNOWN["calls"].keys(), "options.yml says how each is called"
    for module, options in documented.items():
        for option, about in options.items():
            usual = KNOWN["calls"][module]
            if option == "free_form":  # how the documentation calls what stands behind the name
                continue
            value = KNOWN["values"].get(module, {}).get(option, sample(about))
            for name in [option, *about.get("aliases", [])]:
                others = {each: usual[each] for each in usual if each != option}
                found = turned(module, {**others, name: value})
                if found == turned(module, usual) and option not in KNOWN["nothing"].get(
                    module, ()
                ):
                    lost.append(f"{module}: {name}={value!r}")
                if found.startswith(f"`{module}` has no") and found.endswith("here"):
                    bare.append(f"{module}: {name}")
    assert lost == [], "an option that changes nothing and is not told of"
    assert bare == [], "an option that is refused without a word what to do"
