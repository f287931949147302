"""Which packages are upgraded by themselves, and when: one file that apt reads last."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.service import Service
from hardener.host.resource import Want

PATH = "/etc/apt/apt.conf.d/99hardener-unattended-upgrades"
PROGRAM = "/usr/bin/unattended-upgrade"
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
# The key of each parameter: apt.conf(5), and /usr/share/doc/unattended-upgrades.
PERIODIC = {
    "update_package_lists": "APT::Periodic::Update-Package-Lists",
    "upgrade": "APT::Periodic::Unattended-Upgrade",
    "autoclean": "APT::Periodic::AutocleanInterval",
}
OWN = {
    "mail": "Unattended-Upgrade::Mail",
    "mail_report": "Unattended-Upgrade::MailReport",
    "automatic_reboot": "Unattended-Upgrade::Automatic-Reboot",
    "automatic_reboot_time": "Unattended-Upgrade::Automatic-Reboot-Time",
    "remove_unused_dependencies": "Unattended-Upgrade::Remove-Unused-Dependencies",
}
LISTS = {
    "origins": "Unattended-Upgrade::Origins-Pattern",
    "keep": "Unattended-Upgrade::Package-Blacklist",
}
HEAD = "// Made by hardener: apt takes the last value.\n"


def plan(params, view):
    if params.state == "absent":
        yield Want(File(PATH), ABSENT)
        return
    if not view.exists(PROGRAM):
        view.unless_arriving(File(PROGRAM))
        raise StepError(
            "there is no unattended-upgrades on this host",
            hint="a step before this one can install it: package: unattended-upgrades",
        )
    idle(view)
    values, now = wanted(params), view.read(File(PATH))
    text = HEAD + "".join(written(key, values[key]) for key in sorted(values))
    yield Want(File(PATH), now.with_text(text, mode=0o644), ("apt_conf", values))


def wanted(params):
    """Return {key of apt: text, or list}."""
    given = {
        PERIODIC.get(name) or OWN.get(name): params[name]
        for name in (*PERIODIC, *OWN)
        if name in params
    }
    values = {key: word(value) for key, value in given.items() if value is not None}
    values.update({key: list(params[n]) for n, key in LISTS.items() if params.get(n) is not None})
    return values


def word(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def written(key, value):
    """As apt.conf(5) has it; a list first drops what earlier files have put in it."""
    if not isinstance(value, list):
        return '%s "%s";\n' % (key, value)
    return "#clear %s;\n" % key + "".join('%s:: "%s";\n' % (key, each) for each in value)


def idle(view):
    """Say where nothing would come of it: the timers run what the file asks for."""
    if view.facts["system"]["init"] != "systemd":
        return
    for name in TIMERS:
        now = view.read(Service(name))
        if not now.exists or now.masked or not now.enabled:
            view.note(
                "%s is not enabled, so it starts nothing: service: {name: %s, enabled: true}"
                % (name, name)
            )
