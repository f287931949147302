"""The formats of an audit: each valid by the rules of who reads it, and each tells the same."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import needs
import pytest
from jsonschema import Draft202012Validator
from tree import lay

HARDEN = Path(sys.executable).parent / "harden"
PLAY = """\
- name: "Greet\\a everybody"
  hosts: all
  steps:
    - name: "Greet \\e[31m<&\\"]]> \\u0001"
      line: {path: /etc/motd, line: "\\e[1mhi\\u0007"}
      controls: [CIS 1.7.1, "<x>"]
    - name: Keep
      file: {path: /etc/key, content: "hunter2\\n"}
      no_log: true
    - {name: "Two\\nlines", line: {path: /etc, line: x}}
    - {name: Twice, line: {path: /etc/motd, line: "{{ item }}"}, loop: [one, zwei]}
    - {name: Twice, line: {path: /etc/motd, line: two}}
    - {name: Never, line: {path: /etc/motd, line: x}, when: false}
    - {name: Run, command: {cmd: "true", irreversible: true}}
- name: Again
  hosts: all
  steps:
    - include: more/steps.yml
"""
HOSTS = """\
all:
  hosts:
    good.example: {root: HERE/good}
    odd: {root: HERE/odd}
    gone: {address: 127.0.0.1, port: 1, user: nobody}
"""
VAULTED = """\
- hosts: all
  vars_files: [hidden.yml]
  steps:
    - {name: Use it, file: {path: /etc/token, content: "{{ token }}"}}
    - {name: Loop, line: {path: /etc/motd, line: "x {{ item }}"}, loop: ["{{ token }}"]}
    - {name: Named, file: {path: "/etc/{{ token }}", state: directory}}
"""
FORMATS = ("json", "junit", "sarif")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which each format of one audit lies, in a file of its name."""
    needs.root()
    folder = tmp_path_factory.mktemp("audit")
    lay(folder, {"/good/etc/motd": "one\n", "/odd/etc/motd": "\udc80 odd\n"})
    lay(folder, {"/play.yml": PLAY, "/hosts.yml": HOSTS.replace("HERE", str(folder))})
    lay(folder, {"/more/steps.yml": "- {name: Other, line: {path: /etc/motd, line: one}}\n"})
    audit(folder, *FORMATS)
    return folder


def audit(folder: Path, *formats: str) -> None:
    wanted = [f"--format={style}={style}" for style in formats]
    words = [HARDEN, "audit", "play.yml", "-i", "hosts.yml", *wanted]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr


def test_what_a_vault_hides_is_in_no_format(tmp_path: Path) -> None:
    needs.root()
    lay(tmp_path, {"/root/etc/motd": "token s3cr3t-t0ken\n", "/password": "x\n"})
    (tmp_path / "hidden.yml").write_text("token: s3cr3t-t0ken\n")
    (tmp_path / "play.yml").write_text(VAULTED)
    way = ["--vault-password-file", "password"]
    run: Any = {"cwd": tmp_path, "capture_output": True, "text": True}
    subprocess.run([HARDEN, "vault", "encrypt", *way, "hidden.yml"], check=True, **run)
    wanted = [f"--format={style}={style}" for style in FORMATS]
    words = [HARDEN, "audit", "play.yml", "--root", "root", *way, *wanted]
    done = subprocess.run(words, check=False, **run)
    assert done.returncode == 2, done.stdout + done.stderr
    told = [done.stdout, *((tmp_path / style).read_text() for style in FORMATS)]
    for each in told:
        assert "Use it" in each
        assert "s3cr3t" not in each


def document(folder: Path) -> Any:
    return json.loads((folder / "json").read_text("utf-8"))


def suites(folder: Path) -> Iterator[ET.Element]:
    return ET.parse(folder / "junit").iter("testsuite")


def run_of(folder: Path) -> Any:
    (run,) = json.loads((folder / "sarif").read_text("utf-8"))["runs"]
    return run


