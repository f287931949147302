"""Edit sshd_config: an option goes before the first Match block, never into one that is not meant.

sshd_config(5), and servconf.c for what the manual leaves out: keywords in any case, after them
blanks or one `=`; a Match block ends with the next one or with its file.
"""

import re

from hardener.host.errors import Refused
from hardener.host.sshd.keywords import EACH_A_LINE, ONE_LINE, WHOLE, folded
from hardener.host.text.newlines import bare, ending, insert, split
from hardener.host.typed import NamedTuple, Tuple

LINE = re.compile(
    r'([ \t]*)"?([A-Za-z0-9]+)"?([ \t]*=[ \t]*|[ \t]+|$)(.*?)([ \t\r\f]*)$', re.DOTALL
)
COMMENTED = re.compile(r"[ \t]*#([A-Za-z0-9]+)[ \t=]")
WORD = re.compile(
    r"""[ \t]*(#.*|(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\]|\\)+|["'].*)"""
)
QUOTED = re.compile(r"""\\(["'\\ ])|["']""")
INDENT = "    "


class Directive(NamedTuple):
    """One line that says something; `block` numbers the Match blocks, 0 are the lines before them."""

    line: int  # from 1
    keyword: str  # folded
    args: Tuple[str, ...]
    block: int


class SshdConfig:
    """A file of sshd's configuration; edits give a new one."""

    def __init__(self, text):
        self.lines = split(text)
        self.directives = list(parse(self.lines))
        matches = [each for each in self.directives if each.keyword == "match"]
        self.criteria = [()] + [each.args for each in matches]  # by block

    def __str__(self):
        return "".join(self.lines)

    def found(self, keyword, block=0):
        """The directives of this keyword in a block."""
        return [d for d in self.directives if (d.keyword, d.block) == (folded(keyword), block)]

    def block(self, criteria):
        """The number of the first Match block with these criteria, None without one."""
        wanted = arguments("match", criteria)
        return next(
            (n for n, args in enumerate(self.criteria) if n and same_criteria(args, wanted)), None
        )

    def set(self, keyword, values, criteria=""):
        """Have a keyword say `values`, each as it would stand behind it, and nothing else of what counts."""
        for value in values:
            check(keyword, value)
        config = self._with_block(criteria)
        block = config.block(criteria) if criteria else 0
        found, name = config.found(keyword, block), folded(keyword)
        if name not in EACH_A_LINE + ONE_LINE:
            found = found[:1]  # sshd takes the first value
        if says(name, found) == says(name, [parsed(name, value) for value in values]):
            return config
        return config._replaced(found, keyword, values, block)

    def remove(self, keyword, criteria=""):
        """Take a keyword out of a block; a block of that name that then says nothing goes too."""
        block = self.block(criteria) if criteria else 0
        if block is None:
            return self
        config = self._without(d.line for d in self.found(keyword, block))
        return (
            config._without_block(block)
            if block and len(config.directives) < len(self.directives)
            else config
        )

    def _with_block(self, criteria):
        if not criteria or self.block(criteria) is not None:
            return self
        gap = [""] if self.lines and bare(self.lines[-1]).strip() else []
        return SshdConfig("".join(insert(self.lines, len(self.lines), [*gap, "Match " + criteria])))

    def _without_block(self, block):
        """Remove the Match line of a block that has nothing else to say."""
        rest = [d for d in self.directives if d.block == block]
        if [d.keyword for d in rest] != ["match"]:
            return self
        at = rest[0].line
        gone = (
            {at, at - 1} if at == len(self.lines) and not bare(self.lines[at - 2]).strip() else {at}
        )
        return self._without(gone)

    def _without(self, numbers):
        gone = set(numbers)
        return SshdConfig("".join(x for at, x in enumerate(self.lines, 1) if at not in gone))

    def _replaced(self, found, keyword, values, block):
        """Give the values to the lines that are there; more are put in, those too many removed."""
        lines = list(self.lines)
        for directive, value in zip(found, values):
            lines[directive.line - 1] = with_value(lines[directive.line - 1], value)
        at, indent = self._place(keyword, block, found)
        lines = insert(lines, at, [indent + keyword + " " + v for v in values[len(found) :]])
        return SshdConfig("".join(lines))._without(d.line for d in found[len(values) :])

    def _place(self, keyword, block, found):
        """Where a new line goes, and how far in."""
        if found:
            line = self.lines[found[-1].line - 1]
            return found[-1].line, line[: len(line) - len(line.lstrip(" \t"))]
        if block:
            inside = [d.line for d in self.directives if d.block == block]
            line = self.lines[inside[-1] - 1] if len(inside) > 1 else INDENT
            return inside[-1], line[: len(line) - len(line.lstrip(" \t"))]
        return self._global_place(keyword), ""

    def _global_place(self, keyword):
        """Behind the commented default; else before the first Match and the comments above it.

        A commented Match counts too: somebody may bring it to life.
        """
        end = self._end_of_globals()
        for at, line in enumerate(self.lines[:end]):
            match = COMMENTED.match(line)
            if match and folded(match.group(1)) == folded(keyword) and ending(line):
                return at + 1
        before = [d.line for d in self.directives if d.line <= end]
        return end if end == len(self.lines) or not before else before[-1]

    def _end_of_globals(self):
        for at, line in enumerate(self.lines):
            match = LINE.match(bare(line).lstrip("# \t"))
            if match and match.group(2).lower() == "match" and match.group(4):
                return at
        return len(self.lines)


