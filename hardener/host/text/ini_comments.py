"""Where a comment starts in a line of an ini file."""

import functools
import re


def comment_start(raw, dialect):
    if raw.lstrip()[:1] in tuple(dialect.comments):
        return 0
    if not any(sign in raw for sign in dialect.inline):
        return len(raw)
    if dialect.spaced:
        return spaced_comment(raw, dialect.inline)
    return quoted_comment(raw, dialect)


def spaced_comment(raw, prefixes):
    """As RawConfigParser does up to Python 3.13: it looks for the first of each
    prefix, then for the second of each, so `a;b ;c #d` is cut at the `#`.
    """
    found = dict.fromkeys(prefixes, -1)
    while found:
        found = {prefix: raw.find(prefix, at + 1) for prefix, at in found.items()}
        found = {prefix: at for prefix, at in found.items() if at >= 0}
        starts = [at for at in found.values() if at == 0 or raw[at - 1].isspace()]
        if starts:
            return min(starts)
    return len(raw)


def first_spaced_comment(raw, prefixes):
    """As RawConfigParser does from Python 3.14 on: the first one counts."""
    match = re.search(r"(?:^|(?<=\s))[%s]" % prefixes, raw)
    return match.start() if match else len(raw)


def quoted_comment(raw, dialect):
    """The first comment character outside quotes; a backslash hides the next one."""
    for token in re.finditer(quoted_tokens(dialect.quotes), raw, re.DOTALL):
        if token.group() in tuple(dialect.inline):
            return token.start()
    return len(raw)


def quoted_tokens(quotes):
    strings = [r"%s(?:[^%s\\]|\\.)*%s?" % (quote, quote, quote) for quote in quotes]
    return "|".join(strings + [r"\\.", "."])


@functools.lru_cache(maxsize=4096)  # as read_line is
def ambiguous(raw, dialect):
    """Would another Python than this one cut the line elsewhere?"""
    if not dialect.spaced or not any(sign in raw for sign in dialect.inline):
        return False
    return spaced_comment(raw, dialect.inline) != first_spaced_comment(raw, dialect.inline)
