"""Templates: values, conditions and files rendered with the variables of a host."""

from hardener.render.errors import CircleError, RenderError
from hardener.render.needs import names_in, names_in_condition
from hardener.render.renderer import Renderer
from hardener.render.scope import Variables

__all__ = ["CircleError", "RenderError", "Renderer", "Variables", "names_in", "names_in_condition"]
