"""The real Ansible, from a venv of its own: ansible-core is GPL-3 and slow to import.

`python tests/inventory/ansible.py` installs it there, and the few modules of collections that
tests compare with; with `--write` it writes the expected outputs of inventories anew.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

import yaml

SOURCES = Path(__file__).parent / "sources"
SHARED = Path(os.environ.get("HARDENER_TEST_CACHE", "/var/cache/hardener-tests"))
OWN = Path.home() / ".cache/hardener-tests"
CACHE = (SHARED if os.geteuid() == 0 or os.access(SHARED, os.W_OK) else OWN) / "ansible"
VERSION = "ansible-core==2.19.*"
WHOLE = "ansible==12.*"
"""The same with all collections, half a gigabyte: only `MODULES` are taken out of it."""
COLLECTIONS = CACHE / "collections"
OF_ALL = "ansible_collections/"
MODULES = (
    "community/general/plugins/modules/ini_file.py",
    "ansible/posix/plugins/modules/authorized_key.py",
    "ansible/posix/plugins/module_utils/mount.py",
    "ansible/posix/plugins/modules/mount.py",
    "ansible/posix/plugins/modules/sysctl.py",
)


def program(name: str) -> Path:
    return CACHE / "bin" / name


def cases() -> dict[str, dict]:
    return yaml.safe_load((SOURCES / "cases.yml").read_text())


def run(name: str, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8",
                   "ANSIBLE_LOCAL_TEMP": "/tmp", "ANSIBLE_CONFIG": "/nonexistent.cfg"}  # fmt: skip
    done = subprocess.run([program(name), *arguments], cwd=SOURCES, env=environment, text=True,
                          capture_output=True, check=True)  # fmt: skip
    return done.stdout


def inventory(case: dict, *form: str) -> str:
    sources = [word for source in case["sources"] for word in ("-i", source)]
    play = ["--playbook-dir", case["playbook_dir"]] if "playbook_dir" in case else []
    return run("ansible-inventory", *sources, *play, *form)


def listed(case: dict) -> dict:
    document = json.loads(inventory(case, "--list"))
    document["_meta"].pop("profile", None)  # since 2.19: how to read it back
    return document


_SELECT = """
import json, sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
Display().verbosity = -1
manager = InventoryManager(DataLoader(), [sys.argv[1]])
print(json.dumps({p: [h.name for h in manager.get_hosts(p)] for p in sys.argv[2:]}))
"""


def selected(source: Path, patterns: list[str]) -> dict[str, list[str]]:
    """Select the hosts of all patterns in one process: each start of ansible takes a second."""
    return json.loads(run("python", "-c", _SELECT, str(source), *patterns))


def main() -> None:
    if not program("ansible-inventory").exists():
        venv.create(CACHE, with_pip=True)
        subprocess.run([CACHE / "bin/python", "-m", "pip", "install", "-q", VERSION], check=True)
    if not all((COLLECTIONS / OF_ALL / module).exists() for module in MODULES):
        collections()
    if "--write" in sys.argv:
        write()


def collections() -> None:
    """Take out of the whole Ansible the modules, and what makes collections of them."""
    meta = [f"{each}/{name}" for each in ("community/general", "ansible/posix")
            for name in ("MANIFEST.json", "meta/runtime.yml")]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        fetch = ["-m", "pip", "download", "-q", "--no-deps", "-d", folder, WHOLE]
        subprocess.run([CACHE / "bin/python", *fetch], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            wheel.extractall(COLLECTIONS, [OF_ALL + each for each in (*meta, *MODULES)])


def write() -> None:
    for name, case in cases().items():
        text = json.dumps(listed(case), indent=1, sort_keys=True) + "\n"
        (SOURCES / f"{name}.json").write_text(text)
        (SOURCES / f"{name}.txt").write_text(inventory(case, "--graph"))
        (SOURCES / f"{name}.vars.txt").write_text(inventory(case, "--graph", "--vars"))


if __name__ == "__main__":
    main()
