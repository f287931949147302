"""SQLite databases, looked into and changed in a child that runs as the owner of the file.

`library` is Python's sqlite3, None where this Python has none.
"""

from hardener.host.typed import Any

library: Any = None
try:
    import sqlite3

    library = sqlite3
except ImportError:  # Debian's python3-minimal, or a Python that was built without
    pass
