"""`python tests/hosts/lab`: the lab by hand.

trees [SUITE...]   make the cached trees (those of all tests)
droplet [SUITE]    boot a droplet and open the controller's shell beside it
clear              clear what dead sessions left
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab import session, tree
from lab.droplet import lay_booting, wait_for_programs


def show_droplet(suite: str) -> None:
    """Boot it and open a shell; both go when the shell ends."""
    with session.Lab() as lab:
        host = lab.host("droplet", suite, prepare=lay_booting)
        wait_for_programs(host)
        print(f"ssh -F {lab.ssh_config} root@droplet   # ops's password: {lab.password}")
        with lab.controller_popen([os.environ.get("SHELL", "/bin/sh")]) as shell:
            shell.wait()


def main(command: str = "help", *words: str) -> None:
    """Do as the module's docstring says."""
    if command == "trees":
        session.make_trees(*map(tree.Recipe, words or (tree.OLDEST, *tree.SUITES)))
    elif command == "droplet":
        show_droplet(*(words or ("bookworm",)))
    elif command == "clear":
        with session.one_at_a_time():
            session.clear_dead_sessions()
    else:
        print(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
