"""Files of environment variables as the systemd of a booted host reads them."""

import base64
from typing import Any

from inside import Inside
from sandbox import step

PATH = "/etc/default/app"
BEFORE = "; ours\nOLD='a'\"b\"c\\ d\n"
VALUES = {
    "PLAIN": "a/b:c",
    "BLANKS": " a  b ",
    "SIGNS": "$x ${y} `z` \"q\" 'r' \\n \\\\ #;=",
    "LINES": "one\ntwo",
    "EMPTY": "",
    "ACCENT": "é",
}
SHOW = "systemd-run -q --wait --pipe -p EnvironmentFile=%s sh -c 'env -0 | base64 -w0'"


def read(host: Any) -> dict[str, str]:
    """The environment of a service that is given the file."""
    pairs = base64.b64decode(host.sh(SHOW % PATH)).decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def etc(host: Any) -> dict[str, Any]:
    return {path: what for path, what in host.hash().items() if path.lstrip("/").startswith("etc")}


def test_systemd_reads_what_was_meant(any_host: Any) -> None:
    host, inside = any_host, Inside(any_host)
    host.write(PATH, BEFORE)
    host.sh(f"chmod 600 {PATH}")
    before = etc(host)
    made: dict[str, Any] = {"KEY": {"generate": {"length": 32}}, "OLD": {"one_of": ["abc d"]}}
    wish = step("env_file", path=PATH, dialect="systemd", variables={**VALUES, **made})
    assert inside.foretold(wish) == [f"change file:{PATH}"]
    found = read(host)
    assert {key: found.get(key) for key in VALUES} == VALUES
    assert found["OLD"] == "abc d" and len(found["KEY"]) == 32
    assert host.read(PATH).startswith(BEFORE)
    assert inside.play(wish) == "ok", inside.errors()
    assert read(host)["KEY"] == found["KEY"]
    assert inside.rollback() == "rolled back", inside.trouble()
    assert host.read(PATH) == BEFORE
    assert etc(host) == before
