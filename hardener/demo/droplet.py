"""Lay the sample droplet: a trading system under supervisord, as the files of a host that is off.

In its /etc/passwd `root` and `trader` have the numbers of whoever calls, so that no file
needs an owner that only root could give.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

FILES = Path(__file__).with_name("files")
APP = "home/trader/trading-system"
LOGS = ("supervisord.log", "main_app.out.log", "trade_manager.out.log", "system_monitor.log")
TRADES = 2000
FOLDERS = ("usr/bin", "var/lib", "var/log", "run", "tmp", f"{APP}/logs", f"{APP}/.git/objects",
           f"{APP}/.git/refs/heads", f"{APP}/.git/refs/tags")  # fmt: skip
# What `git init` makes, by hand: a newcomer's machine may have no git (gitrepository-layout(5)).
REPOSITORY = {
    "HEAD": "ref: refs/heads/main\n",
    "config": "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n",
}
GITIGNORE = "# Python\n__pycache__/\n*.py[cod]\nvenv/\n\n.DS_Store\n"


def lay(root: Path) -> None:
    """Put the whole droplet below `root`, which must be empty or not there."""
    shutil.copytree(FILES, root, dirs_exist_ok=True)
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    _accounts(root / "etc")
    _repository(root / APP)
    _logs(root / APP / "logs")
    _data(root / APP / "backend/data")


def _accounts(etc: Path) -> None:
    uid, gid = os.geteuid(), os.getegid()
    users = {"trader": "/home/trader", "root": "/root"}  # a number is called by its first name
    (etc / "passwd").write_text(
        "".join(f"{name}:x:{uid}:{gid}::{home}:/bin/sh\n" for name, home in users.items())
    )
    (etc / "group").write_text("".join(f"{name}:x:{gid}:\n" for name in users))


def _repository(app: Path) -> None:
    for name, text in REPOSITORY.items():
        (app / ".git" / name).write_text(text)
    (app / ".gitignore").write_text(GITIGNORE)


def _logs(folder: Path) -> None:
    for name in LOGS:
        lines = (f"2024-03-02 06:{n // 60:02}:{n % 60:02} INFO tick {n}\n" for n in range(600))
        (folder / name).write_text("".join(lines))


def _data(folder: Path) -> None:
    """Make the database, and what the coordinator would have just written."""
    (folder / "trade_history").mkdir(parents=True)
    (folder / "btc.json").write_text('{"symbol": "BTC", "price": 61250.5}\n')
    trades = sqlite3.connect(folder / "trade_history/trades.db")
    with trades:
        trades.execute("CREATE TABLE trades (id INTEGER PRIMARY KEY, date, symbol, status, price)")
        trades.executemany("INSERT INTO trades VALUES (?, ?, ?, ?, ?)", map(_trade, range(TRADES)))
    trades.close()


def _trade(number: int) -> tuple[object, ...]:
    day = f"2024-{number // 180 % 12 + 1:02}-{number // 7 % 28 + 1:02}"
    status = ("closed", "closed", "expired", "open")[number % 4]
    return number + 1, day, ("BTC", "ETH", "SOL")[number % 3], status, 10 + number * 37 % 9000 / 100
