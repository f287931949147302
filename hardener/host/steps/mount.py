"""What is mounted at a place: now, and at every boot."""

import posixpath

from hardener.host.errors import NotApplicable, StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.mount import NOT_MOUNTED, Mount, MountState
from hardener.host.mount import options, source, table, unit
from hardener.host.resource import Want
from hardener.host.systemd import units
from hardener.host.text.fstab import Entry


def plan(params, view):
    path = view.place(params.path)
    now = view.read(Mount(path)) if view.live else NOT_MOUNTED
    if params.state in ("unmounted", "absent"):
        yield from without(path, params, view)
        return
    entry = wished(path, now, params, view)
    if view.live and params.state != "present" and state(entry, now, view) != now:
        view.ask(Mount(path), "possible")
    if params.state in ("mounted", "present"):
        warn(entry, view)
    if params.state == "mounted" and not now.mounted:
        folder = view.read(File(path))
        yield Want(File(path), folder if folder.exists else folder.as_directory())
    if params.state != "remounted":
        unit.require_last_word(path, entry, view)
        yield from (unit if unit.own(path, view) else table).put(path, entry, view)
    if params.state != "present":
        yield from live(path, entry, now, params, view)


def without(path, params, view):
    if view.live:
        yield Want(Mount(path), NOT_MOUNTED)
    if params.state == "absent":
        yield from table.taken(path, view)
        if units.find(view, unit.name(path)):
            view.note(
                "%s may mount it again at boot: `service: {name: %s, masked: true}` keeps it from that"
                % (unit.name(path), unit.name(path))
            )


def live(path, entry, now, params, view):
    if not view.live:
        view.note("%s: what is mounted does not apply to a tree that is not booted" % path)
        return
    if params.state == "remounted" and not now.mounted:
        raise StepError("%s is not mounted" % path)
    yield Want(Mount(path), state(entry, now, view))


# at boot


def wished(path, now, params, view):
    """What is to be mounted at boot: what is given, else what is so already, else what is mounted."""
    old = stored(path, now, view)
    if old is None and not (params.src and params.fstype):
        # What only asks for more options has nothing to add them to.
        error = NotApplicable if params.add_opts and not params.src else StepError
        raise error(
            "%s is no mount of its own, and `src` and `fstype` do not say what to mount there"
            % path,
            hint="mount: {path: %s, src: tmpfs, fstype: tmpfs} makes it one in memory" % path,
        )
    base = old or Entry("", path, "")
    entry = base._replace(**given(params))
    if any(sign in word for word in entry.options for sign in " \t"):
        raise StepError("`opts` holds a blank: dump and pass have parameters of their own")
    entry = entry._replace(options=options.with_more(entry.options, params.add_opts or ()))
    options.spelt(entry.options)
    if view.live and entry.vfstype == "tmpfs" and entry != old:
        view.ask(Mount(path), entry)
    return entry


def given(params):
    found = {
        "spec": params.src,
        "vfstype": params.fstype,
        "options": tuple(params.opts.split(",")) if params.opts else None,
        "dump": params.dump,
        "passno": params.passno,
    }
    return {name: value for name, value in found.items() if value is not None}


def stored(path, now, view):
    """What is mounted there at boot as it stands; what is mounted now, where nothing says so."""
    if unit.own(path, view):
        found = unit.entries(path, view)
        if table.entries(path, view):
            view.note("%s counts, and the line of fstab does not" % unit.name(path))
        if not found:
            raise StepError("%s does not say what it mounts" % unit.name(path))
    else:
        found = table.entries(path, view)
        if len(found) > 1:
            view.note("fstab has %d lines for %s: one is kept" % (len(found), path))
    return (found or unit.entries(path, view) or [of_mount(path, now)])[0]


def of_mount(path, now):
    """A line for what is mounted and stands in no fstab."""
    if not now.mounted:
        return None
    kept = now.options if now.fstype == "tmpfs" else now.flags
    return Entry(now.spec, path, now.fstype, ("defaults",) + tuple(kept))


def warn(entry, view):
    """Say what would hold up a boot: systemd.mount(5)."""
    words = set(entry.options)
    if words & {"nofail", "noauto", "x-systemd.automount"}:
        return
    path = source.path(entry.spec)
    if source.afar(entry.vfstype):
        view.note("%s comes by the network: a boot waits for it, unless `nofail`" % entry.file)
    elif path is not None and not view.exists(path):
        view.note(
            "%s is not there: a boot would wait for it and end in the emergency shell, unless `nofail`"
            % entry.spec
        )


# what is mounted


def state(entry, now, view):
    """What the kernel will show of this line."""
    if entry.vfstype == "auto":
        raise StepError("`fstype: auto` does not say what will be mounted: name the type")
    bind = {"bind", "rbind"} & set(entry.options)
    made, fstype, root = of_folder(entry, view) if bind else of_device(entry, now, view)
    memory = view.facts["memory"]["total"]
    said = options.size(entry.options, memory) if fstype == "tmpfs" else None
    size = now.size if said is None and now.fstype == fstype else said
    if size == options.half(memory):
        size = None  # the kernel does not show what it would take by itself
    flags = options.flags(entry.options)
    return MountState(True, made, fstype, root, flags, size, entry.spec, entry.options)


def of_device(entry, now, view):
    if entry.vfstype in source.NAMELESS:
        return entry.vfstype, entry.vfstype, "/"
    path = source.path(entry.spec)
    made = entry.spec
    if path is not None:
        made = source.backing(view.resolve(path), lambda each: view.read(File(each)).text())
    return (
        made,
        entry.vfstype,
        now.root if (now.source, now.fstype) == (made, entry.vfstype) else "/",
    )


def of_folder(entry, view):
    """A folder that is mounted once more is shown as a part of the mount that it lies on."""
    folder = place = view.resolve(entry.spec)
    while True:
        below = view.read(Mount(place))
        if below.mounted:
            rest = folder[len(place.rstrip("/")) :].rstrip("/")
            return below.source, below.fstype, (below.root.rstrip("/") + rest) or "/"
        if place == "/":
            raise StepError("nobody knows on what %s lies" % folder)
        place = posixpath.dirname(place)
