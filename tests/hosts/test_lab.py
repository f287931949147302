"""The lab is what it says: the other suites rely on it."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import droplet, network, relay, requirements, session
from lab.host import Host
from lab.session import Lab, all_sessions
from lab.treehash import DROPLET_VOLATILE, difference, listing


def test_a_host_boots_whole(any_host: Host) -> None:
    assert any_host.run(["systemctl", "is-system-running"]).stdout == "running\n"
    assert any_host.run(["systemctl", "--failed", "--no-legend"]).stdout == ""
    assert any_host.read("/etc/hostname") == f"{any_host.name}\n"


@pytest.mark.parametrize("user", ["root", "ops", "nopass", "trader"])
def test_every_user_logs_in_by_key(host: Host, user: str) -> None:
    login = host.ssh("id -un; hostname", user=user)
    assert (login.returncode, login.stdout) == (0, f"{user}\n{host.name}\n"), login.stderr


def test_sudo_asks_whom_it_should_ask(host: Host, lab: Lab) -> None:
    assert host.ssh("sudo -n id -u", user="nopass").stdout == "0\n"
    assert host.ssh("sudo -n id -u", user="ops").returncode != 0
    asked = host.ssh("sudo -S -p '' id -u", user="ops", input=f"{lab.password}\n")
    assert asked.stdout == "0\n"
    refused = host.ssh("sudo -S -p '' id -u", user="trader", input=f"{lab.password}\n")
    assert refused.returncode != 0


def test_an_unknown_host_key_is_refused(host: Host, lab: Lab) -> None:
    options: list[str | Path] = ["-F", lab.ssh_config, "-o", "UserKnownHostsFile=none"]
    refused = lab.controller(["ssh", *options, f"root@{host.name}", "true"])
    assert "Host key verification failed" in refused.stderr


def test_a_reboot_is_a_reboot(any_host: Host) -> None:
    before = any_host.read("/proc/sys/kernel/random/boot_id")
    any_host.sh("nft add table inet lost; touch /run/lost /root/kept")
    any_host.reboot()
    assert any_host.read("/proc/sys/kernel/random/boot_id") != before
    assert not any_host.exists("/run/lost")
    assert any_host.exists("/root/kept")
    assert any_host.run(["nft", "list", "tables"]).stdout == ""
    assert any_host.ssh("id -un").stdout == "root\n"


def test_a_reboot_by_ssh_is_noticed(host: Host) -> None:
    leader = host.leader
    host.ssh("systemctl reboot")
    host.wait_for_reboot(leader)
    host.wait()
    assert host.ssh("id -un").stdout == "root\n"


def test_power_and_cable(host: Host) -> None:
    host.write("/root/written", "before the cut\n", mode="0600")
    host.power_cycle()
    assert host.read("/root/written") == "before the cut\n"
    host.unplug()
    with pytest.raises(OSError):
        network.connect(host.lab.namespace, host.address, 22, 0.3)
    host.plug()
    host.wait()
    host.stop()
    assert not host.running
    assert host.read("/etc/hostname") == f"{host.name}\n"
    host.start()


def test_hosts_see_each_other_and_nothing_else(make_host: Callable[..., Host]) -> None:
    one, two = make_host(), make_host()
    assert one.run(["ping", "-c", "1", "-W", "2", two.address]).returncode == 0
    assert one.run(["ip", "route", "show", "default"]).stdout == ""


def test_a_layer_of_packages(make_host: Callable[..., Host]) -> None:
    host = make_host(packages=["tree"])
    assert host.run(["tree", "--version"]).stdout.startswith("tree v")


def test_swap_files_work_where_they_should(swap_host: Host) -> None:
    lines = "dd if=/dev/zero of=/swapfile bs=1M count=16; chmod 0600 /swapfile; mkswap /swapfile"
    swap_host.sh(f"{lines}; swapon /swapfile")
    assert "/swapfile" in swap_host.run(["swapon", "--show", "--noheadings"]).stdout
    swap_host.sh("swapoff /swapfile")


def test_a_host_destroyed_takes_its_swap_with_it(lab: Lab, kernel_turn: None) -> None:
    host = lab.host(disk="image", size="2G", swap=True)
    host.sh("fallocate -l 16M /swapfile; chmod 0600 /swapfile; mkswap /swapfile; swapon /swapfile")
    assert swapfiles()
    host.destroy()
    assert not swapfiles()


def swapfiles() -> list[str]:
    """Those of hosts; tests beside them have swap of their own, which is called otherwise."""
    names = [line.split()[0] for line in Path("/proc/swaps").read_text().splitlines()[1:]]
    return [name for name in names if name == "/swapfile"]


def test_an_overlay_refuses_swap_files(host: Host) -> None:
    lines = "dd if=/dev/zero of=/swapfile bs=1M count=16; chmod 0600 /swapfile; mkswap /swapfile"
    host.sh(lines)
    assert host.run(["swapon", "/swapfile"], check=False).returncode != 0


def test_the_droplet_runs(any_droplet: Host, lab: Lab) -> None:
    status = droplet.supervisorctl(any_droplet, "status").splitlines()
    assert {line.split()[0]: line.split()[1] for line in status} == dict.fromkeys(
        droplet.PROCESSES, "RUNNING"
    )
    page = lab.controller(["curl", "--silent", f"http://{any_droplet.address}:3000/"])
    assert "REC.IO" in page.stdout
    rows = any_droplet.run(["sqlite3", droplet.DATABASE, "SELECT count(*) FROM trades"])
    assert rows.stdout == f"{droplet.TRADES}\n"
    assert any_droplet.run(["systemctl", "is-system-running"]).stdout == "running\n"
    owner = any_droplet.run(["stat", "--format=%U", droplet.DATABASE]).stdout
    assert owner == "trader\n"


def test_the_droplet_writes_all_the_time(droplet_host: Host) -> None:
    files = [f"/{droplet.APP}/logs/trade_manager.out.log", f"/{droplet.APP}/backend/data/btc.json"]
    before = [droplet_host.read(file) for file in files]
    time.sleep(2.5)
    after = [droplet_host.read(file) for file in files]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_nothing_done_is_nothing_changed(droplet_host: Host) -> None:
    before = droplet_host.hash(leave_out=DROPLET_VOLATILE)
    time.sleep(3)
    assert difference(before, droplet_host.hash(leave_out=DROPLET_VOLATILE)) == ""
    droplet_host.reboot()
    droplet.wait_for_programs(droplet_host)
    assert difference(before, droplet_host.hash(leave_out=DROPLET_VOLATILE)) == ""


def test_a_change_that_keeps_size_and_time_is_seen(host: Host) -> None:
    host.hash()
    before = host.hash()
    host.sh("cp -p /etc/profile /run; tr a b < /run/profile > /etc/profile")
    host.sh("touch -r /run/profile /etc/profile")
    assert difference(before, host.hash()).startswith("~ /etc/profile: detail ")
    host.sh("cat /run/profile > /etc/profile")
    assert difference(before, host.hash()) == ""


def test_a_droplet_on_a_running_host(host: Host) -> None:
    droplet.droplet(host)
    assert "REC.IO" in host.run(["curl", "--silent", "http://localhost:3000/"]).stdout


def test_latency(host: Host, lab: Lab) -> None:
    with lab.relay(host, latency=0.1) as port:
        started = time.monotonic()
        options: list[str | Path] = [
            "-F",
            lab.ssh_config,
            "-o",
            f"HostKeyAlias={host.name}",
            "-p",
            str(port),
        ]
        lab.controller(["ssh", *options, "root@127.0.0.1", "true"], check=True)
        # connection, banner, key exchange, authentication, channel: a round trip each at least
        assert time.monotonic() - started > 5 * 0.2


def test_kernel_parameters_are_put_back(host: Host) -> None:
    file = Path("/proc/sys/vm/swappiness")
    with session.kernel_turn():
        before = int(file.read_text())
        host.run(["sysctl", "-w", f"vm.swappiness={before + 1}"])
        assert int(file.read_text()) == before + 1
    assert int(file.read_text()) == before


def test_two_labs_at_a_time(lab: Lab) -> None:
    with Lab() as other:
        host = other.host()
        assert host.ssh("hostname").stdout == f"{host.name}\n"
    assert lab.controller(["true"]).returncode == 0


def test_a_killed_session_is_cleared_by_the_next(lab: Lab) -> None:
    script = """
        import json, os, sys, time
        from lab import Lab
        lab = Lab()
        host = lab.host()
        print(json.dumps([str(lab.folder), host.leader]), flush=True)
        time.sleep(600)
    """
    killed = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )
    with killed:
        assert killed.stdout
        folder, leader = json.loads(killed.stdout.readline())
        killed.kill()
    assert is_running(leader)
    with Lab():
        assert not is_running(leader)
        assert Path(folder) not in all_sessions()
        assert folder not in Path("/proc/self/mounts").read_text()
        assert not list(network.NAMESPACES.glob(f"hl-{Path(folder).name}-*"))


def is_running(process: int) -> bool:
    """Dead and not yet collected counts as dead: a machine's PID 1 takes its time for orphans."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not re.search(r"^State:\s+[ZX]", status, re.MULTILINE)


