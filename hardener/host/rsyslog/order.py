"""What rsyslogd reads in which order: its file, and in the place of each include what that names."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.text import rsyslog

MAIN = "/etc/rsyslog.conf"
FOLDER = "/etc/rsyslog.d"
INCLUDE = "includeconfig"


def read(view, path=MAIN, above=()):
    """Yield (path, Statement) of all directives; line 0 of a file stands for its beginning."""
    yield path, rsyslog.Statement(0, "", "")
    for each in rsyslog.statements(view.read(File(view.resolve(path))).text()):
        yield path, each
        for other in view.glob(each.value) if each.name == INCLUDE else ():
            if other not in (path, *above):
                yield from read(view, other, (path, *above))


def files(view):
    """Return the paths of all that it reads."""
    return [path for path, each in read(view) if not each.line]


def require_last_word(path, wanted, view):
    """Raise StepError where rsyslogd does not read `path`, or later another value of {directive: value}."""
    said = list(read(view))
    begins = [number for number, (place, _) in enumerate(said) if place == path]
    if not begins:
        raise StepError(
            "rsyslogd would not read %s" % path,
            why="%s includes no such file" % MAIN,
            hint="add `$IncludeConfig %s/*.conf` to it" % FOLDER,
        )
    names = {directive.lower(): (directive, value) for directive, value in wanted.items()}
    for number, (place, each) in enumerate(said):
        directive, value = names.get(each.name, ("", each.value))
        if place != path and each.value != value:
            words = "$%s %s" % (directive, each.value), "%s:%d" % (place, each.line)
            if number > begins[0]:
                raise overridden(path, place, value, *words)
            view.note("overrides %s of %s" % words)


def overridden(path, place, value, said, where):
    return StepError(
        "%s has the last word: %s" % (place, said),
        where=where,
        why="it is read after %s, which is to say %s" % (path, value),
        hint="change that line, or give the step a `name` that sorts after it",
    )
