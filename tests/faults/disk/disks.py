"""Small file systems of their own, in a file: to be filled up, made read-only, and thrown away."""

import contextlib
import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import needs

MIB = 1 << 20
#: Where the images lie: a disk that fsync really waits for would take minutes.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-m", "0", "-b", "4096", "-J", "size=4"],
    "btrfs": ["mkfs.btrfs", "-q"],
    "xfs": ["mkfs.xfs", "-q"],
}


@contextlib.contextmanager
def small_disk(
    folder: Path, kind: str = "ext4", *more: str, size: int = 48, at: Path | None = None
) -> Iterator[Path]:
    """Mount a file system of `size` MiB, `at` a folder or beside; everything of it is gone in the end."""
    needs.root()
    needs.program("losetup", MAKE[kind][0])
    mounted = at or folder / kind
    mounted.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="hardener-disk-") as folder_of_images:
        image = Path(folder_of_images, "image")
        with image.open("wb") as file:
            file.truncate(size * MIB)
        run(*MAKE[kind], *more, str(image))
        mount(image, mounted)
        try:
            yield mounted
        finally:
            run("umount", "--lazy", str(mounted))


def mount(image: Path, at: Path) -> None:
    ext4 = ["-o", "errors=remount-ro"] if at.name == "ext4" else []
    run("mount", "-o", "loop", *ext4, str(image), str(at))


def run(*argv: str, ends: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in ends, f"{' '.join(argv)}: {done.stderr}"
    return done.stdout


def device(disk: Path) -> str:
    return run("findmnt", "--noheadings", "--output", "SOURCE", str(disk)).strip()


def break_down(disk: Path) -> None:
    """Have ext4 find an error: it writes nothing more, and what it has not written is lost."""
    Path("/sys/fs/ext4", Path(device(disk)).name, "trigger_fs_error").write_text("1")


def repair(disk: Path) -> None:
    """Do what a person does then: unmount, check, mount.

    A copy is checked and mounted: a host that boots beside us may have the old one mounted too.
    """
    loop = device(disk)
    image = Path(run("losetup", "--noheadings", "--output", "BACK-FILE", loop).strip())
    run("umount", "--lazy", str(disk))
    run("blockdev", "--flushbufs", loop)
    copy = image.with_name(image.name + "i")
    run("cp", "--sparse=always", str(image), str(copy))
    image.unlink()
    run("e2fsck", "-fy", str(copy), ends=(0, 1))
    mount(copy, disk)


def read_only(disk: Path) -> None:
    run("mount", "-o", "remount,ro", str(disk))


def writable(disk: Path) -> None:
    run("mount", "-o", "remount,rw", str(disk))


FILLER = ".filler"  # no part of the tree that is compared


def fill(disk: Path) -> None:
    """Take every block, as a runaway log does."""
    take(disk / FILLER / "blocks")


def take(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    size, piece = os.fstat(fd).st_size, 64 * MIB
    try:
        while piece >= 512:
            try:
                os.posix_fallocate(fd, size, piece)
                size += piece
            except OSError as error:
                assert error.errno in (errno.ENOSPC, errno.EDQUOT), error
                piece //= 2
    finally:
        os.close(fd)


def take_inodes(disk: Path) -> None:
    """Take every inode, as a folder of sessions or mails does."""
    folder = disk / FILLER / "inodes"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1_000_000):
        try:
            os.close(os.open(folder / f"{os.getpid()}-{number}", os.O_CREAT, 0o600))
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
            return


def empty(disk: Path) -> None:
    """Give back what was taken."""
    subprocess.run(["rm", "-rf", str(disk / FILLER)], check=True, timeout=60)
