"""A unit file of systemd, or a drop-in for one, which systemd-analyze accepts before it is live."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.service import Service
from hardener.host.systemd import unit_files, units


def plan(params, view):
    unit = units.full(params.name)
    path = "%s/%s" % (units.ETC, unit)
    if params.drop_in:
        path += ".d/%s.conf" % params.drop_in
    if params.state == "absent":
        yield from unit_files.taken(unit, path, view)
        return
    text = content(params)
    changes = text != view.read(File(path)).text()
    yield from unit_files.put(unit, path, text, view)
    if changes:
        stays(unit, params, view)
    yield from unit_files.brought(unit, params.enabled, params.running, view)


def content(params):
    if params.content is None and params.sections is None:
        raise StepError("a unit needs `sections` or `content`")
    text = unit_files.text(params.sections) if params.content is None else params.content
    return text if text.endswith("\n") else text + "\n"


def stays(unit, params, view):
    """Say that what runs is not changed by its file."""
    if view.facts["system"]["init"] == "systemd" and unit.endswith((".service", ".socket")):
        now = view.read(Service(unit))
        if now.running and params.running is not False:
            view.note("%s runs on as it was until it is restarted: a handler can do that" % unit)
