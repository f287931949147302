"""Which service of systemd a process belongs to, by its control group (proc(5), cgroups(7))."""

import re

GROUP = re.compile(r"(?m)^(?:0::|1:name=systemd:)(.*)$")
USERS = "user@"  # whose own systemd starts what runs below it


def service(system, pid):
    """Return its name; "" for none, and for what a user's systemd starts."""
    try:
        groups = system.of_process(pid, "cgroup").decode("utf-8", "replace")
    except OSError:
        return ""
    group = GROUP.search(groups)
    parts = group.group(1).split("/") if group else []
    names = [each for each in parts if each.endswith(".service")]
    return names[-1] if names and not any(each.startswith(USERS) for each in names) else ""
