"""A supervisord configuration: the main file and what its [include] names, read as supervisor does.

The main file comes first, then each pattern's files in the order of their names; the same
section may stand in several, and for each option the last one read wins.
"""

import fnmatch
import functools
import posixpath
import re
from collections import OrderedDict

from hardener.host.errors import StepError
from hardener.host.supervisor.options import kind, name
from hardener.host.text.dialects import SUPERVISOR
from hardener.host.text.ini import Ini
from hardener.host.typed import NamedTuple


class Place(NamedTuple):
    """Where an option that counts stands."""

    path: str
    line: int
    value: str

    def __str__(self):
        return "%s:%d" % (self.path, self.line)


class Config:
    """`files` is {path: Ini} in the order in which supervisor reads them."""

    def __init__(self, path, files, patterns):
        self.path = path
        self.files = files
        self.patterns = patterns  # of [include], absolute

    def sections(self):
        found = OrderedDict((name, None) for ini in self.files.values() for name in ini.sections())
        return list(found)

    def spelled(self, section):
        """The name by which this section stands there: `[program: web ]` is program:web too."""
        wanted = kind(section), name(section)
        return next((s for s in self.sections() if (kind(s), name(s)) == wanted), section)

    def holders(self, section):
        """The files that have a part of this section."""
        return [path for path, ini in self.files.items() if section in ini.sections()]

    def places(self, section, option):
        """Every file's winning occurrence; the last one counts."""
        lines = [(path, ini, ini.line_of(section, option)) for path, ini in self.files.items()]
        return [Place(path, line, ini.get(section, option)) for path, ini, line in lines if line]

    def options(self, section):
        """{option: value}, with %(here)s as the folder of the file where it stands."""
        found = OrderedDict()
        for path, ini in self.files.items():
            here = posixpath.dirname(path)
            for option, value in ini.options(section).items():
                found[option] = value.replace("%(here)s", here) if value else value
        return found


def load(path, host, environment):
    """Read all files; `environment` is that of the running supervisord, {} where none runs."""
    main = one(path, host)
    patterns = included(path, main, host, environment)
    files = OrderedDict([(path, main)])
    for pattern in patterns:
        for found in host.glob(pattern):
            files.pop(found, None)  # read twice, it counts where it is read last
            files[found] = one(found, host)
    return Config(path, files, patterns)


def one(path, host):
    text = host.text(path)
    if text is None:
        host.unless_arriving(path)
        raise StepError(
            "there is no %s" % path, hint="name the file that supervisord was started with (-c)"
        )
    ini = parsed(text)
    for line, raw in ini.problems():
        raise StepError("supervisor can't read %r" % raw, where="%s:%d" % (path, line))
    return ini


@functools.lru_cache(maxsize=16)
def parsed(text):
    """An Ini never changes, and one run asks for the same files again and again."""
    return Ini(text, SUPERVISOR)


def included(path, main, host, environment):
    """The patterns of [include], from the folder of the main file."""
    names = {"ENV_" + key: value for key, value in environment.items()}
    names.update(here=posixpath.dirname(path), host_node_name=host.node())
    value = main.get("include", "files") or ""
    try:
        patterns = (value % names).split()
    except KeyError as unknown:
        raise StepError(
            "[include] files names %%(%s)s, which is not known here" % unknown.args[0],
            where=path,
            hint="ENV_ names come from the environment of a running supervisord",
        )
    except (ValueError, TypeError) as error:
        raise StepError(
            "[include] files: %s" % error, where=path, hint="a % of its own is written %%"
        )
    return [
        posixpath.normpath(posixpath.join(posixpath.dirname(path), pattern)) for pattern in patterns
    ]


class Draft:
    """A host whose files are partly other ones; None stands for a file that is gone."""

    def __init__(self, host, texts):
        self.host = host
        self.texts = texts

    def text(self, path):
        return self.texts[path] if path in self.texts else self.host.text(path)

    def glob(self, pattern):
        found = set(self.host.glob(pattern)) - set(self.texts)
        ours = [path for path, text in self.texts.items() if text is not None]
        return sorted(found | {path for path in ours if matches(path, pattern)})

    def node(self):
        return self.host.node()

    def unless_arriving(self, path):
        self.host.unless_arriving(path)


def matches(path, pattern):
    """As glob(7): a star goes over no slash."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def own_file(config, name, host):
    """Where a new program gets a file of its own: `conf.d/*.conf` gives conf.d/NAME.conf, else None."""
    for pattern in config.patterns:
        folder, last = posixpath.split(pattern)
        if (
            last.count("*") == 1
            and not re.search(r"[?\[]", last)
            and not re.search(r"[*?\[]", folder)
            and host.is_folder(folder)
        ):
            return posixpath.join(folder, last.replace("*", name))
    return None
