"""How long `harden --version` and `harden --help` take, against a Python that does nothing.

python -m benchmarks.start --rounds 30
"""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.rig import HARDEN
from benchmarks.timing import Case, measure, parser, quietly, show

FLOOR = "python -c pass"
COMMANDS = {
    FLOOR: [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "harden --version": [HARDEN, "--version"],
    "harden --help": [HARDEN, "--help"],
    "harden doc": [HARDEN, "doc"],
}


def main() -> None:
    wanted = parser(__doc__ or "", rounds=20).parse_args()
    cases = [Case(name, partial(quietly, argv)) for name, argv in COMMANDS.items()]
    show("Start", measure(cases, wanted.rounds), FLOOR)


if __name__ == "__main__":
    main()
