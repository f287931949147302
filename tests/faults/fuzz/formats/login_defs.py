"""Settings of login.defs."""

from faults.fuzz.formats.edit import Edit, one
from hypothesis import strategies as st

from hardener.host.text import newlines
from hardener.host.text.login_defs import LoginDefs

NAMES = st.sampled_from(["UMASK", "umask", "PASS_MAX_DAYS", "x"])
VALUES = st.sampled_from(["1", "027", "yes", "é", "a#b"])


def winning(text: str, key: str, value: str) -> set[int]:
    at = LoginDefs.parse(text).index_of(key)
    return set() if at is None else {at}


FORMATS = {"login_defs": lambda text: str(LoginDefs.parse(text))}
EDITS = {
    "login_defs": Edit(
        st.tuples(NAMES, VALUES),
        lambda text, key, value: str(LoginDefs.parse(text).set(key, value)),
        lambda text, key, value: LoginDefs.parse(text).get(key) == value,
        winning,
        one,
        newlines.split,
    ),
}
