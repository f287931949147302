"""Jails of fail2ban: jail.local or a file below jail.d, the whole tried by fail2ban before it is live."""

from hardener.host.edits import changed
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.nearest import nearest
from hardener.host.resource import Resource, Want
from hardener.host.systemd import units
from hardener.host.text.dialects import PYTHON
from hardener.host.text.ini import Ini

ETC = "/etc/fail2ban"
FOLDER = ETC + "/jail.d"
OWN = ETC + "/jail.local"
UNIT = "fail2ban.service"
# jail.conf(5), and the variables of the jail.conf that comes with it.
OPTIONS = (
    "action action_ action_mw action_mwl backend banaction banaction_allports bantime "
    "bantime.factor bantime.formula bantime.increment bantime.maxtime bantime.multipliers "
    "bantime.overalljails bantime.rndtime blocktype chain datepattern destemail enabled "
    "failregex filter findtime ignorecache ignorecommand ignoreip ignoreregex ignoreself "
    "journalmatch logencoding logpath logtimezone maxlines maxmatches maxretry mode mta port "
    "prefregex protocol sender skip_if_nologs usedns"
)


def plan(params, view):
    if not view.exists(ETC + "/jail.conf"):
        view.unless_arriving(File(ETC))
        raise StepError(
            "there is no fail2ban on this host",
            hint="a step before this one can install it: package: fail2ban",
        )
    file = File(place(params))
    if params.state == "absent":
        yield Want(file, ABSENT)
    else:
        sections = asked(params)
        yield wanted(file, sections, view)
        last(file.id, sections, view)
    yield from reloaded(view)


def place(params):
    if params["in"] == "drop-in":
        return "%s/%s.local" % (FOLDER, params.name)
    if params.state == "absent":
        raise StepError(
            "%s may hold what others have written" % OWN,
            hint="give the options their other values, or remove the file by a step `file`",
        )
    return OWN


def asked(params):
    """Return {section: {option: value as it is written}}."""
    found = {"DEFAULT": params.defaults or {}}
    found.update(params.jails or {})
    return {
        section: {known(name): written(value) for name, value in options.items()}
        for section, options in found.items()
    }


def known(name):
    """fail2ban passes over what it does not know, without a word."""
    names = OPTIONS.split()
    if name in names:
        return name
    near = nearest(name, names)
    raise StepError(
        "fail2ban has no option %s for a jail" % name,
        hint="did you mean %s?" % near if near else "",
    )


def written(value):
    if isinstance(value, list):
        return " ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def wanted(file, sections, view):
    def edit(text):
        ini = Ini.parse(text, PYTHON)
        for section, options in sections.items():
            for name, value in options.items():
                ini = ini.set(section, name, value)
        return str(ini)

    now = view.read(file)
    return Want(file, now.with_text(changed(file.id, now.text(), edit)), ("fail2ban", None))


def last(own, sections, view):
    """Raise StepError where a file that is read later says otherwise (jail.conf(5): the last counts)."""
    for path in view.glob(FOLDER + "/*.local"):
        later = own == OWN or path > own  # jail.local is read before jail.d/*.local
        ini = Ini.parse(view.read(File(path)).text() if later else "", PYTHON)
        for section, options in sections.items():
            for name, value in options.items():
                found = ini.values(section, name)
                if found and found[-1] != value:
                    raise overridden(path, ini, section, name, value)


def overridden(path, ini, section, name, value):
    return StepError(
        "%s has the last word: %s = %s" % (path, name, ini.values(section, name)[-1]),
        where="%s:%s" % (path, ini.line_of(section, name)),
        why="[%s] %s is to be %s; of several files the last one counts" % (section, name, value),
        hint="change that line, or give a file of jail.d a `name` that sorts after it",
    )


def reloaded(view):
    """Have a running fail2ban read its files again, whichever step wrote one; bans stay."""
    if view.facts["system"]["init"] != "systemd" or not units.find(view, UNIT):
        return
    paths = [path for kind in ("conf", "local") for path in view.glob("%s/*.%s" % (FOLDER, kind))]
    inputs = [File(path) for path in [ETC + "/jail.conf", OWN] + paths]
    yield view.effect(Resource("service_reload", Service(UNIT).id), inputs)
