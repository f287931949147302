"""How long the host's code takes to start where it is kept, against a Python that does nothing.

python -m benchmarks.host_start --rounds 30
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks import rig  # noqa: F401 - it has bytecode written, as where it is installed
from benchmarks.timing import Case, folder_of_a_host, measure, parser, quietly, show
from hardener.connect.bootstrap import arguments
from hardener.connect.code import Code, host_code, host_files
from hardener.connect.target import Target

FLOOR = "python -I -S -c pass"
ALONE = {name: text for name, text in host_files().items() if name.endswith("host/wire/start.py")}
NOTHING = Code.of({**ALONE, "hardener/__init__.py": "def main(reader, writer, root):\n    pass\n"})


def main() -> None:
    wanted = parser(__doc__ or "", rounds=30).parse_args()
    with folder_of_a_host() as folder:
        cases = [
            Case(FLOOR, partial(quietly, [sys.executable, "-I", "-S", "-c", "pass"])),
            Case("the bootstrap", started(Path(folder, "a"), NOTHING, "hardener:main")),
            Case("and the modules of every play", started(Path(folder, "b"), host_code())),
        ]
        show("Start of the host's code", measure(cases, wanted.rounds), FLOOR)


def started(root: Path, code: Code, entry: str = "hardener.host.wire.loop:main") -> partial[None]:
    """Have the code kept in a tree, and return what starts it there and hangs up."""
    root.mkdir()
    target = Target(name="here", root=str(root))
    command = [sys.executable, *arguments(target, code, "mark", entry)]
    sent = len(code.packed).to_bytes(4, "big") + code.packed
    subprocess.run(command, input=sent, capture_output=True, check=True)
    said = subprocess.run(command, input=b"", capture_output=True, check=True).stdout
    assert json.loads(said.partition(b"\n")[0].removeprefix(b"mark"))["kept"]
    return partial(quietly, command)


if __name__ == "__main__":
    main()
