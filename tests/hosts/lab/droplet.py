"""The world of a trading droplet: an application under supervisord, its logs, its data.

`lay` needs neither root nor a lab: it puts files into any folder. `lay_booting` is for a host's
root before its boot, so that supervisord comes up with it; `start` is for a host that runs.

The programs write logs and JSON files all the time (`treehash.DROPLET_VOLATILE`); the database
they only read, so that its hash tells whether an index came or went.
"""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.host import Host

APP = "home/trader/trading-system"
#: What the world's programs are called in `supervisorctl status`.
PROCESSES = (
    "active_trade_supervisor",
    "auto_entry_supervisor",
    "cascading_failure_detector",
    "crash_listener",
    "kalshi_account_sync",
    "kalshi_api_watchdog",
    "main_app",
    "prices:btc_price_watchdog",
    "prices:eth_price_watchdog",
    "system_monitor",
    "trade_executor",
    "trade_manager",
    "unified_production_coordinator:unified_production_coordinator_00",
    "unified_production_coordinator:unified_production_coordinator_01",
)
CONFIG = f"/{APP}/backend/supervisord.conf"
UNIT = "trading-supervisord.service"
DATABASE = f"/{APP}/backend/data/trade_history/trades.db"
TRADES = 5000

UNIT_TEXT = f"""\
[Unit]
Description=Trading system
After=network.target

[Service]
ExecStart=/usr/bin/supervisord --nodaemon --configuration {CONFIG}
ExecReload=/usr/bin/supervisorctl --configuration {CONFIG} update
KillMode=mixed
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""

#: Columns and comments as people leave them. Nothing here is mounted in a container.
FSTAB = """\
# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
LABEL=cloudimg-rootfs\t/\t ext4\tdiscard,errors=remount-ro\t0 1
LABEL=UEFI\t/boot/efi\tvfat\tnoauto,umask=0077\t0 1
   # the backup volume, when it is attached
/dev/disk/by-id/scsi-0DO_Volume_backup   /mnt/backup ext4 noauto,nofail,discard,noatime  0
#/swapfile none swap sw 0 0
tmpfs  /mnt/scratch    tmpfs   noauto,size=16m
"""

GITIGNORE = """\
# Python
__pycache__/
*.py[cod]
venv/

.DS_Store
"""


def lay(root: Path, owner: tuple[int, int] | None = None) -> Path:
    """Put the application's folder, /etc/fstab and the unit under a root; the app's folder.

    owner: uid and gid of the application's files; without it they stay the caller's own.
    """
    app = root / APP
    shutil.copytree(Path(__file__).with_name("world"), app)
    (app / ".gitignore").write_text(GITIGNORE)
    lay_data(app / "backend/data")
    commit_all(app)
    lay_system(root)
    if owner:
        own(app, *owner)
    return app


def lay_data(data: Path) -> None:
    """Make the database and the first JSON files."""
    history = data / "trade_history"
    history.mkdir(parents=True)
    (data / "settings.json").write_text('{"max_position": 10, "paper": false}\n')
    columns = "id INTEGER PRIMARY KEY, date TEXT, symbol TEXT, status TEXT, side TEXT, price REAL"
    trades = sqlite3.connect(history / "trades.db")
    with trades:
        trades.execute(f"CREATE TABLE trades ({columns})")
        trades.executemany(
            "INSERT INTO trades VALUES (?, ?, ?, ?, ?, ?)", (trade(n) for n in range(TRADES))
        )
        trades.execute("CREATE INDEX trades_by_price ON trades (price)")
    trades.close()


def trade(number: int) -> tuple[object, ...]:
    """The nth trade; the same in every droplet."""
    day = f"2024-{number // 420 % 12 + 1:02}-{number // 15 % 28 + 1:02}"
    status = ("closed", "closed", "expired", "open")[number % 4]
    symbol = ("BTC", "ETH", "SOL")[number % 3]
    return (
        number + 1,
        day,
        symbol,
        status,
        ("yes", "no")[number % 2],
        10 + number * 37 % 9000 / 100,
    )


def commit_all(app: Path) -> None:
    """Commit it all: the log file too, and the database, as people do who notice it later."""
    settings = ("user.name=Trader", "user.email=trader@localhost", "gc.auto=0")
    git = ["git", "-C", str(app), *(part for setting in settings for part in ("-c", setting))]
    date = {"GIT_AUTHOR_DATE": "2024-03-02T06:00:00Z", "GIT_COMMITTER_DATE": "2024-03-02T06:00:00Z"}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=Trading system"],
    ):
        subprocess.run([*git, *command], check=True, env=environment | alone | date)


def lay_system(root: Path) -> None:
    """Put the files that lie outside the application's folder."""
    units = root / "etc/systemd/system"
    units.mkdir(parents=True, exist_ok=True)
    (units / UNIT).write_text(UNIT_TEXT)
    (root / "etc/fstab").write_text(FSTAB)


def own(folder: Path, uid: int, gid: int) -> None:
    """Give a folder and all in it to somebody."""
    for parent, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(os.path.join(parent, name), uid, gid, follow_symlinks=False)


def trader(root: Path) -> tuple[int, int]:
    """Uid and gid of `trader` by the root's own passwd file."""
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "trader":
            return int(uid), int(gid)
    raise LookupError(f"no user trader in {root}/etc/passwd")


def lay_booting(root: Path) -> None:
    """Lay it into a host's root so that it starts at boot: `lab.host(prepare=lay_booting)`."""
    lay(root, trader(root))
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / UNIT).symlink_to(f"/etc/systemd/system/{UNIT}")


def droplet(host: "Host") -> "Host":
    """Make a droplet of a host that runs, and wait until all its programs do."""
    lay(host.root, trader(host.root))
    host.run(["systemctl", "daemon-reload"])
    host.run(["systemctl", "enable", "--quiet", "--now", UNIT])
    wait_for_programs(host)
    return host


def wait_for_programs(host: "Host", timeout: float = 30) -> None:
    """Wait until supervisord says RUNNING of every program."""
    every = f"supervisorctl -c {CONFIG} status | awk '$2 != \"RUNNING\" {{ exit 1 }}'"
    count = f"[ $(supervisorctl -c {CONFIG} status | wc -l) = {len(PROCESSES)} ]"
    host.wait_until(["sh", "-c", f"{count} && {every}"], timeout)


def supervisorctl(host: "Host", *words: str) -> str:
    """Ask the droplet's own supervisord; what it answered."""
    return host.run(["supervisorctl", "-c", CONFIG, *words], check=False).stdout
