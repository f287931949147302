"""The owning program's opinion of a file before it goes live: sshd -t, visudo -c, logrotate -d.

A step names one in its want as (name, parameters); validators/NAME.py has
`check(candidate, parameters)`, which raises Refused with the program's words.
"""

import importlib
import posixpath

from hardener.host.door import staging
from hardener.host.typed import Any, NamedTuple


class Candidate(NamedTuple):
    """A file that is not live yet: `path` is where it will be, `staged` where it lies now."""

    system: Any
    view: Any
    path: str
    staged: str
    state: Any
    folder: str  # private, empty but for `staged`; a validator may put more into it


def ask(opinion, system, store, view, path, state):
    """Stage the file in the private state folder, let the validator look, and sweep."""
    if state.type != "file":
        return
    name, parameters = opinion
    module = importlib.import_module("hardener.host.validators." + name)
    with staging.folder(store) as folder:
        staged, system = folder + "/" + posixpath.basename(path), system.scratch()
        system.replace(staged, state.content.chunks(), state.mode & 0o777, *store.owner)
        module.check(Candidate(system, view, path, staged, state, folder), parameters)
