"""What a program still says whose lines were read one by one so far."""

import subprocess


def remaining(started: subprocess.Popen[str]) -> tuple[str, str]:
    """Return the rest of both streams; `communicate` would lose what a loop over lines has read ahead."""
    assert started.stdout
    assert started.stderr
    with started:  # which closes them, and waits for its end
        return started.stdout.read(), started.stderr.read()
