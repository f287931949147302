"""Index definitions of SQLite as text: written from parameters, compared by their tokens."""

import re

TOKENS = re.compile(
    r"(?P<gap>\s+|--[^\n]*|/\*.*?\*/)|(?P<text>'(?:[^']|'')*')"
    r'|(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?P<word>\w+)|(?P<sign>.)',
    re.DOTALL,
)


def quoted(name):
    """Quote an identifier (sqlite.org/lang_keywords.html)."""
    return '"%s"' % name.replace('"', '""')


def create(table, index):
    """Return the statement for an index, in the form in which SQLite keeps it in its schema."""
    sql = "CREATE %sINDEX %s ON %s (%s)" % (
        "UNIQUE " if index.get("unique") else "",
        quoted(index["name"]),
        quoted(table),
        ", ".join(column(each) for each in index["columns"]),
    )
    return sql + (" WHERE " + index["where"] if index.get("where") else "")


def column(each):
    sql = quoted(each["name"]) if each.get("name") else "(%s)" % each["expression"]
    sql += " COLLATE " + quoted(each["collate"]) if each.get("collate") else ""
    return sql + (" DESC" if each.get("order") == "desc" else "")


def tokens(sql):
    """Return what a definition says, from its first `(` on; quotes, case, spaces, ASC do not count."""
    found = []
    for match in TOKENS.finditer(sql):
        kind, token = match.lastgroup, match.group()
        if kind == "name":
            found.append(token[1:-1].replace(token[0] * 2, token[0]).lower())
        elif kind != "gap":
            found.append(token if kind == "text" else token.lower())
    start = found.index("(") if "(" in found else 0
    return [each for each in found[start:] if each != "asc"]
