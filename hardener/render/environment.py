"""The sandbox in which templates run, and the templates compiled so far.

Names are looked up in a scope that renders variables only when they are asked for; it travels
in the context, so that one environment, and one compiled template, serves all hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from typing import Any

from jinja2 import BaseLoader, TemplateSyntaxError, meta, nodes
from jinja2.lexer import Lexer
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from hardener.render import simple
from hardener.render.absent import with_prefixes
from hardener.render.filters import FILTERS
from hardener.render.plain import OMIT, text
from hardener.render.tests import TESTS
from hardener.render.undefined import Missing

SCOPE = " scope"  # no name in a template can hold a space
_RESULT = "result"


class ScopeContext(Context):
    """Looks a name up in the template itself, then in the scope, then among the globals."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, or jinja's `missing`."""
        for names in (self.vars, self.parent):
            if key in names:
                return names[key]
        scope = self.parent.get(SCOPE, {})
        return scope[key] if key in scope else GLOBALS.get(key, missing)


class Environment(ImmutableSandboxedEnvironment):
    """Jinja2, strict: values cannot be changed, and undefined names are errors.

    As Ansible has it, the newline behind a tag goes, and so does the last one of all: what is included
    in the middle of a line does not break it. `ended` puts back what is missing at the end.
    """

    context_class = ScopeContext

    def __init__(self, *, loader: BaseLoader | None = None) -> None:
        super().__init__(undefined=Missing, finalize=text, trim_blocks=True, loader=loader)
        for own, given in ((self.filters, FILTERS), (self.tests, TESTS)):
            own.update(given)
            own.update({full: own[name] for full, name in with_prefixes(own).items()})
        self.globals.clear()  # or they would hide variables of the same name; see ScopeContext


class KeptBackslashes(Lexer):
    r"""Leaves backslashes in the texts of `{{ }}` as they are: YAML has read them.

    Ansible's rule: `"{{ x | regex_replace('(a)', '\\1') }}"` means group 1, and not the character 1.
    Not in `{% %}`, nor in conditions or template files.
    """

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Double them, since jinja halves them."""
        inside = False
        for line, token, found in super().tokeniter(source, name, filename, state):
            inside = token == "variable_begin" or (inside and token != "variable_end")
            doubled = inside and token == "string"
            yield line, token, found.replace("\\", "\\\\") if doubled else found


class OfValues(Environment):
    """That of values in YAML."""

    @cached_property
    def lexer(self) -> Lexer:
        return KeptBackslashes(self)


SPARING = frozenset({"default", "d", "mandatory", "defined", "undefined"})
GLOBALS: Mapping[str, Any] = {**ImmutableSandboxedEnvironment().globals, "omit": OMIT}
VALUES, CONDITIONS = OfValues(), Environment()


Run = Callable[[Mapping[str, object]], object]


@lru_cache(maxsize=20_000)
def value(source: str) -> Callable[[Mapping[str, object]], object]:
    """Compile a value; one that is exactly `{{ expression }}` keeps the expression's type."""
    found = None if source.endswith("\n") else simple.parts(source)
    if found:
        return partial(simple.joined, found, look=look, text=text)
    tree = VALUES.parse(source)
    match tree.body:
        case [nodes.Output(nodes=[nodes.Expr() as expression])] if not (
            _is_text(expression) or source.endswith("\n")
        ):
            return _expression(_tree(expression, VALUES))
    return _joined(VALUES.from_string(tree), newlines(source))


def line(error: Exception) -> int:
    """Tell in which line of a value's template an error arose, from 1; 0 where that is not known."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    found, step = 0, error.__traceback__
    while step:
        lines = step.tb_frame.f_globals.get("debug_info") or ""  # jinja's: `1=12&2=14`
        pairs = [pair.split("=") for pair in lines.split("&") if pair]
        found = max((int(own) for own, code in pairs if int(code) <= step.tb_lineno), default=found)
        step = step.tb_next
    return found


def ended(rendered: str, least: int) -> str:
    """Give a rendered text at least so many newlines at its end."""
    return rendered + "\n" * (least - newlines(rendered))


def newlines(text: str) -> int:
    """Count the newlines at the end."""
    return len(text) - len(text.rstrip("\n"))


@lru_cache(maxsize=20_000)
def condition(source: str) -> Run:
    """Compile an expression that stands without braces, as in `when`."""
    return _expression(_parse_condition(source))


@lru_cache(maxsize=20_000)
def value_names(source: str) -> frozenset[str]:
    """Name the variables that a value takes from outside."""
    found = simple.parts(source)
    return simple.names(found) - GLOBALS.keys() if found else names_in(VALUES.parse(source))


def look(scope: Mapping[str, object], dotted: str) -> object:
    """Find `name.part.part` as a template would."""
    name, *attributes = dotted.split(".")
    found = scope[name] if name in scope else GLOBALS.get(name, missing)
    found = Missing(name=name) if found is missing else found
    for attribute in attributes:
        found = VALUES.getattr(found, attribute)
    return found


@lru_cache(maxsize=20_000)
def condition_names(source: str) -> frozenset[str]:
    """Name the variables that a condition takes from outside."""
    return names_in(_parse_condition(source))


@lru_cache(maxsize=20_000)
def condition_asks(source: str) -> frozenset[str]:
    """Name the variables without which a condition fails: none where it does with undefined ones."""
    tree = _parse_condition(source)
    spares = any(node.name in SPARING for node in tree.find_all((nodes.Filter, nodes.Test)))
    return frozenset() if spares else names_in(tree)


def _parse_condition(source: str) -> nodes.Template:
    return _tree(_bare(source), CONDITIONS)


def _bare(source: str, *, with_condexpr: bool = True) -> nodes.Expr:
    """Read an expression without braces; one with `if` in it only where that is wanted."""
    parser = Parser(CONDITIONS, source, state="variable")
    expression = parser.parse_expression(with_condexpr)
    if not parser.stream.eos:
        parser.fail(f"expected an operator, found {parser.stream.current.value!r}")
    return expression


def parsed(source: str) -> nodes.Template:
    """Read a value, to ask what it says: TemplateSyntaxError. It is not made ready to be rendered."""
    return nodes.Template(Parser(VALUES, source).subparse(), lineno=1)


def parsed_condition(source: str) -> nodes.Template:
    """Read in the same way an expression without braces, as `{% if %}` takes it."""
    return nodes.Template([nodes.Output([_bare(source, with_condexpr=False)])], lineno=1)


def names_in(tree: nodes.Template) -> frozenset[str]:
    """Name the variables that a template takes from outside."""
    return frozenset(meta.find_undeclared_variables(tree)) - GLOBALS.keys()


def _is_text(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.TemplateData)


def _tree(expression: nodes.Expr, environment: Environment) -> nodes.Template:
    target = nodes.Name(_RESULT, "store", lineno=1)
    tree = nodes.Template([nodes.Assign(target, expression, lineno=1)], lineno=1)
    tree.set_environment(environment)
    return tree


def _expression(tree: nodes.Template) -> Run:
    template = VALUES.from_string(tree)

    def run(scope: Mapping[str, object]) -> object:
        context = template.new_context({SCOPE: scope})
        for _ in template.root_render_func(context):
            pass
        return context.vars[_RESULT]

    return run


def _joined(template: Any, least: int) -> Run:
    def run(scope: Mapping[str, object]) -> object:
        parts: Iterator[str] = template.root_render_func(template.new_context({SCOPE: scope}))
        return ended("".join(parts), least)

    return run
