"""D24: batches and limits do what they say, and a host that can't be reached counts as any other that failed."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from fleet.folders import Fleet, play

HOSTS = "abcd"
SERIAL = {"": [4], "serial: 1": [1, 1, 1, 1], "serial: 2": [2, 2], "serial: [1, 100%]": [1, 3]}
LIMIT = (None, 49, 50)
BAD = {"b": ("b", ""), "a": ("", "a"), "ab": ("a", "b")}
"""Who is bad: those that can't be reached, those that are not well."""


def should_be_done(sizes: list[int], limit: int | None, bad: str) -> list[str]:
    """Batch by batch: the good ones, until too many of one were bad, or all."""
    done, rest = [], list(HOSTS)
    for size in sizes:
        batch, rest = rest[:size], rest[size:]
        done += [name for name in batch if name not in bad]
        share = 100 * sum(name in bad for name in batch) / len(batch)
        if share == 100 or (limit is not None and share > limit):
            break
    return done


@pytest.mark.parametrize(
    ("serial", "limit", "bad"),
    list(product(SERIAL, LIMIT, BAD)),
    ids=lambda each: str(each) or "all",
)
def test_matrix(tmp_path: Path, serial: str, limit: int | None, bad: str) -> None:
    fleet = Fleet(tmp_path, HOSTS)
    away, unwell = BAD[bad]
    fleet.breaks(*unwell)
    inventory = json.loads((tmp_path / "hosts.json").read_text())
    for name in away:
        inventory["all"]["hosts"][name] = {"host": "127.0.0.1", "port": 1}
    (tmp_path / "hosts.json").write_text(json.dumps(inventory))
    keys = [serial, "" if limit is None else f"max_fail_percentage: {limit}", "gather_facts: false"]
    fleet.apply(play("\n  ".join(filter(None, keys))))
    assert fleet.done() == should_be_done(SERIAL[serial], limit, bad)
