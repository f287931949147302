"""What completes at a prompt, as the real shells see it; and it costs next to nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import needs
import pytest
from guard.test_startup import COSTLY
from tree import lay

PROGRAMS = Path(sys.executable).parent
SHELLS = ("bash", "fish")
PLAY = """\
- hosts: all
  tags: [base]
  steps:
    - {line: {path: /etc/motd, line: x}, tags: greet}
    - block:
        - {line: {path: /etc/motd, line: y}, tags: [inner, greet]}
      tags: grouped
    - include: more.yml
    - role: web
"""
HOSTS = """\
all:
  children:
    web: {hosts: {web1: , web2: }}
    db: {hosts: {db1: }}
"""
RUN = "20260101-120000-abcdef"
AT_PROMPT = r"""
    zmodload zsh/zpty; zpty z zsh -f -i
    heard() { while zpty -r z line; do print -r -- "$line"; [[ $line == *$1* ]] && break; done }
    zpty -w z 'autoload -Uz compinit; compinit -u -d ./dump; source ./script; echo rea""dy'
    heard ready
    zpty -w z $'harden %(line)s\t--help; echo do""ne'
    heard done
"""
ASK = {
    "zsh": AT_PROMPT,
    # The words before the last are done; the script of the shell is sourced first.
    "bash": """
        . ./script
        COMP_WORDS=(%(words)s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _harden_completion harden "${COMP_WORDS[COMP_CWORD]}" ""
        printf '%%s\\n' "${COMPREPLY[@]}"
    """,
    "fish": 'source ./script; complete -C "harden %(line)s"',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lay(
        tmp_path,
        {"/play.yml": PLAY, "/hosts.yml": HOSTS, "/notes.txt": "", "/plays/other.yaml": ""},
    )
    lay(tmp_path, {"/more.yml": "- {line: {path: /x, line: x}, tags: more}\n"})
    lay(tmp_path, {"/roles/web/steps/main.yml": "- {line: {path: /x, line: x}, tags: [served]}\n"})
    record = {
        "run": RUN,
        "what": "apply",
        "playbook": "play.yml",
        "at": 1,
        "hosts": {"gone1": "changed"},
    }
    lay(tmp_path, {f"/state/hardener/controller/{RUN}.json": json.dumps(record)})
    (tmp_path / "program").write_text("#!/bin/sh\necho '{}'; touch ran\n")
    (tmp_path / "program").chmod(0o755)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    return {
        "PATH": path,
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }


def asked(folder: Path, shell: str, line: str, ask: str = "") -> set[str]:
    """Return what a shell offers for the last word of `harden LINE`."""
    needs.program(shell)
    way: Any = {"cwd": folder, "env": environment(folder), "text": True, "timeout": 60}
    with (folder / "script").open("w") as script:
        subprocess.run(["harden", "completion", shell], stdout=script, check=True, **way)
    words = " ".join(f"'{word}'" for word in ["harden", *line.split(" ")])
    question = (ask or ASK[shell]) % {"words": words, "line": line}
    done = subprocess.run([shell, "-c", question], capture_output=True, check=True, **way)
    return {each.partition("\t")[0] for each in done.stdout.splitlines()} - {""}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line, answer",
    [
        ("au", {"audit"}),
        ("apply pl", {"play.yml", "plays/other.yaml"}),
        ("audit plays/o", {"plays/other.yaml"}),
        ("apply play.yml --dry", {"--dry-run"}),
        ("apply play.yml --tags ", {"base", "greet", "inner", "grouped", "more", "served"}),
        ("apply play.yml --skip-tags greet,in", {"greet,inner"}),
        ("apply play.yml -i hosts.yml --limit we", {"web", "web1", "web2"}),
        ("apply play.yml -i ./program --limit we", set()),
        ("health play.yml --limit go", {"gone1"}),
        ("apply play.yml -i hosts.yml --limit web1,we", {"web1,web", "web1,web2"}),
        ("rollback 2026", {RUN}),
        ("rollback --tags gr", {"greet", "grouped"}),
        ("doc swa", {"swapfile"}),
        ("audit play.yml --format s", {"sarif"}),
    ],
)
def test_completes(folder: Path, shell: str, line: str, answer: set[str]) -> None:
    assert asked(folder, shell, line) == answer
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("apply plays/o", "plays/other.yaml"),
        ("apply play.yml -i hosts.yml --limit db1", "db1"),
        ("apply play.yml --tags serv", "served"),
        ("apply play.yml -i hosts.yml --limit web1,db1", "web1,db1"),
        ("rollback 2026", RUN),
        ("doc swa", "swapfile"),
    ],
)
def test_zsh_completes_the_same(folder: Path, line: str, whole: str) -> None:
    """The line as it has become is printed: `print` is typed before it, by Ctrl-A."""
    told = AT_PROMPT.replace(
        """--help; echo do""ne'""", """; echo do""ne\\x01print -r -- told: '"""
    )
    typed = asked(folder, "zsh", line, told)
    last = line.rpartition(" ")[2]
    assert f"told: harden {line.removesuffix(last)}{whole}" in {each.strip() for each in typed}


def test_zsh_completes_at_its_prompt(folder: Path) -> None:
    """It completes nowhere else, so it is given a terminal that types."""
    typed = asked(folder, "zsh", "au")
    assert any(line.startswith("Usage: harden audit") for line in typed), typed


@pytest.mark.parametrize(
    "line",
    [
        "",
        "apply ",
        "apply play.yml --tags ",
        "apply play.yml -i hosts.yml --limit ",
        "rollback ",
        "doc ",
    ],
)
def test_costs_nothing(folder: Path, line: str) -> None:
    words = f"harden {line}"
    asks = {
        "_HARDEN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    command = [sys.executable, "-X", "importtime", str(PROGRAMS / "harden")]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment(folder), **asks},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    loaded = {row.rpartition("|")[2].strip().partition(".")[0] for row in done.stderr.splitlines()}
    assert "click" in loaded
    assert not loaded & (COSTLY - {"yaml"})


def test_a_broken_playbook_or_inventory_completes_to_nothing(folder: Path) -> None:
    (folder / "bad.yml").write_text("- {hosts: [")
    assert asked(folder, "bash", "apply bad.yml --tags ") == set()
    assert asked(folder, "bash", "apply bad.yml -i bad.yml --limit w") == set()


def test_the_shell_in_use_is_the_default(folder: Path) -> None:
    def printed(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["harden", "completion"],
            env={**environment(folder), **more},
            capture_output=True,
            text=True,
            check=False,
        )

    assert "complete -o nosort -F _harden_completion harden" in printed(SHELL="/bin/bash").stdout
    assert "commandline -cp" in printed(SHELL="/usr/bin/fish").stdout
    assert printed(SHELL="/bin/dash").returncode == 64
