"""Checks as a host asks them."""

from __future__ import annotations

from typing import Any

from hardener.fleet.compose.quiet import is_secret, quiet
from hardener.playbook.model import Check
from hardener.playbook.params import validate_params
from hardener.render import Renderer


def asked(check: Check, renderer: Renderer) -> dict[str, Any]:
    """Return a check as the host asks it."""
    with quiet(is_secret(renderer.needs(check.params))) as seen:
        rendered = renderer.value(check.params, check.params_place.at)
        params = validate_params(check.type, rendered, check.params_place, kind="check")
    numbers = {
        key: renderer.value(getattr(check, key), check.place.at(key))
        for key in ("retries", "delay")
    }
    head = {"type": check.type, "title": check.name, "where": check.where}
    return {
        **head,
        "params": params,
        "no_log": seen.secret or check.place.document.secret,
        **numbers,
    }
