"""Blocks of the files that ufw keeps its rules in, with anything at all behind them."""

from faults.fuzz.formats.edit import Edit, own_lines
from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import encoding
from hardener.host.text.newlines import bare
from hardener.host.text.ufw_rules import BEGIN, UfwRules, lets_in
from hardener.host.ufw import rules

Entries = list[dict[str, object]]
ENTRIES = st.lists(
    st.sampled_from(
        [
            {"port": 22, "proto": "tcp", "rate": "12/minute", "comment": "é"},
            {"port": [80, "6000-6100"], "proto": "tcp", "from": ["10.0.0.0/8", "2001:db8::1"]},
            {"interface": "wg0", "proto": "tcp"},
        ]
    ),
    max_size=3,
)
ALLOW = "\n### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\n"
DENY = "\n### tuple ### deny any any 0.0.0.0/0 any 10.0.0.9 in comment=6162\n-A ufw-user-input -s 10.0.0.9 -j DROP\n"
OUT = "\n### tuple ### allow any any 0.0.0.0/0 any 0.0.0.0/0 out_eth0\n-A ufw-user-output -o eth0 -j ACCEPT\n"
FRAMES = st.sampled_from(
    ["*filter\n### RULES ###\n"]
    + [
        "*filter\n### RULES ###\n" + blocks + "\n### END RULES ###\n"
        for blocks in ("", ALLOW, DENY + OUT, OUT + ALLOW + DENY + ALLOW)
    ]
)


def put(text: str, entries: Entries, frame: str) -> str:
    return changed("/x", text, lambda body: edited(framed(body, frame), entries))


def framed(body: str, frame: str) -> str:
    """Noise rarely holds the marks: unless it was put there before, it stands behind them."""
    return body if BEGIN in map(bare, own_lines(body)) else frame + body


def edited(body: str, entries: Entries) -> str:
    file = UfwRules(body)
    kept = [block for block in file.blocks if not lets_in(block)]
    return str(file.with_blocks(kept + rules.blocks(entries, 4)))


def holds(text: str, entries: Entries, frame: str) -> bool:
    body = encoding.parted(text)[1]
    file = UfwRules(body)
    kept = [b for b in UfwRules(frame).blocks if not lets_in(b)]
    others = [b for b in file.blocks if not lets_in(b)]
    return others[: len(kept)] == kept and [b for b in file.blocks if lets_in(b)] == rules.blocks(
        entries, 4
    )


def added(entries: Entries, frame: str) -> int:
    return frame.count("\n") + "".join(rules.blocks(entries, 4)).count("\n") + 2


FORMATS = {
    "ufw_rules": lambda text: str(UfwRules(text)),
    "ufw_rules framed": lambda text: str(UfwRules(ALLOW + BEGIN + DENY + text))[
        len(ALLOW + BEGIN + DENY) :
    ],
}
EDITS = {
    "ufw_rules": Edit(st.tuples(ENTRIES, FRAMES), put, holds, lambda *_: set(), added, own_lines)
}
