"""A supervisord.conf, and a supervisord, of a user who is not to be trusted."""

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from supervised import Site, alive, sites, wait
from tree import GROUP, PASSWD, lay

from hardener.host.door.system import System
from hardener.host.errors import StepError
from hardener.host.supervisor import daemon, exchange
from hardener.host.supervisor.server import Server

TRADER = 1000
MAIN = "/home/trader/supervisord.conf"
TEXT = "[supervisord]\n[program:x]\ncommand=/bin/true\n[include]\nfiles=%s\n"
ROOTS = "[program:roots]\ncommand=/usr/bin/roots\n"


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Sandbox]:
    needs.root()

    def made(include: str, **owners: int) -> Sandbox:
        files = {
            MAIN: TEXT % include,
            "/etc/roots.d/roots.conf": ROOTS,
            "/home/trader/x.d/y.conf": "",
        }
        lay(tmp_path, {"/etc/passwd": PASSWD, "/etc/group": GROUP, **files})
        for path in ("/home/trader", MAIN, "/home/trader/x.d", "/home/trader/x.d/y.conf"):
            os.chown(tmp_path / path[1:], TRADER, TRADER)
        for path, owner in owners.items():
            os.chown(tmp_path / path.replace("__", "/"), owner, owner)
        return Sandbox(tmp_path)

    return made


@pytest.mark.parametrize("include", ["/etc/roots.d/*.conf", "../../etc/roots.d/*.conf"])
@pytest.mark.parametrize(
    "asked",
    [
        {"programs": "*", "options": {"startretries": 5}},
        {"sections": {"program:roots": {"command": "/bin/false"}}},
        {"program": {"name": "roots", "state": "absent"}},
        {"program": {"name": "new", "command": "/bin/true"}},
    ],
)
def test_an_include_leads_to_nothing_that_its_writer_may_not_write(
    asked: Any, include: str, tree: Callable[..., Sandbox]
) -> None:
    host = tree(include)
    assert host.play(step("supervisor", config=MAIN, **asked)) == "refused"
    assert "is not edited by way of /home/trader/supervisord.conf" in host.errors()
    assert (host.root / "etc/roots.d/roots.conf").read_text() == ROOTS
    assert [p.name for p in (host.root / "etc/roots.d").iterdir()] == ["roots.conf"]


def test_what_is_in_the_same_hands_is_edited(tree: Callable[..., Sandbox]) -> None:
    host = tree("x.d/*.conf")
    call = step("supervisor", config=MAIN, program={"name": "new", "command": "/bin/true"})
    assert host.play(call) == "changed", host.errors()
    made = host.root / "home/trader/x.d/new.conf"
    assert made.read_text() == "[program:new]\ncommand=/bin/true\n"


def test_roots_own_file_may_lead_anywhere(tree: Callable[..., Sandbox]) -> None:
    host = tree(
        "/etc/roots.d/*.conf /home/trader/x.d/*.conf",
        home__trader=0,
        **{MAIN[1:].replace("/", "__"): 0},
    )
    call = step("supervisor", config=MAIN, programs="roots", options={"startretries": 5})
    assert host.play(call) == "changed", host.errors()


def test_of_others_only_what_they_could_write_too(tree: Callable[..., Sandbox]) -> None:
    """Bob's file in the trader's folder: the trader may replace it, but the main file is Bob's."""
    host = tree("/home/trader/x.d/*.conf", **{MAIN[1:].replace("/", "__"): 2000})
    call = step("supervisor", config=MAIN, program={"name": "new", "command": "/bin/true"})
    assert host.play(call) == "refused"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that an ordinary user can reach, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


LIAR = """
import os, socketserver, sys
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCDispatcher
path, victim = sys.argv[1], int(sys.argv[2])
class Handler(SimpleXMLRPCRequestHandler):
    disable_nagle_algorithm = False
    rpc_paths = ()
    def address_string(self): return "x"
    def log_message(self, *_): pass
class Server(socketserver.UnixStreamServer, SimpleXMLRPCDispatcher):
    logRequests = False
    def __init__(self):
        SimpleXMLRPCDispatcher.__init__(self, True, None)
        socketserver.UnixStreamServer.__init__(self, path, Handler)
web = {"group": "web", "name": "web", "statename": "STOPPED", "pid": victim, "exitstatus": 0,
       "autostart": False, "inuse": True, "stopsignal": 9, "stopwaitsecs": 1}
server = Server()
values = {
    "getPID": os.getpid(), "getAllProcessInfo": [web], "getAllConfigInfo": [web], "addProcessGroup": True,
    "stopProcessGroup": [], "removeProcessGroup": True, "reloadConfig": [[[], ["web"], []]],
}
for name, value in values.items():
    server.register_function(lambda *_, value=value: value, "supervisor." + name)
def several(calls): return [values[each["methodName"].partition(".")[2]] for each in calls]
server.register_function(several, "system.multicall")
server.serve_forever()
"""


