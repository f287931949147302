"""What supervisor refuses when it reads its files, said before they are live."""

import posixpath
import re

from hardener.host.errors import StepError
from hardener.host.supervisor.options import PROGRAMS, SECTIONS, effective, kind, meaning
from hardener.host.supervisor.percent import env_names, expand, names_of
from hardener.host.supervisor.values import names

CUT = re.compile(r"(?:^|\s)([;#])")


def option(section, key, value):
    """A wanted value: may it be written there, and does supervisor read it as what it should be?"""
    where, known = "[%s] %s" % (section, key), SECTIONS[kind(section)]
    cut = CUT.search(value)
    if cut:
        raise StepError(
            "%s: supervisor would cut the value at ` %s`, even inside quotes"
            % (where, cut.group(1)),
            hint="leave out the white space before it: `a; b` is read whole"
            if cut.group(1) == ";"
            else "leave out the white space before it, or move the command into a script",
        )
    try:
        if "%(" not in value:
            known[key][0](value)
    except ValueError as error:
        raise StepError(
            "%s: supervisor does not take %s" % (where, value), why="it wants %s" % error
        )


def section(config, section, view, environment, node):
    """Everything of one section that was touched."""
    options = config.options(section)
    known = names_of(config, section, environment or {}, node)
    for key, value in options.items():
        check_formats(section, key, value or "", known, environment, view)
    if kind(section) in PROGRAMS:
        program(config, section, options)
    if kind(section) == "group":
        group(config, section, options)
    if ("username" in options) != ("password" in options) and kind(section).endswith("http_server"):
        raise StepError(
            "[%s] has one of username and password; supervisor wants both or none" % section
        )
    folders(section, options, known, view)
    if options.get("user"):
        view.uid(expand(options["user"], known, "[%s] user" % section))


def check_formats(section, key, value, known, environment, view):
    where = "[%s] %s" % (section, key)
    missing = [each for each in env_names(value) if "ENV_" + each not in known]
    if missing and not environment:
        view.note(
            "%s uses %%(ENV_%s)s: no running supervisord tells whether it has it"
            % (where, missing[0])
        )
        known.update({"ENV_" + each: "" for each in missing})
    expand(value, known, where, twice=(section, key) == ("supervisord", "environment"))


def program(config, section, options):
    found = effective(section, options)
    if not options.get("command"):
        raise StepError("[%s] has no command" % section, where=", ".join(config.holders(section)))
    if found["stopasgroup"] is True and found["killasgroup"] is False:
        places = config.places(section, "killasgroup")
        raise StepError(
            "[%s] stopasgroup=true with killasgroup=false: supervisor refuses to start with that"
            % section,
            where=str(places[-1]) if places else "",
            hint="set killasgroup: true too",
        )
    if found["numprocs"] not in (0, 1) and "%(process_num)" not in found["process_name"]:
        raise StepError(
            "[%s] numprocs=%s needs %%(process_num) in process_name" % (section, found["numprocs"]),
            hint='process_name: "%(program_name)s_%(process_num)02d"',
        )
    if kind(section) == "eventlistener":
        listener(section, options, found)


def listener(section, options, found):
    if not options.get("events"):
        raise StepError("[%s] has no events, which an event listener needs" % section)
    if found["redirect_stderr"] is True:
        raise StepError(
            "[%s] redirect_stderr=true: supervisor talks with a listener over stdout" % section
        )


def group(config, section, options):
    known = config.sections()
    for program in names(options.get("programs") or ""):
        if not {"program:" + program, "fcgi-program:" + program} & set(known):
            raise StepError("[%s] names a program that is not there: %s" % (section, program))


def folders(section, options, known, view):
    """Supervisor wants the folders of its logs to be there when it reads its files."""
    for key in ("stdout_logfile", "stderr_logfile", "logfile", "pidfile"):
        path = options.get(key) or ""
        folder = posixpath.dirname(expand(path, known, "[%s] %s" % (section, key)))
        if (
            key in SECTIONS[kind(section)]
            and folder.startswith("/")
            and not is_folder(folder, view)
        ):
            raise StepError(
                "[%s] %s: the folder %s is not there, and supervisor refuses to read its files then"
                % (section, key, folder),
                hint="a step before this one can make it: file: {path: %s, state: directory}"
                % folder,
            )


def is_folder(path, view):
    from hardener.host.kinds.file import File

    return view.read(File(view.resolve(path))).type == "directory"


def orphaned(config, program):
    """A program that goes must not be named by a group."""
    for each in config.sections():
        if kind(each) == "group" and program in names(config.options(each).get("programs") or ""):
            raise StepError("[%s] still names %s: take it out there first" % (each, program))


def same(section, key, old, new):
    """Do both texts mean the same to supervisor?"""
    return old is not None and meaning(section, key, old) == meaning(section, key, new)
