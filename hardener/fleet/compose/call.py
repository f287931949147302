"""What a call says beside its parameters: which step it is of, and why it is skipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardener.fleet.compose.titles import framed, name_of
from hardener.playbook.model import Step
from hardener.render import Renderer


def head_of(step: Step, renderer: Renderer, label: str = "") -> dict[str, Any]:
    """Return what a host tells of a step, or of one item of its loop, beside what came of it."""
    name = name_of(step, renderer)
    return {
        "number": step.number,
        "title": framed(step, renderer, name, label),
        "name": name,
        "type": step.type,
        "where": step.where,
        **said(
            controls=list(step.controls),
            tags=list(step.tags),
            about=said(why=step.why, risk=step.risk),
        ),
    }


def said(**words: Any) -> dict[str, Any]:
    """Return what is said of a call: a host takes what is not there for false, none or empty."""
    return {name: each for name, each in words.items() if each}


def beyond(head: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a call says that its step does not: a host puts the two together again."""
    return {key: each for key, each in call.items() if key not in head or head[key] != each}


def renderer_condition(renderer: Renderer, step: Step) -> str:
    """Return why the step is skipped; empty if it is not."""
    for part, where in step.when:
        if not renderer.condition(part, where):
            return f"when: {part}" if isinstance(part, str) else "when: false"
    return ""