def test_json_is_as_its_schema_says(folder: Path) -> None:
    printed = subprocess.run(
        [HARDEN, "schema", "audit"], capture_output=True, text=True, check=True
    )
    schema = json.loads(printed.stdout)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(closed(schema)).validate(document(folder))


def closed(schema: Any) -> Any:
    """Allow no member that the schema does not describe."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(each) for key, each in schema.items()}
    return {"additionalProperties": False, **found} if "properties" in found else found


def test_json_tells_of_every_host_and_step(folder: Path) -> None:
    told = document(folder)
    assert [(each["host"], each["status"]) for each in told["hosts"]] == [
        ("gone", "unreachable"), ("good.example", "failed"), ("odd", "failed"),
    ]  # fmt: skip
    gone, good, _ = told["hosts"]
    assert gone["errors"] and not gone["steps"]
    statuses = [each["status"] for each in good["steps"]]
    assert statuses == [
        "differs", "differs", "failed", "ok", "differs", "differs", "skipped", "unknown", "ok",
    ]  # fmt: skip
    assert good["counts"] == {
        "ok": 2, "differs": 4, "unknown": 1, "unseen": 0, "failed": 1, "skipped": 1,
        "not applicable": 0, "off": 0,
    }  # fmt: skip
    assert (good["steps"][-1]["file"], good["steps"][-1]["line"]) == ("more/steps.yml", 1)
    assert told["exit_code"] == 1


@pytest.mark.parametrize("style", FORMATS)
def test_nothing_secret_and_no_control_character(folder: Path, style: str) -> None:
    text = (folder / style).read_text("utf-8")
    assert "hunter2" not in text
    assert "CIS 1.7.1" in text
    words = json.dumps(json.loads(text), ensure_ascii=False) if style != "junit" else text
    assert "\\u001b" not in words and "\\x1b[31m" in words.replace("\\\\", "\\")
    assert not [c for c in words if not c.isprintable() and c != "\n"]


# JUnit, as junit-10.xsd of Jenkins' xUnit plugin has it: element → its attributes, its children.
TEXT: tuple[set[str], set[str]] = ({"type", "message"}, set())
XSD = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {
            "name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname",
            "id", "package", "file", "log", "url",
        },
        {"testcase", "properties", "system-out", "system-err", "testsuite"},
    ),
    "testcase": (
        {"name", "time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "system-out": (set(), set()),
    "failure": TEXT,
    "error": TEXT,
    "skipped": TEXT,
}  # fmt: skip
REQUIRED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}}


def test_junit_is_what_jenkins_takes(folder: Path) -> None:
    top = ET.parse(folder / "junit").getroot()
    assert top.tag == "testsuites"
    for element in top.iter():
        attributes, children = XSD[element.tag]
        assert REQUIRED.get(element.tag, set()) <= set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children


def test_junit_counts_and_tells_the_same(folder: Path) -> None:
    told = {host["host"]: host for host in document(folder)["hosts"]}
    for suite in suites(folder):
        host = told[suite.get("name", "")]
        cases = suite.findall("testcase")
        assert len(cases) == len(host["steps"]) + len(host["errors"]) == int(suite.get("tests", ""))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{tag}")) == int(suite.get(name, ""))
        words = [case[0].get("type", "") for case in cases if case[0].tag != "system-out"]
        told_so = [each["status"] for each in host["steps"] if each["status"] != "ok"]
        assert words == told_so + [host["status"]] * len(host["errors"])
    case = ET.parse(folder / "junit").find(".//testcase[@group='CIS 1.7.1, <x>']")
    assert case is not None
    failure, place = case.find("failure"), case.find("system-out")
    assert failure is not None and "+\\x1b[1mhi\\x07" in (failure.text or "")
    assert place is not None and (place.text or "").startswith("play.yml:4:7\n")


def text(**more: Any) -> Any:
    return {"type": "string", "minLength": 1, **more}


def members(required: dict[str, Any], **optional: Any) -> Any:
    """An object with these members and no others."""
    known = {**required, **optional}
    return {
        "type": "object",
        "required": list(required),
        "properties": known,
        "additionalProperties": False,
    }


def many(items: Any, **more: Any) -> Any:
    return {"type": "array", "items": items, **more}


# SARIF 2.1.0: of each object what the standard requires, and those of its members that we write.
COUNT = {"type": "integer", "minimum": 1}
MESSAGE = members({"text": text()})
UTC = text(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
RULE = members(
    {"id": text()},
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    properties=members({"tags": many(text(), uniqueItems=True)}),
)
LOCATION = members(
    {
        "physicalLocation": members(
            {
                "artifactLocation": members({"uri": text(pattern=r"^[!-~]+$")}, uriBaseId=text()),
                "region": members({"startLine": COUNT, "startColumn": COUNT}),
            }
        ),
        "logicalLocations": many(members({"name": text(), "kind": text()})),
    }
)
RESULT = members(
    {
        "message": MESSAGE,
        "ruleId": text(),
        "ruleIndex": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": many(LOCATION, minItems=1),
        "partialFingerprints": {"type": "object", "additionalProperties": text()},
        "properties": {"type": "object"},
    },
    suppressions=many(members({"kind": {"enum": ["inSource", "external"]}}, justification=text())),
)
NOTIFICATION = members({"message": MESSAGE, "level": {"const": "error"}})
INVOCATION = members(
    {"executionSuccessful": {"type": "boolean"}},
    exitCode={"type": "integer"},
    exitCodeDescription=text(),
    startTimeUtc=UTC,
    endTimeUtc=UTC,
    toolExecutionNotifications=many(NOTIFICATION),
)
DRIVER = members({"name": text()}, semanticVersion=text(), rules=many(RULE, uniqueItems=True))
RUN = members(
    {"tool": members({"driver": DRIVER}), "results": many(RESULT)},
    invocations=many(INVOCATION),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    properties={"type": "object"},
)
LOG = members({"version": {"const": "2.1.0"}, "runs": many(RUN)}, **{"$schema": text()})


def test_sarif_has_what_the_standard_requires(folder: Path) -> None:
    log = json.loads((folder / "sarif").read_text("utf-8"))
    Draft202012Validator(LOG).validate(log)
    run = run_of(folder)
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(ids)) == len(ids)
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert (result["kind"] == "fail") == (result["level"] != "none")  # 3.27.10


def test_sarif_tells_where_and_what(folder: Path) -> None:
    run = run_of(folder)
    told = [
        (host["host"], step["status"], step["line"])
        for host in document(folder)["hosts"]
        for step in host["steps"]
        if step["status"] in ("differs", "failed", "unseen")
    ]
    assert told == [
        (
            result["properties"]["host"],
            result["properties"]["status"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in run["results"]
    ]
    first = run["results"][0]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "play.yml", "uriBaseId": "%SRCROOT%",
    }  # fmt: skip
    assert first["message"]["text"].startswith("good.example: Greet ")
    assert "change file:/etc/motd" in first["message"]["text"]
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert [
        each["message"]["text"].startswith("gone: ")
        for each in invocation["toolExecutionNotifications"]
    ] == [True]


def prints(folder: Path) -> list[str]:
    return [each["partialFingerprints"]["hardenerStep/v1"] for each in run_of(folder)["results"]]


def test_fingerprints_outlive_moved_lines_and_tell_all_apart(folder: Path) -> None:
    before, play = prints(folder), folder / "play.yml"
    assert len(set(before)) == len(before)
    play.write_text("# a comment\n\n" + PLAY)
    audit(folder, *FORMATS)
    assert prints(folder) == before
    play.write_text(PLAY)
    audit(folder, *FORMATS)
