"""Kernel parameter files by example and by law."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardener.host.errors import Refused
from hardener.host.text.sysctl import SysctlConf, normalised, path_of, same

FILE = """\
# Uncomment the next line
#net.ipv4.ip_forward=1
; note = 1
-net.ipv4.tcp_rmem =\t4096  87380\t6291456 \t
kernel/sysrq = 1
vm.swappiness=60
vm.swappiness=10
-kernel.core_*
"""


def test_reads_the_last_value_of_any_spelling():
    conf = SysctlConf.parse(FILE)
    assert dict(conf.values()) == {
        "net.ipv4.tcp_rmem": "4096 87380 6291456",
        "kernel.sysrq": "1",
        "vm.swappiness": "10",
    }
    assert conf.line_of("vm/swappiness") == 7
    assert conf.settings[0].ignore_errors


@pytest.mark.parametrize(
    "key,value,old,new",
    [
        ("net.ipv4.tcp_rmem", "1 2 3", "4096  87380\t6291456", "1 2 3"),
        ("kernel.sysrq", "0", "sysrq = 1", "sysrq = 0"),
        ("vm.swappiness", "5", "=10", "=5"),
        ("fs.file-max", "9", "-kernel.core_*\n", "-kernel.core_*\nfs.file-max=9\n"),
    ],
)
def test_set_changes_these_bytes(key, value, old, new):
    assert str(SysctlConf.parse(FILE).set(key, value)) == FILE.replace(old, new)


def test_remove_takes_every_spelling():
    assert "swappiness" not in str(SysctlConf.parse(FILE).remove("vm/swappiness"))


def test_a_first_slash_keeps_the_dots_of_an_interface():
    assert normalised("net/ipv4/conf/eth0.1/rp_filter") == "net.ipv4.conf.eth0/1.rp_filter"
    assert path_of("net.ipv4.conf.eth0/1.rp_filter") == "net/ipv4/conf/eth0.1/rp_filter"
    assert same("4096\t87380", " 4096 87380")


@pytest.mark.parametrize(
    "key,value", [("a", "1\nb = 2"), ("#a", "1"), ("a = b", "1"), ("a", ""), ("-a", "1")]
)
def test_what_would_be_read_as_something_else_is_refused(key, value):
    with pytest.raises(Refused):
        SysctlConf.parse("x = 1\n").set(key, value)


KEYS = st.sampled_from(["a.b", "a/b", "c.d/e", "-a.b", "- x", "#a", ";", ""])
LINES = st.lists(
    st.tuples(
        KEYS, st.sampled_from(["=", " = ", "\t=", ""]), st.sampled_from(["1", "1\t2", "x # y", " "])
    ).map("".join),
    max_size=6,
)
FILES = st.tuples(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda t: t[1].join(t[0]) + t[1] * t[2]
)


@given(FILES | st.text())
def test_what_was_read_prints_the_same(text):
    assert str(SysctlConf.parse(text)) == text


@given(FILES, st.sampled_from(["a.b", "c/d.e", "new.key"]), st.sampled_from(["1", "2\t3", "x = y"]))
def test_set_changes_that_key_only(text, key, value):
    old = SysctlConf.parse(text)
    new = old.set(key, value)
    assert new.set(key, value) is new
    expected = old.values()
    expected[normalised(key)] = " ".join(value.split())
    assert new.values() == expected
    assert (
        len(
            [
                pair
                for pair in zip(old.lines, new.lines)
                if pair[0].rstrip("\r\n") != pair[1].rstrip("\r\n")
            ]
        )
        <= 1
    )


@given(FILES, st.sampled_from(["a.b", "c/d.e"]))
def test_remove_keeps_all_other_lines(text, key):
    old = SysctlConf.parse(text)
    new = old.remove(key)
    gone = {setting.line for setting in old.settings if setting.key == normalised(key)}
    assert new.lines == [line for at, line in enumerate(old.lines, 1) if at not in gone]
    assert normalised(key) not in new.values()
