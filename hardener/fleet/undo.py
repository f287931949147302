"""Words for the hosts of an earlier run: rollback, history, show, diff, health."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hardener.connect import Secrets
from hardener.errors import ConnectError, HardenerError
from hardener.events import Event, Report
from hardener.fleet import hosts
from hardener.fleet.options import Options
from hardener.fleet.session import Session
from hardener.fleet.side_by_side import side_by_side
from hardener.inventory import Host
from hardener.render.variables import for_host


def each_host(
    options: Options,
    names: Sequence[str],
    secrets: Secrets,
    report: Report,
    do: Callable[[Session], str],
    become: Mapping[str, str],
) -> dict[str, str]:
    """Open a session to every host (all of the inventory if no names are given) and `do` it there.

    `become` names the user that the run worked as by sudo, for each host where it did.
    Returns {host: status}; a host that can't be reached is `unreachable`.
    """
    inventory = hosts.inventory_for(options)
    chosen = hosts.select(inventory, ",".join(names) or "all", options)
    sessions: list[Session] = []

    def one(host: Host) -> tuple[str, str]:
        variables = for_host(host, inventory, extra_vars=options.extra_vars)
        user = become.get(host.name, "root")
        target = hosts.target(host, options, variables, host.name in become, user)
        session = Session(target, secrets, report)
        sessions.append(session)
        try:
            return host.name, do(session)
        except HardenerError as error:
            status = "unreachable" if isinstance(error, ConnectError) else "failed"
            fields = {key: getattr(error, key) for key in ("what", "where", "why", "hint")}
            report(Event("error", host.name, {"status": status, **fields}))
            return host.name, status
        finally:
            session.close()

    def hang_up() -> None:
        for session in sessions:
            session.hang_up()

    with side_by_side(options.forks, len(chosen), hang_up) as pool:
        return dict(pool.map(one, chosen))
