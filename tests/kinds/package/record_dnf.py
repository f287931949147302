"""Record what dnf and rpm print for the command lines of package_managers/dnf.py, into recorded/dnf/.

Run by hand, as root, on a Debian with dnf, rpm and createrepo-c: `python -m tests.kinds.package.record_dnf`.
It works in an overlay over this machine's tree, in which the rpm database is empty and
the only repository has the tiny packages below; the machine itself stays as it is.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hardener.host.door.system import System
from hardener.host.errors import HostError
from hardener.host.package_managers import Request
from hardener.host.package_managers.dnf import Manager

RECORDED = Path(__file__).parent / "recorded" / "dnf"
LONG = "tiny-package-with-a-name-that-is-longer-than-its-column-of-the-table"
# name, version, architecture, further tags
TINY = [
    ("libtiny", "1:1.0", "x86_64", ""),
    ("libtiny", "1:2.0", "x86_64", ""),
    ("tiny", "1.0", "noarch", "Requires: libtiny\nRecommends: tiny-doc"),
    ("tiny", "2.0", "noarch", "Requires: libtiny >= 1:2.0\nRecommends: tiny-doc"),
    ("tiny-doc", "1.0", "noarch", ""),
    ("tiny-broken", "1.0", "noarch", "Requires: nowhere"),
    (LONG, "1.0", "noarch", "Requires: libtiny"),
    ("tiny-with-long-version", "1.0.20240229.git0123456789abcdef", "x86_64", ""),
    ("tiny-slow", "1.0", "noarch", "%post -p <lua>\nos.execute('sleep 9')"),
]
LATER = [("tiny-successor", "3.0", "noarch", "Obsoletes: tiny < 3.0\nRequires: libtiny")]
SPEC = """\
Name: {name}
Epoch: {epoch}
Version: {version}
Release: 1
Summary: A tiny package
License: MIT
{tags}
%files
%description
A tiny package.
"""
FILES = {
    "/etc/yum.repos.d/tiny.repo": "[tiny]\nname=tiny\nbaseurl=file:///srv/tiny\ngpgcheck=0\nmetadata_expire=0\n",
    "/etc/dnf/dnf.conf": "[main]\nbest=True\nclean_requirements_on_remove=True\n",
    "/etc/dnf/vars/releasever": "1\n",
}


class Recorder(System):
    """Write down every dnf and rpm that is run."""

    name = ""
    count = 0

    def run(self, argv, **options):  # type: ignore[no-untyped-def]
        ran = super().run(argv, **options)
        path = RECORDED / (self.name + ("-%d" % self.count if self.count else "") + ".txt")
        self.count += 1
        # A tab or newline of rpm's format is written as rpm reads it, too.
        words = " ".join(argv).replace("\t", "\\t").replace("\n", "\\n")
        text = f"# {words}\n# exit code {ran.code}\n{ran.out}# stderr\n{ran.err}"
        path.write_text(re.sub(r"pid \d+", "pid 1234", text))
        return ran


@contextmanager
def overlay() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as top:
        subprocess.run(["mount", "-t", "tmpfs", "none", top], check=True)
        try:
            for name in ("up", "work", "root"):
                Path(top, name).mkdir()
            layers = f"lowerdir=/,upperdir={top}/up,workdir={top}/work"
            subprocess.run(
                ["mount", "-t", "overlay", "overlay", "-o", layers, top + "/root"], check=True
            )
            # dnf looks there whether the holder of a lock is still alive.
            subprocess.run(["mount", "-t", "proc", "proc", top + "/root/proc"], check=True)
            yield top + "/root"
            subprocess.run(["umount", "-R", top + "/root"], check=True)
        finally:
            subprocess.run(["umount", "-l", top], check=True)


def inside(root: str, *argv: str) -> None:
    subprocess.run(
        ["chroot", root, *argv],
        check=True,
        capture_output=True,
        env={"HOME": "/root", "PATH": PATH},
    )


PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def repository(root: str, packages: list[tuple[str, str, str, str]]) -> None:
    for name, full, arch, tags in packages:
        epoch, _, version = full.rpartition(":")
        spec = Path(root, "srv", "tiny.spec")
        spec.write_text(SPEC.format(name=name, epoch=epoch or "0", version=version, tags=tags))
        rpmbuild = ["rpmbuild", "-bb", "--target", arch, "--define", "_rpmdir /srv/tiny"]
        inside(root, *rpmbuild, "/srv/tiny.spec")
    inside(root, "createrepo_c", "/srv/tiny")


def prepare(root: str) -> None:
    for path, text in FILES.items():
        Path(root + path).parent.mkdir(parents=True, exist_ok=True)
        Path(root + path).write_text(text)
    Path(root, "srv/tiny").mkdir(parents=True)
    repository(root, TINY)


Packages = dict[str, Any]


class Session:
    def __init__(self, root: str) -> None:
        self.system = Recorder(root)
        self.manager = Manager(self.system, "/var/lib/hardener/packages")

    def named(self, name: str) -> None:
        self.system.name, self.system.count = name, 0

    def read(self, name: str) -> Packages:
        self.named(name)
        return {row[0]: row[1:] for row in self.manager.read()}

    def would(self, name: str, state: str, *words: str, **more: bool) -> Packages:
        self.named(name)
        try:
            found = self.manager.simulate(Request(words, state, **more), list(words))
        except HostError as error:
            print(name, "REFUSED", error, getattr(error, "why", ""))
            return {}
        print(name, found)
        return found

    def does(self, name: str, state: str, *words: str, **more: bool) -> None:
        """Record the simulation, the change, and the way back under `back-NAME`; then do it again."""
        before = self.read("list-before-" + name)
        after = dict(before)
        for package, entry in self.would("would-" + name, state, *words, **more).items():
            after.pop(package, None) if entry is None else after.update({package: entry})
        self.change(name, before, after)
        self.change("back-" + name, after, before)
        self.change(name, before, after)

    def change(self, name: str, before: Packages, after: Packages) -> None:
        self.named(name)
        try:
            self.manager.change(before, after)
        except HostError as error:
            print(name, "FAILED", error, error.why)
        now = self.read("list-after-" + name)
        print(name, "as predicted" if now == after else f"PREDICTED {after}\nIS {now}")

    def locked(self, root: str) -> None:
        """Record a simulation and a change while another dnf installs."""
        before = self.read("list-before-locked")
        other = subprocess.Popen(
            ["chroot", root, "dnf", "-y", "install", "tiny-slow"], stdout=subprocess.DEVNULL
        )
        time.sleep(3)
        found = self.would("would-locked", "present", "tiny-doc")
        self.change("locked", before, {**before, **found})
        other.wait()


def main() -> None:
    with overlay() as root:
        prepare(root)
        session = Session(root)
        session.read("list-empty")
        session.would("unknown-install", "present", "unknown")
        session.would("unknown-remove", "absent", "unknown")
        session.would("broken", "present", "tiny-broken")
        session.would("refresh", "present", "tiny", update_cache=True)
        session.would("without-recommended", "present", "tiny", install_recommends=False)
        session.does("install-old", "present", "tiny=1.0")
        session.would("nothing-to-do", "present", "tiny=1.0")
        session.does("upgrade", "latest", "tiny")
        session.would("nothing-newer", "latest", "tiny")
        session.would("downgrade-of-two", "present", "libtiny=1:1.0")
        session.would("long-version", "present", LONG, "tiny-with-long-version")
        session.does("long", "present", LONG)
        session.does("downgrade", "present", "tiny=1.0")
        session.does("remove", "absent", "tiny-doc")
        session.would("remove-with-dependents", "absent", "libtiny")
        session.locked(root)
        repository(root, LATER)
        session.does("obsoletes", "present", "tiny-successor")
        session.does("remove-dependents", "absent", "libtiny")


if __name__ == "__main__":
    main()
