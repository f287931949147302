"""How hard the fuzz suites look: a little and always the same in CI, longer by `scripts/fuzz`.

$HARDENER_FUZZ multiplies the examples, and draws new ones each time.
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

FACTOR = int(os.environ.get("HARDENER_FUZZ", "0"))


def fuzz(examples: int) -> Callable[[Any], Any]:
    """Settings for a test of about so many examples."""
    quick = (Phase.explicit, Phase.generate)
    return settings(
        max_examples=examples * max(1, FACTOR),
        derandomize=not FACTOR,
        phases=tuple(Phase) if FACTOR else quick,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# What no program of ours sends: of every type, too large, too deep, with signs that terminals obey.
ODD_TEXT = st.sampled_from(
    [
        "",
        "\x1b[2J\x1b]0;x\x07",
        "\udcff",
        "\u202e",
        "\0",
        "x" * 3000,
        "../..",
        "a\nb\r",
        "\x9b31m",
        "🦊",
    ]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.sampled_from([-1, 2**63, 10**30, 10**90])
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20) | ODD_TEXT
    | st.binary(max_size=20)
)  # fmt: skip
# What stands for bytes can't be sent as a key, and hypothesis reads our constants.
KEYS = st.text(max_size=8).filter(lambda key: not key.startswith("$"))
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into nested dicts and lists, the empty one first."""
    found = [path]
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in inside:
        found += places(each, (*path, key))
    return found


@st.composite
def spoilt(draw: Any, good: Any, junk: Any = DATA) -> Any:
    """Draw good data with one value replaced, taken away, doubled, or something added."""
    value = draw(good)
    *above, last = draw(st.sampled_from(places(value)[1:]))
    holder = inner = copied(value)
    for key in above:
        inner = inner[key]
    how = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
    if how == "remove":
        del inner[last]
    elif how == "add" and isinstance(inner, dict):
        inner[draw(st.text(max_size=8))] = draw(junk)
    elif how == "add":
        inner.append(draw(junk))
    else:
        inner[last] = draw(junk)
    return holder


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value
