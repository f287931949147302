"""Edit files of KEY=VALUE lines as systemd, docker or dotenv read them; the last line of a key wins.

systemd: EnvironmentFile= of systemd.exec(5). docker: `docker run --env-file`, which knows no quotes.
dotenv: what python-dotenv, Node's dotenv and docker compose read alike; nothing else is written.
"""

import re

from hardener.host.errors import Refused
from hardener.host.text.newlines import bare, insert, split
from hardener.host.typed import NamedTuple

END = r"(?=\r?(?:\n|\Z))"
QUOTED = r"'(?:\\'|[^'])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\`|[^`])*`"
SYSTEMD = r"(?:'[^']*'|\"(?:\\.|[^\"\\])*\"|[ \t])*(?:(?!['\" \t])(?:\\.|[^\\\n\r])*?)?"
ASSIGNED = {
    "systemd": re.compile(
        r"[ \t]*([^\s=#;][^=\n]*?)[ \t]*=[ \t]*(%s)[ \t]*%s" % (SYSTEMD, END), re.DOTALL
    ),
    "docker": re.compile(r"[ \t]*([^\s=#][^\s=]*)=([^\n]*?)" + END),
    "dotenv": re.compile(
        r"[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*(?![ \t])"
        r"((?P<quoted>%s)|(?!['\"`])[^\r\n]*?)[ \t]*(?:(?(quoted)|(?<=[ \t]))#[^\r\n]*)?%s"
        % (QUOTED, END),
        re.DOTALL | re.ASCII,
    ),
}
# A line that sets something, although it can't be read as ASSIGNED: mostly a quote that is not closed.
MEANT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=", re.ASCII)
# Before version 254 systemd takes the line below such a comment for a part of it, since then not.
GOES_ON = re.compile(r"[ \t]*[#;][^\n]*\\\r?$")
# Where such a value ends, one reader of .env files says so, and the other so.
TWO_ENDS = re.compile(r"'[^']*\\'|`[^`]*\\`")
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]*\Z")
ESCAPED = {"n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


class Setting(NamedTuple):
    """One assignment; `start`, `opens`, `closes` and `end` (of its lines) are places in the text."""

    key: str
    value: str
    start: int
    opens: int
    closes: int
    end: int


class EnvFile:
    """One file, kept to the byte; an edit gives a new one."""

    def __init__(self, text, dialect):
        self.text, self.dialect = text, dialect
        self.settings, self.broken = parse(text, dialect)

    def __str__(self):
        return self.text

    def values(self):
        """Return {key: value}; raises Refused where a line can't be told."""
        if self.broken:
            raise Refused(
                "line %d can't be told: %s" % self.broken[0], hint="mend the line, then try again"
            )
        return {each.key: each.value for each in self.settings}

    def line_of(self, key):
        """The number of the line that counts."""
        found = [each.start for each in self.settings if each.key == key]
        return self.text.count("\n", 0, found[-1]) + 1

    def set(self, key, value):
        """Change the value that counts where it stands, or add a line at the end."""
        before = self.values()
        if before.get(key) == value:
            return self
        new = written(key, value, self.dialect)
        found = [each for each in self.settings if each.key == key]
        if found:
            text = self.text[: found[-1].opens] + new + self.text[found[-1].closes :]
        else:
            lines = split(self.text)
            text = "".join(insert(lines, len(lines), ["%s=%s" % (key, new)]))
        return self._read_back(text, key, dict(before, **{key: value}))

    def remove(self, key):
        """Take out all lines of a key."""
        wanted = {name: value for name, value in self.values().items() if name != key}
        text = self.text
        for each in reversed([each for each in self.settings if each.key == key]):
            text = text[: each.start] + text[each.end :]
        return self._read_back(text, key, wanted)

    def _read_back(self, text, key, wanted):
        found = EnvFile(text, self.dialect)
        if found.broken or found.values() != wanted:
            raise Refused("%s can't be changed: the file would be read otherwise" % key)
        return found


def parse(text, dialect):
    """Return (settings, [(number of a line, what is wrong with it)])."""
    settings, broken, at = [], [], 0
    while at < len(text):
        match = ASSIGNED[dialect].match(text, at)
        if match and dialect == "dotenv" and TWO_ENDS.match(match.group(2)):
            match = None
        stop = text.find("\n", match.end() if match else at)
        end = stop + 1 or len(text)
        if match:
            value = read(match.group(2), dialect)
            settings.append(Setting(match.group(1), value, at, *match.span(2), end))
        else:
            doubt = doubtful(bare(text[at:end]), dialect)
            broken += [(text.count("\n", 0, at) + 1, doubt)] if doubt else []
        at = end
    return settings, broken


def doubtful(line, dialect):
    """Why nobody can tell what a line means that sets nothing; "" where it is a comment or the like."""
    meant = MEANT.match(line)
    if meant and dialect != "docker":
        return "the value of %s has a quote that is not closed, or more behind it" % meant.group(1)
    if dialect == "systemd" and GOES_ON.match(line):
        return "a comment that ends with a backslash takes the next line in, or not"
    return ""


def read(raw, dialect):
    """The value that stands there, without its quotes."""
    if dialect == "docker":
        return raw
    return read_systemd(raw) if dialect == "systemd" else read_dotenv(raw)


def read_systemd(raw):
    pieces = re.compile(r"'([^']*)'|\"((?:\\.|[^\"\\])*)\"|[ \t]+", re.DOTALL)
    value, at = "", 0
    while pieces.match(raw, at):
        match = pieces.match(raw, at)
        value += match.group(1) or unescaped(match.group(2) or "", '"\\`$')
        at = match.end()
    return value + re.sub(r"\\(.)", lambda m: m.group(1).strip("\n"), raw[at:], flags=re.DOTALL)


def unescaped(text, escapable):
    """In double quotes a backslash stands for itself before all but a few (env-file.c of systemd)."""

    def one(match):
        sign = match.group(1)
        return "" if sign == "\n" else sign if sign in escapable else match.group(0)

    return re.sub(r"\\(.)", one, text, flags=re.DOTALL)


def read_dotenv(raw):
    if raw[:1] == '"':
        return re.sub(
            r"\\(.)", lambda m: ESCAPED.get(m.group(1), m.group(0)), raw[1:-1], flags=re.DOTALL
        )
    return raw[1:-1] if raw[:1] in ("'", "`") and raw else raw


def written(key, value, dialect):
    """The value as it stands in the file; raises Refused for what the dialect can't hold."""
    if dialect == "docker":
        if re.search(r"[\r\n\0]", value):
            raise Refused("%s has a line break, which docker can't read" % key)
        return value
    if "\0" in value or "\r" in value:
        raise Refused("%s holds a character that no environment can" % key)
    if PLAIN.match(value):
        return value
    if dialect == "systemd":
        return '"%s"' % re.sub(r'(["\\`$])', r"\\\1", value)
    return dotenv(key, value)


def dotenv(key, value):
    # Within ' ' a backslash, and ${ }, are text to one reader and not to the other.
    if not re.search(r"[\\\n]|\$\{", value):
        if "'" not in value:
            return "'%s'" % value
        if not re.search(r'["$`]', value):
            return '"%s"' % value
    raise Refused(
        "%s can't be written so that all readers of .env files read the same" % key,
        hint="leave out backslashes, line breaks, ${ and one of the two quotes",
    )
