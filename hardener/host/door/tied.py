"""Names that can't simply be given to another file: immutable, mounted over, one of several."""

import posixpath

from hardener.host.errors import Refused

FLAGS = {"i": "immutable", "a": "append-only", "ia": "immutable and append-only"}


def check(id, ties, renamed, joined=True):
    """Raise Refused where the kernel would not let go; with `joined` where names of one file would part.

    `ties` is opened.Ties or None, `renamed` whether the name is to stand for something else.
    """
    if ties is None:
        return
    loose(id, ties)
    if renamed and ties.mounted:
        raise Refused(
            "%s is a mount point" % id,
            why="while something is mounted there, it can be neither replaced nor removed",
            hint="unmount it first, or change the file that is mounted there under its own name",
        )
    if renamed and joined and ties.names > 1:
        raise Refused(
            "%s is one of %d names of one file" % (id, ties.names),
            why="the others would keep what is in it now, and a rollback could not join them again",
            hint="find them with find -samefile; remove the others, or make it a file of its own",
        )


def check_folder(id, ties):
    """Raise Refused where nothing in the folder of `id` can get or lose its name."""
    if ties is not None:
        loose(posixpath.dirname(id), ties)


def loose(path, ties):
    if ties.chattr:
        raise Refused(
            "%s is %s" % (path, FLAGS[ties.chattr]),
            why="somebody has set this by chattr +%s, and not even root may change it"
            % ties.chattr,
            hint="if it may change, run chattr -%s %s before this play" % (ties.chattr, path),
        )
