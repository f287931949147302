"""Turn a play of the playbook into the message that one host carries out.

All that can be rendered is rendered here, and checked once more against the
schemas, before any host is told to begin. A step that needs the result of an
earlier one is sent without `calls`; the host asks for them when it comes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from hardener.connect.packing import Packed, packed, spliced
from hardener.dataclass import dataclass, field
from hardener.errors import ConnectError, HardenerError, HostError, Mistakes
from hardener.fleet.compose.bring import brought, needed_by, templates
from hardener.fleet.compose.call import beyond, head_of, renderer_condition, said
from hardener.fleet.compose.checks import asked
from hardener.fleet.compose.choice import Choice
from hardener.fleet.compose.fixed import Fixed
from hardener.fleet.compose.handlers import Handlers
from hardener.fleet.compose.judged import is_judged, refuse_undefined, result_name, verdict_on
from hardener.fleet.compose.loops import item_as_told, items_of, shown_item
from hardener.fleet.compose.off import Off
from hardener.fleet.compose.quiet import quiet, says_no_log, used_by, uses_secrets
from hardener.fleet.compose.titles import title_of, title_of_group
from hardener.fleet.compose.values import (
    environment_of,
    may_notify,
    notified,
    on_failure,
    own,
    own_flag,
)
from hardener.fleet.elsewhere.errands import Errands
from hardener.fleet.elsewhere.once import Once
from hardener.fleet.rights import Rights
from hardener.playbook.model import Block, Play, Step
from hardener.playbook.params import as_text, validate_key, validate_params
from hardener.playbook.schemas import language
from hardener.render import Renderer
from hardener.render.variables import for_step

if TYPE_CHECKING:
    from hardener.fleet.session import Session

Call = dict[str, Any]
T = TypeVar("T")
FAILED = frozenset({"ansible_failed_task", "ansible_failed_result"})
"""What a rescue knows of the step that failed; the host says it."""


@dataclass
class Composer:
    """One play for one host; `renderer` knows the host's variables and facts.

    `extra` names the variables of -e, which win over those of steps; `once` knows who does the
    steps that one host of a batch does for all, `errands` what this one has done elsewhere, `fixed`
    what all hosts of the play are sent in the same words.
    """

    play: Play
    number: int
    renderer: Renderer
    choice: Choice = field(default_factory=Choice)
    rights: Rights = field(default_factory=Rights)
    extra: frozenset[str] = frozenset()
    once: Once | None = None
    errands: Errands | None = None
    fixed: Fixed = field(default_factory=Fixed)
    pace: Callable[[int], None] = lambda number: None  # waits until a step may begin

    def __post_init__(self) -> None:
        every = (*self.play.steps, *self.play.handlers)
        self.steps = {step.number: step for step in every}
        self.registers = {step.register for step in every if step.register} | FAILED
        self.renderer = self.renderer.expecting(self.registers)
        self.handlers = Handlers(())
        self.off = Off({})
        self.mistakes: list[HardenerError] = []  # found while the message is made
        self.secret_results: set[str] = set()  # those of steps that use a secret

    @property
    def host(self) -> str:
        return str(self.renderer.variables.get("inventory_hostname", ""))

    @contextmanager
    def done_once(self) -> Iterator[None]:
        """Let nobody wait any more for what this host does for all, once it has ended."""
        try:
            yield
        finally:
            if self.once and self.once.host == self.host:
                self.once.end()

    def message(self, playbook: str) -> dict[str, Any]:
        """Return the whole play as the host's engine takes it; each of its steps is packed."""
        self.off, self.mistakes = Off.of(self.play, self.renderer), []
        self.handlers = Handlers(
            [(each, self._title(each), self._of_handler(each)) for each in self.play.handlers]
        )
        steps = list(self._parts(self.play.parts))
        handlers = [
            each for step in self.handlers.at(None) for each in self._sound(self.handler, step)
        ]
        if self.mistakes:
            first, *more = self.mistakes
            raise Mistakes(self.mistakes) if more else first
        place = self.play.place.at("on_failure")
        return {
            "number": self.number,
            "name": self.play.name,
            "playbook": playbook,
            "on_failure": on_failure(self.renderer.value(self.play.on_failure, place), place),
            "snapshots": self.snapshots(),
            "steps": steps,
            "together": bool(self.errands and self.errands.sessions),
            "handlers": handlers,
            "preflight": [asked(check, self.renderer) for check in self.play.preflight],
            "verify": [asked(check, self.at_last()) for check in self.play.verify],
            **({"paced": True} if self.play.strategy == "linear" else {}),
        }

    def at_last(self) -> Renderer:
        """Return what is known when all steps are done."""
        return for_step(self.renderer, own=self.play.included, extra=self.extra)

    def _parts(self, parts: Sequence[Step | Block]) -> Iterator[Packed]:
        """Yield the chosen steps; a block is one entry with its three lists of them."""
        for part in parts:
            if isinstance(part, Step):
                if self.choice.takes(part, self.play):
                    yield from self._sound(self._packed, part)
                continue
            names = ("block", "rescue", "always")
            lists = {name: list(self._parts(getattr(part, name))) for name in names}
            if any(lists.values()):
                head = {"title": title_of_group(part, self.renderer), "where": part.where}
                yield b"".join(spliced(head, **lists))

    def _packed(self, step: Step) -> Packed:
        """Return a step as it is sent, to every host in the same words where it can be."""
        fixed = None if self.off.reason(step, self.play) else self.fixed.of(step)
        return fixed or packed(self.step(step))

    def _sound(self, make: Callable[[Step], T], step: Step) -> Iterator[T]:
        """Yield what is made of a step; what is wrong in it is told with the mistakes of the others."""
        try:
            made = make(step)
        except (ConnectError, HostError):
            raise
        except HardenerError as error:
            self.mistakes += error.every
        else:
            yield made

    def confirm_via(self) -> dict[str, Any]:
        """Return the way in that the play leads to, where it is another than before."""
        place = self.play.place.at("confirm_via")
        found: dict[str, Any] = {
            key: self.renderer.value(value, place) for key, value in self.play.confirm_via.items()
        }
        return {**found, "port": int(found["port"])} if "port" in found else found

    def snapshots(self) -> dict[str, Any] | None:
        """Return how much of earlier runs may stay; None where nothing is to be removed."""
        if self.play.snapshots is None:
            return None
        place = self.play.place / "snapshots"
        given = {
            name: self.renderer.value(value, place.at(name))
            for name, value in self.play.snapshots.items()
        }
        return validate_key("snapshots", given, place)

    def _title(self, step: Step) -> str:
        """Return the title of a step as a whole, whatever its items are."""
        return title_of(step, self._within(self.renderer, step))

    def _head(self, step: Step) -> Call:
        return head_of(step, self._within(self.renderer, step))

    def handler(self, step: Step) -> dict[str, Any]:
        name, *others = self.handlers.names(step)
        return {"name": name, "names": [name, *others], "steps": [self.step(step)]}

    def _of_handler(self, step: Step) -> Session | None:
        """Return where a handler is done, if that is elsewhere: there it is one of the play there."""
        session = self._errand(step, self._within(self.renderer, step))
        awaited = sorted(self._awaited(step)) if session else ()
        for name in awaited:
            what = f"a handler that is done elsewhere can't use `{name}`, a result of a step here"
            hint = "write a step with `when: RESULT.changed` and this `delegate_to`"
            raise HardenerError(what, where=step.where, hint=hint)
        return session

    def handlers_at(self, session: Session) -> list[dict[str, Any]]:
        """Return the handlers of the play that are done on another host."""
        assert self.errands
        return [
            self.errands.handler(
                step, self.handlers.names(step), list(self.calls(step, self.renderer))
            )
            for step in self.handlers.at(session)
        ]

    def step(self, step: Step) -> dict[str, Any]:
        """Return a step with its calls, or without them where they wait for a result."""
        reason = self.off.reason(step, self.play)
        more = said(register=step.register, looped=step.loop is not None)
        head = {**self._head(step), **more, **may_notify(step)}
        if reason:
            off = [{"skip": reason, "as": "off"}]
            return {**head, "once": self._once(step), "calls": off}
        refuse_undefined(step, self._within(self.renderer, step))
        if self._awaited(step):
            self._expect(step)
            return {**head, "once": self._once(step)}
        calls = list(self.calls(step, self.renderer))
        asked = self._once(step) or any("errand" in call for call in calls)
        return (
            {**head, "once": self._once(step)}
            if asked
            else {**head, "calls": [beyond(head, call) for call in calls]}
        )

    def _expect(self, step: Step) -> None:
        """Tell where a step may be done that waits for results: that must be known before them."""
        within, place = self._within(self.renderer, step), step.place.at("delegate_to")
        control = step.loop_control
        needed = within.needs(step.delegate_to)
        of_item = needed & {control.loop_var, control.index_var}
        late = needed | (within.needs(step.loop) if of_item else frozenset())
        for name in sorted(late & self.registers):
            what = f"where a step is done must be known before the play begins, and `{name}` is a result"
            hint = "write one step for each host, with `when`"
            raise HardenerError(what, where=place, hint=hint)
        for _, each in items_of(step, within) if of_item else [("", within)]:
            self._errand(step, each)

    def _errand(self, step: Step, renderer: Renderer) -> Session | None:
        """Return the session of the host where a step is done, if that is not this one."""
        if step.delegate_to is None or self.errands is None:
            return None
        name, become = str(own(step, "delegate_to", renderer)), own(step, "become", renderer)
        return self.errands.expect(name, become, step.place.at("delegate_to"))

    def _once(self, step: Step) -> bool:
        return self.once is not None and own_flag(step, "run_once", self.renderer)

    def _awaited(self, step: Step) -> frozenset[str]:
        """Name the results that a step needs."""
        renderer = self._within(self.renderer, step)
        needed = renderer.needs([*used_by(step), step.delegate_to])
        needed |= renderer.needs_condition([expression for expression, _ in step.when])
        for name in templates(step):
            needed |= needed_by(renderer, name)
        return needed & self.registers

    def _within(self, renderer: Renderer, step: Step) -> Renderer:
        return for_step(
            renderer, defaults=step.defaults, own=step.vars, given=step.given,
            extra=self.extra, search=step.search,
        )  # fmt: skip

    def _knowing(self, results: Mapping[str, Any]) -> Renderer:
        """Return a renderer that knows results of steps; -e wins over them, too."""
        found = {name: result for name, result in results.items() if name not in self.extra}
        return self.renderer.extended(found, literal=True, secret=self.secret_results)

    def answer(self, number: int, stage: str, results: Mapping[str, Any]) -> list[Call]:
        """Return the calls of a step now that these results are known."""
        step = self.steps[number]
        if self.once and self._once(step) and self.once.host != self.host:
            return [self._by_another(step, self.once, stage)]
        try:
            calls = list(self.calls(step, self._knowing(results)))
        except HardenerError:
            waiting = [name for name, result in results.items() if result.get("unknown")]
            if not waiting:
                raise
            waiting.sort(key=lambda name: name not in self._awaited(step))
        else:
            return self.errands.done(calls, stage) if self.errands else calls
        head = {**self._head(step), **may_notify(step)}
        return [{**head, "unknown": f"needs the result `{waiting[0]}` of a step that has not run"}]

    def _by_another(self, step: Step, once: Once, stage: str) -> Call:
        """Wait for the result of the host that does this step; what is secret there is so here."""
        told = once.ask(step.key, stage)
        self.secret_results |= once.secret
        return {
            **self._head(step),
            "skip": f"run once, on {once.host}",
            "told": told,
        }

    def calls(self, step: Step, renderer: Renderer) -> Iterator[Call]:
        """Yield what the host is to do for a step: one call, or one for each item."""
        within = self._within(renderer, step)
        secret = uses_secrets(step, within)
        with quiet(secret or says_no_log(step, within)):
            for label, each in items_of(step, within):
                yield self._call(step, label, each, secret)

    def _call(self, step: Step, label: str, renderer: Renderer, secret: bool) -> Call:
        head = head_of(step, renderer, label)
        skip = renderer_condition(renderer, step)
        if skip:
            return {**head, "skip": skip, "of_item": {} if secret else shown_item(step, renderer)}
        return {**head, **self._quietly(step, renderer, secret)}

    def _quietly(self, step: Step, renderer: Renderer, secret: bool) -> Call:
        """Have a step that uses something out of a vault tell nothing: as `no_log`, and so has its result."""
        with quiet(secret or says_no_log(step, renderer)) as seen:
            rest = self._rest(step, renderer)
        if not seen.secret and not step.secret:
            return rest
        self.secret_results.update(filter(None, [step.register]))
        if self.once and self.once.host == self.host:
            self.once.secret |= self.secret_results
        return {**rest, "no_log": True}

    def _rest(self, step: Step, renderer: Renderer) -> Call:
        errand = self._errand(step, renderer)
        if errand is None:
            self._becomes(step, renderer)
        return {
            "params": self.params(step, renderer),
            **self.handlers.told(step, notified(step, renderer), errand),
            **said(
                become_user=own(step, "become_user", renderer),
                no_log=own_flag(step, "no_log", renderer),
                if_possible=own_flag(step, "if_possible", renderer),
                ignore_errors=own(step, "ignore_errors", renderer),
                judged=is_judged(step),
                never_changed=step.changed_when == (False,),
                of_item=item_as_told(step, renderer),
                risk=own_flag(step, "guarded", renderer) and "access",
                preflight=[asked(check, renderer) for check in step.preflight],
                verify=[asked(check, renderer) for check in step.verify],
                errand=errand,
            ),
            **(self._again(step, renderer) if step.until else {}),
        }

    def _again(self, step: Step, renderer: Renderer) -> Call:
        return {key: own(step, key, renderer) for key in ("retries", "delay")}

    def does(self, step: Step) -> bool:
        """Is it chosen, and not left to another host of the batch?"""
        chosen = self.choice.takes(step, self.play) and not self.off.reason(step, self.play)
        return chosen and not (self.once and self._once(step) and self.once.host != self.host)

    def agree(self, stage: str, todo: bool) -> bool:
        """Is there something to do, here or elsewhere? HardenerError where a host can't do its part."""
        return self.errands.agree(stage, todo) if self.errands else todo

    def _becomes(self, step: Step, renderer: Renderer) -> None:
        """Refuse a step that would need other rights than its play: that is one user's work."""
        wanted = own(step, "become", renderer)
        if wanted in (True, "true") and not self.rights.everything:
            what = "a step can't `become` another user by itself: its play works as who logs in"
            raise HardenerError(
                what, where=step.place.at("become"), hint="write `become: true` on the play"
            )
        if wanted in (False, "false") and self.rights.became:
            what = "a step can't do without the `become` of its play"
            raise HardenerError(
                what, where=step.place.at("become"), hint="give it a play of its own"
            )

    def params(self, step: Step, renderer: Renderer) -> dict[str, Any]:
        """Render, check again, and put in what the playbook's own files bring."""
        schema = language().schema("step", step.type)
        params = schema.fill(step.params) if step.final else self._rendered(step, renderer)
        if step.type == "command":
            params["harmless"] = step.changed_when == (False,)
            params["environment"] = environment_of(self.play, step, params["environment"], renderer)
        return {**params, **brought(step, params, renderer)}

    def _rendered(self, step: Step, renderer: Renderer) -> dict[str, Any]:
        place, schema = step.params_place, language().schema("step", step.type).data
        rendered = renderer.value(step.params, place.at)
        assert isinstance(rendered, dict)
        return validate_params(step.type, as_text(schema, drop_none(rendered), step.params), place)

    def judge(self, number: int, result: Mapping[str, Any]) -> dict[str, Any]:
        """Decide `changed_when`, `failed_when` and `until` of a step by its result."""
        step = self.steps[number]
        renderer = self._within(self._knowing({result_name(step): result}), step)
        with quiet(uses_secrets(step, renderer) or says_no_log(step, renderer)):
            return verdict_on(step, renderer)


def drop_none(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if value is not None}
