"""How a command comes to its hosts: from this machine, or from workers near them."""

from __future__ import annotations

from typing import Any

import click

from hardener.cli.ask import secrets_from
from hardener.connect import Connector, Direct


class Connectors:
    """Asks for passwords once, and connects to a scheduler once, for all runs of a command."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._secrets = secrets_from(given)
        self._made: dict[str, Connector] = {}

    def by(self, executor: str | None) -> Connector:
        """Return the connector that an `--executor` names; None is this machine."""
        if not executor:
            return Direct(self._secrets)
        if executor not in self._made:
            from hardener.workers import workers

            made = workers(executor, self._secrets)
            click.get_current_context().call_on_close(made.close)
            self._made[executor] = made
        return self._made[executor]


def connector_from(given: dict[str, Any]) -> Connector:
    """Return the connector of a command that goes one way."""
    return Connectors(given).by(given["executor"])
