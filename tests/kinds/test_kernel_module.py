"""Modules that are unloaded, and what keeps them: tests/modules.py says on which kernel."""

from pathlib import Path
from typing import Any

import needs
import pytest
from modules import FILES, Machine
from sandbox import step
from tree import lay, listing

HANGS = {"dccp_ipv4": ["dccp"]}
WISH = step("kernel_module", name="10-own", modules=["dccp", "dccp-ipv4", "hfs"])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    needs.root()
    lay(tmp_path, FILES)
    machine = Machine(tmp_path, hangs=HANGS)
    machine.system.lay({"dccp_ipv4": (0, []), "dccp": (1, ["dccp_ipv4"]), "other": (0, [])})
    machine.system.parameters("dccp_ipv4", mode="0", numbers="4")
    machine.system.parameters("dccp", mode="1", numbers="4")
    return machine


def test_there_and_back(machine: Machine) -> None:
    before = listing(machine.root)
    assert machine.foretold(WISH) == [
        "create file:/etc/modprobe.d/10-own.conf",
        "remove kernel_module:dccp_ipv4",
        "remove kernel_module:dccp",
    ]
    assert machine.system.rows() == {"other": (0, [])}
    assert machine.play(WISH) == "ok", machine.changes("preview")
    assert machine.rollback() == "rolled back", machine.events
    assert machine.system.rows()["dccp"] == (1, ["dccp_ipv4"])
    after = listing(machine.root)
    assert after["sys/module/dccp/parameters/mode"] == before["sys/module/dccp/parameters/mode"]
    changed = {path for path in before if before[path] != after.get(path)}
    assert changed <= {"proc/modules"}, "the order of its lines alone"


def test_a_parameter_that_cannot_be_set_is_told(machine: Machine) -> None:
    machine.system.parameters("dccp", mode="1", numbers="8")
    assert machine.play(WISH) == "changed", machine.errors()
    assert machine.rollback() == "partly rolled back"
    lost = {e["resource"]: e["why"] for e in machine.events if e.get("status") == "failed"}
    assert list(lost) == ["kernel_module:dccp"], machine.events
    assert "('numbers', '8')" in lost["kernel_module:dccp"]


def used(machine: Machine) -> None:
    machine.system.lay({"dccp": (1, [])})


def drives(machine: Machine) -> None:
    driver = machine.root / "sys/bus/pci/drivers/dccp"
    device = machine.root / "sys/devices/pci0/0000:00:03.0"
    folder = machine.root / "sys/module/dccp/drivers"
    for each in (driver, device, folder):
        each.mkdir(parents=True)
    (device / "uevent").write_text("")
    (driver / "bind").write_text("")
    (driver / "module").symlink_to("../../../../module/dccp")
    (driver / "0000:00:03.0").symlink_to("../../../../devices/pci0/0000:00:03.0")
    (folder / "pci:dccp").symlink_to("../../../bus/pci/drivers/dccp")
    machine.system.lay({"dccp": (0, [])})


@pytest.mark.parametrize(
    "lay_out, why", [(used, "it is used 1 times"), (drives, "it drives 0000:00:03.0")]
)
def test_what_is_in_use_is_refused(machine: Machine, lay_out: Any, why: str) -> None:
    lay_out(machine)
    before = listing(machine.root)
    assert machine.play(WISH) == "refused"
    assert "dccp is in use, and would be missing after the next boot" in machine.errors()
    assert why in machine.errors()
    assert listing(machine.root) == before


def disabled(machine: Machine) -> None:
    lay(machine.root, {"/proc/sys/kernel/modules_disabled": "1\n"})


def powerless(machine: Machine) -> None:
    lay(machine.root, {"/proc/self/status": "CapEff:\t000001fffffeffff\n"})


def bare(machine: Machine) -> None:
    (machine.root / "usr/sbin/rmmod").unlink()


def permanent(machine: Machine) -> None:
    machine.system.lay({"dccp": (0, ["[permanent]"])})


@pytest.mark.parametrize(
    "lay_out, why",
    [
        (permanent, ": it is permanent"),
        (disabled, ": kernel.modules_disabled is 1"),
        (powerless, ": it takes CAP_SYS_MODULE"),
        (bare, ": there is no rmmod"),
    ],
)
def test_what_cannot_be_unloaded_stays_and_is_told(
    machine: Machine, lay_out: Any, why: str
) -> None:
    lay_out(machine)
    assert machine.foretold(WISH) == ["create file:/etc/modprobe.d/10-own.conf"]
    assert f"dccp is loaded, and stays so until the next boot{why}" in machine.notes()


def test_and_what_is_not_to_be(machine: Machine) -> None:
    wish = step("kernel_module", name="10-own", modules=["dccp", "dccp-ipv4"], unload=False)
    assert machine.foretold(wish) == ["create file:/etc/modprobe.d/10-own.conf"]
    assert "dccp is loaded, and stays so until the next boot" in machine.notes()
