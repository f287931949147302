"""The real Ansible that tests/inventory/ansible.py has installed: a module called `ansible` there."""

import importlib.util
from pathlib import Path
from typing import Any


def _installed() -> Any:
    path = Path(__file__).parent / "inventory/ansible.py"
    spec = importlib.util.spec_from_file_location("ansible_installed", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ansible = _installed()
