"""Many hosts in one run: what each further one costs the controller. Needs root; boots a Debian host.

python -m benchmarks.fleet --hosts 1,10,100
python -m benchmarks.fleet --hosts 1,10,100 --workers 2     # the same through workers, beside it

Every name of the inventory is a login of its own, and a dry run of its own, on that one host.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.rig import LAB, Rig, rig
from benchmarks.timing import parser

STEPS = 20
# harden in a Python that says in the end what it took: its own memory and time, that of `ssh -G` apart.
MEASURED = """
import resource, sys
from hardener.cli import run
try:
    sys.exit(run())
finally:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    took = [use.ru_utime + use.ru_stime for use in (own, others)]
    sys.stderr.write("took %d %f %f\\n" % (own.ru_maxrss, *took))
"""


class Took(NamedTuple):
    """Kibibytes of memory at most, and seconds of processor time: its own, and that of `ssh -G`."""

    memory: int
    own: float
    children: float


def main() -> None:
    wanted = arguments()
    with rig() as made:
        site = Site(made, wanted.forks)
        site.run(1)  # the host keeps the code from now on
        rows = [(count, best(site, count, wanted.rounds)) for count in wanted.hosts]
        sys.stdout.write(table(rows))
        if wanted.workers:
            through(site, wanted)


def through(site: Site, wanted: argparse.Namespace) -> None:
    """Measure the same where workers hold the connections."""
    with site.cluster(wanted.workers) as url:
        more = ("--executor", url)
        rows = [(count, best(site, count, wanted.rounds, *more)) for count in wanted.hosts]
    sys.stdout.write(f"Through {wanted.workers} workers\n{table(rows)}")


def arguments() -> argparse.Namespace:
    known = parser(__doc__ or "", rounds=3)
    known.add_argument("--hosts", type=numbers, default=[1, 10, 100], help="how many (1,10,100)")
    known.add_argument("--forks", type=int, default=8, help="as for harden (8)")
    known.add_argument("--workers", type=int, default=0, help="of a Dask cluster, too (none)")
    return known.parse_args()


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


class Site:
    """An inventory of names for one host, and a playbook that is not the same for any two of them."""

    def __init__(self, made: Rig, forks: int) -> None:
        self._made, self._forks = made, forks
        self._folder = made.lab.folder
        own = f"Host *\n  HostKeyAlias {made.host.name}\n"
        self._config = self._write("one-for-all", own + made.lab.ssh_config.read_text())
        steps = [
            f"    - file: {{path: /srv/{n}, content: '{{{{ inventory_hostname }}}}', mode: '0644'}}"
            for n in range(STEPS)
        ]
        self._playbook = self._write(
            "fleet.yml", "\n".join(["- hosts: all", "  steps:", *steps]) + "\n"
        )

    @contextmanager
    def cluster(self, workers: int) -> Iterator[str]:
        """Start so many where the hosts can be reached; gives what `--executor` takes."""
        sys.path.insert(0, str(LAB.parent))
        from connect.dask_cluster import Cluster

        with Cluster(Path(self._folder), self._made.lab.controller_popen) as cluster:
            for number in range(workers):
                cluster.worker(f"worker-{number}")
            yield cluster.url

    def run(self, count: int, *more: str) -> Took:
        """Show what would change on so many hosts."""
        address = self._made.host.address
        names = [f"    host-{n:04}: {{address: {address}}}" for n in range(count)]
        lines = ["all:", "  vars: {user: root}", "  hosts:", *names]
        inventory = self._write("fleet-hosts.yml", "\n".join(lines) + "\n")
        words: list[str | Path] = [
            "apply", self._playbook, "--dry-run", "-i", inventory, "--forks", str(self._forks),
            "--ssh-config", self._config, *more,
        ]  # fmt: skip
        done = self._made.lab.controller(
            [sys.executable, "-c", MEASURED, *words], env=self._made.env, timeout=3600
        )
        found = re.search(r"took (\d+) (\S+) (\S+)", done.stderr)
        if done.returncode or not found:
            raise SystemExit(f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return Took(int(found[1]), float(found[2]), float(found[3]))

    def _write(self, name: str, text: str) -> Path:
        path = Path(self._folder) / name
        path.write_text(text)
        return path


def best(site: Site, count: int, rounds: int, *more: str) -> Took:
    """The least of each figure: whatever else the machine does only adds to it."""
    took = [site.run(count, *more) for _ in range(rounds)]
    return Took(*(min(each) for each in zip(*took, strict=True)))


def table(rows: Sequence[tuple[int, Took]]) -> str:
    head = (
        f"{'hosts':>6}{'MB':>8}{'cpu s':>8}{'ssh -G ms':>11}{'MB a host':>11}{'cpu ms a host':>15}"
    )
    lines = [f"A dry run of {STEPS} file steps; a host: each further one", head]
    first, low = rows[0]
    for count, took in rows:
        line = f"{count:6}{took.memory / 1024:8.1f}{took.own:8.2f}{took.children * 1e3:11.1f}"
        if count > first:
            more = count - first
            cpu = took.own + took.children - low.own - low.children
            line += f"{(took.memory - low.memory) / 1024 / more:11.2f}{cpu / more * 1e3:15.1f}"
        lines.append(line)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
