"""Write one block of a logrotate configuration, its directives in the order of logrotate(8)."""

import re

from hardener.host.errors import StepError

SCRIPTS = ("prerotate", "postrotate", "firstaction", "lastaction", "preremove")
ORDER = [
    "frequency",
    "rotate",
    "size",
    "minsize",
    "maxsize",
    "minage",
    "maxage",
    "start",
    "missingok",
    "notifempty",
    "ignoreduplicates",
    "allowhardlink",
    "su",
    "create",
    "createolddir",
    "olddir",
    "copy",
    "copytruncate",
    "renamecopy",
    "shred",
    "shredcycles",
    "compress",
    "delaycompress",
    "compresscmd",
    "uncompresscmd",
    "compressext",
    "compressoptions",
    "extension",
    "addextension",
    "dateext",
    "dateyesterday",
    "datehourago",
    "dateformat",
    "mail",
    "mailfirst",
    "sharedscripts",
] + list(SCRIPTS)
# What true and false are called where it is not `x` and `nox`; None: the directive has no opposite.
WORDS = {
    "notifempty": ("notifempty", "ifempty"),
    "mailfirst": ("mailfirst", "maillast"),
    "ignoreduplicates": ("ignoreduplicates", None),
    "dateyesterday": ("dateyesterday", None),
    "datehourago": ("datehourago", None),
}


def block(params):
    """The text of the whole file; what is not given is left to /etc/logrotate.conf."""
    lines = [
        line for name in ORDER if params.get(name) is not None for line in directive(name, params)
    ]
    return "%s {\n%s}\n" % (
        "\n".join(map(quoted, params["paths"])),
        "".join("%s\n" % line for line in lines),
    )


def directive(name, params):
    """The lines of one directive."""
    value = params[name]
    if name in SCRIPTS:
        return script(name, value)
    words = written(name, value, params)
    return ["    " + one_line(words)] if words else []


def written(name, value, params):
    if name == "frequency":
        return value if params.get("weekday") is None else "%s %d" % (value, params["weekday"])
    if isinstance(value, bool):
        return WORDS.get(name, (name, "no" + name))[0 if value else 1]
    if isinstance(value, dict):
        parts = [value.get(part) for part in ("mode", "user", "owner", "group")]
        return " ".join([name] + [str(part) for part in parts if part is not None])
    return "%s %s" % (name, value)


def one_line(text):
    """Refuse a line break: what follows it would be a directive of its own."""
    if re.search(r"[\r\n\0]", text):
        raise StepError("%r must stay on one line" % text)
    return text


def quoted(path):
    """A path as popt reads it; globs work inside quotes too."""
    if not re.search(r"[\s\"'\\]", one_line(path)):
        return path
    return '"%s"' % path.replace('"', '\\"')


def script(name, text):
    """A script up to its `endscript`; indented where that cannot change what it says."""
    lines = text.rstrip("\n").split("\n")
    if any(re.match(r"\s*endscript(?![A-Za-z])", line) for line in lines):
        raise StepError("%s: a line of the script says endscript, which ends it" % name)
    indent = "" if "<<" in text or any(map(open_quote, lines)) else "        "
    return ["    " + name] + [line and indent + line for line in lines] + ["    endscript"]


def open_quote(line):
    """May a string go on in the next line, where an indentation would be part of it?"""
    return line.count('"') % 2 == 1 or line.count("'") % 2 == 1
