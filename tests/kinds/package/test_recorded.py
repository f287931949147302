"""dnf and apk, answered with what the real programs printed: recorded/, first line the command line."""

from pathlib import Path
from typing import Any

import pytest

from hardener.host.door.programs import Ran
from hardener.host.door.system import System
from hardener.host.errors import Refused
from hardener.host.package_managers import Request, apk, dnf

RECORDED = Path(__file__).parent / "recorded"
LONG = "tiny-package-with-a-name-that-is-longer-than-its-column-of-the-table"


class Replayed(System):
    """Answers one command line, which must be the recorded one, with its recording."""

    def __init__(self, root: str, recording: str) -> None:
        super().__init__(root)
        self.command, code, rest = (RECORDED / (recording + ".txt")).read_text().split("\n", 2)
        out, _, err = rest.partition("# stderr\n")
        self.ran = Ran(int(code.split()[-1]), out, err)

    def run(self, argv: list[str], *_: Any, **__: Any) -> Ran:
        words = " ".join(argv).replace("\t", "\\t").replace("\n", "\\n")
        assert self.command == "# " + words
        return self.ran


def there(version: str, auto: bool = False) -> tuple[str, str, bool]:
    return (version, "installed", auto)


TINY = {"tiny.noarch": there("2.0-1"), "libtiny.x86_64": there("1:2.0-1")}


@pytest.mark.parametrize(
    ("recording", "request_", "found"),
    [
        ("unknown-remove", Request(("unknown",), "absent"), {}),
        (
            "refresh",
            Request(("tiny",), "present", update_cache=True),
            {**TINY, "tiny-doc.noarch": there("1.0-1")},
        ),
        ("without-recommended", Request(("tiny",), "present", install_recommends=False), TINY),
        ("nothing-to-do", Request(("tiny=1.0",), "present"), {}),
        ("nothing-newer", Request(("tiny",), "latest"), {}),
        ("would-upgrade", Request(("tiny",), "latest"), {"tiny.noarch": there("2.0-1")}),
        ("would-downgrade", Request(("tiny=1.0",), "present"), {"tiny.noarch": there("1.0-1")}),
        (
            "downgrade-of-two",
            Request(("libtiny=1:1.0",), "present"),
            {"libtiny.x86_64": there("1:1.0-1"), "tiny.noarch": there("1.0-1")},
        ),
        ("would-long", Request((LONG,), "present"), {LONG + ".noarch": there("1.0-1")}),
        (
            "long-version",
            Request((LONG, "tiny-with-long-version"), "present"),
            {
                LONG + ".noarch": there("1.0-1"),
                "tiny-with-long-version.x86_64": there("1.0.20240229.git0123456789abcdef-1"),
            },
        ),
        ("would-remove", Request(("tiny-doc",), "absent"), {"tiny-doc.noarch": None}),
        (
            "remove-with-dependents",
            Request(("libtiny",), "absent"),
            {"libtiny.x86_64": None, "tiny.noarch": None, LONG + ".noarch": None},
        ),
        ("would-locked", Request(("tiny-doc",), "present"), {"tiny-doc.noarch": there("1.0-1")}),
        (
            "would-obsoletes",
            Request(("tiny-successor",), "present"),
            {"tiny-successor.noarch": there("3.0-1"), "tiny.noarch": None},
        ),
    ],
)
def test_dnf_simulates(tmp_path: Path, recording: str, request_: Request, found: object) -> None:
    manager = dnf.Manager(Replayed(str(tmp_path), "dnf/" + recording), "")
    assert manager.simulate(request_, list(request_.names)) == found


@pytest.mark.parametrize(
    ("recording", "name", "why"),
    [
        ("unknown-install", "unknown", "Unable to find a match: unknown"),
        ("broken", "tiny-broken", "nothing provides nowhere needed by tiny-broken"),
    ],
)
def test_dnf_refuses(tmp_path: Path, recording: str, name: str, why: str) -> None:
    manager = dnf.Manager(Replayed(str(tmp_path), "dnf/" + recording), "")
    with pytest.raises(Refused) as raised:
        manager.simulate(Request((name,), "present"), [name])
    assert why in raised.value.why


