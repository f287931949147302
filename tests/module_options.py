"""Every option of the modules that are turned, as the real Ansible documents them."""

import ast
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

Options = dict[str, dict[str, Any]]
OF_FILES = ("mode", "owner", "group", "attributes", "seuser", "serole", "setype", "selevel",
            "unsafe_writes")  # fmt: skip


def builtin(program: Path, names: list[str], folder: Path) -> dict[str, Options]:
    own = {"ANSIBLE_CONFIG": "/nonexistent.cfg", "ANSIBLE_LOCAL_TEMP": str(folder), "HOME": str(folder),
           "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}  # fmt: skip
    done = subprocess.run([program, "-j", "-t", "module", *names], env=own, check=True, timeout=120,
                          capture_output=True, text=True)  # fmt: skip
    found = json.loads(done.stdout).items()
    return {name.rpartition(".")[2]: each["doc"]["options"] for name, each in found}


def of_collection(module: Path) -> Options:
    """Read them from the module itself: the fragments that ansible-doc wants are not installed."""
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION":
            data = yaml.safe_load(ast.literal_eval(node.value))
            beside = data.get("extends_documentation_fragment", [])
            files = OF_FILES if any("files" in each for each in beside) else ()
            return {**data["options"], **{name: {"type": "str"} for name in files}}
    raise LookupError(module)


def sample(option: dict[str, Any]) -> Any:
    """Return a value that an option has not by itself."""
    default, kind = option.get("default"), option.get("type", "str")
    if option.get("choices"):
        return next(each for each in option["choices"] if each != default)
    if kind == "bool":
        return default not in (True, "yes")
    return {"int": 7, "float": 7, "list": ["x"], "dict": {"x": "y"}}.get(kind, "x")
