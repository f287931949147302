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
# What a machine is good for that is slow, or has others at work: libyaml alone, and how much longer we may take.
READING = "import sys, yaml; yaml.compose(open(sys.argv[1]), yaml.CSafeLoader)"
RATIO = 8.0


def playbook() -> str:
    """Write a play of many parts, in which no name, path, template or condition is there twice."""
    parts = LINES // (SECTION + HANDLER).count("\n") + 1
    sections = (SECTION.replace("<N>", str(number)) for number in range(parts))
    return "".join([PLAY, *sections, "  handlers:\n", *map(HANDLER.format, range(parts))])


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds_of(*argv: str | Path) -> tuple[float, str]:
    """Return the processor time of a command, and what it says."""
    before = cpu_seconds()
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
    return cpu_seconds() - before, done.stdout


def test_ten_thousand_lines_in_a_second(tmp_path: Path) -> None:
    """The whole command, its start too; the best of some times, since others work here as well."""
    path = tmp_path / "long.yml"
    text = playbook()
    assert text.count("\n") >= LINES
    path.write_text(text)
    tried = []
    for _ in range(ATTEMPTS):
        taken, said = seconds_of(HARDEN, "validate", path)
        assert "1 play, " in said
        if taken < LIMIT:
            return
        tried.append((taken, taken / seconds_of(sys.executable, "-c", READING, path)[0]))
    assert min(ratio for _, ratio in tried) < RATIO, tried
