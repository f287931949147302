"""Options of supervisord's programs and of itself, and whole programs; then reread and update."""

import difflib
import fnmatch

from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.supervisor_update import SupervisorUpdate
from hardener.host.resource import Resource, Want
from hardener.host.supervisor import groups, rules, server
from hardener.host.supervisor.config import Draft, load
from hardener.host.supervisor.edit import Edit
from hardener.host.supervisor.hosts import Host
from hardener.host.supervisor.options import kind, name
from hardener.host.supervisor.values import written


def plan(params, view):
    host = Host(view)
    running = view.read(Resource("supervisord", params.config))
    environment = dict(running.environment)
    before = load(params.config, host, environment)
    edit = Edit(before, host, view.note)
    touched = edited(params, before, edit)
    after = load(params.config, Draft(host, edit.texts), environment)
    for section in touched:
        rules.section(after, section, view, environment, host.node())
    for path, text in sorted(edit.texts.items()):
        state = host.state(path)
        wanted = ABSENT if text is None else state.with_text(text)
        yield Want(File(view.resolve(path)), wanted)
    if params.apply == "update" and view.live:
        yield from update(params, view, before, after, running)


def edited(params, config, edit):
    """Make all edits; return the sections that they touched and that are still there."""
    sections = sorted((params.sections or {}).items())
    wanted = [(config.spelled(section), options) for section, options in sections]
    wanted += [(section, params.options or {}) for section in chosen(params.programs, config)]
    for section, options in wanted:
        for key, value in options.items():
            edit.set(section, key, text(section, key, value))
    touched = [section for section, _ in wanted]
    for section in chosen(params.programs, config):
        for key in params.remove:
            edit.remove(section, key)
    return touched + whole(params, config, edit)


def whole(params, config, edit):
    if params.program is None:
        return []
    options = dict(params.program)
    name = options.pop("name")
    if options.pop("state", "present") == "absent":
        edit.no_program(name)
        return []
    section = config.spelled("program:" + name)
    edit.program(
        name,
        {
            key: text(section, key, value)
            for key, value in sorted(options.items(), key=command_first)
        },
    )
    return [section]


def command_first(option):
    return option[0] != "command", option[0]


def text(section, key, value):
    try:
        return written(value)
    except ValueError as error:
        raise StepError("[%s] %s: supervisor wants %s" % (section, key, error))


def chosen(patterns, config):
    """The sections of the programs that these names and globs choose."""
    programs = {
        name(s): s for s in config.sections() if kind(s) in ("program", "fcgi-program") and ":" in s
    }
    found = []
    for pattern in [patterns] if isinstance(patterns, str) else patterns or []:
        names = fnmatch.filter(programs, pattern)
        if not names:
            near = difflib.get_close_matches(pattern, programs, 1)
            raise StepError(
                "no program of %s is called %s" % (config.path, pattern),
                hint="did you mean %s?" % near[0]
                if near
                else "it has %s" % (", ".join(programs) or "none"),
            )
        found += [programs[name] for name in names if programs[name] not in found]
    return found


def update(params, view, before, after, running):
    """Have a running supervisord take it over; what only its restart brings is said."""
    for what in groups.by_restart(before, after)[:1]:
        view.note(
            "%s needs a restart of supervisord, which stops all programs: supervisorctl -c %s reload"
            % (what, params.config)
        )
    if not running.pid and not running.listens:
        view.note("no supervisord runs with %s: only its files are written" % params.config)
    elif running.why:
        raise unreachable(params, running)
    elif running.server != server.of(after, server.names(dict(running.environment), Host(view))):
        view.note(
            "supervisord still listens at its old address: it is not updated before its restart"
        )
    else:
        kept = [
            g
            for g in groups.groups(after)
            if any(fnmatch.fnmatch(g, p) for p in params.keep_running)
        ]
        told(params, before, after, kept, running.resting, view)
        yield view.effect(
            SupervisorUpdate.of(params.config, set(kept).union(running.resting)),
            inputs(params, before, after, Host(view)),
        )


def unreachable(params, running):
    return StepError(
        "the supervisord of %s can't be told of the change%s"
        % (params.config, " (process %d)" % running.pid if running.pid else ""),
        why=running.why,
        hint="mend that first; or `apply: none` writes the files alone",
    )


def told(params, before, after, kept, resting, view):
    """Say which groups will restart, and which of them are left as they are."""
    restarts = groups.told(before, after, leave_out=set(kept).union(resting))
    if restarts:
        view.note("supervisord will " + restarts)
    later = "until: supervisorctl -c %s update" % params.config
    stopped = groups.differ(before, after, resting)
    if stopped:
        names = " ".join(stopped)
        note = "%s was stopped by hand: it is left as it is, %s %s (which starts it)"
        view.note(note % (", ".join(stopped), later, names))
    waiting = groups.differ(before, after, set(kept).difference(resting))
    if waiting:
        names = " ".join(waiting)
        view.note("%s keeps running as it is, %s %s" % (", ".join(waiting), later, names))


def inputs(params, before, after, host):
    """All files that supervisord reads, and the one that a removed program had."""
    return [File(host.view.resolve(path)) for path in list(before.files) + list(after.files)]
