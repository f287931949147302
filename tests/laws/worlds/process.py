"""Processes of our own, with two threads; soft limits alone: hard ones take a capability to give back."""

import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import needs
from hypothesis import strategies as st
from laws.world import Meddling, World

from hardener.host.kinds.process import ProcessKind, ProcessState

THREADS = "import threading, time; [threading.Thread(target=time.sleep, args=(600,)).start() for _ in 'ab']"
_, MOST = resource.getrlimit(resource.RLIMIT_NOFILE)


def limits(soft: int) -> tuple[tuple[str, int, int], ...]:
    return (("core", 0, resource.RLIM_INFINITY), ("nofile", soft, MOST))


def states() -> st.SearchStrategy[Any]:
    nice = st.sampled_from([None, (0,), (5,), (-3,)])
    soft = st.sampled_from([(), limits(100), limits(200)])
    adjusted = st.sampled_from([None, 0, 500])
    return st.tuples(nice, adjusted, soft).filter(lambda drawn: drawn != (None, None, ()))


def renice(value: str) -> Any:
    def work(world: Any) -> None:
        pids = [name for each in world.made for name in threads(each.pid)]
        subprocess.run(["renice", "-n", value, "-p", *pids], check=True, capture_output=True)

    return work


def threads(pid: int) -> list[str]:
    return sorted(path.name for path in Path(f"/proc/{pid}/task").iterdir())


class Processes(World):
    kind = "process"
    live = True
    wishes = states().map(lambda drawn: [drawn])
    first = st.just([(None, 300, limits(300))])
    meddling = st.sampled_from([
        Meddling([(None, 500, ())], renice("7"), related=False),
        Meddling([((5,), None, ())], renice("7"), related=True),
    ])  # fmt: skip
    without = {9: "what all can read in /proc holds no secret"}
    examples = 5

    def lay(self) -> None:
        needs.root()
        self.made = [subprocess.Popen([sys.executable, "-c", THREADS])]
        until = time.monotonic() + 20
        while len(threads(self.made[0].pid)) < 3 and time.monotonic() < until:
            time.sleep(0.01)

    def close(self) -> None:
        for each in self.made:
            each.kill()
            each.wait()

    def want(self, wish: Any, view: Any) -> Any:
        from hardener.host.kinds.process import Process
        from hardener.host.resource import Want

        resource = Process(self.made[0].pid, "python")
        return Want(resource, ProcessState(view.read(resource).born, *wish))

    def proof(self, wish: Any) -> tuple[Any, Any, Any]:
        wanted, found, canonical = super().proof(wish)
        kind = ProcessKind(None, None)
        return wanted, kind.part(found, wanted), kind.part(canonical, wanted)

    def look(self) -> dict[str, Any]:
        pid = self.made[0].pid
        folder = Path(f"/proc/{pid}")
        found: dict[str, Any] = {
            f"nice {number}": (folder / "task" / name / "stat").read_text().split()[18]
            for number, name in enumerate(threads(pid))
        }
        found["oom"] = (folder / "oom_score_adj").read_text()
        found.update((line[:26], line) for line in (folder / "limits").read_text().splitlines())
        return found

    def asked(self, key: str, wishes: Any) -> bool:
        nice, adjusted, soft = wishes[0]
        if key.startswith("nice"):
            return nice is not None
        return (
            adjusted is not None
            if key == "oom"
            else (bool(soft) and "files" in key) or "core" in key
        )


WORLD = Processes
