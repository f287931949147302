"""logrotate's files: what is written reads back the same, and logrotate itself takes it."""

import os
import re
import shutil
import subprocess
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text.logrotate import Block, Directive, names_of, parse
from hardener.host.text.logrotate_write import render, unplaced

DEBIAN = """\
# see "man logrotate" for details
weekly
rotate 4
create
tabooext + .foo, .bar
include /etc/logrotate.d

/var/log/syslog
"/var/log/my app/*.log" /var/log/it\\'s.log
{
    rotate = 7
    size=1M
    postrotate
        if true; then
            echo } # {
        fi
    endscript
    missingok }
~/x.log { daily
}
"""

BOT = """\
/home/trader/logs/*.log
"/home/trader/my logs/a.log" {
    daily
    rotate 7
    create 0644 trader trader
    postrotate
        kill -HUP 1

        true
    endscript
}
"""


def test_reads_blocks_and_what_holds_for_all():
    config = parse(DEBIAN)
    assert config.problems == ()
    assert config.arguments("include") == ["/etc/logrotate.d"]
    assert config.arguments("tabooext") == ["+ .foo, .bar"]
    first, second = config.blocks
    assert first.paths == ("/var/log/syslog", "/var/log/my app/*.log", "/var/log/it's.log")
    assert [d[:2] for d in first.directives] == [
        ("rotate", "7"),
        ("size", "1M"),
        ("postrotate", ""),
        ("missingok", ""),
    ]
    assert first.directives[2].script == ("if true; then", "    echo } # {", "fi")
    assert (first.line, second.paths, second.line) == (8, ("~/x.log",), 19)


def test_writes_one_directive_a_line():
    script = Directive("postrotate", script=("kill -HUP 1", "", "true"))
    plain = [
        Directive("daily"),
        Directive("rotate", "7"),
        Directive("create", "0644 trader trader"),
    ]
    block = Block(("/home/trader/logs/*.log", "/home/trader/my logs/a.log"), (*plain, script))
    assert render([block]) == BOT
    assert render([block, block], [Directive("compress")]) == "compress\n\n" + BOT + "\n" + BOT


@pytest.mark.parametrize(
    "path,claimed",
    [
        ("/var/log/my app/a.log", True),
        ("/var/log/my app/sub/a.log", False),
        ("/var/log/sys*", True),
        ("/var/log/x", False),
    ],
)
def test_says_who_claims_a_log(path, claimed):
    assert bool(parse(DEBIAN).claimants(path)) is claimed


@pytest.mark.parametrize(
    "text,problem",
    [
        ("/a {\n} /b {\n", (2, "/b {")), ("/a {\nrotate 1\n", (1, "no }")), ("/a\n/b\n", (1, "no {")),
        ('/a "b {\n}\n', (1, '/a "b')), ("/a {\npostrotate\nx\n}\n", (2, "no endscript")), ("}\n", (1, "}")),
        ('/a {\n"daily"\n}\n', (2, '"daily"')),
    ],
)  # fmt: skip
def test_says_what_logrotate_would_refuse(text, problem):
    assert problem in parse(text).problems


@pytest.mark.parametrize(
    "path,directive",
    [
        ("relative", Directive("daily")), ("/a{b", Directive("daily")), ("/a\n/b", Directive("daily")), ("/a\\", Directive("daily")),
        ("/a", Directive("daily\n}")), ("/a", Directive("rotate", "1\n2")), ("/a", Directive("mail", "}")),
        ("/a", Directive("postrotate", script=("endscript",))), ("/a", Directive("#daily")),
    ],
)  # fmt: skip
def test_what_would_be_read_as_something_else_is_refused(path, directive):
    with pytest.raises(Refused):
        render([Block((path,), (directive,))])


PATHS = st.text(st.sampled_from("ab*? '\"#\\é"), min_size=1, max_size=5).map("/none/{}".format)
SCRIPTS = st.lists(st.sampled_from(["true", "  echo }", "", "# x", "a {"]), max_size=3).map(tuple)
DIRECTIVES = st.one_of(
    st.sampled_from(
        [
            Directive("daily"),
            Directive("rotate", "3"),
            Directive("create", "0600"),
            Directive("missingok"),
        ]
    ),
    SCRIPTS.map(lambda lines: Directive("postrotate", script=lines)),
)
BLOCKS = st.builds(
    Block,
    st.lists(PATHS, min_size=1, max_size=3, unique=True).map(tuple),
    st.lists(DIRECTIVES, max_size=4).map(tuple),
    st.just(0),
)


def rendered(block):
    try:
        return render([block], [Directive("compress")])
    except Refused:
        return None


@given(BLOCKS)
def test_what_was_written_reads_the_same(block):
    text = rendered(block)
    if text is not None:
        assert unplaced(parse(text).blocks) == [block]


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            ["/a", "{", "}", "\n", '"', "'", "\\", "daily", " ", "postrotate", "endscript", "#"]
        )
    ).map("".join)
)
def test_any_text_can_be_read(text):
    parse(text)


@settings(max_examples=80)
@given(BLOCKS)
def test_logrotate_names_the_same_files(block):
    assert shutil.which("logrotate"), "logrotate is the oracle of this test"
    text = rendered(block)
    if text is None or re.search(r"[*?]", "".join(block.paths)):
        return
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "conf")
        with open(config, "wb") as file:
            file.write(text.encode())
        command = ["logrotate", "-d", "-s", os.path.join(folder, "state"), config]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = run.communicate()[0].decode()
    assert "conf:" not in said
    if "\\" not in "".join(block.paths):  # glob(3) takes these away once more
        assert all("considering log %s\n" % path in said for path in block.paths)


def test_a_relative_name_is_told_as_such():
    with pytest.raises(Refused) as caught:
        render([Block(("a.log",), ())])
    assert "absolute" in caught.value.hint


def test_names_are_quoted_as_popt_does():
    assert names_of('a\'b c\'"d\\"\\e" \\f') == ['ab cd"\\e', "f"]
