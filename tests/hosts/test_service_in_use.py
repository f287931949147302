"""A service that something uses, on booted hosts: who is found, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest
from faults.lockout.command import Command
from inside import Inside
from lab.host import Host
from lab.session import Lab
from sandbox import step
from until import until

SERVER = """
import os, select, socket
if os.path.exists("/run/db.sock"):
    os.unlink("/run/db.sock")
tcp = socket.create_server(("::", 5000), family=socket.AF_INET6, dualstack_ipv6=True)
unix = socket.socket(socket.AF_UNIX)
unix.bind("/run/db.sock")
unix.listen()
held = []
own = socket.create_connection(("127.0.0.1", 5000))
while True:
    for ready in select.select([tcp, unix], [], [])[0]:
        held.append(ready.accept()[0])
"""
CLIENT = """
import socket, time
held = socket.create_connection(("127.0.0.1", 5000))
time.sleep(1000)
"""
LOCAL = """
import socket, time
held = socket.socket(socket.AF_UNIX)
held.connect("/run/db.sock")
time.sleep(1000)
"""
UNIT = "[Unit]\n{unit}\n[Service]\nExecStart=/usr/bin/python3 /usr/local/lib/{name}.py\n[Install]\nWantedBy=multi-user.target\n"
OFF: dict[str, Any] = {"name": "db", "state": "stopped", "enabled": False}


@pytest.fixture
def inside(any_host: Any) -> Inside:
    """A service `db` that is connected to itself, which is no use; nobody else is yet."""
    inside = Inside(any_host)
    lay(inside, "db", SERVER, "")
    inside.host.sh("systemctl enable -q --now db")
    until(lambda: connections(inside) == 1)
    return inside


def connections(inside: Inside) -> int:
    """How many come from this host."""
    return inside.host.sh("ss -Htn state established dport = :5000").count("\n")


def lay(inside: Inside, name: str, program: str, unit: str) -> None:
    inside.host.write(f"/usr/local/lib/{name}.py", program)
    inside.host.write(f"/etc/systemd/system/{name}.service", UNIT.format(name=name, unit=unit))
    inside.host.sh("systemctl daemon-reload")


def state(inside: Inside, unit: str = "db") -> tuple[str, str]:
    return tuple(
        inside.host.run(["systemctl", f"is-{what}", unit], check=False).stdout.strip()
        for what in ("enabled", "active")
    )


def refused(inside: Inside) -> str:
    """Who is said to use it."""
    assert inside.play(step("service", **OFF, if_used="refuse")) == "refused", inside.events
    assert "db is in use" in inside.errors() and "`if_used: stop`" in inside.errors()
    assert state(inside) == ("enabled", "active")
    return inside.errors()


def test_nobody_uses_it(inside: Inside) -> None:
    wish = step("service", **OFF, if_used="refuse")
    assert inside.foretold(wish) == ["change service:db"]
    assert state(inside) == ("disabled", "inactive")
    assert inside.play(wish) == "ok", inside.changes("preview")
    assert inside.rollback() == "rolled back", inside.trouble()
    assert state(inside) == ("enabled", "active")


def test_a_unit_that_needs_it_and_is_connected(inside: Inside) -> None:
    lay(inside, "app", CLIENT, "Requires=db.service\nAfter=db.service")
    wish = step("service", **OFF, if_used="refuse")
    assert inside.play(wish, dry_run=True) == "pending", "app does not run yet"
    inside.host.sh("systemctl start app")
    until(lambda: connections(inside) == 2)
    said = refused(inside)
    assert "app.service needs it" in said
    assert "1 connection from 127.0.0.1 (app.service) to its port 5000" in said
    assert inside.play(step("service", **OFF, if_used="skip")) == "ok"
    assert any("db is left as it is: app.service needs it" in note for note in inside.notes())
    assert inside.play(step("service", name="db", enabled=False, if_used="refuse")) == "refused"
    both = (
        step("service", 1, name="app", state="stopped"),
        step("service", 2, **OFF, if_used="refuse"),
    )
    assert inside.foretold(*both) == ["change service:app", "change service:db"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert (state(inside), state(inside, "app")[1]) == (("enabled", "active"), "active")
    assert inside.play(step("service", **OFF)) == "changed", "by itself it does not look"


def test_who_wants_it(inside: Inside) -> None:
    lay(inside, "web", "import time; time.sleep(1000)", "Wants=db.service")
    inside.host.sh("systemctl start web")
    assert "web.service wants it" in refused(inside)


def test_a_client_of_another_host_but_our_own_login(
    lab: Lab, any_host: Host, tmp_path: Path
) -> None:
    harden = Command(lab, any_host, tmp_path)
    book = harden.playbook({"service": {"name": "ssh", "enabled": False, "if_used": "refuse"}})
    alone = harden("apply", str(book), "--dry-run", "--no-look-ahead")
    assert alone.returncode == 0 and "change service:ssh" in alone.stdout, alone.stdout
    say = f"import socket, time; held = socket.create_connection(({any_host.address!r}, 22)); "
    say += "print(held.recv(4), flush=True); time.sleep(1000)"
    with lab.controller_popen(["python3", "-c", say], stdout=-1) as client:
        try:
            assert client.stdout and "SSH-" in str(client.stdout.readline())
            refusal = harden("apply", str(book), "--dry-run", "--no-look-ahead")
            assert refusal.returncode == 1, refusal.stdout
            assert "1 connection from 10.213.0.1 to its port 22" in refusal.stdout
        finally:
            client.kill()


def test_a_client_of_its_socket(inside: Inside) -> None:
    inside.host.write("/root/client.py", LOCAL)
    inside.host.sh("systemd-run -q --unit=client python3 /root/client.py")
    until(lambda: "db.sock" in inside.host.sh("ss -Hx state connected src /run/db.sock"))
    assert "1 connection to its /run/db.sock" in refused(inside)
