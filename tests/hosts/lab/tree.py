"""Debian trees made once by debootstrap and cached: the lower layers of every host.

A tree is found by a hash of its recipe, so a changed recipe makes a new one. Nobody ever writes to
a finished tree: hosts lay an overlay over it or copy it. More packages are a layer of their own.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.commands import CLEAN_ENVIRONMENT, run

SUITES = ("bookworm", "trixie")
OLDEST = "bullseye"  # on which the baseline alone is tried

PACKAGES = """
acl attr ca-certificates cron curl dbus e2fsprogs git iproute2 iputils-ping kmod less
libpam-systemd logrotate nftables openssh-client openssh-server passwd procps python3
sqlite3 strace sudo supervisor systemd systemd-sysv util-linux
"""

#: Runs in the tree after its packages. The apt timers would act at random, without a network.
#: `ops` asks for a password with sudo, `nopass` does not, `trader` may not use it at all.
FINISH = r"""
set -eu
useradd --create-home --shell /bin/bash --uid 1000 ops
useradd --create-home --shell /bin/bash --uid 1001 nopass
useradd --create-home --shell /bin/bash --uid 1002 trader
usermod --append --groups sudo ops
echo "root:$LAB_PASSWORD
ops:$LAB_PASSWORD" | chpasswd
echo 'nopass ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/nopass
chmod 0440 /etc/sudoers.d/nopass
for home in /root /home/ops /home/nopass /home/trader; do
    install -d -m 0700 -o "$(stat -c %U "$home")" -g "$(stat -c %G "$home")" "$home/.ssh"
done
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
            e2scrub_reap.service supervisor.service console-getty.service; do
    systemctl disable --quiet "$unit" || true
done
mkdir -p /etc/systemd/system/systemd-remount-fs.service.d
cat > /etc/systemd/system/systemd-remount-fs.service.d/container.conf <<END
# The root is the machine's to mount, whatever /etc/fstab says of it.
[Unit]
ConditionVirtualization=!container
END
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf /var/lib/dbus/machine-id
: > /etc/machine-id
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/bootstrap.log
"""

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Recipe:
    """All that decides what is in a tree; `layer` are packages on top of the common ones."""

    suite: str
    layer: tuple[str, ...] = ()
    packages: tuple[str, ...] = tuple(PACKAGES.split())
    finish: str = FINISH
    password: str = PASSWORD

    @property
    def key(self) -> str:
        """The name of its folder in the cache."""
        recipe = json.dumps([asdict(self), machine_architecture()], sort_keys=True)
        suffix = "-layer" if self.layer else ""
        return f"{self.suite}{suffix}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"

    @property
    def base(self) -> "Recipe":
        """The recipe without its layer."""
        return Recipe(self.suite, (), self.packages, self.finish, self.password)


def cache_folder() -> Path:
    """$HARDENER_TEST_CACHE, or /var/cache/hardener-tests; must not lie on an overlay itself."""
    return Path(os.environ.get("HARDENER_TEST_CACHE") or "/var/cache/hardener-tests")


def make_tree(recipe: Recipe) -> list[Path]:
    """Make it unless it is cached; the folders to lay under an overlay, uppermost first."""
    lower = [] if not recipe.layer else make_tree(recipe.base)
    done = cache_folder() / "trees" / recipe.key
    with locked(done.with_suffix(".lock")):
        if not done.exists():
            build(recipe, done, lower)
    return [done, *lower]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One maker a tree, over all processes; who comes second finds it made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(recipe: Recipe, done: Path, lower: list[Path]) -> None:
    """Make the tree aside and rename it when whole: a killed build leaves no half tree."""
    aside = done.with_suffix(".part")
    discard(aside)
    aside.mkdir(parents=True)
    if recipe.layer:
        build_layer(recipe, aside, lower)
    else:
        build_base(recipe, aside)
    aside.rename(done)


def discard(aside: Path) -> None:
    """Remove what a killed build left, its mounts first."""
    if not aside.exists():
        return
    for mounted in mounts_under(aside):
        run(["umount", "--lazy", mounted])
    shutil.rmtree(aside)


def mounts_under(folder: Path) -> list[Path]:
    """Mount points in a folder, innermost and latest first."""
    points = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    plain = (re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), point) for point in points)
    return [Path(point) for point in reversed(list(plain)) if Path(point).is_relative_to(folder)]


def build_base(recipe: Recipe, folder: Path) -> None:
    """Bootstrap, then let apt choose: debootstrap's own resolver knows no alternatives."""
    folder.chmod(0o755)
    command = ["debootstrap", "--variant=minbase", recipe.suite, str(folder), *debian_mirror()]
    run(command, env={**os.environ, **proxies(), **CLEAN_ENVIRONMENT}, timeout=900)
    with building(folder):
        apt_install(folder, recipe.packages)
        in_tree(folder, ["sh", "-c", recipe.finish], LAB_PASSWORD=recipe.password)


