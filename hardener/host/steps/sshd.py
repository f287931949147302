"""Options of sshd: before whoever says otherwise, tried by sshd itself, and proved to count."""

from hardener.host.edits import changed
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.kinds.sshd import NOW, Sshd
from hardener.host.resource import Resource, Want
from hardener.host.sshd import host_keys, keywords, moduli, order
from hardener.host.systemd import units
from hardener.host.text.sshd_config import SshdConfig, arguments

DROP_INS = order.FOLDER + "/sshd_config.d"
UNITS = ("ssh.service", "sshd.service")
SOCKETS = ("ssh.socket", "sshd.socket")


def plan(params, view):
    path = place(params, view)
    options = asked(params.options or {})
    matches = [(each["criteria"], asked(each["options"])) for each in params.match or ()]
    if params.host_keys:
        options["HostKey"] = host_keys.strong(view)
    yield from written(path, options, matches, params, view)
    if params.moduli:
        yield moduli.want(params.moduli, view)
    if params.state != "absent":
        proved(path, options, [arguments("match", criteria) for criteria, _ in matches], view)
        listens(options, view)
        view.show(lambda: shown(options, view))
    yield from reloaded(params, view)


# Where


def place(params, view):
    """Return the path of the file that is to say it: a drop-in, where sshd would read one."""
    if not view.read(File(view.resolve(order.MAIN))).exists:
        view.unless_arriving(File(order.MAIN))
        raise StepError(
            "there is no %s" % order.MAIN,
            hint="a step before this one can install it: package: openssh-server",
        )
    path = "%s/%s.conf" % (DROP_INS, params.name)
    included = order.includes(view, path)
    if params["in"] == "drop-in" and not included:
        raise StepError(
            "sshd would not read %s" % path,
            why="%s does not include it" % order.MAIN,
            hint="write `in: file`",
        )
    return view.resolve(path if included and params["in"] != "file" else order.MAIN)


def is_main(path, view):
    return path == view.resolve(order.MAIN)


# What


def asked(given):
    """Return {keyword as it is spelt: [values as they would be written]}."""
    return {known(name): values(name, value) for name, value in given.items()}


def known(name):
    spelt = keywords.spelt(name)
    if spelt is None or spelt.lower() in keywords.BLOCKS:
        near = keywords.meant(name)
        hint = "did you mean %s?" % near if near and spelt is None else "Match blocks go to `match`"
        raise StepError("sshd has no option %s" % name, hint=hint if near else "")
    return spelt


def values(name, value):
    """A list is one line each, one line, or one word, as sshd has it (see keywords.py)."""
    each = [word(v) for v in (value if isinstance(value, list) else [value])]
    name = keywords.folded(name)
    if name in keywords.EACH_A_LINE:
        return each
    if not isinstance(value, list):
        return each
    if name in keywords.COMMAS:
        return [",".join(each)]
    return [" ".join(quoted(v) for v in each)]


def word(value):
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def quoted(value):
    return '"%s"' % value if " " in value and value[:1] not in "\"'" else value


# Write


def written(path, options, matches, params, view):
    file = File(path)
    now = view.read(file)
    if params.state == "absent":
        yield from taken_away(file, now, options, matches, is_main(path, view))
        return
    if not is_main(path, view):
        folder = File(DROP_INS)
        yield Want(folder, view.read(folder).as_directory())
    text = changed(path, now.text(), lambda body: present(body, options, matches))
    new = (
        {} if now.exists else {"mode": 0o600, "uid": view.read(File(view.resolve(order.MAIN))).uid}
    )
    if text or now.exists:
        yield Want(file, now.with_text(text, **new), ("sshd", None))


def present(text, options, matches):
    config = SshdConfig(text)
    for name, lines in options.items():
        config = config.set(name, lines)
    for criteria, inside in matches:
        for name, lines in inside.items():
            config = config.set(name, lines, criteria)
    return str(config)


