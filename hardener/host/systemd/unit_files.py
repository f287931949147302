"""Unit files of our own in /etc/systemd/system: written, and taken away once nothing uses them."""

import posixpath

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.resource import Resource, Want
from hardener.host.steps import Params, service
from hardener.host.systemd import units


def text(sections):
    """The text of {section: {key: value, or a list for several lines}} in the given order."""
    return "\n".join(
        "[%s]\n%s"
        % (name, "".join(line(key, each) for key, v in options.items() for each in many(v)))
        for name, options in sections.items()
    )


def many(value):
    return value if isinstance(value, list) else [value]


def line(key, value):
    word = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    if "\n" in word or word.endswith("\\"):
        raise StepError("%s: %r can't be written in one line" % (key, word))
    return "%s=%s\n" % (key, word)


def put(unit, path, content, view):
    """Want a file with this text, which systemd-analyze accepts, and its folder."""
    folder = File(posixpath.dirname(path))
    if folder.id != units.ETC:
        yield Want(folder, view.read(folder).as_directory())
    wanted = view.read(File(path)).with_text(content, mode=0o644, uid=view.read(File("/")).uid)
    yield Want(File(path), wanted, ("unit", unit))


def brought(unit, enabled, running, view):
    """Want the unit in this state, as a `service` step does; None leaves it as it is."""
    return service.plan(
        Params(name=unit, enabled=enabled, running=running, daemon_reload=False), view
    )


def taken(unit, path, view):
    """Want the file gone; a unit that then is none is stopped and disabled before."""
    file, booted = File(path), view.facts["system"]["init"] == "systemd"
    drop_in = posixpath.dirname(path) != units.ETC
    if view.read(file).exists:
        if not drop_in and not elsewhere(unit, view):
            yield from laid_to_rest(unit, view)
        yield Want(file, ABSENT)
    if drop_in and not view.listdir(posixpath.dirname(path)):
        yield Want(File(posixpath.dirname(path)), ABSENT)
    if booted:
        found = {
            File(each) for each in units.drop_ins(view, unit) + [units.find(view, unit)] if each
        }
        yield view.effect(Resource("daemon_reload", unit), sorted(found | {file}))


def elsewhere(unit, view):
    """Is there a file of this unit that the one in /etc hides?"""
    return any(view.exists(posixpath.join(folder, unit)) for folder in units.FOLDERS[1:])


def laid_to_rest(unit, view):
    if view.facts["system"]["init"] == "systemd":
        now = view.read(Service(unit))
        yield Want(Service(unit), now._replace(running=False, enabled=now.enabled and False))
    elif units.links(unit, "", view.read(File(posixpath.join(units.ETC, unit))).text()):
        yield from brought(unit, False, None, view)
