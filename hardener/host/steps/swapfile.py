"""Swap in a file: made, used, in fstab; or none of it."""

import uuid

from hardener.host import sizes
from hardener.host.kinds.file import File
from hardener.host.kinds.swapfile import ABSENT, Swapfile, SwapState
from hardener.host.resource import Resource, Want
from hardener.host.steps import sysctl
from hardener.host.swap import fstab_line
from hardener.host.swap.header import PAGE

FSTAB = File("/etc/fstab")


def plan(params, view):
    path = view.resolve(params.path)
    if params.state == "absent":
        yield fstab(view, fstab_line.without, path)
        yield Want(Swapfile(path), ABSENT)
    else:
        priority = given(
            params.priority, fstab_line.priority_of(view.read(FSTAB).text(), path, view.resolve)
        )
        state = wanted(params, path, priority, view)
        if state != view.read(Swapfile(path)):
            view.ask(Swapfile(path), "possible")
        yield Want(Swapfile(path), state)
        yield fstab(view, fstab_line.with_line, path, priority, params.discard)
    if view.facts["system"]["init"] == "systemd":
        yield view.effect(Resource("daemon_reload", "systemd"), [FSTAB])
    yield from kernel(params, view)


def given(value, otherwise):
    return otherwise if value is None else value


def wanted(params, path, priority, view):
    now = view.read(Swapfile(path))
    ours = view.read(File("/"))  # root's; in a tree that somebody else laid out, theirs
    return SwapState(
        "swap",
        size(params.size, now, view),
        int(params.mode, 8),
        ours.uid,
        ours.gid,
        given(params.label, now.label),
        now.uuid or stable_uuid(path, view),
        view.live,
        given(priority, now.priority),
        discard=given(params.discard, now.discard).replace("none", ""),
    )


def size(text, now, view):
    """Return whole pages; a percentage is met within 1/16, as a new kernel sees a little more or less."""
    asked = sizes.parse(text, view.facts["memory"]["total"]) // PAGE * PAGE
    near = str(text).endswith("%") and now.form == "swap" and abs(now.size - asked) * 16 <= asked
    return now.size if near else asked


def stable_uuid(path, view):
    """One for this host and path: the preview must know it."""
    machine = view.read(File("/etc/machine-id")).text().strip()
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "swap:%s:%s" % (machine, path)))


def fstab(view, edit, path, *more):
    now = view.read(FSTAB)
    found = fstab_line.lines(fstab_line.Fstab.parse(now.text()), path, view.resolve)
    if len(found) > 1:
        view.note("fstab has %d lines for %s: one is kept at most" % (len(found), path))
    text = edit(now.text(), path, view.resolve, *more)
    return Want(FSTAB, now.with_text(text) if text != now.text() else now)


def kernel(params, view):
    """Want the parameters that go with swap (admin-guide/sysctl/vm.rst)."""
    asked = {"vm.swappiness": params.swappiness, "vm.vfs_cache_pressure": params.vfs_cache_pressure}
    values = {key: str(value) for key, value in asked.items() if value is not None}
    if values:
        yield sysctl.stored(params.sysctl_name, values, view, "sysctl_name")
        yield from sysctl.live(values, False, view) if view.live else ()
