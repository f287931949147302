"""playbooks/baseline.yml: no setting without its reason, what could break, its controls, and a switch."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from hardener.playbook import read_playbook
from hardener.playbook.model import Step

BASELINE = Path(__file__).resolve().parents[2] / "playbooks" / "baseline.yml"
TAILORING = BASELINE.parent.parent / "docs" / "cis-tailoring.xml"
XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"
(PLAY,) = read_playbook(BASELINE).plays
LEVELS = ("level1", "level2")


@pytest.mark.parametrize("step", PLAY.steps, ids=lambda step: step.name)
def test_each_step_says_why_it_is_there_and_what_could_break(step: Step) -> None:
    assert step.why and step.risk and step.controls
    assert len([tag for tag in step.tags if tag in LEVELS]) == 1 and step.tags[0] in LEVELS


def test_each_step_can_be_turned_off_alone() -> None:
    """Its last tag is its own."""
    uses = Counter(tag for step in PLAY.steps for tag in step.tags)
    assert [step.name for step in PLAY.steps if uses[step.tags[-1]] != 1] == []


def test_what_a_profile_leaves_out_is_there() -> None:
    tags = {tag for step in PLAY.steps for tag in step.tags}
    named = {tag for reasons in PLAY.vars["profiles"].values() for tag in reasons}
    assert named and named <= tags


def test_what_its_head_names_an_inventory_can_say(tmp_path: Path) -> None:
    """Variables of a play win over those of an inventory: those that somebody sets are none of the play's."""
    text = BASELINE.read_text("utf-8")
    head = text.partition("- name: Baseline")[0]
    named = set(re.findall(r"baseline_[a-z_]+", head))
    assert named == set(re.findall(r"baseline_[a-z_]+", text))
    assert not named & set(PLAY.vars)
    said = {"baseline_ports": [22, 8022], "baseline_banner": "Mine alone", "baseline_level": 1}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(
        yaml.safe_dump({"all": {"vars": said, "hosts": {"a": {"root": str(tmp_path / "a")}}}})
    )
    (tmp_path / "a/etc").mkdir(parents=True)
    way = ("-i", str(inventory), "--tags", "banner", "--format", "jsonl")
    harden = Path(sys.executable).with_name("harden")
    done = subprocess.run(
        [harden, "apply", BASELINE, *way], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "a/etc/issue").read_text() == "Mine alone\n"


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ({"baseline_level": 3}, "there is: 1, 2"),
        ({"baseline_profile": "laptop"}, "there is: container, desktop, droplet"),
    ],
)
def test_what_there_is_none_of_is_refused_with_what_there_is(
    said: dict[str, object], choice: str, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(
        yaml.safe_dump({"all": {"vars": said, "hosts": {"a": {"root": str(tmp_path)}}}})
    )
    harden = Path(sys.executable).with_name("harden")
    done = subprocess.run(
        [harden, "apply", BASELINE, "-i", str(inventory)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 64 and choice in done.stderr, done.stdout + done.stderr


def test_the_tailoring_leaves_out_nothing_but_ways_that_were_not_taken() -> None:
    """docs/cis-tailoring.xml: ufw, iptables, chrony and rsyslog, and what forbids or feeds the ways taken."""
    others = re.compile(
        r"""(package|service|check|set)_(ufw|iptables|iptables-persistent|chrony|chronyd|rsyslog)_\w+
        | ufw_\w+ | iptables_\w+ | chronyd_\w+ | rsyslog_\w+ | service_(nftables|timesyncd)_disabled
        | journald_forward_to_syslog""",
        re.VERBOSE,
    )
    choices = list(ET.parse(TAILORING).iter(f"{XCCDF}select"))
    rules = [each.attrib["idref"].partition("content_rule_")[2] for each in choices]
    assert len(rules) == len(set(rules)) == 23
    assert {each.attrib["selected"] for each in choices} == {"false"}
    assert not [rule for rule in rules if not others.fullmatch(rule)]
    assert not [rule for rule in rules if rule.endswith("_removed")]
