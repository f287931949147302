"""Step types: one file each, a generator `plan(params, view)` of wanted states.

`params` holds every parameter of the schema, defaults filled in; a step reads
the host through `view` only. It may `return` a dict: what `register` gets.
"""

import importlib


class Params(dict):
    """Parameters by attribute; what the schema knows and the playbook left out is None."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        if name.startswith("__"):
            raise AttributeError(name)
        return None


def load(name):
    """Return the `plan` of a step type."""
    return importlib.import_module("hardener.host.steps." + name).plan
