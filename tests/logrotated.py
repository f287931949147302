"""Small trees with the real logrotate, and whatever else it runs, in them."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import needs
import pytest
from sandbox import Sandbox, step
from tree import lay

CONF = "weekly\nrotate 4\ncreate\ninclude /etc/logrotate.d\n"
BASE = {
    "/etc/logrotate.conf": CONF,
    "/etc/logrotate.d": {"directory": True},
    "/var/log/app/a.log": "line\n",
}


def put_program(root: Path, name: str) -> None:
    """Copy a program of this machine and the libraries that it loads."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert path
    told = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    for each in [path, *re.findall(r"(/\S+) \(0x", told)]:
        target = root / each.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(each, target)


@pytest.fixture
def host(tmp_path: Path) -> Callable[..., Sandbox]:
    needs.root()
    needs.program("logrotate", "ldd")

    def make(*programs: str, **files: Any) -> Sandbox:
        tmp_path.chmod(0o755)
        needs.program(*programs)
        (tmp_path / "usr/bin").mkdir(parents=True)
        (tmp_path / "bin").symlink_to("usr/bin")
        for program in ("logrotate", *programs):
            put_program(tmp_path, program)
        (tmp_path / "dev").mkdir()
        (tmp_path / "dev/null").touch()
        (tmp_path / "var/lib/logrotate").mkdir(parents=True)
        lay(tmp_path, {**BASE, **files})
        return Sandbox(tmp_path)

    return make


def app(**params: Any) -> dict[str, Any]:
    return step(
        "logrotate", **{"name": "app", "paths": ["/var/log/app/*.log"], "missingok": True, **params}
    )
