"""The user's folder on a test host: what root works on there, and which names are swapped."""

from collections.abc import Sequence
from typing import Any

from lab import Host
from sandbox import step

TRADER = (1002, 1002)
HOME = "/home/trader"
APP = HOME + "/app"
CONF, OTHER, NEW = APP + "/app.conf", APP + "/other.conf", APP + "/new.conf"
DATABASE, SUPERVISOR = APP + "/trades.db", APP + "/supervisord.conf"
STASHES = [f"{HOME}/stash-{number}" for number in range(3)]
PRISTINE = HOME + "/pristine"

LAID = f"""
cd {HOME}
mkdir -p app/logs app/sub app/made {" ".join(STASHES)}
for name in app.conf other.conf new.conf sub/file; do echo 'a = 1' > app/$name; done
printf '[supervisord]\\n\\n[program:x]\\ncommand=/bin/true\\n' > app/supervisord.conf
printf '*.pyc\\n' > app/.gitignore
python3 -c 'import sqlite3; sqlite3.connect("app/trades.db").execute("CREATE TABLE trades (date TEXT)")'
git -C app init -q
git -C app add app.conf
cp -a app pristine
chown -R trader:trader app pristine stash-*
"""


def swaps(dwells: Sequence[float]) -> list[dict[str, Any]]:
    """What each process of the hostile user swaps: files that are edited, those of programs, folders.

    `dwells` are the seconds for which a plant lies in the place of a name, one drawn for each swap.
    """
    shares = [
        ([CONF, OTHER, NEW], (0, 0.001, 0.005, 0.02)),
        ([APP + "/.gitignore", SUPERVISOR, DATABASE, APP + "/.git/index"], (0, 0.001, 0.005, 0.02)),
        ([APP, APP + "/logs", APP + "/.git", APP + "/made", APP + "/sub"], (0.005, 0.02, 0.1)),
    ]
    return [
        {
            "stash": stash,
            "victims": {path: path.replace(APP, PRISTINE, 1) for path in paths},
            "rests": rests,
            "dwells": dwells,
        }
        for stash, (paths, rests) in zip(STASHES, shares)
    ]


def lay(host: Host) -> None:
    host.sh(LAID)


def steps() -> list[tuple[str, dict[str, Any]]]:
    """(name, step) of what root does, each of a kind as often as it is to be chosen."""
    full = {"owner": "trader", "group": "trader", "mode": "0666"}
    found = {
        "content": step("file", path=CONF, content="new\n", **full),
        "attributes": step("file", path=CONF, **full),
        "other attributes": step("file", path=OTHER, **full),
        "of root": step("file", path=OTHER, owner="root", mode="0600"),
        "followed": step("file", path=CONF, follow=True, content="new\n", **full),
        "new": step("file", path=NEW, content="new\n", **full),
        "below": step("file", path=APP + "/sub", state="directory", recurse=True, **full),
        "folder": step("file", path=APP + "/made", state="directory", **full),
        "link": step("file", path=NEW, state="link", target="x", owner="trader", group="trader"),
        "away": step("file", path=OTHER, state="absent"),
        "line": step("line", path=CONF, line="b = 2", create=True, **full),
        "block": step("block", path=OTHER, id="ours", content="b = 2\n", create=True, **full),
        "ini": step("ini", path=OTHER, set={"program:x": {"b": "2"}}, create=True, **full),
        "gitignore": step("gitignore", repo=APP, patterns=["app.conf"], section="Conf", untrack=True),
        "supervisor": step("supervisor", config=SUPERVISOR, programs="*", options={"startretries": 3}),
        "indexes": step("indexes", sqlite=DATABASE, table="trades", columns=["date"], lock_timeout=1),
        "move": step("move", src=CONF, dest=HOME + "/moved.conf"),
        "logrotate": step(
            "logrotate", name="app", paths=[APP + "/logs/*.log"], su={"user": "trader", "group": "trader"}
        ),
    }  # fmt: skip
    return list(found.items())
