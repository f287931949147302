"""Units of a real systemd. On a booted host only: tests/hosts/test_laws_booted.py."""

import subprocess
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from laws.world import Meddling, World
from tree import listing

from hardener.host.kinds.service import Service, ServiceState
from hardener.host.resource import Want

ETC = Path("/etc/systemd/system")
USR = Path("/usr/lib/systemd/system")
OWN = "laws-one.service"  # its file lies in /etc, where a mask would have to lie
HEAD = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep 1000\n"
UNITS = {
    OWN: HEAD + "[Install]\nWantedBy=multi-user.target\n",
    "laws-two.service": HEAD + "[Install]\nRequiredBy=laws-new.target\nAlias=laws-zwei.service\n",
    "laws-three.service": HEAD,
    "laws-four.timer": "[Timer]\nOnCalendar=2099-01-01\nUnit=dpkg-db-backup.service\n"
    "[Install]\nWantedBy=timers.target\n",
}
BYSTANDER = "cron.service"
SHOWN = ("ActiveState", "UnitFileState", "LoadState")


def systemctl(*words: str) -> str:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(unit: str, *what: str) -> str:
    return systemctl("show", "-p", ",".join(what), unit)


def states(unit: str) -> st.SearchStrategy[ServiceState]:
    """All that may be asked of it: what is masked can't be enabled, and needs a place for the link.

    A masked timer can't run.
    """
    with_install = "[Install]" in UNITS[unit]
    enabled = st.booleans() if with_install else st.none()
    drawn = st.builds(ServiceState, st.just(True), enabled, st.booleans(), st.booleans())
    timer = unit.endswith(".timer")
    return drawn.filter(
        lambda s: not (s.masked and (s.enabled or unit == OWN or (timer and s.running)))
    )


def by_hand(*words: str) -> Any:
    return lambda world: systemctl(*words)


ON = [(OWN, ServiceState(True, True, True, False))]


class Services(World):
    kind = "service"
    live = True
    booted = True
    wishes = st.fixed_dictionaries({}, optional={unit: states(unit) for unit in UNITS}).map(
        lambda d: list(d.items())
    ).filter(bool)  # fmt: skip
    meddling = st.sampled_from([
        Meddling(ON, by_hand("stop", OWN), related=False),
        Meddling(ON, by_hand("disable", OWN), related=False),
        Meddling(ON, by_hand("start", "laws-four.timer"), related=False),
        Meddling(ON, by_hand("enable", "laws-four.timer"), related=False),
    ])  # fmt: skip
    always_merged = "each part of it is yes or no: what others change is as it was, or not our part"
    examples = 3
    without = {9: "what all may ask systemd holds no secret"}

    def lay(self) -> None:
        for unit, text in UNITS.items():
            ((ETC if unit == OWN else USR) / unit).write_text(text)
        systemctl("daemon-reload")

    def close(self) -> None:
        for word in ("unmask", "disable", "stop"):
            systemctl("-q", word, *UNITS)

    def want(self, wish: Any, view: Any) -> Want:
        return Want(Service(wish[0]), wish[1])

    def look(self) -> dict[str, Any]:
        """The links, what systemd knows, and that nobody else was started anew."""
        units = {unit: shown(unit, *SHOWN) for unit in UNITS}
        return {
            **listing(ETC),
            **units,
            BYSTANDER: shown(BYSTANDER, *SHOWN, "MainPID", "NRestarts"),
        }

    def asked(self, key: str, wishes: Any) -> bool:
        units = {unit for unit, _ in wishes}
        if "laws-two.service" in units:
            units |= {"laws-zwei.service", "laws-new.target.requires"}
        return key.rpartition("/")[2] in units


WORLD = Services
