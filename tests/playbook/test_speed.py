import resource
import subprocess
import sys
from pathlib import Path

HARDEN = Path(sys.executable).with_name("harden")
SECTION = (Path(__file__).parent / "plays" / "section.yml").read_text()
PLAY = """\
- hosts: all
  vars:
    base: /srv
    base_port: 8000
    settings: {workers: 4, log: json}
  steps:
"""
HANDLER = "    - name: restart app{0}\n      service: {{name: app{0}, state: restarted}}\n"
LINES = 10_000
LIMIT = 1.0
ATTEMPTS = 5


def playbook() -> str:
    """Write a play of many parts, in which no name, path, template or condition is there twice."""
    parts = LINES // (SECTION + HANDLER).count("\n") + 1
    sections = (SECTION.replace("<N>", str(number)) for number in range(parts))
    return "".join([PLAY, *sections, "  handlers:\n", *map(HANDLER.format, range(parts))])


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_ten_thousand_lines_in_a_second(tmp_path: Path) -> None:
    """The whole command, its start too; the best of some times, since others work here as well."""
    path = tmp_path / "long.yml"
    text = playbook()
    assert text.count("\n") >= LINES
    path.write_text(text)
    times = []
    while len(times) < ATTEMPTS and not any(each < LIMIT for each in times):
        before = cpu_seconds()
        done = subprocess.run(
            [HARDEN, "validate", path], capture_output=True, text=True, timeout=60, check=True
        )
        assert "1 play, " in done.stdout
        times.append(cpu_seconds() - before)
    assert min(times) < LIMIT, times
