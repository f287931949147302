"""What the kernel records: rules of audit, loaded now and at every boot, and auditd's own options."""

import re

from hardener.host.edits import changed
from hardener.host.errors import StepError
from hardener.host.kinds.audit_load import COMPILED, FOLDER, LOAD
from hardener.host.kinds.file import ABSENT, File
from hardener.host.nearest import nearest
from hardener.host.resource import Resource, Want
from hardener.host.text import audit_rules

CONF = "/etc/audit/auditd.conf"
# By auditd.conf(5), of which it takes no other.
OPTIONS = (
    "action_mail_acct admin_space_left admin_space_left_action disk_error_action disk_full_action "
    "distribute_network end_of_event_timeout flush freq krb5_key_file krb5_principal local_events "
    "log_file log_format log_group max_log_file max_log_file_action max_restarts name name_format "
    "num_logs overflow_action plugin_dir priority_boost q_depth report_interval space_left "
    "space_left_action tcp_client_max_idle tcp_client_ports tcp_listen_port tcp_listen_queue "
    "tcp_max_per_addr transport use_libwrap verify_email write_logs"
)
DOWN = ("halt", "single")


def plan(params, view):
    if not view.exists(FOLDER):
        view.unless_arriving(File(FOLDER))
        raise StepError(
            "there is no auditd on this host",
            hint="a step before this one can install it: package: auditd",
        )
    live = params.live and view.live
    locked, listed, filed = view.ask(LOAD, "status") if live else (False, 0, 0)
    yield from ruled(params, view)
    if params.options:
        yield from configured(asked(params.options, view), view)
    if params.rules or params.immutable or params.state == "absent":
        yield from compiled(view)
        if locked:
            view.note("the audit rules are locked: the kernel gets others by a reboot alone")
        elif live:
            told(listed, filed, view)
            yield view.effect(LOAD, [File(COMPILED)])


# Rules


def ruled(params, view):
    file = File("%s/%s.rules" % (FOLDER, params.name))
    if params.state == "absent":
        yield Want(file, ABSENT)
    elif params.rules or params.immutable:
        text = "".join(
            "%s\n" % line for rule in params.rules or () for line in audit_rules.paired(rule)
        )
        text += "-e 2\n" if params.immutable else ""
        for _, rule in audit_rules.one_sided(text):
            view.note("what programs of the other width do is not recorded: %s" % rule)
        yield Want(file, view.read(file).with_text(text, **ours(view)), ("audit_rules", None))
        once(view)
        if params.immutable:
            last(file.id, view)
            view.note("from the next boot on the rules are locked: then each change takes a reboot")
    elif not params.options:
        raise StepError("it says nothing", hint="give `rules`, `options` or `immutable`")


def ours(view):
    root = view.read(File("/"))
    return {"mode": 0o640, "uid": root.uid, "gid": root.gid}


def once(view):
    """Raise StepError for a rule that is there twice: there the kernel stops, and takes none after it."""
    known = {}
    for path in view.glob(FOLDER + "/*.rules"):
        for at, rule in audit_rules.rules(view.read(File(path)).text()):
            first = known.setdefault(audit_rules.form(rule), "%s:%d" % (path, at))
            if first != "%s:%d" % (path, at):
                raise StepError(
                    "this rule is there twice: %s" % rule,
                    where="%s:%d" % (path, at),
                    why="%s has it too; the kernel takes it once, and nothing that follows" % first,
                    hint="leave it out in one of them",
                )


def last(own, view):
    """Raise StepError where a file that is read later says another `-e`: the last one counts."""
    for path in view.glob(FOLDER + "/*.rules"):
        said = audit_rules.LAST.findall(view.read(File(path)).text()) if path > own else ()
        if said and said[-1] != "2":
            raise StepError(
                "%s has the last word: -e %s" % (path, said[-1]),
                hint="take that line out, or give the step a `name` that sorts after it",
            )


def compiled(view):
    """Want the file that is loaded at boot to be what augenrules makes of the others now."""
    text = view.ask(LOAD, "compiled")
    if text is None:
        view.note("%s is made of these files when auditd starts" % COMPILED)
        return
    now = view.read(File(COMPILED))
    yield Want(File(COMPILED), now.with_text(text, **ours(view)), ("audit_rules", None))


def told(listed, filed, view):
    if listed != filed:
        view.note(
            "the kernel has %d rules and %s %d: what is in no file is lost, also by a rollback"
            % (listed, COMPILED, filed)
        )


# Options


def asked(options, view):
    """Return {option: value as it is written}; of what halts the host the reader is told."""
    found = {known(name): written(value) for name, value in options.items()}
    for name, value in sorted(found.items()):
        if name.endswith("_action") and value.lower() in DOWN:
            view.note("%s = %s: a full disk takes the host down" % (name, value))
    return found


def known(name):
    names = OPTIONS.split()
    if name in names:
        return name
    near = nearest(name, names)
    hint = "did you mean %s?" % near if near else "auditd.conf(5) lists them"
    raise StepError("auditd has no option %s" % name, hint=hint)


def written(value):
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def configured(options, view):
    path = view.resolve(CONF)
    now = view.read(File(path))
    text = changed(path, now.text(), lambda text: edited(text, options))
    yield Want(File(path), now.with_text(text), ("auditd_conf", None))
    yield view.effect(Resource("audit_reload", "auditd"), [File(path)])


def edited(text, options):
    """The text with these options; what says so already, in either case, stays as it is."""
    for name, value in sorted(options.items()):
        line = re.compile(r"(?mi)^[ \t]*%s[ \t]*=[ \t]*(.*?)[ \t]*$" % name)
        found = line.findall(text)
        if not found:
            text += ("" if text.endswith("\n") or not text else "\n") + "%s = %s\n" % (name, value)
        elif [each.lower() for each in found] != [value.lower()] * len(found):
            text = line.sub(lambda _, said="%s = %s" % (name, value): said, text)
    return text
