"""Whether iptables takes a file of ufw's rules as it is: iptables-restore --test. Nothing is loaded."""

from hardener.host.errors import Refused


def check(candidate, parameters):
    """`parameters` are none; in a tree that is not booted there is no kernel to ask."""
    system, view = candidate.system, candidate.view
    program = "ip6tables-restore" if "user6" in candidate.path else "iptables-restore"
    if not (view.live and system.can_run(program)):
        view.note("%s was not tried: there is no %s here" % (candidate.path, program))
        return
    argv = [program, "-w", "5", "--noflush", "--test", candidate.staged]
    ran = system.run(argv, changes=False)
    if not ran.ok:
        why = ran.why().replace(candidate.staged, candidate.path)
        raise Refused("%s refuses the new %s" % (program, candidate.path), why=why)
