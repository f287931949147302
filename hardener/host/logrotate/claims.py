"""Which other blocks may stand for the logs of a file, be they there already or not.

logrotate itself complains only once there is such a log, and then leaves out whom it read last.
"""

from hardener.host.errors import Refused
from hardener.host.text.logrotate import Block

HINT = (
    "take it out of one of them; ignoreduplicates: true in the one that is read first also ends it"
)


def check(path, order, view):
    """`order` is [(path, Block or Directive)] as logrotate reads it; raises Refused."""
    blocks = [(file, item) for file, item in order if isinstance(item, Block)]
    own = [at for at, (file, _) in enumerate(blocks) if file == path]
    for mine in own:
        _twice(path, blocks[mine][1].paths)
        for at, (file, block) in enumerate(blocks):
            first = blocks[min(at, mine)][1]
            if at != mine and not _spares(first):
                _against(path, blocks[mine][1], file, block, view)


def _twice(path, names):
    for at, name in enumerate(names):
        for other in names[:at]:
            if Block((other,), ()).claims(name) and _sure(name, other):
                raise Refused(
                    "logs are rotated twice by %s" % path,
                    why="%s may stand for what %s stands for" % (other, name),
                    hint="leave one of them out",
                )


def _against(path, mine, file, other, view):
    for name in mine.paths:
        for rival in [each for each in other.paths if Block((each,), ()).claims(name)]:
            said = "%s is rotated by %s and by %s" % (name, file, path)
            if _sure(name, rival):
                raise Refused(said, why="there it is %s" % rival, hint=HINT)
            view.note("it may be that %s, as %s" % (said, rival))


def _sure(*names):
    """Where letters are listed, the words alone do not tell whether both can be meant."""
    return not any("[" in name for name in names)


def _spares(block):
    return any(directive.name == "ignoreduplicates" for directive in block.directives)
