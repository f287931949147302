"""Which repositories files of apt name, in lines or in stanzas: sources.list(5)."""

import re

LINE = re.compile(r"[ \t]*deb(?:-src)?[ \t]+(?:\[[^\]]*\][ \t]*)?(\S+)[ \t]+(\S+)")
FIELD = re.compile(r"(?im)^(URIs|Suites|Enabled):((?:[^\n]*\n[ \t])*[^\n]*)$")
ORDER = ("Types", "URIs", "Suites", "Components", "Architectures", "Signed-By")


def pairs(uris, suites):
    """The repositories as {(URI without its last slash, suite)}."""
    return {(uri.rstrip("/"), suite) for uri in uris for suite in suites}


def lines_of(text, wanted):
    """Numbers of the lines of a `.list` file that name one of these repositories."""
    found = [(at, LINE.match(line)) for at, line in enumerate(text.split("\n"), 1)]
    return [at for at, match in found if match and pairs(*zip(match.groups())) & wanted]


def without(text, numbers):
    """The text without these lines."""
    lines = text.split("\n")
    return "\n".join(line for at, line in enumerate(lines, 1) if at not in numbers)


def says_anything(text):
    """Is there more than comments?"""
    lines = [line.strip() for line in text.split("\n")]
    return any(line and not line.startswith("#") for line in lines)


def stanzas_of(text, wanted):
    """Numbers of the lines at which stanzas of a `.sources` file begin that name one of them."""
    found = []
    for match in re.finditer(r"(?:[^\n]*\S[^\n]*(?:\n|\Z))+", text):
        fields = {name.lower(): value.split() for name, value in FIELD.findall(match.group())}
        on = fields.get("enabled", ["yes"]) != ["no"]
        if on and pairs(fields.get("uris", ()), fields.get("suites", ())) & wanted:
            found.append(text.count("\n", 0, match.start()) + 1)
    return found


def stanza(fields):
    """One stanza: {name: words}; what has no words is left out."""
    return "".join("%s: %s\n" % (name, " ".join(fields[name])) for name in ORDER if fields[name])
