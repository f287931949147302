"""The trouble of one host is told, and stops no other; even a bug of ours does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hardener.dataclass import dataclass
from hardener.errors import ConnectError, HardenerError, HostError
from hardener.events import Event, Report


@dataclass
class Noted:
    """What was said of a host, and why; empty if nothing was."""

    status: str = ""
    why: str = ""


@contextmanager
def noting(host: str, report: Report, *, mistakes: bool = True) -> Iterator[Noted]:
    """Report what is raised within; `mistakes` that are not the host's own are raised if False."""
    noted = Noted()
    try:
        yield noted
    except ConnectError as error:
        noted.status, noted.why = _note(host, report, "unreachable", error)
    except HardenerError as error:
        if not (mistakes or isinstance(error, HostError)):
            raise
        noted.status, noted.why = _note(host, report, "failed", error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the others go on
        noted.status, noted.why = _note(host, report, "failed", _bug(host, error))


def _note(host: str, report: Report, status: str, error: HardenerError) -> tuple[str, str]:
    report(Event("error", host, {"status": status, **error.plain()}))
    return status, error.what


def _bug(host: str, error: Exception) -> HardenerError:
    """Return what is told of an error that no host and no playbook should be able to cause."""
    import traceback

    what = f"{type(error).__name__}: {error}"
    hint = "this is a bug in hardener: please report it with these lines"
    return HardenerError(what, where=host, why=traceback.format_exc(), hint=hint)