# Without hosts


def test_a_droplet_in_a_folder(tmp_path: Path) -> None:
    app = droplet.lay(tmp_path)
    tracked = subprocess.run(
        ["git", "-C", app, "ls-files"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert "logs/startup.log" in tracked
    programs = re.findall(
        r"^\[program:", (app / "backend/supervisord.conf").read_text(), re.MULTILINE
    )
    assert len(programs) == 12
    assert (tmp_path / "etc/fstab").exists()


def test_two_droplets_are_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        droplet.lay(tmp_path / name)
    skip_git = [rf"/{droplet.APP}/\.git/index"]  # has inode numbers and times
    one, two = (listing(tmp_path / name, leave_out=skip_git) for name in ("one", "two"))
    assert difference(one, two) == ""


def test_a_difference_tells_what_differs(tmp_path: Path) -> None:
    (tmp_path / "changed").write_text("before")
    (tmp_path / "gone").symlink_to("changed")
    (tmp_path / "open").touch(0o600)
    before = listing(tmp_path)
    (tmp_path / "changed").write_text("after")
    (tmp_path / "gone").unlink()
    (tmp_path / "open").chmod(0o666)
    (tmp_path / "new").mkdir(0o755)
    lines = difference(before, listing(tmp_path)).splitlines()
    assert [line.split(":")[0] for line in lines] == ["~ /changed", "- /gone", "+ /new", "~ /open"]
    assert lines[3] == "~ /open: mode 0600 → 0666"


def test_the_droplet_needs_no_lab() -> None:
    source = Path(droplet.__file__).read_text()
    assert re.findall(r"^from lab|^import lab", source, re.MULTILINE) == []


def test_missing_things_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(requirements, "search_path", lambda: "")
    assert len(requirements.missing()) >= len(requirements.PROGRAMS) + 1


def test_a_relay_ends_by_a_signal() -> None:
    process = subprocess.Popen(
        [sys.executable, relay.__file__, "127.0.0.1:9", "0"], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout
        assert int(process.stdout.readline()) > 0
        process.send_signal(signal.SIGTERM)
