"""Options of supervisord's programs and of itself, and whole programs; then reread and update."""

import fnmatch

from hardener.host.errors import Denied, StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.supervisor_update import UNREAD, SupervisorUpdate
from hardener.host.nearest import nearest
from hardener.host.resource import Resource, Want
from hardener.host.supervisor import groups, loaded, reach, rules, server
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
    drafted = Draft(host, edit.texts)
    after = load(params.config, drafted, environment) if edit.texts else before
    for section in touched:
        rules.section(after, section, view, environment, host.node())
    updates = params.apply == "update" and view.live
    left = kept(params, after).union(running.resting)
    resource = SupervisorUpdate.of(params.config, left)
    unread = updates and view.read(resource) == UNREAD
    for path, text in sorted(edit.texts.items()):
        reach.require(params.config, path, view)
        state = host.state(path)
        wanted = ABSENT if text is None else state.with_text(text)
        yield Want(File(view.resolve(path)), wanted)
    if updates and told(params, view, before, after, running, unread):
        yield view.effect(resource, inputs(params, before, after, host))


def kept(params, config):
    """The groups that must not stop."""
    named = [g for g in groups.groups(config) for p in params.keep_running if fnmatch.fnmatch(g, p)]
    return set(named)


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
            near = nearest(pattern, programs)
            raise StepError(
                "no program of %s is called %s" % (config.path, pattern),
                hint="did you mean %s?" % near
                if near
                else "it has %s" % (", ".join(programs) or "none"),
            )
        found += [programs[name] for name in names if programs[name] not in found]
    return found


def told(params, view, before, after, running, unread):
    """Say what a running supervisord will do, and what only its restart brings; is it updated at all?"""
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
        restarts(params, view, before, after, running, unread)
        left_alone(params, view, before, after, running.resting)
        return True
    return False


def unreachable(params, running):
    told = Denied if running.denied else StepError
    return told(
        "the supervisord of %s can't be told of the change%s"
        % (params.config, " (process %d)" % running.pid if running.pid else ""),
        why=running.why,
        hint="mend that first; or `apply: none` writes the files alone",
    )


def restarts(params, view, before, after, running, unread):
    """Say which groups an update will restart, start and stop."""
    left, known = kept(params, after).union(running.resting), {}
    if unread:  # it goes by what it has read itself
        was, will = [
            loaded.groups_of(SupervisorUpdate.unread(config, running, Host(view)))
            for config in (before, after)
        ]
        left, known = left | was - will, {"used": running.groups, "unread": will}
    said = groups.told(before, after, left, **known)
    if said:
        view.note("supervisord will " + said)


def left_alone(params, view, before, after, resting):
    """Say which groups stay as they are, although their options change."""
    later = "until: supervisorctl -c %s update" % params.config
    stopped = groups.differ(before, after, resting)
    if stopped:
        names = " ".join(stopped)
        note = "%s was stopped by hand: it is left as it is, %s %s (which starts it)"
        view.note(note % (", ".join(stopped), later, names))
    waiting = groups.differ(before, after, kept(params, after).difference(resting))
    if waiting:
        names = " ".join(waiting)
        view.note("%s keeps running as it is, %s %s" % (", ".join(waiting), later, names))


def inputs(params, before, after, host):
    """All files that supervisord reads, and the one that a removed program had."""
    return [File(host.view.resolve(path)) for path in list(before.files) + list(after.files)]
