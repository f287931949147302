"""Read logrotate's files. logrotate.conf(5), and what 3.21 does with it.

A `#` starts a comment only at the start of a line: `rotate 4 # weeks` is an error that
drops the whole block. `{` ends the names even inside one. Two blocks that claim one log
are an error too, and the second is dropped: ask `claimants` before adding one.
"""

import re
import textwrap

from hardener.host.text.globs import meet
from hardener.host.text.newlines import bare, split
from hardener.host.typed import NamedTuple, Tuple

SCRIPTS = ("firstaction", "lastaction", "prerotate", "postrotate", "preremove")
DIRECTIVE = re.compile(r"([A-Za-z]+)(?:[ \t]*=[ \t]*|[ \t]+|$)(.*?)[ \t]*$")
# popt's quoting: inside quotes a backslash hides only the quote itself
PIECE = re.compile(
    r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"|\\(.)|([^\s'\"\\])|(\s+)", re.DOTALL
)


class Directive(NamedTuple):
    """`rotate 7`, or a script with its lines, without their common indentation."""

    name: str
    argument: str = ""
    script: Tuple[str, ...] = ()
    line: int = 0  # from 1; 0 where it was not read from a file


class Block(NamedTuple):
    """The logs named by `paths` (names or wildcards), and what holds for them."""

    paths: Tuple[str, ...]
    directives: Tuple[Directive, ...]
    line: int = 0

    def claims(self, path):
        """May one of its names stand for this path, which may have wildcards too?"""
        return any(meet(single_stars(own), single_stars(path)) for own in self.paths)


class Config(NamedTuple):
    """One file; what it includes is for the caller to read."""

    blocks: Tuple[Block, ...] = ()
    directives: Tuple[Directive, ...] = ()  # global ones
    problems: Tuple[Tuple[int, str], ...] = ()  # (line, text) that logrotate would refuse

    def arguments(self, name):
        """The arguments of every global directive of this name: include, tabooext…"""
        return [directive.argument for directive in self.directives if directive.name == name]

    def claimants(self, path):
        return [block for block in self.blocks if block.claims(path)]


def single_stars(path):
    """glob(3) knows no `**`."""
    return re.sub(r"\*+", "*", path)


def names_of(text):
    """The names in front of a `{`; None if a quote is left open."""
    names, word, at = [], None, 0
    for match in PIECE.finditer(text):
        if match.start() != at:
            return None
        at = match.end()
        if match.group(5):
            names += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + unquoted(*match.groups()[:4])
    return None if at != len(text) else names + ([] if word is None else [word])


def unquoted(single, double, escaped, letter):
    if single is not None:
        return single.replace("\\'", "'")
    return double.replace('\\"', '"') if double is not None else escaped or letter


def parse(text):
    """What the file says; never fails, see `problems`."""
    reader = Reader()
    for at, line in enumerate(split(text), 1):
        reader.read(at, bare(line))
    return reader.finish()


class Reader:
    """Takes a file line by line: names, then a block; in a block, directives and scripts."""

    def __init__(self):
        self.blocks, self.globals, self.problems = [], [], []
        self.names = None  # (line, text) while it looks for a `{`
        self.block = None  # (names, directives, line) while one is open
        self.script = None  # (name, lines, line) while one is open

    def read(self, at, line):
        if self.script:
            self.read_script(line)
        elif self.names:
            self.read_names(at, line)
        else:
            self.read_words(at, line.strip())

    def read_words(self, at, text):
        if not text or text.startswith("#"):
            return
        match = DIRECTIVE.match(text)
        if match:
            self.read_directive(at, *match.groups())
        elif text[0] == "}" and self.block:
            self.close(at, text[1:].strip())
        elif text[0] in "/~\"'" and not self.block:
            self.names = (at, "")
            self.read_names(at, text)
        else:
            self.problems.append((at, text))

    def read_names(self, at, text):
        before, brace, after = text.partition("{")
        start, names = self.names
        self.names = (start, names + before + "\n")
        if brace:
            paths = names_of(self.names[1])
            self.problems += [] if paths else [(start, self.names[1].strip())]
            self.names, self.block = None, (tuple(paths or ()), [], start)
            self.read_words(at, after.strip())

    def read_directive(self, at, name, argument):
        if name in SCRIPTS:
            self.script = (name, [], at)
            return
        closes = self.block and argument == "}"
        self.add(Directive(name, "" if closes else argument, (), at))
        if closes:
            self.close(at, "")

    def read_script(self, line):
        name, lines, at = self.script
        if line.split()[:1] != ["endscript"]:
            lines.append(line)
            return
        self.script = None
        script = textwrap.dedent("\n".join(lines)).split("\n") if lines else ()
        self.add(Directive(name, "", tuple(script), at))

    def add(self, directive):
        (self.block[1] if self.block else self.globals).append(directive)

    def close(self, at, rest):
        names, directives, start = self.block
        self.block = None
        self.blocks.append(Block(names, tuple(directives), start))
        self.problems += [(at, rest)] if rest else []

    def finish(self):
        for left, what in (
            (self.script, "no endscript"),
            (self.names, "no {"),
            (self.block, "no }"),
        ):
            self.problems += [(left[0] if left is self.names else left[2], what)] if left else []
        return Config(tuple(self.blocks), tuple(self.globals), tuple(self.problems))
