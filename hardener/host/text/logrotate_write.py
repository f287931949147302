"""Write logrotate's files in one canonical form: a directive a line, four spaces."""

import re

from hardener.host.errors import Refused
from hardener.host.text.logrotate import SCRIPTS, Block, parse


def render(blocks, directives=()):
    """The file in canonical form; refused if logrotate would read something else."""
    top = "".join(written(directive, "") for directive in directives)
    text = "\n".join(filter(None, [top] + [rendered(block) for block in blocks]))
    read = parse(text)
    meant = unplaced(blocks), unplaced(directives)
    if read.problems or (unplaced(read.blocks), unplaced(read.directives)) != meant:
        raise Refused("these parameters can't be written for logrotate", why=text)
    return text


def rendered(block):
    names = "\n".join(quoted(path) for path in block.paths)
    return "%s {\n%s}\n" % (
        names,
        "".join(written(directive, "    ") for directive in block.directives),
    )


def written(directive, indent):
    line = (indent + directive.name + " " + directive.argument).rstrip() + "\n"
    if directive.name not in SCRIPTS:
        return line
    script = [indent + "    " + part if part else "" for part in directive.script]
    return line + "".join(part + "\n" for part in script) + indent + "endscript\n"


def quoted(path):
    """The name with quotes where logrotate wants them; no name can have a brace."""
    if re.search(r"[{}\n]", path) or path[:1] not in ("/", "~"):
        raise Refused(
            "%r can't be named to logrotate" % path, hint="an absolute path without { and }"
        )
    return '"%s"' % path.replace('"', '\\"') if re.search(r"[\s'\"\\#]", path) else path


def unplaced(items):
    """The same without line numbers, to compare what was read with what was meant."""
    plain = [item._replace(line=0) for item in items]
    return [
        item._replace(directives=tuple(unplaced(item.directives)))
        if isinstance(item, Block)
        else item
        for item in plain
    ]
