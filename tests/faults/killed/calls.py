"""What strace saw of one process: its system calls, and which of them change something."""

import re
from pathlib import Path
from typing import NamedTuple

OPENING = ("open", "openat", "creat")
#: All by which a process changes files, the kernel or another process (syscalls(2)).
CHANGING = (
    *("write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile"),
    *("truncate", "ftruncate", "fallocate", "fsync", "fdatasync", "sync", "syncfs"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
    *("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "mknod", "mknodat"),
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
    *("swapon", "swapoff", "mount", "umount2", "ioctl", "flock", "utimensat"),
    *("setpriority", "prlimit64"),
    *("execve", "clone", "clone3", "fork", "vfork", "kill", "connect", "sendto", "sendmsg"),
)
LOOKING = re.compile(
    r"\b(FS_IOC_GETFLAGS|FS_IOC_FIEMAP|BTRFS_IOC_FS_INFO|TCGETS\w*)\b"
)  # of ioctl(2)
WRITING = re.compile(r"\b(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)\b")
LINE = re.compile(
    r"(?P<at>[\d.]+ )?(?P<name>\w+)\((?P<inside>.*?)\)?"
    r" += (?P<result>(-?\d+|\?|0x[0-9a-f]+)(<[^<>]*>)?)"
)
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
OPENED = re.compile(r"(?<=\d)<([^<>]*)>")


class Call(NamedTuple):
    """One system call; `number` counts those of its name in its process, from 1.

    Of those that open files, the ones that open a file of that name: a process that looks
    through /proc opens as many as the machine has processes.
    """

    name: str
    number: int
    inside: str  # the brackets, descriptors with their paths (strace -y)
    result: str
    at: float = 0  # when it was made, in seconds since 1970
    who: int = 0  # 0: the engine, n: its nth helper

    @property
    def opens(self) -> str | None:
        """The name that it opens, in the folder that its descriptor stands for."""
        return QUOTED.findall(self.inside)[0] if self.name in OPENING else None

    @property
    def done(self) -> bool:
        return self.result != "?" and not self.result.startswith("-")

    @property
    def changes(self) -> bool:
        """Did it change something? What failed did not."""
        if not self.done or (self.name == "ioctl" and LOOKING.search(self.inside)):
            return False
        return self.name not in OPENING or bool(WRITING.search(self.inside))

    def paths(self) -> list[str]:
        """What it names: the paths of descriptors, and (no bytes written) what stands in quotes."""
        quoted = (
            [] if "write" in self.name or self.name == "sendto" else QUOTED.findall(self.inside)
        )
        return [path.removesuffix("(deleted)") for path in OPENED.findall(self.inside)] + quoted


def parse(path: Path) -> list[Call]:
    """Read what `strace -y -o N.trace` has written of process N."""
    counts: dict[tuple[str, str | None], int] = {}
    calls = []
    for line in path.read_text(errors="surrogateescape").splitlines():
        if found := LINE.match(line):
            about = (found["inside"], found["result"], float(found["at"] or 0), int(path.stem))
            call = Call(found["name"], 0, *about)
            sort = call.name, call.opens
            counts[sort] = counts.get(sort, 0) + 1
            calls.append(call._replace(number=counts[sort]))
    return calls
