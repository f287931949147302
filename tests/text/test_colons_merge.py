"""What others did to the files of accounts since stays, and what was ours goes."""

import pytest

from hardener.host.text.colons_merge import SHAPES, merge

ROOT, OPS = "root:x:0:0::/root:/bin/sh\n", "ops:x:1000:1000::/home/ops:/bin/sh\n"
OURS, THEIRS = "deploy:x:1001:1001::/d:/bin/sh\n", "later:x:1002:1002::/l:/bin/sh\n"
CASES = [
    # path, before, after, now, what is to be left
    ("passwd", ROOT, ROOT + OURS, ROOT + OURS + THEIRS, ROOT + THEIRS),
    ("passwd", ROOT + OURS, ROOT, ROOT + THEIRS, ROOT + OURS + THEIRS),
    ("passwd", OURS + ROOT, ROOT, ROOT + THEIRS, OURS + ROOT + THEIRS),
    ("passwd", ROOT, ROOT + OURS, ROOT + OURS.replace("/bin/sh", "/bin/zsh"), None),
    ("passwd", ROOT + OURS, ROOT, ROOT + THEIRS.replace("1002", "1001"), None),
    ("passwd", ROOT + OPS, ROOT + OPS.replace("sh", "zsh"), ROOT + OPS.replace("::", ":Op:")
     .replace("sh", "zsh"), ROOT + OPS.replace("::", ":Op:")),
    ("group", "sudo:x:27:ops\n", "sudo:x:27:ops,deploy\n", "sudo:x:27:ops,deploy,later\n",
     "sudo:x:27:ops,later\n"),
    ("group", "sudo:x:27:a,b\n", "sudo:x:27:b\n", "sudo:x:27:b,c\n", "sudo:x:27:b,c,a\n"),
    ("shadow", "ops:!:1:0:9:7:::\n", "ops:$6$a$b:2:0:9:7:::\n", "ops:$6$a$b:2:0:50:7:::\n",
     "ops:!:1:0:50:7:::\n"),
    ("shadow", "ops:!:1:0:9:7:::\n", "ops:$6$a$b:2:0:9:7:::\n", "ops:$6$c$d:3:0:9:7:::\n", None),
    ("subuid", "a:100000:65536\n", "", "b:100000:65536\n", None),
    ("group", "a:x:1:\n", "a:x:1:\nb:x:2:\n", "a:x:1:\nb:x:2:\nc:x:3:", None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_merge(case):
    path, before, after, now, left = case
    assert merge(before, after, now, SHAPES["/etc/" + path]) == left


def test_nothing_done_since_is_the_text_before():
    for path, before, after, _, _ in CASES:
        assert merge(before, after, after, SHAPES["/etc/" + path]) == before
