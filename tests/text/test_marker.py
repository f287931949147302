"""Blocks between marks that are given word for word, by law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text import marker

BEGIN, END = "# BEGIN x", "# END x"
OTHERS = st.lists(st.sampled_from(["a\n", "b c\r\n", "\n", "# BEGIN x y\n"]), max_size=4)
BLOCK = st.sampled_from(["", BEGIN + "\n" + END + "\n", BEGIN + "\nold\n" + END + "\n", END + "\n"])
TEXTS = st.builds(
    lambda above, block, below: "".join(above + [block] + below), OTHERS, BLOCK, OTHERS
)
BODIES = st.lists(st.sampled_from(["one", "", " two"]), max_size=4).map("\n".join)


@given(TEXTS, BODIES)
def test_put_keeps_all_else_rests_and_goes(text, body):
    try:
        new = marker.put(text, BEGIN, END, body)
    except Refused:
        return
    assert marker.put(new, BEGIN, END, body) == new
    around = marker.remove(text, BEGIN, END)
    gone = marker.remove(new, BEGIN, END)
    assert gone in (around, around + "\n", around + "\r\n")
    assert marker.find(new.splitlines(True), BEGIN, END)


@pytest.mark.parametrize(
    "text", [BEGIN + "\n", END + "\n" + BEGIN + "\n", (BEGIN + "\n" + END + "\n") * 2]
)
def test_marks_that_do_not_pair_up_are_refused(text):
    for change in (
        lambda: marker.put(text, BEGIN, END, "x"),
        lambda: marker.remove(text, BEGIN, END),
    ):
        with pytest.raises(Refused):
            change()
