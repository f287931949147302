"""What an editor says of playbooks and inventories by our schemas, through the real language server (D30)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import needs
import pytest
from editor.server import Editor, editor

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def opened() -> Iterator[Editor]:
    command = [str(ROOT / "scripts/editor-server"), "--path"]
    server = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    if not server:
        needs.missing("needs the editors' language server; scripts/editor-server installs it")
    with editor(server) as found:
        yield found


def written(folder: Path, schema: str, text: str) -> Path:
    path = folder / f"{schema}.yml"
    path.write_text(f"# yaml-language-server: $schema={ROOT}/schemas/{schema}.json\n{text}")
    return path


@pytest.mark.parametrize("name", ["playbooks/droplet.yml", "inventory.example.yml"])
def test_what_ships_is_not_underlined(opened: Editor, name: str) -> None:
    """By the line at its top, which names the schema."""
    assert (ROOT / name).read_text().startswith("# yaml-language-server: $schema=")
    assert opened.open(ROOT / name) == []


def test_what_init_makes_is_not_underlined(opened: Editor, tmp_path: Path) -> None:
    harden = Path(sys.executable).with_name("harden")
    subprocess.run([harden, "init", tmp_path / "site"], check=True, stdout=subprocess.DEVNULL)
    for name in ("site.yml", "hosts.yml"):
        path = tmp_path / "site" / name
        assert "yaml-language-server: $schema=/" in path.read_text().partition("\n")[0]
        assert opened.open(path) == []


PLAY = """\
- hosts: all
  stepps: []
  steps:
    - logrotate:
        name: app
        paths: [/var/log/app.log]
        frequency: dayly
        rotaet: 7
    - swapfile: {path: /swap, size: 1G}
      when: facts.memory.swap_total == 0
    - file:
        path: /etc/x
        content: "{{ x }}"
········
    -·
""".replace("·", " ")


def test_a_playbook(opened: Editor, tmp_path: Path) -> None:
    path = written(tmp_path, "playbook", PLAY)
    told = opened.open(path)
    assert [line for line in told if line.startswith("3: ") and "stepps" in line]
    assert [line for line in told if line.startswith("8: ") and '"daily"' in line]
    assert [line for line in told if line.startswith("9: ") and "rotaet" in line]
    assert len(told) == 4, told  # and that the last step is none yet
    parameters = opened.complete(path, 15, 9)
    assert {"owner", "mode", "group"} <= set(parameters)
    assert "path" not in parameters
    offered = opened.complete(path, 16, 7)
    assert {"logrotate", "swapfile", "sysctl", "when", "include", "role", "block"} <= set(offered)
    assert "daily" in opened.complete(path, 8, 21)
    assert "Swap in a file" in opened.hover(path, 10, 9)
    size = PLAY.splitlines()[8].index("size")
    assert "How large" in opened.hover(path, 10, size + 1)


HOSTS = """\
web:
  host: {}
  hosts:
    web-1:
      port: []
      address: 192.0.2.1
······
""".replace("·", " ")


def test_an_inventory(opened: Editor, tmp_path: Path) -> None:
    path = written(tmp_path, "inventory", HOSTS)
    told = opened.open(path)
    assert [line for line in told if line.startswith("3: ") and "host" in line]
    assert [line for line in told if line.startswith("6: ") and "type" in line]
    assert len(told) == 2, told
    assert {"user", "identity_file", "become"} <= set(opened.complete(path, 8, 7))
    assert "Name or IP address" in opened.hover(path, 7, 9)
