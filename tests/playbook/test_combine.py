"""The schema for editors takes what the loader takes, and refuses what it refuses (D30)."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hardener.playbook.combine import combine
from hardener.playbook.schemas import Language


@pytest.mark.parametrize(
    "section",
    [
        {"path": "/x", "size": 5},
        {"path": "/x", "size": "small"},
        {"path": "/x", "size": {"percent": "{{ share }}"}},
        {"path": "/x", "size": "{{ size }}", "lines": "{{ lines }}", "create": "{{ create }}"},
        {"path": "/x", "lines": ["{{ a }}"], "rules": [{"port": "{{ port }}"}]},
    ],
    ids=str,
)
def test_takes(section: dict[str, Any], words: Language) -> None:
    assert valid({"section": section}, words)


@pytest.mark.parametrize(
    "section",
    [
        {"path": "/x", "size": "smal"},
        {"path": "/x", "lines": "a"},
        {"path": "/x", "rules": [{"port": "80"}]},
        {"path": "/x", "create": {"mod": "0600"}},
    ],
    ids=str,
)
def test_refuses(section: dict[str, Any], words: Language) -> None:
    assert not valid({"section": section}, words)


def test_short_form_and_nothing(words: Language) -> None:
    assert valid({"command": "ls"}, words)
    assert not valid({"command": ["ls"]}, words)
    assert not valid({"sysctl": None}, words)
    assert valid({"reboot": None}, words)


def valid(step: dict[str, Any], words: Language) -> bool:
    return Draft202012Validator(combine(words)).is_valid([{"hosts": "all", "steps": [step]}])
