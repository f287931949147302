"""The line that says what takes long: after a second, on a terminal, wiped before other lines."""

import io
import threading
import time

from hardener.report.progress import WIPE, Progress


class Screen(io.StringIO):
    """A terminal that keeps all that was written."""

    def isatty(self) -> bool:
        return True


def test_what_runs_longest_is_said_and_wiped() -> None:
    screen = Screen()
    progress = Progress(screen, threading.Lock())
    progress.begin("web1", "Have memory to spare")
    progress.begin("web2", "Rotate logs")
    now = time.monotonic()
    progress.draw(now + 0.5)
    assert screen.getvalue() == ""
    progress.draw(now + 3)
    assert "… web1: Have memory to spare (3 s, and 1 more)" in screen.getvalue()
    progress.wipe()
    assert screen.getvalue().endswith(WIPE)
    progress.done("web1")
    progress.draw(now + 3)
    assert "… web2: Rotate logs (3 s)" in screen.getvalue()
    progress.end()
    progress.draw(now + 9)
    assert screen.getvalue().endswith(WIPE)


def test_nothing_is_drawn_where_nobody_looks() -> None:
    screen = io.StringIO()
    progress = Progress(screen, threading.Lock())
    progress.begin("web1", "Have memory to spare")
    progress.draw(time.monotonic() + 9)
    assert screen.getvalue() == ""
