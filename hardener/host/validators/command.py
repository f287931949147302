"""A command of the playbook's own, `%s` being the staged file; it must end with 0."""

from hardener.host.errors import Refused


def check(candidate, parameters):
    """`parameters` is the argv, with `%s` in it."""
    argv = [part.replace("%s", candidate.staged) for part in parameters]
    if not candidate.system.can_run(argv[0]):
        candidate.view.note("%s was not checked: %s is not there" % (candidate.path, argv[0]))
        return
    ran = candidate.system.run(argv, changes=False)
    if not ran.ok:
        raise Refused("%s refuses the new %s" % (argv[0], candidate.path), why=ran.why())
