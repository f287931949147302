"""Whole commands over vaulted values: the host gets them, and nothing that is printed holds one."""

import json
import shutil
from pathlib import Path

import pytest
from vault.harden import PASSWORDS, Place

from hardener.hiding import MASK, Hidden
from hardener.vault.cipher import seal
from hardener.vault.envelope import write
from hardener.vault.strings import tagged

PW = ("--vault-password-file", "pw")
ROOT = ("--root", "root")
VAULT = """\
word: canary-word
users:
  - {name: anna, word: canary-anna}
pin: 4711081547
both: "{{ word }} and {{ plain }}"
"""
PLAY = """\
- hosts: all
  vars: {plain: plainly}
  vars_files: [more.yml]
  steps:
    - name: plain
      file: {path: /etc/plain, content: "{{ plain }}"}
    - name: both
      file: {path: /etc/both, content: "{{ both }} {{ pin }} {{ inline }} {{ more }}"}
    - name: users
      file: {path: "/etc/{{ item.name }}", content: "{{ item.word }}"}
      loop: "{{ users }}"
    - name: src
      file: {path: /etc/src, src: src.txt}
    - name: template
      file: {path: /etc/template, template: template.j2}
    - name: lookup
      file: {path: /etc/lookup, content: "{{ lookup('file', 'src.txt') | upper }}"}
"""
FILES = {
    "both": b"canary-word and plainly 4711081547 canary-inline canary-more",
    "anna": b"canary-anna",
    "src": b"canary-src\n",
    "template": b"canary-template plainly\n",
    "lookup": b"CANARY-SRC",
}


@pytest.fixture
def site(place: Place) -> Place:
    place.write("group_vars/all/vault.yml", VAULT)
    place.write("more.yml", "more: canary-more\n")
    place.write("files/src.txt", "canary-src\n")
    place.write("templates/template.j2", "canary-template {{ plain }}\n")
    place.seal("group_vars/all/vault.yml", "more.yml", "files/src.txt", "templates/template.j2")
    value = write(seal(b"canary-inline", PASSWORDS["prod.pw"].encode(), "prod"))
    place.write("group_vars/all/inline.yml", tagged(value, "inline"))
    place.write("play.yml", PLAY)
    place.write("root/etc/both", "old\n")
    return place


def journals(place: Place) -> str:
    runs = (place.folder / "root/var/lib/hardener/runs").rglob("*")
    return "".join(path.read_text() for path in runs if path.is_file())


def records(place: Place) -> str:
    return "".join(path.read_text() for path in (place.folder / "state").rglob("*.json"))


@pytest.mark.parametrize("form", ["text", "jsonl"])
def test_none_of_it_is_told(site: Place, form: str) -> None:
    keys = (*PW, "--vault-id", "prod@prod.pw")
    more = (*ROOT, "--format", form)
    said = site.harden("apply", "play.yml", *more, *keys, "--dry-run")
    said += site.harden("apply", "play.yml", *more, *keys, "--diff")
    assert {name: site.read(f"root/etc/{name}") for name in FILES} == FILES
    said += site.harden("apply", "play.yml", *more, *keys, "--diff")
    run = next(iter(sorted((site.folder / "state/hardener/controller").glob("*.json")))).stem
    for words in (["history"], ["show", run], ["diff", run]):
        said += site.harden(*words, *more)
    site.write("root/etc/both", "canary-word, edited\n")
    said += site.harden("diff", run, *more)
    said += site.harden("rollback", *more, "--diff", code=1)
    said += site.harden("rollback", run, *more, "--diff", "--force", "file:/etc/both")
    assert site.read("root/etc/both") == b"old\n"
    assert not [
        name for name in FILES if name != "both" and (site.folder / "root/etc" / name).exists()
    ]
    assert "plainly" in said
    for text in (said, journals(site), records(site)):
        assert text
        assert "canary" not in text.lower()
        assert "4711081547" not in text


def test_values_are_opened_only_where_they_are_used(site: Place) -> None:
    """A play that uses none needs no password, and no program is run for one."""
    site.write("asks", "#!/bin/sh\ntouch asked\ncat prod.pw\n", 0o755)
    (site.folder / "group_vars/all/vault.yml").unlink()
    site.write("play.yml", "- {hosts: all, steps: [{file: {path: /etc/x, content: x}}]}\n")
    site.harden("apply", "play.yml", *ROOT)
    site.harden("apply", "play.yml", *ROOT, "--vault-id", "prod@asks")
    assert not (site.folder / "asked").exists()
    uses = '- {hosts: all, steps: [{file: {path: /etc/x, content: "{{ inline }}"}}]}\n'
    site.write("play.yml", uses)
    site.harden("apply", "play.yml", *ROOT, "--vault-id", "prod@asks")
    assert site.read("root/etc/x") == b"canary-inline"
    assert (site.folder / "asked").exists()


def test_validate_needs_no_password(site: Place) -> None:
    assert "ok: 1 play, 6 steps" in site.harden("validate", "play.yml")