def test_rpm_lists(tmp_path: Path) -> None:
    assert dnf.Manager(Replayed(str(tmp_path), "dnf/list-empty"), "").read() == []
    listed = Replayed(str(tmp_path), "dnf/list-after-install-old")
    assert dnf.Manager(listed, "").read() == [
        ("libtiny.x86_64", *there("1:2.0-1")),
        ("tiny-doc.noarch", *there("1.0-1")),
        ("tiny.noarch", *there("1.0-1")),
    ]


@pytest.mark.parametrize(
    ("recording", "before", "after"),
    [
        ("upgrade", {"tiny.noarch": there("1.0-1")}, {"tiny.noarch": there("2.0-1")}),
        ("downgrade", {"tiny.noarch": there("2.0-1")}, {"tiny.noarch": there("1.0-1")}),
        ("remove", {"tiny-doc.noarch": there("1.0-1")}, {}),
        ("locked", {}, {"tiny-doc.noarch": there("1.0-1")}),
        # In place of the one that had obsoleted it: this fails without --allowerasing.
        ("back-obsoletes", {}, {"tiny.noarch": there("1.0-1")}),
    ],
)
def test_dnf_changes(tmp_path: Path, recording: str, before: Any, after: Any) -> None:
    system = Replayed(str(tmp_path), "dnf/" + recording)
    dnf.Manager(system, "").change(before, after)
    assert system.ran.out.endswith("\nComplete!\n")


@pytest.mark.parametrize(
    ("recording", "request_", "found"),
    [
        (
            "install",
            Request(("tiny=1.0-r0",), "present"),
            {"libtiny": there("2.0-r1", True), "tiny": there("1.0-r0")},
        ),
        ("upgrade", Request(("tiny",), "latest"), {"tiny": there("2.0-r0")}),
        ("nothing-newer", Request(("tiny",), "latest"), {}),
        (
            "odd-versions",
            Request(("tiny-doc", "py3.11-tiny"), "present"),
            {"tiny-doc": there("1.0_git20240101-r3"), "py3.11-tiny": there("1.2.3b-r10")},
        ),
        ("remove", Request(("tiny-doc",), "absent"), {"tiny-doc": None}),
        ("downgrade", Request(("tiny=1.0-r0",), "present"), {"tiny": there("1.0-r0")}),
        (
            "remove-with-dependency",
            Request(("tiny",), "absent"),
            {"tiny": None, "libtiny": None},
        ),
    ],
)
def test_apk_simulates(tmp_path: Path, recording: str, request_: Request, found: object) -> None:
    manager = apk.Manager(Replayed(str(tmp_path), "apk/" + recording), "")
    assert manager.simulate(request_, list(request_.names)) == found


@pytest.mark.parametrize(
    ("recording", "name", "state", "why"),
    [
        ("unknown-install", "unknown", "present", "unknown (no such package)"),
        ("unknown-remove", "unknown", "absent", "No such package: unknown"),
        ("needed", "libtiny", "absent", "libtiny: tiny"),
    ],
)
def test_apk_refuses(tmp_path: Path, recording: str, name: str, state: str, why: str) -> None:
    manager = apk.Manager(Replayed(str(tmp_path), "apk/" + recording), "")
    with pytest.raises(Refused) as raised:
        manager.simulate(Request((name,), state), [name])
    assert why in raised.value.why


def test_apk_lists(tmp_path: Path) -> None:
    world = tmp_path / "etc/apk/world"
    world.parent.mkdir(parents=True)
    world.write_text("py3.11-tiny\ntiny=2.0-r0\ntiny-doc\n")
    manager = apk.Manager(Replayed(str(tmp_path), "apk/odd-versions-list-after"), "")
    assert manager.read() == [
        ("libtiny", *there("2.0-r1", True)),
        ("py3.11-tiny", *there("1.2.3b-r10")),
        ("tiny", *there("2.0-r0")),
        ("tiny-doc", *there("1.0_git20240101-r3")),
    ]
