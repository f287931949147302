"""Checks: questions about the health of a host; one file each with `check(params, system)`.

A check returns None where all is well, or one line that says what is not.
"""

import importlib
import re


def named(name):
    """Return the `check` of this name (not `load`: that is one of them)."""
    return importlib.import_module("hardener.host.checks." + name).check


def askable(name, system):
    """May this be asked here? A tree that is not booted has no health, only files."""
    module = importlib.import_module("hardener.host.checks." + name)
    return system.live or getattr(module, "UNBOOTED", False)


def least(params):
    """How many there must be: `min`, of which `max: 0` makes nothing."""
    return params.min if params.max is None else min(params.min, params.max)


def ask(call, system):
    """Ask until it is well, `retries` times with `delay` seconds that double (at most 30) between."""
    from hardener.host.errors import HostError
    from hardener.host.steps import Params

    delay = call.get("delay", 1)
    for left in range(call.get("retries", 0), -1, -1):
        try:
            trouble = named(call["type"])(Params(call["params"]), system)
        except (HostError, OSError) as error:
            trouble = str(error)
        except re.error as error:
            trouble = "%r is no regular expression: %s" % (error.pattern, error)
        if not trouble or not left:
            return trouble
        system.sleep(delay)
        delay = max(delay, min(delay * 2, 30))
    return trouble
