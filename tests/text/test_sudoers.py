"""Rules of sudoers as text, with what sudo would read otherwise escaped."""

import pytest

from hardener.host.text import sudoers

RULE = {"host": "ALL", "runas": "ALL:ALL", "commands": ["ALL"]}
LINES = [
    ({"user": "ops"}, "ops ALL=(ALL:ALL) ALL"),
    ({"group": "domain users", "nopasswd": True}, "%domain\\ users ALL=(ALL:ALL) NOPASSWD: ALL"),
    (
        {"user": "a.b@x", "setenv": True, "noexec": True},
        "a.b\\@x ALL=(ALL:ALL) SETENV: NOEXEC: ALL",
    ),
    (
        {"user": "ops", "runas": "root", "commands": ["/bin/a", "/bin/b x=1,y:2 z\\=3"]},
        "ops ALL=(root) /bin/a, /bin/b x\\=1\\,y\\:2 z\\=3",
    ),
    (
        {"user": "ops", "commands": ["sha256:abc= /bin/a b:c", "!/bin/su"]},
        "ops ALL=(ALL:ALL) sha256:abc= /bin/a b\\:c, !/bin/su",
    ),
]


@pytest.mark.parametrize("case", LINES, ids=lambda case: case[1])
def test_rule(case):
    given, line = case
    assert sudoers.rule(dict(RULE, **given)) == line
