"""Package managers behind one face: read the set, predict a request, go from one set to another.

A module offers `Manager(system, folder)` with
    read()                       [(name, version, status, auto)], sorted
    matches(word, name)          is this the package that a playbook's word asks for?
    simulate(request, words)     {name: (version, status, auto) or None where it goes}
    notes(before, after)         what a rollback of this change could not bring back
    configuration(names)         files that come, change or go with these packages, and are kept as bytes
    needed(names, known)         those of them, once dependencies, that others need by now
    change(before, after)        one transaction; both are {name: (version, status, auto)}
    kept(packages)               archives of these [(name, version)] in our folder, as names in it
"""

import importlib

from hardener.host.typed import NamedTuple, Optional, Tuple

INSTALLED = "installed"
WHOLE = (INSTALLED, "config-files")  # of dpkg's states, those in which nothing is half done


class Request(NamedTuple):
    """What a step asks: names, each perhaps `name=version`, and how."""

    names: Tuple[str, ...]
    state: str  # present, absent, latest
    purge: bool = False
    install_recommends: Optional[bool] = None
    update_cache: bool = False
    cache_valid_time: int = 3600


def load(name):
    return importlib.import_module("hardener.host.package_managers." + name).Manager


def leaving(before, after):
    """Return [(name, version)] of what is installed now and will be no more in this version."""
    return [
        (name, was[0])
        for name, was in sorted(before.items())
        if was[1] == INSTALLED and after.get(name, (None, ""))[:2] != was[:2]
    ]


def going(before, after):
    """Return [(name, version)] of what a rollback may have to bring back, were it only for its scripts."""
    gone = [(name, was[0]) for name, was in sorted(before.items()) if name not in after]
    return sorted(set(leaving(before, after) + gone))


def coming(before, after):
    """Return [(name, version)] of what is to be installed."""
    return [
        (name, will[0])
        for name, will in sorted(after.items())
        if will[1] == INSTALLED and before.get(name, (None, ""))[:2] != will[:2]
    ]
