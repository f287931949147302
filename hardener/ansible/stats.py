"""What a playbook asks of a `stat`: `st.stat.exists` and its like, of a command's result."""

from __future__ import annotations

import re
from typing import Any

from hardener.ansible.source import Map, Tagged

ASKED = {
    "exists": "({}.rc == 0)",
    "isdir": "({}.stdout == 'directory')",
    "isreg": "{}.stdout.startswith('regular')",
    "islnk": "({}.stdout == 'symbolic link')",
}


WHOSE = r"\b([A-Za-z_][\w.]*(?:\[[^\]]*\])?)\.stat\."
KNOWN = re.compile(rf"{WHOSE}({'|'.join(ASKED)})\b")
OTHER = re.compile(WHOSE + r"\w+")


def asked(value: Any) -> Any:
    """Return data in which the result of a stat is asked as a command's."""
    if isinstance(value, Tagged):
        return value
    if isinstance(value, str):
        return KNOWN.sub(lambda found: ASKED[found[2]].format(found[1]), value)
    if isinstance(value, list):
        return [asked(each) for each in value]
    if isinstance(value, Map):
        turned = Map()
        turned.line, turned.end, turned.lines = value.line, value.end, value.lines
        turned.update({key: asked(each) for key, each in value.items()})
        return turned
    return value


def unknown(text: str) -> str:
    """Return what else of a stat is asked, or ""."""
    found = OTHER.search(text)
    return found[0] if found else ""
