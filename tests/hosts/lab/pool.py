"""Fresh hosts without waiting: while a test uses one, the next of its sort boots."""

from concurrent.futures import Future, ThreadPoolExecutor

from lab.droplet import lay_booting, wait_for_programs
from lab.host import Host
from lab.session import Lab

#: Suite, and whether it is a droplet.
Sort = tuple[str, bool]


class Pool:
    """One spare host of each sort that was ever asked for; close it before its lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._spare: dict[Sort, Future[Host]] = {}
        self._work = ThreadPoolExecutor(1)

    def take(self, suite: str = "bookworm", droplet: bool = False) -> Host:
        """A booted host that nobody has used; its taker destroys it, or `give_back` does."""
        sort = (suite, droplet)
        spare = self._spare.pop(sort, None) or self._work.submit(self._make, sort)
        host = spare.result()
        self._spare[sort] = self._work.submit(self._make, sort)
        return host

    def give_back(self, host: Host) -> None:
        """Destroy it, but not in the test's time."""
        self._work.submit(host.destroy)

    def _make(self, sort: Sort) -> Host:
        suite, droplet = sort
        host = self.lab.host(suite=suite, prepare=lay_booting if droplet else None)
        if droplet:
            wait_for_programs(host)
        return host

    def close(self) -> None:
        """Wait for what is being made; the lab destroys all that is left."""
        self._work.shutdown(wait=True, cancel_futures=True)
