"""playbooks/droplet.yml (without swap) by hand: every question once, nothing else.

droplet.py first|again

`first` makes the host so before it asks: what was is kept, then a line in a journal, the file, its
folder, each synced. What the playbook says is not read: its wishes stand here as constants. Exits
with 1 if the host is not as they say.
"""

# Bare, as it would be written for one host:
# ruff: noqa: ANN001, ANN002, ANN201, PTH103, PTH104, PTH116, PTH120, PTH123, PTH207, UP031
import glob
import hashlib
import http.client
import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import xmlrpc.client
from configparser import RawConfigParser

APP = "/home/trader/trading-system"
CONFIG = APP + "/backend/supervisord.conf"
DATABASE = APP + "/backend/data/trade_history/trades.db"
OPTIONS = {"startretries": "3", "stopasgroup": "true", "killasgroup": "true"}
IGNORED = ["bin/", "*.exe", "*.so", "logs/*.log", "logs/*.pid", "vendor/", "node_modules/", "*.db"]
COLUMNS = ("date", "symbol", "status")
ROTATE = "/etc/logrotate.d/trading-system"
ROTATED = """\
%s/logs/*.log {
    daily
    rotate 7
    compress
    delaycompress
    missingok
    notifempty
    create 0644 trader trader
    sharedscripts
    postrotate
        supervisorctl -c %s pid | xargs -r kill -USR2
    endscript
}
"""
SHOWN = "#!/bin/sh\nfree -m; df -h /; uptime; supervisorctl -c %s status\n" % CONFIG
KEPT = "/var/lib/floor"


def main(word):
    config = RawConfigParser(inline_comment_prefixes=(";",), strict=False)
    config.read(CONFIG)
    well(config)
    assert os.statvfs("/").f_bavail
    if word == "first":
        change(config)
    again(config)


def again(config):
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
    programs = server(config, "supervisor.getAllProcessInfo")
    assert programs and all(each["statename"] == "RUNNING" for each in programs)


def server(config, question):
    """Ask supervisord."""
    path = config["unix_http_server"]["file"].replace("%(here)s", os.path.dirname(CONFIG))
    asked = Supervisor(path)
    asked.request("POST", "/RPC2", xmlrpc.client.dumps((), question))
    return xmlrpc.client.loads(asked.getresponse().read())[0][0]


class Supervisor(http.client.HTTPConnection):
    """HTTP over a socket of the file system."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.host)


def logrotate():
    with open(ROTATE) as file:
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
        for column in COLUMNS:
            found = trades.execute("PRAGMA index_xinfo(idx_trades_%s)" % column).fetchall()
            assert found[0][2] == column


def change(config):
    """Make the host so; the programs go on as they are, with options that they take up later."""
    os.makedirs(KEPT)
    trader = pwd.getpwnam("trader")
    own = (trader.pw_uid, trader.pw_gid)
    put(ROTATE, ROTATED % (APP, CONFIG), 0o644, 0, 0)
    assert b"error" not in run("logrotate", "-d", ROTATE)
    put(CONFIG, with_options(), 0o644, *own)
    config.read(CONFIG)
    server(config, "supervisor.reloadConfig")
    with open(APP + "/.gitignore") as file:
        ignored = file.read()
    put(APP + "/.gitignore", ignored + "\n".join(IGNORED) + "\n", 0o644, *own)
    make_indexes()
    put(APP + "/scripts/monitor_performance.sh", SHOWN, 0o755, *own)


def with_options():
    """The configuration with the options at the end of each program's section."""
    with open(CONFIG) as file:
        head, *sections = file.read().split("\n[")
    for number, section in enumerate(sections):
        if section.startswith("program:"):
            lines = [each for each in section.split("\n") if not each.startswith("startretries")]
            lines[1:1] = ["%s=%s" % pair for pair in OPTIONS.items()]
            sections[number] = "\n".join(lines)
    return "\n[".join([head] + sections)


def put(path, text, mode, uid, gid):
    """Keep what was, announce, write beside, rename: each on the disk before the next."""
    if os.path.exists(path):
        shutil.copyfile(path, KEPT + "/" + path.replace("/", "%"))
        synced(KEPT + "/" + path.replace("/", "%"))
    announce(path)
    with open(path + "~", "w") as file:
        file.write(text)
        os.fchown(file.fileno(), uid, gid)
        os.fchmod(file.fileno(), mode)
    synced(path + "~")
    os.rename(path + "~", path)
    synced(os.path.dirname(path))
    with open(path) as file:
        assert file.read() == text


def announce(what):
    with open(KEPT + "/journal", "a") as file:
        file.write(json.dumps({"change": what}) + "\n")
    synced(KEPT + "/journal")
    synced(KEPT)


def synced(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def make_indexes():
    announce(DATABASE)
    with sqlite3.connect(DATABASE) as trades:
        for column in COLUMNS:
            trades.execute("CREATE INDEX idx_trades_%s ON trades (%s)" % (column, column))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def run(*argv, user=None, stdin=b""):
    who = {"user": user, "group": user} if user else {}
    return subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, check=False, **who).stdout


if __name__ == "__main__":
    main(sys.argv[1])
