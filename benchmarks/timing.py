"""Run things in turns, time them, and print how they compare with the floor.

Machines are busy and unlike each other, so a time says little and a ratio of two times taken
one right after the other says much: that is all that these scripts are for.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

Times = Mapping[str, Sequence["Took"]]


class Took(NamedTuple):
    """Seconds by the clock, and of processor time of all that ran on this side."""

    wall: float
    cpu: float


class Case(NamedTuple):
    """A thing to time; `prepare` comes before each time, untimed."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


def parser(text: str, rounds: int) -> argparse.ArgumentParser:
    """Return a parser with the option that all benchmarks have."""
    made = argparse.ArgumentParser(description=text.partition("\n")[0])
    made.add_argument("--rounds", type=int, default=rounds, help=f"how often each runs ({rounds})")
    return made


def measure(cases: Sequence[Case], rounds: int) -> Times:
    """Run every case once in each round, in an order that turns; a first round is not counted."""
    times: dict[str, list[Took]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        shift = number % len(cases)
        for case in (*cases[shift:], *cases[:shift]):
            case.prepare()
            took = timed(case.run)
            if number:
                times[case.name].append(took)
    return times


def timed(run: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), processor()
    run()
    return Took(time.perf_counter() - wall, processor() - cpu)


def processor() -> float:
    """Return the processor time, in seconds, of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quietly(argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Run a command to its end; what it says is shown only if it fails."""
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{argv[:3]}… ended with {done.returncode}\n{done.stdout}{done.stderr}")


def show(title: str, times: Times, floor: str) -> None:
    """Print a table: median times, and the median and quartiles of the ratio in each round."""
    rounds = len(times[floor])
    lines = [f"{title}, {rounds} rounds; ratios to: {floor}", HEAD]
    lines += [row(name, times[name], times[floor]) for name in times]
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


HEAD = f"{'':34}{'ratio':>7}{'quartiles':>14}{'cpu ratio':>11}{'wall ms':>10}{'cpu ms':>9}"


def row(name: str, times: Sequence[Took], floor: Sequence[Took]) -> str:
    pairs = list(zip(times, floor, strict=True))
    ratios = sorted(each.wall / low.wall for each, low in pairs)
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    cpu = statistics.median(each.cpu for each in times)
    cpu_ratio = cpu / max(statistics.median(each.cpu for each in floor), 1e-3)
    wall = statistics.median(each.wall for each in times)
    middle = statistics.median(ratios)
    spread = f"{low:.2f}-{high:.2f}"
    return f"{name:34}{middle:7.2f}{spread:>14}{cpu_ratio:11.2f}{wall * 1e3:10.0f}{cpu * 1e3:9.0f}"


@contextlib.contextmanager
def folder_of_a_host(where: str | None = None) -> Iterator[str]:
    """Yield a folder that goes in the end: what compiles the code in it is waited for, a minute at most."""
    folder = tempfile.mkdtemp(dir=where)
    yield folder
    for left in range(600, -1, -1):
        try:
            shutil.rmtree(folder)
            return
        except OSError:
            if not left:
                raise
            time.sleep(0.1)
