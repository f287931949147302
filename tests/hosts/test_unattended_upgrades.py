"""unattended_upgrades with the real apt on a booted host: its values are in effect, or it is refused; and back."""

from collections.abc import Callable

from inside import Inside
from lab.host import Host
from sandbox import step

LATER = "/etc/apt/apt.conf.d/zz-own"
LIST = "find /etc/apt -type f -exec sha256sum {} + | sort"


def test_there_and_back(make_host: Callable[..., Host]) -> None:
    inside = Inside(make_host(packages=["unattended-upgrades"]))
    host = inside.host
    before = host.sh(LIST)
    wanted = step(
        "unattended_upgrades",
        origins=["origin=Own"],
        keep=["linux-"],
        upgrade=3,
        automatic_reboot=True,
    )
    host.write(LATER, 'Unattended-Upgrade::Automatic-Reboot "false";\n')
    assert inside.play(wanted) == "refused"
    assert "Unattended-Upgrade::Automatic-Reboot is false" in inside.errors()
    host.sh(f"rm {LATER}")
    assert inside.play(wanted) == "changed", inside.errors()
    said = host.sh("apt-config dump | grep -e ^APT::Periodic -e ^Unattended-Upgrade")
    assert 'APT::Periodic::Unattended-Upgrade "3";' in said
    assert [x for x in said.splitlines() if "Origins-Pattern::" in x] == [
        'Unattended-Upgrade::Origins-Pattern:: "origin=Own";'
    ]
    assert 'Blacklist:: "linux-";' in said
    tried = host.sh("unattended-upgrade --dry-run --debug 2>&1", timeout=300)
    assert "Allowed origins are: origin=Own" in tried
    assert inside.play(wanted) == "ok"
    assert inside.rollback() == "rolled back"
    assert host.sh(LIST) == before
