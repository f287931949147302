"""What came out of a vault is told by nobody, in whatever form a step uses it.

These tests hear the host itself: nothing is masked on the way, what is not told was never said.
Proves F35 (docs/SAFETY.md).
"""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from played import Played

from hardener.errors import HardenerError
from hardener.vault import keyring
from hardener.vault.cipher import seal
from hardener.vault.envelope import write
from hardener.vault.keyring import Keyring
from hardener.vault.passwords import Source

CANARY = "canary31"
FORMS = (
    CANARY,
    base64.b64encode(CANARY.encode()).decode(),
    hashlib.sha1(CANARY.encode()).hexdigest(),
    CANARY[::-1],
)


def sealed(text: str) -> str:
    return write(seal(text.encode(), b"right")).decode()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    (tmp_path / "pw").write_text("right")
    keys = Keyring([Source("default", str(tmp_path / "pw"))])
    monkeypatch.setattr(keyring, "KEYS", keys)
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "file.txt").write_text(sealed(CANARY))
    (tmp_path / "sealed.j2").write_text(sealed(CANARY + "{{ 1 }}"))
    (tmp_path / "outer.j2").write_text("{% include 'sealed.j2' %}")
    (tmp_path / "plain.j2").write_text("{{ secret }}")
    return Played(tmp_path)


def book(host: Played, *steps: str, head: str = "") -> str:
    value = sealed(CANARY).replace("\n", "\n      ")
    lines = [
        "- hosts: all\n  on_failure: keep",
        "  vars:",
        f"    secret: !vault |\n      {value}",
        "    within: {deep: ['{{ secret }}'], other: shown}",
        head,
        "  steps:",
        *(f"    - {{name: quiet, {step}}}" for step in steps),
    ]
    return "\n".join(lines) + "\n"


def told(host: Played, text: str) -> str:
    """Preview, apply, second run and rollback; return all that was said and written into journals."""
    said = []
    for work in (
        lambda: host.do(text, dry_run=True), lambda: host.do(text), lambda: host.do(text), host.rollback,
    ):  # fmt: skip
        work()
        said.append(json.dumps(host.events))
    said += [path.read_text() for path in host.here.glob("state/runs/*/*")]
    return "\n".join(said)


CONTENT = {
    "itself": "{{ secret }}",
    "in text": "a {{ secret }} b",
    "encoded": "{{ secret | b64encode }}",
    "hashed": "{{ secret | hash('sha1') }}",
    "reversed": "{{ secret | reverse }}",
    "by another variable": "{{ within.deep[0] }}",
    "a condition": "{% if secret | length > 3 %}long{% endif %}",
    "a file": "{{ lookup('file', 'file.txt') }}",
    "a template": "{{ lookup('template', 'sealed.j2') }}",
    "an included template": "{{ lookup('template', 'outer.j2') }}",
    "a plain template": "{{ lookup('template', 'plain.j2') }}",
}


@pytest.mark.parametrize("content", CONTENT.values(), ids=CONTENT)
def test_a_file(host: Played, content: str) -> None:
    said = told(host, book(host, f'file: {{path: "{{{{ here }}}}/a", content: "{content}"}}'))
    assert not [form for form in FORMS if form in said]
    assert "********" in said
    assert '"ok"' in said  # the second run found nothing to do


STEPS = {
    "src": 'file: {path: "{{ here }}/a", src: file.txt}',
    "template": 'file: {path: "{{ here }}/a", template: outer.j2}',
    "environment": 'command: {cmd: "echo $X", irreversible: true, environment: {X: "{{ secret }}"}}',
    "command": 'command: {cmd: "echo {{ secret }}; exit 3", irreversible: true}',
    "a loop": 'line: {path: "{{ here }}/a", line: "{{ item }}"}, loop: ["{{ secret }}", shown]',
    "a label": 'line: {path: "{{ here }}/a", line: "x{{ item }}"}, loop: [1], loop_control: {label: "{{ secret }}"}',
    "a check": 'file: {path: "{{ here }}/a", content: x}, verify: [{file: {path: "{{ here }}/none-{{ secret }}"}}]',
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_step(host: Played, step: str) -> None:
    said = told(host, book(host, step))
    assert not [form for form in FORMS if form in said]


def test_a_check_of_a_play(host: Played) -> None:
    head = '  verify: [{file: {path: "{{ here }}/{{ secret }}"}}]'
    said = told(host, book(host, 'file: {path: "{{ here }}/a", content: x}', head=head))
    assert CANARY not in said
    assert "what it said is hidden" in said


def test_the_result_of_a_secret_step_is_secret(host: Played) -> None:
    asks = 'command: {cmd: "echo {{ secret }}", irreversible: true}, register: said'
    uses = (
        'file: {path: "{{ here }}/a", content: "{{ said.stdout | default(1) | string | reverse }}"}'
    )
    said = told(host, book(host, asks, uses))
    assert not [form for form in FORMS if form in said]
    assert "canary31"[::-1] in "".join(
        path.read_text("utf-8", "replace") for path in host.here.glob("state/blobs/*")
    )


def test_a_variable_is_secret_in_every_step_that_uses_it(host: Played) -> None:
    steps = [
        f'file: {{path: "{{{{ here }}}}/{name}", content: "{{{{ within.deep[0] }}}}"}}'
        for name in "xyz"
    ]
    said = told(host, book(host, *steps))
    assert CANARY not in said
    assert host.do(book(host, *steps), dry_run=True) == "pending"
    assert json.dumps(host.events).count("********") == len(steps)


def test_a_step_without_a_secret_shows_what_it_does(host: Played) -> None:
    said = told(host, book(host, 'file: {path: "{{ here }}/a", content: "plain to see"}'))
    assert "plain to see" in said


MISTAKES = {
    "a parameter": 'file: {path: "{{ here }}/a", content: x, mode: "{{ secret }}"}',
    "a filter": 'file: {path: "{{ here }}/a", content: "{{ secret | from_json }}"}',
    "an expression": 'file: {path: "{{ here }}/a", content: "{{ secret | regex_search(secret ~ 42 ~ paren) }}"}, vars: {paren: "("}',
    "a loop": 'file: {path: "{{ here }}/a", content: x}, loop: "{{ secret }}"',
}


@pytest.mark.parametrize("step", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_without_it(host: Played, step: str) -> None:
    with pytest.raises(HardenerError) as error:
        host.do(book(host, step), dry_run=True)
    assert not [form for form in FORMS if form in str(error.value)]
    assert "play.yml:" in str(error.value)
