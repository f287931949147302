"""A real supervisord of the test's own, on this very machine, in a folder."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
from sandbox import Sandbox, filled, step

from hardener.host import checks
from hardener.host.door.system import System
from hardener.host.record.store import Store
from hardener.host.supervisor import daemon, hosts, running, server

MAIN = """\
; the site's supervisord
[unix_http_server]
file = %(here)s/run/supervisor.sock   ; the socket
{login}
[supervisord]
logfile = %(here)s/run/supervisord.log
pidfile = %(here)s/run/supervisord.pid
childlogdir = %(here)s/run

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = conf.d/*.conf
"""
# A program with a child of its own, which lives on when only its parent is told to stop.
PARENT = """\
import subprocess, sys, time
deaf = "trap '' TERM; " if "deaf" in sys.argv else ""
child = subprocess.Popen(["sh", "-c", deaf + "exec sleep 600"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""
# Sections of every kind, and lines that may be added to each: some mean something else, some nothing.
SECTIONS = {
    "pair": "[group:pair]\nprograms=one,two\n",
    "ear": "[eventlistener:ear]\ncommand=/bin/cat\nevents=PROCESS_STATE_FATAL,TICK_5\nautostart=false\n",
    "web": "[fcgi-program:web]\ncommand=/bin/cat\nsocket=unix://%(here)s/web.sock\nautostart=false\n",
}
VARIANTS = {
    "a": (
        "stopsignal=SIGTERM", "stopsignal=15", "stopsignal=INT", "stdout_logfile_maxbytes=51200KB",
        "stdout_logfile_maxbytes=1MB", "killasgroup=no", "stopasgroup=yes", "umask=022", "exitcodes=0",
        "exitcodes=0,3", "autorestart=unexpected", "autorestart=true", "environment=Y='2',X=1",
        "environment=X=1", "priority=998", "startretries=3", "stdout_logfile=NONE", "stdout_logfile=none",
        "numprocs=1", "; a comment", "redirect_stderr=on", "serverurl=unix:///x", "directory=/",
        "stderr_syslog=true", "unknown_option=5", "startsecs=00", "user=root", "user=0", "serverurl=AUTO",
        "command=/bin/sleep  600", "command=/bin/sleep 600 ; why", "stopwaitsecs=11",
    ),
    "pair": ("priority=999", "priority=5", "programs = one, two", "programs=two,one", "unknown=1", "programs=one"),
    "ear": (
        "events=process_state_fatal, tick_5", "events=TICK_5", "buffer_size=10", "buffer_size=11", "priority=-1",
        "result_handler=supervisor.dispatchers:default_handler", "stopasgroup=true", "stderr_logfile=NONE",
    ),
    "web": (
        "socket_mode=0600", "socket_mode=0700", "socket_owner=root", "socket_backlog=5",
        "socket=unix://%(here)s/web2.sock", "process_name=%(program_name)s", "startretries=4",
    ),
}  # fmt: skip


class Site:
    """A supervisord with its files in a folder."""

    def __init__(self, folder: Path, login: str = "", user: int = 0) -> None:
        self.folder = folder
        self.user = user
        self.config = folder / "supervisord.conf"
        for name in ("run", "conf.d"):
            (folder / name).mkdir(parents=True)
        self.config.write_text(MAIN.replace("{login}", login))
        (folder / "parent.py").write_text(PARENT)
        self.host = Sandbox("/", store=Store(System("/"), str(folder / "state")))
        self.process: subprocess.Popen[bytes] | None = None

    def program(self, name: str, more: str = "", command: str = "/bin/sleep 600") -> Path:
        path = self.folder / f"conf.d/{name}.conf"
        path.write_text(f"[program:{name}]\ncommand={command}\nstartsecs=0\n{more}")
        return path

    def family(self, name: str, more: str = "", deaf: bool = False) -> Path:
        """A program with a child, which may take no notice of SIGTERM."""
        child = f"{self.folder}/run/{name}.child"
        python = f"{sys.executable} {self.folder}/parent.py {child} {'deaf' * deaf}"
        return self.program(name, more, python)

    def child(self, name: str) -> int:
        path = self.folder / f"run/{name}.child"
        wait(lambda: path.exists() and path.read_text() != "")
        return int(path.read_text())

    def start(
        self,
        wait_for_programs: bool = True,
        wait_for_answer: bool = True,
        words: list[str] | None = None,
        **environment: str,
    ) -> "Site":
        """Start it with these words, `-c` and its file if none are given."""
        if self.user:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.user, self.user)
        named = ["-c", str(self.config)] if words is None else words
        self.process = subprocess.Popen(
            [shutil.which("supervisord") or "", "-n", *named],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user or None,
            group=self.user or None,
            extra_groups=[] if self.user else None,
        )
        if wait_for_answer:
            wait(lambda: self.found().listens)
            wait(lambda: not wait_for_programs or "STARTING" not in self.states().values())
        else:
            wait(lambda: self.found().pid)
        return self

    def found(self) -> running.Running:
        return running.look(System("/"), str(self.config), self.as_it_is())

    def as_it_is(self) -> hosts.Host:
        return hosts.as_it_is(System("/"))

    def server(self) -> server.Server:
        return running.where(System("/"), str(self.config), self.as_it_is())

    def call(self, method: str, *arguments: Any) -> Any:
        return daemon.call(System("/"), self.server(), method, *arguments)

    def states(self) -> dict[str, str]:
        return {p["name"]: p["statename"] for p in self.call("getAllProcessInfo")}

    def pids(self) -> dict[str, int]:
        return {p["name"]: p["pid"] for p in self.call("getAllProcessInfo")}

    def step(self, number: int = 1, **params: Any) -> dict[str, Any]:
        return step("supervisor", number, config=str(self.config), **params)

    def check(self, retries: int = 0, **params: Any) -> str | None:
        """Return what is amiss, or None."""
        params = filled("supervisor", {"config": str(self.config), **params}, "check")
        call = {"type": "supervisor", "params": params, "retries": retries, "delay": 0.1}
        found: str | None = checks.ask(call, System("/"))
        return found

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        for path in (self.folder / "run").glob("*.child"):
            kill(int(path.read_text() or 0))


def wait(true: Callable[[], Any], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Is it there, and no zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(pid: int) -> None:
    if pid and alive(pid):
        os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def sites(folder: Path) -> Iterator[Callable[..., Site]]:
    """Yield a function that makes a Site; all of them are stopped in the end."""
    needs.program("supervisord")
    made: list[Site] = []

    def site(**options: Any) -> Site:
        made.append(Site(**{"folder": folder / f"site{len(made)}", **options}))
        return made[-1]

    yield site
    for each in made:
        each.stop()
