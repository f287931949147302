"""What of a file is text that can be edited by lines: not UTF-16, and no NUL bytes."""

from hardener.host.errors import Refused

MARK = "\ufeff"  # of byte order; some editors put it at the start of UTF-8 files
WIDE = ("\udcff\udcfe", "\udcfe\udcff")  # the same mark in UTF-16 and UTF-32, as we decode it


def parted(text):
    """(mark of byte order or "", the text behind it): the mark belongs to no line."""
    mark = MARK if text.startswith(MARK) else ""
    return mark, text[len(mark) :]


def check(path, text):
    """Raise Refused where the file is no text that has lines."""
    if text.startswith(WIDE):
        raise Refused(
            "%s is UTF-16" % path,
            why="text is edited as UTF-8 or any encoding that keeps ASCII",
            hint="convert it (iconv -f UTF-16 -t UTF-8), or write it whole: file: {path: %s, src: …}"
            % path,
        )
    if "\0" in text:
        raise Refused(
            "%s is not text: it holds NUL bytes" % path,
            hint="write it whole: file: {path: %s, src: …}" % path,
        )
