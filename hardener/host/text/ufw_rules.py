"""The rules that ufw keeps in user.rules and user6.rules, a block each; the rest of a file is ufw's own.

A block is the line `### tuple ###`, of which ufw makes its list, and what iptables-restore takes of it.
"""

from hardener.host.errors import Refused
from hardener.host.text.newlines import bare, split

BEGIN, END = "### RULES ###", "### END RULES ###"
TUPLE = "### tuple ### "


class UfwRules:
    """One file, kept to the byte; an edit gives a new one."""

    def __init__(self, text):
        lines = split(text)
        plain = [bare(line) for line in lines]
        self.whole = BEGIN in plain
        first = plain.index(BEGIN) + 1 if self.whole else len(lines)
        self.ended = END in plain[first:]
        last = plain.index(END, first) if self.ended else first
        self.stray = any(line.startswith(TUPLE) for line in plain[last:])
        starts = [n for n in range(first, last) if plain[n].startswith(TUPLE)]
        starts = [n - 1 if n > first and not plain[n - 1] else n for n in starts]
        while starts and not plain[last - 1]:
            last -= 1  # the empty line before the end is no part of the last block
        head, tail = (starts[0], last) if starts else (first, first)
        self.head, self.tail = "".join(lines[:head]), "".join(lines[tail:])
        self.blocks = ["".join(lines[a:b]) for a, b in zip(starts, starts[1:] + [last])]

    def __str__(self):
        return self.head + "".join(self.blocks) + self.tail

    def with_blocks(self, blocks):
        """The same file with these blocks; raises Refused where ufw has not written it."""
        if not self.whole or self.stray:
            raise Refused(
                "the rules are not as ufw writes them: no `%s`" % (END if self.whole else BEGIN),
                hint="`ufw reload` tells what is wrong with them",
            )
        end = "" if self.ended or not blocks else "\n%s\n" % END
        return UfwRules(self.head + "".join(blocks) + end + self.tail)


def lets_in(block):
    """Does this block let something in to the host itself? Not what denies, goes out or is routed."""
    line = next(line for line in split(block) if line.startswith(TUPLE))
    words = line[len(TUPLE) :].partition(" comment=")[0].split()
    way = words[-1] if len(words) in (7, 9) else "in"  # before ufw 0.30 nothing else was there
    return words[0].partition("_")[0] in ("allow", "limit") and not way.startswith("out")


def commands(text, chain):
    """Return the rules of one chain as iptables-restore has them after this file, a line `-A` each."""
    found = []
    for line in map(bare, split(text)):
        if line.startswith("-A %s " % chain):
            found.append(line)
        elif line.startswith("-I %s " % chain):
            found.insert(0, "-A" + line[2:])
    return "".join(line + "\n" for line in found)
