"""Leave a command on the host that undoes runs from the console: see undo.py."""

import posixpath
import sys

TEXT = """\
#!/bin/sh
# Puts back what hardener changed last; needs neither a controller nor a network.
#   undo [RUN [KIND:ID]...]   undo --list   undo --show RUN
exec %(python)s -I -S -X utf8 "%(code)s/start.py" hardener.host.undo.console:main "$@"
"""


def code_folder():
    """Where the code lies that runs just now."""
    import hardener

    return posixpath.dirname(posixpath.dirname(posixpath.abspath(hardener.__file__)))


def code(system, store):
    """Return the hash of the code that runs just now; "" where it is not kept in the state folder."""
    kept = system.real(store.path("code"))
    folder, name = posixpath.split(code_folder())
    return name if folder == kept else ""


def write(system, store):
    """Leave the command in the state folder, for the code that runs just now."""
    text = (TEXT % {"python": sys.executable, "code": code_folder()}).encode("utf-8")
    path = store.path("undo")
    if system.lstat(path) is None or system.read(path) != text:
        system.replace(path, [text], 0o700, *store.owner)