def test_a_value_that_stays_closed_is_named(site: Place) -> None:
    said = site.harden("apply", "play.yml", *ROOT, *PW, code=64)
    assert (
        "group_vars/all/inline.yml:1:9: inline: this is in a vault (`prod`), and no password"
        in said
    )
    assert "default@pw: it does not fit" in said
    assert not (site.folder / "root/etc/plain").exists()


def test_a_rollback_finds_the_passwords_again_or_does_without(site: Place) -> None:
    """At three in the morning nobody knows where the password is, and none is needed."""
    keys = (*PW, "--vault-id", "prod@prod.pw")
    inventory = site.write("hosts", "here ansible_connection=local\n")
    site.harden("apply", "play.yml", *ROOT, "-i", str(inventory), *keys, "-e", "inline=x")
    (record,) = (site.folder / "state/hardener/controller").glob("*.json")
    assert json.loads(record.read_text())["vault"] == [
        f"prod@{site.folder}/prod.pw", f"default@{site.folder}/pw",
    ]  # fmt: skip
    (site.folder / "pw").unlink()
    site.harden("rollback")
    assert site.read("root/etc/both") == b"old\n"


def test_a_connection_that_needs_a_closed_vault_says_so(site: Place) -> None:
    site.write("hosts", "there ansible_host='{{ word }}'\n")
    said = site.harden("history", "-i", "hosts", code=1)
    assert "'word' is undefined" in said
    said = site.harden("facts", "-i", "hosts", code=1)
    assert "'word' is undefined" in said


def test_inventories(site: Place) -> None:
    """One that is encrypted whole; what a program prints as Ansible does."""
    site.write(
        "enc.yml",
        "all: {hosts: {one: {root: ROOT, word: canary-one}}}".replace(
            "ROOT", str(site.folder / "root")
        ),
    )
    site.write("enc.ini", f"two root={site.folder}/root word=canary-two\n")
    site.seal("enc.yml", "enc.ini")
    sealed = {"__ansible_vault": site.read("more.yml").decode()}
    listed = {
        "_meta": {"hostvars": {"three": {"root": str(site.folder / "root"), "word": sealed}}},
        "g": ["three"],
    }
    site.write("program", f"#!/bin/sh\ncat <<'E'\n{json.dumps(listed)}\nE\n", 0o755)
    shutil.rmtree(site.folder / "group_vars")
    step = '{file: {path: "/etc/{{ inventory_hostname }}", content: "{{ word }}"}}'
    site.write("play.yml", f"- {{hosts: all, steps: [{step}]}}\n")
    sources = ("-i", "enc.yml", "-i", "enc.ini", "-i", "./program")
    said = site.harden("apply", "play.yml", *sources, *PW, "-f", "1", "--diff")
    said += site.harden("inventory", *sources, *PW, "--list")
    assert [site.read(f"root/etc/{name}") for name in ("one", "two", "three")] == [
        b"canary-one", b"canary-two", b"more: canary-more\n",
    ]  # fmt: skip
    assert "canary" not in said
    assert json.loads(site.out)["_meta"]["hostvars"]["one"] == {"root": MASK, "word": MASK}


