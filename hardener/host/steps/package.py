"""Packages: there, not there, or in their newest version."""

from hardener.host.errors import StepError
from hardener.host.package_managers import Request
from hardener.host.resource import Resource, Want


def plan(params, view):
    manager = view.facts["packages"]["manager"]
    if not manager:
        raise StepError("this host has no package manager that is known: apt, dnf or apk")
    packages = Resource("package", manager)
    yield Want(packages, view.ask(packages, request(params)))


def request(params):
    names = params.name if isinstance(params.name, list) else [params.name]
    return Request(
        names=tuple(names),
        state=params.state,
        purge=params.purge,
        install_recommends=params.install_recommends,
        update_cache=params.update_cache,
        cache_valid_time=params.cache_valid_time,
    )
