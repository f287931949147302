"""Names of Ansible's own variables: what they are called here, or what is written instead."""

from __future__ import annotations

from collections.abc import Mapping

PRINTED = "`harden facts` prints what is known of a host"
HOSTS = "`groups` and `group_names` name hosts"

FACTS = {
    "managed": "'Ansible managed'",
    "check_mode": "false",  # the preview is the apply
    "architecture": "facts.os.architecture",
    "kernel": "facts.os.kernel",
    "distribution": "facts.os.id",
    "distribution_version": "facts.os.version",
    "distribution_release": "facts.os.codename",
    "distribution_major_version": "facts.os.version.split('.')[0]",
    "os_family": "facts.os.family",
    "hostname": "facts.network.hostname",
    "nodename": "facts.network.hostname",
    "memtotal_mb": "(facts.memory.total // 1048576)",
    "memfree_mb": "(facts.memory.available // 1048576)",
    "swaptotal_mb": "(facts.memory.swap_total // 1048576)",
    "swapfree_mb": "(facts.memory.swap_free // 1048576)",
    "processor_vcpus": "facts.cpu.count",
    "processor_nproc": "facts.cpu.count",
    "pkg_mgr": "facts.packages.manager",
    "python_version": "facts.system.python",
    "user_uid": "facts.system.uid",
    "system": "'Linux'",
    "service_mgr": "facts.system.init",
}
"""Facts, by their names behind `ansible_` or in `ansible_facts`."""
NAMES: Mapping[str, str] = {
    "facts": "the play says `gather_facts: false`, so none are known",
    "ansible_facts": f"write `facts`, as in `facts.os.family`; {PRINTED}",
    "ansible_check_mode": "the preview is the apply, and knows no other mode",
    "ansible_diff_mode": "the preview is the apply, and knows no other mode",
    "ansible_version": "`harden --version` prints that of hardener; no play needs it",
    "ansible_env": "a `command` that is a `query` asks a host; `lookup('env', …)` this machine",
    "ansible_date_time": "write `facts.system.date`",
    "ansible_play_hosts": HOSTS,
    "ansible_play_hosts_all": HOSTS,
    "ansible_play_batch": HOSTS,
    "play_hosts": HOSTS,
}


def instead(name: str) -> str:
    """Return the hint for a name of Ansible's that is none here; "" for any other."""
    if name in NAMES:
        return NAMES[name]
    fact = FACTS.get(name.removeprefix("ansible_"), "") if name.startswith("ansible_") else ""
    return f"write `{fact}`" if fact else ""
