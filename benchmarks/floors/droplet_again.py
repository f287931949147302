"""A second run of playbooks/droplet.yml (without swap) by hand: every question once, nothing else.

What the playbook says is not read: its wishes stand here as constants. Exits with 1 if the host
is not as they say.
"""

# Bare, as it would be written for one host:
# ruff: noqa: ANN001, ANN002, ANN201, PTH116, PTH120, PTH123, PTH207, UP031
import glob
import hashlib
import http.client
import os
import socket
import sqlite3
import subprocess
import time
import xmlrpc.client
from configparser import RawConfigParser

APP = "/home/trader/trading-system"
CONFIG = APP + "/backend/supervisord.conf"
DATABASE = APP + "/backend/data/trade_history/trades.db"
OPTIONS = {"startretries": "3", "stopasgroup": "true", "killasgroup": "true"}
IGNORED = ["bin/", "*.exe", "*.so", "logs/*.log", "logs/*.pid", "vendor/", "node_modules/", "*.db"]


def main():
    config = RawConfigParser(inline_comment_prefixes=(";",), strict=False)
    config.read(CONFIG)
    well(config)
    assert os.statvfs("/").f_bavail
    logrotate()
    for section in config.sections():
        if section.startswith("program:"):
            assert OPTIONS.items() <= dict(config[section]).items()
    gitignore()
    indexes()
    packages = run("dpkg-query", "-W", "-f", "${Status}\n", "htop", "iotop", "nethogs")
    assert packages.count(b"ok installed") == 3
    assert digest(APP + "/scripts/monitor_performance.sh")
    well(config)
    fresh = [os.stat(path).st_mtime for path in glob.glob(APP + "/backend/data/*.json")]
    assert max(fresh) > time.time() - 600


def well(config):
    """Both health checks: every program runs, and the page answers."""
    page = http.client.HTTPConnection("localhost", 3000, timeout=10)
    page.request("GET", "/")
    answer = page.getresponse()
    assert answer.status == 200 and b"REC.IO" in answer.read()
    path = config["unix_http_server"]["file"].replace("%(here)s", os.path.dirname(CONFIG))
    asked = Supervisor(path)
    asked.request("POST", "/RPC2", xmlrpc.client.dumps((), "supervisor.getAllProcessInfo"))
    programs = xmlrpc.client.loads(asked.getresponse().read())[0][0]
    assert programs and all(each["statename"] == "RUNNING" for each in programs)


class Supervisor(http.client.HTTPConnection):
    """HTTP over a socket of the file system."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def logrotate():
    with open("/etc/logrotate.d/trading-system") as file:
        assert "delaycompress" in file.read()


def gitignore():
    """The patterns are there; which tracked files they ignore is asked of git, as its owner."""
    with open(APP + "/.gitignore") as file:
        assert set(IGNORED) <= set(file.read().split("\n"))
    names = run("git", "-C", APP, "ls-files", "-z", user="trader")
    run("git", "-C", APP, "check-ignore", "--no-index", "-z", "--stdin", user="trader", stdin=names)


def indexes():
    with sqlite3.connect("file:%s?mode=ro" % DATABASE, uri=True) as trades:
        assert trades.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        for column in ("date", "symbol", "status"):
            found = trades.execute("PRAGMA index_xinfo(idx_trades_%s)" % column).fetchall()
            assert found[0][2] == column


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def run(*argv, user=None, stdin=b""):
    who = {"user": user, "group": user} if user else {}
    return subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, check=False, **who).stdout


if __name__ == "__main__":
    main()
