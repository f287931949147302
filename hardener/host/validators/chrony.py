"""What chronyd says of a file of its configuration: chronyd -p -f reads it, and does nothing."""

from hardener.host.errors import Refused


def check(candidate, parameters):
    """`parameters` are none."""
    if not candidate.system.can_run("chronyd"):
        candidate.view.note("%s was not checked: there is no chronyd here" % candidate.path)
        return
    ran = candidate.system.run(["chronyd", "-p", "-f", candidate.staged], changes=False)
    if not ran.ok:
        why = (ran.err + ran.out).replace(candidate.staged, candidate.path).strip()[-2000:]
        raise Refused("chronyd refuses the new %s" % candidate.path, why=why)
