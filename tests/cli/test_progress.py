"""The line that says what takes long: after a second, on a terminal, wiped before other lines."""

import io
import threading
import time

from hardener.events import Event
from hardener.report.progress import WIPE, Progress


class Screen(io.StringIO):
    """A terminal that keeps all that was written."""

    def isatty(self) -> bool:
        return True


def started(host: str, title: str, number: int = 1) -> Event:
    return Event("started", host, {"number": number, "title": title})


def test_what_runs_longest_is_said_and_wiped() -> None:
    screen = Screen()
    progress = Progress(screen, threading.Lock())
    progress.see(started("web1", "Have memory to spare"))
    progress.see(started("web2", "Rotate logs"))
    now = time.monotonic()
    progress.draw(now + 0.5)
    assert screen.getvalue() == ""
    progress.draw(now + 3)
    assert "… web1: Have memory to spare (3 s, and 1 more)" in screen.getvalue()
    progress.wipe()
    assert screen.getvalue().endswith(WIPE)
    progress.see(Event("phase", "web1", {"phase": "rollback"}))
    progress.draw(now + 3)
    assert "… web2: Rotate logs (3 s)" in screen.getvalue()
    progress.end()
    progress.draw(now + 9)
    assert screen.getvalue().endswith(WIPE)


def test_nothing_is_drawn_where_nobody_looks() -> None:
    screen = io.StringIO()
    progress = Progress(screen, threading.Lock())
    progress.see(started("web1", "Have memory to spare"))
    progress.draw(time.monotonic() + 9)
    assert screen.getvalue() == ""