def parse(lines):
    """Yield the directives."""
    block = 0
    for at, line in enumerate(lines, 1):
        match = LINE.match(bare(line))
        if match is None:
            continue
        keyword = folded(match.group(2))
        block += keyword == "match"
        yield Directive(at, keyword, arguments(keyword, match.group(4)), block)


def arguments(keyword, text):
    """Return the words of a value: quotes taken off, a comment behind it left out."""
    if keyword in WHOLE:
        return (text.strip(),) if text.strip() else ()
    words = []
    for word in WORD.findall(text):
        if word.startswith("#"):
            break
        words.append(QUOTED.sub(lambda found: found.group(1) or "", word))
    return tuple(words)


def parsed(keyword, value):
    return Directive(0, keyword, arguments(keyword, value), 0)


def says(keyword, directives):
    """What these lines come to: of one that may be split over lines, all of its words."""
    if keyword in ONE_LINE:
        return [word for each in directives for word in each.args]
    return [tuple(map(plain, each.args)) for each in directives]


def plain(word):
    """Values that are words of sshd's own are compared without case (servconf.c)."""
    return word.lower() if word.lower() in ("yes", "no", "none", "any") else word


def same_criteria(args, wanted):
    """Names of criteria are compared without case, what they are to match with it."""
    return [a.lower() if n % 2 == 0 else a for n, a in enumerate(args)] == [
        a.lower() if n % 2 == 0 else a for n, a in enumerate(wanted)
    ]


def check(keyword, value):
    """Raise Refused for what can't stand in one line."""
    if re.search(r"[\n\r\0]", value) or not arguments(folded(keyword), value):
        raise Refused("%s %s can't be written in one line" % (keyword, value))


def with_value(line, value):
    """The line with another value; a comment behind it stays."""
    match = LINE.match(bare(line))
    rest = match.group(4)
    comment = "" if folded(match.group(2)) in WHOLE else behind(rest)
    separator = match.group(3) or " "
    return line[: match.start(3)] + separator + value + comment + match.group(5) + ending(line)


def behind(text):
    """The comment behind a value, with the blanks before it."""
    found = next((m for m in WORD.finditer(text) if m.group(1).startswith("#")), None)
    return text[found.start() :] if found else ""
