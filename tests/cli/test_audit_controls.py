"""An audit by control: verdicts over steps and hosts, evidence, coverage; in JSON and on a page of HTML."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import needs
import pytest
from cli.test_audit import LOG, closed
from jsonschema import Draft202012Validator
from tree import lay

HARDEN = Path(sys.executable).parent / "harden"
PLAY = """\
- name: Controls
  hosts: all
  turned_off: "{{ {'banner': 'the <owner> wants none'} if inventory_hostname == 'b' else {} }}"
  steps:
    - name: Greet
      line: {path: /etc/motd, line: hello}
      why: People <i>come</i> by
      risk: None that we know
      controls: [CIS-Debian12-1.7.9, ANSSI-R5]
    - name: Keep it private
      file: {path: /etc/shadow, mode: "0640"}
      controls: [CIS-Debian12-1.7.10]
    - name: Part of the same
      file: {path: /etc/gshadow, mode: "0640"}
      controls: [CIS-Debian12-1.7.10]
    - name: Say whose it is
      file: {path: /etc/issue, content: "Authorized use only\\n"}
      controls: [CIS-Debian12-1.7.2]
      tags: [banner]
    - name: Not here
      file: {path: /etc/x, content: y}
      when: false
      controls: [lynis-X-1]
    - name: A secret
      file: {path: /etc/key, content: "hunter2\\n"}
      no_log: true
      controls: [lynis-X-2]
    - name: Known by nobody
      env_file: {path: /etc/app.env, mode: "0644", variables: {TOKEN: {value: hunter2}}}
      controls: [lynis-X-4]
    - name: Only its run tells
      command: {cmd: "true", irreversible: true}
      controls: [lynis-X-3]
    - {name: Loose, env_file: {path: /etc/loose.env, mode: "0640", variables: {A: {value: "1"}}}}
    - {name: "<img src=x onerror=alert(1)>", line: {path: /etc/motd, line: more}}
"""
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs.root()
    folder = tmp_path_factory.mktemp("controls")
    private = {"content": "root:*:1::::::\n", "mode": "0640"}
    public = {"content": "root:*:1::::::\n", "mode": "0644"}
    key = {"content": "hunter2\n", "mode": "0600"}
    lay(folder, {
        "/a/etc/motd": f"one\n{SCRIPT}\nhello\nmore\n", "/a/etc/shadow": private,
        "/a/etc/gshadow": private, "/a/etc/issue": "Authorized use only\n", "/a/etc/key": key,
        "/a/etc/app.env": "TOKEN=hunter2\n", "/b/etc/app.env": "TOKEN=hunter1\n",
        "/a/etc/loose.env": {"content": "A=1\n", "mode": "0640"},
        "/b/etc/loose.env": {"content": "A=1\n", "mode": "0644"},
        "/b/etc/motd": f"one\n{SCRIPT}\n", "/b/etc/shadow": private, "/b/etc/gshadow": public,
        "/b/etc/key": key, "/play.yml": PLAY,
        "/hosts.yml": f"all:\n  hosts:\n    a: {{root: {folder}/a}}\n    b: {{root: {folder}/b}}\n",
    })  # fmt: skip
    wanted = [f"--format={style}={style}" for style in ("json", "html", "junit", "sarif", "text")]
    words = [HARDEN, "audit", "play.yml", "-i", "hosts.yml", *wanted]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    return folder


def document(folder: Path) -> Any:
    return json.loads((folder / "json").read_text("utf-8"))


def by_id(folder: Path) -> dict[str, Any]:
    return {each["control"]: each for each in document(folder)["controls"]}


def test_as_its_schema_says(folder: Path) -> None:
    schema = json.loads((Path(__file__).parents[2] / "schemas/audit.json").read_text("utf-8"))
    Draft202012Validator(closed(schema)).validate(document(folder))


def test_verdicts(folder: Path) -> None:
    """The worst step of a host counts, and the worst host of a control; 1.7.9 stands before 1.7.10."""
    told = {
        id: [each["status"], *(host["status"] for host in each["hosts"])]
        for id, each in by_id(folder).items()
    }
    assert list(told.items()) == [
        ("ANSSI-R5", ["fail", "pass", "fail"]),
        ("CIS-Debian12-1.7.2", ["pass", "pass", "off"]),
        ("CIS-Debian12-1.7.9", ["fail", "pass", "fail"]),
        ("CIS-Debian12-1.7.10", ["fail", "pass", "fail"]),
        ("lynis-X-1", ["not applicable"] * 3),
        ("lynis-X-2", ["pass"] * 3),
        ("lynis-X-3", ["not seen"] * 3),
        ("lynis-X-4", ["fail", "pass", "fail"]),
    ]


def test_coverage(folder: Path) -> None:
    none = {"fail": 0, "not seen": 0, "pass": 0, "not applicable": 0, "off": 0}
    assert document(folder)["coverage"] == [
        {"standard": "ANSSI", **none, "fail": 1},
        {"standard": "CIS", **none, "fail": 2, "pass": 1},
        {"standard": "lynis", **none, "fail": 1, "pass": 1, "not applicable": 1, "not seen": 1},
    ]
    text = (folder / "text").read_text("utf-8")
    assert text.endswith(
        "controls\nANSSI  1 fail\nCIS  2 fail, 1 pass\nlynis  1 fail, 1 not seen, 1 pass, 1 not applicable\n"
    )


def test_evidence(folder: Path) -> None:
    a, b = by_id(folder)["CIS-Debian12-1.7.9"]["hosts"]
    assert [each["place"] for each in a["evidence"]] == ["file:/etc/motd", "/etc/motd:3"]
    assert a["evidence"][0]["found"][:2] == ["type: file", "mode: 0644"]
    assert a["evidence"][1] == {
        "place": "/etc/motd:3", "resource": "file:/etc/motd", "line": 3, "found": ["hello"], "wanted": [],
        "differs": False,
    }  # fmt: skip
    assert b["evidence"] == [
        {
            "place": "/etc/motd:3", "resource": "file:/etc/motd", "line": 3, "found": [], "wanted": ["hello"],
            "differs": True,
        }
    ]  # fmt: skip
    assert not [each for each in b["evidence"] if each["line"] and not each["differs"]]
    whole = by_id(folder)["CIS-Debian12-1.7.2"]["hosts"][0]["evidence"][0]["found"]
    assert "Authorized use only" in whole
    private, public = by_id(folder)["CIS-Debian12-1.7.10"]["hosts"][1]["evidence"]
    assert [private["resource"], public["resource"]] == ["file:/etc/shadow", "file:/etc/gshadow"]
    assert [each["wanted"] for each in (private, public)] == [[], [" mode: 0640"]]
    assert by_id(folder)["lynis-X-2"]["hosts"][0]["evidence"] == []


def test_no_form_of_it_tells_a_secret(folder: Path) -> None:
    """Neither of a step that passes nor of one that fails; what is secret is the step type's to say, too."""
    for style in ("json", "html", "junit", "sarif", "text"):
        assert "hunter" not in (folder / style).read_text("utf-8"), style
    known = by_id(folder)["lynis-X-4"]["hosts"][0]["evidence"]
    assert known == []


