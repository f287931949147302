"""Option values as supervisor reads them (supervisor/datatypes.py), and as they are written."""

import re
import shlex
import signal

TRUE, FALSE = ("yes", "true", "on", "1"), ("no", "false", "off", "0")
UNITS = {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


def text(value):
    return value


def integer(value):
    return int(value)


def boolean(value):
    if value.lower() in TRUE + FALSE:
        return value.lower() in TRUE
    raise ValueError("true or false")


def autorestart(value):
    return "unexpected" if value.lower() == "unexpected" else boolean(value)


def byte_size(value):
    """`10MB` in bytes; supervisor knows KB, MB and GB."""
    unit = UNITS.get(value[-2:].lower())
    return int(value[:-2]) * unit if unit else int(value)


def octal(value):
    return int(value, 8)


def signal_number(value):
    name = value.strip().upper()
    if name.isdigit():
        return int(name)
    name = name if name.startswith("SIG") else "SIG" + name
    if not re.match(r"SIG[A-Z0-9]+\Z", name) or not hasattr(signal, name):
        raise ValueError("a signal, such as TERM")
    return int(getattr(signal, name))


def exit_codes(value):
    codes = [int(code) for code in value.split(",")] if value else []
    if any(not 0 <= code <= 255 for code in codes):
        raise ValueError("numbers from 0 to 255")
    return codes


def names(value):
    return [name.strip() for name in value.split(",")] if value else []


def events(value):
    return sorted({name.upper() for name in names(value)})


def environment(value):
    """KEY="value",… as a dict."""
    lexer = shlex.shlex(value)
    lexer.wordchars += "/.+-():"
    tokens = list(lexer)
    triples = [tokens[at : at + 3] for at in range(0, len(tokens), 4)]
    if any(len(triple) != 3 or triple[1] != "=" for triple in triples):
        raise ValueError('KEY="value" pairs with commas between them')
    return {key: quoted.strip("'\"") for key, _, quoted in triples}


def logfile(value):
    return value.lower() if value.lower() in ("none", "off", "auto", "syslog") else value


def serverurl(value):
    return None if value.strip().upper() == "AUTO" else value


def written(value):
    """A value of the playbook as supervisor's file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(written(each) for each in value)
    if isinstance(value, dict):
        return ",".join(
            "%s=%s" % (key, quoted(written(each))) for key, each in sorted(value.items())
        )
    return str(value)


def quoted(value):
    """Quotes keep commas; there is no way to write both kinds of quotes in one value."""
    if '"' in value and "'" in value:
        raise ValueError(
            "a value without one of the two kinds of quotes: supervisor has no escape for them"
        )
    return "'%s'" % value if '"' in value else '"%s"' % value
