"""Kernel parameters: set now, and again at every boot."""

from hardener.host import sysctl_d
from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.sysctl import TWINS, Parameter, Sysctl, canonical_value, one_way
from hardener.host.resource import Want
from hardener.host.text.sysctl import SysctlConf


def plan(params, view):
    values = canonical(params["values"])  # as an attribute it is a method of dict
    if not params.irreversible:
        refuse_one_way(values)
    if params.live and view.live:
        require_possible(values, view)
    yield stored(params.name, values, view)
    if params.live and view.live:
        yield from live(values, params.ignore_missing, view)


def canonical(values):
    """Return {key: value} in the kernel's spelling."""
    found = {Sysctl(key).id: canonical_value(value) for key, value in values.items()}
    for key in found:
        if TWINS.get(key) in found:
            raise StepError(
                "%s and %s exclude each other: one of them is always 0" % (key, TWINS[key])
            )
    return found


def refuse_one_way(values):
    for key, value in sorted(values.items()):
        if one_way(key, value):
            raise StepError(
                "%s = %s stays until the next boot, no rollback can undo it" % (key, value),
                hint="accept that by `irreversible: true`",
            )


def require_possible(values, view):
    for key, value in sorted(values.items()):
        if view.read(Sysctl(key)).value not in (None, value):
            view.ask(Sysctl(key), "possible")


def stored(name, values, view, parameter="name"):
    """Want the values in the file that is read at boot, and nobody after it who says otherwise.

    `parameter` is what the step calls the name of that file.
    """
    path = "/etc/sysctl.d/%s.conf" % name
    later, earlier = sysctl_d.rivals(path, values, view)
    for rival, setting in later:
        raise StepError(
            "%s has the last word at boot: %s = %s" % (rival, setting.key, setting.value),
            where="%s:%d" % (rival, setting.line),
            why="it is read after %s, which is to say %s" % (path, values[setting.key]),
            hint="change that line, or give the step a `%s` that sorts after it" % parameter,
        )
    for rival, setting in earlier:
        view.note("overrides %s = %s of %s:%d" % (setting.key, setting.value, rival, setting.line))
    now = view.read(File(path))
    conf = SysctlConf.parse(now.text())
    for key, value in sorted(values.items()):
        conf = conf.set(key, value)
    return Want(File(path), now.with_text(str(conf)))


def live(values, ignore_missing, view):
    """Want them in the kernel, those first that move others."""
    for key in sorted(values, key=rank):
        if ignore_missing and view.read(Sysctl(key)).value is None:
            view.note("the kernel has no %s: stored, not set" % key)
        else:
            yield Want(Sysctl(key), Parameter(values[key]))


def rank(key):
    """Writing ip_forward or an `all` or `default` changes interfaces too (ip-sysctl.rst)."""
    leaders = ("ip_forward", ".conf.all.forwarding", ".conf.all.", ".conf.default.")
    return [part not in key for part in leaders], key
