"""Does what a step writes into a file of its own count, or does a file say otherwise that is read later?"""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.text.ini import Ini


def require(path, section, values, later, dialect, view, hint):
    """Raise StepError for the first line of the files `later` with another value than {key: value} of `path`.

    A value of None is a word that stands alone.
    """
    for other in later:
        text = view.read(File(other)).text()
        ini = Ini.parse(text, dialect)
        for key, value in sorted(values.items()):
            found = ini.values(section, key)
            if found and found[-1] != value:
                line = ini.line_of(section, key)
                raise StepError(
                    "%s has the last word: %s" % (other, text.splitlines()[line - 1].strip()),
                    where="%s:%s" % (other, line),
                    why="it is read after %s, which is to say %s" % (path, value or key),
                    hint=hint,
                )
