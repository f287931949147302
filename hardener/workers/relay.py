"""On a worker: one connection to a host, whose bytes are passed on both ways."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import hardener
from hardener import connect
from hardener.connect import Channel, Target, host_code
from hardener.dataclass import asdict
from hardener.errors import ConnectionLost, HardenerError
from hardener.workers.postbox import Desk, Office


def relay(office: Office, session: str, target: Target) -> str:
    """Connect to a host and pass on what is said until one side hangs up; returns the last word.

    Clusters may run a task again whose worker was lost: it begins only when it is told to, and
    whoever asked for it tells nobody twice.
    """
    with office.desk(session) as desk:
        desk.post("begun", version())
        if desk.next()[0] != "go":
            return "not wanted"
        try:
            channel = connect.open(target, Asking(desk))
        except HardenerError as error:
            desk.post("failed", told(error))
            return "failed"
        with channel:
            desk.post("opened", opened(channel))
            threading.Thread(target=_down, args=(desk, channel), daemon=True).start()
            return _up(desk, channel)


def version() -> Mapping[str, str]:
    """What has to be the same here and there."""
    return {"hardener": hardener.__version__, "code": host_code().digest}


def opened(channel: Channel) -> Mapping[str, Any]:
    """What a channel knows of its host when it is open."""
    more = {"became": channel.became, "login": dict(channel.login), "took": dict(channel.took)}
    return {"hello": asdict(channel.hello), **more}


def told(error: HardenerError) -> Mapping[str, str]:
    """What `connector.of` makes an error of again."""
    return {"kind": type(error).__name__, **error.plain()}


def _up(desk: Desk, channel: Channel) -> str:
    pipe = channel.pipe
    try:
        while data := pipe.some():
            desk.post("data", data)
    except ConnectionLost as error:
        desk.post("failed", told(error))
    desk.post("ended", {"stderr": str(pipe.stderr), "status": pipe.exit_status()})
    return "ended"


def _down(desk: Desk, channel: Channel) -> None:
    """Pass on what comes until the other side hangs up, or nobody wants this task any more."""
    try:
        while (message := desk.next())[0] == "data":
            channel.pipe.write(message[1])
    except ConnectionLost:
        return  # the way up tells it
    channel.hang_up()


class Asking:
    """Asks whoever sent us here for secrets: a worker has none to give."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def password(self, target: Target) -> str | None:
        return self._asked("password")

    def sudo_password(self, target: Target) -> str | None:
        return self._asked("sudo_password")

    def passphrase(self, path: str) -> str | None:
        return self._asked("passphrase", path)

    def _asked(self, what: str, path: str = "") -> str | None:
        self._desk.post("ask", {"what": what, "path": path})
        word, answer = self._desk.next()
        return answer if word == "answer" else None
