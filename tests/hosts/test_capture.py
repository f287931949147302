"""What is captured of a real host describes it: applied there, it changes nothing."""

import re
from pathlib import Path

import pytest
import yaml
from faults.lockout.command import Command
from lab.droplet import CONFIG
from lab.host import Host
from lab.session import Lab
from lab.treehash import DROPLET_VOLATILE, difference

LEFT_OUT = (
    *DROPLET_VOLATILE,
    r"/home/ops/\.sudo_as_admin_successful",
    r"/var/log/.*",
    r"/var/lib/hardener",
)
SYSCTL = "/etc/sysctl.d/60-own.conf"


def captured(
    harden: Command, folder: Path, *words: str, left: tuple[str, ...] = ()
) -> tuple[Path, dict]:
    """Capture the host, and return the file and {step: its type and parameters}."""
    out = folder / "captured.yml"
    done = harden("capture", harden.host.name, "-o", str(out), *words)
    said = re.findall(r"(?m)^left out: (.*)$", done.stdout)
    assert (done.returncode, said) == (6 if left else 0, list(left)), done.stdout + done.stderr
    (play,) = yaml.safe_load(out.read_text().replace("!unsafe ", ""))
    return out, {step["name"]: step for step in play["steps"]}


def changes_nothing(harden: Command, playbook: Path) -> None:
    before = harden.host.hash(leave_out=LEFT_OUT)
    done = harden("apply", str(playbook), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed " not in done.stdout
    assert difference(before, harden.host.hash(leave_out=LEFT_OUT)) == ""


def test_a_droplet(lab: Lab, droplet_host: Host, tmp_path: Path) -> None:
    host, harden = droplet_host, Command(lab, droplet_host, tmp_path, user="ops")
    host.write(SYSCTL, "net.ipv4.conf.all.log_martians = 1\nnet.ipv4.tcp_syncookies=1\n")
    host.sh("systemctl mask proc-sys-fs-binfmt_misc.mount systemd-timesyncd.service")
    before = host.hash(leave_out=LEFT_OUT)
    out, steps = captured(harden, tmp_path)
    assert difference(before, host.hash(leave_out=LEFT_OUT)) == ""
    assert steps["Service ssh"]["service"] == {"name": "ssh", "enabled": True, "running": True}
    assert steps["No systemd-timesyncd"]["service"] == {"name": "systemd-timesyncd", "masked": True}
    own = steps["Kernel parameters of 60-own.conf"]["sysctl"]
    assert own["values"] == {"net.ipv4.conf.all.log_martians": "1", "net.ipv4.tcp_syncookies": "1"}
    assert own["live"] is False, "the file was not loaded"
    assert "python3" in steps["Packages"]["package"]["name"]
    rotated = {name for name in steps if name.startswith("Rotation of ")}
    assert rotated == {f"Rotation of {name}" for name in host.sh("ls /etc/logrotate.d").split()}
    assert steps["Program system_monitor"]["supervisor"]["config"] == CONFIG
    assert steps["Program system_monitor"]["supervisor"]["options"]
    changes_nothing(harden, out)
    host.sh("systemctl restart systemd-sysctl")
    out, steps = captured(harden, tmp_path, "--what", "sysctl", "--force")
    assert list(steps) == ["Kernel parameters of 60-own.conf"]
    assert steps["Kernel parameters of 60-own.conf"]["sysctl"]["live"] is True
    changes_nothing(harden, out)
    host.write(SYSCTL, "net.ipv4.tcp_syncookies=0\n")
    done = harden("audit", str(out))
    assert done.returncode == 2, "what was captured tells a host that has moved since"


def test_swap(lab: Lab, swap_host: Host, tmp_path: Path) -> None:
    harden = Command(lab, swap_host, tmp_path)
    swap_host.sh(
        "fallocate -l 64M /swapfile && chmod 600 /swapfile && mkswap -q /swapfile && swapon -p 7 /swapfile"
    )
    swap_host.write("/etc/fstab", "/swapfile none swap sw,pri=7 0 0\n/not-there none swap sw 0 0\n")
    out, steps = captured(
        harden,
        tmp_path,
        "--what",
        "swap",
        left=("Swap in /not-there: it is no swap file that is in use",),
    )
    params = {"path": "/swapfile", "size": 64 << 20, "mode": "0600", "priority": 7}
    assert [step["swapfile"] for step in steps.values()] == [params]
    changes_nothing(harden, out)


def test_mounts(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    mounted = "tmpfs\t/srv/a\\040b tmpfs size=1M,noexec"
    host.write(
        "/etc/fstab", f"{mounted}\nLABEL=x /mnt/x auto noauto 0 2\n/dev/y none swap sw 0 0\n"
    )
    host.sh("mkdir '/srv/a b' /mnt/x; mount '/srv/a b'")
    out, steps = captured(harden, tmp_path, "--what", "mounts")
    like = {"src": "tmpfs", "fstype": "tmpfs", "opts": "size=1M,noexec", "dump": 0, "passno": 0}
    other = {"src": "LABEL=x", "fstype": "auto", "opts": "noauto", "dump": 0, "passno": 2}
    assert [step["mount"] for step in steps.values()] == [
        {"path": "/srv/a b", **like, "state": "mounted"},
        {"path": "/mnt/x", **other, "state": "present"},
    ]
    changes_nothing(harden, out)
    host.sh("umount '/srv/a b'")
    assert harden("audit", str(out)).returncode == 2, (
        "what was captured tells a host that has moved"
    )


SSHD = """# ours
  maxauthtries=4
AllowUsers root ops
allowusers "nopass"
PasswordAuthentication no
Match  user SFTP address 10.0.0.0/8
  ForceCommand internal-sftp -l "INFO"
"""


def test_sshd(lab: Lab, host: Host, tmp_path: Path) -> None:
    harden = Command(lab, host, tmp_path)
    host.write("/etc/ssh/sshd_config.d/40-own.conf", SSHD)
    host.write(
        "/etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\nLogLevel INFO\n"
    )
    host.sh("systemctl reload ssh")
    out, steps = captured(harden, tmp_path, "--what", "sshd")
    found = {step["sshd"].get("name", step["sshd"]["in"]): step["sshd"] for step in steps.values()}
    assert sorted(found) == ["40-own", "50-cloud-init", "file"]
    criteria, options = "user SFTP address 10.0.0.0/8", {"ForceCommand": 'internal-sftp -l "INFO"'}
    assert found["40-own"]["match"] == [{"criteria": criteria, "options": options}]
    assert found["40-own"]["options"] == {
        "MaxAuthTries": "4",
        "AllowUsers": ["root", "ops", "nopass"],
        "PasswordAuthentication": "no",
    }
    assert found["50-cloud-init"]["options"] == {"LogLevel": "INFO"}
    assert found["file"]["options"]["UsePAM"] == "yes"
    changes_nothing(harden, out)
    host.write("/etc/ssh/sshd_config.d/40-own.conf", SSHD.replace("=4", "=9"))
    assert harden("audit", str(out)).returncode == 2


@pytest.mark.parametrize("words", [("--what", "nonsense"), ("-o", "/nonexistent/x")])
def test_bad_usage(words: tuple[str, ...], lab: Lab, droplet_host: Host, tmp_path: Path) -> None:
    harden = Command(lab, droplet_host, tmp_path, user="ops")
    done = harden("capture", droplet_host.name, "-o", str(tmp_path / "x"), *words)
    assert done.returncode == 64, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