@pytest.mark.parametrize("user", [0, TRADER], ids=["roots", "the user's own"])
def test_a_supervisord_ends_no_process_that_it_could_not_end_itself(
    public: Path, user: int
) -> None:
    """It says which process its program was: the trader's own is ended, root's is not."""
    needs.root()
    site = Site(public / "site", user=TRADER)
    site.program("web", "stopasgroup=true\n")
    for path in (site.folder, *site.folder.rglob("*")):
        os.chown(path, TRADER, TRADER)
    script = public / "liar.py"
    script.write_text(LIAR)
    victim = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True, user=user)
    liar = subprocess.Popen(
        ["/usr/bin/python3", script, str(site.folder / "run/supervisor.sock"), str(victim.pid)],
        user=TRADER, group=TRADER, extra_groups=[],
    )  # fmt: skip
    try:
        wait(lambda: site.found().listens)
        site.host.play(site.step(programs="web", options={"startretries": 5}))
        if user:
            wait(lambda: not alive(victim.pid))
        assert alive(victim.pid) is (user == 0), site.host.errors()
    finally:
        for process in (victim, liar):
            process.kill()
            process.wait()


def test_a_process_that_only_looks_like_it_is_not_believed(public: Path) -> None:
    """Its environment would say where the socket is, which gets the password."""
    needs.root()
    site = Site(public / "site")
    config = site.config.read_text().replace("run/supervisor.sock", "%(ENV_WHERE)s")
    site.config.write_text(config)
    fake = ["/usr/bin/python3", "-c", "import time; time.sleep(600)", "-c", str(site.config)]
    fake = ["supervisord", *fake[1:]]
    process = subprocess.Popen(
        fake, executable="/usr/bin/python3", user=TRADER, env={"WHERE": "/tmp/mine.sock"}
    )
    try:
        wait(lambda: "sleep" in Path(f"/proc/{process.pid}/cmdline").read_text())
        assert site.found().pid is None
        assert site.found().environment == ()
    finally:
        process.kill()
        process.wait()


def answering(folder: Path, *parts: bytes, pause: float = 0) -> tuple[Server, threading.Thread]:
    """Something that gives one answer on a socket, in parts."""
    path = folder / "socket"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()

    def answer() -> None:
        connection, _ = listening.accept()
        with connection, listening:
            connection.recv(65536)
            try:
                for part in parts:
                    connection.sendall(part)
                    time.sleep(pause)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass  # who closes while there is more to read resets the connection
            except OSError:
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return Server(f"unix://{path}", "", ""), thread


def xml(value: str) -> bytes:
    body = (
        f"<methodResponse><params><param><value>{value}</value></param></params></methodResponse>"
    )
    return b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body.encode())


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("getPID", "<string>1</string>"),
        ("getPID", "<int>-1</int>"),
        ("getAllProcessInfo", "<int>1</int>"),
        ("getAllProcessInfo", "<array><data><value><int>1</int></value></data></array>"),
        ("getAllProcessInfo", "<array><data><value><struct></struct></value></data></array>"),
        ("reloadConfig", "<array><data></data></array>"),
        ("reloadConfig", "<array><data><value><int>1</int></value></data></array>"),
        ("getPID", "<nonsense/>"),
        ("getPID", "<int>x</int>"),
        ("getPID", "<!DOCTYPE a [<!ENTITY b 'c'>]><int>1</int>"),
    ],
)
def test_an_answer_of_another_form_is_no_supervisords(
    tmp_path: Path, method: str, value: str
) -> None:
    where, _ = answering(tmp_path, xml(value))
    with pytest.raises(StepError, match="is no supervisord"):
        daemon.call(System("/"), where, method)


@pytest.mark.parametrize(
    "values",
    [
        "<int>1</int>",
        "<array><data><value><int>1</int></value></data></array>",
        "<array><data><value><int>1</int></value><value><int>1</int></value></data></array>",
    ],
)
def test_several_answers_of_another_form_are_no_supervisords(tmp_path: Path, values: str) -> None:
    where, _ = answering(tmp_path, xml(values))
    with pytest.raises(StepError, match="is no supervisord"):
        daemon.call_all(System("/"), where, "getPID", "getAllProcessInfo")


def test_one_of_several_is_refused(tmp_path: Path) -> None:
    fault = "".join(
        f"<member><name>{name}</name><value>{value}</value></member>"
        for name, value in {"faultCode": "<int>6</int>", "faultString": "SHUTDOWN_STATE"}.items()
    )
    answers = f"<value><int>1</int></value><value><struct>{fault}</struct></value>"
    where, _ = answering(tmp_path, xml(f"<array><data>{answers}</data></array>"))
    with pytest.raises(StepError, match="supervisord refuses getAllProcessInfo") as told:
        daemon.call_all(System("/"), where, "getPID", "getAllProcessInfo")
    assert told.value.why == "SHUTDOWN_STATE"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 200 OK\r\nX: ", b"HTTP/1.0 200 OK\r\n\r\n<methodResponse>"]
)
def test_an_answer_that_drips_ends(
    tmp_path: Path, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE", 1)
    where, _ = answering(tmp_path, head, *[b"x"] * 600, pause=0.05)
    started = time.monotonic()
    with pytest.raises(StepError):
        daemon.call(System("/"), where, "getPID")
    assert time.monotonic() - started < 15


def test_an_answer_without_end_ends(tmp_path: Path) -> None:
    head = b"HTTP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n<methodResponse>"
    where, _ = answering(tmp_path, head, *[b"x" * (1 << 20)] * 64)
    with pytest.raises(StepError, match="is no supervisord"):
        daemon.call(System("/"), where, "getPID")


def test_nothing_is_left_open(tmp_path: Path) -> None:
    """An answer is read until its time is over: neither a thread nor the connection outlives it."""
    with sites(tmp_path) as make:
        site = make().start()
        before = threading.active_count(), len(os.listdir("/proc/self/fd"))
        site.call("getPID")
        assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before
