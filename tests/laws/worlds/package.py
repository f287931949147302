"""Packages of a real apt and dpkg. On a booted host only: tests/hosts/test_laws_booted.py."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from laws.world import Meddling, World
from repository import BUILD, REPOSITORY
from tree import entry, listing

from hardener.host.package_managers import Request
from hardener.host.resource import Resource, Want

APT = Resource("package", "apt")
# Who comes, goes or is taken along with whom.
ALONG = {
    "app": {"lib", "extra"},
    "lib": {"app", "tool"},
    "tool": {"lib"},
    "extra": {"app"},
    "apart": set(),
}
MADE = """
deb lib 1.0; deb lib 1.1; deb extra 1.0; deb tool 1.0 'lib (>= 1.0)'; deb apart 1.0
deb app 1:1.0 'lib (>= 1.0)' extra
"""
ACCOUNTS = ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")


def sh(script: str) -> str:
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def repository() -> None:
    Path("/etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{REPOSITORY} ./\n")
    Path("/etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")
    sh(f"{BUILD}\n{MADE}\nindex; rm -f /etc/apt/sources.list.d/*; apt-get update")


def by_hand(script: str) -> Any:
    return lambda world: sh(script)


def install(*names: str) -> Request:
    return Request(names, "present")


WORDS = {
    "present": ("app", "lib=1.0", "lib", "tool", "extra"),
    "latest": ("app", "lib", "tool"),
    "absent": tuple(ALONG)[:4],
}
requests = st.sampled_from(sorted(WORDS)).flatmap(
    lambda state: st.builds(
        Request,
        st.lists(st.sampled_from(WORDS[state]), min_size=1, max_size=2, unique_by=lambda w: w[:3]).map(tuple),
        st.just(state),
        purge=st.booleans() if state == "absent" else st.just(False),
        install_recommends=st.sampled_from([None, True, False]),
    )
)  # fmt: skip


class Packages(World):
    """A wish is what a step asks for."""

    kind = "package"
    live = True
    booted = True
    wishes = requests.map(lambda request: [request])
    meddling = st.sampled_from([
        Meddling([install("lib")], by_hand("apt-get install -y --allow-downgrades lib=1.0"), related=True),
        Meddling([install("lib")], by_hand("apt-get install -y apart"), related=False),
        Meddling([install("app")], by_hand("echo mine > /etc/app/app.conf"), related=True),
        Meddling([install("extra")], by_hand("echo mine > /etc/mine.conf"), related=False),
    ])  # fmt: skip
    without = {9: "what all may ask dpkg holds no secret"}
    examples = 3

    def lay(self) -> None:
        repository()

    def close(self) -> None:
        sh(f"dpkg --purge {' '.join(ALONG)}; rm -f /etc/mine.conf; userdel appuser || true")
        repository.cache_clear()

    def want(self, wish: Request, view: Any) -> Want:
        return Want(APT, view.ask(APT, wish))

    def look(self) -> dict[str, Any]:
        """What dpkg and apt know of each, and its files; the accounts, and all other packages."""
        told = sh("dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n'").splitlines()
        found: dict[str, Any] = {line.partition(" ")[0]: line for line in told}
        found.update({f"{name} auto": True for name in sh("apt-mark showauto").split()})
        for name in ALONG:
            for folder in (f"/usr/share/{name}", f"/etc/{name}"):
                found[folder] = listing(Path(folder)) if Path(folder).exists() else None
        files = {f"/etc/{name}": entry(f"/etc/{name}") for name in ACCOUNTS}
        mine = Path("/etc/mine.conf")
        return {**found, **files, str(mine): mine.exists() and mine.read_text()}

    def asked(self, key: str, wishes: Any) -> bool:
        names = {word.partition("=")[0] for request in wishes for word in request.names}
        names |= {other for name in names for other in ALONG[name]}
        names |= {other for name in names for other in ALONG[name]}
        accounts = key.startswith("/etc/") and key[5:] in ACCOUNTS
        return key.rpartition("/")[2].partition(" ")[0] in names or (accounts and "app" in names)


WORLD = Packages
