"""Files, folders and links at a few paths, with any bytes, modes, owners and attributes."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from laws.world import SECRET, Meddling, World

from hardener.host.door.content import Content
from hardener.host.kinds.file import ABSENT, FileState

PATHS = ("/d/a", "/d/b", "/d/sub/c", "/top")
LINES = [f"line {number}\n" for number in range(1, 31)]
modes = st.sampled_from([0o600, 0o644, 0o755, 0o4755, 0o400])
owners = st.sampled_from([0, 1000, 65534])
xattrs = st.sampled_from([(), (("user.note", b"x"),), (("user.a", b"\0\xff"), ("user.b", b""))])


def regular(
    data: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0, xattrs: Any = ()
) -> FileState:
    return FileState("file", mode, uid, gid, Content.of(data), None, xattrs)


contents = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"no end", b"\r\n", b"\0" * 70_000]),
    st.lists(st.sampled_from(LINES)).map(lambda lines: "".join(lines).encode()),
)
states = st.one_of(
    st.just(ABSENT),
    st.builds(regular, contents, modes, owners, owners, xattrs),
    st.builds(lambda m, u, g, x: FileState("directory", m, u, g, xattrs=x), modes, owners, owners, xattrs),
    st.builds(
        lambda t, u, g: FileState("link", 0o777, u, g, target=t),
        st.sampled_from(["a", "/nowhere", "../x y"]), owners, owners,
    ),
)  # fmt: skip


def line(number: int, word: str) -> bytes:
    return "".join([*LINES[:number], word + "\n", *LINES[number + 1 :]]).encode()


def edit(number: int) -> Any:
    def work(world: Any) -> None:
        path = Path(world.root / "d/a")
        lines = path.read_text().splitlines(True)
        path.write_text("".join([*lines[:number], "somebody's\n", *lines[number + 1 :]]))

    return work


def meddle(ours: int, theirs: int, mode: int) -> Meddling:
    return Meddling([("/d/a", regular(line(ours, "ours"), mode))], edit(theirs), ours == theirs)


class Files(World):
    kind = "file"
    files = {
        "/d/a": "".join(LINES),
        "/d/b": {"content": "b\n", "mode": "0600", "owner": 1000},
        "/d/sub": {"directory": True, "mode": "0775"},
        "/other": "untouched\n",
    }
    wishes = st.dictionaries(st.sampled_from(PATHS), states, min_size=1).map(
        lambda d: list(d.items())
    )
    secret = [("/d/b", regular(SECRET.encode(), 0o600)), ("/top", regular(b"x " + SECRET.encode()))]
    meddling = (
        st.tuples(st.integers(0, 29), st.integers(0, 29), st.sampled_from([0o644, 0o600]))
        .filter(
            lambda drawn: abs(drawn[0] - drawn[1]) != 1
        )  # neighbours are too near to tell apart
        .map(lambda drawn: meddle(*drawn))
    )
    examples = 30

    def asked(self, key: str, wishes: Any) -> bool:
        return "/" + key in [path for path, _ in wishes]


WORLD = Files
