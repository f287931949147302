"""Everyday playbooks and roles, by the real ansible-playbook and by ours: the hosts hold the same files.

Those of tests/ansible/everyday/ that are the `same`: all on two hosts, one for either.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from as_ansible import ours, present, theirs
from lab.session import Lab

from hardener.ansible import turn

pytestmark = pytest.mark.timeout(900)  # sixty tasks by either
EVERYDAY = sorted((Path(__file__).parents[1] / "ansible/everyday").glob("*.yml"))
CASES = {
    path.stem: case for path in EVERYDAY if (case := yaml.safe_load(path.read_text())).get("same")
}
LISTED = r"""
cd /; set -- etc home root srv opt usr/local var/spool/cron var/backups
test ! -d var/log/shop || set -- "$@" var/log/shop
find "$@" ! -type d -printf '%p %y %M %U %G %l ' \
    -exec sh -c 'test -L "$1" && echo || sha256sum < "$1"' _ {} \;
find "$@" -type d -printf '%p %y %M %U %G\n'
"""
RUNS = "systemctl show -P ActiveState -P UnitFileState worker systemd-journald ssh"
ELSEWHERE = re.compile(
    r"etc/(.*-|machine-id|hostname|ssh/ssh_host_.*|\.pwd\.lock)$|root/\.ansible|etc/subgid-|etc/shadow"
    r"|var/backups/app/hourly-"
)
"""What has to do with the host, or with who wrote it: copies of before, and days in /etc/shadow.

What cron makes five minutes past the hour is not theirs or ours either."""


SPELT = {
    "etc/sysctl.d/60-security.conf": "s/ = /=/",
    "etc/systemd/journald.conf.d/50-own.conf": "/^$/d",  # where a new section begins
    "opt/php/8.2/cli/php.ini": "/^$/d",
    "opt/php/8.2/fpm/php.ini": "/^$/d",
    "var/spool/cron/crontabs/root": '/^# [D(]/d; /^MAILTO=/s/"//g',  # what crontab writes above
    "var/spool/cron/crontabs/www": "/^# [D(]/d",
}
"""Differences that docs/from-ansible.md names: the sed that takes them out."""


def lay(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder / "site.yml"


def files(host: Any) -> dict[str, str]:
    lines = (line.split(" ", 1) for line in host.sh(LISTED).splitlines())
    return {path: what for path, what in lines if not ELSEWHERE.match(path)}


def test_the_same_files(make_host: Callable[..., Any], lab: Lab, tmp_path: Path) -> None:
    present()
    one, other = make_host(), make_host()
    for host in (one, other):
        host.sh("echo 127.0.0.1 localhost > /etc/hosts")
    assert files(one) == files(other)
    sites = [lay(tmp_path / name, case["files"]) for name, case in CASES.items()]
    for site in sites:
        turned = turn(site, site.parent / "ours/site.yml")
        assert not [note.what for note in turned.notes.all if note.left]
        turned.write(site.parent / "ours", force=False)
    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(theirs, lab, one, *sites)
        for site in sites:
            ours(lab, other, site.parent / "ours/site.yml")
        done.result()
    before, after = files(one), files(other)
    for path, taken_out in SPELT.items():
        before[path], after[path] = (host.sh(f"sed '{taken_out}' /{path}") for host in (one, other))
    differ = {path: [before.get(path), after.get(path)]
              for path in before.keys() | after.keys() if before.get(path) != after.get(path)}  # fmt: skip
    assert not differ, "\n".join(f"{path}: {each}" for path, each in sorted(differ.items()))
    assert one.sh(RUNS) == other.sh(RUNS)
