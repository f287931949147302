"""Add patterns to a .gitignore under headings, beside a person's own lines. gitignore(5)

The last pattern that matches a path decides. So a new pattern never goes below a
negation (`!keep.log`) that it may meet: it goes above, and the person's exception
stays one; `shadowed` tells of it. Only an excluded folder is beyond that: nothing
below it can be named again, wherever the lines stand (`overruled`).
"""

from hardener.host.errors import Refused
from hardener.host.text import encoding
from hardener.host.text.globs import is_anchored, meet, meet_below
from hardener.host.text.newlines import bare, insert, split
from hardener.host.typed import NamedTuple


class Rule(NamedTuple):
    """One pattern in the file."""

    line: int  # from 1
    pattern: str  # without `!` and trailing blanks
    negated: bool

    def says(self):
        return self.pattern, self.negated


class Gitignore:
    """An ignore file; edits give a new one. `rules` in order of the file."""

    def __init__(self, text):
        self.bom, body = encoding.parted(text)  # git skips it at the start only
        self.lines = split(body)
        parsed = (parse_line(line, at) for at, line in enumerate(self.lines, 1))
        self.rules = [rule for rule in parsed if rule]

    @classmethod
    def parse(cls, text):
        return cls(text)

    def __str__(self):
        return self.bom + "".join(self.lines)

    def missing(self, patterns):
        """Those that the file has nowhere, each once."""
        seen, missing = {rule.says() for rule in self.rules}, []
        for pattern in patterns:
            rule = checked(pattern)
            if rule.says() not in seen:
                seen.add(rule.says())
                missing.append(pattern)
        return missing

    def add(self, section, patterns):
        """Add the missing patterns under this heading, which is made where needed."""
        new = self
        for at, group in self._grouped(section, self.missing(patterns)):
            new = new._with(section, at, group)
        return new

    def shadowed(self, pattern):
        """[Rule] that come later and may undo this pattern for some paths."""
        rule = checked(pattern)
        own = [found.line for found in self.rules if found.says() == rule.says()]
        later = self.rules if not own else [r for r in self.rules if r.line > own[-1]]
        return [r for r in later if r.negated != rule.negated and meet(r.pattern, rule.pattern)]

    def overruled(self, pattern):
        """[Rule] negations that name something below a folder which this pattern ignores."""
        rule = checked(pattern)
        named = [r for r in self.rules if r.negated and is_anchored(r.pattern)]
        return [r for r in named if not rule.negated and meet_below(rule.pattern, r.pattern)]

    def _grouped(self, section, patterns):
        """[(index, patterns)], the last index first, so that the others stay true."""
        groups = {}
        for pattern in patterns:
            groups.setdefault(self._place(section, checked(pattern)), []).append(pattern)
        return sorted(groups.items(), reverse=True)

    def _place(self, section, rule):
        """The end of the section or file, or above the paragraph of a negation it meets: in the
        section if a part of it is there.
        """
        heads = [at for at, line in enumerate(self.lines) if bare(line) == heading(section)]
        end = self._paragraph_end(heads[-1]) if heads else len(self.lines)
        above = [r.line - 1 for r in self.rules if r.negated and meet(r.pattern, rule.pattern)]
        if rule.negated or not above or above[0] >= end:
            return end
        start = self._paragraph_start(above[0])
        if start in heads:
            return start + 1
        parts = [at for at in heads if at < start]
        return self._paragraph_end(parts[-1]) if parts else start

    def _paragraph_start(self, at):
        while at and bare(self.lines[at - 1]).strip():
            at -= 1
        return at

    def _paragraph_end(self, at):
        while at < len(self.lines) and bare(self.lines[at]).strip():
            at += 1
        return at

    def _with(self, section, at, patterns):
        """The patterns put in at this index, with the heading if they don't come under it."""
        start = self._paragraph_start(at)
        under = heading(section) in [bare(line) for line in self.lines[start:at]]
        added = list(patterns) if under else [heading(section)] + list(patterns)
        if not under and start != at:
            added.insert(0, "")
        if not under and at < len(self.lines):
            added.append("")
        return Gitignore(self.bom + "".join(insert(self.lines, at, added)))


def heading(section):
    return "# --- %s (hardener) ---" % section


def parse_line(line, at):
    """The rule, or None for a comment or a blank line."""
    text = trimmed(bare(line))
    negated = text.startswith("!")
    pattern = text[negated:]
    return Rule(at, pattern, negated) if pattern and not text.startswith("#") else None


def trimmed(text):
    """Without trailing blanks; a backslash keeps the one behind it. Tabs stay."""
    kept = text.rstrip(" ")
    slashes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " if slashes % 2 and len(kept) < len(text) else kept


def checked(pattern):
    rule = parse_line(pattern, 0)
    if not rule or "\n" in pattern or "\r" in pattern or trimmed(pattern) != pattern:
        raise Refused(
            "%r is no pattern of gitignore(5)" % pattern, hint="write \\# for a leading #"
        )
    if not is_possible(rule.pattern):
        raise Refused(
            "the pattern `%s` ignores nothing" % pattern,
            why="no path that git knows has an empty part, `.` or `..`",
        )
    return rule


def is_possible(pattern):
    """Can there be a path that it matches? A slash at either end belongs to no part."""
    parts = pattern[pattern.startswith("/") :].split("/")
    parts = parts[:-1] if parts[-1] == "" else parts
    return bool(parts) and not {"", ".", ".."} & set(parts)
