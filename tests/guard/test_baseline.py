"""playbooks/baseline.yml: no setting without its reason, what could break, its controls, and a switch."""

from collections import Counter
from pathlib import Path

import pytest

from hardener.playbook import read_playbook
from hardener.playbook.model import Step

BASELINE = Path(__file__).resolve().parents[2] / "playbooks" / "baseline.yml"
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
