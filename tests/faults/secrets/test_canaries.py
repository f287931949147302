"""Secrets of steps that say `no_log` are looked for on both sides, whatever happens to the run (D20).

A canary stands wherever a secret can stand: content, templates, loop items, ini values, the environment
and input of commands, results, -e, lookups, what is hashed. Then everything is searched: what is said in
both formats, arguments and environment of processes while they run, plans, journals, logs, records,
temporary folders. Only the files that were asked for and the private snapshots may hold one.
Proves F35 (docs/SAFETY.md).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.secrets.plan import HOME, WORD, WRONG, canary, lay, lay_host
from faults.secrets.site import Site, Watch
from lab.session import Lab


@pytest.fixture(params=["local", "ssh"])
def site(
    lab: Lab, make_host: Callable[..., Any], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Site]:
    host = make_host(prepare=lay_host, boot=request.param == "ssh")
    site = Site(lab, host, tmp_path, request.param)
    watch = Watch(site.secrets)
    with watch.looking():
        yield site
    assert watch.looks > 10
    assert not watch.seen


def searched(site: Site, tally: Callable[..., None]) -> None:
    found = site.leaks()
    print("\n".join(found))
    tally("searches for planted secrets", tried=len(site.told), lost=len(found))
    assert not site.open_snapshots()


def test_a_run_tells_no_secret(site: Site, tally: Callable[..., None]) -> None:
    book = str(lay(site.folder / "play"))
    extra = ("-e", f"@{site.folder}/play/extra.yml")
    for style in ("text", "jsonl"):
        assert site.harden("apply", book, *extra, "--dry-run", "--format", style) == 0
    plan = str(site.folder / "state" / "plan.json")  # where everything is searched
    assert site.harden("plan", book, *extra, "-o", plan) == 0, site.told[-1]
    site.harden("show", plan)
    assert site.harden("apply", plan, *extra, "--diff") == 0, site.told[-1]
    assert site.snapshots()
    held = site.host.root / HOME.lstrip("/")
    assert (held / "env").read_text() == canary("env") == (held / "result").read_text()
    assert (held / "env-here").read_text() == canary("controller-env")
    assert (held / "hashed").read_text() in site.secrets
    assert site.harden("apply", book, *extra, "--dry-run") == 0
    (held / "content").write_text("edited\n")
    (held / "lines").write_text(f"{WORD}-edited\n")
    for words in ("diff",), ("history",), ("rollback", "--dry-run"):
        for style in ("text", "jsonl"):
            site.harden(*words, "--format", style)
    assert "conflict" in site.told[-1]
    assert site.harden("rollback", "--diff") == 1
    run = next(iter((site.host.root / "var/lib/hardener/runs").iterdir())).name
    site.harden("show", run)
    assert "********" in site.told[-1]
    searched(site, tally)


def test_what_goes_wrong_tells_no_secret(site: Site, tally: Callable[..., None]) -> None:
    extra = ("-e", f"@{site.folder}/play/extra.yml")
    for wrong, step in WRONG.items():
        book = str(lay(site.folder / "play", step))
        for more, codes in (
            (("--dry-run", "--format", "jsonl"), (0, 1, 64)),
            (("--diff",), (1, 3, 64)),
        ):
            code = site.harden("apply", book, *extra, *more, broken="breaks" in wrong)
            print(f"{wrong} {more}: {code}\n{site.told[-1]}")
            assert code in codes, wrong
            assert "no_log" in site.told[-1] or "secret" in site.told[-1] or code == 0, wrong
        assert not (site.host.root / HOME.lstrip("/") / "content").exists(), wrong
    searched(site, tally)
