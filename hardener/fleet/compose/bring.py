"""Files of the controller that parameters name: templates, and what is sent as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hardener.errors import HardenerError
from hardener.playbook.files import found, looked_for
from hardener.playbook.model import Step
from hardener.playbook.schemas import language
from hardener.render import Renderer
from hardener.render.secrecy import used
from hardener.vault.reading import read


def brought(step: Step, params: Mapping[str, Any], renderer: Renderer) -> dict[str, Any]:
    """Read the controller's files that parameters name (the schema's `brings`)."""
    brings: dict[str, Any] = {}
    for name, (how, target) in language().schema("step", step.type).brings.items():
        if params.get(name) is not None:
            brings[target] = _bring(how, str(params[name]), step.params_place.at(name), renderer)
    return brings


def _bring(how: str, name: str, where: str, renderer: Renderer) -> str | bytes:
    if how == "template":
        return renderer.template(name, where=where)
    path = found(name, renderer.search)
    if path is None:
        hint = looked_for(name, renderer.search)
        raise HardenerError(f"there is no file {name}", where=where, hint=hint)
    try:
        data, secret = read(path)
    except OSError as error:
        raise HardenerError(f"{path} cannot be read: {error.strerror}", where=where) from error
    if secret:
        used()
    return data


def templates(step: Step) -> Iterator[str]:
    """Yield the template files that a step names."""
    for name, (how, _) in language().schema("step", step.type).brings.items():
        if how == "template" and isinstance(step.params.get(name), str):
            yield step.params[name]


def needed_by(renderer: Renderer, template: str) -> frozenset[str]:
    """Name what a template file needs; where it is not there, its rendering tells."""
    try:
        return renderer.needs_template(str(renderer.value(template)))
    except HardenerError:
        return frozenset()
