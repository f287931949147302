"""Words for the hosts of an earlier run: rollback, history, show, diff, health."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hardener.connect import Connector
from hardener.errors import ConnectError, HardenerError
from hardener.events import Event, Report
from hardener.fleet import hosts, outcome
from hardener.fleet.noting import noting
from hardener.fleet.options import Options
from hardener.fleet.rollout.side_by_side import side_by_side
from hardener.fleet.session import Session
from hardener.inventory import Host, Inventory
from hardener.render.variables import for_host


@contextmanager
def closed(inventory: Inventory) -> Iterator[None]:
    """Name the vaults that stayed closed where a variable may be missing because of it."""
    try:
        yield
    except HardenerError as error:
        if inventory.closed:
            error.hint = f"no password was given that opens {', '.join(inventory.closed)}"
        raise


def each_host(
    options: Options,
    names: Sequence[str],
    connector: Connector,
    report: Report,
    do: Callable[[Session], str],
    users: Mapping[str, Sequence[str]],
    playbook_dir: Path | None = None,
) -> dict[str, str]:
    """Open a session to every host (all of the inventory if no names are given) and `do` it there.

    `users` are those as whom the run worked on a host, newest last; "" is whoever logs in.
    Returns {host: status}, the worst of them; a host that can't be reached is `unreachable`, and so is
    one that the inventory does not have any more, unless there is a limit.
    """
    inventory = hosts.inventory_for(options, playbook_dir, patient=True)
    there, gone = hosts.still_there(inventory, names)
    pattern = ",".join(there) or "all"
    chosen = hosts.select(inventory, pattern, options) if there or not names else ()
    sessions: list[Session] = []

    def one(host: Host) -> tuple[str, str]:
        words = [as_user(host, user) for user in reversed(users.get(host.name, ("",)))]
        return host.name, outcome.worst(words)

    def as_user(host: Host, user: str) -> str:
        status = ""
        with noting(host.name, report) as noted:
            variables = for_host(host, inventory, extra_vars=options.extra_vars)
            with closed(inventory):
                target = hosts.target(host, options, variables, bool(user), user or "root")
            session = Session(target, connector, report)
            sessions.append(session)
            try:
                status = do(session)
            finally:
                session.close()
        return noted.status or status

    def hang_up() -> None:
        for session in sessions:
            session.hang_up()

    statuses = {} if options.limit else {name: _no_more(name, report) for name in gone}
    with side_by_side(options.forks, len(chosen), hang_up) as pool:
        return statuses | dict(pool.map(one, chosen))


def _no_more(name: str, report: Report) -> str:
    """Tell of a host of the run that the inventory does not have any more."""
    hint = "`--limit all` leaves it out; `-i` names an inventory that has it"
    error = ConnectError("it is not in the inventory any more", where=name, hint=hint)
    report(Event("error", name, {"status": "unreachable", **error.plain()}))
    return "unreachable"
