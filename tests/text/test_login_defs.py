"""login.defs by example: what shadow's getdef.c reads is what is edited."""

import pytest

from hardener.host.errors import Refused
from hardener.host.text.login_defs import LoginDefs

FILE = '#\tUMASK\t\tDefault "umask" value.\nUMASK\t\t022\n# FAIL_DELAY 3\n  Umask "027" # x\r\nQMAIL_DIR\n'


@pytest.mark.parametrize(
    "key,value,old,new",
    [
        ("UMASK", "077", '"027"', '"077"'),
        ("FAIL_DELAY", "5", "# FAIL_DELAY 3\n", "# FAIL_DELAY 3\nFAIL_DELAY\t5\n"),
        ("QMAIL_DIR", "Maildir", "QMAIL_DIR\n", "QMAIL_DIR\tMaildir\n"),
        ("PASS_MAX_DAYS", "9", "QMAIL_DIR\n", "QMAIL_DIR\nPASS_MAX_DAYS\t9\n"),
    ],
)
def test_changes_the_line_that_counts(key: str, value: str, old: str, new: str) -> None:
    done = LoginDefs.parse(FILE).set(key, value)
    assert str(done) == FILE.replace(old, new)
    assert done.get(key) == value


def test_reads_the_last_one_of_any_case() -> None:
    assert LoginDefs.parse(FILE).get("umask") == "027"
    assert LoginDefs.parse(FILE).get("FAIL_DELAY") is None


@pytest.mark.parametrize("value", ["", "a b", 'a"', "a\nb"])
def test_refuses_what_is_not_one_word(value: str) -> None:
    with pytest.raises(Refused):
        LoginDefs.parse(FILE).set("UMASK", value)
