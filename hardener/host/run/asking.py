"""The checks of a play or a step, asked one after the other, each reported as it is answered."""

from hardener.host import checks
from hardener.host.errors import HIDDEN, HostError


def ask(owner, when, system, report):
    """Raise HostError for the first check of `owner[when]` that is not well."""
    for call in owner.get(when, ()):
        where = call.get("where", "")
        said = {"event": "check", "when": when, "title": call["title"], "where": where}
        if not checks.askable(call["type"], system):
            report(dict(said, ok=None, why="not asked: this host is not booted"))
            continue
        trouble = checks.ask(call, system)
        if trouble and (call.get("no_log") or owner.get("no_log")):
            trouble = HIDDEN
        report(dict(said, ok=not trouble, why=trouble or ""))
        if trouble:
            raise HostError("%s: %s" % (when, call["title"]), where, trouble)
