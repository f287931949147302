"""Let git judge an ignore file that is not written yet: what works, what is tracked all the same."""

import posixpath

from hardener.host.errors import Refused, Unseen
from hardener.host.git.rules import Question, negations, sample
from hardener.host.kinds.git_index import GitIndex
from hardener.host.text.gitignore import Gitignore, checked

SHOWN = 20


def judge(params, view, repository, text, patterns):
    """Refuse what does not work, note what outranks it; return the tracked paths that it ignores."""
    index = GitIndex(repository.top)
    if view.ask(index, Question([], {})) is None:
        return unjudged(params, view, Gitignore(text), patterns)
    base = posixpath.dirname(params.file)
    tracked = view.read(index).paths()
    samples = {pattern: sample(checked(pattern).pattern, base) for pattern in patterns}
    paths = tracked + [path for path in samples.values() if path] + negations(text, base)
    rules = view.ask(index, Question(paths, {params.file: text}))
    prove(params, samples, rules)
    known = set(tracked)
    notable = {p: rule for p, rule in rules.items() if p in known or not rule.ignores}
    ours = plainly(params, patterns, notable)
    if len(ours) < len(notable):
        alone = Question(paths, {params.file: "".join(p + "\n" for p in patterns)})
        ours = [
            path
            for path, rule in view.ask(index, alone).items()
            if rule.file == params.file and rule.ignores and path in notable
        ]
    return told(params, view, known, {path: notable[path] for path in ours})


def plainly(params, patterns, rules):
    """Return the paths that one of our patterns decides about, and would without the file's other lines."""
    if any(pattern.startswith("!") for pattern in patterns):
        return []
    return [p for p, rule in rules.items() if rule.file == params.file and rule.pattern in patterns]


def unjudged(params, view, new, patterns):
    """Without git, note what may outrank our patterns by their words alone."""
    if params.untrack:
        raise Unseen("`untrack` needs git, which can't run here", hint="install git on the host")
    view.note("git was not asked: the patterns were not proved")
    for rule in sorted({rule for pattern in patterns for rule in new.shadowed(pattern)}):
        view.note(
            "line %d of %s, `!%s`, may still let git see what it matches"
            % (rule.line, params.file, rule.pattern)
        )
    return []


def prove(params, samples, rules):
    """Refuse a pattern that no file can match."""
    for pattern, path in sorted(samples.items()):
        if path and not pattern.startswith("!") and path not in rules:
            raise Refused(
                "the pattern `%s` ignores nothing" % pattern,
                where=params.file,
                why="git check-ignore finds no rule for %s" % path,
            )


def told(params, view, tracked, rules):
    """Note the exceptions that outrank our patterns; return the tracked paths that are ignored now."""
    for rule in sorted({rule for rule in rules.values() if not rule.ignores}):
        view.note(
            "line %d of %s, `%s`, still lets git see what it matches"
            % (rule.line, rule.file, rule.pattern)
        )
    found = sorted(path for path in rules if path in tracked and rules[path].ignores)
    if found and not params.untrack:
        more = ", …" * (len(found) > SHOWN)
        view.note(
            "git goes on tracking ignored files (`untrack: true` takes them out of the index), %d: %s"
            % (len(found), ", ".join(found[:SHOWN]) + more)
        )
    return found
