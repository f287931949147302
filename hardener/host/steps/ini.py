"""Options in an ini file, by section; all else in it stays byte for byte."""

from hardener.host.edits import edited, giving
from hardener.host.text import dialects
from hardener.host.text.ini import Ini


def plan(params, view):
    dialect = getattr(dialects, params.dialect.upper())

    def change(text):
        ini = Ini.parse(text, dialect)
        for section, options in params.set.items():
            ini = with_options(ini, section, options)
        for section, keys in params.remove.items():
            ini = without(ini, section, keys)
        return str(ini)

    yield edited(params, view, change, lambda text: giving(text, asked(params.set)))


def asked(sections):
    """Yield (key, value as it is written) of all of them."""
    for options in sections.values():
        for key, value in options.items():
            for each in value if isinstance(value, list) else [value]:
                yield key, written(each)


def with_options(ini, section, options):
    for key, value in options.items():
        if isinstance(value, list):
            ini = ini.set_all(section, key, [written(each) for each in value])
        else:
            ini = ini.set(section, key, written(value))
    return ini


def without(ini, section, keys):
    if not keys:
        return ini.remove_section(section)
    for key in keys:
        ini = ini.remove(section, key)
    return ini


def written(value):
    """Values as ini files have them: true and false in lower case; null is a key that stands alone."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
