"""A plan in a file: what a playbook would do to each host, and the state from which it would.

It holds no secret: of states and parameters it has digests, of the preview what is shown
to everybody. To be carried out, the playbook is read and rendered again, and each host
plans again: both must come to the very same.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardener.connect.packing import whole
from hardener.dataclass import dataclass, field
from hardener.errors import HardenerError, UsageError
from hardener.events import Event, Report

FORMAT = "hardener plan"
VERSION = 1
ROUNDS = 20_000  # a parameter that is a secret could be guessed at


@dataclass
class Plan:
    """`hosts` is {host: {play: {"message": digest, "changes": [...]}}}; `given` are its options."""

    run: str
    playbook: str
    given: Mapping[str, Any]
    extra_vars: tuple[str, ...] = ()  # their names
    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    hosts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    holds: bool = False  # read from a file: it is to be carried out
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wish(self, host: str, number: int, message: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a host is to be told of the plan; raise UsageError where it is asked something else."""
        found = self._digest(message)
        with self._lock:
            if not self.holds:
                self.hosts.setdefault(host, {})[str(number)] = {"message": found, "changes": []}
                return {"salt": self.salt}
            known = self.hosts.get(host, {}).get(str(number))
        if known is None or known["message"] != found:
            what = "the playbook asks something else of this host than when the plan was made"
            raise HardenerError(what, where=host, hint="make a new plan: no host was changed")
        return {"salt": self.salt, "changes": known["changes"]}

    def _digest(self, message: Mapping[str, Any]) -> str:
        data = json.dumps(essence(whole(message)), sort_keys=True, default=repr).encode()
        return hashlib.pbkdf2_hmac("sha256", data, self.salt.encode(), ROUNDS).hex()

    def hearing(self, report: Report) -> Report:
        """Return a report that keeps what hosts say for the plan, and passes on the rest."""

        def heard(event: Event) -> None:
            if event.name == "plan":
                self.hosts[event.host][str(event.data["play"])]["changes"] = event.data["changes"]
                return
            if event.name not in ("started", "connected"):
                self.events.append(event.plain())
            report(event)

        return heard

    def save(self, path: Path) -> None:
        """Write it whole, readable by its owner only."""
        data = {FORMAT: VERSION, **{key: getattr(self, key) for key in KEPT}}
        staged = path.with_name(f".{path.name}.new")
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(data, file, indent=1)
            file.write("\n")
        staged.rename(path)

    def replay(self, report: Report) -> None:
        """Show the preview again."""
        for event in self.events:
            rest = {key: value for key, value in event.items() if key not in ("event", "host")}
            report(Event(event["event"], event.get("host", ""), rest))


def essence(message: Any) -> Any:
    """Return a message without the places in files, which are other ones from another folder."""
    if isinstance(message, list):
        return [essence(each) for each in message]
    if not isinstance(message, dict):
        return message
    return {
        key: each if key == "params" else essence(each)
        for key, each in message.items()
        if key not in ("where", "playbook")
    }


KEPT = ("run", "playbook", "given", "extra_vars", "salt", "hosts", "events", "statuses")
HEAD = b'{\n "%s"' % FORMAT.encode()


def is_plan(path: Path) -> bool:
    """Tell a plan from a playbook by how it begins."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEAD)) == HEAD
    except OSError:
        return False


def read(path: Path) -> Plan:
    """Read a plan to carry it out; raise UsageError for a damaged one, or one of another version."""
    try:
        data = json.loads(path.read_text("utf-8"))
        version = data.pop(FORMAT)
        if version != VERSION:
            raise UsageError(f"{path} is a plan of version {version}; this is version {VERSION}")
        return Plan(**{**data, "extra_vars": tuple(data["extra_vars"])}, holds=True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is damaged", why=str(error), hint="make a new plan") from None
