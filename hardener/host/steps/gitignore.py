"""Patterns under named sections of a .gitignore; what git tracks all the same is named, or untracked."""

import posixpath

from hardener.host import git
from hardener.host.errors import Refused, StepError
from hardener.host.git_rules import Question, negations, sample
from hardener.host.kinds.file import File
from hardener.host.kinds.git_index import GitIndex
from hardener.host.resource import Want
from hardener.host.text.gitignore import Gitignore


def plan(params, view):
    repository = git.find(params.repo, view.read)
    path = posixpath.join(repository.top, params.file)
    now, sections = view.read(File(path)), given(params)
    if now.type not in ("absent", "file"):
        raise StepError("%s is a %s: git reads only a plain file there" % (path, now.type))
    text = str(added(Gitignore(now.text()), sections))
    patterns = [pattern for each in sections.values() for pattern in each]
    tracked = judged(params, view, repository, text, patterns)
    yield Want(File(path), now.with_text(text, **owned(now, view, path)))
    if tracked and params.untrack:
        index = GitIndex(repository.top)
        yield Want(index, view.read(index).without(tracked))


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


def judged(params, view, repository, text, patterns):
    """Let git judge the new text: note what does not work, return the tracked paths that it now ignores."""
    index = GitIndex(repository.top)
    base = posixpath.dirname(params.file)
    if view.ask(index, Question([], {})) is None:
        if params.untrack:
            raise StepError(
                "`untrack` needs git, which can't run here", hint="packages: {present: [git]}"
            )
        view.note("git can't run here: the patterns were not proved")
        guess(params, view, Gitignore(text), patterns)
        return []
    paths = view.read(index).paths()
    samples = {pattern: sample(pattern, base) for pattern in patterns}
    except_for = negations(text, base)
    asked = paths + [path for path in samples.values() if path] + list(except_for)
    rules = view.ask(index, Question(asked, {params.file: text}))
    alone = view.ask(index, Question(asked, {params.file: "".join(p + "\n" for p in patterns)}))
    prove(params, samples, rules)
    ours = sorted(
        {p for p in asked if p in alone and alone[p].file == params.file and alone[p].ignores}
    )
    return told(params, view, set(paths), ours, {p: r for p, r in rules.items() if p in ours})


def guess(params, view, new, patterns):
    """Note what may outrank our patterns, by their words alone."""
    for rule in sorted({rule for pattern in patterns for rule in new.shadowed(pattern)}):
        view.note(
            "line %d of %s, `!%s`, may still let git see what it matches"
            % (rule.line, params.file, rule.pattern)
        )


def prove(params, samples, rules):
    """Refuse a pattern that no file can match."""
    for pattern, path in sorted(samples.items()):
        if path and not pattern.startswith("!") and path not in rules:
            raise Refused(
                "the pattern `%s` ignores nothing" % pattern,
                where=params.file,
                why="git check-ignore finds no rule for %s" % path,
            )


def told(params, view, tracked, ours, rules):
    """Note the exceptions that outrank our patterns; return the tracked paths that are ignored now."""
    for rule in sorted({rule for rule in rules.values() if not rule.ignores}):
        view.note(
            "line %d of %s, `%s`, still lets git see what it matches"
            % (rule.line, rule.file, rule.pattern)
        )
    found = [path for path in ours if path in tracked and path in rules and rules[path].ignores]
    if found and not params.untrack:
        view.note(
            "git goes on tracking %d ignored file%s (`untrack: true` takes them out of the index): %s"
            % (
                len(found),
                "s" * (len(found) > 1),
                ", ".join(found[:20]) + ", …" * (len(found) > 20),
            )
        )
    return found
