"""Stale locks of a git repository, which go, its objects, which are packed, and big files, which are told."""

from hardener.host import git, sizes
from hardener.host.git import survey
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.git_objects import GitObjects, Objects
from hardener.host.kinds.git_repository import GitRepository
from hardener.host.resource import Want

PACKS = 50  # gc.autoPackLimit, git-config(1)
LOOSE = 6700  # gc.auto


def plan(params, view):
    repository = git.find(view.resolve(params.repo), view.read)
    question = survey.Question(params.stale_after, sizes.parse(params.big))
    found = view.ask(GitRepository(repository.top), question)
    for note in told(found, params):
        view.note(note)
    for lock in found.stale:
        yield Want(File(lock), ABSENT)
    if params.repack and due(found):
        yield Want(GitObjects(repository.top), Objects(True))
    return {"big": [list(each) for each in found.big], "loose": found.loose, "packs": found.packs}


def due(found):
    return found.loose > LOOSE or found.packs > PACKS


def told(found, params):
    """What a person is to know of the repository."""
    for each in found.busy:
        yield "the lock %s" % each
    if due(found) and not params.repack:
        yield "`repack: true` would tidy %d loose objects and %d packs" % (found.loose, found.packs)
    if found.big:
        shown = ["%s %s" % (sizes.shown(size), path) for size, path in found.big[:10]]
        yield "%d files of its history are as big as %s: %s" % (
            len(found.big),
            params.big,
            ", ".join(shown),
        )