def build_layer(recipe: Recipe, folder: Path, lower: list[Path]) -> None:
    """Install over the base; only what changed remains in the folder."""
    parts = {name: folder / name for name in ("upper", "work", "merged")}
    for part in parts.values():
        part.mkdir()
    mount_overlay(lower, parts["upper"], parts["work"], parts["merged"])
    with building(parts["merged"]):
        apt_install(parts["merged"], recipe.layer)
        in_tree(parts["merged"], ["sh", "-c", "apt-get clean; rm -rf /var/lib/apt/lists/*"])
    run(["umount", parts["merged"]])
    parts["merged"].rmdir()
    shutil.rmtree(parts["work"])
    for entry in parts["upper"].iterdir():
        entry.rename(folder / entry.name)
    shutil.copystat(parts["upper"], folder)
    parts["upper"].rmdir()


def mount_overlay(lower: list[Path], upper: Path, work: Path, merged: Path) -> None:
    """Mount with renames of folders and hard links as a plain file system has them."""
    layers = ":".join(map(str, lower))
    options = f"lowerdir={layers},upperdir={upper},workdir={work},redirect_dir=on,index=on"
    run(["mount", "-t", "overlay", "overlay", "-o", options, merged])


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """Give a tree what apt needs while it is built: no service starts, no fsync, the network."""
    policy = folder / "usr/sbin/policy-rc.d"
    quick = folder / "etc/dpkg/dpkg.cfg.d/quick"
    borrowed = folder / "etc/apt/apt.conf.d/zz-machine"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    quick.write_text("force-unsafe-io\n")
    borrowed.write_text(apt_settings())
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    run(["mount", "-t", "proc", "proc", folder / "proc"])
    try:
        yield
    finally:
        run(["umount", folder / "proc"])
        for file in (policy, quick, borrowed, folder / "etc/resolv.conf"):
            file.unlink(missing_ok=True)


def apt_install(folder: Path, packages: tuple[str, ...]) -> None:
    """Install without recommendations: a host is as small as its recipe says."""
    in_tree(folder, ["apt-get", "update", "-qq"])
    in_tree(folder, ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


def in_tree(folder: Path, argv: list[str], **env: str) -> None:
    """Run a command in the tree, with nothing asked."""
    quiet = {**CLEAN_ENVIRONMENT, **proxies(), "DEBIAN_FRONTEND": "noninteractive", **env}
    run(["chroot", folder, *argv], env=quiet, timeout=900)


def debian_mirror() -> list[str]:
    """The address this machine's own apt takes Debian from; none elsewhere: debootstrap has one."""
    if os.environ.get("HARDENER_TEST_MIRROR"):
        return [os.environ["HARDENER_TEST_MIRROR"]]
    if not re.search(r"^ID=debian$", Path("/etc/os-release").read_text(), re.MULTILINE):
        return []
    form = "$(SITE)\t$(RELEASE)\t$(COMPONENT)\t$(ORIGIN)"
    listed = run(["apt-get", "indextargets", "--format", form, "Identifier: Packages"], check=False)
    for line in listed.stdout.splitlines():
        site, release, component, origin = line.split("\t")
        if origin == "Debian" and component == "main" and "-" not in release:
            return [site]
    return []


def apt_settings() -> str:
    """How this machine's apt reaches the archive: proxies and checks, not its other habits."""
    dump = run(["apt-config", "dump"], check=False).stdout.splitlines()
    wanted = re.compile(r'^Acquire::(https?::(?!.*"")|Check-)')
    return "".join(line + "\n" for line in dump if wanted.match(line))


def proxies() -> dict[str, str]:
    """The proxy variables that are set here; apt's own proxy counts where they are not."""
    names = [name for name in os.environ if name.lower().endswith("_proxy")]
    found = re.search(r'^Acquire::http::Proxy "(.+)";', apt_settings(), re.MULTILINE)
    from_apt = {"http_proxy": found[1]} if found else {}
    return from_apt | {name: os.environ[name] for name in names}


def machine_architecture() -> str:
    """The processor's name: a cache may be shared between machines."""
    return os.uname().machine
