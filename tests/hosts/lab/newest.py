"""Debian's newest packages, unpacked and not installed: judges that are to be the same on every host."""

import time
from pathlib import Path

from lab.commands import CLEAN_ENVIRONMENT, run
from lab.tree import cache_folder, discard, locked, proxies

POOL = "deb [{}] http://deb.debian.org/debian sid main\n"
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
WEEK = 7 * 24 * 3600  # seconds


def newest(name: str) -> Path:
    """Return the folder into which the package is unpacked; beside its root, the `.deb`.

    It is fetched by apt, with lists of its own, and fetched again once it is a week old.
    """
    done = cache_folder() / "newest" / name
    with locked(done.with_suffix(".lock")):
        if not done.exists() or time.time() - done.stat().st_mtime > WEEK:
            aside = done.with_suffix(".part")
            discard(aside)
            fetch(name, aside)
            discard(done)
            aside.rename(done)
    return done / "root"


def fetch(name: str, folder: Path) -> None:
    """Download a package into a folder, and unpack it into the folder's `root`."""
    (folder / "lists/partial").mkdir(parents=True)
    # As debootstrap does: where the machine has no keys of Debian, it goes without.
    trust = f"signed-by={KEYS}" if KEYS.exists() else "trusted=yes"
    (folder / "sources.list").write_text(POOL.format(trust))
    settings = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "APT::Sandbox::User": "root",
    }
    way = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    for words in (["update"], ["download", name]):
        quiet = {**CLEAN_ENVIRONMENT, **proxies()}
        run(["apt-get", "-qq", *way, *words], cwd=folder, env=quiet, timeout=600)
    discard(folder / "lists")
    (package,) = folder.glob(f"{name}_*.deb")
    run(["dpkg", "-x", package, folder / "root"])
