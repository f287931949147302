"""A profile of pam-auth-update: which modules a package, or we, have put into the common stacks.

The format is that of /usr/share/pam-configs: fields, and below them lines that belong to one.
"""

import re

from hardener.host.typed import Dict, NamedTuple, Tuple

FOLDER = "/usr/share/pam-configs"
FIELD = re.compile(r"^(\S+):\s+(.*)$")


class Profile(NamedTuple):
    """`fields` are by their names, `Auth-Final` being another word for `Auth`."""

    name: str
    fields: Dict[str, str]

    @property
    def rank(self):
        """Sorts those first that come first in a stack: by priority, else the later name."""
        return int(self.fields.get("Priority", "0")), self.name

    @property
    def conflicts(self):
        return [name for name in self.fields.get("Conflicts", "").split(", ") if name]

    def lines(self, stack, block, first):
        """Its lines in a block (Primary, Additional) of a stack; `first`: no other is above it."""
        field = stack.capitalize()
        if self.fields.get(field + "-Type") != block:
            return None
        text = (first and self.fields.get(field + "-Initial")) or self.fields.get(field, "")
        return text.split("\n") if text else []

    def modules(self):
        """The names of all modules that it has in some stack."""
        return set(re.findall(r"\b(pam_\w+)\.so\b", "\n".join(self.fields.values())))


def parse(name, text):
    fields, current = {}, ""
    for line in text.splitlines():
        found = FIELD.match(line + "\n")
        if found:
            current = re.sub(r"-Final$", "", found.group(1))
            fields[current] = found.group(2).strip()
        elif current and line.strip():
            fields[current] = (fields[current] + "\n" + line.strip()).strip()
    if "Session-Interactive-Only" not in fields:
        for end in ("", "-Type", "-Initial"):
            if "Session" + end in fields:
                fields["Session-noninteractive" + end] = fields["Session" + end]
    return Profile(name, fields)


def written(title, priority, *stacks: Tuple[str, str, str]):
    """The text of a profile; `stacks` are (field, what it does, the line of its module)."""
    head = "Name: %s\nDefault: yes\nPriority: %d\n" % (title, priority)
    types, parts = set(), []
    for field, block, line in stacks:
        kind = field.partition("-")[0]
        if kind not in types:
            parts.append("%s-Type: %s\n" % (kind, block))
            types.add(kind)
        parts.append("%s:\n\t%s\n" % (field, line))
    return head + "".join(parts)
