"""Packages that somebody asked for: those that others need come along by themselves."""

from hardener.host.package_managers import INSTALLED
from hardener.host.resource import Resource


def steps(view, system):
    manager = view.facts["packages"]["manager"]
    names = asked_for(view.read(Resource("package", manager))) if manager else []
    if names:
        yield "Packages", "package", {"name": names}


def asked_for(known):
    return [name for name, _, status, auto in known.packages if status == INSTALLED and not auto]
