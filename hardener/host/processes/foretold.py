"""What a preview can't foretell of processes: those that an earlier step ends, or starts anew."""

from hardener.host.errors import Unknown

# Kinds that may start processes.
STARTING = ("service", "service_restart", "command", "supervisor_update", "package")
ENDING = STARTING + ("process",)  # or end some


def unless_ended(resource, view, why, kinds=ENDING):
    """Raise Unknown in a preview where an earlier step may end what this is said of."""
    if view.foretells(kinds, but=lambda state: getattr(state, "born", None) is not None):
        raise Unknown(resource, why + "; an earlier step may end them")


def unless_begun(resource, view, why):
    """Raise Unknown in a preview where an earlier step may start something: not one that stops a unit."""
    if view.foretells(STARTING, but=lambda state: getattr(state, "running", None) is False):
        raise Unknown(resource, why + "; an earlier step may start something")