MISTAKES = {
    "yaml": ("vars", "a: [canary\n", ":1:4"),
    "tabs": ("vars", "a: b\n\tcanary: canary\n", ":2:1"),
    "list": ("vars", "- canary\n", ":1:1"),
    "twice": ("vars", "canary: 1\ncanary: 2\n", ":2:1"),
    "inventory": ("hosts.yml", "all: {hosts: [canary]}\n", ":1:7"),
    "ini": ("hosts.ini", "[a]\nb canary\n", ":2:1"),
    "group_vars": ("group_vars/all/vault.yml", "a: 'canary\n", ":2:1"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_vault_is_told_by_its_place(site: Place, name: str) -> None:
    file, text, place = MISTAKES[name]
    site.write("vars", "a: 1\n")
    site.write(file, text)
    site.seal(file)
    site.write("play.yml", "- {hosts: all, vars_files: [vars], steps: [{file: {path: /x}}]}\n")
    inventory = ("-i", file) if file.startswith("hosts") else ()
    said = site.harden("apply", "play.yml", *ROOT, *inventory, *PW, code=64)
    assert f"{file}{place}: what stands here does not fit" in said
    assert "canary" not in said


def test_a_value_may_stand_where_it_is_used(site: Place) -> None:
    value = tagged(site.read("more.yml")).replace("\n", "\n" + " " * 10)
    out = site.folder / "out"
    site.write(
        "play.yml",
        f"""\
- hosts: all
  environment: {{A: a}}
  steps:
    - command:
        argv: [sh, -c, 'echo "$A $B" >{out}']
        irreversible: true
        environment:
          B: {value}
    - file:
        path: {out}.too
        content: {value}
""",
    )
    (site.folder / "group_vars/all/vault.yml").unlink()
    site.apart()
    said = site.harden("validate", "play.yml")
    said += site.harden("apply", "play.yml", "--diff", *PW)
    assert out.read_text() == "a more: canary-more\n\n"
    assert Path(f"{out}.too").read_text() == "more: canary-more\n"
    assert "canary" not in said


def test_a_playbook_is_not_opened(site: Place) -> None:
    site.seal("play.yml")
    for words in (["validate", "play.yml", *PW], ["apply", "play.yml", *ROOT, *PW]):
        said = site.harden(*words, code=64)
        assert "play.yml:1:1: a playbook can't be in a vault" in said
        assert "canary" not in said


ROLE = {
    "play.yml": "- {hosts: all, roles: [closed], steps: [{include: more-steps.yml}]}\n",
    "roles/closed/defaults/main/1.yml": "r_one: canary-one\nr_both: no\n",
    "roles/closed/defaults/main/2.yml": "r_both: canary-both\n",
    "roles/closed/vars/main.yml": "r_two: canary-two\n",
    "roles/closed/handlers/main.yml": """\
- {name: tell, file: {path: /etc/told, content: canary-told}}
""",
    "roles/closed/steps/main.yml": """\
- file: {path: /etc/role, content: "{{ r_one }} {{ r_two }} {{ r_both }}"}
  notify: tell
""",
    "more-steps.yml": "- {name: Of the file, file: {path: /etc/more, content: canary-more}}\n",
}


def test_roles_and_included_files_may_be_vaults(site: Place) -> None:
    for name, text in ROLE.items():
        site.write(name, text)
    site.seal(*(name for name in ROLE if name != "play.yml"))
    said = site.harden("validate", "play.yml")
    closed = [line.partition(":")[0] for line in said.splitlines() if "not looked into" in line]
    assert sorted(closed) == sorted(set(ROLE) - {"play.yml"})
    assert site.harden("validate", "play.yml", *PW) == "play.yml: ok: 1 play, 2 steps\n"
    refused = site.harden("apply", "play.yml", *ROOT, code=64)
    assert "no vault password was given" in refused
    said += site.harden("apply", "play.yml", *ROOT, *PW, "--diff")
    said += site.harden("history", *ROOT)
    (journal,) = site.folder.glob("root/var/lib/hardener/runs/*/journal.jsonl")
    said += journal.read_text()
    assert site.read("root/etc/role") == b"canary-one canary-two canary-both"
    assert site.read("root/etc/more") == b"canary-more"
    assert site.read("root/etc/told") == b"canary-told"
    assert "Of the file" in said
    assert "canary" not in said


def test_mistakes_in_steps_of_a_vault_tell_nothing_of_it(site: Place) -> None:
    site.write("play.yml", "- {hosts: all, steps: [{include: more-steps.yml}]}\n")
    for text in ("- fiel: canary-a\n", "- {file: canary-b, when: canary c}\n", "a: [canary-d\n"):
        site.write("more-steps.yml", text)
        site.seal("more-steps.yml")
        said = site.harden("validate", "play.yml", *PW, code=64)
        assert "more-steps.yml:1" in said
        assert "what stands here does not fit" in said
        assert "canary" not in said


def test_extra_vars_may_be_a_vault(site: Place) -> None:
    step = '{file: {path: /etc/x, content: "{{ more }}"}}'
    site.write("play.yml", f"- {{hosts: all, steps: [{step}]}}\n")
    said = site.harden("apply", "play.yml", *ROOT, *PW, "-e", "@more.yml", "--diff")
    assert site.read("root/etc/x") == b"canary-more"
    assert "canary" not in said


def test_what_stands_in_names_is_masked_where_it_is_printed(site: Place) -> None:
    keys = (*ROOT, *PW, "--dry-run")
    site.write(
        "play.yml", '- {hosts: all, steps: [{file: {path: "/etc/{{ word }}", content: x}}]}\n'
    )
    for form in ("text", "jsonl"):
        said = site.harden("apply", "play.yml", *keys, "--format", form)
        assert f"file:/etc/{MASK}" in said
        assert "canary" not in said
    site.write("play.yml", '- {hosts: all, steps: [{file: {path: /etc/x, src: "{{ word }}"}}]}\n')
    said = site.harden("apply", "play.yml", *keys, code=64)
    assert "play.yml:1:51: what is wrong here is hidden" in said
    assert "canary" not in said


def test_known_values_are_masked_in_whatever_is_printed() -> None:
    hidden = Hidden()
    text = {"a": ["say: opensesame!", "nothing"], "b": 7}
    assert hidden.masked(text) == text
    hidden.hide({"x": ["opensesame", 'a "quoted"\nvalue', 123456, "short", True]})
    assert hidden.masked(text) == {"a": [f"say: {MASK}!", "nothing"], "b": 7}
    assert hidden.masked(f"-----{'opensesame'!r}") == f"-----'{MASK}'"
    assert hidden.masked('+a "quoted"') == f"+{MASK}"
    assert hidden.masked(json.dumps({"v": 'a "quoted"\nvalue'})) == f'{{"v": "{MASK}"}}'
    assert hidden.masked("pin 123456, short, True") == f"pin {MASK}, short, True"
    hidden.hide("opensesame-and-more")
    assert hidden.masked("opensesame-and-more") == MASK