def taken_away(file, now, options, matches, main):
    """Want these options gone, whatever they say; a drop-in that then says nothing goes too."""
    named = options or matches
    if main and not named:
        raise StepError("`state: absent` would empty %s" % file.id, hint="name the `options`")
    if not now.exists:
        return
    text = changed(file.id, now.text(), lambda body: absent(body, options, matches))
    nothing = not named or (not main and not SshdConfig(text).directives)
    yield Want(file, ABSENT if nothing else now.with_text(text), ("sshd", None))


def absent(text, options, matches):
    config = SshdConfig(text)
    for name in options:
        config = config.remove(name)
    for criteria, inside in matches:
        for name in inside:
            config = config.remove(name, criteria)
    return str(config)


# Prove


def proved(path, options, own, view):
    """Raise StepError where somebody else has the say; by sshd itself where it can be asked.

    `own` are the criteria of the step's Match blocks, which may say otherwise.
    """
    said = list(order.read(view))
    counts = view.ask(Sshd(), options)
    for name, lines in options.items():
        words = [arguments(keywords.folded(name), line) for line in lines]
        rivals = order.rivals(said, path, keywords.folded(name), words)
        judge(name, lines, rivals, counts, path)
        for other in order.exceptions(said, keywords.folded(name), words):
            if other.within not in own:
                view.note(excepted(name, other))


def shown(options, view):
    """Return the lines that have the say on these options, and what sshd itself makes of its files."""
    names = sorted(map(keywords.folded, options))
    said = {}
    for each in order.read(view):
        if not each.within and each.keyword in names:
            said.setdefault(each.keyword, (File(each.path), each.line, [each.text]))
    counts = view.ask(Sshd(), NOW)
    lines = ["%s %s" % (name, value) for name in names for value in counts.get(name, ())]
    return list(said.values()) + ([(Sshd(), 0, lines)] if lines else [])


def judge(name, lines, rivals, counts, path):
    """`counts` is what sshd says of options that do not count, None where it could not be asked."""
    keyword = keywords.folded(name)
    adds = keyword in keywords.ADDED_UP
    if counts is None or adds:
        if rivals:
            raise overridden(name, lines, rivals[0], adds)
    elif keyword in counts:
        raise (
            overridden(name, lines, rivals[0], adds)
            if rivals
            else unused(name, lines, counts, path)
        )


def unused(name, lines, counts, path):
    return StepError(
        "sshd would use another %s: %s"
        % (name, ", ".join(counts[keywords.folded(name)] or ["none"])),
        where=path,
        why="the file is to say %s, but a word on sshd's command line counts before it" % lines[0],
        hint="look at SSHD_OPTS in /etc/default/ssh, at OPTIONS in /etc/sysconfig/sshd, or write "
        "`CRYPTO_POLICY=` there, and restart sshd",
    )


def excepted(name, other):
    words = (other.place, name, " ".join(other.args), " ".join(other.within))
    return "%s says %s %s for Match %s" % words


def overridden(name, lines, rival, adds):
    what = "adds to" if adds else "has the say on"
    return StepError(
        "%s %s %s: %s" % (rival.place, what, name, " ".join(rival.args)),
        where=rival.place,
        why="%s is to be %s; sshd %s"
        % (name, ", ".join(lines), "adds up all lines" if adds else "takes the first value"),
        hint="change that line, or give the step a `name` that sorts before it",
    )


def listens(options, view):
    """Where systemd listens for sshd, Port and ListenAddress have no say (D10)."""
    if view.facts["system"]["init"] != "systemd" or not {"Port", "ListenAddress"} & set(options):
        return
    for socket in SOCKETS:
        if view.read(Service(socket)).running:
            raise StepError(
                "%s listens for sshd, so its ListenStream= counts, not Port or ListenAddress"
                % socket,
                hint="stop and disable the socket first, and enable ssh.service",
            )


def reloaded(params, view):
    """Have sshd read its files again, all of them, whichever step wrote one; connections stay."""
    if not params.reload or view.facts["system"]["init"] != "systemd":
        return
    unit = next((unit for unit in UNITS if units.find(view, unit)), None)
    if unit:
        inputs = [File(path) for path in order.files(view)]
        yield view.effect(Resource("service_reload", Service(unit).id), inputs)
