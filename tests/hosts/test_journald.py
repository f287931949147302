"""journald on booted hosts: what the running one says of its room, before, after, and after a rollback."""

import re
from typing import Any

from inside import Inside
from lab.host import Host
from sandbox import step

FOLDER = "/etc/systemd/journald.conf.d"
SAID = "journalctl -q -b -o cat -u systemd-journald -t systemd-journald | grep 'System Journal.*max ' | tail -1"
IN_FILE: dict[str, Any] = {"in": "file"}
READ = "systemd-analyze cat-config systemd/journald.conf | grep -v ^# | grep ."


def most(host: Host) -> str:
    """How much the running journald takes at most, by its own words."""
    found = re.search(r"max ([0-9]+)[0-9.]*([KMG])", host.sh(SAID))
    return found.group(1) + found.group(2) if found else ""


def test_there_and_back(any_host: Any) -> None:
    host, inside = any_host, Inside(any_host)
    host.sh("mkdir -p /var/log/journal; systemctl restart systemd-journald; journalctl --flush")
    before, read = most(host), host.sh(READ)
    assert before not in ("", "48M")
    wish = step("journald", name="60-own", storage="persistent", system_max_use="48M")
    assert inside.play(wish, dry_run=True) == "pending", inside.errors()
    predicted = inside.changes("preview")
    assert most(host) == before
    assert inside.play(wish) == "changed", inside.errors()
    assert inside.changes("apply") == predicted
    assert most(host) == "48M"
    assert "SystemMaxUse=48M" in host.sh(READ)
    assert inside.play(wish) == "ok", inside.changes("preview")
    host.write(f"{FOLDER}/70-other.conf", "[Journal]\nSystemMaxUse=9M\n")
    assert inside.play(wish) == "refused"
    assert "70-other.conf has the last word: SystemMaxUse=9M" in inside.errors()
    host.sh(f"rm {FOLDER}/70-other.conf")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert most(host) == before
    assert host.sh(READ) == read and not host.exists(FOLDER)
    assert inside.play(step("journald", **IN_FILE, system_max_use="48M")) == "changed"
    assert most(host) == "48M" and not host.exists(FOLDER)
    assert inside.rollback() == "rolled back", inside.trouble()
    assert most(host) == before and host.sh(READ) == read
