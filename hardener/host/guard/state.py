"""What a journal says of a guarded run; the deadline is in seconds of CLOCK_BOOTTIME, in the boot named."""

from hardener.host.record import lock
from hardener.host.typed import NamedTuple, Optional

UNCONFIRMED = "unconfirmed"


class State(NamedTuple):
    """`waits`: it ended and waits for its confirmation; `over`: nothing is left to watch."""

    armed: bool = False
    waits: bool = False
    over: bool = False
    boot: str = ""
    deadline: Optional[float] = None
    then: str = ""  # the word for it once it is confirmed

    def left(self, system):
        """Seconds until the deadline; 0 where it is past, or counted in another boot."""
        if not self.waits:
            return 0.0
        same = self.boot == lock.boot_id(system)
        return max(0.0, self.deadline - system.clock()) if same else 0.0

    def rebooted(self, system):
        return self.boot != lock.boot_id(system)


def read(records):
    """Return the State after these records."""
    state = State()
    for record in records:
        if record["is"] == "armed":
            state = State(armed=True, boot=record["boot"])
        elif record["is"] == "end" and record["status"] == UNCONFIRMED:
            waits = {name: record[name] for name in ("boot", "deadline", "then")}
            state = state._replace(waits=True, **waits)
        elif record["is"] == "extended":
            state = state._replace(boot=record["boot"], deadline=record["deadline"])
        elif record["is"] == "end":
            state = State(over=True)
    return state