def test_each_form_tells_of_each_control(folder: Path) -> None:
    """SARIF and JUnit too: verdict and reason, the evidence where it passes, and how far each standard is fulfilled."""
    (run,) = json.loads((folder / "sarif").read_text("utf-8"))["runs"]
    told = document(folder)
    assert run["properties"] == {"controls": told["controls"], "coverage": told["coverage"]}
    suites = {each.get("name"): each for each in ET.parse(folder / "junit").iter("testsuite")}
    for control in told["controls"]:
        for host in control["hosts"]:
            said = properties(suites[host["host"]])[f"control {control['control']}"]
            assert said == ": ".join(filter(None, (host["status"], host["reason"])))
    assert properties(suites["a"])["standard CIS"] == "3 pass"
    assert properties(suites["b"])["standard CIS"] == "2 fail, 1 off"
    text = suites["a"].findtext("testcase[@name='Greet']/system-out") or ""
    assert "found: /etc/motd:3\n  hello" in text


def properties(suite: ET.Element) -> dict[str | None, str | None]:
    return {each.get("name"): each.get("value") for each in suite.iter("property")}


def test_reasons(folder: Path) -> None:
    reasons = {id: [host["reason"] for host in each["hosts"]] for id, each in by_id(folder).items()}
    assert reasons["CIS-Debian12-1.7.2"] == ["", "the <owner> wants none"]
    assert reasons["lynis-X-1"] == ["when: false"] * 2
    assert reasons["CIS-Debian12-1.7.10"] == ["", "change file:/etc/gshadow"]
    assert reasons["lynis-X-3"][0].startswith("run command:")


def test_why_and_risk_and_what_is_off_elsewhere(folder: Path) -> None:
    step = document(folder)["hosts"][0]["steps"][0]
    assert step["about"] == {"why": "People <i>come</i> by", "risk": "None that we know"}
    assert "why: People &lt;i&gt;come" in (folder / "junit").read_text("utf-8")
    log = json.loads((folder / "sarif").read_text("utf-8"))
    Draft202012Validator(LOG).validate(log)
    (run,) = log["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["line/greet"]["help"]["text"].endswith("Risk: None that we know")
    (off,) = [each for each in run["results"] if each.get("suppressions")]
    assert off["kind"] == "notApplicable"
    assert off["suppressions"] == [{"kind": "external", "justification": "the <owner> wants none"}]


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_obeys_nobody_and_needs_nothing(folder: Path) -> None:
    page = Page()
    page.feed((folder / "html").read_text("utf-8"))
    assert not page.tags & {"script", "img", "link", "iframe", "i", "owner", "object"}
    assert not page.attributes & {"src", "href", "onerror", "style"}
    for said in ("<img src=x onerror=alert(1)>", "the <owner> wants none", "<i>come</i>"):
        assert said in page.words
    assert "hunter2" not in page.words


def test_the_page_tells_the_same(folder: Path) -> None:
    page = Page()
    page.feed((folder / "html").read_text("utf-8"))
    for control in document(folder)["controls"]:
        assert control["control"] in page.words
        for host in control["hosts"]:
            assert host["reason"] in page.words
            for each in host["evidence"]:
                assert each["place"] in page.words
                assert all(line in page.words for line in each["found"] + each["wanted"])


def test_the_page_tells_what_the_steps_note(folder: Path) -> None:
    page = Page()
    page.feed((folder / "html").read_text("utf-8"))
    notes = [
        note
        for host in document(folder)["hosts"]
        for step in host["steps"]
        for note in step["notes"]
    ]
    assert notes
    assert all(f"Note: {note}" in page.words for note in notes)
