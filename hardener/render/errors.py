"""What can go wrong while a template, a condition or a variable is worked out."""

from __future__ import annotations

from hardener.errors import HardenerError


class RenderError(HardenerError):
    """A template that cannot be rendered; `where` is the place of the template."""

    exit_code = 64


class CircleError(RenderError):
    """Variables that refer to each other in a circle."""
