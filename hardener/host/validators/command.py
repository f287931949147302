"""A command of the playbook's own, `%s` being the staged file; it must end with 0."""

import shlex

from hardener.host.errors import Refused
from hardener.host.resource import Resource


def check(candidate, parameters):
    """`parameters` is the command, quoted as for a shell, which it is not given to; `%s` is in it."""
    argv = [part.replace("%s", candidate.staged) for part in words(parameters)]
    if not there(argv[0], candidate):
        return
    ran = candidate.system.run(argv, changes=False)
    if not ran.ok:
        raise Refused("%s refuses the new %s" % (argv[0], candidate.path), why=ran.why())


def words(command):
    try:
        return shlex.split(command)
    except ValueError as error:
        raise Refused("`validate: %s` can't be read" % command, why="%s" % error)


def there(program, candidate):
    """Can the validator be asked? That nobody can tell yet, or nobody may here, is no reason to refuse."""
    if candidate.system.which(program) is None:
        candidate.view.unless_arriving(Resource("program", program))
        raise Refused(
            "%s is not there, which is to check the new %s" % (program, candidate.path),
            hint="a step before this one can install it, or leave out `validate`",
        )
    if candidate.system.can_run(program):
        return True
    candidate.view.note(
        "%s was not checked: only root can run programs of an unbooted tree" % candidate.path
    )
    return False
