"""Configuration of rsyslog: what of it decides what counts, and how actions are written: rsyslog.conf(5)."""

import re

from hardener.host.typed import NamedTuple

# Directives of the old form, which count from their line on, and includes of both forms.
STATEMENT = re.compile(
    r"(?im)^[ \t]*(?:\$(?P<name>\w+)[ \t]+(?P<value>[^\n]*?)[ \t]*$"
    r'|include[ \t]*\([^)]*?\bfile[ \t]*=[ \t]*"(?P<pattern>[^"]+)")'
)
ACTION = re.compile(r'(?i)\baction[ \t]*\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)')
OMFILE = re.compile(r'(?i)\btype[ \t]*=[ \t]*"omfile"')
MODE = re.compile(r"(?i)\bfileCreateMode[ \t]*=")


class Statement(NamedTuple):
    """`name` of a directive in lower case; `includeconfig` for an include of either form."""

    line: int
    name: str
    value: str


def statements(text):
    """Return the directives and includes in their order."""
    return [
        Statement(
            text.count("\n", 0, found.start()) + 1,
            (found.group("name") or "IncludeConfig").lower(),
            found.group("value") or found.group("pattern") or "",
        )
        for found in STATEMENT.finditer(text)
    ]


def modeless(text):
    """Numbers of the lines of actions that write files and say no mode: $FileCreateMode is not theirs."""
    return [
        text.count("\n", 0, found.start()) + 1
        for found in ACTION.finditer(text)
        if OMFILE.search(found.group(1)) and not MODE.search(found.group(1))
    ]


def call(name, parameters):
    """An object such as `action(type="omfile" …)`; parameters without a value are left out."""
    said = ["%s=%s" % (key, quoted(value)) for key, value in parameters if value is not None]
    return "%s(%s)" % (name, " ".join(said))


def quoted(value):
    return '"%s"' % str(value).replace("\\", "\\\\").replace('"', '\\"')


def rule(select, action, stop=False):
    """What a selector (`auth,authpriv.*`) picks goes to an action, and with `stop` nowhere after it."""
    return "%s %s\n" % (select, "{ %s stop }" % action if stop else action)
