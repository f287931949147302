"""Where secrets stand in a play: each place has a canary of its own, all begin with one word."""

import json
import subprocess
from pathlib import Path
from typing import Any

WORD = "CANARY7f3a"
HOME = "/srv/app"
QUIET = {"no_log": True}
ENV = "SECRET_OF_THE_CONTROLLER"
ASKED = (
    f"{ENV}=",
    "TOKEN=",
)  # of the environments of processes, these hold one as they are asked to
SALT = "salt5a1t"
FAILING = 'sleep 0.2; printf %s "$TOKEN"; echo "$TOKEN" >&2; exit 3'


def canary(place: str) -> str:
    return f"{WORD}-{place}-x"


def hashed() -> str:
    """Hash a canary as the step does that makes it up from one."""
    words = ["openssl", "passwd", "-6", "-salt", SALT, "-stdin"]
    return subprocess.run(
        words, input=canary("hashed"), capture_output=True, text=True, check=True
    ).stdout.strip()


def file(name: str, **more: Any) -> dict[str, Any]:
    return {"file": {"path": f"{HOME}/{name}", "mode": "0600", **more}, **QUIET}


STEPS: list[dict[str, Any]] = [
    {"file": {"path": HOME, "state": "directory"}},
    {"name": "content", **file("content", content=canary("content"))},
    {"name": "was secret before", **file("before", content=canary("after"))},
    {"name": "template", **file("template", template="secret.j2")},
    {"name": "src", **file("src", src="secret.txt")},
    {
        "name": "items",
        **file("item{{ n }}", content="{{ item }}"),
        "loop": [canary("item0"), canary("item1")],
        "loop_control": {"index_var": "n"},
    },
    {
        "name": "labels",
        **file("label{{ n }}", content="{{ item.x }}"),
        "loop": "{{ users }}",
        "loop_control": {"index_var": "n", "label": "{{ item.x }}"},
    },
    {
        "name": "ini",
        "ini": {"path": f"{HOME}/app.ini", "set": {"db": {"password": canary("ini")}}},
        **QUIET,
    },
    {"name": "line", "line": {"path": f"{HOME}/lines", "line": canary("line")}, **QUIET},
    {
        "name": "supervisor",
        "supervisor": {
            "config": f"{HOME}/supervisord.conf",
            "programs": ["app"],
            "options": {"environment": f'TOKEN="{canary("supervisor")}"'},
        },
        **QUIET,
    },
    {
        "name": "environment",
        "command": {
            "cmd": f'sleep 0.2; printf %s "$TOKEN" > {HOME}/env; printf %s "$TOKEN"',
            "environment": {"TOKEN": canary("env")},
            "touches": [f"{HOME}/env"],
        },
        "register": "said",
        **QUIET,
    },
    {
        "name": "input",
        "command": {
            "cmd": f"cat > {HOME}/input",
            "stdin": canary("stdin"),
            "touches": [f"{HOME}/input"],
        },
        **QUIET,
    },
    {"name": "of a result", **file("result", content="{{ said.stdout }}")},
    {"name": "of -e", **file("extra", content="{{ extra }}")},
    {"name": "of the environment", **file("env-here", content=f"{{{{ lookup('env', '{ENV}') }}}}")},
    {"name": "of a file here", **file("looked", content="{{ lookup('file', 'looked.txt') }}")},
    {
        "name": "hashed",
        **file("hashed", content=f"{{{{ '{canary('hashed')}' | password_hash(salt='{SALT}') }}}}"),
    },
    {
        "name": "judged",
        "command": {
            "cmd": 'printf %s "$TOKEN"',
            "environment": {"TOKEN": canary("judged")},
            "irreversible": True,
        },
        "changed_when": "'-judged-' in result.stdout",
        **QUIET,
    },
]  # fmt: skip
VARS = {"in_template": canary("template-var"), "users": [{"x": canary("label")}]}

# name: (a last step that goes wrong, the exit code)
WRONG: dict[str, dict[str, Any]] = {
    "a command fails": {
        "command": {
            "cmd": FAILING,
            "environment": {"TOKEN": canary("fails")},
            "irreversible": True,
        }
    },
    "the owning program refuses": file(
        "refused", content=canary("refused"), validate="/usr/bin/cut -b1- %s /nowhere"
    ),
    "two steps fight": {
        "line": {"path": f"{HOME}/content", "line": canary("fights")},
    },
    "a template fails": file("fails", content="{{ in_template | int(default=none) + 1 }}"),
    "a value does not fit": file("fits", content="x", owner="{{ users }}"),
    "a condition can't be judged": {
        "command": {
            "cmd": 'printf %s "$TOKEN"',
            "environment": {"TOKEN": canary("unjudged")},
            "irreversible": True,
        },
        "failed_when": "result.stdout + 1 == 2",
    },
    "a kind breaks in the preview": file("breaks-in-preview", content=canary("bug-preview")),
    "a kind breaks in the apply": file("breaks", content=canary("bug-apply")),
    "the controller breaks": {
        "name": "breaks here",
        **file("here", content="{{ in_template }}" + canary("bug-here")),
    },
}
# What a break is: code that is wrong, as it may be in any release.
BUGS = {
    "hardener/host/kinds/file.py": """
def _broken(method, name):
    def broken(self, id, before, after, *more):
        if id.endswith("/" + name):
            raise KeyError(after.content.bytes())
        return method(self, id, before, after, *more)
    return broken


KIND.check = _broken(KIND.check, "breaks-in-preview")
KIND.write = _broken(KIND.write, "breaks")
""",
    "hardener/fleet/compose/composer.py": """
def _broken_params(method: Any) -> Any:
    def broken(self: Any, step: Any, renderer: Any) -> Any:
        params = method(self, step, renderer)
        if step.name == "breaks here":
            raise KeyError(params["content"])
        return params
    return broken


Composer.params = _broken_params(Composer.params)  # type: ignore[method-assign]
""",
}


def lay(folder: Path, *more: dict[str, Any]) -> Path:
    """Write a playbook, and what goes with it."""
    (folder / "secret.j2").write_text(f"{canary('template')} {{{{ in_template }}}}\n")
    (folder / "secret.txt").write_text(canary("src"))
    (folder / "looked.txt").write_text(canary("looked"))
    (folder / "extra.yml").write_text(f"extra: {canary('extra')}\n")
    book = folder / "play.yml"
    steps = [*STEPS, *({**step, **QUIET} for step in more)]
    play = {"name": "Play", "hosts": "all", "become": True, "vars": VARS, "steps": steps}
    book.write_text(json.dumps([play]))
    return book


BEFORE = {
    "before": f"old {canary('old')}\n",
    "app.ini": f"[db]\npassword = {canary('old-ini')}\n",
    "lines": f"{canary('old-line')}\n",
    "supervisord.conf": f'[program:app]\ncommand=/bin/true\nenvironment=OLD="{canary("old-supervisor")}"\n',
}


def lay_host(root: Path) -> None:
    """Put onto a host's disk what is there before."""
    home = root / HOME.lstrip("/")
    home.mkdir(parents=True)
    for name, text in BEFORE.items():
        (home / name).write_text(text)
        (home / name).chmod(0o600)
