"""A role that several need: its steps are done once for each way of use, its handlers are those of the last use.

What is expected is what ansible-playbook does with the same roles.
"""

from pathlib import Path

import pytest

from hardener.playbook import read_playbook
from hardener.playbook.schemas import Language

FILES = {
    "roles/dep/steps/main.yml": "- file: {path: '/srv/of-{{ who }}'}\n  notify: tell\n",
    "roles/dep/handlers/main.yml": "- {name: tell, file: {path: '/srv/{{ who }}'}}\n",
    **{
        f"roles/{name}/meta/main.yml": f"dependencies: [{{role: dep, vars: {{who: {who}}}}}]\n"
        for name, who in (("a", "a"), ("b", "b"), ("like_a", "a"))
    },
    "roles/often/meta/main.yml": "allow_duplicates: true\n",
    "roles/often/steps/main.yml": "- file: {path: /srv/of-often}\n",
}


@pytest.mark.parametrize(
    ("roles", "done", "handler"),
    [
        ("[a, b]", ["a", "b"], "b"),
        ("[a, b, like_a]", ["a", "b"], "a"),
        ("[a, b, a]", ["a", "b"], "a"),
        ("[{role: dep, vars: {who: x}}, a]", ["x", "a"], "a"),
        ("[a, {role: dep, vars: {who: x}}, b, {role: dep, vars: {who: x}}]", ["a", "x", "b"], "x"),
        (
            "[a, {role: often, vars: {who: often}}, {role: often, vars: {who: often}}]",
            ["a", "often", "often"],
            "a",
        ),
    ],
)
def test_used_again(
    tmp_path: Path, words: Language, roles: str, done: list[str], handler: str
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "play.yml").write_text(f"- hosts: all\n  roles: {roles}\n")
    (play,) = read_playbook(tmp_path / "play.yml", words).plays
    assert [step.given["who"] for step in play.steps] == done
    assert [step.given["who"] for step in play.handlers] == [handler]
