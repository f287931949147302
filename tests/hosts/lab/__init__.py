"""Real hosts for the tests: booted Debian systems in their own network, gone when the tests end.

    from lab import Lab                      # tests/hosts must be on sys.path

    with Lab() as lab:
        web = lab.host("web", "trixie")      # booted, sshd answers, systemd is up
        web.run(["sysctl", "-n", "vm.swappiness"]).stdout      # a look from inside, not by ssh
        lab.controller(["ssh", "-F", lab.ssh_config, "ops@web", "id"])
        web.reboot()

Under pytest the fixtures in `lab.fixtures` hand out such hosts. Nothing leaves the machine: the
network has no way out, and a host has the kernel, the clock, swap and `vm.*` of the machine.
"""

from lab.host import Host
from lab.requirements import missing
from lab.session import PASSWORD, Lab
from lab.tree import Recipe

__all__ = ["PASSWORD", "Host", "Lab", "Recipe", "missing"]
