"""Patterns under named sections of a .gitignore; what git tracks all the same is named, or untracked."""

import posixpath

from hardener.host import git
from hardener.host.errors import Refused, StepError
from hardener.host.git.judge import judge
from hardener.host.kinds.file import File
from hardener.host.kinds.git_index import GitIndex
from hardener.host.resource import Want
from hardener.host.text import encoding
from hardener.host.text.gitignore import Gitignore


def plan(params, view):
    repository = git.find(view.resolve(params.repo), view.read)
    path = posixpath.join(repository.top, params.file)
    now, sections = view.read(File(path)), given(params)
    if now.type not in ("absent", "file"):
        raise StepError("%s is a %s: git reads only a plain file there" % (path, now.type))
    encoding.check(path, now.text())
    text = str(added(Gitignore(now.text()), sections))
    patterns = [pattern for each in sections.values() for pattern in each]
    for top in (repository.top, params.repo.rstrip("/")):
        refuse_paths(top + "/", patterns)
    tracked = judge(params, view, repository, text, patterns)
    yield Want(File(path), now.with_text(text, **owned(now, view, path)))
    if tracked and params.untrack:
        index = GitIndex(repository.top)
        yield Want(index, view.read(index).without(tracked))


def refuse_paths(top, patterns):
    """Raise Refused where a pattern is a path on the host: git would look for all of it below the top."""
    for pattern in patterns:
        name = pattern.lstrip("!")
        if name.startswith(top):
            raise Refused(
                "the pattern `%s` is a path on the host" % pattern,
                why="a / in front stands for the top of the repository",
                hint="write `%s`" % pattern.replace(top, "/", 1),
            )


def given(params):
    """Return {section: patterns}."""
    return {params.section: params.patterns} if params.patterns else params.sections


def added(rules, sections):
    for name, patterns in sections.items():
        rules = rules.add(name, patterns)
    return rules


def owned(now, view, path):
    """A new file belongs to the owner of its folder."""
    folder = view.read(File(posixpath.dirname(path)))
    return {} if now.exists else {"uid": folder.uid, "gid": folder.gid}
