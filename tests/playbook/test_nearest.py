import pytest

from hardener.playbook.nearest import nearest

KNOWN = ["steps", "ignore_errors", "logrotate", "file", "RUNNING"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("step", "steps"),
        ("IGNORE-ERRORS", "ignore_errors"),
        ("logrotated", "logrotate"),
        ("copy", "file"),
        ("ansible.builtin.copy", "file"),
        ("ansible.builtin.logrotate", "logrotate"),
        ("running", "RUNNING"),
        ("something", ""),
        ("", ""),
    ],
)
def test_nearest(word: str, meant: str) -> None:
    assert nearest(word, KNOWN, {"copy": "file"}) == meant
